"""A county that lies over the city's catalog no more: the city's items become its own, or leave.

Nothing of it counts before the county's next version is reviewed and signed, and until then taking the
city's catalog over again undoes it. What stays reads as it did; who says it changes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog_cache.distribution.publish import Repository
from catalog_cache.pack import read_pack
from station import audit, kept
from station.hall.publishing import arrivals, base, entry_rows
from station.hall.publishing.entry_rows import Entry
from station.hall.publishing.errors import NoBase
from station.hall.publishing.models import BaseEntry, DraftEntry
from sync.rows import write


@dataclass(frozen=True)
class Left:
    """What leaving did. kept: entries of the city that are the county's own now; removed: those that go."""

    kept: int
    removed: int


def leave(repository: Repository, *, keeps_all: bool, by: str, now: datetime) -> Left:
    """Let the draft lie over no base.

    keeps_all: every entry of the city becomes the county's own; otherwise only those it took up do, and
    the others leave with the next version. Raises NoBase.
    """
    was_in_force = _in_force(repository)
    with write():
        held = base.held()
        if held is None:
            raise NoBase
        own = [_made_own(row, was_in_force, by, now) for row in _taken_up(keeps_all=keeps_all)]
        others = [_row(entry, was_in_force, by, now) for entry in _not_taken_up()]
        for row in others:
            row.is_removed = not keeps_all
        gone = list(_withdrawn_meanwhile(was_in_force, [*own, *others], by, now))
        for row in own:
            row.save()
        _save_new(row for row in [*others, *gone] if row.published or not row.is_removed)
        BaseEntry.delete().execute()
        kept.keep_note(base.HELD, "")
        kept.keep_note(base.NEWS, "")
        kept.keep_note(base.LEFT, by)
        removed = sum(row.is_removed for row in [*own, *others, *gone])
        stayed = len(own) + len(others) + len(gone) - removed
        audit.record(by, "catalog.base_left", now=now, version=held.source.version, kept=stayed)
    return Left(stayed, removed)


def _taken_up(*, keeps_all: bool) -> Iterator[DraftEntry]:
    """Rows over the city's items. One whose own words the county took back stays as the city says it."""
    present = base.records()
    for row in DraftEntry.select().where(DraftEntry.above != ""):
        if row.is_removed and keeps_all and row.code in present:
            row.is_removed, row.record = False, row.above
        yield row


def _not_taken_up() -> Iterator[Entry]:
    for row in base.not_taken_up():
        yield entry_rows.read(row.record)


def _made_own(row: DraftEntry, was_in_force: Mapping[str, Entry], by: str, now: datetime) -> DraftEntry:
    """What the county says of an item of the city is all there is of it now."""
    if not row.published and row.code in was_in_force:
        row.published = entry_rows.written(was_in_force[row.code])
    row.above, row.edited_by, row.edited_at = "", by, now
    entry_rows.fill(row, entry_rows.read(row.record))
    return row


def _row(entry: Entry, was_in_force: Mapping[str, Entry], by: str, now: datetime) -> DraftEntry:
    row = DraftEntry(code=entry.code, edited_by=by, edited_at=now)
    before = was_in_force.get(entry.code)
    row.published = entry_rows.written(before) if before is not None else ""
    entry_rows.fill(row, entry)
    return row


def _withdrawn_meanwhile(
    was_in_force: Mapping[str, Entry], rows: Iterable[DraftEntry], by: str, now: datetime
) -> Iterator[DraftEntry]:
    """Entries that count still and that a base not in force yet has no more: they leave, and that is told."""
    known = {row.code for row in rows} | {row.code for row in DraftEntry.select(DraftEntry.code)}
    for code, entry in was_in_force.items():
        if code not in known:
            row = _row(entry, was_in_force, by, now)
            row.is_removed = True
            yield row


def _in_force(repository: Repository) -> Mapping[str, Entry]:
    """What the base under the version in force says, by code; nothing before the first."""
    data = arrivals.kept_base(repository, base.in_force_sha256())
    if not data:
        return {}
    pack = read_pack(data)
    items: dict[str, Entry] = {item.code: item for item in pack.items}
    return items | {package.code: package for package in pack.packages}


def _save_new(rows: Iterable[DraftEntry]) -> None:
    for row in rows:
        row.save(force_insert=True)
