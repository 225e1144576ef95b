"""Runs the public suite tuf-conformance, checked out by the caller, against `yimen tuf-client`.

python -m tests.tools.conformance FOLDER                      every test, then a line for each file
python -m tests.tools.conformance FOLDER -k rollback          what follows the folder goes to pytest
python -m tests.tools.conformance FOLDER --entrypoint COMMAND another client, to compare

Nothing of the suite is part of this repository. What it needs (tuf, securesystemslib, pytest) is here for
other reasons; `faketime` must be on the path, or the tests that move the clock fail.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

TOP = Path(__file__).parents[2]
SUITE = "tuf_conformance"
NOT_THERE = 2
OUR_CLIENT = f"{sys.executable} -m station.cli tuf-client"


@dataclass
class Tally:
    """What became of the tests of one file."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def takes(self, case: ElementTree.Element) -> None:
        """Count one test of a JUnit report."""
        kinds = {child.tag for child in case}
        self.failed += bool(kinds & {"failure", "error"})
        self.skipped += "skipped" in kinds
        self.passed += not kinds & {"failure", "error", "skipped"}
        self.seconds += float(case.get("time", 0))


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of pytest, or NOT_THERE where the folder holds no suite."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.conformance", description=__doc__)
    parser.add_argument("folder", type=Path, help="a checkout of theupdateframework/tuf-conformance")
    parser.add_argument("--entrypoint", default=OUR_CLIENT, help="the client, split at its spaces")
    options, more = parser.parse_known_args(arguments)
    if not (options.folder / SUITE / "conftest.py").is_file():
        print(refusal(options.folder), file=sys.stderr)
        return NOT_THERE
    with tempfile.TemporaryDirectory(prefix="yimen-conformance-") as scratch:
        report = Path(scratch) / "report.xml"
        code = run(options.folder.resolve(), options.entrypoint, report, more)
        if report.exists():
            print("\n".join(lines(tallies(report))))
    return code


def refusal(folder: Path) -> str:
    """Why nothing was run, and what to do."""
    return (
        f"There is no suite in {folder}: {SUITE}/conftest.py is not there.\n"
        "It is not part of this repository. Clone https://github.com/theupdateframework/tuf-conformance "
        "where there is a network, and name that folder."
    )


def run(folder: Path, entrypoint: str, report: Path, more: Sequence[str]) -> int:
    """The suite as a process in its own folder; the client is that of this tree, whatever is installed."""
    found = [str(TOP), *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", "pytest", SUITE, "-p", "no:cacheprovider", f"--junitxml={report}"]
    command += ["--entrypoint", entrypoint, *more]
    return subprocess.run(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": os.pathsep.join(found)}, check=False
    ).returncode


def tallies(report: Path) -> dict[str, Tally]:
    """Each test file's count, from a JUnit report that pytest wrote."""
    found: defaultdict[str, Tally] = defaultdict(Tally)
    for case in ElementTree.parse(report).iter("testcase"):
        found[_file(case)].takes(case)
    return dict(found)


def lines(found: dict[str, Tally]) -> Iterable[str]:
    """A table in Markdown, as docs/signing-tests.md has it."""
    yield "| file | passed | failed | not run | seconds |"
    yield "|---|---|---|---|---|"
    for file, tally in sorted(found.items()):
        yield f"| {file} | {tally.passed} | {tally.failed} | {tally.skipped} | {tally.seconds:.0f} |"


def _file(case: ElementTree.Element) -> str:
    """A test's file, from its dotted module; a file that did not load stands under its own name only."""
    module = case.get("classname") or case.get("name", "")
    return f"{module.rpartition('.')[2]}.py"


if __name__ == "__main__":
    sys.exit(main())
