"""`python -m tests.promises`: every mechanism of the mail's promises is taken away, and its test must fail.

Before that all the tests are run as the program is, and must pass. Each run is a fork of this process,
which has loaded the libraries and nothing of ours. Prints one JSON line a mechanism: its place in the list
and what happened: "failed" (as it should), "passed", "no such line", or the end of what pytest printed.
"""

import argparse
import importlib.abc
import importlib.util
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from tests.promises.mechanisms import Change
from tests.promises.table import MECHANISMS

ROOT = Path(__file__).parents[2]
LIBRARIES = ("cryptography.hazmat.primitives.hpke", "flask", "peewee", "requests", "sqlcipher3", "waitress")
QUIET = (
    "-q",
    "-x",
    "--no-header",
    "--tb=short",
    "-p",
    "no:cacheprovider",
    "--import-mode=importlib",
    "-m",
    "not postgres",
)
FAILED, PASSED, GONE = "failed", "passed", "no such line"


class Changed(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Imports our modules from their files, with some lines changed, and keeps no compiled form."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = {}
        for change in changes:
            self._changes.setdefault(ROOT / change.file, []).append(change)

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        """Ours, where the file is one that changes."""
        path = ROOT / (name.replace(".", "/") + ".py")
        return (
            importlib.util.spec_from_file_location(name, path, loader=self) if path in self._changes else None
        )

    def get_filename(self, name: str) -> str:
        """The true file, so that what fails is shown in its place."""
        return str(ROOT / (name.replace(".", "/") + ".py"))

    def get_data(self, path: str) -> bytes:
        """The changed text."""
        text = Path(path).read_text("utf-8")
        for change in self._changes[Path(path)]:
            text = text.replace(change.line, change.instead)
        return text.encode()

    def path_stats(self, path: str) -> dict[str, float]:
        """None: the compiled form of the true file must not be taken."""
        raise OSError(path)


class Tally:
    """Counts how tests ended; a set-up that breaks is no failed test."""

    def __init__(self) -> None:
        self.passed = self.failed = self.broken = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest for each phase of each test."""
        self.passed += report.when == "call" and report.passed
        self.failed += report.when == "call" and report.failed
        self.broken += report.when != "call" and report.failed

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Called by pytest for each file and class."""
        self.broken += report.failed


def is_there(change: Change) -> bool:
    """Whether the line stands in the file exactly once."""
    path = ROOT / change.file
    return path.is_file() and path.read_text("utf-8").count(change.line) == 1


def verdict(tests: Sequence[str], changes: Sequence[Change]) -> str:
    """How the tests end in a fork of this process in which our source has these changes."""
    if not all(map(is_there, changes)):
        return GONE
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told, tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if child == 0:
            os._exit(_run(tests, changes, told.fileno(), folder))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        told.seek(0)
        return {0: PASSED, 1: FAILED}.get(code, told.read()[-3000:])


def verdicts(chosen: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The place of each mechanism, and how its test ended without it."""
    for place in chosen:
        yield place, verdict([MECHANISMS[place].test], MECHANISMS[place].changes)


def _run(tests: Sequence[str], changes: Sequence[Change], output: int, folder: str) -> int:
    """In the fork: 0 when all passed, 1 when one failed, 3 when something else broke.

    folder: for what the tests write; pytest's own is tidied by every other pytest on the machine.
    """
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        sys.meta_path.insert(0, Changed(changes))
        tally = Tally()
        code = pytest.main([*QUIET, f"--basetemp={folder}/tests", *_cut(tests), *tests], plugins=[tally])
        sys.stdout.flush()
        if tally.broken or tally.passed + tally.failed == 0:
            return 3
        return int(bool(tally.failed) or code != 0)
    except BaseException:  # noqa: BLE001 - the fork must end here whatever happens
        traceback.print_exc()
        return 3


def _cut(tests: Sequence[str]) -> list[str]:
    """Half a second of fixtures of the whole program is spared where a file does not ask for them."""
    folders = {test.rpartition("/")[0] for test in tests}
    texts = [(ROOT / test.partition("::")[0]).read_text("utf-8") for test in tests]
    is_alone = folders == {"tests/sync"} and not any("AnyDatabase" in text for text in texts)
    return ["--confcutdir=tests/sync"] if is_alone else []


def _load() -> list[ModuleType]:
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    return [importlib.import_module(name) for name in LIBRARIES]


def main() -> int:
    """Print the verdicts; 0 when all the tests hold with the mechanisms and fail without."""
    parser = argparse.ArgumentParser(prog="python -m tests.promises", description=__doc__)
    parser.add_argument("--only", default="", help="a part of a name or a promise such as P7")
    parser.add_argument(
        "--share", default="0/1", help="such as 1/2: every second mechanism, from the second on"
    )
    parser.add_argument("--rows", action="store_true", help="only print the list as docs/protocol.md has it")
    given = parser.parse_args()
    if given.rows:
        print("\n".join("| {} | {} | `{}` | `{}` |".format(*one.as_row()) for one in MECHANISMS))
        return 0
    _load()
    first, step = (int(part) for part in given.share.split("/"))
    chosen = [
        place
        for place, one in enumerate(MECHANISMS)
        if place % step == first and (given.only in one.name or given.only == one.promise)
    ]
    whole = verdict(sorted({MECHANISMS[place].test for place in chosen}), ())
    print(json.dumps([-1, whole]), flush=True)
    good = whole == PASSED
    for place, told in verdicts(chosen):
        print(json.dumps([place, told]), flush=True)
        good &= told == FAILED
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
