"""The parts of a guide that can be wrong: what a clerk chooses from, how each reads, whether it changed."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_cache.model import Attachment, Item
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
_ONLY_WHERE_SAID = ("counter_place", "questions", "faq", "basis")


@dataclass(frozen=True)
class Element:
    """One part. path: such as "promised" or "materials.id-card"; shown: how it reads, "" for not at all."""

    path: str
    label: str
    shown: str
    group: str


def elements_of(item: Item) -> list[Element]:
    """Everything of an item that can be reported, in the order of the guide; at the end, anything else."""
    found = [
        Element(f"{MATERIALS}.{one.id}", f"材料：{one.name}"[:LABEL_LENGTH_MAX], read_out(one), "要带的材料")
        for one in item.materials
    ]
    names = "、".join(one.name for one in item.materials)
    found.append(Element(MATERIALS, "材料清单（少列了或多列了）", _short(names), "要带的材料"))
    for group, fields in _GROUPS:
        found += [_element(item, name, group) for name in fields if _is_listed(item, name)]
    return [*found, Element(OTHER, "其他", "", "其他")]


def element_of(item: Item, path: str) -> Element | None:
    """One part by its path, or None."""
    return next((one for one in elements_of(item) if one.path == path), None)


def digest_of(item: Item | None, path: str) -> str:
    """A digest of what an item says there, to see later whether it changed; of nothing where it is silent."""
    said = json.dumps(_at(item, path), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def read_out(value: Any) -> str:
    """A value of an item for people: a record by its labels, a list line by line; "" for nothing."""
    return _short(_told(value))


def _element(item: Item, name: str, group: str) -> Element:
    return Element(name, label_of(Item, name), read_out(getattr(item, name)), group)


def _is_listed(item: Item, name: str) -> bool:
    return name not in _ONLY_WHERE_SAID or bool(getattr(item, name))


def _at(item: Item | None, path: str) -> Any:
    if item is None:
        return None
    fields, (name, _, key) = item.to_dict(), path.partition(".")
    if name == OTHER:
        return fields
    if key:
        return next((one for one in fields.get(name, ()) if one.get("id") == key), None)
    return [fields.get(name), fields.get(_BESIDE.get(name, ""))]


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
