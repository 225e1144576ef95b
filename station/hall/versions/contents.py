"""What a version, or the draft, holds: its own words, and the whole catalog over the city's."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from operator import or_
from typing import Any

from catalog_cache.errors import BadPack
from catalog_cache.layer import Change
from catalog_cache.layering.layers import laid_by_force
from catalog_cache.model import Item, Package
from catalog_cache.pack import Pack, read_pack
from catalog_cache.signatures.shelf import TARGETS
from station.hall.publishing import base, draft, release
from station.hall.publishing.desk import Desk
from station.hall.publishing.models import BaseEntry, DraftEntry
from station.hall.versions.errors import VersionUnreadable

DRAFT, NOTHING = "draft", "0"
Entry = Item | Package
Entries = dict[str, Entry]


@dataclass(frozen=True)
class Contents:
    """One side of a comparison. which: "draft", a number, or "0" for nothing.

    is_whole: with the very catalog of the city that it lay over, not with the present one.
    """

    which: str
    entries: Entries
    is_whole: bool = True


def contents_of(desk: Desk, which: str) -> Contents:
    """The whole catalog of a version, or of the draft.

    Raises NotPublished for no such version, VersionUnreadable.
    """
    if which == DRAFT:
        above = _present_base()
        return Contents(DRAFT, above | {entry.code: entry for entry in draft.entries()})
    if which == NOTHING:
        return Contents(NOTHING, {})
    pack = pack_of(desk, _number(which))
    if not pack.meta.base:
        return Contents(which, release.entries_of(pack))
    city = _city_base(desk, pack.meta.base)
    above = _entries(city) if city is not None else _present_base()
    return Contents(which, _laid(above, pack), is_whole=city is not None)


def drafted_with(*fields: str) -> Entries:
    """The items of the draft, over the city's, that say something in one of these fields.

    The database looks for them, so that no page reads 10,000 records to find ten.
    """
    own = ~DraftEntry.is_removed
    return _over_base(DraftEntry.record, own, fields)


def in_force_with(desk: Desk, number: int, *fields: str) -> Entries:
    """The same of the version in force. Raises NotPublished, VersionUnreadable.

    number: its own; only where the draft lies over a newer base already is the version itself read.
    """
    if base.is_new():
        entries = contents_of(desk, str(number)).entries
        return {code: one for code, one in entries.items() if {*fields} & {*one.to_dict()}}
    return _over_base(DraftEntry.published, DraftEntry.published != "", fields)


def is_item_drafted(code: str) -> bool:
    """Whether the draft, over the city's catalog, has an item of that code."""
    row = DraftEntry.get_or_none(DraftEntry.code == code, ~DraftEntry.is_removed)
    return row.kind == "item" if row is not None else base.find(code) is not None


def _over_base(column: Any, own: Any, fields: Sequence[str]) -> Entries:
    """Items of a column of the draft, and of the city where the draft has none. own: what it has."""
    rows = DraftEntry.select(column.alias("json")).where(
        own, DraftEntry.kind == "item", _says(column, fields)
    )
    taken = DraftEntry.select(DraftEntry.code).where(own)
    above = BaseEntry.select(BaseEntry.record.alias("json")).where(
        BaseEntry.kind == "item", BaseEntry.code.not_in(taken), _says(BaseEntry.record, fields)
    )
    found = (Item.from_dict(json.loads(row.json)) for row in (*above, *rows))
    return {item.code: item for item in found}


def _says(column: Any, fields: Sequence[str]) -> Any:
    """A field that says nothing does not stand in the JSON of a record."""
    return reduce(or_, (column.contains(_key(name)) for name in fields))


def _key(name: str) -> str:
    return f'"{name}":'


def pack_of(desk: Desk, number: int) -> Pack:
    """A published version as it was signed. Raises NotPublished, VersionUnreadable."""
    try:
        return release.pack_of(desk, number)
    except BadPack as error:
        raise VersionUnreadable(number, error.why) from error


def _city_base(desk: Desk, digest: str) -> Pack | None:
    """What the city's pack of that SHA-256 says; None when it cannot be told any more."""
    data = city_pack(desk, digest)
    try:
        return None if data is None else read_pack(data)
    except BadPack:
        return None  # of an older program, like a version that cannot be read


def city_pack(desk: Desk, digest: str) -> bytes | None:
    """The city's pack of that SHA-256, as it was taken over; None when it is not kept here whole."""
    path = desk.repository.folder / TARGETS / "city" / f"{digest}.base.jsonl"
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if sha256(data).hexdigest() == digest else None


def entries_over(above: Entries, changes: Sequence[Change]) -> Entries:
    """The items that changes speak of, as these changes want them."""
    found: Entries = {}
    for change in changes:
        held = above.get(change.code)
        if isinstance(held, Item):
            found[change.code] = laid_by_force(held, change)
    return found


def _laid(above: Entries, pack: Pack) -> Entries:
    return above | entries_over(above, pack.changes) | _entries(pack)


def _entries(pack: Pack) -> Entries:
    items: Entries = {item.code: item for item in pack.items}
    return items | {package.code: package for package in pack.packages}


def _present_base() -> Entries:
    return {row.code: _read(row) for row in BaseEntry.select()}


def _read(row: BaseEntry) -> Entry:
    fields = json.loads(row.record)
    return Package.from_dict(fields) if row.kind == "package" else Item.from_dict(fields)


def _number(which: str) -> int:
    return int(which) if which.isdecimal() and len(which) <= 9 else 0
