"""What a version, or the draft, holds: its own words, and the whole catalog over the city's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from operator import or_
from typing import Any

from catalog_cache.errors import BadPack, BadRecord
from catalog_cache.layer import LAYER_KIND, Change
from catalog_cache.layering.layers import laid_by_force
from catalog_cache.model import Item, Package
from catalog_cache.pack import Pack, open_pack
from catalog_cache.signatures.shelf import TARGETS
from station.hall.publishing import base, entry_rows, release
from station.hall.publishing.desk import Desk
from station.hall.publishing.models import BaseEntry, DraftEntry
from station.hall.versions.errors import VersionUnreadable

DRAFT, NOTHING = "draft", "0"
Entry = Item | Package
Entries = dict[str, Entry]


@dataclass(frozen=True)
class Contents:
    """One side of a comparison. which: "draft", a number, or "0" for nothing.

    records: the JSON of each entry by code, as `entry_rows.written` has it: the same for the same entry,
    so that two sides are told apart without reading what they have in common. is_whole: with the very
    catalog of the city that it lay over, not with the present one.
    """

    which: str
    records: Mapping[str, str]
    is_whole: bool = True

    def entry(self, code: str) -> Entry | None:
        """One entry; None for no such. Raises VersionUnreadable for one of an older program."""
        record = self.records.get(code)
        try:
            return None if record is None else entry_rows.read(record)
        except BadRecord as error:
            raise VersionUnreadable(_number(self.which), error.why) from error

    @property
    def entries(self) -> Entries:
        """All of them, read one by one. Raises VersionUnreadable."""
        found = ((code, self.entry(code)) for code in self.records)
        return {code: entry for code, entry in found if entry is not None}


def contents_of(desk: Desk, which: str) -> Contents:
    """The whole catalog of a version, or of the draft.

    Raises NotPublished for no such version, VersionUnreadable.
    """
    if which == DRAFT:
        rows: Any = DraftEntry.select(DraftEntry.code, DraftEntry.record).where(~DraftEntry.is_removed)
        return Contents(DRAFT, _present_base() | dict(rows.tuples()))
    if which == NOTHING:
        return Contents(NOTHING, {})
    number = _number(which)
    data = release.pack_bytes(desk, number)
    try:
        head, (own, changes) = open_pack(data).meta, _read_lines(data)
        if not head.base:
            return Contents(which, own)
        city = city_pack(desk, head.base)
        above = _present_base() if city is None else _read_lines(city)[0]
        return Contents(which, above | _laid(above, changes) | own, is_whole=city is not None)
    except (BadPack, BadRecord) as error:
        raise VersionUnreadable(number, error.why) from error


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


def city_pack(desk: Desk, digest: str) -> bytes | None:
    """The city's pack of that SHA-256, as it was taken over; None when it is not kept here whole."""
    path = desk.repository.folder / TARGETS / "city" / f"{digest}.base.jsonl"
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if sha256(data).hexdigest() == digest else None


def _read_lines(data: bytes) -> tuple[dict[str, str], list[Change]]:
    """The records of a signed pack by code, and what it says of the layer above; its hash was checked."""
    records, changes = dict[str, str](), list[Change]()
    for line in data.split(b"\n")[1:-1]:
        fields = json.loads(line)
        if fields.get("kind") == LAYER_KIND:
            changes.append(Change.from_dict(fields))
            continue
        fields.pop("pinyin", None)
        records[fields["code"]] = json.dumps(
            fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
    return records, changes


def _laid(above: Mapping[str, str], changes: Sequence[Change]) -> dict[str, str]:
    """The items that changes speak of, as these changes want them."""
    held = {one.code: entry_rows.read(above[one.code]) for one in changes if one.code in above}
    items = ((change, held.get(change.code)) for change in changes)
    return {
        change.code: entry_rows.written(laid_by_force(item, change))
        for change, item in items
        if isinstance(item, Item)
    }


def _present_base() -> dict[str, str]:
    rows: Any = BaseEntry.select(BaseEntry.code, BaseEntry.record)
    return dict(rows.tuples())


def _number(which: str) -> int:
    return int(which) if which.isdecimal() and len(which) <= 9 else 0
