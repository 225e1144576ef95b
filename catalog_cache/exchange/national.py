"""The national exchange shape: tables UP_TASK_GENERAL_* of implementation lists, read into our items.

One row of ..._BASIC is one item; ..._EXTEND, ..._MATERIAL, ..._FEE_PROJECT and ..._QUESTIONS point to it by
TASK_GUID. Codes are those of GB/T 39046-2020 where it has them; the others, marked in
docs/catalog-format.md, are how provinces use them.
"""

import re
from collections.abc import Callable
from typing import Any

from catalog_cache.exchange.cells import day_of, whole_of
from catalog_cache.exchange.sheets import Column

Read = Callable[[str], Any]
BASIC, EXTEND = "UP_TASK_GENERAL_BASIC", "UP_TASK_GENERAL_EXTEND"
MATERIAL, FEE, QUESTIONS = (
    "UP_TASK_GENERAL_MATERIAL",
    "UP_TASK_GENERAL_FEE_PROJECT",
    "UP_TASK_GENERAL_QUESTIONS",
)
KEYS = {BASIC: "ROW_GUID", **dict.fromkeys((EXTEND, MATERIAL, FEE, QUESTIONS), "TASK_GUID")}
LISTS = {MATERIAL: "materials", FEE: "fees", QUESTIONS: "faq"}
IGNORED = re.compile(
    "ID|CD_.*|CREATE_.*|UPDATE_.*|TENANT_ID|VERSION|DATA_SOURCE|TASK_GUID|.*SINGLE_LOGIN|.*_URL|LINK_ADDR|"
    "EXTEND_FIELD|FEE_BASIS|LOCAL_CATALOG_CODE|.*_GUID|IS_DESC|ORDER_NUM|TASK_CODE|TASK_HANDLE_ITEM"
)
_CODES_SIGNS = re.compile(r"[,，;；^|、\s]+")
_NOTHING = {"无", "没有", "0", "不涉及"}
_THEME_UNKNOWN = "未分类"
_LEVEL = {
    "1": "nation",
    "2": "province",
    "3": "city",
    "4": "county",
    "5": "township",
    "6": "village",
    "7": "graded",
}
_STATE = {"1": "active", "2": "suspended"}
_UNIT = {"1": "workday", "2": "day"}
_AREA = {"1": "nation", "2": "cross_province", "3": "province", "4": "city"}
_NEED = {"1": "required", "2": "optional", "3": "tolerant", "0": "optional"}
_KIND = {"1": "original", "2": "copy", "3": "both"}
_FORMAT = {"1": "paper", "2": "electronic", "3": "both"}
_SOURCE = {"10": "申请人自备", "20": "政府部门核发", "99": "其他渠道"}


def _coded(known: dict[str, str]) -> Read:
    def read(cell: str) -> str:
        if cell in known:
            return known[cell]
        told = "、".join(f"{code}（{word}）" for code, word in known.items())
        raise ValueError(f"代码“{cell[:20]}”不认识，应为：{told}")

    return read


def _codes(cell: str) -> list[str]:
    return sorted({code for code in _CODES_SIGNS.split(cell) if code})


def _flag(cell: str) -> bool:
    if cell not in ("0", "1"):
        raise ValueError(f"“{cell[:20]}”不是 1（是）或 0（否）")
    return cell == "1"


def _texts(cell: str) -> list[str]:
    return [line.strip() for line in cell.splitlines() if line.strip()]


def _day(cell: str) -> str:
    return day_of(cell.partition(" ")[0].partition("T")[0])


def _laws(cell: str) -> list[dict[str, str]]:
    return [{"law": line} if len(line) <= 200 else {"law": line[:40], "text": line} for line in _texts(cell)]


def _named(cell: str) -> list[dict[str, str]]:
    return [] if cell in _NOTHING else [{"name": line} for line in _texts(cell)]


def _text(cell: str) -> str:
    return cell


# Table, column -> our dotted path and how to read the cell.
COLUMNS: dict[str, dict[str, tuple[str, Read]]] = {
    BASIC: {
        "TASK_NAME": ("name", _text),
        "CATALOG_CODE": ("base_code", _text),
        "TASK_CODE": ("implementation_code", _text),
        "TASK_HANDLE_ITEM": ("code", _text),
        "LOCAL_TASK_CODE": ("local_code", _text),
        "TASK_TYPE": ("item_type", lambda cell: cell.zfill(2)),
        "TASK_STATE": ("status", _coded(_STATE)),
        "TASK_VERSION": ("version", whole_of),
        "PLAN_EFFECTIVE_DATE": ("effective_on", _day),
        "PLAN_CANCEL_DATE": ("ends_on", _day),
        "ROW_GUID": ("record_id", _text),
        "USE_LEVEL": ("level", _coded(_LEVEL)),
        "POWER_SOURCE": ("power_source", _text),
        "BY_LAW": ("basis", _laws),
        "DEPT_NAME": ("agency.name", _text),
        "DEPT_CODE": ("agency.code", _text),
        "DEPT_TYPE": ("agency.kind", _text),
        "ENTRUST_NAME": ("entrusted_by", _text),
        "PROJECT_TYPE": ("case_type", _text),
        "ANTICIPATE_DAY": ("statutory.value", whole_of),
        "ANTICIPATE_TYPE": ("statutory.unit", _coded(_UNIT)),
        "ANTICIPATE_EXPLAIN": ("statutory.note", _text),
        "PROMISE_DAY": ("promised.value", whole_of),
        "PROMISE_TYPE": ("promised.unit", _coded(_UNIT)),
        "PROMISE_EXPLAIN": ("promised.note", _text),
        "ACCEPT_CONDITION": ("conditions", _texts),
        "HANDLE_FLOW": ("steps", _named),
        "HANDLE_TYPE": ("channels", _codes),
        "SERVER_TYPE": ("object_kinds", _codes),
        "SPECIAL_PROCEDURE": ("specials", _named),
        "LIMIT_SCENE_NUM": ("visits", whole_of),
        "TRANSACT_ADDR": ("place", _text),
        "TRANSACT_TIME": ("hours", _text),
        "LINK_WAY": ("phone", _text),
        "SUPERVISE_WAY": ("complaint_phone", _text),
        "IS_FEE": ("has_fee", _flag),
    },
    EXTEND: {
        "HANDLE_AREA": ("scope", _coded(_AREA)),
        "IS_ENTRY_CENTER": ("is_in_hall", _flag),
        "IS_ONLINE": ("is_online", _flag),
        "IS_PAY_ONLINE": ("has_online_payment", _flag),
        "IS_EXPRESS": ("has_courier", _flag),
        "IS_SCHEDULE": ("has_appointment", _flag),
        "IS_SERVICE_TERMINALS": ("has_self_service", _flag),
        "LIMIT_EXPLAIN": ("quota", lambda cell: "" if cell in _NOTHING else cell),
        "LIMIT_SCENE_EXPLAIN": ("visits_why", _text),
        "ONLINE_HANDLE_DEPTH": ("online_depth", lambda cell: max(_codes(cell))),
        "OTHER_DEPT": ("joint_agencies", _texts),
        "RESULT_TYPE": ("result.kind", _text),
        "RESULT_NAME": ("result.name", _text),
        "SERVICE_TYPE": ("intermediaries", _named),
        "TOWN_CODE": ("township.code", _text),
        "TOWN_NAME": ("township.name", _text),
        "VILLAGE_CODE": ("village.code", _text),
        "VILLAGE_NAME": ("village.name", _text),
        "USER_TOPIC_TYPE": ("person_themes", _codes),
        "CORP_TOPIC_TYPE": ("company_themes", _codes),
        "USER_CHARACTER_TOPIC_TYPE": ("local_themes", _codes),
        "CORP_CHARACTER_TOPIC_TYPE": ("company_local_themes", _codes),
    },
    MATERIAL: {
        "MATERIAL_NAME": ("name", _text),
        "IS_NEED": ("need", _coded(_NEED)),
        "MATERIAL_TYPE": ("kind", _coded(_KIND)),
        "MATERIAL_FORMAT": ("medium", _coded(_FORMAT)),
        "PAGE_NUM": ("pages", whole_of),
        "PAGE_FORMAT": ("spec", _text),
        "SOURCE_TYPE": ("source", lambda cell: _SOURCE.get(cell, cell)),
        "SOURCE_EXPLAIN": ("source_words", _text),
        "FILL_EXPLAIN": ("notes", _text),
        "ACCEPT_STAND": ("standard", _text),
        "BY_LAW": ("basis", _text),
        "REMARK": ("remarks", _text),
        "ORDER_NUM": ("order", whole_of),
    },
    FEE: {
        "FEE_NAME": ("name", _text),
        "FEE_STAND": ("standard", _text),
        "BY_LAW": ("basis", _text),
        "IS_DESC": ("reducible", lambda cell: "可以减免" if _flag(cell) else ""),
        "DESC_EXPLAIN": ("reduction_basis", _text),
        "REMARK": ("note", _text),
        "ORDER_NUM": ("order", whole_of),
    },
    QUESTIONS: {
        "QUESTION": ("q", _text),
        "ANSWER": ("a", _text),
        "ORDER_NUM": ("order", whole_of),
    },
}


def national_column(table: str, head: str) -> Column | None:
    """The column of a table, whatever the case of its name; one that we leave out reads as nothing."""
    name = head.upper()
    if name in COLUMNS[table]:
        path, read = COLUMNS[table][name]
        return Column((name,), (path,), lambda cell: {path: read(cell)})
    return Column((name,), (), lambda cell: {}) if IGNORED.fullmatch(name) else None


def finish(fields: dict[str, Any]) -> None:
    """What the tables say by other means: the item's code, its materials' numbers, lists in their order."""
    fields.setdefault("code", fields.get("implementation_code") or fields.get("base_code", ""))
    if isinstance(agency := fields.get("agency"), dict):
        fields["department"] = agency.get("name", "")
    local = [*fields.get("local_themes", ()), *fields.pop("company_local_themes", ())]
    themes = [*fields.get("person_themes", ()), *fields.get("company_themes", ()), *local]
    fields |= {"local_themes": local, "theme": themes[0] if themes else _THEME_UNKNOWN}
    fields["has_special"] = bool(fields.get("specials"))
    if result := fields.pop("result", None):
        fields["results"] = [{"kind": result.get("kind", ""), "name": result.get("name") or "办理结果"}]
    for name in ("fees", "faq"):
        fields[name] = [_without_order(one) for one in sorted(fields.get(name, ()), key=_order)]
    materials = sorted(fields.get("materials", ()), key=_order)
    for number, material in enumerate(materials, start=1):
        material["id"] = f"m{number}"
        pages = material.pop("pages", 0)
        material["copies" if material.get("kind") == "copy" else "originals"] = pages
    fields |= {"materials": materials, "base_materials": [material["id"] for material in materials]}


def _order(fields: dict[str, Any]) -> int:
    return int(fields.get("order", 0))


def _without_order(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "order"}
