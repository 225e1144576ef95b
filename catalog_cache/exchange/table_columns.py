"""The columns of the item sheet that say more, or take more, than one plain cell.

A clerk's short list has one row an item: materials as names, a limit as a number of working days, a level
as 村. Such heads are read here; every other head of the item sheet is a plain column of the model.
"""

import re
from typing import Any

from catalog_cache.choices import ITEM_TYPES, Level, ObjectKind
from catalog_cache.exchange.cells import KINDS_SIGNS, known_of, list_of, whole_of
from catalog_cache.exchange.sheets import Column, columns_of
from catalog_cache.model import Item

_OPTIONAL = re.compile(r"[（(](非必需|非必要|可选|如有|选填)[）)]$")
_TOLERANT = re.compile(r"[（(](可容缺|容缺)[）)]$")
_LEVELS = {"村": "village", "镇": "township", "乡": "township", "县": "county", "区": "county", "市": "city"}
_LEGAL_PERSONS = ["2", "3", "4"]


def _whole(cell: str) -> int:
    try:
        return whole_of(cell)
    except ValueError:
        raise ValueError(f"“{cell[:20]}”不是整数（工作日数，0 表示当场办结）") from None


def _item_type(cell: str) -> dict[str, Any]:
    codes = {name: code for code, name in ITEM_TYPES.items()} | {code: code for code in ITEM_TYPES}
    codes["许可"], codes["给付"], codes["确认"] = "01", "05", "07"
    if re.fullmatch("[0-9]{1,2}", cell):
        return {"item_type": cell.zfill(2)}
    return {"item_type": known_of(cell, codes)}


def _object_kinds(cell: str) -> dict[str, Any]:
    codes = {member.label: [member.value] for member in ObjectKind}
    codes |= {member.value: [member.value] for member in ObjectKind} | {"法人": _LEGAL_PERSONS}
    kinds: list[str] = []
    for word in filter(None, KINDS_SIGNS.split(cell)):
        if word not in codes:
            raise ValueError(f"“{word[:20]}”不认识，应为：{'、'.join(w for w in codes if not w.isascii())}")
        kinds += [code for code in codes[word] if code not in kinds]
    return {"object_kinds": kinds}


def _level(cell: str) -> dict[str, Any]:
    known = {member.value: member.value for member in Level} | {m.label: m.value for m in Level}
    return {"level": known_of(cell, known | _LEVELS)}


def _materials(cell: str) -> dict[str, Any]:
    """Names parted by semicolons; （非必需） or （可容缺） at the end of a name says its need."""
    materials = []
    for order, name in enumerate(list_of(cell), start=1):
        need = "optional" if _OPTIONAL.search(name) else "tolerant" if _TOLERANT.search(name) else "required"
        plain = _TOLERANT.sub("", _OPTIONAL.sub("", name))
        materials.append({"id": f"m{order}", "name": plain, "need": need, "order": order})
    if len({material["name"] for material in materials}) < len(materials):
        raise ValueError("同一材料写了两次")
    return {"materials": materials, "base_materials": [material["id"] for material in materials]}


def _promised(cell: str) -> dict[str, Any]:
    """A bare number of working days also tells 办件类型."""
    value = _whole(cell)
    return {"promised.value": value, "promised.unit": "workday", "case_type": "1" if value == 0 else "2"}


def _statutory(cell: str) -> dict[str, Any]:
    return {"statutory.value": _whole(cell), "statutory.unit": "workday"}


def _basis(cell: str) -> dict[str, Any]:
    return {"basis": [{"law": law} for law in list_of(cell)]}


def _steps(cell: str) -> dict[str, Any]:
    return {"steps": [{"name": name} for name in list_of(cell)]}


def _results(cell: str) -> dict[str, Any]:
    return {"results": [{"kind": "证照或文书", "name": name} for name in list_of(cell)]}


_PLAIN = {column.fields[0]: column for column in columns_of(Item)}


def _also(field: str, *heads: str) -> Column:
    """A plain column under more heads."""
    plain = _PLAIN[field]
    return Column((*heads, *plain.heads), plain.fields, plain.read)


SHORT_COLUMNS = (
    _also("name", "事项名称", "名称"),
    _also("code", "事项编码", "编码"),
    Column(("事项类型", "type", "item_type"), ("item_type",), _item_type),
    Column(("服务对象", "service_object", "object_kinds"), ("object_kinds",), _object_kinds),
    Column(("行使层级", "level"), ("level",), _level),
    Column(
        ("承诺时限", "promised_workdays"),
        ("promised.value", "promised.unit", "promised", "case_type"),
        _promised,
    ),
    Column(
        ("法定时限", "statutory_workdays"), ("statutory.value", "statutory.unit", "statutory"), _statutory
    ),
    Column(("申请材料", "materials", "材料"), ("materials", "base_materials"), _materials),
    _also("agency.name", "实施主体", "agency"),
    _also("agency.code", "实施主体编码", "agency_code", "统一社会信用代码"),
    _also("agency.kind", "实施主体性质", "agency_kind"),
    Column(("设定依据", "basis"), ("basis",), _basis),
    Column(("办理流程", "steps"), ("steps",), _steps),
    Column(("办理结果", "results"), ("results",), _results),
)
REQUIRED_FIELDS = ("name", "item_type", "theme", "level")
_BY_HEAD = {head: column for column in _PLAIN.values() for head in column.heads} | {
    head: column for column in SHORT_COLUMNS for head in column.heads
}


def column_of(head: str) -> Column | None:
    """The column of the item sheet that a head stands for; None for an unknown head."""
    return _BY_HEAD.get(head)
