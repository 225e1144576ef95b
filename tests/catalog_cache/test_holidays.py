"""The holiday table: what a notice says, and what is told to the person who types it wrongly."""

import json
from datetime import date
from typing import Any

import pytest

from catalog_cache.calendar.holidays import (
    HolidayTable,
    HolidayYear,
    combined,
    doubts,
    faults,
    gaps,
    read_table,
    spoken_day,
    write_table,
)
from catalog_cache.demonstration import holiday_table
from catalog_cache.errors import BadRecord

TABLE = read_table(holiday_table())
SPRING, LABOUR = 1, 3


def year_of(number: int = 2026, **changes: Any) -> HolidayYear:
    """The year of the reference table, a few of its elements changed."""
    [year] = [one for one in TABLE.years if one.year == number]
    return HolidayYear.from_dict(year.to_dict(full=True) | changes)


def with_holiday(index: int, **changes: Any) -> HolidayYear:
    """The year 2026 with one paragraph of its notice changed."""
    listed = year_of().to_dict(full=True)["holidays"]
    listed[index] |= changes
    return year_of(holidays=listed)


def told(problems: list[Any]) -> str:
    return "；".join(map(str, problems))


@pytest.mark.parametrize("number", [2025, 2026])
def test_the_notices_of_two_years_stand_without_a_fault_gap_or_doubt(number: int):
    year = year_of(number)

    assert (faults(year), gaps(year), doubts(year)) == ([], [], [])


def test_a_year_worked_out_in_advance_has_no_notice_yet():
    year = year_of(2027)

    assert year.provisional and faults(year) == []
    assert len(year.rest) == 13 and year.work == ()


@pytest.mark.parametrize(
    ("index", "changes", "words"),
    [
        (SPRING, {"last": "2026-02-14", "work": []}, "放假最后一天（holidays[1].last）早于放假第一天"),
        (SPRING, {"last": "2026-02-28", "work": []}, "连放 14 天，超过 12 天"),
        (SPRING, {"first": "2025-02-15"}, "2025-02-15 不在 2026 年"),
        (SPRING, {"first": "2026-01-03", "last": "2026-01-10"}, "与“元旦”的放假日重叠"),
        (SPRING, {"work": ["2026-02-11"]}, "2026-02-11 是星期三，本来就是工作日"),
        (SPRING, {"work": ["2026-02-15"]}, "2026-02-15 既放假又上班"),
        (SPRING, {"work": ["2026-02-14", "2026-02-14"]}, "2026-02-14 重复"),
        (LABOUR, {"work": ["2026-02-14"]}, "2026-02-14 重复"),
        (LABOUR, {"work": ["2026-08-22"]}, "2026-08-22 离这个假期有 109 天"),
        (LABOUR, {"work": ["2027-05-09"]}, "2027-05-09 不在 2026 年"),
    ],
)
def test_a_slip_in_the_notice_is_told_at_its_place(index: int, changes: dict[str, Any], words: str):
    assert words in told(faults(with_holiday(index, **changes)))


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (year_of(holidays=year_of().to_dict()["holidays"][:4]), "缺少端午节；节日（holidays）缺少中秋节"),
        (with_holiday(0, first="2026-01-02"), "元旦的放假日里没有 1 月 1 日"),
        (with_holiday(LABOUR, last="2026-05-01"), "劳动的放假日里没有 5 月 2 日"),
        (with_holiday(4, first="2026-07-19", last="2026-07-21"), "不像端午节的日子，请核对月份"),
        (year_of(source="国务院办公厅关于2025年部分节假日安排的通知"), "没有写“2026年”"),
    ],
)
def test_a_notice_that_is_not_whole_is_told_what_it_lacks(year: HolidayYear, words: str):
    assert words in told(gaps(year)).replace("劳动节", "劳动")


def test_a_forgotten_make_up_day_does_not_add_up_to_the_thirteen_days_of_the_law():
    [doubt] = doubts(with_holiday(LABOUR, work=[]))

    assert "放假占去 19 个工作日，调休上班 5 天，相差 14 天" in doubt


def test_new_years_holiday_may_begin_in_the_december_before_and_no_other_month():
    assert faults(with_holiday(0, first="2025-12-31", last="2026-01-02")) == []
    assert "2025-11-30 不在 2026 年" in told(faults(with_holiday(0, first="2025-11-30", last="2025-12-01")))


def test_who_announced_a_year_decides_on_it_and_the_city_comes_first():
    announced = [year_of(year=number, provisional=False, holidays=[]) for number in (2027, 2028)]
    city = HolidayTable(format=TABLE.format, years=(year_of(2026), year_of(2027)))
    county = HolidayTable(format=TABLE.format, years=(year_of(source="县里的2026年"), *announced))

    years = combined(city, county)

    assert [year.year for year in years] == [2026, 2027, 2028]
    assert years[0].source == city.years[0].source
    assert not years[1].provisional
    assert combined() == ()


def test_a_table_reads_back_as_it_was_written_whatever_the_order():
    assert read_table(write_table(reversed(TABLE.years))) == TABLE


def test_days_are_spoken_as_a_notice_speaks_them():
    assert spoken_day(date(2026, 2, 14)) == "2月14日（周六）"


def changed(**changes: object) -> bytes:
    table = json.loads(holiday_table())
    table["years"][0] |= changes
    return json.dumps(table).encode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"year": 2026}, "重复|不在 2026 年"),
        ({"holidays": [{"name": "元旦", "first": "2025-1-1", "last": "2025-01-01"}]}, "应为日期"),
        ({"holidays": [{"name": "元旦", "first": "2025-01-01", "last": "2025-02-30"}]}, "应为日期"),
        ({"holidays": [{"name": "元旦", "first": "2025-01-03", "last": "2025-01-01"}]}, "早于放假第一天"),
        ({"holidays": [{"name": "", "first": "2025-01-03", "last": "2025-01-03"}]}, "不能为空"),
        ({"provisional": 1}, "应为 true 或 false"),
        ({"rest": []}, "没有这个字段"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_with_the_reason(changes: dict[str, Any], words: str):
    with pytest.raises(BadRecord, match=words):
        read_table(changed(**changes))


def test_the_same_year_twice_is_refused():
    table = json.loads(holiday_table())
    table["years"].append(table["years"][0])

    with pytest.raises(BadRecord, match="2025 年重复"):
        read_table(json.dumps(table).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"format":"other","years":[]}'])
def test_what_is_no_table_is_refused(data: bytes):
    with pytest.raises(BadRecord):
        read_table(data)
