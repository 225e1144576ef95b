"""A hall to which all its stations come back at once serves them all, in turn."""

from dataclasses import replace
from random import Random

import pytest
from flask import Flask

from sync.depot import Depot
from sync.errors import TooBusy
from sync.http import blueprint
from sync.limits import COME_BACK_SECONDS_MAX
from sync.pace import Outcome, next_pause_seconds
from sync.rows import using
from sync.storm import Gauge, Load, come_back_seconds, is_too_much

CALM = Load(waiting=0, turned_away=0, seconds_each=0.05, places=5)
STORM = Load(waiting=2000, turned_away=0, seconds_each=0.05, places=5)


@pytest.fixture
def gauge(pair) -> Gauge:
    """That of the pair's hall, put before its counter."""
    hall = pair.hall
    one = Gauge(places=5, chance=Random(1), ticks=lambda: 0.0)
    depot = Depot(hall.keys, hall.node_id, hall.handlers, hall.clock, retry_after=one.retry_after)
    app = Flask("hall")
    app.register_blueprint(blueprint(depot, lambda: using(hall.database), one))
    hall.client = app.test_client()
    return one


def test_a_calm_hall_refuses_nobody_and_asks_nobody_to_stay_away():
    assert not is_too_much(CALM)
    assert come_back_seconds(CALM, Random(1)) == 0


def test_what_would_wait_too_long_is_refused_and_told_when():
    assert is_too_much(STORM)
    assert 10 <= come_back_seconds(STORM, Random(1)) <= 31  # the work ahead takes 20 seconds


def test_those_told_to_come_back_are_spread_over_the_time_the_work_takes():
    chance = Random(7)
    seconds = sorted(come_back_seconds(STORM, chance) for _ in range(500))

    assert len(set(seconds)) >= 15
    assert max(seconds.count(second) for second in set(seconds)) < 60


def test_who_is_turned_away_after_many_others_comes_after_them():
    late = replace(STORM, turned_away=4000)

    assert min(come_back_seconds(late, Random(seed)) for seed in range(50)) > 20


def test_nobody_is_sent_away_for_longer_than_the_bound():
    endless = replace(STORM, turned_away=10**9)

    assert come_back_seconds(endless, Random(1)) == COME_BACK_SECONDS_MAX


def test_a_storm_passes_because_each_one_served_brings_the_rest_nearer():
    gauge = Gauge(places=5, chance=Random(1), ticks=lambda: 0.0)
    gauge.waiting = lambda: 2000
    for _ in range(100):
        with pytest.raises(TooBusy), gauge.serving():
            pass
    assert gauge.load.turned_away == 100

    gauge.waiting = lambda: 0
    for _ in range(100):
        with gauge.serving():
            pass
    assert gauge.load.turned_away == 0
    assert gauge.retry_after() == 0


def test_the_gauge_learns_how_long_a_request_takes():
    ticks = iter(range(0, 1000, 2))
    gauge = Gauge(places=5, ticks=lambda: next(ticks))
    for _ in range(60):
        with gauge.serving():
            pass

    assert gauge.load.seconds_each == pytest.approx(2.0, rel=0.01)


def test_a_station_refused_in_the_storm_waits_as_asked_and_is_served_later(pair, gauge):
    pair.station.posts(pair.hall, "c1")
    gauge.waiting = lambda: 2000
    refused = pair.exchange()

    assert (refused.state, refused.outcome) == ("refused", Outcome.REFUSED)
    assert refused.retry_after >= 10
    assert next_pause_seconds([refused.outcome], Random(1), 30, refused.retry_after) >= refused.retry_after
    assert pair.hall.effect_rows() == []

    gauge.waiting = lambda: 0
    assert pair.exchange().state == "ok"
    assert pair.hall.effect_rows() == ["c1"]


def test_a_refusal_says_in_chinese_that_nothing_needs_to_be_done(pair, gauge):
    gauge.waiting = lambda: 2000
    answer = pair.hall.client.post("/sync/v1/exchange", data=b"")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 10
    assert "不用处理" in answer.json["next_step"]


def test_who_is_served_while_it_is_busy_is_asked_to_stay_away_for_a_while(pair, gauge):
    pair.station.posts(pair.hall, "c1")
    gauge.waiting = lambda: 300
    report = pair.exchange()

    assert report.state == "ok"
    assert report.retry_after >= 1
