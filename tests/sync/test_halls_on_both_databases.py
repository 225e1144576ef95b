"""A hall's register and its sticks work the same on SQLite and on PostgreSQL."""

from datetime import timedelta
from pathlib import Path

import pytest

from station.database import AnyDatabase
from sync import enrolment, register
from sync.errors import CodeRefused, EnrolmentRefused, RevokedPeer
from sync.outbox import LetterState
from tests.tools.mail_node import NOW, MailNode


@pytest.fixture
def hall(database: AnyDatabase, tmp_path: Path) -> MailNode:
    return MailNode(1, "county", tmp_path, database=database)


@pytest.fixture
def village(tmp_path: Path) -> MailNode:
    return MailNode(2, "village", tmp_path)


def asks(village: MailNode, code: str) -> enrolment.Statement:
    with village.at_work():
        return enrolment.request(village.keys, village.record, code, NOW)


def test_a_station_joins_once_with_its_code_and_a_repeat_gets_the_same_grant(hall, village):
    with hall.at_work():
        asked = asks(village, enrolment.make_code(village.record.division, NOW).text)
        granted = enrolment.grant(hall.keys, hall.record, asked, NOW)

        assert enrolment.grant(hall.keys, hall.record, asked, NOW + timedelta(days=1)) == granted
        assert register.active_peer(village.node_id).record.signing_key == village.keys.signing_public
        with pytest.raises(CodeRefused):
            enrolment.grant(hall.keys, hall.record, asks(village, "2222-2222"), NOW)


def test_wrong_tries_are_counted_although_each_is_refused(hall, village):
    with hall.at_work():
        code = enrolment.make_code(village.record.division, NOW).text
        for _ in range(enrolment.TRIES_MAX):
            with pytest.raises(CodeRefused):
                enrolment.grant(hall.keys, hall.record, asks(village, "2222-2222"), NOW)
        with pytest.raises(CodeRefused):
            enrolment.grant(hall.keys, hall.record, asks(village, code), NOW)


def test_a_withdrawn_key_counts_up_to_its_number_and_cannot_join_again(hall, village):
    village.joins(hall)
    with hall.at_work():
        register.revoke(village.node_id, 7, NOW)
        code = enrolment.make_code(village.record.division, NOW).text

        assert register.signing_key_for(village.node_id, village.keys.key_id, "ab" * 8, 7)
        with pytest.raises(RevokedPeer):
            register.signing_key_for(village.node_id, village.keys.key_id, "ab" * 8, 8)
        with pytest.raises(EnrolmentRefused):
            enrolment.grant(hall.keys, hall.record, asks(village, code), NOW)


def test_a_case_with_a_scan_comes_on_a_stick_and_is_acknowledged_on_one(hall, village, tmp_path):
    village.joins(hall)
    village.writes(hall, "c1", {}, [b"scan" * 50_000])
    hall.imports(village.exports(hall, tmp_path / "there.ymb").path)
    again = hall.imports(tmp_path / "there.ymb")
    village.imports(hall.exports(village, tmp_path / "back.ymb").path)

    assert (again.accepted, again.repeated) == (0, 1)
    assert hall.reads_file(hall.arrived[0]) == b"scan" * 50_000
    assert village.states("c1") == [LetterState.ACKNOWLEDGED]
