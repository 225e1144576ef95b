"""The stick: what an agent does on the pages when there is no link, and what is refused."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from station.hall.fleet.models import Contact
from station.mailroom import carry
from station.mailroom.carry import WAITING_FOLDER
from tests.station.joined import accept_notes, join, keeps_file, writes
from tests.tools.counter import Counter


@pytest.fixture
def carrying(station: Counter, hall: Counter) -> tuple[Counter, Counter]:
    """A station and its hall, never linked, with people signed in at both."""
    join(station, hall)
    station.signs_in("agent")
    hall.signs_in("boss")
    return station, hall


def exports(counter: Counter, **fields: str) -> TestResponse:
    return counter.sends("/mailroom/stick/export", **fields)


def imports(counter: Counter, data: bytes, name: str = "stick.ymb") -> TestResponse:
    return counter.sends("/mailroom/stick/import", {"bundle": (BytesIO(data), name)})


def test_a_letter_with_its_file_goes_out_on_a_stick_and_the_answer_comes_back(carrying) -> None:
    station, hall = carrying
    arrived = accept_notes(hall.node)
    file = keeps_file(station)
    writes(station, hall, files=[file.sha256])

    out = exports(station)
    taken = imports(hall, out.data)
    back = imports(station, exports(hall).data)

    assert out.headers["Content-Disposition"].endswith(".ymb")
    assert "已导入" in taken.text and "示范村便民服务站" in taken.text
    assert [letter.payload for letter in arrived] == [{"text": "一句话"}]
    assert '本站信件新增签收</dt><dd class="num">1<' in back.text
    assert "没有等待签收的信件" in station.opens("/mailroom/").text


def test_a_stick_is_a_word_from_the_station_and_the_hall_sees_who_was_heard(carrying) -> None:
    station, hall = carrying
    writes(station, hall)
    assert "从未联系" in hall.opens("/fleet/").text

    imports(hall, exports(station).data)
    imports(station, exports(hall).data)

    assert "从未联系" not in hall.opens("/fleet/").text
    with hall.node.using():
        [contact] = Contact.select()
    assert (contact.node_id, contact.path, contact.waiting) == (station.node.facts.node_id, "usb", 0)
    with station.node.using():
        assert not Contact.select().exists(), "the hall is no station of its station"


def test_a_bundle_taken_in_twice_counts_once(carrying) -> None:
    station, hall = carrying
    arrived = accept_notes(hall.node)
    writes(station, hall)
    data = exports(station).data

    imports(hall, data)
    again = imports(hall, data)

    assert len(arrived) == 1
    assert '早已收过</dt><dd class="num">1<' in again.text


def test_a_bundle_may_be_written_to_and_read_from_a_folder_of_this_machine(carrying, tmp_path: Path) -> None:
    station, hall = carrying
    arrived = accept_notes(hall.node)
    writes(station, hall)
    (tmp_path / "stick").mkdir()

    assert exports(station, folder=str(tmp_path / "stick")).status_code == 302
    [bundle] = (tmp_path / "stick").iterdir()
    hall.sends("/mailroom/stick/import", {"path": str(bundle)})

    assert len(arrived) == 1
    assert "可以拔盘" in station.opens("/mailroom/stick").text


def test_a_browser_elsewhere_on_the_network_cannot_name_folders_of_this_machine(carrying, tmp_path) -> None:
    station, _ = carrying
    (tmp_path / "stick").mkdir()
    fields = {"csrf": station.token(), "folder": str(tmp_path / "stick")}

    answer = station.browser.post(
        "/mailroom/stick/export", data=fields, environ_overrides={"REMOTE_ADDR": "192.168.1.9"}
    )

    assert answer.headers["Content-Type"] == "application/vnd.yimen.bundle"
    assert list((tmp_path / "stick").iterdir()) == []


@pytest.mark.parametrize("folder", ["relative", "/no/such/folder", "\x00", "/etc/passwd", "x" * 9000])
def test_a_place_that_is_no_folder_is_refused_and_nothing_is_written(carrying, folder: str) -> None:
    station, _ = carrying

    answer = exports(station, folder=folder)

    assert answer.status_code == 422
    assert "这个位置不能使用，没有读写任何文件" in answer.text


def test_the_nodes_own_data_folder_is_no_place_for_a_bundle(carrying) -> None:
    station, _ = carrying

    assert "自己的数据文件夹" in exports(station, folder=str(station.settings.data_folder)).text


def _flipped(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def test_every_damaged_bundle_is_refused_and_changes_nothing(carrying) -> None:
    station, hall = carrying
    arrived = accept_notes(hall.node)
    writes(station, hall)
    data = exports(station).data

    for damaged in (b"", data[:-1], data[: len(data) // 2], _flipped(data, -40), b"hello" * 50):
        answer = imports(hall, damaged)
        assert answer.status_code in (400, 413, 422), answer.text
        assert 'href="#bundle"' in answer.text

    assert arrived == []
    assert list((hall.settings.data_folder / WAITING_FOLDER).iterdir()) == []


def test_a_bundle_for_another_node_is_refused(carrying) -> None:
    station, hall = carrying
    writes(station, hall)

    answer = imports(station, exports(station).data)

    assert answer.status_code == 422
    assert "不是给本机的" in answer.text
    station.opens("/mailroom/stick?lang=en")
    assert "不是给本机的" not in imports(station, exports(station).data).text, "nor half in Chinese"


def test_a_file_that_is_no_bundle_is_refused_by_its_name_already(carrying, tmp_path: Path) -> None:
    station, _ = carrying
    (tmp_path / "secret.txt").write_text("secret", "utf-8")

    answer = station.sends("/mailroom/stick/import", {"path": str(tmp_path / "secret.txt")})

    assert answer.status_code == 422
    assert "没有这个 .ymb 文件" in answer.text


def test_a_bundle_whose_name_is_no_text_breaks_no_page(carrying, tmp_path: Path, monkeypatch) -> None:
    station, _ = carrying
    for name in (b"\xd1\xf9\xb1\xed.ymb", b"sound.ymb"):
        (tmp_path / os.fsdecode(name)).write_bytes(b"")
    monkeypatch.setattr(carry, "sticks", lambda: [tmp_path])

    page = station.opens("/mailroom/stick")

    assert (page.status_code, page.text.count(".ymb</option>")) == (200, 1)


def test_an_import_without_a_file_says_what_to_choose(carrying) -> None:
    station, _ = carrying

    answer = station.sends("/mailroom/stick/import")

    assert answer.status_code == 422
    assert "没有选择 U 盘包" in answer.text


def test_a_station_without_a_hall_says_so(station: Counter) -> None:
    station.signs_in("agent")

    assert "没有可以写给的对象" in station.opens("/mailroom/stick").text
    answer = exports(station)
    assert answer.status_code == 409
    assert "还没有加入大厅" in answer.text


def test_only_near_nodes_get_a_bundle(carrying) -> None:
    station, _ = carrying

    assert exports(station, to="ff" * 16).status_code == 403


def test_nothing_of_a_downloaded_bundle_stays_behind(carrying) -> None:
    station, hall = carrying
    writes(station, hall)

    exports(station).close()

    assert list((station.settings.data_folder / WAITING_FOLDER).iterdir()) == []
