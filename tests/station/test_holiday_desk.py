"""The State Council's notice at the desk: typed, checked, reviewed, signed, and taken by a station."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from catalog_cache.calendar.workdays import NoDate
from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.distribution.update import State, update
from catalog_cache.installed.cache import CatalogCache
from station.checkup import Level, check_calendar
from station.hall.publishing import release
from tests.station.publishing_desk import ITEMS, PASSPHRASE, PublishingDesk
from tests.tools.counter import Counter
from tests.tools.notice import notice


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    """Version 1 of the catalog is published; the announced holidays end with 2026."""
    desk = PublishingDesk(hall, tmp_path)
    desk.has_its_keys()
    desk.publishes(*ITEMS[:2])
    desk.signs_in("editor")
    return desk


@pytest.fixture
def typist(hall: Counter, tmp_path: Path) -> PublishingDesk:
    """The same desk before any key was made."""
    return PublishingDesk(hall, tmp_path)


def enters(desk: PublishingDesk, **changes: str) -> Any:
    return desk.sends("holidays/2027", **notice(**changes))


def works(desk: PublishingDesk, day: date) -> bool:
    return desk.hall.installation.catalog.calendar().is_workday(day)


def test_sixty_days_before_the_table_ends_hall_and_doctor_ask_for_the_next_notice(desk: PublishingDesk):
    page = desk.opens("holidays/")
    [finding] = check_calendar(desk.hall.installation, desk.hall.time.at)

    assert "已公布的放假安排只到 2026-12-31" in page
    assert "节假日表" in page.split('class="strip"')[1].split("</section>")[0]
    assert finding.level is Level.WARNING and "录入国务院办公厅的新通知" in finding.next_step


def test_a_notice_comes_into_force_by_two_people_and_counts_at_the_hall(desk: PublishingDesk):
    before = works(desk, date(2027, 2, 20))
    assert enters(desk).status_code == 302
    assert "草稿，待审核签发" in desk.opens("holidays/")
    desk.has_approval()
    assert works(desk, date(2027, 2, 20)) is before is False

    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302

    assert works(desk, date(2027, 2, 20)) and not works(desk, date(2027, 2, 11))
    desk.signs_in("editor")
    page = desk.opens("holidays/")
    assert "只到" not in page and "已公布" in page
    [finding] = check_calendar(desk.hall.installation, desk.hall.time.at)
    assert finding.level is Level.OK


def test_a_station_takes_the_notice_beside_the_catalog(desk: PublishingDesk, tmp_path: Path):
    cache, metadata_dir = CatalogCache(tmp_path / "cache"), tmp_path / "metadata"
    folder = desk.hall.node.repository_folder
    TufClient(metadata_dir, FolderSource(folder), None).init((folder / "metadata/1.root.json").read_bytes())
    update(cache, folder, metadata_dir, desk.hall.time.at)
    paper = cache.calendar().deadline_on_paper(date(2026, 12, 28), 5, "workday")
    enters(desk)
    desk.has_approval()
    desk.sends("sign", passphrase=PASSPHRASE)

    report = update(cache, folder, metadata_dir, desk.hall.time.at)

    assert isinstance(paper, NoDate)
    assert report.state is State.NEW
    assert cache.calendar().deadline_on_paper(date(2026, 12, 28), 5, "workday") == date(2027, 1, 5)
    assert [year.provisional for year in cache.calendar().years] == [False, False, False]


def test_who_typed_a_notice_cannot_approve_it(desk: PublishingDesk):
    desk.signs_in("publisher")
    assert enters(desk).status_code == 302
    desk.signs_in("editor")
    sent = desk.sends("submit")
    desk.signs_in("publisher")

    decided = desk.sends(sent.location.removeprefix("/publishing/"), decision="approve")

    assert decided.status_code == 409 and "您改过这份草稿" in decided.text


def test_the_reviewer_reads_the_notice_in_its_own_words(desk: PublishingDesk):
    enters(desk)
    sent = desk.sends("submit")
    desk.signs_in("publisher")

    page = desk.opens(sent.location.removeprefix("/publishing/"))

    assert "春节：2月5日（周五）至2月11日（周四）放假，共 7 天；上班：2月20日（周六）" in page
    assert "请与国务院办公厅的通知逐字核对" in page


def test_a_change_after_the_approval_needs_a_new_one(desk: PublishingDesk):
    enters(desk)
    desk.has_approval()
    seen = desk.opens("holidays/2027").split('name="seen" value="')[1].split('"')[0]
    enters(desk, seen=seen, holidays__4__name="端午节放假")

    answer = desk.sends("sign", passphrase=PASSPHRASE)

    assert answer.status_code == 409 and "通过后又改过" in answer.text


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("holidays__1__first", "2月5日（周四）", "其实是星期五，请核对年份和日期"),
        ("holidays__1__first", "2月30日", "没有“2月30日”这一天"),
        ("holidays__1__first", "春天", "不是日期，应写成 2027-02-14 或 2月14日"),
        ("holidays__1__first", "", "请填写放假第一天"),
        ("holidays__1__last", "2月1日", "早于放假第一天"),
        ("holidays__1__work", "2月17日", "是星期三，本来就是工作日"),
        ("holidays__1__work", "2月6日", "既放假又上班"),
        ("holidays__1__name", "", "不能为空"),
        ("holidays__5__first", "10月2日", "重叠|不像中秋节的日子"),
        ("source", "国务院办公厅关于2026年部分节假日安排的通知", "没有写“2027年”"),
        ("source", "", "不能为空"),
    ],
)
def test_a_slip_is_told_at_its_field_and_nothing_is_saved(
    typist: PublishingDesk, field: str, text: str, told: str
):
    answer = enters(typist, **{field: text})

    assert answer.status_code == 422
    assert any(part in answer.text for part in told.split("|"))
    place = field.replace("__", "-")
    assert f'href="#{place}"' in answer.text or told.startswith("重叠")
    assert "草稿，待审核签发" not in typist.opens("holidays/")


def test_a_notice_that_lacks_a_holiday_is_not_saved(typist: PublishingDesk):
    answer = enters(typist, holidays__4__first="", holidays__1__last="2月1日")

    assert answer.status_code == 422
    assert 'href="#holidays-4-first">节日缺少端午节' in answer.text
    assert 'href="#holidays-1-last">放假最后一天早于放假第一天' in answer.text


def test_a_sum_that_does_not_come_out_needs_a_persons_word(typist: PublishingDesk):
    refused = enters(typist, holidays__6__work="10月9日")
    confirmed = enters(typist, holidays__6__work="10月9日", compared="1")

    assert refused.status_code == 422 and "相差 14 天" in refused.text
    assert 'id="compared"' in refused.text
    assert confirmed.status_code == 302


def test_two_people_do_not_overwrite_each_other(typist: PublishingDesk):
    enters(typist)

    answer = enters(typist, holidays__4__name="端午")

    assert answer.status_code == 409 and "刚被别人改过" in answer.text


def test_what_the_city_announced_is_not_the_countys_to_change(desk: PublishingDesk):
    assert desk.hall.opens("/publishing/holidays/2026").status_code == 409
    answer = desk.sends("holidays/2026", **notice())

    assert answer.status_code == 409 and "市级签名的节假日表已经公布了这一年" in answer.text


def test_an_unpublished_notice_is_taken_back_and_a_published_one_is_not(typist: PublishingDesk):
    enters(typist)
    assert typist.sends("holidays/2027/take-back").status_code == 302

    again = typist.sends("holidays/2027/take-back")

    assert again.status_code == 404 and "没有未发布的改动" in again.text
    assert "草稿，待审核签发" not in typist.opens("holidays/")


def test_a_changed_notice_goes_back_to_what_is_in_force(desk: PublishingDesk):
    enters(desk)
    desk.has_approval()
    desk.sends("sign", passphrase=PASSPHRASE)
    desk.signs_in("editor")
    seen = desk.opens("holidays/2027").split('name="seen" value="')[1].split('"')[0]
    enters(desk, seen=seen, holidays__4__name="端午")
    changed = desk.opens("diff")

    desk.sends("holidays/2027/take-back")

    assert "端午：6月9日" in changed and "原来" in changed
    assert "没有差别" in desk.opens("diff")


@pytest.mark.parametrize("year", ["1999", "2100"])
def test_a_year_out_of_reach_is_refused(typist: PublishingDesk, year: str):
    assert typist.hall.opens(f"/publishing/holidays/{year}").status_code == 404


def test_the_catalog_goes_on_without_a_notice_and_keeps_the_one_in_force(desk: PublishingDesk):
    enters(desk)
    desk.has_approval()
    desk.sends("sign", passphrase=PASSPHRASE)

    desk.publishes(*ITEMS[:3])

    desk_of = release.Desk.of(desk.hall.node)
    assert desk_of.published("holidays.json") is not None
    assert works(desk, date(2027, 2, 20))
