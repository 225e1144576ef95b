"""An item or package as a form, and back.

A field is named by its path with dashes: promised-value, materials-0-notes. What the strict model or
lint says of a path is then shown at the very field. Each list has one more row than the entry, which
counts only when something was typed there.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import count
from typing import Any

from catalog_cache.errors import BadRecord, Problem
from catalog_cache.model import Item
from catalog_cache.records import REQUIRED, Record, fields_of, written_value
from station.hall.publishing.draft import Entry
from station.hall.publishing.form_fields import (
    ITEM_GROUPS,
    Field,
    Rows,
    field_id,
    groups_for,
    is_typed,
    row_fields,
    rows_of,
)
from station.web import FieldErrors

__all__ = [
    "ITEM_GROUPS",
    "field_id",
    "groups_for",
    "ids_of",
    "landing",
    "nearest_id",
    "read_form",
    "values_of",
]
LENGTH_MAX = 20_000
WHOLE = "whole-entry"
"""The id of what concerns the entry as a whole."""
GONE = "gone"
"""What ends the name of the box that takes a row away."""


def values_of(entry: Entry) -> dict[str, str]:
    """What the form shows, by field id; a ticked box is "1" under its own id."""
    fields = _fields_with_new_rows(entry)
    values: dict[str, str] = {}
    for group in groups_for(entry):
        for field in group.fields:
            value = _at(fields, field.path)
            if field.kind == "choices":
                values |= {f"{field.id}-{one}": "1" for one in value or ()}
            else:
                values[field.id] = _text(value)
    return values


def read_form(entry: Entry, form: Mapping[str, str], errors: FieldErrors) -> Entry | None:
    """The entry as the form changes it; None, and the reasons in `errors`, when it does not fit."""
    fields = _fields_with_new_rows(entry)
    for group in groups_for(entry):
        for field in group.fields:
            if field.id in form and field.kind != "fixed":
                _put(fields, field, _given(form, field))
    kept = {rows.name: _kept(entry, rows, form) for rows in rows_of(entry)}
    for name, indexes in kept.items():
        fields[name] = [fields[name][index] for index in indexes]
    if isinstance(entry, Item):
        _settle_materials(entry, fields)
    _drop_empty(fields, type(entry))
    try:
        return type(entry).from_dict(fields)
    except BadRecord as refusal:
        for problem in refusal.problems:
            errors.add(_id_on_page(problem, kept), f"{problem.label}{problem.message}")
        return None


def nearest_id(path: str, ids: Collection[str]) -> str:
    """The control on the page that a path means: itself, its first part, or what holds it; "" for none."""
    wanted = field_id(path)
    while wanted:
        found = next((one for one in ids if one == wanted), "")
        found = found or next((one for one in ids if one.startswith(f"{wanted}-")), "")
        if found:
            return found
        wanted = wanted.rpartition("-")[0]
    return ""


def ids_of(entry: Entry) -> list[str]:
    """Where a jump can land on the page of an entry: its controls, and the heads of lists and of rows.

    A list without rows has no head among them: what it lacks is typed into the first control of the
    row to come.
    """
    groups = groups_for(entry)
    empty = {rows.name for rows in rows_of(entry) if not getattr(entry, rows.name)}
    heads = [group.id for group in groups if group.id and not group.is_new and group.id not in empty]
    return [*heads, *(landing(field) for group in groups for field in group.fields), WHOLE]


def landing(field: Field) -> str:
    """The id a jump to this control needs: the first box of several stands for all of them."""
    return f"{field.id}-{field.options[0][0]}" if field.kind == "choices" else field.id


def _fields_with_new_rows(entry: Entry) -> dict[str, Any]:
    """The entry as JSON values, with one more row at the end of each list."""
    fields = entry.to_dict(full=True)
    for rows in rows_of(entry):
        fields[rows.name].append(_new_row(rows))
    if isinstance(entry, Item):
        for material in fields["materials"][:-1]:
            material["base"] = "1" if material["id"] in entry.base_materials else "0"
        fields["materials"][-1]["base"] = "0" if entry.questions else "1"
    return fields


def _new_row(rows: Rows) -> dict[str, Any]:
    """What the lists to choose from say in a row that is not there yet."""
    facts = (one for one in fields_of(rows.record) if one.kind in ("choice", "flag"))
    return {one.name: written_value(one.default) for one in facts if one.default is not REQUIRED}


def _given(form: Mapping[str, str], field: Field) -> str:
    if field.kind == "choices":
        return "\n".join(value for value, _ in field.options if form.get(f"{field.id}-{value}"))
    return form[field.id].replace("\r\n", "\n")[:LENGTH_MAX]


def _kept(entry: Entry, rows: Rows, form: Mapping[str, str]) -> list[int]:
    """The places of the rows that stay, and of the new one when something was typed there."""
    end = len(getattr(entry, rows.name))
    held = [index for index in range(end) if not form.get(f"{rows.name}-{index}-{GONE}")]
    typed = (form.get(field.id, "") for field in row_fields(rows, end) if is_typed(field))
    return [*held, end] if any(text.strip() for text in typed) else held


def _settle_materials(entry: Item, fields: dict[str, Any]) -> None:
    """New rows get their names; what every situation needs, and what an answer asks for, follow the rows."""
    for rows in (fields["materials"], fields["form"]):
        taken = {row.get("id", "") for row in rows}
        for row in rows:
            row["id"] = row.get("id") or next(name for n in count(1) if (name := f"n{n}") not in taken)
    wanted = [row["id"] for row in fields["materials"] if row.pop("base") == "1"]
    held = [name for name in entry.base_materials if name in wanted]
    fields["base_materials"] = held + [name for name in wanted if name not in held]
    gone = {material.id for material in entry.materials} - {row["id"] for row in fields["materials"]}
    for option in (option for question in fields["questions"] for option in question["options"]):
        option["add"] = [name for name in option["add"] if name not in gone]


def _id_on_page(problem: Problem, kept: Mapping[str, Sequence[int]]) -> str:
    """The id of the control that a problem is about; rows taken away have moved the ones after them."""
    found = re.match(r"(\w+)\[(\d+)\](.*)", problem.field)
    if found and found[1] in kept:
        return field_id(f"{found[1]}[{kept[found[1]][int(found[2])]}]{found[3]}")
    return field_id(problem.field) if problem.field else WHOLE


def _at(fields: Any, path: str) -> Any:
    for part in re.findall(r"\w+", path):
        if fields is None:
            return None
        fields = fields[int(part)] if isinstance(fields, list) else fields.get(part)
    return fields


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


def _put(fields: dict[str, Any], field: Field, text: str) -> None:
    """Write one control's value to its path; a missing record on the way is made."""
    *way, last = re.findall(r"\w+", field.path)
    place: Any = fields
    for part in way:
        if isinstance(place, list):
            place = place[int(part)]
        else:
            place[part] = place.get(part) or {}
            place = place[part]
    value = _value(field, text)
    if value is None and field.kind == "number" and field.is_optional:
        place.pop(last, None)  # the model has a number for this
    else:
        place[last] = value


def _value(field: Field, text: str) -> Any:
    if field.kind in ("lines", "choices"):
        return [line.strip() for line in text.split("\n") if line.strip()]
    if field.kind == "number":
        digits = text.strip()
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 6 else digits or None
    if field.kind == "flag":
        return {"1": True, "0": False}.get(text.strip())
    return text.strip() or (None if field.is_null else "")


def _drop_empty(fields: dict[str, Any], record: type[Record]) -> None:
    """A limit without a number and a note, an agency without name and code, are not there at all."""
    for facts in fields_of(record):
        value, inner = fields.get(facts.name), facts.of
        if inner is None or not issubclass(inner, Record):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                _drop_empty(one, inner)
        if facts.kind == "one" and isinstance(value, dict) and not _is_filled(value, inner):
            fields[facts.name] = None


def _is_filled(value: Mapping[str, Any], record: type[Record]) -> bool:
    typed = (one.name for one in fields_of(record) if one.kind not in ("choice", "flag"))
    return any(value.get(name) not in (None, "", []) for name in typed)
