"""The hall keeps an eye on its stations: who was silent, what waits, and how one is shut out."""

import re
from datetime import timedelta

import pytest

from station.hall.fleet import service
from sync import register
from sync.keys import NodeKeys
from sync.manifest import Manifest, Mine
from sync.register import PeerState, record_of
from tests.tools.counter import Counter

VILLAGE = "a" * 32
STRANGER = "b" * 32


@pytest.fixture
def desk(hall: Counter) -> Counter:
    """A hall with one village station that never spoke, and its administrator signed in."""
    join(hall, VILLAGE, "马坝镇示范村便民服务站", parent=hall.node.facts.node_id)
    hall.signs_in("boss")
    return hall


def join(hall: Counter, node_id: str, name: str, parent: str) -> None:
    record = record_of(NodeKeys.generate(), node_id, "village", name, "440205103201", parent)
    with hall.node.using():
        register.remember(record, b"", hall.time.at)


def speaks(hall: Counter, waiting: int = 0, catalog: int = 0, path: str = "link") -> None:
    manifest = Manifest(
        VILLAGE,
        hall.node.facts.node_id,
        "2026-11-22T01:41:00Z",
        mine=(Mine("1" * 16, waiting, 0),),
        latest={"catalog": catalog} if catalog else {},
    )
    with hall.node.using():
        service.note_contact(VILLAGE, manifest, path, hall.time.at)


def state_of(hall: Counter) -> str:
    with hall.node.using():
        return str(register.peer(VILLAGE).state)


def test_a_station_that_never_spoke_is_shown_red(desk: Counter) -> None:
    page = desk.opens("/fleet/").text

    assert "马坝镇示范村便民服务站" in page
    assert "从未联系" in page


def test_the_last_word_of_a_station_tells_what_waits_there_and_its_catalog(desk: Counter) -> None:
    speaks(desk, waiting=3, catalog=37, path="usb")

    page = desk.opens("/fleet/").text

    assert "站点处 3 封" in page
    assert "第 37 版" in page
    assert "U 盘" in page


@pytest.mark.parametrize(("silence_days", "word"), [(0, "正常"), (1, "静默 1 天"), (6, "静默 6 天")])
def test_silence_is_counted_in_days(desk: Counter, silence_days: int, word: str) -> None:
    speaks(desk)
    with desk.node.using():
        later = desk.time.at + timedelta(days=silence_days)
        station = service.station_of(desk.node.facts.node_id, VILLAGE, later)
    desk.time.passes(days=silence_days)
    desk.signs_in("boss")

    assert word in desk.opens("/fleet/").text
    assert station.tone == {0: "g", 1: "a", 6: "r"}[silence_days]


def test_an_administrator_makes_a_code_for_a_new_station_and_sees_it_once(desk: Counter) -> None:
    answer = desk.sends("/fleet/code", division="440205103202")

    assert re.search(r'class="code">[2-9A-Z]{4}-[2-9A-Z]{4}<', answer.text)
    assert 'class="code"' not in desk.opens("/fleet/").text


def test_a_division_that_is_no_code_is_refused_beside_its_field(desk: Counter) -> None:
    answer = desk.sends("/fleet/code", division="曲江")

    assert answer.status_code == 422
    assert 'href="#division"' in answer.text
    assert "12 位数字" in answer.text


def test_revoking_asks_for_a_reason_and_a_tick_before_it_does_anything(desk: Counter) -> None:
    answer = desk.sends(f"/fleet/{VILLAGE}/revoke", reason="")

    assert answer.status_code == 422
    assert 'href="#reason"' in answer.text and 'href="#sure"' in answer.text
    assert state_of(desk) == PeerState.ACTIVE


def test_a_revoked_station_is_shut_out_and_stays_on_the_list(desk: Counter) -> None:
    desk.sends(f"/fleet/{VILLAGE}/revoke", reason="电脑被盗", sure="1")

    assert state_of(desk) == PeerState.REVOKED
    assert "已停用" in desk.opens("/fleet/").text


def test_a_station_cannot_be_revoked_twice(desk: Counter) -> None:
    desk.sends(f"/fleet/{VILLAGE}/revoke", reason="电脑被盗", sure="1")

    answer = desk.sends(f"/fleet/{VILLAGE}/revoke", reason="再来一次", sure="1")

    assert answer.status_code == 422
    assert "已经停用" in answer.text


def test_a_station_of_another_hall_is_not_ours_to_revoke(desk: Counter) -> None:
    join(desk, STRANGER, "别处的站", parent="c" * 32)

    answer = desk.sends(f"/fleet/{STRANGER}/revoke", reason="误点", sure="1")

    assert answer.status_code == 422
    assert "别处的站" not in desk.opens("/fleet/").text


def test_a_reviewer_sees_the_stations_but_can_revoke_none(desk: Counter) -> None:
    desk.signs_in("reviewer")

    assert "停用" not in desk.opens("/fleet/").text
    assert desk.sends(f"/fleet/{VILLAGE}/revoke", reason="好奇", sure="1").status_code == 403
    assert state_of(desk) == PeerState.ACTIVE
