"""Implementation lists in the national exchange shape become items, from JSON as from a workbook."""

import json
from typing import Any

from catalog_cache.exchange.importers import read_bytes
from catalog_cache.lint import missing_for_exchange
from catalog_cache.model import CopyKind, Item, Level, Medium, Need, Status
from tests.catalog_cache.books import NS, archive_of, frame, line

GUID = "5d0c8a3e-0000-4000-8000-000000000001"
CODE = "1199999999990002XC5442199806003"
BASIC: dict[str, Any] = {
    "ROW_GUID": GUID,
    "TASK_NAME": "高龄津贴",
    "CATALOG_CODE": "442199806003",
    "TASK_CODE": CODE,
    "TASK_HANDLE_ITEM": CODE + "01",
    "TASK_TYPE": "05",
    "TASK_STATE": "1",
    "TASK_VERSION": 3,
    "USE_LEVEL": "5",
    "POWER_SOURCE": "1",
    "BY_LAW": "中华人民共和国老年人权益保障法",
    "DEPT_NAME": "曲江区民政局",
    "DEPT_CODE": "1199999999990002XC",
    "DEPT_TYPE": "1",
    "PROJECT_TYPE": "2",
    "ANTICIPATE_DAY": 20,
    "ANTICIPATE_TYPE": "1",
    "PROMISE_DAY": 10,
    "PROMISE_TYPE": "2",
    "ACCEPT_CONDITION": "年满80周岁\n本县户籍",
    "HANDLE_FLOW": "受理\n审核\n办结",
    "HANDLE_TYPE": "1,2",
    "SERVER_TYPE": "1",
    "SPECIAL_PROCEDURE": "无",
    "LIMIT_SCENE_NUM": 0,
    "TRANSACT_ADDR": "曲江区示例大厅",
    "TRANSACT_TIME": "工作日",
    "LINK_WAY": "0751-0000000",
    "SUPERVISE_WAY": "12345",
    "IS_FEE": "0",
    "PLAN_EFFECTIVE_DATE": "2026-12-01 00:00:00",
    "CD_BATCH": "b1",
    "TENANT_ID": 7,
}
EXTEND = {
    "TASK_GUID": GUID,
    "HANDLE_AREA": "3",
    "IS_ENTRY_CENTER": "1",
    "IS_ONLINE": "1",
    "IS_PAY_ONLINE": "0",
    "IS_EXPRESS": "0",
    "RESULT_TYPE": "30",
    "RESULT_NAME": "津贴发放通知",
    "TOWN_CODE": "440205104000",
    "TOWN_NAME": "马坝镇",
    "USER_TOPIC_TYPE": "优待抚恤",
}
MATERIALS: list[dict[str, Any]] = [
    {
        "TASK_GUID": GUID,
        "MATERIAL_NAME": "户口簿",
        "IS_NEED": "3",
        "MATERIAL_TYPE": "2",
        "PAGE_NUM": 2,
        "ORDER_NUM": 2,
    },
    {
        "TASK_GUID": GUID,
        "MATERIAL_NAME": "身份证",
        "IS_NEED": "1",
        "MATERIAL_FORMAT": "3",
        "PAGE_NUM": 1,
        "ORDER_NUM": 1,
    },
]
FAQ = [{"TASK_GUID": GUID, "QUESTION": "何时到账？", "ANSWER": "次月。", "ORDER_NUM": 1}]
TABLES: dict[str, list[dict[str, Any]]] = {
    "UP_TASK_GENERAL_BASIC": [BASIC],
    "UP_TASK_GENERAL_EXTEND": [EXTEND],
    "UP_TASK_GENERAL_MATERIAL": MATERIALS,
    "UP_TASK_GENERAL_QUESTIONS": FAQ,
}


def read_tables(tables: dict[str, Any]) -> Item:
    result = read_bytes(json.dumps(tables, ensure_ascii=False).encode())
    assert [str(error) for error in result.errors] == []
    (item,) = result.items
    return item


def errors_of(**changes: Any) -> list[str]:
    tables = {**TABLES, "UP_TASK_GENERAL_BASIC": [BASIC | changes]}
    return [str(error) for error in read_bytes(json.dumps(tables).encode()).errors]


def test_every_mandatory_element_of_the_tables_arrives():
    item = read_tables(TABLES)

    assert (item.code, item.base_code, item.implementation_code) == (CODE + "01", "442199806003", CODE)
    assert (item.level, item.status, item.version, item.record_id) == (Level.TOWNSHIP, Status.ACTIVE, 3, GUID)
    assert (item.agency.name, item.department, item.theme) == ("曲江区民政局", "曲江区民政局", "优待抚恤")
    assert (item.statutory.value, item.promised.value, item.promised.unit.value) == (20, 10, "day")
    assert item.conditions == ("年满80周岁", "本县户籍") and len(item.steps) == 3
    assert (item.scope.value, item.township.name, item.results[0].name) == (
        "province",
        "马坝镇",
        "津贴发放通知",
    )
    assert (item.has_special, item.has_fee, item.is_in_hall, item.visits) == (False, False, True, 0)
    assert missing_for_exchange(item) == []


def test_materials_come_in_their_order_with_need_kind_and_number():
    first, second = read_tables(TABLES).materials

    assert (first.name, first.need, first.medium, first.originals) == (
        "身份证",
        Need.REQUIRED,
        Medium.BOTH,
        1,
    )
    assert (second.name, second.need, second.kind, second.copies) == (
        "户口簿",
        Need.TOLERANT,
        CopyKind.COPY,
        2,
    )
    assert read_tables(TABLES).base_materials == ("m1", "m2")


def test_the_case_of_table_names_does_not_matter_and_a_workbook_says_the_same():
    names = list(TABLES)
    sheets = {
        f"xl/worksheets/sheet{number}.xml": f"<worksheet {NS}><sheetData>"
        + line(*[head.lower() for head in _heads(rows)])
        + "".join(line(*[str(fields.get(head, "")) for head in _heads(rows)]) for fields in rows)
        + "</sheetData></worksheet>"
        for number, rows in enumerate(TABLES.values(), start=1)
    }
    (item,) = read_bytes(archive_of({**frame(*[name.lower() for name in names]), **sheets})).items

    assert item == read_tables(TABLES)
    assert read_tables({name.lower(): rows for name, rows in TABLES.items()}) == item


def test_a_bad_code_is_told_by_table_row_and_column():
    assert errors_of(USE_LEVEL="9")[0].startswith(
        "工作表“UP_TASK_GENERAL_BASIC”第 1 行“USE_LEVEL”：代码“9”不认识"
    )
    assert "代码“3”不认识" in errors_of(TASK_STATE="3")[0]
    assert "POWER_SOURCE" in errors_of(POWER_SOURCE="8")[0]
    assert "TASK_NAME" in errors_of(TASK_NAME="高龄(gāo)津贴")[0]


def test_an_unknown_column_or_table_is_refused_and_a_stray_row_told():
    stray = [{"TASK_GUID": "other", "MATERIAL_NAME": "照片"}]
    unknown = {**TABLES, "UP_TASK_GENERAL_BASIC": [BASIC | {"COLOUR": "red"}]}

    assert "不认识的列名" in str(read_bytes(json.dumps(unknown).encode()).errors[0])
    assert "不认识的工作表" in str(read_bytes(json.dumps({**TABLES, "UP_TASK_X": stray}).encode()).errors[0])
    found = read_bytes(json.dumps({**TABLES, "UP_TASK_GENERAL_MATERIAL": MATERIALS + stray}).encode())
    assert str(found.errors[0]) == "工作表“UP_TASK_GENERAL_MATERIAL”第 3 行：没有编码为“other”的事项"


def _heads(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(head for fields in rows for head in fields))
