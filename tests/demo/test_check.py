"""`yimen demo --check` holds on the program as it is, and fails when any one of its checks is switched off.

A check is switched off in a copy of the source, by changing the line that makes it; if that line is no
longer there, the test says so instead of passing.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
ROOMS = ("station", "sync", "catalog_cache")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


@dataclass(frozen=True)
class SwitchedOff:
    """One check taken out of the program. step: words of the step that has to notice."""

    file: str
    line: str
    instead: str
    step: str


CHECKS = {
    "the signature of a letter": SwitchedOff(
        "sync/envelope.py",
        "if not verify(public, envelope.signature, pae(ENVELOPE_KIND, envelope.header)):",
        "if False:",
        "谎话不被相信",
    ),
    "the signature of an acknowledgement": SwitchedOff(
        "sync/custody.py",
        "return open_statement(statement, bytes(held.signing_key), kind)",
        "return read_json(statement.body_bytes)",
        "谎话不被相信",
    ),
    "the signature of a receipt": SwitchedOff(
        "station/documents/verify.py",
        "if not verify(key, signature, pae(KIND, body)):",
        "if False:",
        "凭证自证",
    ),
    "the roll-back of a catalog": SwitchedOff(
        "catalog_cache/signatures/trust.py",
        "if offered < held:",
        "if False:",
        "目录防伪",
    ),
}


def play(folder: Path, source: Path) -> tuple[int, dict]:
    """The check as a command, run from a source tree."""
    command = [sys.executable, "-m", "station.cli", "demo", "--check", "--json", "--dir", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(
        [*command, "--port", "0"],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.stdout.strip(), done.stderr[-2000:]
    return done.returncode, json.loads(done.stdout)


def test_every_step_of_the_main_job_holds(county_folder: Path):
    code, told = play(county_folder, TOP)

    assert [step["figures"] for step in told["steps"] if not step["held"]] == []
    assert (code, told["ok"], len(told["steps"])) == (0, True, 14)


@pytest.mark.parametrize("name", CHECKS)
def test_the_check_fails_without(name: str, county_folder: Path, tmp_path: Path):
    off = CHECKS[name]
    source = tmp_path / "source"
    for room in ROOMS:
        shutil.copytree(TOP / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    changed = source / off.file
    text = changed.read_text("utf-8")
    assert text.count(off.line) == 1, f"{off.file} makes this check in another way now"
    changed.write_text(text.replace(off.line, off.instead), "utf-8")

    code, told = play(county_folder, source)

    assert (code, told["ok"]) == (1, False)
    assert off.step in told["steps"][-1]["title"], told["steps"][-1]
