"""`python -m tests.faults.catalog_kill --seed 1 --moments 100`: kill -9 while a catalog is on its way.

Publishing, handing on at a relay, writing a stick, taking the catalog and its samples from one, updating by
delta, importing a table into the draft and putting a sample into it, each in a process of its own that dies
at a planned moment: half of them before the n-th file it opens, renames or removes, statement of the draft
or step of the reading, half after a share of its usual time. Whoever was cut off must be found with a whole
catalog or draft, the old or the new, and must come to the new one when the work is done again; half of the
tables that were half read are given up first, the others taken up. Exit 0 if all is well. With TMPDIR on a
disk in memory it is quicker, and as good: processes die here, not the disk.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.catalog_world import WORKS, World

OPERATIONS = (
    *("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"),
    *("sqlite3.connect", "tests.statement", "tests.step"),
)
REACH = 1.1  # how far beyond the usual length a moment may lie
LATE = 0.8  # half of the moments lie behind this share of it, where old becomes new


@dataclass(frozen=True)
class Length:
    """How long a work usually is."""

    operations: int
    seconds: float


@dataclass
class Killed:
    """The sum of a campaign. ends: by (work, "old" or "new") what was found after a cut."""

    seed: int
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    late: int = 0
    findings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def lines(self) -> list[str]:
        """A Markdown table and its sum."""
        told = [f"### Power cuts while a catalog is on its way, seed {self.seed}", ""]
        told += ["| work cut off | found old | found new |", "|---|---:|---:|"]
        told += [f"| {work} | {self.ends[work, 'old']} | {self.ends[work, 'new']} |" for work in WORKS]
        sums = f"{self.ends.total()} kills, {self.late} of them after the end; {len(self.findings)} findings"
        return [*told, "", f"{sums}; {self.seconds:.0f} seconds", *(f"- {one}" for one in self.findings)]


def campaign(folder: Path, seed: int, moments: int, say: Callable[[str], None] = lambda _: None) -> Killed:
    """Play until so many moments have come, or something is found."""
    chance, killed, started = random.Random(f"moments {seed}"), Killed(seed), time.monotonic()
    world = World(folder, seed)
    lengths: dict[str, Length] = {}
    for _ in range(2):  # the second time tells how long each usually is
        world.next_version()
        lengths = {work: _uncut(world, work) for work in WORKS}
    while killed.ends.total() < moments and not killed.findings:
        world.next_version()
        for work in WORKS[: moments - killed.ends.total()]:
            _cut(world, work, lengths[work], chance, killed)
        say(f"{killed.ends.total():4} kills, version {world.version}")
    killed.seconds = time.monotonic() - started
    return killed


def _cut(world: World, work: str, usual: Length, chance: random.Random, killed: Killed) -> None:
    """One moment: cut off, look, do the work again, look again."""
    world.prepare(work)
    first = LATE if chance.random() < 0.5 else 0.0
    share, is_by_clock = chance.uniform(first, REACH), chance.random() < 0.5
    at = None if is_by_clock else int(share * usual.operations)
    _, was_killed, _ = _in_a_process(world.works[work], at, share * usual.seconds if is_by_clock else None)
    killed.late += not was_killed
    where = "by the clock" if is_by_clock else f"before operation {at}"
    killed.findings += [f"{found} ({share:.3f} {where})" for found in world.look(work)]
    is_new = world.version_of(work) == world.version
    killed.ends[work, "new" if is_new else "old"] += 1
    _uncut(world, work)
    killed.findings += [f"{found} (done again)" for found in world.look(work)]
    if world.version_of(work) != world.version:
        killed.findings.append(
            f"{work}: version {world.version_of(work)} instead of {world.version}, done again"
        )


def _uncut(world: World, work: str) -> Length:
    """The work to its end, in a process of its own, too."""
    world.prepare(work)
    started = time.monotonic()
    operations, was_killed, is_well = _in_a_process(world.works[work], None, None)
    assert is_well and not was_killed, f"{work} fails without a cut"
    return Length(operations, time.monotonic() - started)


def _in_a_process(
    work: Callable[[], object], at_operation: int | None, after_seconds: float | None
) -> tuple[int, bool, bool]:
    """(file operations, whether it was killed, whether it ended well)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _die_at(work, at_operation, writing)
    os.close(writing)
    if after_seconds is not None:
        time.sleep(after_seconds)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return int(told or 0), os.WIFSIGNALED(status), os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0


def _die_at(work: Callable[[], object], at_operation: int | None, writing: int) -> None:
    """In the child: the work, with the power going before the n-th file operation; never returns."""
    count = 0

    def watch(event: str, _: object) -> None:
        nonlocal count
        if event in OPERATIONS:
            if count == at_operation:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

    code = 1
    try:
        sys.addaudithook(watch)
        work()
        os.write(writing, str(count).encode())
        code = 0
    finally:
        os._exit(code)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.catalog_kill", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--moments", type=int, default=100, help="how often the plug is pulled")
    given = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="yimen-catalog-kill-"))
    print(f"seed {given.seed}, {given.moments} moments, data in {folder}", flush=True)
    killed = campaign(folder, given.seed, given.moments, lambda text: print(text, flush=True))
    print("\n".join(["", *killed.lines()]), flush=True)
    if killed.findings:
        print(f"the data folder is kept: {folder}", flush=True)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
