"""The draft of the next catalog: what goes into it, what it says, and what differs from the one in force."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from catalog_cache.difference import EntryChange, change_of
from catalog_cache.exchange.importers import CellError, ImportResult, read_bytes
from catalog_cache.model import Item, Package
from station import audit
from station.accounts.models import Account
from station.hall.holidays import service as holidays
from station.hall.publishing import base, entry_rows, facts, towns
from station.hall.publishing.errors import DraftNotReady, EntryChanged, EntryMissing, EntryRemoved
from station.hall.publishing.models import DraftEntry
from sync.rows import write

Entry = Item | Package
read, written = entry_rows.read, entry_rows.written
CHANGES_SHOWN = 500
BATCH = 200


@dataclass(frozen=True)
class Imported:
    """What an import did. With errors nothing was taken, and all counts are 0."""

    added: int = 0
    changed: int = 0
    same: int = 0
    removed: int = 0
    errors: tuple[CellError, ...] = ()
    more_errors: int = 0


@dataclass(frozen=True)
class Counts:
    """The draft in figures, against the version in force."""

    entries: int
    added: int
    changed: int
    removed: int
    years: int = 0
    has_new_base: bool = False
    has_new_towns: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether publishing would change anything. years: holiday notices that are not in force yet."""
        own = self.added or self.changed or self.removed
        return bool(own or self.years or self.has_new_base or self.has_new_towns)


def import_table(data: bytes, *, is_whole: bool, by: str, now: datetime) -> Imported:
    """Take a small table into the draft, wholly or not at all. Raises BadTable.

    is_whole: the table is the whole catalog; what it lacks leaves the draft.
    """
    result: ImportResult = read_bytes(data)
    if result.errors:
        return Imported(errors=result.errors, more_errors=result.more_errors)
    taken: list[Entry] = [*result.items, *result.packages]
    if not taken:
        raise DraftNotReady("文件里没有事项。", "请检查文件后重新导入；草稿没有改动。")
    return take_entries(taken, is_whole=is_whole, by=by, now=now)


def take_entries(taken: Iterable[Entry], *, is_whole: bool, by: str, now: datetime) -> Imported:
    """Put entries into the draft, in one transaction."""
    return take_records(map(written, taken), is_whole=is_whole, by=by, now=now)


def take_records(records: Iterable[str], *, is_whole: bool, by: str, now: datetime) -> Imported:
    """The same for entries that are JSON already, as `written` writes it; never all of them in memory."""
    counts = {"added": 0, "changed": 0, "same": 0, "removed": 0}
    seen: set[str] = set()
    with write():
        remaining, above = iter(records), base.records()
        while batch := list(islice(remaining, BATCH)):
            given = {code_in(record): record for record in batch}
            held = {row.code: row for row in DraftEntry.select().where(DraftEntry.code.in_(list(given)))}
            for code, record in given.items():
                counts[_take(held.get(code), read(record), above.get(code, ""), by, now)] += 1
            seen |= given.keys()
        for row in _others(seen) if is_whole else ():
            counts["removed"] += not row.is_removed
            _take_out(row, by, now)
        done = Imported(counts["added"], counts["changed"], counts["same"], counts["removed"])
        audit.record(
            by, "catalog.imported", now=now, added=done.added, changed=done.changed, removed=done.removed
        )
    return done


def entries() -> Iterator[Entry]:
    """Everything the draft would publish, items before packages, one by one."""
    rows = DraftEntry.select(DraftEntry.record).where(~DraftEntry.is_removed)
    yield from (read(row.record) for row in rows.order_by(DraftEntry.kind, DraftEntry.code).iterator())


def code_in(record: str) -> str:
    """The code of an entry that is JSON."""
    return str(json.loads(record)["code"])


def _take(row: DraftEntry | None, entry: Entry, above: str, by: str, now: datetime) -> str:
    if row is None:
        _new_row(entry, above, by, now).save(force_insert=True)
        return "added"
    if row.record == written(entry) and not row.is_removed:
        return "same"
    _rewrite(row, entry, by, now)
    return "changed"


def _others(seen: set[str]) -> Iterator[DraftEntry]:
    """The rows that a whole catalog lacks."""
    codes = [row.code for row in DraftEntry.select(DraftEntry.code)]
    for code in codes:
        if code not in seen:
            yield DraftEntry.get_by_id(code)


def save_entry(entry: Entry, seen: str, *, by: str, now: datetime) -> DraftEntry:
    """Keep an edited entry; see `row_as_seen` for who else is in the way."""
    with write():
        row = row_as_seen(entry.code, seen)
        if row.record != written(entry):
            _rewrite(row, entry, by, now)
            audit.record(by, "catalog.edited", entry.code, now=now)
    return row


def remove_entry(code: str, *, by: str, now: datetime) -> None:
    """Take an entry out of the draft; in force it stays until a version without it is published."""
    with write():
        _take_out(entry_row(code), by, now)
        audit.record(by, "catalog.removed", code, now=now)


def put_back(code: str, *, by: str, now: datetime) -> None:
    """Undo a removal that is not yet published. Raises EntryMissing."""
    with write():
        row = entry_row(code)
        row.is_removed, row.is_changed = False, row.record != row.published
        row.edited_by, row.edited_at = by, now
        row.save()
        audit.record(by, "catalog.put_back", code, now=now)


def entry_row(code: str) -> DraftEntry:
    """One entry. Raises EntryMissing."""
    row: DraftEntry | None = DraftEntry.get_or_none(DraftEntry.code == code)
    if row is None:
        raise EntryMissing(code)
    return row


def row_as_seen(code: str, seen: str) -> DraftEntry:
    """An entry that nobody else touched. seen: its hash when the page was opened.

    Raises EntryMissing, EntryRemoved, EntryChanged.
    """
    row = entry_row(code)
    if row.is_removed:
        raise EntryRemoved(_called(row.edited_by), code)
    if row.sha256 != seen:
        raise EntryChanged(_called(row.edited_by), code)
    return row


def listing(words: str = "", show: str = "") -> Any:
    """The query for the list. show: "" for all, changed, removed, open, or closed ones."""
    query = DraftEntry.select().order_by(DraftEntry.kind, DraftEntry.code)
    if words:
        query = query.where(DraftEntry.name.contains(words) | DraftEntry.code.startswith(words))
    shown: Mapping[str, Any] = {
        "changed": DraftEntry.is_changed,
        "removed": DraftEntry.is_removed,
        "open": DraftEntry.status.in_(("active", "trial")),
        "closed": DraftEntry.status.in_(("incomplete", "suspended", "withdrawn")),
    }
    return query.where(shown[show]) if show in shown else query


def counts() -> Counts:
    """How many entries the draft has, and how it differs from what is in force."""
    kept, held = ~DraftEntry.is_removed, DraftEntry.is_in_force
    rows = DraftEntry.select()
    return Counts(
        entries=rows.where(kept).count(),
        added=rows.where(kept & ~held).count(),
        changed=rows.where(kept & held & DraftEntry.is_changed).count(),
        removed=rows.where(DraftEntry.is_removed).count(),
        years=len(holidays.marks()),
        has_new_base=base.is_new(),
        has_new_towns=towns.is_new(),
    )


def fingerprint() -> str:
    """The hash of exactly what the draft says; an approval covers this and nothing else."""
    rows: Any = DraftEntry.select(DraftEntry.code, DraftEntry.sha256).where(~DraftEntry.is_removed)
    lines = (f"{code} {sha256}\n" for code, sha256 in sorted(rows.tuples()))
    return hashlib.sha256(
        "".join([*lines, *holidays.marks(), *base.marks(), *towns.marks()]).encode()
    ).hexdigest()


def contents() -> tuple[list[Item], list[Package]]:
    """Everything the draft would publish, by code."""
    rows = DraftEntry.select().where(~DraftEntry.is_removed).order_by(DraftEntry.code)
    found = [read(row.record) for row in rows]
    items = [entry for entry in found if isinstance(entry, Item)]
    return items, [entry for entry in found if isinstance(entry, Package)]


def changed() -> Any:
    """The query for every entry that a version would bring differently, by code."""
    rows = DraftEntry.select().where(DraftEntry.is_changed | DraftEntry.is_removed)
    return rows.order_by(DraftEntry.code)


def changes(rows: Iterable[DraftEntry]) -> list[EntryChange]:
    """What a reader of the catalog in force would see change at these entries."""
    found = map(_change, rows)
    return [change for change in found if change is not None]


def change(code: str) -> EntryChange | None:
    """The same for one entry. Raises EntryMissing."""
    return _change(entry_row(code))


def editors() -> set[str]:
    """Everybody who wrote something that is not in force yet."""
    rows = DraftEntry.select(DraftEntry.edited_by).where(DraftEntry.is_changed | DraftEntry.is_removed)
    own = {row.edited_by for row in rows.distinct()}
    return own | base.editors() | holidays.editors() | towns.editors()


def settle(published: Iterable[Entry], *, now: datetime) -> None:
    """These entries have just come into force. Inside the caller's transaction.

    The draft is compared with them anew: somebody may have gone on editing meanwhile.
    """
    in_force = {entry.code: written(entry) for entry in published}
    for row in DraftEntry.select():
        now_in_force = in_force.pop(row.code, "")
        if row.is_removed and not now_in_force:
            _delete(row)
            continue
        is_changed = row.record != now_in_force
        if (row.published, row.is_changed) != (now_in_force, is_changed):
            row.published, row.is_changed, row.is_in_force = now_in_force, is_changed, bool(now_in_force)
            row.save()
    for record in in_force.values():  # taken out of the draft while the version went out
        row = _new_row(read(record), "", "", now)
        row.published, row.is_removed, row.is_changed, row.is_in_force = record, True, False, True
        row.save(force_insert=True)


def _change(row: DraftEntry) -> EntryChange | None:
    before = read(row.published) if row.published else None
    return change_of(before, None if row.is_removed else read(row.record))


def _new_row(entry: Entry, above: str, by: str, now: datetime) -> DraftEntry:
    row = DraftEntry(code=entry.code, above=above, edited_by=by, edited_at=now)
    entry_rows.fill(row, entry)
    return row


def _rewrite(row: DraftEntry, entry: Entry, by: str, now: datetime) -> None:
    entry_rows.fill(row, entry)
    row.is_removed, row.edited_by, row.edited_at = False, by, now
    row.save()


def _take_out(row: DraftEntry, by: str, now: datetime) -> None:
    if not row.published or row.published == row.above:
        _delete(row)  # nothing of the county's own is in force
        return
    row.is_removed, row.edited_by, row.edited_at = True, by, now
    row.save()


def _called(name: str) -> str:
    """An account as its person is called."""
    account = Account.get_or_none(Account.name == name)
    return account.display_name if account else name


def _delete(row: DraftEntry) -> None:
    row.delete_instance()
    facts.forget(row.code)
