"""`python -m tests.simulation --seed 1 --runs 1000 --jobs 2`: the whole mail, played from one seed.

Ends with a table, and with 1 if a promise was broken; then seed, step and the shortest story of it are
printed. `--only 1.42` plays one run and tells its story. `--plant NAME` plays with a mistake in the code;
`--planted` shows how soon each planted mistake is found.
"""

import argparse
import sys
import time

from tests.simulation.campaign import Sums, campaign, plan_of, planted
from tests.simulation.plants import PLANTS
from tests.simulation.play import run

TELL_EVERY_SECONDS = 30


def main(arguments: list[str] | None = None) -> int:
    """Play what was asked for."""
    given = _parser().parse_args(arguments)
    if given.only:
        return _only(given.only, given.plant)
    if given.planted:
        return _planted(given.seed, given.runs or 500, given.jobs)
    started = time.monotonic()
    small = [f"{given.seed}.{number}" for number in range(given.first, given.first + given.runs)]
    big = [f"{given.seed}.big{number}" for number in range(given.first, given.first + given.big)]
    is_good = True
    for name, seeds, per_task in (("small", small, 10), ("big", big, 1)):
        if seeds and is_good:
            left = given.minutes and max(0.1, given.minutes - (time.monotonic() - started) / 60)
            is_good = _campaign(name, seeds, given.jobs, left, given.plant, per_task)
    return 0 if is_good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", default="1", help="of all that is drawn (default 1)")
    parser.add_argument("--runs", type=int, default=0, help="small runs: 3 to 8 nodes over days")
    parser.add_argument("--big", type=int, default=0, help="big runs: 50 stations over 30 days")
    parser.add_argument("--first", type=int, default=0, help="begin with the run of this number")
    parser.add_argument("--minutes", type=float, default=0, help="begin no run after so many minutes")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--plant", choices=sorted(PLANTS), help="play with this mistake in the code")
    parser.add_argument("--planted", action="store_true", help="show how soon each planted mistake is found")
    parser.add_argument("--only", metavar="SEED", help="play this one run, such as 1.42, and tell its story")
    return parser


def _only(seed: str, plant: str | None) -> int:
    with planted(plant):
        result = run(plan_of(seed))
    print("\n".join(result.story))
    print(f"{result.steps} steps, {result.requests} requests, {result.seconds:.2f} s")
    if result.broken is None:
        return 0
    print(f"seed {seed}, step {result.at_step}: {result.broken}")
    return 1


def _campaign(
    name: str, seeds: list[str], jobs: int, minutes: float, plant: str | None, per_task: int
) -> bool:
    started = told = time.monotonic()
    sums = Sums()
    for sums in campaign(seeds, jobs, minutes, plant, per_task):
        if time.monotonic() - told > TELL_EVERY_SECONDS:
            told = time.monotonic()
            print(f"  {sums.runs} of {len(seeds)} {name} runs, {told - started:.0f} s", flush=True)
    _print_table(name, len(seeds), sums, time.monotonic() - started)
    for finding in sums.findings:
        print(finding.as_text(), flush=True)
    return not sums.findings


def _planted(seed: str, runs: int, jobs: int) -> int:
    """A table of the planted mistakes: found after how many runs, by which promise."""
    print("| planted mistake | found after | seed | promise | what was seen |")
    print("|---|---|---|---|---|")
    is_good = True
    for name, plant in PLANTS.items():
        seeds = [f"{seed}.{number}" for number in range(runs)]
        *_, sums = campaign(seeds, jobs, 0, name, is_shrinking=False)
        found = sums.findings[0] if sums.findings else None
        is_good &= found is not None and found.promise in plant.promises
        told = f"{found.seed} | {found.promise} | {found.what}" if found else "none | none | nothing"
        print(f"| {plant.what} | {sums.runs} runs | {told} |", flush=True)
    return 0 if is_good else 1


def _print_table(name: str, asked: int, sums: Sums, seconds: float) -> None:
    print(f"\n### {name} runs\n\n| | |\n|---|---|")
    rate = sums.steps / max(seconds, 0.001)
    print(f"| runs played, of those asked for | {sums.runs} of {asked} |")
    print(f"| steps | {sums.steps}, {rate:.0f} a second |")
    print(f"| requests that reached a hall | {sums.requests} |")
    print(f"| time | {seconds:.0f} s, {sums.processor_seconds:.0f} s of processors |")
    print(f"| drawn | {_list(sums.faults)} |")
    print(f"| promises checked | {_list(sums.checks)} |")
    print(f"| broken | {len(sums.findings)} |", flush=True)


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
