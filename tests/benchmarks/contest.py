"""The one course that our mail and its peers run: 1,000 cases queued while the line is down.

Time runs from the moment the line goes up until the far side's own store holds all cases; the second time
runs from the first byte on the line, so that a peer's pause before it tries again can be told apart. Bytes
are TCP payload that passed the line, both ways, those that a cut destroyed included.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Protocol

from tests.benchmarks.cases import COUNT
from tests.benchmarks.machine import cpu_seconds, free_port
from tests.benchmarks.table import spread
from tests.tools.emulator import CLEAN, SHAPED, THIN, Counts, Emulator, Line

SECONDS_MAX = 400.0
CUTS = 5
LEAST_BYTES_A_CASE = 100
NAMES = ("clean", "cuts", "shaped", "thin")
LINES = {"clean": CLEAN, "shaped": SHAPED, "thin": THIN}
HEAD = (
    "who",
    "line",
    "seconds",
    "from the first byte",
    "kB up",
    "kB down",
    "MB both ways",
    "cuts",
    "doubled",
    "missing",
    "CPU seconds near / far",
)


class Contestant(Protocol):
    """A near side that queues and a far side that holds, as processes. near, far: their process ids."""

    near: list[int]
    far: list[int]

    def start_far(self, line_port: int) -> int:
        """Start the far side; returns the port it listens on. line_port: what it may tell as its address."""

    def start_near(self, port: int) -> None:
        """Start the near side and let it meet the far side once, through the line."""

    def queue(self) -> None:
        """Queue all cases; the line is down."""

    def line_is_up(self) -> None:
        """The near side may be told, if it can be told."""

    def held(self) -> int:
        """How many cases the far side's store holds now, doubled ones included."""

    def distinct(self) -> int:
        """How many different ones."""

    def settle(self) -> None:
        """Wait until the near side knows that everything arrived; bytes are counted until then."""

    def stop(self) -> None:
        """End every process, whatever state it is in."""


@dataclass(frozen=True)
class Run:
    """One run. seconds: until the far side held everything, or until patience ended."""

    seconds: float
    from_first_byte: float
    counts: Counts
    held: int
    distinct: int
    cpu_near: float
    cpu_far: float

    @property
    def is_complete(self) -> bool:
        """Whether everything arrived in time."""
        return self.distinct == COUNT


def run_course(
    name: str, make: Callable[[Path], Contestant], names: Sequence[str], runs: int, is_slow: bool = False
) -> list[tuple[str, ...]]:
    """The rows of the table for one contestant. make: a fresh one in an empty folder.

    is_slow: one run is enough on the thin line. names: of lines; "cuts" needs "clean" before it, whose
    bytes tell where the cuts are placed.
    """
    rows, clean_bytes = [], 0
    for line_name in names:
        line = cuts_spread_over(clean_bytes) if line_name == "cuts" else LINES[line_name]
        done = [run_once(make, line) for _ in range(1 if is_slow and line_name == "thin" else runs)]
        if line_name == "clean":
            clean_bytes = int(median(run.counts.total_bytes for run in done))
        rows.append(as_row(name, line.name, done))
        print("| " + " | ".join(rows[-1]) + " |", flush=True)
    return rows


def cuts_spread_over(clean_bytes: int) -> Line:
    """A line without limits that breaks five times while so many bytes pass."""
    assert clean_bytes, "the cuts are placed by the bytes of a clean run, so ask for clean first"
    at = tuple(clean_bytes * part // (CUTS + 1) for part in range(1, CUTS + 1))
    return Line("clean, five cuts", cut_at_bytes=at)


def run_once(make: Callable[[Path], Contestant], line: Line) -> Run:
    """One backlog over one line, between two fresh nodes."""
    folder = Path(tempfile.mkdtemp(prefix="backlog-"))
    one = make(folder)
    try:
        line_port = free_port()
        with Emulator(one.start_far(line_port), port=line_port) as emulator:
            emulator.goes_up()
            one.start_near(emulator.port)
            emulator.goes_down()
            one.queue()
            emulator.becomes(line)
            return _race(one, emulator)
    finally:
        one.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _race(one: Contestant, emulator: Emulator) -> Run:
    before = _cpu(one.near), _cpu(one.far)
    up_at = emulator.goes_up()
    one.line_is_up()
    wait_until(lambda: one.held() >= COUNT, up_at + SECONDS_MAX)
    while (distinct := one.distinct()) < COUNT and time.monotonic() < up_at + SECONDS_MAX:
        time.sleep(0.05)  # some were there twice before all were there once
    done_at = time.monotonic()
    if distinct == COUNT:
        one.settle()
    counts = emulator.counts()
    assert counts.total_bytes > distinct * LEAST_BYTES_A_CASE, "the cases took another way than the line"
    return Run(
        seconds=done_at - up_at,
        from_first_byte=done_at - (counts.first_byte_at or up_at),
        counts=counts,
        held=one.held(),
        distinct=distinct,
        cpu_near=_cpu(one.near) - before[0],
        cpu_far=_cpu(one.far) - before[1],
    )


def wait_until(is_so: Callable[[], bool], deadline: float, pause_seconds: float = 0.01) -> bool:
    """Ask again and again until it is so; False when the deadline (monotonic) passed."""
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_seconds)
    return True


def as_row(name: str, line: str, runs: Sequence[Run]) -> tuple[str, ...]:
    """One row of the table, minimum / median / maximum of the runs."""
    counts = [run.counts for run in runs]
    near_far = f"{median(run.cpu_near for run in runs):.2f} / {median(run.cpu_far for run in runs):.2f}"
    seconds = spread([run.seconds for run in runs], 2)
    return (
        name,
        line,
        seconds if all(run.is_complete for run in runs) else f"not complete after {seconds}",
        spread([run.from_first_byte for run in runs], 2),
        spread([count.up_bytes / 1000 for count in counts], 0),
        spread([count.down_bytes / 1000 for count in counts], 1),
        f"{median(count.total_bytes for count in counts) / 1e6:.3f}",
        spread([count.cuts for count in counts], 0),
        str(max(run.held - run.distinct for run in runs)),
        str(max(COUNT - run.distinct for run in runs)),
        near_far,
    )


def _cpu(process_ids: Sequence[int]) -> float:
    return sum(cpu_seconds(one) for one in process_ids)
