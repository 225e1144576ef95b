"""The same over a real server, real sockets, and a line that dies."""

import os

from sync.courier import Courier
from sync.outbox import LetterState
from sync.pace import Outcome
from sync.rows import using

SCAN = os.urandom(400_000)


def test_a_case_with_its_scan_arrives_and_the_answer_comes_back(pair, line):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    pair.hall.posts(pair.station, "r1", [pair.hall.keeps(SCAN)])

    report = pair.exchange()

    assert report.state == "ok"
    assert pair.hall.reads(pair.hall.effects[0]) == pair.station.reads(pair.station.effects[0]) == SCAN
    assert pair.station.counts().acknowledged == pair.hall.counts().acknowledged == 1


def test_the_line_may_die_every_hundred_kilobytes(pair, line):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    exchanges = 0
    while pair.station.state("c1") != LetterState.ACKNOWLEDGED:
        line.cut_after(up=100_000)
        pair.exchange()
        exchanges += 1
        assert exchanges < 30

    assert line.cuts >= 3
    assert line.passed["up"] < 1.7 * len(SCAN)
    assert pair.hall.effect_rows() == ["c1"]


def test_a_cut_and_a_dead_line_are_told_apart(pair, line):
    pair.station.posts(pair.hall, "c1")
    line.cut_after(up=300)
    cut = pair.exchange()
    line.forget()

    assert (cut.state, cut.outcome) == ("offline", Outcome.CUT)
    nobody = Courier(
        pair.station.keys,
        pair.station.node_id,
        "http://127.0.0.1:9",
        pair.station.handlers,
        pair.station.clock,
    )
    with using(pair.station.database):
        dead = nobody.exchange()
    assert (dead.state, dead.outcome, dead.why) == ("offline", Outcome.OFFLINE, "连不上大厅。")


def test_an_idle_heartbeat_is_one_small_request(pair, line):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    line.forget()

    report = pair.exchange()

    assert report.round_trips == 1
    assert line.passed["up"] + line.passed["down"] < 1024, "the version it uses is said along"


def test_the_report_counts_about_what_the_line_saw(pair, line):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(SCAN)])
    report = pair.exchange()

    assert abs(report.bytes_up - line.passed["up"]) < 0.05 * report.bytes_up
    assert abs(report.bytes_down - line.passed["down"]) < 0.1 * report.bytes_down


def test_a_hall_that_answers_nonsense_is_a_refusal_not_a_crash(pair, line):
    pair.hall.app.before_request_funcs.setdefault(None, []).append(
        lambda: ("<html>captive portal</html>", 200)
    )
    pair.station.posts(pair.hall, "c1")

    report = pair.exchange()

    assert report.state == "refused"
    assert report.why
    assert pair.station.state("c1") == LetterState.MADE


def test_another_hall_at_the_address_is_not_given_our_signature(pair, line):
    pair.hall.app.before_request_funcs.setdefault(None, []).append(
        lambda: ({"hall": "9" * 32, "nonce": "0" * 80}, 401)
    )

    report = pair.exchange()

    assert (report.state, report.round_trips) == ("refused", 1)
    assert "不是本机所属的大厅" in report.why
