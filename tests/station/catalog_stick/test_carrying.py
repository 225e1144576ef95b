"""The whole catalog on a stick, by the page: written at the county, taken at a station, whatever happens."""

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from catalog_cache.distribution.sample_files import Progress, files_of
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.files import only_one
from station.audit import AuditLine
from station.catalog_stick import places
from station.catalog_stick.errors import StickTooSmall
from station.catalog_stick.meter import Meter
from station.catalog_stick.stick import Stick
from station.catalog_stick.taking import bring_files
from station.catalog_stick.writing import load, write_out
from station.chores import update_catalog
from sync.bundle_file import Step
from tests.catalog_cache.press import Press
from tests.station.catalog_stick.hands import CONTENT, ITEMS, PAGE, SECONDS_MAX, finishes, takes, writes
from tests.station.line import Line, held_samples
from tests.tools.counter import Counter


def when_files_are(
    monkeypatch: pytest.MonkeyPatch, count: int, happens: Callable[[], object]
) -> pytest.MonkeyPatch:
    """Something happens once so many samples are there."""
    real, done = Meter.tell, threading.Event()

    def tell(self: Meter, progress: Progress) -> None:
        real(self, progress)
        if self.step is Step.FILES and progress.files >= count and not done.is_set():
            done.set()
            happens()

    monkeypatch.setattr(Meter, "tell", tell)
    return monkeypatch


def stops(node: Counter) -> None:
    """Somebody presses the button, while the work goes on in the thread that calls this."""
    pressing = threading.Thread(target=lambda: node.sends(f"{PAGE}/progress/stop"))
    node.node.catalog_sticks.wait_seconds = 0.0
    pressing.start()
    pressing.join()


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
    assert held_samples(line.village) == held_samples(line.township) == set(CONTENT)
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

    assert places.catalogs_on_sticks() == [inner]
    told = takes(line.village, inner)

    assert "目录已更新" in told and "没有带样表和空表" in told
    assert f"还缺样表和空表 {len(CONTENT)} 个" in told


def test_a_stick_that_lacks_some_samples_or_holds_wrong_ones_brings_all_the_others(
    line: Line, stick: Path
) -> None:
    writes(line.county, stick)
    whole = load(line.county.node)
    [odd, *_] = [file for item in ITEMS for file in files_of(item) if "%" in file.name]
    assert whole is not None
    for file in whole.files[:8]:
        (stick / "files" / file.sha256).unlink()
    for file in whole.files[8:15]:
        (stick / "files" / file.sha256).write_bytes(bytes(file.size))

    told = takes(line.village, stick)

    assert "新到样表和空表 9 个" in told and "还缺样表和空表 15 个" in told
    assert held_samples(line.village) == {file.sha256 for file in whole.files[15:]}, (
        "however many in a row are wrong"
    )
    assert writes(line.county, stick) and "都齐了" in takes(line.village, stick)
    with line.village.node.using():
        assert [one.account for one in AuditLine.select() if one.act == "catalog.stick_taken"] == [
            "agent"
        ] * 2
    (stick / "files" / whole.files[0].sha256).unlink()
    (line.village.node.samples.store.folder / odd.sha256).unlink(missing_ok=True)
    (line.village.node.samples.store.folder / whole.files[0].sha256).unlink(missing_ok=True)
    assert "U 盘上没有其中 1 个" in takes(line.village, stick)
    (line.village.node.samples.store.folder / odd.sha256).unlink(missing_ok=True)
    (stick / "files" / odd.sha256).write_bytes(bytes(odd.size))
    assert f"缺的没有取到：{odd.name} 的长度或摘要与目录不符。" in takes(line.village, stick)


def test_samples_from_a_stick_wait_for_the_rounds_that_fetch_the_same(line: Line, stick: Path) -> None:
    writes(line.county, stick)
    takes(line.township, stick)
    shutil.rmtree(line.township.node.samples.store.folder)
    rounds = ExitStack()
    rounds.enter_context(only_one(line.township.node.samples.store.folder / ".fetching"))

    done = bring_files(line.township.installation, Stick.at(stick), Meter(), wait=lambda _: rounds.close())

    assert (done.files, done.is_complete) == (len(CONTENT), True)


def test_a_stick_pulled_out_in_the_middle_leaves_what_came_and_the_next_try_goes_on(
    line: Line, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(line.county, stick)
    with monkeypatch.context() as patched:
        when_files_are(patched, 10, lambda: stick.rename(tmp_path / "pocket"))
        told = takes(line.village, stick)
    assert "目录已更新" in told and "U 盘中途拔出了" in told and "还缺样表和空表 14 个" in told
    assert len(held_samples(line.village)) == 10

    (tmp_path / "pocket").rename(stick)
    told = takes(line.village, stick)

    assert "目录已是最新" in told and "新到样表和空表 14 个" in told
    assert held_samples(line.village) == set(CONTENT)


def test_a_person_stops_the_taking_and_the_next_one_goes_on(
    line: Line, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(line.county, stick)
    with monkeypatch.context() as patched:
        when_files_are(patched, 5, lambda: stops(line.village))
        told = takes(line.village, stick)
    assert "已按要求停止" in told and 5 <= len(held_samples(line.village)) < len(CONTENT)

    assert "都齐了" in takes(line.village, stick)


def test_a_catalog_that_comes_over_the_link_at_the_same_time_is_waited_for_or_not(
    line: Line, stick: Path
) -> None:
    writes(line.county, stick)
    line.village.node.catalog_sticks.wait_seconds = 0.0
    with line.village.node.updating:
        answer = line.village.sends(f"{PAGE}/take", source=str(stick))
        line.village.sends(f"{PAGE}/progress/stop")
        assert "已按要求停止" in finishes(line.village, answer)
        assert line.village.node.catalog.current() is None
        answer = line.village.sends(f"{PAGE}/take", source=str(stick))
        with line.village.node.using():
            update_catalog(line.village.node, FolderSource(line.press.folder))

    told = finishes(line.village, answer)
    assert "目录已是最新" in told and "更新前 第 2 版 现用 第 2 版" in told and "都齐了" in told


def test_writing_stopped_or_pulled_out_goes_on_and_a_small_stick_is_refused_before_the_first_byte(
    line: Line, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StickTooSmall):
        write_out(line.county.settings.data_folder, stick, Meter(), free=lambda _: 100_000)
    assert list(stick.iterdir()) == []
    with monkeypatch.context() as patched:
        when_files_are(patched, 7, lambda: stick.rename(tmp_path / "pocket"))
        assert "U 盘中途拔出了" in writes(line.county, stick)
        assert not stick.exists(), "nothing is laid where the stick was"
    (tmp_path / "pocket").rename(stick)
    with monkeypatch.context() as patched:
        when_files_are(patched, 12, lambda: stops(line.county))
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
        told = takes(line.village, stick)
    assert "目录已更新 签名已核对 更新前 还没有 现用 第 2 版" in told
    assert "缺的没有取到：本机磁盘快满了，停在这里。请先清理磁盘。" in told
    with line.village.node.using():
        assert [one.act for one in AuditLine.select()].count("catalog.stick_taken") == 1
    assert 6 <= len(held_samples(line.village)) < 9
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
    line.village.node.catalog_sticks.wait_seconds = 0.0
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
        for node, action, field in ((line.village, "take", "source"), (line.county, "write", "to")):
            answer = node.sends(f"{PAGE}/{action}", {field: path})
            assert (answer.status_code, "没有选中可用的 U 盘" in answer.text) == (422, True)
    for node, action, field in ((line.county, "take", "source"), (line.village, "write", "to")):
        answer = node.sends(f"{PAGE}/{action}", {field: str(stick)})
        assert (answer.status_code, "没有这个页面" in answer.text) == (404, True), "as the page offers it"
    assert list(stick.iterdir()) == []
    at = Stick.at(stick)
    assert at.is_there() and not Stick(stick, at.device + 1).is_there(), (
        "an empty folder is left where it was"
    )


def test_photographs_and_odd_names_on_a_stick_hide_no_catalog(line: Line, stick: Path) -> None:
    for number in range(2_000):
        (stick / f"IMG_{number}.JPG").touch()
    for name in ("目录　2026".encode(), "样表".encode("gbk")):
        shutil.copytree(line.press.folder, stick / os.fsdecode(name))
    (stick / "elsewhere").symlink_to(line.press.folder)

    assert places.catalogs_on_sticks() == [stick / "目录　2026"]
    assert "目录　2026" in line.village.opens(PAGE).text


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
