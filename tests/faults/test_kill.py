"""A short share of the kill campaign; `python -m tests.faults.kill --moments 200` is the long one."""

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.campaign import Plan
from tests.faults.kill import play
from tests.faults.power import HALL, STATION, WAKING, Schedule

SEED = 11
MOMENTS = 8


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
def test_kill_9_at_any_moment_loses_no_confirmed_case_and_does_nothing_twice(tmp_path: Path):
    print(f"seed {SEED}")
    report = play(Plan(SEED, MOMENTS, 0, tmp_path / "county"), is_quiet=True)

    assert report.findings == []
    assert sum(report.cuts.values()) == MOMENTS
    assert {victim for victim, _ in report.cuts} == {STATION, HALL}
    assert report.confirmed == report.finished > 1


def test_the_moments_follow_from_the_seed_and_take_turns():
    def moments(seed: int) -> list[tuple[str, str]]:
        schedule, found = Schedule(seed, 300), []
        while not schedule.is_over:
            for step in ("materials", "confirm", "send", "accept", "decide", "fetch", "hand out", "report"):
                moment = schedule.due(step) or schedule.due_waking(STATION)
                found += [(moment.victim, moment.step)] if moment else []
        return found

    assert moments(1) == moments(1) != moments(2)
    turns = Counter(victim for victim, step in moments(1) if step != WAKING)
    assert abs(turns[STATION] - turns[HALL]) <= 1
