"""The parts of a guide that can be wrong: what a clerk chooses from, how each reads, whether it changed.

The guide is that of an item, or of a package: several items done together as one matter.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_cache.errors import UnknownItem
from catalog_cache.installed.catalog import Catalog
from catalog_cache.model import Attachment, Item, Package
from catalog_cache.records import Choice, Record, fields_of, label_of
from station.corrections.letters import LABEL_LENGTH_MAX, SHOWN_LENGTH_MAX

OTHER = "other"
MATERIALS = "materials"
_BESIDE = {MATERIALS: "base_materials", "questions": "base_materials"}
_NOT_READ = ("id", "order")
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("时限与费用", ("promised", "statutory", "visits", "fees", "results")),
    ("在哪里办", ("place", "counter_place", "hours", "phone", "complaint_phone", "department")),
    ("条件与办法", ("conditions", "questions", "steps", "form", "faq", "basis")),
)
_PACKAGE_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("包含的事项", ("members", "voluntary", "order", "stages")),
    ("时限与费用", ("limit",)),
    ("在哪里办", ("lead", "helpers", "phone")),
    ("条件与办法", ("notes",)),
)
_ONLY_WHERE_SAID = ("counter_place", "questions", "faq", "basis", "voluntary", "stages", "helpers")
_OF_CODES = ("members", "voluntary")
Entry = Item | Package
Namer = Callable[[str], str]
"""The name of an item by its code."""


@dataclass(frozen=True)
class Element:
    """One part. path: such as "promised" or "materials.id-card"; shown: how it reads, "" for not at all."""

    path: str
    label: str
    shown: str
    group: str


def elements_of(entry: Entry, name_of: Namer = str) -> list[Element]:
    """Everything of a guide that can be reported, in its order; at the end, anything else.

    name_of: tells what the members of a package are called.
    """
    if isinstance(entry, Package):
        found, groups = [], _PACKAGE_GROUPS
    else:
        found, groups = _materials_of(entry), _GROUPS
    for group, fields in groups:
        found += [_element(entry, name, group, name_of) for name in fields if _is_listed(entry, name)]
    return [*found, Element(OTHER, "其他", "", "其他")]


def _materials_of(item: Item) -> list[Element]:
    found = [
        Element(f"{MATERIALS}.{one.id}", f"材料：{one.name}"[:LABEL_LENGTH_MAX], read_out(one), "要带的材料")
        for one in item.materials
    ]
    names = "、".join(one.name for one in item.materials)
    return [*found, Element(MATERIALS, "材料清单（少列了或多列了）", _short(names), "要带的材料")]


def element_of(entry: Entry, path: str, name_of: Namer = str) -> Element | None:
    """One part by its path, or None."""
    return next((one for one in elements_of(entry, name_of) if one.path == path), None)


def digest_of(entry: Entry | None, path: str) -> str:
    """A digest of what a guide says there, to see later whether it changed; of nothing where it is silent."""
    said = json.dumps(_at(entry, path), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def read_out(value: Any) -> str:
    """A value of an item for people: a record by its labels, a list line by line; "" for nothing."""
    return _short(_told(value))


def _element(entry: Entry, name: str, group: str, name_of: Namer) -> Element:
    value = getattr(entry, name)
    if name in _OF_CODES:
        value = [name_of(code) for code in value]
    return Element(name, label_of(type(entry), name), read_out(value), group)


def _is_listed(entry: Entry, name: str) -> bool:
    return name not in _ONLY_WHERE_SAID or bool(getattr(entry, name))


def _at(entry: Entry | None, path: str) -> Any:
    if entry is None:
        return None
    fields, (name, _, key) = entry.to_dict(), path.partition(".")
    if name == OTHER:
        return fields
    if key:
        return next((row for row in _rows(fields.get(name)) if row.get("id") == key), None)
    return [fields.get(name), fields.get(_BESIDE.get(name, ""))]


def _rows(value: Any) -> Iterator[dict[str, Any]]:
    """The records of a list; a path from another station may lead to anything else, or nowhere."""
    return (row for row in value if isinstance(row, dict)) if isinstance(value, list) else iter(())


def named_by(catalog: Catalog) -> Namer:
    """What the items of a catalog are called; a code stays a code where it has none such."""

    def name_of(code: str) -> str:
        try:
            return catalog.item(code).name
        except UnknownItem:
            return code

    return name_of


def entry_in(catalog: Catalog, code: str) -> Entry:
    """An item or a package of a catalog. Raises UnknownItem."""
    try:
        return catalog.item(code)
    except UnknownItem:
        return catalog.package(code)


def _told(value: Any) -> str:
    if isinstance(value, Choice):
        return value.label
    if isinstance(value, Attachment):
        return value.name
    if isinstance(value, Record):
        return "；".join(_parts(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(_told(one) for one in value)
    return "" if value is None else str(value)


def _parts(record: Record) -> Iterator[str]:
    """Label and value of each field that says something of its own."""
    for field in fields_of(type(record)):
        value = getattr(record, field.name)
        if field.name not in _NOT_READ and value not in ((), None, "") and value != field.default:
            yield f"{field.label} {_told(value)}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_LENGTH_MAX else text[: SHOWN_LENGTH_MAX - 1] + "…"
