"""The columns of an item table: their Chinese and English heads, and what a cell means.

A head may be the Chinese name of an element or the field's English name. A cell that cannot be read
raises ValueError with the reason in Chinese; the importer adds row and column.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalog_cache.model import (
    ITEM_TYPES,
    AgencyKind,
    CaseType,
    Channel,
    Item,
    Level,
    ObjectKind,
    Power,
    Scope,
    Status,
)
from catalog_cache.records import Choice, label_of

_LIST = re.compile(r"[;；\n]+")
_KINDS = re.compile(r"[、,，;；/\s]+")
_OPTIONAL = re.compile(r"[（(](非必需|非必要|可选|如有|选填)[）)]$")
_TOLERANT = re.compile(r"[（(](可容缺|容缺)[）)]$")
_LEVELS = {"村": "village", "镇": "township", "乡": "township", "县": "county", "区": "county", "市": "city"}
_LEGAL_PERSONS = ["2", "3", "4"]
# A cell becomes several fields of the item at once.
Cell = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. heads: accepted in the first row; fields: the item fields it fills."""

    heads: tuple[str, ...]
    fields: tuple[str, ...]
    read: Cell


def _text(name: str) -> Column:
    return Column((label_of(Item, name), name), (name,), lambda cell: {name: cell})


def _list(name: str) -> Column:
    return Column((label_of(Item, name), name), (name,), lambda cell: {name: _split(cell)})


def _choice(name: str, members: type[Choice], also: dict[str, str] | None = None) -> Column:
    known = {str(member): str(member) for member in members} | {m.label: m.value for m in members}
    known |= also or {}
    return Column((label_of(Item, name), name), (name,), lambda cell: {name: _known(cell, known)})


def _limit(name: str, *heads: str) -> Column:
    return Column(heads, (name,), lambda cell: {name: {"value": _whole(cell), "unit": "workday"}})


def _split(cell: str) -> list[str]:
    return [part.strip() for part in _LIST.split(cell) if part.strip()]


def _known(cell: str, known: dict[str, str]) -> str:
    if cell not in known:
        words = [word for word in known if not word.isascii()]
        raise ValueError(f"“{cell[:20]}”不认识，应为：{'、'.join(words)}")
    return known[cell]


def _whole(cell: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", cell):
        raise ValueError(f"“{cell[:20]}”不是整数（工作日数，0 表示当场办结）")
    return int(cell)


def _item_type(cell: str) -> dict[str, Any]:
    codes = {name: code for code, name in ITEM_TYPES.items()} | {code: code for code in ITEM_TYPES}
    codes["许可"], codes["给付"], codes["确认"] = "01", "05", "07"
    return {"item_type": _known(cell, codes)}


def _object_kinds(cell: str) -> dict[str, Any]:
    codes = {member.label: [member.value] for member in ObjectKind}
    codes |= {member.value: [member.value] for member in ObjectKind} | {"法人": _LEGAL_PERSONS}
    kinds: list[str] = []
    for word in filter(None, _KINDS.split(cell)):
        if word not in codes:
            raise ValueError(f"“{word[:20]}”不认识，应为：{'、'.join(w for w in codes if not w.isascii())}")
        kinds += [code for code in codes[word] if code not in kinds]
    return {"object_kinds": sorted(kinds)}


def _promised(cell: str) -> dict[str, Any]:
    days = _whole(cell)
    return {"promised": {"value": days, "unit": "workday"}, "case_type": "1" if days == 0 else "2"}


def _materials(cell: str) -> dict[str, Any]:
    """Names parted by semicolons; （非必需） or （可容缺） at the end of a name says its need."""
    materials = []
    for order, name in enumerate(_split(cell), start=1):
        need = "optional" if _OPTIONAL.search(name) else "tolerant" if _TOLERANT.search(name) else "required"
        plain = _TOLERANT.sub("", _OPTIONAL.sub("", name))
        materials.append({"id": f"m{order}", "name": plain, "need": need, "order": order})
    if len({material["name"] for material in materials}) < len(materials):
        raise ValueError("同一材料写了两次")
    return {"materials": materials, "base_materials": [material["id"] for material in materials]}


def _basis(cell: str) -> dict[str, Any]:
    return {"basis": [{"law": law} for law in _split(cell)]}


def _steps(cell: str) -> dict[str, Any]:
    return {"steps": [{"name": name} for name in _split(cell)]}


def _results(cell: str) -> dict[str, Any]:
    return {"results": [{"kind": "证照或文书", "name": name} for name in _split(cell)]}


def _agency(part: str, *heads: str) -> Column:
    return Column(heads, (f"agency.{part}",), lambda cell: {f"agency.{part}": cell})


def _agency_kind(cell: str) -> dict[str, Any]:
    known = {m.label: m.value for m in AgencyKind} | {m.value: m.value for m in AgencyKind}
    return {"agency.kind": _known(cell, known)}


def _channels(cell: str) -> dict[str, Any]:
    known = {m.label: m.value for m in Channel} | {m.value: m.value for m in Channel}
    return {"channels": [_known(word, known) for word in _KINDS.split(cell) if word]}


COLUMNS = (
    Column(("事项名称", "name", "名称"), ("name",), lambda cell: {"name": cell}),
    Column(("事项编码", "code", "编码", "实施编码", "基本编码"), ("code",), lambda cell: {"code": cell}),
    Column(("事项类型", "type", "item_type"), ("item_type",), _item_type),
    _text("theme"),
    Column(("服务对象", "service_object", "object_kinds"), ("object_kinds",), _object_kinds),
    _choice("level", Level, _LEVELS),
    Column(("承诺时限", "promised_workdays", "承诺办结时限"), ("promised", "case_type"), _promised),
    _limit("statutory", "法定时限", "statutory_workdays", "法定办结时限"),
    Column(("申请材料", "materials", "材料"), ("materials", "base_materials"), _materials),
    _list("aliases"),
    _list("themes"),
    _list("life_events"),
    _choice("power", Power),
    _choice("status", Status),
    _choice("case_type", CaseType),
    _choice("scope", Scope),
    Column(("办理形式", "channels"), ("channels",), _channels),
    _agency("name", "实施主体", "agency"),
    _agency("code", "实施主体编码", "agency_code", "统一社会信用代码"),
    Column(("实施主体性质", "agency_kind"), ("agency.kind",), _agency_kind),
    _text("department"),
    Column(("设定依据", "basis"), ("basis",), _basis),
    _list("conditions"),
    Column(("办理流程", "steps"), ("steps",), _steps),
    Column(("办理结果", "results"), ("results",), _results),
    _text("place"),
    _text("hours"),
    _text("phone"),
    _text("complaint_phone"),
    _text("visits_why"),
    _text("counter_place"),
    _text("negative_reason"),
    _text("source_note"),
    _list("related"),
)
REQUIRED_HEADS = ("name", "item_type", "theme", "level")


def column_of(head: str) -> Column | None:
    """The column that a head stands for, in Chinese or English; None for an unknown head."""
    return next((column for column in COLUMNS if head in column.heads), None)
