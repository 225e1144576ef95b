"""What the mail costs when there is little to say: one case, nothing at all, a whole idle day.

    python -m tests.benchmarks.quiet

Counted at the line, both ways, HTTP included. One case: on a line with 600 ms of delay, by a station that
holds a session and a connection, and by one whose connection is gone. The idle day is reckoned: exchanges at
the pace of the product over 24 hours (`pace.next_pause_seconds` from a fixed seed),
each of the bytes measured, and signing in as often as a session ends. The search for a newer catalog is not
in it.
"""

import tempfile
from pathlib import Path
from random import Random

from station.settings import Settings
from sync.limits import SESSION_SECONDS
from sync.pace import Outcome, next_pause_seconds
from tests.benchmarks.cases import SEED
from tests.benchmarks.mail_node import HALL, STATION, NodeProcess, found
from tests.benchmarks.table import print_table
from tests.tools.emulator import CLEAN, Counts, Emulator, Line

DAY_SECONDS = 24 * 3600
SLOW = Line("128 kbit/s, 600 ms", 128_000, 0.6)
DICTIONARY_KIB = 64


class Quiet:
    """A station and a hall with a line between them, up all the time."""

    def __init__(self, folder: Path) -> None:
        found(folder, DICTIONARY_KIB)
        self._hall = NodeProcess(HALL, folder)
        self.line = Emulator(self._hall.ready["port"], CLEAN)
        self._station = NodeProcess(STATION, folder)

    def posts(self) -> None:
        """One case."""
        self._seed = getattr(self, "_seed", SEED) + 1
        self._station.ask("post", count=1, seed=self._seed)

    def calls(self) -> tuple[Counts, float, int]:
        """One exchange: what passed, seconds until the hall held the letters, and its round trips."""
        self.line.goes_up()
        report = self._station.ask("call", port=self.line.port)
        assert report["state"] == "ok", report
        return self.line.counts(), report["seconds"], report["round_trips"]

    def closes(self) -> None:
        """End all three."""
        self._station.ends()
        self.line.close()
        self._hall.ends()


def measure() -> None:
    """The table."""
    with tempfile.TemporaryDirectory() as folder:
        quiet = Quiet(Path(folder))
        try:
            rows, idle, login = _calls(quiet)
        finally:
            quiet.closes()
    head = ("what", "bytes up", "bytes down", "bytes", "round trips", "seconds at 600 ms")
    print_table("What little mail costs", head, rows)
    exchanges, total = idle_day(idle, login)
    print(f"\nAn idle day: {exchanges} exchanges and two sign-ins, {total:,} bytes.")


def _calls(quiet: Quiet) -> tuple[list[tuple[str, ...]], int, int]:
    login = quiet.calls()[0].total_bytes
    quiet.posts()
    rows = [_row("the first case of a stream, with its key", *quiet.calls())]
    idle = quiet.calls()[0].total_bytes
    login -= idle
    quiet.line.becomes(SLOW)
    rows.append(_row("nothing to send", *quiet.calls()))
    quiet.posts()
    rows.append(_row("one case, connection kept", *quiet.calls()))
    quiet.line.cut()
    quiet.posts()
    rows.append(_row("one case, connection gone", *quiet.calls()))
    rows.append(("signing in", "", "", f"{login:,}", "3 with the first exchange", ""))
    return rows, idle, login


def _row(title: str, counts: Counts, seconds: float, round_trips: int) -> tuple[str, ...]:
    sizes = (counts.up_bytes, counts.down_bytes, counts.total_bytes)
    return (title, *(f"{size:,}" for size in sizes), str(round_trips), f"{seconds:.2f}")


def idle_day(idle_bytes: int, login_bytes: int) -> tuple[int, int]:
    """(exchanges, bytes) of a day on which nothing happens, at the product's pace."""
    chance, seconds, exchanges = Random(SEED), 0.0, 0
    pace = Settings(data_folder=Path()).exchange_seconds
    history: list[Outcome] = []
    while seconds < DAY_SECONDS:
        exchanges += 1
        history = [*history, Outcome.QUIET][-20:]
        seconds += next_pause_seconds(history, chance, pace)
    return exchanges, exchanges * idle_bytes + DAY_SECONDS // SESSION_SECONDS * login_bytes


if __name__ == "__main__":
    measure()
