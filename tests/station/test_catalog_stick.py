"""The whole catalog on a stick, by the page: written at the county, taken at a station, whatever happens."""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from catalog_cache.distribution.sample_files import Progress, files_of
from catalog_cache.files import only_one
from catalog_cache.model import Item
from station.audit import AuditLine
from station.catalog_stick import service, views
from station.catalog_stick.service import Meter, Stick
from station.mailroom import carry
from tests.catalog_cache.press import Press
from tests.station.line import Line
from tests.tools.counter import Counter
from tests.tools.sample_files import with_files

MADE, CONTENT = with_files(10, 24, 20261126, shrink=4)
ITEMS = [
    Item.from_dict(json.loads(json.dumps(item.to_dict()).replace("1.jpg", "1 100%d.jpg"))) for item in MADE
]
PAGE = "/mailroom/stick/catalog"
SECONDS_MAX = 20


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path)
    line.publishes_with_files(2, ITEMS, CONTENT)
    for node, name in ((line.county, "boss"), (line.township, "agent"), (line.village, "agent")):
        node.time.passes(days=10)
        node.signs_in(name)
    yield line
    line.closes()


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "usb"
    folder.mkdir()
    monkeypatch.setattr(carry, "sticks", lambda: [folder] if folder.is_dir() else [])
    return folder


def finishes(node: Counter, answer: TestResponse) -> str:
    """What the page tells at the end."""
    assert (answer.status_code, answer.location) == (302, f"{PAGE}/progress"), answer.text
    job = node.node.catalog_sticks.current
    assert job is not None and job.wait(SECONDS_MAX)
    return " ".join(re.sub(r"<[^>]+>", " ", node.opens(f"{PAGE}/progress").text).split())


def takes(node: Counter, folder: Path) -> str:
    return finishes(node, node.sends(f"{PAGE}/take", source=str(folder)))


def writes(node: Counter, folder: Path, files: str = "1") -> str:
    return finishes(node, node.sends(f"{PAGE}/write", to=str(folder), files=files))


def held(node: Counter) -> set[str]:
    return {path.name for path in node.node.samples.store.folder.glob("*") if len(path.name) == 64}


def when_files_are(
    monkeypatch: pytest.MonkeyPatch, count: int, happens: Callable[[], object]
) -> pytest.MonkeyPatch:
    """Something happens once so many samples are there."""
    real, done = Meter.tell, threading.Event()

    def tell(self: Meter, progress: Progress) -> None:
        real(self, progress)
        if progress.files >= count and not done.is_set():
            done.set()
            happens()

    monkeypatch.setattr(Meter, "tell", tell)
    return monkeypatch


def test_the_whole_catalog_goes_from_the_county_to_a_village_and_its_township_hands_it_on(
    line: Line, stick: Path
) -> None:
    assert f"样表和空表 {len(CONTENT)} 个" in line.county.opens(PAGE).text

    assert "目录已写好" in (told := writes(line.county, stick))
    assert f"样表和空表 {len(CONTENT)} 个" in told and "可以拔盘" in told
    assert "更新前 第 1 版 现用 第 2 版" in takes(line.township, stick)
    shutil.rmtree(stick / "files")
    (stick / "deltas").mkdir(exist_ok=True)
    assert "目录已写好" in writes(line.township, stick)
    told = takes(line.village, stick)

    assert "更新前 还没有 现用 第 2 版" in told and "都齐了，可以拔盘" in told
    assert f"新到样表和空表 {len(CONTENT)} 个" in told and "还缺样表和空表 0 个" in told
    assert held(line.village) == held(line.township) == set(CONTENT)
    assert "目录已是最新" in takes(line.village, stick)


def test_a_catalog_in_a_folder_on_the_stick_is_found_and_one_without_samples_says_so(
    line: Line, stick: Path
) -> None:
    assert "没有找到存有目录的 U 盘" in line.village.opens(PAGE).text
    writes(line.county, stick, files="")
    inner = stick / "目录"
    inner.mkdir()
    for name in ("metadata", "targets"):
        (stick / name).rename(inner / name)

    assert service.catalogs_on_sticks() == [inner]
    told = takes(line.village, inner)

    assert "目录已更新" in told and "没有带样表和空表" in told
    assert f"还缺样表和空表 {len(CONTENT)} 个" in told


def test_a_stick_that_lacks_some_samples_brings_all_the_others_and_one_waits_for_the_rounds(
    line: Line, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(line.county, stick)
    load = service.load(line.county.node)
    [odd, *_] = [file for item in ITEMS for file in files_of(item) if "%" in file.name]
    assert load is not None
    for file in load.files[:8]:
        (stick / "files" / file.sha256).unlink()
    rounds = ExitStack()
    rounds.enter_context(only_one(line.village.node.samples.store.folder / ".fetching"))
    monkeypatch.setattr(service, "sleep", lambda _: rounds.close())

    told = takes(line.village, stick)

    assert "新到样表和空表 16 个" in told and "还缺样表和空表 8 个" in told
    assert "U 盘上没有其中 8 个" in told and len(held(line.village)) == 16
    with line.village.node.using():
        assert [one.account for one in AuditLine.select() if one.act == "catalog.stick_taken"] == ["agent"]
    (line.village.node.samples.store.folder / odd.sha256).unlink(missing_ok=True)
    (stick / "files" / odd.sha256).write_bytes(bytes(odd.size))
    assert f"缺的没有取到：{odd.name} 的长度或摘要与目录不符。" in takes(line.village, stick)


def test_a_stick_pulled_out_in_the_middle_leaves_what_came_and_the_next_try_goes_on(
    line: Line, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(line.county, stick)
    with monkeypatch.context() as patched:
        when_files_are(patched, 10, lambda: stick.rename(tmp_path / "pocket"))
        told = takes(line.village, stick)
    assert "目录已更新" in told and "U 盘中途拔出了" in told and "还缺样表和空表 14 个" in told
    assert len(held(line.village)) == 10

    (tmp_path / "pocket").rename(stick)
    told = takes(line.village, stick)

    assert "目录已是最新" in told and "新到样表和空表 14 个" in told
    assert held(line.village) == set(CONTENT)


def test_a_person_stops_the_taking_and_the_next_one_goes_on(
    line: Line, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(line.county, stick)
    with monkeypatch.context() as patched:
        when_files_are(patched, 5, lambda: line.village.sends(f"{PAGE}/progress/stop"))
        patched.setattr(views, "WAIT_SECONDS", 0.0)
        told = takes(line.village, stick)
    assert "已按要求停止" in told and 5 <= len(held(line.village)) < len(CONTENT)

    assert "都齐了" in takes(line.village, stick)


def test_a_catalog_that_comes_over_the_link_at_the_same_time_is_waited_for_or_not(
    line: Line, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(line.county, stick)
    with monkeypatch.context() as patched:
        patched.setattr(views, "WAIT_SECONDS", 0.0)
        with line.village.node.updating:
            answer = line.village.sends(f"{PAGE}/take", source=str(stick))
            line.village.sends(f"{PAGE}/progress/stop")
            assert "已按要求停止" in finishes(line.village, answer)
            assert line.village.node.catalog.current() is None
            answer = line.village.sends(f"{PAGE}/take", source=str(stick))

    assert "都齐了" in finishes(line.village, answer)


def test_writing_stopped_or_pulled_out_goes_on_and_a_small_stick_is_refused_before_the_first_byte(
    line: Line, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(service, "free_bytes", lambda _: 100_000)
        assert "U 盘空间不够" in writes(line.county, stick) and list(stick.iterdir()) == []
    with monkeypatch.context() as patched:
        when_files_are(patched, 7, lambda: stick.rename(tmp_path / "pocket"))
        assert "U 盘中途拔出了" in writes(line.county, stick)
        assert not stick.exists(), "nothing is laid where the stick was"
    (tmp_path / "pocket").rename(stick)
    with monkeypatch.context() as patched:
        when_files_are(patched, 12, lambda: line.county.sends(f"{PAGE}/progress/stop"))
        patched.setattr(views, "WAIT_SECONDS", 0.0)
        assert "已按要求停止" in writes(line.county, stick)
    assert 7 <= len(list((stick / "files").iterdir())) < len(CONTENT)

    assert f"样表和空表 {len(CONTENT)} 个" in writes(line.county, stick)
    assert "都齐了" in takes(line.village, stick)


def test_an_older_a_foreign_an_altered_and_an_expired_catalog_are_refused_in_the_updates_own_words(
    line: Line, stick: Path, tmp_path: Path
) -> None:
    writes(line.county, stick)
    older = line.press.copies_to(stick / "older")
    takes(line.village, stick)
    line.press.renews()
    newer = line.press.copies_to(stick / "newer")
    takes(line.village, newer)
    foreign = Press(tmp_path / "elsewhere", now=line.press.now)
    foreign.publishes(9, "别县的事项")
    altered = line.press.copies_to(stick / "altered")
    (altered / "metadata/timestamp.json").write_bytes(b"{}")

    refused = ((older, "旧"), (foreign.copies_to(stick / "foreign"), "签名"), (altered, "读不懂"))
    for folder, why in refused:
        told = takes(line.village, folder)
        assert "目录没有更新" in told and "现用第 2 版，照常使用" in told and why in told, told
    line.press.renews()
    late = line.press.copies_to(stick / "late")
    line.village.node.clock.learn(line.press.now + timedelta(days=400))
    line.village.signs_in("agent")
    assert "过期" in takes(line.village, late)


def test_a_nearly_full_disk_is_told_before_and_in_the_middle_and_keeps_what_came(
    line: Line, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(line.county, stick)
    reserve, free = line.village.installation.reserve, [1 << 40]
    monkeypatch.setattr(reserve, "_free", lambda _: free[0])
    with monkeypatch.context() as patched:
        when_files_are(patched, 6, lambda: free.__setitem__(0, 1))
        assert "本机磁盘快满了" in takes(line.village, stick)
    assert 6 <= len(held(line.village)) < 9
    assert "本机磁盘快满了" in takes(line.village, stick) and reserve.is_held()

    free[0] = 1 << 40
    assert "都齐了" in takes(line.village, stick)


def test_one_sees_how_far_it_is_and_a_second_one_is_refused(
    line: Line, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(line.county, stick)
    is_there, may_go_on = threading.Event(), threading.Event()

    def waits() -> None:
        is_there.set()
        assert may_go_on.wait(SECONDS_MAX)

    when_files_are(monkeypatch, 12, waits)
    monkeypatch.setattr(views, "WAIT_SECONDS", 0.0)
    answer = line.village.sends(f"{PAGE}/take", source=str(stick))
    assert is_there.wait(SECONDS_MAX)

    page, figures = line.village.opens(f"{PAGE}/progress"), line.village.opens(f"{PAGE}/progress.json")
    second = line.village.sends(f"{PAGE}/take", source=str(stick))
    mail = line.village.sends("/mailroom/stick/export", folder=str(stick))
    may_go_on.set()

    assert "样表和空表：12/24 个" in page.text and '<meta http-equiv="refresh"' in page.text
    assert figures.get_json()["is_over"] is False and "12/24" in figures.get_json()["told"]
    for refused in (second, mail):
        assert (refused.status_code, "另一次 U 盘收发正在进行" in refused.text) == (409, True)
    assert "都齐了" in finishes(line.village, answer)


def test_only_a_listed_place_is_touched_while_it_is_plugged_in(line: Line, stick: Path) -> None:
    for path in ("", "/etc", f"{stick}/../usb", "\x00"):
        for action, field in (("take", "source"), ("write", "to")):
            answer = line.county.sends(f"{PAGE}/{action}", {field: path})
            assert (answer.status_code, "没有选中可用的 U 盘" in answer.text) == (422, True)
    assert list(stick.iterdir()) == []
    at = Stick.at(stick)
    assert at.is_there() and not Stick(stick, at.device + 1).is_there(), (
        "an empty folder is left where it was"
    )


def test_a_stick_that_cannot_be_written_says_why_and_a_station_without_a_hall_what_comes_first(
    line: Line, stick: Path, tmp_path: Path
) -> None:
    (stick / "metadata").write_text("somebody's own file", "utf-8")
    assert "U 盘读写出错" in writes(line.county, stick)
    (stick / "metadata").unlink()
    writes(line.county, stick)
    shutil.rmtree(line.county.node.repository_folder / "targets")
    assert "已发布的目录读不出来" in line.county.opens(PAGE).text
    assert "目录没有写到 U 盘" in writes(line.county, stick)

    alone = Counter(tmp_path / "alone")
    alone.signs_in()
    told = takes(alone, stick)
    alone.closes()
    assert "目录没有更新" in told and "请先加入大厅" in told and "本站还没有目录" in told


def test_a_browser_elsewhere_is_sent_to_the_machine_itself(line: Line, stick: Path) -> None:
    elsewhere = {"REMOTE_ADDR": "192.168.1.9"}

    page = line.county.opens(PAGE, environ_overrides=elsewhere)
    fields = {"csrf": line.county.token(), "to": str(stick), "files": "1"}
    answer = line.county.browser.post(f"{PAGE}/write", data=fields, environ_overrides=elsewhere)

    assert "请到那台电脑前" in page.text and str(stick) not in page.text
    assert answer.status_code == 403 and list(stick.iterdir()) == []
