"""From the State Council's notice to the signed table: entered by one person, reviewed by another.

What is saved here is part of the catalog's draft: the same review covers it and the same signature
puts it in force. The city's table decides on the years it has announced; a county enters the others.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from catalog_cache.calendar.holidays import (
    Holiday,
    HolidayTable,
    HolidayYear,
    read_table,
    spoken_day,
    write_table,
)
from catalog_cache.distribution.update import HOLIDAYS, signed_file
from station import audit
from station.hall.holidays.errors import YearChanged, YearDecidedAbove, YearRefused
from station.hall.holidays.models import HolidayDraft
from sync.rows import write

FILE = "holidays.json"
Own = Mapping[int, HolidayYear]
YEARS_AHEAD = 2
FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")


@dataclass(frozen=True)
class Standing:
    """One year of the list. publisher: city above, own, or "" for nobody; state: announced,
    provisional, changed (a draft waits for review and signature) or missing."""

    year: int
    publisher: str
    state: str
    notice: HolidayYear | None


@dataclass(frozen=True)
class YearChange:
    """What a review covers of one year, in the words of the notice."""

    year: int
    before: tuple[str, ...]
    after: tuple[str, ...]


def city_table(metadata_dir: Path) -> HolidayTable | None:
    """The city's table as this hall took it; None before the first handover."""
    data = signed_file(metadata_dir, HOLIDAYS)
    return None if data is None else read_table(data)


def standings(metadata_dir: Path, today: date, own: Own | None = None) -> list[Standing]:
    """Every year that is known, and the next years that are to be entered, newest first.

    own: what a city announced itself, by year.
    """
    above, own = by_year(city_table(metadata_dir)), own or {}
    rows = {row.year: row for row in HolidayDraft.select()}
    numbers = sorted({*above, *own, *rows, *range(today.year, today.year + YEARS_AHEAD)}, reverse=True)
    return [_standing(number, above.get(number), rows.get(number), own.get(number)) for number in numbers]


def opened(metadata_dir: Path, year: int, own: Own | None = None) -> tuple[HolidayYear, str]:
    """A year to edit and the hash of what is saved of it, "" for a new one. Raises YearDecidedAbove."""
    require_free(metadata_dir, year)
    row = HolidayDraft.get_or_none(HolidayDraft.year == year)
    if row is not None:
        return read(row.record), str(row.sha256)
    if own and year in own and not own[year].provisional:
        return own[year], ""
    return HolidayYear(year=year, provisional=False, source=notice_name(year)), ""


def save(
    notice: HolidayYear, seen: str, metadata_dir: Path, *, by: str, now: datetime, own: Own | None = None
) -> None:
    """Keep a notice that was checked. Raises YearDecidedAbove, YearChanged."""
    require_free(metadata_dir, notice.year)
    record = written(notice)
    with write():
        row = HolidayDraft.get_or_none(HolidayDraft.year == notice.year)
        if row is not None and row.sha256 != seen:
            raise YearChanged(row.edited_by)
        if row is not None and row.record == record:
            return
        is_new = row is None
        row = row or HolidayDraft(year=notice.year, published=_published(own, notice.year))
        row.record, row.sha256 = record, hashlib.sha256(record.encode()).hexdigest()
        row.edited_by, row.edited_at = by, now
        row.save(force_insert=is_new)
        audit.record(by, "holidays.edited", str(notice.year), now=now)


def adopt(notice: HolidayYear, metadata_dir: Path, *, by: str, now: datetime) -> None:
    """Take a year as the city announced it into the draft, whatever is there. Raises YearDecidedAbove."""
    row = HolidayDraft.get_or_none(HolidayDraft.year == notice.year)
    save(notice, str(row.sha256) if row else "", metadata_dir, by=by, now=now)


def take_back(year: int, *, by: str, now: datetime) -> None:
    """Undo what is not published: a new year goes, a changed one is as it is in force. Raises YearRefused."""
    with write():
        row = HolidayDraft.get_or_none(HolidayDraft.year == year)
        if row is None or row.record == row.published:
            raise YearRefused(f"{year} 年没有未发布的改动。")
        if row.published:
            row.record, row.edited_by, row.edited_at = row.published, by, now
            row.sha256 = hashlib.sha256(row.record.encode()).hexdigest()
            row.save()
        else:
            row.delete_instance()
        audit.record(by, "holidays.taken_back", str(year), now=now)


def changes() -> list[YearChange]:
    """What a review covers, earliest year first."""
    return [
        YearChange(row.year, spoken(read(row.published)) if row.published else (), spoken(read(row.record)))
        for row in _changed()
    ]


def marks() -> list[str]:
    """One line a changed year, for the fingerprint of the draft; none while nothing changed."""
    return [f"holidays {row.year} {row.sha256}\n" for row in _changed()]


def editors() -> set[str]:
    """Everybody who wrote something that is not in force yet."""
    return {row.edited_by for row in _changed()}


def files() -> dict[str, bytes]:
    """The county's table to be signed; nothing while nothing changed."""
    if not _changed():
        return {}
    return {FILE: write_table(read(row.record) for row in HolidayDraft.select())}


def settle(published: bytes | None) -> None:
    """This table of the county has just come into force. Inside the caller's transaction."""
    in_force = by_year(read_table(published)) if published else {}
    for row in HolidayDraft.select():
        notice = in_force.get(row.year)
        record = written(notice) if notice else ""
        if row.published != record:
            row.published = record
            row.save()


def require_free(metadata_dir: Path, year: int) -> None:
    """Raises YearDecidedAbove for a year the city has announced."""
    decided = by_year(city_table(metadata_dir)).get(year)
    if decided is not None and not decided.provisional:
        raise YearDecidedAbove(year)


def notice_name(year: int) -> str:
    """The title under which the State Council publishes a year's notice."""
    return f"国务院办公厅关于{year}年部分节假日安排的通知"


def spoken(notice: HolidayYear) -> tuple[str, ...]:
    """A notice as people read it, a line for each holiday."""
    return (notice.source, *map(spoken_holiday, notice.holidays))


def spoken_holiday(holiday: Holiday) -> str:
    """元旦：1月1日（周五）至1月3日（周日）放假，共 3 天；上班：1月9日（周六）."""
    span = spoken_day(holiday.first)
    span += f"至{spoken_day(holiday.last)}" if holiday.last > holiday.first else ""
    work = f"；上班：{'、'.join(map(spoken_day, holiday.work))}" if holiday.work else ""
    return f"{holiday.name}：{span}放假，共 {len(holiday.rest)} 天{work}"


def read(record: str) -> HolidayYear:
    """A notice out of its JSON."""
    return HolidayYear.from_dict(json.loads(record))


def written(notice: HolidayYear) -> str:
    """The JSON of a notice, the same for the same notice."""
    return json.dumps(notice.to_dict(full=True), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _standing(
    number: int, city: HolidayYear | None, row: HolidayDraft | None, own: HolidayYear | None
) -> Standing:
    if city is not None and not city.provisional:
        return Standing(number, "city", "announced", city)
    if row is not None:
        state = "announced" if row.record == row.published else "changed"
        return Standing(number, "own", state, read(row.record))
    if own is not None:
        return Standing(number, "own", "provisional" if own.provisional else "announced", own)
    return Standing(number, "city" if city else "", "provisional" if city else "missing", city)


def _changed() -> list[HolidayDraft]:
    rows = HolidayDraft.select().where(HolidayDraft.record != HolidayDraft.published)
    return list(rows.order_by(HolidayDraft.year))


def _published(own: Own | None, year: int) -> str:
    return written(own[year]) if own and year in own else ""


def by_year(table: HolidayTable | None) -> Mapping[int, HolidayYear]:
    """The years of a table by number; none for no table."""
    return {} if table is None else {year.year: year for year in table.years}
