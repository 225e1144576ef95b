"""1,000 cases queued while the line is down: how long until the hall holds them, at how many bytes.

    python -m tests.benchmarks.backlog [--runs 3] [--lines clean,cuts,shaped,thin] [--dictionary 64]
                                       [--profile FOLDER]

Station, hall and line are processes of their own; both databases are SQLCipher files, WAL, synchronous FULL;
what counts is the hall's file, read every ten milliseconds. The station has exchanged before and holds a
session; it is told when the line goes up, and after a cut keeps the pace of the product. Its first letter
carries the wrapped stream key. Both ends hold the same dictionary, trained on cases of another village (0:
none). `--profile` leaves files for `python -m pstats`, one a process and run.
"""

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

from station.database import open_database
from sync.rows import using
from tests.benchmarks.cases import COUNT, SEED
from tests.benchmarks.contest import HEAD, NAMES, SECONDS_MAX, run_course
from tests.benchmarks.mail_node import HALL, NODE_KEY, STATION, HeldCase, NodeProcess, found
from tests.benchmarks.table import print_table

RUNS = 3
DICTIONARY_KIB = 64


class Ours:
    """Our mail, for the course that every contestant runs."""

    _numbers = itertools.count(1)

    def __init__(self, folder: Path, dictionary_kib: int, profile: Path | None = None) -> None:
        found(folder, dictionary_kib)
        self._folder = folder
        self._profile = profile and profile / str(next(self._numbers))
        self._nodes: list[NodeProcess] = []
        self._port = 0
        self._database = open_database(folder / HALL / "node.db", NODE_KEY)
        self.near: list[int] = []
        self.far: list[int] = []

    def start_far(self, line_port: int) -> int:
        """The hall."""
        hall = self._start(HALL)
        self.far = [hall.process_id]
        return int(hall.ready["port"])

    def start_near(self, port: int) -> None:
        """The station, and one exchange with nothing in it but the session."""
        self._port = port
        station = self._start(STATION)
        self.near = [station.process_id]
        greeted = station.ask("call", port=port)
        assert greeted["state"] == "ok", greeted

    def queue(self) -> None:
        """The cases, into the station's database."""
        self._nodes[-1].ask("post", count=COUNT, seed=SEED)

    def line_is_up(self) -> None:
        """As when a person presses the button, or the system says that the line is back."""
        self._nodes[-1].tell("send_all", port=self._port, seconds_max=SECONDS_MAX)

    def held(self) -> int:
        """Rows at the hall."""
        with using(self._database):
            return int(HeldCase.select().count())

    def distinct(self) -> int:
        """Different cases at the hall."""
        with using(self._database):
            return int(HeldCase.select(HeldCase.case_id).distinct().count())

    def settle(self) -> None:
        """The station has every acknowledgement."""
        sent = self._nodes[-1].answer()
        assert sent["acknowledged"] == COUNT, sent

    def stop(self) -> None:
        """End both."""
        self._database.close_all()
        for node in reversed(self._nodes):
            node.ends()

    def _start(self, name: str) -> NodeProcess:
        profile = None
        if self._profile is not None:
            self._profile.mkdir(parents=True, exist_ok=True)
            profile = self._profile / f"{name}.prof"
        self._nodes.append(NodeProcess(name, self._folder, profile))
        return self._nodes[-1]


def measure(
    names: Sequence[str] = NAMES,
    runs: int = RUNS,
    dictionary_kib: int = DICTIONARY_KIB,
    profile: Path | None = None,
) -> None:
    """Run the course and print the table."""
    title = f"ours, {dictionary_kib} KiB dictionary"
    rows = run_course(title, lambda folder: Ours(folder, dictionary_kib, profile), names, runs)
    print_table(f"{COUNT:,} cases after an outage, {runs} runs (min / median / max)", HEAD, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="1,000 queued cases over four kinds of line.")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--lines", default=",".join(NAMES))
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--dictionary", type=int, default=DICTIONARY_KIB, help="KiB, 0 for none")
    asked = parser.parse_args()
    measure(asked.lines.split(","), asked.runs, asked.dictionary, asked.profile)
