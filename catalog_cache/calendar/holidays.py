"""The holiday table as the State Council's yearly notice says it, and what makes such a table sound.

A notice names each holiday, its first and last day off, and the weekend days worked in exchange.
Its days lie in its own year; only New Year's holiday may begin in the December before.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from catalog_cache.errors import BadRecord, Problem
from catalog_cache.records import Record, day, days, flag, many, whole, words

FORMAT = "yimen-holidays/1"
TABLE_BYTES_MAX = 512 * 1024
HOLIDAY_DAYS_MAX = 12
MAKE_UP_DISTANCE_DAYS_MAX = 31
# 全国年节及纪念日放假办法 (2024 revision), article 2: thirteen days a year.
STATUTORY_DAYS = 13
# What a whole year's notice has, and where in the year it can lie: first and last month and day.
FESTIVALS = {
    "元旦": ((12, 25), (1, 6)),
    "春节": ((1, 15), (3, 5)),
    "清明": ((4, 1), (4, 9)),
    "劳动": ((4, 26), (5, 8)),
    "端午": ((5, 24), (6, 30)),
    "中秋": ((9, 5), (10, 12)),
    "国庆": ((9, 25), (10, 12)),
}
FIXED_DAYS = {"元旦": ((1, 1),), "劳动": ((5, 1), (5, 2)), "国庆": ((10, 1), (10, 2), (10, 3))}
WEEKDAYS = "一二三四五六日"
_DAY = timedelta(days=1)
_NAMES = {"清明": "清明节", "劳动": "劳动节", "端午": "端午节", "中秋": "中秋节", "国庆": "国庆节"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday(Record):
    """One paragraph of a notice. first, last: days off, both included; work: 调休上班日."""

    title: ClassVar[str] = "节日"
    name: str = words("节日", 30)
    first: date = day("放假第一天")
    last: date = day("放假最后一天")
    work: tuple[date, ...] = days("调休上班日", 10)

    @property
    def rest(self) -> tuple[date, ...]:
        """Every day off, in order; at most HOLIDAY_DAYS_MAX, so that a slip of the pen costs no memory."""
        length = min((self.last - self.first).days + 1, HOLIDAY_DAYS_MAX)
        return tuple(self.first + number * _DAY for number in range(length))


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayYear(Record):
    """One year of the table. provisional: worked out from the law, the notice is not out yet."""

    title: ClassVar[str] = "节假日表"
    year: int = whole("年份", 2000, 2100)
    provisional: bool = flag("暂定")
    source: str = words("来源", 200)
    holidays: tuple[Holiday, ...] = many("节日", Holiday, 16)

    @property
    def rest(self) -> tuple[date, ...]:
        """放假日, in the order of the notice."""
        return tuple(off for holiday in self.holidays for off in holiday.rest)

    @property
    def work(self) -> tuple[date, ...]:
        """调休上班日, in the order of the notice."""
        return tuple(worked for holiday in self.holidays for worked in holiday.work)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayTable(Record):
    """The signed table as it is published."""

    title: ClassVar[str] = "节假日表"
    format: str = words("格式", 40, pattern=FORMAT)
    years: tuple[HolidayYear, ...] = many("年度", HolidayYear, 60)


def read_table(data: bytes) -> HolidayTable:
    """Read a published table strictly. Raises BadRecord."""
    try:
        fields = json.loads(data[: TABLE_BYTES_MAX + 1])
    except (ValueError, RecursionError) as error:
        raise BadRecord(HolidayTable.title, [Problem("", "", "不是有效的 JSON")]) from error
    table = HolidayTable.from_dict(fields)
    require_sound(table.years)
    return table


def write_table(years: Iterable[HolidayYear]) -> bytes:
    """The table as it is signed; the same years give the same bytes."""
    listed = [year.to_dict(full=True) for year in sorted(years, key=lambda year: year.year)]
    return json.dumps({"format": FORMAT, "years": listed}, ensure_ascii=False, indent=1).encode() + b"\n"


def combined(*tables: HolidayTable) -> tuple[HolidayYear, ...]:
    """The years of several tables, the highest publisher first: who announced a year decides on it.

    A year that was announced counts before one worked out in advance, whoever published it.
    """
    chosen: dict[int, HolidayYear] = {}
    for table in tables:
        for year in table.years:
            held = chosen.get(year.year)
            if held is None or (held.provisional and not year.provisional):
                chosen[year.year] = year
    return tuple(chosen[number] for number in sorted(chosen))


def require_sound(years: Iterable[HolidayYear]) -> None:
    """Refuse years that contradict themselves or name a year twice. Raises BadRecord."""
    seen: set[int] = set()
    for index, year in enumerate(years):
        found = [Problem("year", "年度", f"{year.year} 年重复")] if year.year in seen else []
        found += faults(year)
        if found:
            where = f"years[{index}]."
            raise BadRecord(
                HolidayTable.title, [Problem(where + one.field, one.label, one.message) for one in found]
            )
        seen.add(year.year)


def faults(year: HolidayYear) -> list[Problem]:
    """What cannot be: days out of order, out of the year, in two holidays, or make-up days nobody has off."""
    found: list[Problem] = []
    for index, holiday in enumerate(year.holidays):
        where = f"holidays[{index}]"
        found += _span_faults(holiday, year.year, where)
        found += _overlaps(holiday, year.holidays[:index], where)
        found += _make_up_faults(holiday, year, index, where)
    return found


def gaps(year: HolidayYear) -> list[Problem]:
    """What an announced year lacks to be whole: a holiday, a fixed day, or the notice of this very year."""
    found = [] if f"{year.year}年" in year.source else [_wrong_notice(year)]
    for festival, window in FESTIVALS.items():
        named = [index for index, one in enumerate(year.holidays) if festival in one.name]
        label = _NAMES.get(festival, festival)
        if not named:
            found.append(Problem("holidays", "节日", f"缺少{label}"))
            continue
        where = f"holidays[{named[0]}]"
        first, last = (date(year.year, *edge) for edge in window)
        first = first.replace(year=year.year - 1) if first > last else first
        if not first <= year.holidays[named[0]].first <= last:
            found.append(Problem(f"{where}.first", "放假第一天", f"不像{label}的日子，请核对月份"))
        off = set(year.holidays[named[0]].rest)
        found += [
            Problem(f"{where}.first", "放假第一天", f"{label}的放假日里没有 {month} 月 {number} 日")
            for month, number in FIXED_DAYS.get(festival, ())
            if date(year.year, month, number) not in off
        ]
    return found


def doubts(year: HolidayYear) -> list[str]:
    """What is unusual though possible: a person compares it with the notice once more."""
    off = sum(1 for one in year.rest if one.weekday() < 5)
    net = off - len(year.work)
    if net == STATUTORY_DAYS:
        return []
    return [
        f"放假占去 {off} 个工作日，调休上班 {len(year.work)} 天，相差 {net} 天；"
        f"法定节假日是 {STATUTORY_DAYS} 天，通常正好相等。"
    ]


def spoken_day(one: date) -> str:
    """A day as a notice says it: 2月14日（周六）."""
    return f"{one.month}月{one.day}日（周{WEEKDAYS[one.weekday()]}）"


def _wrong_notice(year: HolidayYear) -> Problem:
    return Problem("source", "通知名称", f"没有写“{year.year}年”，请核对是不是这一年的通知")


def _span_faults(holiday: Holiday, year: int, where: str) -> Iterator[Problem]:
    if holiday.last < holiday.first:
        yield Problem(f"{where}.last", "放假最后一天", "早于放假第一天")
    elif (holiday.last - holiday.first).days >= HOLIDAY_DAYS_MAX:
        length = (holiday.last - holiday.first).days + 1
        yield Problem(
            f"{where}.last", "放假最后一天", f"连放 {length} 天，超过 {HOLIDAY_DAYS_MAX} 天，请核对"
        )
    for name, label, one in (
        ("first", "放假第一天", holiday.first),
        ("last", "放假最后一天", holiday.last),
    ):
        if not _belongs(one, year):
            yield Problem(f"{where}.{name}", label, f"{one} 不在 {year} 年")


def _overlaps(holiday: Holiday, earlier: Iterable[Holiday], where: str) -> Iterator[Problem]:
    for other in earlier:
        if holiday.first <= other.last and other.first <= holiday.last:
            yield Problem(f"{where}.first", "放假第一天", f"与“{other.name}”的放假日重叠")


def _make_up_faults(holiday: Holiday, year: HolidayYear, index: int, where: str) -> Iterator[Problem]:
    taken = {one for other in year.holidays[:index] for one in other.work}
    seen: set[date] = set()
    for one in holiday.work:
        message = _make_up_fault(one, holiday, year)
        if one in taken or one in seen:
            message = f"{one} 重复"
        if message:
            yield Problem(f"{where}.work", "调休上班日", message)
        seen.add(one)


def _make_up_fault(one: date, holiday: Holiday, year: HolidayYear) -> str:
    if not _belongs(one, year.year):
        return f"{one} 不在 {year.year} 年"
    if one.weekday() < 5:
        return f"{one} 是星期{WEEKDAYS[one.weekday()]}，本来就是工作日"
    if any(other.first <= one <= other.last for other in year.holidays):
        return f"{one} 既放假又上班"
    distance = max((holiday.first - one).days, (one - holiday.last).days)
    if distance > MAKE_UP_DISTANCE_DAYS_MAX:
        return f"{one} 离这个假期有 {distance} 天，请核对"
    return ""


def _belongs(one: date, year: int) -> bool:
    return one.year == year or (one.year == year - 1 and one.month == 12)
