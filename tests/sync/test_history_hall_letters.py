"""A hall set back to a backup gets its own later letters back from the stations that hold them."""

from collections.abc import Iterator

import pytest

from sync.outbox import LetterState
from tests.tools.mail_pair import Pair, taken_up


@pytest.fixture
def lost(pair: Pair) -> Iterator[Pair]:
    """A hall whose backup knows the case c1 and its answer r1; the station holds r1 to r3."""
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.hall.posts(pair.station, "r1")
    pair.exchange()
    backup = pair.hall.backs_up()
    pair.station.posts(pair.hall, "c2")
    pair.hall.posts(pair.station, "r2")
    pair.hall.posts(pair.station, "r3", [pair.hall.keeps(b"result" * 3000)])
    pair.exchange()
    pair.hall.is_set_back(backup)
    yield pair


def test_the_halls_own_letters_and_the_stations_lost_ones_both_come_back(lost: Pair) -> None:
    again = taken_up(lost.hall)

    lost.exchange()

    assert again == ["r2", "r3"]
    assert lost.hall.effect_rows() == ["c1", "c2"]
    assert {lost.hall.state(f"r{number}") for number in (1, 2, 3)} == {LetterState.ACKNOWLEDGED}
    assert lost.station.effect_rows() == ["r1", "r2", "r3"]
    assert lost.hall.incidents() == ["we-set-back", "sent-ahead"]


def test_what_the_hall_decides_after_the_loss_goes_out_beside_what_comes_back(lost: Pair) -> None:
    lost.hall.posts(lost.station, "r4")  # under the number that r2 had
    again = taken_up(lost.hall)

    lost.exchange()
    lost.exchange()

    assert again == ["r2", "r3"]
    assert lost.station.effect_rows() == ["r1", "r2", "r3", "r4"]
    assert lost.hall.state("r4") == LetterState.ACKNOWLEDGED


def test_a_result_file_comes_back_whole(lost: Pair) -> None:
    lost.exchange()
    lost.exchange()

    letter = next(arrived for arrived in lost.station.effects if arrived.subject == "r3")
    assert lost.hall.reads(letter) == b"result" * 3000
    assert lost.hall.counts().queued == 0


def test_each_station_gives_back_what_was_written_to_it(lost: Pair) -> None:
    other = lost.adds_station(3)
    other.exchange()
    backup = lost.hall.backs_up()
    lost.hall.posts(other.station, "o1")
    lost.hall.posts(lost.station, "r5")
    other.exchange()
    lost.exchange()
    lost.hall.is_set_back(backup)
    again = taken_up(lost.hall)

    other.exchange()
    assert again == ["o1"]
    lost.exchange()

    assert sorted(again) == ["o1", "r2", "r3", "r5"]
    other.station.database.close_all()


def test_when_both_were_set_back_each_gets_what_the_other_still_has(pair: Pair) -> None:
    pair.station.posts(pair.hall, "c1")
    pair.hall.posts(pair.station, "r1")
    pair.exchange()
    early_station = pair.station.backs_up()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    early_hall = pair.hall.backs_up()  # knows c2
    pair.hall.posts(pair.station, "r2")
    pair.exchange()
    late_station = pair.station.backs_up()  # knows r2
    assert early_station != late_station
    pair.station.is_set_back(late_station)
    pair.hall.is_set_back(early_hall)
    pair.restarts_station()
    at_hall, at_station = taken_up(pair.hall), taken_up(pair.station)
    pair.exchange()
    assert (at_hall, at_station) == (["r2"], [])

    pair.station.is_set_back(early_station)
    pair.restarts_station()
    at_station = taken_up(pair.station)
    pair.exchange()
    pair.exchange()

    assert at_station == ["c2"]
    assert pair.station.effect_rows() == ["r1", "r2"]
    assert pair.hall.effect_rows() == ["c1", "c2"]
