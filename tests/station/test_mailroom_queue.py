"""The queue: what stands where, what proves it, and what waits for a person."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.incidents import Cause, report
from sync.keys import Statement, open_statement
from sync.parcel import ACK_KIND
from sync.rows import write
from tests.station.joined import accept_notes, carries, join, keeps_file, served, writes
from tests.tools.counter import Counter


@pytest.fixture
def desk(station: Counter, hall: Counter) -> tuple[Counter, Counter]:
    join(station, hall)
    station.signs_in("agent")
    return station, hall


def test_a_letter_waits_then_travels_then_is_acknowledged(desk, tmp_path: Path) -> None:
    station, hall = desk
    accept_notes(hall.node)
    writes(station, hall)
    waiting = station.opens("/mailroom/").text
    carries(station, hall, tmp_path)
    on_its_way = station.opens("/mailroom/").text
    carries(hall, station, tmp_path)
    done = station.opens("/mailroom/").text

    assert 'class="tag a">待发' in waiting
    assert 'class="tag b">在途' in on_its_way
    assert "没有等待签收的信件" in done
    assert 'class="tag g">大厅已签收' in station.opens("/mailroom/?show=all").text


def test_a_letter_whose_lease_ended_waits_again(desk, tmp_path: Path) -> None:
    station, hall = desk
    writes(station, hall)
    carries(station, hall, tmp_path)

    station.time.passes(minutes=3)

    assert 'class="tag a">待发' in station.opens("/mailroom/").text


def test_the_proof_of_custody_names_the_hall_its_key_and_every_file(desk, tmp_path: Path) -> None:
    station, hall = desk
    accept_notes(hall.node)
    posted = writes(station, hall, files=[keeps_file(station).sha256])
    carries(station, hall, tmp_path)
    carries(hall, station, tmp_path)

    page = station.opens(f"/mailroom/letters/{posted.envelope_hash}").text

    assert hall.node.facts.node_id in page
    assert hall.node.keys.key_id in page
    assert "已收齐" in page


def test_the_downloaded_proof_is_checked_without_this_program(desk, tmp_path: Path) -> None:
    station, hall = desk
    accept_notes(hall.node)
    posted = writes(station, hall)
    carries(station, hall, tmp_path)
    carries(hall, station, tmp_path)

    answer = station.opens(f"/mailroom/letters/{posted.envelope_hash}/proof.json")
    statement = Statement.from_dict(json.loads(answer.data)["acknowledgement"])

    assert open_statement(statement, hall.node.keys.signing_public, ACK_KIND)["head"] == posted.envelope_hash


def test_a_letter_that_is_not_acknowledged_says_that_it_stays_here(desk) -> None:
    station, hall = desk
    posted = writes(station, hall, files=[keeps_file(station).sha256])

    page = station.opens(f"/mailroom/letters/{posted.envelope_hash}").text

    assert "还没有。在此之前，这封信和它的附件一直保存在本机" in page
    assert "还在路上" in page


@pytest.mark.parametrize("name", ["x", "00" * 32, "..%2f..", "%00"])
def test_a_letter_that_does_not_exist_is_answered_in_chinese(desk, name: str) -> None:
    station, _ = desk

    answer = station.opens(f"/mailroom/letters/{name}")

    assert answer.status_code == 404
    assert "没有这" in answer.text


def test_a_letter_nobody_can_handle_waits_with_its_reason_and_others_go_on(desk, tmp_path: Path) -> None:
    station, hall = desk
    hall.signs_in("boss")
    arrived = accept_notes(hall.node)
    writes(station, hall, kind="future.kind")
    writes(station, hall)
    carries(station, hall, tmp_path)

    page = hall.opens("/mailroom/aside").text

    assert "还不会处理“future.kind”类信件" in page
    assert len(arrived) == 1


def test_a_letter_is_handled_once_its_reason_is_gone(desk, tmp_path: Path) -> None:
    station, hall = desk
    hall.signs_in("boss")
    posted = writes(station, hall)
    carries(station, hall, tmp_path)
    retry = f"/mailroom/aside/{posted.envelope_hash}/retry"

    hall.sends(retry)
    assert "仍然不能处理" in hall.opens("/mailroom/aside").text
    arrived = accept_notes(hall.node)
    hall.sends(retry)

    assert len(arrived) == 1
    assert "已重新处理" in hall.opens("/mailroom/aside").text


def test_a_letter_that_does_not_wait_cannot_be_handed_on_again(desk) -> None:
    station, _ = desk

    assert station.sends("/mailroom/aside/" + "00" * 32 + "/retry").status_code == 404


def test_what_the_mail_noticed_is_explained_and_can_be_ticked_off(desk) -> None:
    station, _ = desk
    station.signs_in("boss")
    with station.node.using(), write():
        report(Cause.PEER_SET_BACK, "ab12cd34", station.time.at)

    page = station.opens("/mailroom/aside").text
    assert "对方恢复过旧备份" in page and "ab12cd34" in page

    station.sends("/mailroom/incidents/1/resolve")
    assert "ab12cd34" not in station.opens("/mailroom/aside").text
    assert station.sends("/mailroom/incidents/1/resolve").status_code == 404


def test_an_agent_cannot_tick_off_an_incident(desk) -> None:
    station, _ = desk

    assert station.sends("/mailroom/incidents/1/resolve").status_code == 403


def test_a_long_queue_has_pages(desk) -> None:
    station, hall = desk
    for place in range(45):
        writes(station, hall, subject=f"{place:032x}")

    assert "第 1 页，共 3 页，45 条" in station.opens("/mailroom/").text
    assert station.opens("/mailroom/?page=x").status_code == 422


@pytest.fixture
def hall_url(hall: Counter) -> Iterator[str]:
    """The hall's address while it answers."""
    with served(hall) as url:
        yield url


def test_one_press_brings_the_letters_to_the_hall_and_the_acknowledgement_back(desk, hall_url: str) -> None:
    station, hall = desk
    accept_notes(hall.node)
    writes(station, hall, files=[keeps_file(station).sha256])
    station.node.facts = station.node.facts.with_parent(hall_url)

    station.sends("/mailroom/contact")

    page = station.opens("/mailroom/").text
    assert "已联系大厅：送出 1 封，收到 0 封，新增签收 1 封。" in page
    assert "没有等待签收的信件" in page
    assert 'class="tag g">在线' in page


def test_a_hall_whose_disk_is_nearly_full_takes_the_letter_and_the_page_says_that_scans_wait(
    desk, hall_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, hall = desk
    accept_notes(hall.node)
    monkeypatch.setattr("station.node.free_bytes", lambda _: 1000)
    writes(station, hall, files=[keeps_file(station).sha256])
    station.node.facts = station.node.facts.with_parent(hall_url)

    station.sends("/mailroom/contact")

    page = station.opens("/mailroom/").text
    assert "已联系大厅：送出 1 封" in page
    assert "附件暂时没有传：没有空间存放了。接收方的磁盘快满了" in page


def test_a_press_without_a_link_says_why_and_that_nothing_is_lost(desk) -> None:
    station, hall = desk
    writes(station, hall)
    station.node.facts = station.node.facts.with_parent("http://127.0.0.1:9")

    station.sends("/mailroom/contact")

    page = station.opens("/mailroom/").text
    assert "没有联系上：" in page and "件都在本机" in page
    assert 'class="tag a">离线' in page
    assert 'class="tag a">待发' in page


def test_a_station_without_a_hall_is_told_to_join(station: Counter) -> None:
    station.signs_in("agent")

    station.sends("/mailroom/contact")

    assert "还没有加入上级大厅" in station.opens("/mailroom/").text
