"""PCs with dead batteries: a clock that is years off changes no order, loses no letter, holds nothing up."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.clock import Proof
from sync.errors import NotAuthorised
from sync.limits import LEASE_SECONDS, SESSION_SECONDS
from sync.outbox import LetterState, hand
from sync.rows import using, write
from sync.session import answer_nonce, new_nonce, node_of, open_session
from sync.tables import Acknowledgement, OutLetter
from tests.tools.mail_pair import NOW, Pair, PairNode

YEARS = [datetime(2019, 1, 1, tzinfo=UTC), datetime(2035, 6, 1, tzinfo=UTC)]


def starts_at(pair: Pair, node: PairNode, wall: datetime) -> None:
    """The PC was off; its clock says this when it starts again."""
    node.now = wall
    node.starts()
    pair.restarts_station()


@pytest.mark.parametrize("wall", YEARS, ids=["2019", "2035"])
def test_a_station_s_letters_arrive_in_order_and_are_acknowledged(pair: Pair, wall: datetime) -> None:
    pair.station.posts(pair.hall, "c1")
    starts_at(pair, pair.station, wall)
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    starts_at(pair, pair.station, NOW)
    pair.station.posts(pair.hall, "c3")
    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "c2", "c3"]
    assert {pair.station.state(f"c{number}") for number in (1, 2, 3)} == {LetterState.ACKNOWLEDGED}


@pytest.mark.parametrize("wall", YEARS, ids=["2019", "2035"])
def test_what_was_written_before_the_first_contact_says_that_nothing_proves_its_time(
    pair: Pair, wall: datetime
) -> None:
    starts_at(pair, pair.station, wall)
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()

    first, second = pair.hall.effects
    assert (first.stamp_made.proof, second.stamp_made.proof) == (Proof.NONE, Proof.HALL)
    assert first.stamp_made.at == wall
    assert abs(second.stamp_made.at - pair.hall.now) < timedelta(seconds=2)


@pytest.mark.parametrize("wall", YEARS, ids=["2019", "2035"])
def test_a_session_goes_by_the_hall_s_time_alone(pair: Pair, wall: datetime) -> None:
    starts_at(pair, pair.station, wall)

    assert pair.exchange().state == "ok"
    assert pair.exchange().round_trips == 1


@pytest.mark.parametrize("wall", YEARS, ids=["2019", "2035"])
def test_a_hall_whose_clock_was_wrong_and_is_put_right_goes_on_with_its_stations(
    pair: Pair, wall: datetime
) -> None:
    starts_at(pair, pair.hall, wall)
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.hall.posts(pair.station, "r1")
    pair.exchange()
    starts_at(pair, pair.hall, NOW + timedelta(hours=1))
    pair.station.posts(pair.hall, "c2")
    pair.hall.posts(pair.station, "r2")
    report = pair.exchange()

    assert report.state == "ok"
    assert pair.hall.effect_rows() == ["c1", "c2"]
    assert pair.station.effect_rows() == ["r1", "r2"]
    assert abs(pair.station.clock.now() - pair.hall.now) < timedelta(minutes=5)


def test_a_session_of_a_hall_that_was_years_ahead_ends_when_its_clock_is_put_right(pair: Pair) -> None:
    hall, station = pair.hall, pair.station
    ahead = YEARS[1]
    with using(hall.database):
        nonce = new_nonce(hall.keys, ahead)
        answer = answer_nonce(station.keys, station.node_id, hall.node_id, nonce, ahead)
        token = open_session(hall.keys, hall.node_id, answer, ahead)

        assert node_of(token, ahead) == station.node_id
        with pytest.raises(NotAuthorised):
            node_of(token, NOW)
        with pytest.raises(NotAuthorised):
            node_of(token, ahead + timedelta(seconds=SESSION_SECONDS))


def test_a_letter_handed_over_in_2035_is_not_in_flight_for_years(pair: Pair) -> None:
    pair.station.posts(pair.hall, "c1")
    with using(pair.station.database), write():
        hand([OutLetter.get().id], YEARS[1])
    pair.station.now = YEARS[1] + timedelta(seconds=LEASE_SECONDS // 2)
    assert pair.station.state("c1") == LetterState.SENT

    pair.station.now = NOW

    assert pair.station.state("c1") == LetterState.MADE
    assert (pair.station.counts().queued, pair.station.counts().sent) == (1, 0)


def test_a_letter_handed_over_in_2019_is_queued_again_once_the_time_is_known(pair: Pair) -> None:
    pair.station.posts(pair.hall, "c1")
    with using(pair.station.database), write():
        hand([OutLetter.get().id], YEARS[0])

    assert pair.station.counts().queued == 1


@pytest.mark.parametrize("wall", YEARS, ids=["2019", "2035"])
def test_an_acknowledgement_says_when_the_hall_held_it_whatever_the_station_believes(
    pair: Pair, wall: datetime
) -> None:
    starts_at(pair, pair.station, wall)
    pair.station.posts(pair.hall, "c1")
    pair.exchange()

    with using(pair.station.database):
        assert Acknowledgement.get().at == pair.hall.now.replace(microsecond=0)


@pytest.mark.parametrize("wall", YEARS, ids=["2019", "2035"])
def test_a_restore_under_a_wrong_clock_still_brings_everything_back(pair: Pair, wall: datetime) -> None:
    backup = pair.station.backs_up()
    pair.station.posts(pair.hall, "c1")
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    pair.station.now = wall
    pair.station.is_set_back(backup)
    pair.restarts_station()
    again: list[str] = []
    pair.station.handlers["returned:case."] = lambda ours: again.append(ours.subject)

    pair.exchange()

    assert again == ["c1", "c2"]
    assert pair.station.counts().acknowledged == 2
