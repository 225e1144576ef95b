"""`python -m tests.faults.kill --seed 1 --moments 200`: kill -9 over the main job; exit 0 if all is well."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.campaign import Campaign, Plan, running
from tests.faults.report import Report


def play(plan: Plan, is_quiet: bool = False) -> Report:
    """One campaign in a folder of its own."""

    def say(text: str) -> None:
        if not is_quiet:
            print(text, flush=True)

    with running(plan, say) as (county, processes):
        return Campaign(plan, county, processes, say).run()


def campaign(seed: int, moments: int | None, minutes: float) -> Report:
    """Play, print the table, and keep the data folder when a promise was broken.

    moments: None for as many as fit into `minutes`; minutes: 0 for no bound.
    """
    folder = Path(tempfile.mkdtemp(prefix="yimen-kill-"))
    print(f"seed {seed}, {moments or 'endless'} moments, data in {folder}", flush=True)
    report = play(Plan(seed, moments, minutes, folder))
    print("\n".join(["", *report.lines()]), flush=True)
    if report.is_good:
        shutil.rmtree(folder)
    else:
        print(f"the data folder is kept: {folder}", flush=True)
    return report


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kill", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--moments", type=int, default=200, help="how often the plug is pulled")
    parser.add_argument("--minutes", type=float, default=0, help="end after so many minutes (0: no bound)")
    given = parser.parse_args(arguments)
    return 0 if campaign(given.seed, given.moments, given.minutes).is_good else 1


if __name__ == "__main__":
    sys.exit(main())
