"""What changed between two versions of a catalog, in words that a person who must approve it can read."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_cache.model import Item, Limit, Package
from catalog_cache.records import Choice, Record

NOTHING = "（无）"
_NAMES = ("id", "name", "label", "law", "q", "value")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One element that reads differently. label: Chinese, such as 申请材料“户口簿”·份数; name: of the
    element of the item or package that it belongs to, such as materials.
    """

    label: str
    before: str
    after: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One item or package. kind: added, removed or changed; fields: empty unless changed."""

    code: str
    name: str
    kind: str
    fields: tuple[FieldChange, ...] = ()


def difference(
    before: Mapping[str, Item | Package], after: Mapping[str, Item | Package]
) -> list[EntryChange]:
    """What somebody who has `before` would see change with `after`, by code."""
    changes = (change_of(before.get(code), after.get(code)) for code in sorted({*before, *after}))
    return [change for change in changes if change is not None]


def change_of(before: Item | Package | None, after: Item | Package | None) -> EntryChange | None:
    """The change of one entry; None when there is none."""
    if before == after:
        return None
    if before is None or after is None:
        entry = after or before
        assert entry is not None, "two missing entries are equal"
        return EntryChange(entry.code, entry.name, "removed" if after is None else "added")
    return EntryChange(after.code, after.name, "changed", tuple(_field_changes(before, after)))


def spoken(value: Any) -> str:
    """A value of a record as text."""
    if isinstance(value, Limit):
        return (f"{value.value} {value.unit.label}" if value.value else "当场办结") + (
            value.note and f"（{value.note}）"
        )
    if isinstance(value, Record):
        return "；".join(_filled(value)) or NOTHING
    if isinstance(value, tuple):
        return "、".join(map(spoken, value)) or NOTHING
    if isinstance(value, Choice):
        return value.label
    if isinstance(value, bool):
        return "是" if value else "否"
    return NOTHING if value is None or value == "" else str(value)


def _filled(record: Record) -> list[str]:
    fields = dataclasses.fields(record)  # type: ignore[arg-type]
    filled = [(field, getattr(record, field.name)) for field in fields]
    return [f"{f.metadata['label']}：{spoken(value)}" for f, value in filled if value != f.default]


def _field_changes(before: Item | Package, after: Item | Package) -> list[FieldChange]:
    """The changes of each element, with its name; an item that became a package is told as a whole."""
    if type(before) is not type(after):
        return _changes("", before, after)
    found = []
    for field in dataclasses.fields(before):
        held, given = getattr(before, field.name), getattr(after, field.name)
        changes = _changes(field.metadata["label"], held, given)
        found += [dataclasses.replace(change, name=field.name) for change in changes]
    return found


def _changes(label: str, before: Any, after: Any) -> list[FieldChange]:
    if before == after:
        return []
    if isinstance(before, Record) and type(before) is type(after) and not isinstance(before, Limit):
        return _record_changes(label, before, after)
    if _holds_records(before) or _holds_records(after):
        return _list_changes(label, before, after)
    return [FieldChange(label, spoken(before), spoken(after))]


def _record_changes(label: str, before: Record, after: Record) -> list[FieldChange]:
    found = []
    for field in dataclasses.fields(before):  # type: ignore[arg-type]
        inner = f"{label}·{field.metadata['label']}" if label else field.metadata["label"]
        found += _changes(inner, getattr(before, field.name), getattr(after, field.name))
    return found


def _list_changes(label: str, before: Sequence[Record], after: Sequence[Record]) -> list[FieldChange]:
    """Lists of records, matched by what names each; a mere change of order is told as one line."""
    old, new = _named(before), _named(after)
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        held, given = old.get(key), new.get(key)
        named = f"{label}“{_name(given or held)}”"
        if held is None or given is None:
            found.append(FieldChange(named, spoken(held), spoken(given)))
        else:
            found += _record_changes(named, held, given)
    return found or [FieldChange(f"{label}·次序", _order(before), _order(after))]


def _holds_records(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(entry, Record) for entry in value)


def _named(records: Sequence[Record]) -> dict[tuple[str, int], Record]:
    """Records by their name and, where a name comes twice, the number of the time."""
    found: dict[tuple[str, int], Record] = {}
    for record in records:
        name = str(next((getattr(record, n) for n in _NAMES if hasattr(record, n)), ""))
        count = sum(1 for held, _ in found if held == name)
        found[name, count] = record
    return found


def _name(record: Record | None) -> str:
    words = ("name", "text", "label", "law", "q")
    return str(next((getattr(record, word) for word in words if getattr(record, word, "")), ""))


def _order(records: Sequence[Record]) -> str:
    return "、".join(_name(record) for record in records)
