"""Many runs on several processes, within a bound of runs and of time, and the sums of them."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.plants import PLANTS
from tests.simulation.play import Result, run
from tests.simulation.shrink import Shrinker
from tests.simulation.steps import Plan, draw, draw_big

RUNS_PER_TASK = 10


@dataclass
class Finding:
    """A broken promise. story: of the whole run; shrunk: of its shortest version."""

    seed: str
    at_step: int
    promise: str
    what: str
    story: list[str]
    shrunk: list[str]

    def as_text(self) -> str:
        """For a person: what was broken, where, and the shortest story of it."""
        again = f"`python -m tests.simulation --only {self.seed}` tells it all; the shortest story:"
        head = f"\nBROKEN {self.promise}: {self.what}\nseed {self.seed}, step {self.at_step}\n{again}\n"
        return "\n".join([head, *(self.shrunk or self.story)])


@dataclass
class Sums:
    """Of some runs. processor_seconds: of all processes together."""

    runs: int = 0
    steps: int = 0
    requests: int = 0
    processor_seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: "Sums") -> None:
        """Take in the sums of other runs."""
        self.runs, self.steps = self.runs + other.runs, self.steps + other.steps
        self.requests += other.requests
        self.processor_seconds += other.processor_seconds
        self.faults += other.faults
        self.checks += other.checks
        self.findings += other.findings


def plan_of(seed: str) -> Plan:
    """Seeds are written 7.42, or 7.big3 for a big run: the campaign's seed, and which run of it."""
    return draw_big(seed) if ".big" in seed else draw(seed)


def planted(name: str | None) -> AbstractContextManager[Any]:
    """Inside, the mistake of that name is in the code; None for none."""
    return nullcontext() if name is None else PLANTS[name].patched()


def play(seeds: list[str], plant: str | None, *, is_shrinking: bool = True) -> Sums:
    """These runs, one after the other, until one breaks a promise."""
    sums = Sums()
    with planted(plant):
        for seed in seeds:
            result = run(plan_of(seed))
            _count(sums, result)
            if result.broken is not None:
                sums.findings.append(_finding(result, is_shrinking))
                break
    return sums


def campaign(
    seeds: list[str],
    jobs: int,
    minutes: float,
    plant: str | None = None,
    runs_per_task: int = RUNS_PER_TASK,
    *,
    is_shrinking: bool = True,
) -> Iterator[Sums]:
    """The sums of all runs so far, again and again, until all were played, the time is up or one failed.

    minutes: 0 for no bound.
    """
    until = time.monotonic() + minutes * 60 if minutes else float("inf")
    tasks = [seeds[start : start + runs_per_task] for start in range(0, len(seeds), runs_per_task)]
    total = Sums()
    under_way: set[Future[Sums]] = set()
    with ProcessPoolExecutor(jobs) as pool:
        while tasks or under_way:
            while tasks and len(under_way) < jobs and time.monotonic() < until and not total.findings:
                under_way.add(pool.submit(play, tasks.pop(0), plant, is_shrinking=is_shrinking))
            if not under_way:
                return
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for one in done:
                total.add(one.result())
            yield total


def _count(sums: Sums, result: Result) -> None:
    sums.runs += 1
    sums.steps += result.steps
    sums.requests += result.requests
    sums.processor_seconds += result.seconds
    sums.faults += result.faults
    sums.checks += result.checks


def _finding(result: Result, is_shrinking: bool) -> Finding:
    assert result.broken is not None
    shrunk = Shrinker(result).shrink().story if is_shrinking else []
    broken = result.broken
    return Finding(result.plan.seed, result.at_step, broken.promise, broken.what, result.story, shrunk)
