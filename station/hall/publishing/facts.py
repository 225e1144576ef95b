"""What is known of each entry of the draft by itself, kept in tables beside it.

No page reads 10,000 records to say something of one. Facts name what they were made from: the hash of
the record, that of the city's words below it, and the edition of the rules. Facts that do not fit their
entry count for nothing and are made anew by whoever needs them next, so they cannot be out of date.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import peewee

from catalog_cache.forms import Use, shared_uses
from catalog_cache.lint import (
    Finding,
    Severity,
    completeness,
    exchange_names,
    mentions_of,
    missing_names,
    own_findings,
)
from catalog_cache.model import FieldKind, Item, Limit
from station.hall.publishing import base, entry_rows
from station.hall.publishing.entry_rows import Entry
from station.hall.publishing.errors import DraftMoving
from station.hall.publishing.models import DraftEntry, EntryFacts, EntryTie
from sync.rows import write
from sync.tables import locked

BATCH = 200
_TRIES_MAX = 5
_RULES = ("", "finding", "layering")
"""The rooms of catalog_cache that facts are made by."""


class Line(NamedTuple):
    """One entry of the draft without its record. errors, warnings: of its own; clashes: with the city."""

    code: str
    name: str
    is_item: bool
    errors: int
    warnings: int
    clashes: int


@cache
def edition() -> str:
    """The hash of the rules as this program has them: another program makes its facts itself."""
    said = hashlib.sha256(Path(__file__).read_bytes())
    for room in _RULES:
        files = (file for file in resources.files("catalog_cache").joinpath(room).iterdir() if file.is_file())
        for file in sorted(files, key=lambda one: one.name):
            said.update(file.read_bytes())
    return said.hexdigest()[:16]


def lines() -> list[Line]:
    """Every entry that the draft would publish, items before packages, each by code. Raises DraftMoving."""
    for _ in range(_TRIES_MAX):
        found = list(_rows())
        lacking = [row[0] for row in found if row[3] is None]
        if not lacking:
            return sorted(map(Line._make, found), key=lambda line: (not line.is_item, line.code))
        _make(lacking)
    raise DraftMoving


def fitting() -> Any:
    """The query for the facts of every item that the draft would publish; `lines` completes them first."""
    rows = EntryFacts.select().join(DraftEntry, on=_fits())
    return rows.where(~DraftEntry.is_removed & (DraftEntry.kind == "item"))


def own(codes: Sequence[str]) -> dict[str, list[Finding]]:
    """What is to be said of these entries by themselves."""
    rows = EntryFacts.select(EntryFacts.code, EntryFacts.findings).where(EntryFacts.code.in_(codes))
    return {row.code: [_finding(row.code, said) for said in json.loads(row.findings)] for row in rows}


def mentions() -> list[tuple[str, str, str]]:
    """(code, field, mentioned code) of every entry that names others; also of entries that are gone."""
    rows: Any = EntryTie.select(EntryTie.code, EntryTie.field, EntryTie.word).where(EntryTie.field != "form")
    return list(rows.order_by(EntryTie.code, EntryTie.field, EntryTie.place).tuples())


def uses(names: dict[str, str]) -> Iterator[Use]:
    """The shared words of the forms that may clash, by item. names: of the items that count, by code."""
    for row in EntryTie.select().where(EntryTie.field == "form").order_by(EntryTie.code, EntryTie.place):
        if row.code in names:
            kind, options = json.loads(row.shape)
            name = names[row.code]
            yield Use(row.code, name, row.place, row.word, FieldKind(kind), frozenset(options))


@dataclass(frozen=True, slots=True)
class Face:
    """What a package asks of an item of the draft."""

    name: str
    is_open: bool
    promised: Limit | None


def faces(codes: Sequence[str]) -> dict[str, Face]:
    """The same for these codes; none for one that the draft lacks."""
    rows = fitting().where(EntryFacts.code.in_(codes))
    return {row.code: Face(row.name, row.is_open, _limit(row.promised)) for row in rows}


def forget(code: str) -> None:
    """Drop the facts of an entry that leaves the draft; in the caller's transaction."""
    for table in (EntryFacts, EntryTie):
        table.delete().where(table.code == code).execute()


def _rows() -> Iterator[Any]:
    rows = DraftEntry.select(
        DraftEntry.code,
        DraftEntry.name,
        DraftEntry.kind == "item",
        EntryFacts.errors,
        EntryFacts.warnings,
        EntryFacts.clashes,
    ).join(EntryFacts, peewee.JOIN.LEFT_OUTER, on=_fits())
    return rows.where(~DraftEntry.is_removed).tuples().iterator()


def _fits() -> Any:
    return (
        (EntryFacts.code == DraftEntry.code)
        & (EntryFacts.sha256 == DraftEntry.sha256)
        & (EntryFacts.above_sha256 == DraftEntry.above_sha256)
        & (EntryFacts.edition == edition())
    )


def _make(codes: Sequence[str]) -> None:
    """Make the facts of these entries, some in each transaction, so that nobody waits long for a turn.

    Two pages that lack the same facts share the work: each leaves out what the other has made meanwhile.
    """
    for start in range(0, len(codes), BATCH):
        with write():
            some = DraftEntry.select().join(EntryFacts, peewee.JOIN.LEFT_OUTER, on=_fits())
            lacking = some.where(DraftEntry.code.in_(codes[start : start + BATCH]), EntryFacts.code.is_null())
            rows = list(locked(lacking.order_by(DraftEntry.code), DraftEntry))
            held = [row.code for row in rows]
            for table in (EntryFacts, EntryTie):
                table.delete().where(table.code.in_(held)).execute()
            entries = [(row, entry_rows.read(row.record)) for row in rows]
            _insert(EntryFacts, [_facts(row, entry) for row, entry in entries])
            _insert(EntryTie, [tie for _, entry in entries for tie in _ties(entry)])


def _insert(table: type[EntryFacts | EntryTie], rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), BATCH):
        table.insert_many(rows[start : start + BATCH]).execute()


def _facts(row: DraftEntry, entry: Entry) -> dict[str, Any]:
    found = own_findings(entry)
    errors = sum(1 for one in found if one.severity is Severity.ERROR)
    facts = _of_item(entry) if isinstance(entry, Item) else _of_package(entry.life_event)
    return {
        **facts,
        "code": row.code,
        "name": row.name,
        "sha256": row.sha256,
        "above_sha256": row.above_sha256,
        "edition": edition(),
        "errors": errors,
        "warnings": len(found) - errors,
        "clashes": base.clash_count(row),
        "findings": _json([[one.field, one.severity, one.message] for one in found]),
    }


def _of_item(item: Item) -> dict[str, Any]:
    missing, exchange = missing_names(item), exchange_names(item)
    return {
        "percent": completeness(item),
        "missing": " ".join(missing),
        "missing_count": len(missing),
        "exchange": " ".join(exchange),
        "exchange_count": len(exchange),
        "is_open": item.is_open,
        "promised": _json(item.promised.to_dict()) if item.promised else "",
        "department": item.department,
        "theme": item.theme,
    }


def _of_package(life_event: str) -> dict[str, Any]:
    counted = dict.fromkeys(("percent", "missing_count", "exchange_count"), 0)
    said = dict.fromkeys(("missing", "exchange", "promised", "department"), "")
    return {**counted, **said, "is_open": False, "theme": life_event}


def _ties(entry: Entry) -> Iterator[dict[str, Any]]:
    for place, (name, code) in enumerate(mentions_of(entry)):
        yield {"code": entry.code, "field": name, "place": place, "word": code, "shape": ""}
    for use in shared_uses(entry) if isinstance(entry, Item) else ():
        if not use.is_as_laid_down:
            shape = _json([use.kind, sorted(use.options)])
            yield {
                "code": entry.code,
                "field": "form",
                "place": use.index,
                "word": use.word,
                "shape": shape,
            }


def _finding(code: str, said: Iterable[str]) -> Finding:
    where, severity, message = said
    return Finding(code, where, Severity(severity), message)


def _limit(text: str) -> Limit | None:
    return Limit.from_dict(json.loads(text)) if text else None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
