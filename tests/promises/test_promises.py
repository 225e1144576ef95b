"""Each promise of the mail has a test that fails when what the promise rests on is taken away.

The work is done by `python -m tests.promises`, once for all tests of this file.
"""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.promises.table import MECHANISMS

ROOT = Path(__file__).parents[2]
SHARES = 2
pytestmark = pytest.mark.slow


@cache
def share(number: int) -> dict[int, str]:
    """What happened without each mechanism of one share; -1 for all tests of it with the mechanisms."""
    command = [sys.executable, "-m", "tests.promises", "--share", f"{number}/{SHARES}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 1 + len(MECHANISMS[number::SHARES]), done.stderr[-3000:]
    return dict(lines)


def on_one_worker(number: int) -> pytest.MarkDecorator:
    """Whoever plays a share has the outcome of all its tests; another process would play it again."""
    return pytest.mark.xdist_group(f"promises {number}")


@pytest.mark.parametrize(
    "number", [pytest.param(number, marks=on_one_worker(number)) for number in range(SHARES)]
)
def test_every_named_test_passes_on_the_program_as_it_is(number):
    assert share(number)[-1] == "passed"


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(place, marks=on_one_worker(place % SHARES), id=f"{one.promise} {one.name}")
        for place, one in enumerate(MECHANISMS)
    ],
)
def test_its_test_fails_without(place):
    assert share(place % SHARES)[place] == "failed"


def test_every_promise_has_mechanisms_and_their_names_differ():
    promises = [one.promise for one in MECHANISMS]

    assert sorted(set(promises), key=lambda name: int(name[1:])) == [f"P{number}" for number in range(1, 12)]
    assert len({one.name for one in MECHANISMS}) == len(MECHANISMS)
    assert promises == sorted(promises, key=lambda name: int(name[1:]))


def test_the_protocol_page_prints_the_same_list():
    page = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    section = re.split(r"^## 16\. .*$", page, flags=re.M)[1]
    rows = [[cell.strip() for cell in line.split(" | ")] for line in section.splitlines() if "::" in line]
    printed = [tuple(cell.strip("|` ") for cell in row) for row in rows]

    assert printed == [one.as_row() for one in MECHANISMS]
