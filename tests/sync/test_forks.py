"""Copied disks and restored backups are seen, nothing is lost, nothing takes effect twice."""

import pytest

from sync.courier import Courier
from sync.incidents import open_incidents, resolve
from sync.outbox import LetterState
from sync.rows import using
from sync.tables import Aside, OutLetter, OutStream, Witness


def test_a_station_restored_from_a_backup_opens_a_new_stream_and_loses_nothing(pair):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    backup = pair.station.backs_up()
    pair.station.posts(pair.hall, "c2")
    pair.station.posts(pair.hall, "c3")
    pair.exchange()

    pair.station.is_set_back(backup)
    pair.restarts_station()
    pair.station.posts(pair.hall, "c4")
    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "c2", "c3", "c4"]
    assert pair.station.state("c4") == LetterState.ACKNOWLEDGED
    assert pair.station.incidents() == ["sent-ahead"]


def test_a_restored_station_never_uses_a_number_twice(pair):
    backup = pair.station.backs_up()
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()

    numbers = [(arrived.instance, arrived.seq) for arrived in pair.hall.effects]
    assert len(set(numbers)) == 2
    assert len({instance for instance, _ in numbers}) == 2


def test_a_backup_older_than_the_first_letter_is_noticed_and_told_once(pair):
    backup = pair.station.backs_up()
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()

    assert pair.exchange().incidents == ["sent-ahead"]
    assert pair.exchange().incidents == []
    with using(pair.station.database):
        [incident] = open_incidents()
        resolve(incident.id, incident.at)
    assert pair.exchange().incidents == []
    pair.station.posts(pair.hall, "c2")
    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "c2"]
    assert pair.station.incidents() == []


def test_a_restored_station_notices_even_with_an_empty_queue(pair):
    pair.exchange()
    pair.station.posts(pair.hall, "c0")
    pair.exchange()
    backup = pair.station.backs_up()
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()

    report = pair.exchange()

    assert report.incidents == ["sent-ahead"]


def test_a_letter_the_hall_has_already_is_not_applied_again_from_the_new_stream(pair):
    pair.exchange()
    pair.station.posts(pair.hall, "c0")
    pair.exchange()
    pair.station.posts(pair.hall, "c1")
    backup = pair.station.backs_up()
    pair.exchange()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()

    pair.station.is_set_back(backup)  # c1 is in its queue again, and the hall has c1 and c2
    pair.restarts_station()
    pair.exchange()

    assert pair.hall.effect_rows() == ["c0", "c1", "c2"]
    [state] = pair.station.states("c1")
    assert state.state == LetterState.ACKNOWLEDGED
    assert state.sent_as != state.envelope_hash


def test_a_copied_disk_is_seen_and_both_machines_cases_arrive(pair, tmp_path):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    twin = pair.clone(tmp_path)
    twin_courier = Courier(twin.keys, twin.node_id, "", twin.handlers, twin.clock, pair.link)

    pair.station.posts(pair.hall, "station-2")
    twin.posts(pair.hall, "twin-2")
    pair.exchange()
    with using(twin.database):
        report = twin_courier.exchange()
    pair.station.posts(pair.hall, "station-3")
    twin.posts(pair.hall, "twin-3")
    pair.exchange()
    with using(twin.database):
        twin_courier.exchange()

    assert sorted(pair.hall.effect_rows()) == ["c1", "station-2", "station-3", "twin-2", "twin-3"]
    assert report.incidents == ["sent-fork"]
    assert pair.hall.incidents() == ["received-fork"]
    with using(pair.hall.database):
        assert [(row.seq, row.why) for row in Aside.select()] == [(2, "fork")]
    twin.database.close_all()


def test_a_hall_set_back_is_noticed_by_a_station_with_nothing_to_send(pair):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    backup = pair.hall.backs_up()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()

    pair.hall.is_set_back(backup)
    pair.hall.effects.clear()
    report = pair.exchange()

    assert "peer-set-back" in report.incidents
    assert pair.hall.incidents() == ["we-set-back"]
    assert pair.hall.effect_rows() == ["c1", "c2"]


def test_a_hall_set_back_before_everything_gets_it_all_again(pair):
    backup = pair.hall.backs_up()
    for number in range(5):
        pair.station.posts(pair.hall, f"c{number}")
    scan = pair.station.keeps(b"scan" * 9000)
    pair.station.posts(pair.hall, "with-scan", [scan])
    pair.exchange()

    pair.hall.is_set_back(backup)
    pair.exchange()

    assert pair.hall.effect_rows() == ["c0", "c1", "c2", "c3", "c4", "with-scan"]
    assert pair.hall.reads(pair.hall.effects[-1]) == b"scan" * 9000


def test_a_hall_that_has_grown_since_it_was_set_back_is_still_noticed(pair, tmp_path):
    pair.exchange()
    backup = pair.hall.backs_up()
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.hall.is_set_back(backup)
    other = pair.adds_station(3)
    for number in range(3):
        other.station.posts(pair.hall, f"o{number}")
    other.exchange()

    report = pair.exchange()

    assert "peer-set-back" in report.incidents
    assert pair.hall.effect_rows() == ["o0", "o1", "o2", "c1"]
    other.station.database.close_all()


def test_both_set_back_lose_only_what_neither_disk_has(pair):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    station_backup, hall_backup = pair.station.backs_up(), pair.hall.backs_up()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    pair.station.is_set_back(station_backup)
    pair.hall.is_set_back(hall_backup)
    pair.restarts_station()
    pair.station.posts(pair.hall, "c3")

    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "c3"]
    assert pair.station.incidents() == []


def test_mail_from_a_hall_that_was_set_back_still_reaches_the_station_once(pair):
    pair.exchange()
    pair.hall.posts(pair.station, "r1")
    pair.exchange()
    backup = pair.hall.backs_up()
    pair.hall.posts(pair.station, "r2")
    pair.exchange()
    pair.hall.is_set_back(backup)
    pair.hall.posts(pair.station, "r3")

    pair.exchange()
    pair.exchange()

    assert pair.station.effect_rows() == ["r1", "r2", "r3"]
    assert pair.hall.incidents() == ["sent-fork"]


def test_a_restored_station_gets_the_halls_later_letters_again(pair):
    pair.exchange()
    backup = pair.station.backs_up()
    pair.hall.posts(pair.station, "r1")
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()

    pair.exchange()

    assert pair.station.effect_rows() == ["r1"]


def test_an_incident_is_one_row_however_often_it_is_met(pair, tmp_path):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    twin = pair.clone(tmp_path)
    twin.posts(pair.hall, "twin-2")
    pair.station.posts(pair.hall, "station-2")
    pair.exchange()
    for _ in range(3):
        courier = Courier(twin.keys, twin.node_id, "", twin.handlers, twin.clock, pair.link)
        with using(twin.database):
            courier.exchange()

    assert pair.hall.incidents() == ["received-fork"]
    with using(twin.database):
        assert OutStream.select().count() == 2
        [came_back] = OutLetter.select().where(OutLetter.subject == "station-2")
        assert (came_back.seq, came_back.stream.is_current) == (2, False)
        assert OutLetter.select().where(OutLetter.subject == "twin-2").count() == 1
    twin.database.close_all()


def test_the_witness_is_kept_over_a_restart(pair):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()

    pair.restarts_station()

    with using(pair.station.database):
        assert Witness.get().size == 1


@pytest.mark.parametrize("times", [1, 2])
def test_sticks_and_links_may_overlap_a_reopened_stream(pair, times):
    """What was given to a stick before a restore arrives after it: still once."""
    pair.exchange()
    pair.station.posts(pair.hall, "c0")
    pair.exchange()
    pair.station.posts(pair.hall, "c1")
    stick = pair.station.gives(pair.hall)
    backup = pair.station.backs_up()
    pair.exchange()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()
    pair.exchange()

    for _ in range(times):
        pair.hall.takes_stick(stick)

    assert pair.hall.effect_rows() == ["c0", "c1", "c2"]
