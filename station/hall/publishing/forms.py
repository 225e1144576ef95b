"""The plain fields of an item or package as a form, and back.

A field is named by its path with dashes: promised-value, materials-0-notes. What the strict model
says of a path is then shown at the very field.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_cache.errors import BadRecord
from catalog_cache.model import Item, Level, Material, Need, Order, Package, Power, Status, Unit
from catalog_cache.records import Choice, Record, label_of
from station.hall.publishing.draft import Entry
from station.web import FieldErrors

LENGTH_MAX = 20_000
Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Field:
    """One control. kind: text, area, lines (one value a line), number, or choice."""

    path: str
    label: str
    kind: str = "text"
    options: Options = ()
    hint: str = ""
    is_optional: bool = False

    @property
    def id(self) -> str:
        """Its name in the form and its id on the page."""
        return field_id(self.path)


@dataclass(frozen=True)
class Group:
    """Fields under one heading."""

    title: str
    fields: tuple[Field, ...]


def _options(members: type[Choice]) -> Options:
    return tuple((member.value, member.label) for member in members)


def _of(record: type[Record], path: str, name: str, kind: str = "text", **more: Any) -> Field:
    return Field(path, label_of(record, name), kind, **more)


def _item(name: str, kind: str = "text", **more: Any) -> Field:
    return _of(Item, name, name, kind, **more)


def _limit(path: str, label: str) -> tuple[Field, ...]:
    return (
        Field(f"{path}.value", label, "number", hint="0 表示当场办结；不填表示没有时限"),
        Field(f"{path}.unit", f"{label}的单位", "choice", _options(Unit)),
        Field(f"{path}.note", f"{label}的说明", is_optional=True),
    )


ITEM_GROUPS = (
    Group(
        "名称与权限",
        (
            _item("name"),
            _item("aliases", "lines", hint="群众口头的叫法，一行一个", is_optional=True),
            _item("theme"),
            _item("department"),
            Field("agency.name", "实施主体"),
            Field("agency.code", "统一社会信用代码", hint="18 位"),
            _item("level", "choice", options=_options(Level)),
            _item("power", "choice", options=_options(Power), hint="站点对这一事项可以做到哪一步"),
            _item("status", "choice", options=_options(Status)),
        ),
    ),
    Group(
        "时限与次数",
        (
            *_limit("promised", "承诺办结时限"),
            *_limit("statutory", "法定办结时限"),
            _item("visits", "number"),
            _item("visits_why", is_optional=True),
        ),
    ),
    Group(
        "在哪里办",
        (
            _item("place"),
            _item("hours"),
            _item("phone"),
            _item("complaint_phone"),
            _item("counter_place", is_optional=True),
            _item("negative_reason", is_optional=True),
        ),
    ),
    Group(
        "条件与告知",
        (
            _item("conditions", "lines", hint="一行一条"),
            _item("receipt_notes", "lines", hint="印在收件凭证上的话，一行一条", is_optional=True),
            _item("source_note", is_optional=True),
        ),
    ),
)
PACKAGE_GROUPS = (
    Group(
        "联办事项",
        (
            _of(Package, "name", "name"),
            _of(Package, "life_event", "life_event", is_optional=True),
            _of(Package, "lead", "lead"),
            _of(Package, "members", "members", "lines", hint="成员事项的编码，一行一个"),
            _of(Package, "order", "order", "choice", options=_options(Order)),
            *_limit("limit", "总时限"),
            _of(Package, "notes", "notes", "area", is_optional=True),
        ),
    ),
)


def groups_for(entry: Entry) -> list[Group]:
    """The form of an entry; one group for each material of an item."""
    if isinstance(entry, Package):
        return list(PACKAGE_GROUPS)
    materials = [_material_group(index, material.name) for index, material in enumerate(entry.materials)]
    return [*ITEM_GROUPS, *materials]


def values_of(entry: Entry) -> dict[str, str]:
    """What the form shows, by field id."""
    fields = entry.to_dict(full=True)
    return {field.id: _text(_at(fields, field.path)) for group in groups_for(entry) for field in group.fields}


def read_form(entry: Entry, form: Mapping[str, str], errors: FieldErrors) -> Entry | None:
    """The entry as the form changes it; None, and the reasons in `errors`, when it does not fit."""
    fields = entry.to_dict(full=True)
    for group in groups_for(entry):
        for field in group.fields:
            if field.id in form:
                _put(fields, field, form[field.id].replace("\r\n", "\n")[:LENGTH_MAX])
    _drop_empty(fields)
    try:
        return type(entry).from_dict(fields)
    except BadRecord as refusal:
        for problem in refusal.problems:
            errors.add(field_id(problem.field), f"{problem.label}{problem.message}")
        return None


def field_id(path: str) -> str:
    """materials[0].notes -> materials-0-notes."""
    return re.sub(r"\[(\d+)\]", r"-\1", path).replace(".", "-") or "form"


def nearest_id(path: str, ids: Sequence[str]) -> str:
    """The control on the page that is closest to a lint finding's path; "" for none."""
    wanted = field_id(path)
    while wanted:
        found = next((one for one in ids if one == wanted or one.startswith(f"{wanted}-")), "")
        if found:
            return found
        wanted = wanted.rpartition("-")[0]
    return ""


def _material_group(index: int, name: str) -> Group:
    """The fields of one material; their labels name it, as a form has many."""

    def field(part: str, kind: str = "text", **more: Any) -> Field:
        label = f"{label_of(Material, part)}（第 {index + 1} 项材料）"
        return Field(f"materials[{index}].{part}", label, kind, **more)

    return Group(
        f"材料 {index + 1}：{name}",
        (
            field("name"),
            field("need", "choice", options=_options(Need)),
            field("originals", "number"),
            field("copies", "number"),
            field("source", is_optional=True),
            field("basis", is_optional=True),
            field("notes", "area", is_optional=True),
        ),
    )


def _at(fields: Any, path: str) -> Any:
    for part in re.findall(r"\w+", path):
        if fields is None:
            return None
        fields = fields[int(part)] if isinstance(fields, list) else fields.get(part)
    return fields


def _text(value: Any) -> str:
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
    place[last] = _value(field, text)


def _value(field: Field, text: str) -> Any:
    if field.kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if field.kind == "number":
        digits = text.strip()
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 6 else digits or None
    return text.strip()


def _drop_empty(fields: dict[str, Any]) -> None:
    """A limit without a number, and an agency without a name or code, are not there at all."""
    for name in ("promised", "statutory", "limit"):
        limit = fields.get(name)
        if isinstance(limit, dict) and limit.get("value") is None and not limit.get("note"):
            fields[name] = None
    agency = fields.get("agency")
    if isinstance(agency, dict) and not agency.get("name") and not agency.get("code"):
        fields["agency"] = None
