"""`python -m tests.promises`: every mechanism of the mail's promises is taken away, and its test must fail.

All the tests are also run as the program is, and must pass. Each run is a fork. Where a change stays inside
functions, it is a fork of a pytest that has collected the tests, and the functions get their changed code
there (swap.py). Any other change has its file imported anew, in a fork that has loaded the libraries and
nothing of ours. Prints one JSON line a mechanism: its place in the list and what happened: "failed" (as
it should), "passed", "no such line", or the end of what pytest printed.
"""

import argparse
import importlib.abc
import importlib.util
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import IO

import pytest

from tests.promises.mechanisms import Change, Mechanism
from tests.promises.swap import Pair, ReachesFurther, swap, swaps
from tests.promises.table import MECHANISMS

ROOT = Path(__file__).parents[2]
LIBRARIES = (
    "cryptography.hazmat.primitives.hpke",
    "flask",
    "hypothesis",
    "peewee",
    "requests",
    "sqlcipher3",
    "waitress",
)
QUIET = (
    "-q",
    "-x",
    "--no-header",
    "--tb=native",
    "--capture=sys",
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


def ended(child: int, told: IO[str]) -> str:
    """How the tests ended in a fork that printed this."""
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    told.seek(0)
    return {0: PASSED, 1: FAILED}.get(code, told.read()[-3000:])


def fork_to(told: IO[str]) -> int:
    """As os.fork, and what the fork prints goes to `told`."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)
    return child


def imported_anew(mechanism: Mechanism) -> str:
    """How its test ends in a fork of this process in which our source has its changes from the start."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told, tempfile.TemporaryDirectory() as folder:
        child = fork_to(told)
        if child == 0:
            sys.meta_path.insert(0, Changed(mechanism.changes))
            os._exit(run([mechanism.test], Tally(), folder))
        return ended(child, told)


def run(tests: Sequence[str], tally: Tally, folder: str, *plugins: object) -> int:
    """0 when all passed, 1 when one failed, 3 when something else broke.

    folder: for what the tests write; pytest's own is tidied by every other pytest on the machine.
    """
    try:
        code = pytest.main([*QUIET, f"--basetemp={folder}/tests", *tests], plugins=[tally, *plugins])
        sys.stdout.flush()
        if tally.broken or tally.passed + tally.failed == 0:
            return 3
        return int(bool(tally.failed) or code != 0)
    except BaseException:  # noqa: BLE001 - a fork must end here whatever happens
        traceback.print_exc()
        return 3


@dataclass(frozen=True)
class Trial:
    """Some tests with some functions changed, by file. place: in the list, -1 for none changed."""

    place: int
    tests: Sequence[str]
    swaps: Mapping[Path, Sequence[Pair]]

    def begins(self, session: pytest.Session) -> None:
        """This process runs nothing but these tests from now on."""
        for path, pairs in self.swaps.items():
            swap(path, pairs)
        session.items[:] = [item for item in session.items if item.nodeid.split("[")[0] in self.tests]


class Trials:
    """Lets pytest run what it collected once for each trial, each time in a fork."""

    def __init__(self, trials: Iterable[Trial], tell: Callable[[int, str], None]) -> None:
        self._trials = trials
        self._tell = tell
        self.is_fork = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Called by pytest after it collected; in a fork pytest goes on with the trial's tests."""
        if session.testsfailed:
            return None
        for trial in self._trials:
            with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
                child = fork_to(told)
                if child == 0:
                    self.is_fork = True
                    trial.begins(session)
                    return None
                self._tell(trial.place, ended(child, told))
        return True


def try_all(trials: Sequence[Trial], tell: Callable[[int, str], None]) -> None:
    """Collect the tests of the trials once, and run every trial."""
    tests = sorted({test for trial in trials for test in trial.tests})
    with tempfile.TemporaryDirectory() as folder:
        each = Trials(trials, tell)
        code = run(tests, Tally(), folder, each)
        if each.is_fork:
            os._exit(code)


def text_of(file: str) -> str:
    """The source of one of our files."""
    return (ROOT / file).read_text("utf-8") if (ROOT / file).is_file() else ""


def is_there(change: Change) -> bool:
    """Whether the line stands in the file exactly once."""
    return text_of(change.file).count(change.line) == 1


def swaps_of(mechanism: Mechanism) -> dict[Path, list[Pair]]:
    """The functions that its changes alter. Raises ReachesFurther."""
    altered: dict[str, str] = {}
    for change in mechanism.changes:
        text = altered.get(change.file, text_of(change.file))
        altered[change.file] = text.replace(change.line, change.instead)
    return {ROOT / file: swaps(ROOT / file, text_of(file), text) for file, text in altered.items()}


def try_without(chosen: Sequence[int], tell: Callable[[int, str], None]) -> None:
    """Tell how the test of each mechanism ends without it, and (-1) how all end as the program is."""
    trials = [Trial(-1, sorted({MECHANISMS[place].test for place in chosen}), {})]
    for place in chosen:
        mechanism = MECHANISMS[place]
        if not all(map(is_there, mechanism.changes)):
            tell(place, GONE)
            continue
        try:
            trials.append(Trial(place, [mechanism.test], swaps_of(mechanism)))
        except ReachesFurther:
            tell(place, imported_anew(mechanism))
    try_all(trials, tell)


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
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what pytest itself prints goes beside the answers
    told: dict[int, str] = {}

    def tell(place: int, outcome: str) -> None:
        told[place] = outcome
        print(json.dumps([place, outcome]), file=answers, flush=True)

    try_without(chosen, tell)
    return 0 if told == {-1: PASSED, **dict.fromkeys(chosen, FAILED)} else 1


if __name__ == "__main__":
    sys.exit(main())
