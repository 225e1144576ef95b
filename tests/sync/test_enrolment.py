"""A new station joins with a code; anything that does not fit is refused and leaves nothing behind."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from sync import enrolment, register
from sync.errors import (
    BadForm,
    BadSignature,
    CodeRefused,
    EnrolmentRefused,
    GrantRefused,
    OddKey,
    RevokedPeer,
    TooLarge,
    UnknownPeer,
    WrongKey,
)
from sync.keys import NodeKeys, Statement, sign_statement
from sync.register import PeerState, read_certificate
from tests.sync.offices import NOW, VILLAGE, Hall, Station


@pytest.fixture
def hall() -> Hall:
    return Hall.of_the_county()


@pytest.fixture
def station() -> Station:
    return Station.of_the_village()


def test_a_station_with_a_code_joins_and_both_sides_know_each_other(hall, station):
    granted = station.accepts(hall.grants(station.asks(hall.gives_code())))

    assert hall.knows() == ["龙岗村便民服务站"]
    assert station.knows() == ["曲江区政务服务中心", "龙岗村便民服务站"]
    assert granted.node.parent == hall.record.node_id
    assert granted.at == NOW


def test_request_and_grant_travel_as_files_just_as_well(hall, station):
    asked = Statement.from_json(station.asks(hall.gives_code()).to_json())
    granted = Statement.from_json(hall.grants(asked).to_json())

    assert station.accepts(granted).hall == hall.record


def test_the_certificate_lets_a_receipt_be_checked_offline(hall, station):
    granted = station.accepts(hall.grants(station.asks(hall.gives_code())))

    assert len(granted.certificate) == 124
    assert read_certificate(granted.certificate, hall.keys.signing_public) == (
        "bb" * 16,
        VILLAGE,
        station.keys.signing_public,
    )
    with pytest.raises(BadForm):
        read_certificate(granted.certificate, station.keys.signing_public)


def test_a_code_is_read_out_without_doubt_and_not_kept(hall):
    code = hall.gives_code()

    assert len(code) == 9 and not set(code) & set("01IOLU")
    with hall.at_work():
        row = enrolment.EnrolCode.get()
        assert code.replace("-", "").encode() not in bytes(row.stretched)


def test_a_code_may_be_typed_in_small_letters_and_with_spaces(hall, station):
    typed = " " + hall.gives_code().lower().replace("-", " ")

    assert hall.grants(station.asks(typed))


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-EFG0", "七KQ4-MX2P", "ABCDEFGHJ"])
def test_text_that_cannot_be_a_code_is_refused_before_anything_is_sent(station, typed):
    with pytest.raises(CodeRefused):
        station.asks(typed)


def test_a_wrong_code_is_refused_and_leaves_nothing_behind(hall, station):
    hall.gives_code()

    with pytest.raises(CodeRefused) as refusal:
        hall.grants(station.asks("2222-2222"))
    assert hall.knows() == []
    assert "重新生成" in refusal.value.next_step


def test_after_ten_wrong_tries_even_the_right_code_is_refused(hall, station):
    code = hall.gives_code()
    wrong = station.asks("2222-2222")
    for _ in range(10):
        with pytest.raises(CodeRefused):
            hall.grants(wrong)

    with pytest.raises(CodeRefused):
        hall.grants(station.asks(code))


def test_a_code_works_for_one_station_only(hall, station):
    code = hall.gives_code()
    hall.grants(station.asks(code))
    second = Station("cc" * 16, "village", "另一台", VILLAGE)

    with pytest.raises(CodeRefused):
        hall.grants(second.asks(code))


def test_a_code_lapses_after_its_time(hall, station):
    asked = station.asks(hall.gives_code())

    with pytest.raises(CodeRefused):
        hall.grants(asked, now=NOW + timedelta(days=7))


def test_a_newer_code_replaces_the_older_one(hall, station):
    older = hall.gives_code()
    hall.gives_code()

    with pytest.raises(CodeRefused):
        hall.grants(station.asks(older))


def test_a_code_for_another_division_does_not_help(hall):
    elsewhere = Station("cc" * 16, "village", "别村", "440205104202")

    with pytest.raises(CodeRefused):
        hall.grants(elsewhere.asks(hall.gives_code()))


def test_the_same_request_again_gets_the_same_grant(hall, station):
    asked = station.asks(hall.gives_code())

    assert hall.grants(asked) == hall.grants(asked, now=NOW + timedelta(days=30))
    assert hall.knows() == ["龙岗村便民服务站"]


def test_nobody_on_the_way_can_put_in_keys_of_their_own(hall, station):
    thief = NodeKeys.generate()
    body = json.loads(station.asks(hall.gives_code()).body_bytes)
    body["node"] = replace(station.record, signing_key=thief.signing_public).to_dict()

    with pytest.raises(CodeRefused):
        hall.grants(sign_statement(thief, enrolment.REQUEST_KIND, body))


def test_a_request_for_a_key_one_does_not_hold_is_refused(hall, station):
    asked = station.asks(hall.gives_code())
    forged = sign_statement(NodeKeys.generate(), asked.kind, json.loads(asked.body_bytes))

    with pytest.raises(WrongKey):
        hall.grants(forged)
    with pytest.raises(BadSignature):
        hall.grants(replace(forged, key_id=asked.key_id))


def test_a_request_with_an_odd_key_is_refused(hall, station):
    body = json.loads(station.asks(hall.gives_code()).body_bytes)
    body["node"]["signing_key"] = "AQ" + "A" * 41 + "="

    with pytest.raises(OddKey):
        hall.grants(sign_statement(station.keys, enrolment.REQUEST_KIND, body))


@pytest.mark.parametrize(
    "field, value",
    [
        ("node_id", "XX"),
        ("level", "province"),
        ("division", "44"),
        ("name", ""),
        ("name", "很" * 61),
        ("name", "换\n行"),
        ("parent", "x"),
        ("signing_key", "???"),
        ("sealing_key", "AAAA"),
        ("extra", "1"),
    ],
)
def test_a_request_with_a_malformed_record_is_refused_in_chinese(hall, station, field, value):
    body = json.loads(station.asks(hall.gives_code()).body_bytes)
    body["node"][field] = value

    with pytest.raises((BadForm, OddKey)) as refusal:
        hall.grants(sign_statement(station.keys, enrolment.REQUEST_KIND, body))
    assert refusal.value.next_step
    assert hall.knows() == []


def test_a_station_cannot_join_as_a_hall(hall):
    pretender = Station("cc" * 16, "county", "假县", VILLAGE)

    with pytest.raises(EnrolmentRefused):
        hall.grants(pretender.asks(hall.gives_code()))


def test_a_copied_disk_cannot_join_under_another_number_with_the_same_key(hall, station):
    hall.grants(station.asks(hall.gives_code()))
    copy = Station("cc" * 16, "village", "复制的盘", VILLAGE)
    copy.keys = station.keys
    copy.record = replace(station.record, node_id="cc" * 16)

    with pytest.raises(EnrolmentRefused):
        hall.grants(copy.asks(hall.gives_code()))


def test_the_hall_s_own_number_is_not_given_away(hall):
    pretender = Station(hall.record.node_id, "village", "冒名", VILLAGE)

    with pytest.raises(EnrolmentRefused):
        hall.grants(pretender.asks(hall.gives_code()))


def test_a_station_joins_again_with_new_keys_and_its_older_mail_still_counts(hall, station):
    old_key = station.record.key_id
    hall.grants(station.asks(hall.gives_code()))
    station.changes_keys()
    granted = station.accepts(hall.grants(station.asks(hall.gives_code())))

    assert granted.node.key_id == station.keys.key_id != old_key
    with hall.at_work():
        assert register.peer("bb" * 16).signing_key == station.keys.signing_public
        assert register.signing_key_for("bb" * 16, old_key, "ab" * 8, 900)


def test_after_a_revocation_mail_counts_up_to_the_number_named(hall, station):
    hall.grants(station.asks(hall.gives_code()))
    with hall.at_work():
        register.revoke("bb" * 16, 41, NOW, instance="ab" * 8)

        assert register.signing_key_for("bb" * 16, station.keys.key_id, "ab" * 8, 41)
        with pytest.raises(RevokedPeer):
            register.signing_key_for("bb" * 16, station.keys.key_id, "ab" * 8, 42)
        with pytest.raises(RevokedPeer):
            register.signing_key_for("bb" * 16, station.keys.key_id, "cd" * 8, 3)
        with pytest.raises(RevokedPeer):
            register.active_peer("bb" * 16)


def test_a_withdrawn_key_cannot_join_again_but_new_keys_can(hall, station):
    hall.grants(station.asks(hall.gives_code()))
    with hall.at_work():
        register.revoke("bb" * 16, 0, NOW)

    with pytest.raises(EnrolmentRefused):
        hall.grants(station.asks(hall.gives_code()))
    station.changes_keys()
    hall.grants(station.asks(hall.gives_code()))
    with hall.at_work():
        assert register.active_peer("bb" * 16).state == PeerState.ACTIVE


def test_a_node_nobody_registered_is_unknown(hall):
    with hall.at_work():
        with pytest.raises(UnknownPeer):
            register.peer("dd" * 16)
        with pytest.raises(UnknownPeer):
            register.signing_key_for("dd" * 16, "0" * 16, "ab" * 8, 1)


def test_a_key_the_station_never_had_does_not_count(hall, station):
    hall.grants(station.asks(hall.gives_code()))

    with hall.at_work(), pytest.raises(WrongKey):
        register.signing_key_for("bb" * 16, "0" * 16, "ab" * 8, 1)


def test_a_hall_stands_in_its_own_register(hall):
    with hall.at_work():
        own = enrolment.introduce(hall.keys, hall.record, NOW)

        assert own.record == hall.record
        assert read_certificate(bytes(own.certificate), hall.keys.signing_public)


def test_the_hall_answers_a_request_over_http_with_the_grant(hall, station):
    asked = station.asks(hall.gives_code()).to_json().encode()
    with hall.at_work():
        answer = enrolment.answer_request(hall.keys, hall.record, asked, NOW)

    assert station.accepts(Statement.from_json(answer)).hall == hall.record


def test_a_request_that_is_too_long_is_refused_before_it_is_read(hall):
    with hall.at_work(), pytest.raises(TooLarge):
        enrolment.answer_request(hall.keys, hall.record, b"x" * 16_385, NOW)


def test_the_hall_can_vouch_for_further_facts_when_it_lets_a_station_in(hall, station):
    asked = station.asks(hall.gives_code())
    with hall.at_work():
        granted = enrolment.grant(hall.keys, hall.record, asked, NOW, {"catalog_root": "ab" * 32})

    assert station.accepts(granted).beside == {"catalog_root": "ab" * 32}


def test_a_grant_with_overlong_side_facts_is_refused(hall, station):
    asked = station.asks(hall.gives_code())
    with hall.at_work():
        granted = enrolment.grant(hall.keys, hall.record, asked, NOW, {"catalog_root": "x" * 201})

    with pytest.raises(GrantRefused):
        station.accepts(granted)
