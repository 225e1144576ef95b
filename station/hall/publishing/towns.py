"""What the townships of a county say: which items are on their lists, and where and when they are done there.

The county enters and signs it, together with its own next version; see decision 13.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from catalog_cache.divisions import Division, load_divisions
from catalog_cache.layer import Change
from catalog_cache.layering.layer_files import township_file, township_publisher
from catalog_cache.pack import PackMeta, read_pack, write_pack
from station import audit, kept
from station.hall.publishing import base
from station.hall.publishing.errors import EntryMissing
from station.hall.publishing.models import BaseEntry, DraftEntry, TownLine
from sync.rows import write

IN_FORCE = "catalog-towns-in-force"


@dataclass(frozen=True)
class Says:
    """What a township says of one item; "" and False say nothing."""

    place: str = ""
    hours: str = ""
    is_on: bool = False

    def change_of(self, code: str) -> Change:
        """The same as a line of the township's pack."""
        values = {name: text for name in ("place", "hours") if (text := getattr(self, name))}
        return Change(code, values, is_on=self.is_on)


def townships(division: str) -> list[Division]:
    """The townships of a county, in code order."""
    divisions = load_divisions()
    return divisions.children(division) if division in divisions else []


def counts() -> dict[str, int]:
    """How many items each township says something about."""
    found: dict[str, int] = {}
    for line in TownLine.select(TownLine.township):
        found[line.township] = found.get(line.township, 0) + 1
    return found


def lines(township: str) -> Any:
    """The query for a township's lines."""
    return TownLine.select().where(TownLine.township == township).order_by(TownLine.code)


def say(township: str, code: str, says: Says, *, by: str, now: datetime) -> None:
    """Let a township say this of an item; saying nothing takes its line away. Raises EntryMissing."""
    name = _name_of(code)
    with write():
        TownLine.delete().where((TownLine.township == township) & (TownLine.code == code)).execute()
        if not says.change_of(code).is_empty:
            TownLine.create(
                township=township, code=code, name=name, **vars(says), edited_by=by, edited_at=now
            )
        audit.record(by, "catalog.township_said", code, now=now, township=township, **vars(says))


def marks() -> list[str]:
    """Every line as text, so that an approval covers it."""
    rows = TownLine.select().order_by(TownLine.township, TownLine.code)
    return [_mark(row.township, _change(row)) for row in rows]


def is_new() -> bool:
    """Whether some township says something else than in the version in force."""
    return _digest(marks()) != (kept.note(IN_FORCE) or _digest([]))


def editors() -> set[str]:
    """Everybody who wrote a line, while something is not in force yet."""
    rows = TownLine.select(TownLine.edited_by).distinct() if is_new() else ()
    return {row.edited_by for row in rows}


def files(county: PackMeta) -> dict[str, bytes]:
    """The townships' packs, to be signed with a version of the county."""
    by_township: dict[str, list[Change]] = {}
    for row in TownLine.select():
        by_township.setdefault(row.township, []).append(_change(row))
    return {township_file(code): _pack(county, code, changes) for code, changes in by_township.items()}


def settle(published: Mapping[str, bytes]) -> None:
    """A version came into force; inside the caller's transaction. published: packs by township."""
    found = [
        _mark(township, change)
        for township, data in sorted(published.items())
        for change in read_pack(data).changes
    ]
    kept.keep_note(IN_FORCE, _digest(found))


def _pack(county: PackMeta, township: str, changes: list[Change]) -> bytes:
    divisions = load_divisions()
    name = divisions.get(township).name if township in divisions else township
    meta = replace(county, publisher=township_publisher(township), publisher_name=name, base="")
    return write_pack(meta, (), (), changes)


def _change(row: TownLine) -> Change:
    return Says(row.place, row.hours, row.is_on).change_of(row.code)


def _mark(township: str, change: Change) -> str:
    told = json.dumps(change.to_dict(), ensure_ascii=False, sort_keys=True)
    return f"town {township} {told}\n"


def _digest(found: list[str]) -> str:
    return sha256("".join(found).encode()).hexdigest()


def _name_of(code: str) -> str:
    own = DraftEntry.get_or_none((DraftEntry.code == code) & (DraftEntry.kind == "item"))
    row: DraftEntry | BaseEntry | None = own or base.find(code)
    if row is None:
        raise EntryMissing(code)
    return str(row.name)
