"""A database restored from a backup says so itself, and everybody it talks to knows at once."""

import pytest

from sync import epochs
from sync.errors import BadForm
from sync.manifest import Manifest
from sync.rows import using, write
from tests.tools.mail_pair import NOW, Pair, PairNode


def is_restored(node: PairNode, backup: bytes, epoch: str = "0" * 15 + "1") -> None:
    node.is_set_back(backup)
    with using(node.database), write():
        epochs.begin(epoch, NOW)


def test_a_hall_restored_without_any_loss_is_known_to_its_stations(pair: Pair) -> None:
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    is_restored(pair.hall, pair.hall.backs_up())

    report = pair.exchange()

    assert report.incidents == ["peer-restored"]
    assert pair.hall.incidents() == []
    with using(pair.station.database):
        assert epochs.restored_at(pair.hall.node_id) == pair.station.now


def test_a_restored_station_is_known_to_its_hall(pair: Pair) -> None:
    pair.exchange()
    is_restored(pair.station, pair.station.backs_up())
    pair.restarts_station()

    pair.exchange()
    pair.exchange()

    assert pair.hall.incidents() == ["peer-restored"]
    with using(pair.hall.database):
        assert epochs.restored_at(pair.station.node_id) == pair.hall.now


def test_a_first_meeting_is_no_incident_whatever_the_epoch(pair: Pair) -> None:
    with using(pair.hall.database), write():
        epochs.begin("ab" * 8, NOW)

    assert pair.exchange().incidents == []
    with using(pair.station.database):
        assert epochs.restored_at(pair.hall.node_id) is None


def test_each_restore_is_told_once_and_a_late_stick_of_an_earlier_life_is_no_news(pair: Pair) -> None:
    pair.exchange()
    late = pair.station.gives(pair.hall)
    for number in (1, 2):
        is_restored(pair.station, pair.station.backs_up(), f"{number:016x}")
        pair.restarts_station()
        pair.exchange()

    pair.hall.takes_stick(late)
    pair.exchange()

    assert pair.hall.incidents() == ["peer-restored"] * 2


def test_nothing_is_said_in_a_first_life() -> None:
    fields = Manifest("a" * 32, "b" * 32, "2026-11-22T09:41:00Z").to_dict()

    assert "epoch" not in fields


@pytest.mark.parametrize("odd", ["x" * 16, "ab", 7, None, "A" * 16])
def test_an_odd_epoch_is_refused(odd: object) -> None:
    fields = Manifest("a" * 32, "b" * 32, "2026-11-22T09:41:00Z").to_dict()

    with pytest.raises(BadForm):
        Manifest.from_dict(fields | {"epoch": odd})
