"""A backlog goes out with several parcels under way; a cut costs little and nothing arrives twice."""

from pathlib import Path

import pytest

from sync.courier import Courier
from sync.limits import PARCEL_BYTES_MIN, PARCEL_BYTES_TARGET, PARCELS_UNDER_WAY_MAX
from sync.outbox import LetterState
from sync.pace import Outcome, next_parcel_bytes, window
from tests.tools.link import Link
from tests.tools.mail_hall import serving
from tests.tools.mail_node import MailNode

BACKLOG = 120
TEXT = "申请人因年满八十周岁申请领取高龄津贴，材料齐全。"


@pytest.fixture
def county(tmp_path: Path):
    """A hall that answers, a village with a backlog, and a line with a noticeable round trip."""
    hall, village = MailNode(1, "county", tmp_path), MailNode(2, "village", tmp_path)
    village.joins(hall)
    for number in range(BACKLOG):
        village.writes(hall, f"c{number}", {"text": f"{number}{TEXT * 20}"})
    with serving(hall) as port, Link(port, latency_seconds=0.02) as link:
        yield hall, village, link


def courier(village: MailNode, link: Link) -> Courier:
    url = f"http://127.0.0.1:{link.port}"
    return Courier(village.keys, village.node_id, url, {}, village.box.clock)


def everything_arrived_once_and_in_order(hall: MailNode, village: MailNode) -> bool:
    subjects = [f"c{number}" for number in range(BACKLOG)]
    states = {village.states(subject)[0] for subject in subjects}
    return hall.subjects() == subjects and states == {LetterState.ACKNOWLEDGED}


def test_a_backlog_goes_out_over_several_connections_at_once(county):
    hall, village, link = county

    with village.at_work():
        report = courier(village, link).exchange()

    assert report.state == "ok"
    assert report.sent == report.acknowledged == BACKLOG
    assert link.connections > 1
    assert everything_arrived_once_and_in_order(hall, village)


def test_after_a_cut_the_hall_is_asked_how_far_it_is_and_only_the_rest_is_sent(county):
    hall, village, link = county
    caller = courier(village, link)
    with village.at_work():
        link.cut_after(up=18_000)
        report = caller.exchange()
        assert report.outcome == Outcome.BROKEN_OFF
        while report.state != "ok":
            report = caller.exchange()

    letters_once = sum(len(row.sealed) + len(row.signature) for row in rows(village))
    assert everything_arrived_once_and_in_order(hall, village)
    assert link.passed["up"] < letters_once + 3 * PARCEL_BYTES_TARGET


def rows(village: MailNode):
    from sync.tables import OutLetter

    with village.at_work():
        return list(OutLetter.select())


@pytest.mark.parametrize("cut_at", [6_000, 15_000, 40_000])
def test_answers_that_are_lost_do_not_double_a_letter(county, cut_at):
    hall, village, link = county
    caller = courier(village, link)
    with village.at_work():
        link.cut_after(down=cut_at // 10)
        caller.exchange()
        link.cut_after(up=cut_at)
        while caller.exchange().state != "ok":
            pass

    assert everything_arrived_once_and_in_order(hall, village)


def test_a_station_that_was_switched_off_in_the_middle_goes_on_where_the_hall_is(county):
    hall, village, link = county
    with village.at_work():
        link.cut_after(up=16_000)
        courier(village, link).exchange()
        assert courier(village, link).exchange().state == "ok"

    assert everything_arrived_once_and_in_order(hall, village)


def test_parcels_under_way_fill_a_long_round_trip_and_no_more():
    assert window(round_trip_seconds=0.6, spacing_seconds=1.0) == 2
    assert window(round_trip_seconds=0.6, spacing_seconds=0.3) == 4
    assert window(round_trip_seconds=60, spacing_seconds=0.01) == PARCELS_UNDER_WAY_MAX


def test_parcels_shrink_where_the_line_breaks_and_grow_where_they_follow_fast():
    assert next_parcel_bytes(16_384, 0.01, is_through=True) == 17_408
    assert next_parcel_bytes(PARCEL_BYTES_TARGET, 0.01, is_through=True) == PARCEL_BYTES_TARGET
    assert next_parcel_bytes(16_384, 0.5, is_through=True) == 16_384
    assert next_parcel_bytes(16_384, 1.0, is_through=True) == 15_360
    assert next_parcel_bytes(16_384, 1.0, is_through=False) == 8_192
    assert next_parcel_bytes(PARCEL_BYTES_MIN, 1.0, is_through=False) == PARCEL_BYTES_MIN
