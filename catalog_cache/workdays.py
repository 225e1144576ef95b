"""Working days from the signed holiday table, and the dates on which legal limits end.

Weekends rest unless the table makes them work; other days work unless the table lets them rest.
Outside the years of the table there is no date at all: the paper then prints the rule in words.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from catalog_cache.errors import BadRecord, Problem
from catalog_cache.model import Unit
from catalog_cache.records import Record, days, flag, many, whole, words

FORMAT = "yimen-holidays/1"
DAYS_MAX = 3650
TABLE_BYTES_MAX = 512 * 1024
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayYear(Record):
    """One year of the table. rest: days off; work: make-up workdays; provisional: not yet announced."""

    title: ClassVar[str] = "节假日表"
    year: int = whole("年份", 2000, 2100)
    provisional: bool = flag("暂定")
    source: str = words("来源", 200)
    rest: tuple[date, ...] = days("放假日", 120)
    work: tuple[date, ...] = days("调休上班日", 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayTable(Record):
    """The signed table as it is published."""

    title: ClassVar[str] = "节假日表"
    format: str = words("格式", 40, pattern=FORMAT)
    years: tuple[HolidayYear, ...] = many("年度", HolidayYear, 60)


@dataclass(frozen=True, slots=True)
class NoDate:
    """Why no date can be printed; the reason is Chinese and can stand on paper."""

    reason: str


def read_table(data: bytes) -> HolidayTable:
    """Read a published table strictly. Raises BadRecord."""
    try:
        fields = json.loads(data[:TABLE_BYTES_MAX])
    except (ValueError, RecursionError) as error:
        raise BadRecord(HolidayTable.title, [Problem("", "", "不是有效的 JSON")]) from error
    table = HolidayTable.from_dict(fields)
    WorkCalendar(table.years)
    return table


class WorkCalendar:
    """Answers about working days within the years of one table."""

    def __init__(self, years: Iterable[HolidayYear] = ()) -> None:
        """Raises BadRecord when the years contradict themselves."""
        self._years: dict[int, HolidayYear] = {}
        for index, year in enumerate(years):
            faults = _faults(year, f"years[{index}]", year.year in self._years)
            if faults:
                raise BadRecord(HolidayTable.title, faults)
            self._years[year.year] = year
        self._rest = {day for year in self._years.values() for day in year.rest}
        self._work = {day for year in self._years.values() for day in year.work}

    @property
    def years(self) -> tuple[HolidayYear, ...]:
        """The table, earliest year first."""
        return tuple(self._years[number] for number in sorted(self._years))

    @property
    def ends_on(self) -> date | None:
        """The last day of the last year held; None for an empty table. A page warns 60 days before."""
        return date(max(self._years), 12, 31) if self._years else None

    def covers(self, day: date) -> bool:
        """Whether the table knows this day."""
        return day.year in self._years

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day. Asking outside the table is the caller's mistake."""
        assert self.covers(day), f"{day} is outside the table"
        return day in self._work or (day.weekday() < 5 and day not in self._rest)

    def deadline(self, start: date, days: int, unit: Unit | str) -> date | NoDate:
        """The last day of a limit that starts on `start`, which itself is not counted.

        unit: workday or day. Natural days that end on a day of rest end on the next working day.
        A limit of 0 days ends on the day it starts. NoDate outside the table.
        """
        assert 0 <= days <= DAYS_MAX and unit in tuple(Unit), (days, unit)
        if days == 0:
            return start
        if unit == Unit.WORKDAY:
            return self._after_workdays(start, days)
        return self._next_workday(start + days * _DAY)

    def workdays_between(self, start: date, end: date) -> int | NoDate:
        """Working days after `start` up to and including `end`; 0 when `end` is not later."""
        passed, day = 0, start
        while day < end:
            day += _DAY
            if not self.covers(day):
                return self._no_date(day)
            passed += self.is_workday(day)
        return passed

    def provisional_years(self, start: date, end: date) -> tuple[int, ...]:
        """Years from start to end whose table is not announced yet: a date in them is to be marked 暂定."""
        touched = range(start.year, end.year + 1)
        return tuple(year for year in touched if year in self._years and self._years[year].provisional)

    def _after_workdays(self, start: date, days: int) -> date | NoDate:
        day, left = start, days
        while left:
            day += _DAY
            if not self.covers(day):
                return self._no_date(day)
            left -= self.is_workday(day)
        return day

    def _next_workday(self, day: date) -> date | NoDate:
        while self.covers(day):
            if self.is_workday(day):
                return day
            day += _DAY
        return self._no_date(day)

    def _no_date(self, day: date) -> NoDate:
        return NoDate(f"节假日表未包含 {day.year} 年，无法推算具体日期。")


def _faults(year: HolidayYear, field: str, is_double: bool) -> list[Problem]:
    faults = [Problem(field, "年度", f"{year.year} 年重复")] if is_double else []
    for name, label, listed in (("rest", "放假日", year.rest), ("work", "调休上班日", year.work)):
        where = f"{field}.{name}"
        if len(set(listed)) < len(listed):
            faults.append(Problem(where, label, "有重复的日期"))
        strangers = [str(day) for day in listed if day.year != year.year]
        if strangers:
            faults.append(Problem(where, label, f"{strangers[0]} 不在 {year.year} 年"))
    both = sorted(set(year.rest) & set(year.work))
    if both:
        faults.append(Problem(f"{field}.work", "调休上班日", f"{both[0]} 既放假又上班"))
    weekdays = [str(day) for day in year.work if day.weekday() < 5]
    if weekdays:
        faults.append(Problem(f"{field}.work", "调休上班日", f"{weekdays[0]} 本来就是工作日"))
    return faults
