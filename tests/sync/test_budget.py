"""A station that may use so much of its link a day: files wait until tomorrow, letters do not."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from sync import budget
from sync.courier import Courier
from sync.outbox import LetterState
from sync.pace import Outcome, next_pause_seconds
from sync.rows import using
from tests.tools.mail_pair import Pair

SCAN = os.urandom(400_000)
MOST = 150_000


@pytest.fixture
def frugal(tmp_path: Path) -> Iterator[Pair]:
    """A station with a budget of 150 kB a day."""
    pair = Pair(tmp_path)
    node = pair.station
    pair.courier = Courier(
        node.keys, node.node_id, "", node.handlers, node.clock, pair.link, daily_bytes_max=MOST
    )
    yield pair
    pair.closes()


def spent(pair: Pair) -> int:
    with using(pair.station.database):
        return budget.spent(pair.station.now)


def test_a_file_stops_where_the_budget_is_spent_and_a_new_case_still_goes(frugal):
    frugal.station.posts(frugal.hall, "c1", [frugal.station.keeps(SCAN)])
    report = frugal.exchange()
    assert report.is_over_budget and report.state == "ok"
    assert MOST <= spent(frugal) < 3 * MOST
    frugal.station.posts(frugal.hall, "c2")
    before = spent(frugal)
    again = frugal.exchange()

    assert (again.sent, again.files_sent_bytes) == (1, 0)
    assert spent(frugal) - before < 10_000
    assert frugal.station.state("c2") is LetterState.ACKNOWLEDGED
    assert frugal.station.state("c1") is LetterState.SENT


def test_the_file_goes_on_the_next_day_and_is_whole_after_some(frugal):
    frugal.station.posts(frugal.hall, "c1", [frugal.station.keeps(SCAN)])
    days = 0
    while frugal.station.state("c1") is not LetterState.ACKNOWLEDGED:
        frugal.exchange()
        frugal.exchange()
        frugal.passes(24 * 3600)
        days += 1
        assert days < 9

    assert frugal.hall.reads(frugal.hall.effects[0]) == SCAN
    assert days >= 2


def test_what_comes_down_counts_as_well(frugal):
    frugal.hall.posts(frugal.station, "r1", [frugal.hall.keeps(SCAN)])
    report = frugal.exchange()
    more = frugal.exchange()

    assert report.is_over_budget and report.files_received_bytes < len(SCAN)
    assert more.files_received_bytes == 0
    assert [arrived.subject for arrived in frugal.station.effects] == ["r1"]


def test_without_a_budget_bytes_are_counted_and_nothing_waits(pair):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    report = pair.exchange()

    assert not report.is_over_budget
    assert spent(pair) == report.bytes_up + report.bytes_down > len(SCAN)


def test_a_day_ends_at_midnight_in_china(pair):
    evening = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)
    with using(pair.station.database):
        budget.note(evening, 3, 4)

        assert budget.spent(evening) == 7
        assert budget.spent(evening + timedelta(minutes=1)) == 0
        assert budget.day_of(evening + timedelta(minutes=1)) == "2026-11-23"


def test_an_idle_day_costs_less_than_50_kB(pair):
    """The real pauses, with the bytes of the real heartbeat; nobody works and nothing waits."""
    pair.exchange()  # logs in
    chance, history, seconds, carried = Random(7), [Outcome.OK], 0.0, 0
    while seconds < 24 * 3600:
        report = pair.exchange()
        assert not report.has_moved()
        carried += report.bytes_up + report.bytes_down
        history = [*history, Outcome.QUIET][-20:]
        pause = next_pause_seconds(history, chance, 30)
        seconds += pause
        pair.passes(pause)

    assert carried < 50_000
