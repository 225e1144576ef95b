"""The desk's quick answers are those of a draft read anew, whatever was edited in whatever order."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from catalog_cache.demonstration import demonstration_packages, worked_items
from catalog_cache.divisions import load_divisions
from catalog_cache.lint import Context, Finding, Severity, lint
from catalog_cache.model import FieldKind, FormField, Item, Limit, Package, Status, Unit
from catalog_cache.pack import PackMeta, write_pack
from station.database import AnyDatabase
from station.hall.publishing import base, draft
from station.hall.publishing.findings import Findings
from station.hall.publishing.models import BaseEntry, DraftEntry, EntryFacts, EntryTie
from tests.tools.counter import START

SEED = 20261126
QUJIANG = "440205000000"
ITEMS = worked_items()[:8]
CODES = [*(item.code for item in ITEMS), "442099999999"]
PACKAGE = Package(code="P900", kind="package", name="一件事", members=(CODES[0], CODES[1]))


def related(item: Item, chance: random.Random) -> Item:
    return replace(item, related=(chance.choice(CODES),), prerequisites=(chance.choice(CODES),))


def renamed(item: Item, chance: random.Random) -> Item:
    return replace(item, name=chance.choice(ITEMS).name)


def closed(item: Item, chance: random.Random) -> Item:
    return replace(
        item, status=Status.WITHDRAWN, replaced_by=chance.choice(("442099999999", *CODES[:2], "442099999999"))
    )


def asking(item: Item, chance: random.Random) -> Item:
    options = chance.choice(((), ("大", "中"), ("大", "小")))
    kind = FieldKind.CHOICE if options else chance.choice((FieldKind.TEXT, FieldKind.PHONE))
    word = chance.choice(("firm.size", "applicant.name"))
    field = FormField(id="f1", label="规模", kind=kind, options=options, shared=word)
    return replace(item, form=(field,))


def lacking(item: Item, chance: random.Random) -> Item:
    return replace(item, phone="", promised=Limit(value=chance.choice((1, 90)), unit=Unit.WORKDAY))


def as_it_was(item: Item, chance: random.Random) -> Item:
    return next(one for one in ITEMS if one.code == item.code)


EDITS: tuple[Callable[[Item, random.Random], Item], ...] = (
    *(related, renamed, closed, asking, lacking, as_it_was),
)


def city_pack(chance: random.Random) -> bytes:
    """The city's catalog of another day: some of the items, in its own words."""
    items = [replace(item, hours=f"周{chance.randint(1, 5)}") for item in chance.sample(ITEMS, 5)]
    valid = START.replace(year=START.year + 1)
    meta = PackMeta(
        publisher="city-440200000000",
        publisher_name="韶关市政务服务局",
        version=chance.randint(1, 10**6),
        published_at=START,
        valid_until=valid,
    )
    return write_pack(meta, items, [PACKAGE] if chance.random() < 0.3 else [])


def edit(chance: random.Random) -> None:
    """One act of somebody at the desk."""
    codes = [row.code for row in DraftEntry.select(DraftEntry.code).order_by(DraftEntry.code)]
    turn, code = chance.randint(0, 9), chance.choice(codes)
    entry = draft.read(draft.entry_row(code).record)
    if turn == 0:
        draft.remove_entry(code, by="editor", now=START)
    elif turn == 1:
        base.follow(city_pack(chance), by="editor", now=START)
    elif turn == 2:
        members = tuple(chance.sample(CODES, chance.randint(1, 3)))
        put(replace(PACKAGE, members=members, limit=Limit(value=3, unit=Unit.WORKDAY)))
    elif turn == 3:
        draft.settle(list(draft.entries())[: chance.randint(1, 6)], now=START)
    elif turn == 4:
        put(*ITEMS[: chance.randint(1, 8)])
    elif turn == 5 and (found := base.not_taken_up().where(BaseEntry.kind == "item").first()):
        base.take_up(found.code, by="editor", now=START)
    elif isinstance(entry, Item):
        put(chance.choice(EDITS)(entry, chance))


def put(*entries: draft.Entry) -> None:
    draft.take_entries(entries, is_whole=False, by="editor", now=START)


def read_anew() -> list[Finding]:
    """What lint says of the whole draft, every record read."""
    divisions = load_divisions()
    inherited = {
        row.code: Item.from_dict(json.loads(row.record))
        for row in base.not_taken_up().where(BaseEntry.kind == "item")
    }
    context = Context(publisher=f"county-{QUJIANG}", divisions=divisions, inherited=inherited)
    clashes = base.conflicts(QUJIANG, divisions)
    return [
        *lint(*draft.contents(), context),
        *(Finding(one.code, one.field.partition(".")[0], Severity.ERROR, one.message) for one in clashes),
    ]


def in_any_order(found: list[Finding]) -> list[tuple[str, ...]]:
    return sorted((one.severity, one.code, one.field, one.message) for one in found)


def parts(found: Findings, size: int) -> Iterator[Finding]:
    for start in range(0, found.errors + found.warnings, size):
        yield from found.part(start, start + size)


@pytest.fixture
def held(database: AnyDatabase) -> AnyDatabase:
    put(*ITEMS, *demonstration_packages()[:1])
    return database


def test_after_any_edits_the_findings_are_those_of_a_draft_read_anew(held: AnyDatabase):
    print("seed", SEED)
    chance = random.Random(SEED)
    put(*(change(item, chance) for change, item in zip(EDITS * 2, ITEMS, strict=False)))
    kinds = {one.field.partition("[")[0] for one in Findings(QUJIANG).every()}
    assert {"related", "name", "replaced_by", "form"} <= kinds
    for _ in range(10):
        edit(chance)
        found, code = Findings(QUJIANG), chance.choice(CODES)
        every = found.every()

        assert in_any_order(every) == in_any_order(read_anew())
        assert list(parts(found, chance.randint(3, 9))) == every
        assert found.errors == sum(one.severity is Severity.ERROR for one in every)
        assert found.of([code]) == [one for one in every if one.code == code]
        assert sum(found.counted(code)) == len(found.of([code]))


def test_one_severity_is_shown_page_by_page_too(held: AnyDatabase):
    put(*(replace(item, phone="", related=("442099999999",)) for item in ITEMS))
    found = Findings(QUJIANG)

    errors = [one for one in found.every() if one.severity is Severity.ERROR]
    warnings = [one for one in found.every() if one.severity is Severity.WARNING]
    assert len(errors) > 4 and len(warnings) > 4
    assert found.part(2, 5, [Severity.ERROR]) == errors[2:5]
    assert found.part(1, 99, [Severity.WARNING]) == warnings[1:99]


def test_what_another_program_found_counts_for_nothing(held: AnyDatabase):
    """After an update of the program with other rules nothing that the old one said is shown."""
    before = Findings(QUJIANG).every()
    EntryFacts.update(edition="0" * 16, findings="[]", errors=7, warnings=7).execute()

    assert Findings(QUJIANG).every() == before


def test_what_left_the_draft_leaves_no_facts_behind(held: AnyDatabase):
    put(related(ITEMS[0], random.Random(SEED)))
    Findings(QUJIANG)
    draft.take_entries(ITEMS[1:3], is_whole=True, by="editor", now=START)

    assert {row.code for row in EntryFacts.select()} == {ITEMS[1].code, ITEMS[2].code}
    assert {row.code for row in EntryTie.select()} <= {ITEMS[1].code, ITEMS[2].code}
