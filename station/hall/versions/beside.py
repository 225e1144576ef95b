"""What a county signed together with one of its versions: the lines of its townships, and its holidays.

They are files of their own beside the pack. Which ones went with a version stands in the signed list
that names its pack; list and files stay in the county's folder for good.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, TargetFile, Targets

from catalog_cache.calendar.holidays import HolidayYear, read_table
from catalog_cache.distribution.publish import PACK
from catalog_cache.divisions import load_divisions
from catalog_cache.errors import CatalogError
from catalog_cache.files import NotAFile
from catalog_cache.layer import Change
from catalog_cache.layering.layer_files import township_in
from catalog_cache.pack import read_pack
from catalog_cache.signatures.handover import whole_target
from catalog_cache.signatures.metadata import require_signatures
from catalog_cache.signatures.shelf import newest_version, read_role
from catalog_cache.signatures.signing import county_path, county_role
from station.hall.holidays import service as holidays
from station.hall.holidays.models import HolidayDraft
from station.hall.publishing import towns
from station.hall.publishing.desk import Desk
from station.hall.publishing.models import BaseEntry, DraftEntry, TownLine

_BATCH = 200
Key = tuple[str, str]
"""A township and the code of an item."""


@dataclass(frozen=True)
class Beside:
    """What went with a version. lines: what each township said of an item; years: of the county's table."""

    lines: Mapping[Key, Change]
    years: Mapping[int, HolidayYear]


@dataclass(frozen=True)
class LineMove:
    """One township's line that would read otherwise; None where there is none. town, name: in words."""

    town: str
    name: str
    before: Change | None
    after: Change | None


@dataclass(frozen=True)
class Move:
    """What bringing all this again would change. unknown: lines about items that are no longer there."""

    lines: tuple[LineMove, ...] = ()
    unknown: int = 0
    years: tuple[holidays.YearChange, ...] = ()


def of_version(desk: Desk, digest: str) -> Beside | None:
    """What was signed beside the pack of that SHA-256; None where it is not kept whole, and at a city."""
    if desk.is_city:
        return None
    try:
        listed = _listing(desk, digest)
        return None if listed is None else _read(desk.repository.folder, desk.division, listed)
    except (CatalogError, NotAFile, OSError):
        return None


def move_to(then: Beside, coming: Mapping[str, str], metadata_dir: Path) -> Move:
    """The draft's lines and holidays against those of a version, as they would be brought again.

    coming: the names, by code, of the items that the version brings into the draft.
    """
    now = {(row.township, row.code): _change(row) for row in TownLine.select()}
    names = _names() | dict(coming)
    moved = [key for key in sorted({*now, *then.lines}) if now.get(key) != then.lines.get(key)]
    known = [key for key in moved if key[1] in names or key not in then.lines]
    lines = tuple(_line_moves(known, now, then.lines, names))
    return Move(lines, len(moved) - len(known), tuple(_year_changes(then, metadata_dir)))


def not_in_force(desk: Desk) -> tuple[LineMove, ...]:
    """Each township's line that the draft has otherwise than the version in force, for who reviews it."""
    if desk.is_city or not towns.is_new():
        return ()
    signed = desk.repository.in_force()
    held = _read(desk.repository.folder, desk.division, signed.files).lines if signed else {}
    drafted = {(row.township, row.code): _change(row) for row in TownLine.select()}
    moved = [key for key in sorted({*held, *drafted}) if held.get(key) != drafted.get(key)]
    return tuple(_line_moves(moved, held, drafted, _names()))


def bring_lines(then: Beside, *, by: str, now: datetime) -> int:
    """Let each township say what it said then, inside the caller's transaction; returns how many changed.

    A line about an item that neither the draft nor the city has any more stays away.
    """
    held, names = {(row.township, row.code): row for row in TownLine.select()}, _names()
    moved = [key for key in {*held, *then.lines} if key not in held or _is_other(held[key], then)]
    for row in (held[key] for key in moved if key in held):
        row.delete_instance()
    made = [
        {"township": town, "code": code, "name": names[code], **_fields(then.lines[town, code])}
        for town, code in sorted(moved)
        if (town, code) in then.lines and code in names
    ]
    for start in range(0, len(made), _BATCH):
        rows = [row | {"edited_by": by, "edited_at": now} for row in made[start : start + _BATCH]]
        TownLine.insert_many(rows).execute()
    return len(moved)


def bring_years(then: Beside, metadata_dir: Path, *, by: str, now: datetime) -> int:
    """Let the county's holidays read as then, in the caller's transaction; returns how many years changed.

    A year that was not entered then stays: a notice of the State Council does not cease to be.
    """
    moved = _moved_years(then, metadata_dir)
    for notice, row in moved:
        holidays.save(notice, str(row.sha256) if row else "", metadata_dir, by=by, now=now)
    return len(moved)


def _listing(desk: Desk, digest: str) -> Mapping[str, TargetFile] | None:
    """The files of the signed list that names a pack; the newest such list."""
    folder, role = desk.repository.folder, county_role(desk.division)
    path = county_path(desk.division, PACK)
    for number in range(newest_version(folder, role), 0, -1):
        metadata = _role(folder, role, number)
        target = metadata.signed.targets.get(path) if metadata else None
        if metadata is not None and target is not None and target.hashes.get("sha256") == digest:
            return metadata.signed.targets if _is_signed(folder, role, metadata) else None
    return None


def _role(folder: Path, role: str, number: int) -> Metadata[Targets] | None:
    try:
        return read_role(folder, Targets, role, number)
    except CatalogError:
        return None  # an attempt that was cut off, or a file that is lost


def _is_signed(folder: Path, role: str, metadata: Metadata[Targets]) -> bool:
    """Whether keys signed it that the city named for this county, now or at any time before."""
    for number in range(newest_version(folder, "targets"), 0, -1):
        delegator = _role(folder, "targets", number)
        try:
            if delegator is not None:
                require_signatures(delegator.signed, role, metadata)
                return True
        except CatalogError:
            continue
    return False


def _read(folder: Path, division: str, listed: Mapping[str, TargetFile]) -> Beside:
    lines = {
        (town, change.code): change
        for path, target in listed.items()
        if (town := township_in(path))
        for change in read_pack(whole_target(folder, target)).changes
    }
    table = listed.get(county_path(division, holidays.FILE))
    years = read_table(whole_target(folder, table)).years if table else ()
    return Beside(lines, {notice.year: notice for notice in years})


def _line_moves(
    keys: Iterable[Key], before: Mapping[Key, Change], after: Mapping[Key, Change], names: Mapping[str, str]
) -> Iterator[LineMove]:
    divisions = load_divisions()
    for town, code in keys:
        called = divisions.get(town).name if town in divisions else town
        yield LineMove(called, names.get(code, code), before.get((town, code)), after.get((town, code)))


def _year_changes(then: Beside, metadata_dir: Path) -> Iterator[holidays.YearChange]:
    for notice, row in _moved_years(then, metadata_dir):
        before = holidays.spoken(holidays.read(row.record)) if row else ()
        yield holidays.YearChange(notice.year, before, holidays.spoken(notice))


def _moved_years(then: Beside, metadata_dir: Path) -> list[tuple[HolidayYear, HolidayDraft | None]]:
    """The years that read otherwise then, except those on which the city has decided since."""
    rows = {row.year: row for row in HolidayDraft.select()}
    city = holidays.city_table(metadata_dir)
    decided = {one.year for one in city.years if not one.provisional} if city else set()
    found = [(then.years[year], rows.get(year)) for year in sorted(then.years) if year not in decided]
    return [(notice, row) for notice, row in found if row is None or row.record != holidays.written(notice)]


def _names() -> dict[str, str]:
    """What the items of the draft and of the city are called, by code."""
    rows: list[Any] = [
        *BaseEntry.select(BaseEntry.code, BaseEntry.name).where(BaseEntry.kind == "item"),
        *DraftEntry.select(DraftEntry.code, DraftEntry.name).where(
            DraftEntry.kind == "item", ~DraftEntry.is_removed
        ),
    ]
    return {row.code: row.name for row in rows}


def _is_other(row: TownLine, then: Beside) -> bool:
    return _change(row) != then.lines.get((row.township, row.code))


def _fields(change: Change) -> dict[str, Any]:
    place, hours = change.values.get("place", ""), change.values.get("hours", "")
    return {"place": place, "hours": hours, "is_on": change.is_on}


def _change(row: TownLine) -> Change:
    return towns.Says(row.place, row.hours, row.is_on).change_of(row.code)
