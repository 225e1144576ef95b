"""The city's catalog that the county's lies over: taken over with the city's files, followed by the draft.

An item that the county takes up is a row of the draft that also keeps what the city says (`above`); the
difference of the two is what gets published. A new base moves every such row along, so that only what
the county itself said is said again.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from catalog_cache.difference import FieldChange, change_of
from catalog_cache.divisions import Divisions
from catalog_cache.layer import Change, Source
from catalog_cache.layering.layer_rules import Conflict, Spoken, taken_code
from catalog_cache.layering.layers import change_between, compose_item, laid_by_force
from catalog_cache.model import Item, Level
from catalog_cache.pack import Pack, read_pack
from station import audit, kept
from station.hall.publishing import entry_rows
from station.hall.publishing.entry_rows import Entry
from station.hall.publishing.errors import EntryMissing
from station.hall.publishing.models import BaseEntry, DraftEntry, EntryFacts, EntryTie, Version
from sync.rows import write

HELD, IN_FORCE, NEWS = "catalog-base", "catalog-base-in-force", "catalog-base-waiting"
LEFT = "catalog-base-left"
_BATCH = 200


@dataclass(frozen=True)
class Base:
    """The city's catalog as this hall has it. sha256: of its pack, hex."""

    sha256: str
    source: Source


def held() -> Base | None:
    """The base that the draft lies over; None while the city publishes none, or after this county left it."""
    text = kept.note(HELD)
    if not text:
        return None
    fields = json.loads(text)
    return Base(fields.pop("sha256"), Source.from_dict(fields))


def is_new() -> bool:
    """Whether the base is not yet that of the version in force, none after the county left it included."""
    base = held()
    return (base.sha256 if base else "") != kept.note(IN_FORCE)


def has_left() -> bool:
    """Whether this county decided to lie over no base; taking one over ends that."""
    return bool(kept.note(LEFT))


def is_leaving() -> bool:
    """Whether the draft lies over no base any more while the version in force does."""
    return held() is None and bool(kept.note(IN_FORCE))


def in_force_sha256() -> str:
    """The base under the version in force; "" for none."""
    return kept.note(IN_FORCE)


def announce(sha256_hex: str) -> None:
    """A base of this hash has come and waits for somebody to take it over; "" for none."""
    if kept.note(NEWS) != sha256_hex:
        kept.keep_note(NEWS, sha256_hex)


def is_waiting() -> bool:
    """Whether a base has come that the draft should lie over and does not yet."""
    news, base = kept.note(NEWS), held()
    return bool(news) and not has_left() and news != (base.sha256 if base else "")


def marks() -> list[str]:
    """What an approval must cover besides the entries: the base they lie over."""
    base = held()
    return [f"base {base.sha256}\n"] if base else []


def editors() -> set[str]:
    """Who decided to leave the city's catalog, while that is not in force yet."""
    return {kept.note(LEFT)} if is_leaving() and has_left() else set()


def follow(data: bytes, *, by: str, now: datetime) -> None:
    """Take over a base, and lay what the county says over it; never an older one. data: the pack.

    Raises BadPack.
    """
    digest, pack = sha256(data).hexdigest(), read_pack(data)
    source = pack.meta.source
    with write():
        base = held()  # a colleague may have taken over this one, or a newer one, at the same moment
        if base is not None and (base.sha256 == digest or _is_older(source, base.source)):
            return
        _keep(pack)
        kept.keep_note(NEWS, "")
        kept.keep_note(LEFT, "")
        kept.keep_note(HELD, json.dumps(source.to_dict() | {"sha256": digest}, ensure_ascii=False))
        _drop_what_the_city_says(pack)
        above = {item.code: item for item in pack.items}
        for row in DraftEntry.select().where(DraftEntry.kind == "item"):
            _move(row, above.get(row.code), by, now)
        audit.record(by, "catalog.base_followed", now=now, version=source.version, sha256=digest)


def not_taken_up(words: str = "") -> Any:
    """The query for entries of the city that the county says nothing about."""
    query = BaseEntry.select().where(BaseEntry.code.not_in(DraftEntry.select(DraftEntry.code)))
    if words:
        query = query.where(BaseEntry.name.contains(words) | BaseEntry.code.startswith(words))
    return query.order_by(BaseEntry.kind, BaseEntry.code)


def take_up(code: str, *, by: str, now: datetime) -> DraftEntry:
    """Put an item of the city into the draft, to be changed there. Raises EntryMissing."""
    with write():
        found = find(code)
        if found is None:
            raise EntryMissing(code)
        row = DraftEntry.get_or_none(DraftEntry.code == code)
        if row is None:
            row = DraftEntry(code=code, above=found.record, edited_by=by, edited_at=now)
            row.published = found.record
            entry_rows.fill(row, entry_rows.read(found.record))
            row.save(force_insert=True)
            audit.record(by, "catalog.taken_up", code, now=now)
    return row


def find(code: str) -> BaseEntry | None:
    """What the city says of one item; None for a code that is not the city's."""
    found: BaseEntry | None = BaseEntry.get_or_none((BaseEntry.code == code) & (BaseEntry.kind == "item"))
    return found


def records() -> dict[str, str]:
    """What the city says of each of its items, as JSON by code."""
    rows = BaseEntry.select(BaseEntry.code, BaseEntry.record).where(BaseEntry.kind == "item")
    return {row.code: row.record for row in rows}


def split(items: Iterable[Item]) -> tuple[list[Item], list[Change]]:
    """The items that are the county's own, and what it says about the city's."""
    above, own, changes = records(), [], []
    for item in items:
        if item.code not in above:
            own.append(item)
        elif not (change := change_between(Item.from_dict(json.loads(above[item.code])), item)).is_empty:
            changes.append(change)
    return own, changes


def conflicts(division: str, divisions: Divisions) -> list[Conflict]:
    """Where the draft says what the city does not allow, by code."""
    return clashes(division, divisions) + doubled_packages(division, divisions)


def clashes(division: str, divisions: Divisions, codes: Collection[str] | None = None) -> list[Conflict]:
    """The same for what the county says on items of the city. codes: only of these; None for all."""
    base = held()
    if base is None or codes is not None and not codes:
        return []
    own = _draft_source(division, divisions)
    rows = DraftEntry.select().where(~DraftEntry.is_removed & (DraftEntry.above != ""))
    if codes is not None:
        rows = rows.where(DraftEntry.code.in_(list(codes)))
    found = (_clashes_at(row, base.source, own) for row in rows.order_by(DraftEntry.code))
    return [one for clashes_there in found for one in clashes_there]


def clash_count(row: DraftEntry) -> int:
    """How many of `clashes` an entry has, whatever the versions are called that they name."""
    above = Source(level=Level.CITY, publisher="city", name="", version=1)
    own = Source(level=Level.COUNTY, publisher="county", name="", version=1)
    return len(_clashes_at(row, above, own)) if row.above else 0


@dataclass(frozen=True)
class OwnWords:
    """What the county says about one item of the city. fields: where it differs; conflicts: what of it
    would not be allowed over another base."""

    fields: tuple[FieldChange, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def foreseen(pack: Pack, division: str, divisions: Divisions) -> dict[str, OwnWords]:
    """The county's words on items of the city as they would stand over another base, by code.

    For every item that the county took up, or has under the same code itself.
    """
    own, above = _draft_source(division, divisions), {item.code: item for item in pack.items}
    found: dict[str, OwnWords] = {}
    for row in DraftEntry.select().where(~DraftEntry.is_removed & (DraftEntry.kind == "item")):
        item, said = above.get(row.code), entry_rows.read(row.record)
        before = entry_rows.read(row.above) if row.above else item
        if not isinstance(before, Item) or not isinstance(said, Item):
            continue
        words = change_of(before, said)
        source = Spoken(item, pack.meta.source, {}) if item is not None else None
        clashes = compose_item(source, [(own, change_between(before, said))])[1] if source else []
        found[row.code] = OwnWords(words.fields if words else (), tuple(clashes))
    return found


def in_force(pack: Pack) -> list[Entry]:
    """The taken-up items as a published pack has them, for the rows that the draft keeps of them."""
    said = {change.code: change for change in pack.changes}
    found: list[Entry] = []
    for row in DraftEntry.select().where(~DraftEntry.is_removed & (DraftEntry.above != "")):
        above = entry_rows.read(row.above)
        assert isinstance(above, Item), "only items are taken up"
        found.append(laid_by_force(above, said.get(row.code, Change(row.code))))
    return found


def spoken_of(changes: Sequence[Change]) -> dict[str, Entry]:
    """Changes as whole items over the present base, for people who compare versions."""
    above = records()
    return {
        change.code: laid_by_force(Item.from_dict(json.loads(above[change.code])), change)
        for change in changes
        if change.code in above
    }


def settle(pack: Pack) -> None:
    """A version came into force; inside the caller's transaction."""
    kept.keep_note(IN_FORCE, pack.meta.base)


def _drop_what_the_city_says(pack: Pack) -> None:
    """Rows of a county that had left, and that say what the city says, are the city's again."""
    says = {item.code: entry_rows.written(item) for item in pack.items}
    says |= {package.code: entry_rows.written(package) for package in pack.packages}
    own = DraftEntry.select(DraftEntry.code, DraftEntry.record).where(DraftEntry.above == "")
    same = [row.code for row in own if row.record == says.get(row.code)]
    for start in range(0, len(same), _BATCH):
        for table in (DraftEntry, EntryFacts, EntryTie):
            table.delete().where(table.code.in_(same[start : start + _BATCH])).execute()


def _is_older(source: Source, held: Source) -> bool:
    return source.publisher == held.publisher and source.version < held.version


def _keep(pack: Pack) -> None:
    BaseEntry.delete().execute()
    rows = [
        {"code": one.code, "kind": kind, "name": one.name, "record": entry_rows.written(one)}
        for kind, all_of in (("item", pack.items), ("package", pack.packages))
        for one in all_of
    ]
    for start in range(0, len(rows), _BATCH):
        BaseEntry.insert_many(rows[start : start + _BATCH]).execute()


def _move(row: DraftEntry, above: Item | None, by: str, now: datetime) -> None:
    """Lay a row over the new base; what the city withdrew leaves the draft, own items stay as they are."""
    if above is None:
        if row.above and not row.is_removed:
            row.is_removed, row.edited_by, row.edited_at = True, by, now
            row.save()
        return
    own = entry_rows.read(row.record)
    before = entry_rows.read(row.above) if row.above else None
    if isinstance(before, Item) and isinstance(own, Item):
        own = laid_by_force(above, change_between(before, own))
    row.above = entry_rows.written(above)
    entry_rows.fill(row, own)
    row.save()


def _draft_source(division: str, divisions: Divisions) -> Source:
    """The county as its draft speaks, under the number the next version will have."""
    last = Version.select().order_by(Version.number.desc()).first()
    name = divisions.full_name(division) if division in divisions else division
    number = (last.number if last else 0) + 1
    return Source(level=Level.COUNTY, publisher=f"county-{division}", name=name, version=number)


def _clashes_at(row: DraftEntry, source: Source, own: Source) -> list[Conflict]:
    above, said = entry_rows.read(row.above), entry_rows.read(row.record)
    assert isinstance(above, Item), "only items are taken up"
    if not isinstance(said, Item):
        return []
    return compose_item(Spoken(above, source, {}), [(own, change_between(above, said))])[1]


def doubled_packages(division: str, divisions: Divisions) -> list[Conflict]:
    """Where the draft has a package under a code that the city uses."""
    base = held()
    if base is None:
        return []
    own = _draft_source(division, divisions)
    rows = DraftEntry.select(DraftEntry.code, DraftEntry.name)
    kept = rows.where(~DraftEntry.is_removed & (DraftEntry.kind == "package"))
    names = {row.code: row.name for row in kept}
    doubled = BaseEntry.select().where(BaseEntry.code.in_(list(names)))
    return [taken_code(own, names[one.code], one.name, base.source, one.code) for one in doubled]
