"""`python -m tests.soak --seed 1 --minutes 20`: the long seeded campaigns, within a time bound.

First the power fails over the main job, then hostile bytes are tried guided by coverage, then the whole
mail is simulated, then the line is cut at ever more places. Ends with a summary, and with 1 if a promise
was broken.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.faults.kill import campaign
from tests.faults.power import HALL, STATION
from tests.simulation.campaign import RUNS_PER_TASK
from tests.simulation.campaign import campaign as simulations

KILL_SHARE = 0.2
FUZZ_SHARE = 0.1
SIMULATED_SHARE = 0.6
SMALL_RUNS, BIG_RUNS = 10_000, 50
BIG_SHARE = 0.3  # of the time of the simulator
SWEEP = "tests/faults/test_cut_after_every_kth_byte.py"
CUTS = (10, 53, 101, 199, 397, 797, 1597)  # primes after the first: each sweep falls on other bytes


@dataclass(frozen=True)
class Part:
    """One finished campaign and its one line of the summary."""

    name: str
    is_good: bool
    told: str


def kills(seed: int, minutes: float) -> Part:
    """kill -9 of station and hall over the main job until the time is up."""
    report = campaign(seed, None, minutes)
    is_played = report.kills(STATION) > 0 and report.kills(HALL) > 0
    return Part("power cuts", report.is_good and is_played, report.summary())


def fuzz(seed: int, minutes: float) -> Part:
    """Atheris over every target; where it cannot be installed that is said, and is not a broken promise."""
    seconds = str(int(minutes * 60))
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", seconds, "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout[-8000:], flush=True)
    lines = done.stdout.strip().splitlines() or ["no output"]
    broken = [line for line in lines if "BROKEN" in line]
    told = broken[0] if broken else lines[0] if done.returncode == 2 else f"{len(lines)} targets held"
    return Part("hostile bytes", done.returncode in (0, 2), told)


def simulated(seed: int, minutes: float, jobs: int) -> list[Part]:
    """Small and big runs of the simulator, as many as the time allows; a failure is told in full."""
    plans = (
        ("small", [f"{seed}.{number}" for number in range(SMALL_RUNS)], 1 - BIG_SHARE, RUNS_PER_TASK),
        ("big", [f"{seed}.big{number}" for number in range(BIG_RUNS)], BIG_SHARE, 1),
    )
    parts = []
    for name, seeds, share, per_task in plans:
        started = time.monotonic()
        *_, sums = simulations(seeds, jobs, minutes * share, runs_per_task=per_task)
        for finding in sums.findings:
            print(finding.as_text(), flush=True)
        seconds = time.monotonic() - started
        told = f"{sums.runs} of {len(seeds)}, {sums.steps} steps, {sums.steps / seconds:.0f} a second"
        parts.append(Part(f"{name} simulated runs", not sums.findings, told))
        print(f"{parts[-1].name}: {told}", flush=True)
    return parts


def sweep(cuts: int) -> Part:
    """Cut the line at `cuts` places of each request and each answer of an exchange with a file."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", SWEEP]
    done = subprocess.run(
        command, env=os.environ | {"YIMEN_CUTS": str(cuts)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout[-4000:], flush=True)
    lines = done.stdout.strip().splitlines() or ["no output"]
    return Part(f"line cut at {cuts} places", done.returncode == 0, lines[-1].strip("= "))


def sweeps(until: float) -> list[Part]:
    """Sweeps that grow: the first one always, each other if it should end before `until` (monotonic)."""
    parts: list[Part] = []
    seconds_per_cut = 0.0
    for cuts in CUTS:
        started = time.monotonic()
        if parts and started + cuts * seconds_per_cut > until:
            break
        parts.append(sweep(cuts))
        print(f"{parts[-1].name}: {parts[-1].told}", flush=True)
        seconds_per_cut = (time.monotonic() - started) / cuts
    return parts


def main(arguments: list[str] | None = None) -> int:
    """Run all of them and print the summary."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--jobs", type=int, default=2, help="processes of the simulator")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    print(f"soak: seed {given.seed}, {given.minutes:g} minutes", flush=True)
    parts = [kills(given.seed, given.minutes * KILL_SHARE)]
    parts.append(fuzz(given.seed, given.minutes * FUZZ_SHARE))
    parts += simulated(given.seed, given.minutes * SIMULATED_SHARE, given.jobs)
    parts += sweeps(started + given.minutes * 60)
    print(f"\n### Soak, seed {given.seed}, {(time.monotonic() - started) / 60:.1f} minutes\n")
    for part in parts:
        print(f"- {'ok' if part.is_good else 'BROKEN'}  {part.name}: {part.told}")
    return 0 if all(part.is_good for part in parts) else 1


if __name__ == "__main__":
    sys.exit(main())
