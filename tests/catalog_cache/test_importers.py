"""Tables from outside: everything is taken, or nothing, with every fault told by row and column."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_cache.demonstration import REFERENCE, demonstration_items, worked_items
from catalog_cache.errors import BadTable
from catalog_cache.exchange.importers import ERRORS_MAX, FILE_ROWS_MAX, read_bytes, read_table
from catalog_cache.exchange.table_text import FILE_BYTES_MAX
from catalog_cache.model import Need, ObjectKind, Status
from tests.catalog_cache.books import errors_of
from tests.tools.catalogs import make_item

SPECIMEN = (
    "沒(méi)有繁雜的手續(xù),只需跑一次就能完成企業(yè)開(kāi)辦業(yè)務(wù)\n"
    "據(jù)杭州市上城區(qū)行政審批服務(wù)管理辦公室主任介紹,已取得了階段性成效。\n"
)
HEAD = "事项名称,事项类型,主题,行使层级,承诺时限,申请材料\n"
ROW = "高龄津贴,行政给付,老龄服务,村,10,居民身份证；户口簿（非必需）；申请表（可容缺）\n"


def table(*rows: str, head: str = HEAD) -> bytes:
    return (head + "".join(rows)).encode()


def test_the_common_list_comes_in_as_incomplete_items_closed_for_intake():
    result = read_table(REFERENCE / "common_items.csv")

    assert len(result.items) == 184 and not result.errors
    assert {item.status for item in result.items} == {Status.INCOMPLETE}
    assert not any(item.is_open for item in result.items)
    assert len({item.code for item in result.items}) == 184


def test_a_row_becomes_an_item_with_its_materials_and_their_need():
    (item,) = read_bytes(table(ROW)).items

    assert (item.name, item.item_type, item.level, item.promised.value) == ("高龄津贴", "05", "village", 10)
    assert [(m.name, m.need) for m in item.materials] == [
        ("居民身份证", Need.REQUIRED),
        ("户口簿", Need.OPTIONAL),
        ("申请表", Need.TOLERANT),
    ]
    assert item.base_materials == ("m1", "m2", "m3")


def test_a_full_row_can_be_in_force():
    head = HEAD.strip() + ",事项编码,实施主体,统一社会信用代码,窗口权限,事项状态,服务对象,俗称\n"
    row = (
        ROW.strip() + ",442099003001,曲江区民政局,1199999999990002XC,收件,在用,自然人、法人,老人钱；敬老钱\n"
    )
    (item,) = read_bytes(table(row, head=head)).items

    assert item.is_open and item.code == "442099003001" and item.aliases == ("老人钱", "敬老钱")
    assert item.agency.code == "1199999999990002XC"
    assert item.object_kinds[0] is ObjectKind.PERSON and len(item.object_kinds) == 4


def test_english_heads_quotes_and_a_byte_order_mark_are_understood():
    data = '\ufeffname,type,theme,level\n"高龄津贴",05,老龄服务,village\n\n'.encode()

    assert [item.name for item in read_bytes(data).items] == ["高龄津贴"]


def test_one_bad_cell_keeps_everything_out_and_is_told_by_row_and_column():
    rows = [ROW, ROW.replace("高龄津贴", "低保").replace("10", "十"), ROW.replace("高龄津贴", "临时救助")]

    assert errors_of(table(*rows)) == ["第 3 行“承诺时限”：“十”不是整数（工作日数，0 表示当场办结）"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (ROW.replace("行政给付", "奇怪"), "第 2 行“事项类型”：“奇怪”不认识"),
        (ROW.replace("村", "月球"), "第 2 行“行使层级”：“月球”不认识"),
        (ROW.replace("高龄津贴", ""), "第 2 行“事项名称”：没有填写"),
        (ROW.replace("高龄津贴", "=1+1"), "第 2 行“事项名称”：单元格像是公式"),
        (ROW.replace("高龄津贴", "高" * 121), "第 2 行“事项名称”：最多 120 个字"),
        (ROW.replace("高龄津贴", "高龄(gao)津贴"), "第 2 行“事项名称”：文字疑似损坏，已拒绝"),
        (ROW.replace("户口簿（非必需）", "居民身份证"), "第 2 行“申请材料”：同一材料写了两次"),
        (ROW.strip() + ",多一格\n", "第 2 行：有 7 格，列名有 6 个"),
        (ROW + ROW, "第 3 行“code”：编码 L05"),
    ],
)
def test_each_kind_of_fault_is_told_where_it_is(row, told):
    assert any(error.startswith(told) for error in errors_of(table(row)))


def test_a_table_without_the_needed_columns_says_which():
    errors = errors_of("名称,颜色\n高龄津贴,红\n".encode())

    assert "第 1 行“颜色”：不认识的列名，请改用模板中的列名" in errors
    assert [error for error in errors if "缺少这一列" in error][0] == "第 1 行“事项类型”：缺少这一列"


def test_the_damaged_specimen_is_refused_and_its_places_are_shown():
    errors = errors_of(SPECIMEN.encode())

    assert any("夹有拼音“沒(méi)有繁”" in error for error in errors)
    assert any(error.startswith("第 2 行“正文”") and "据" not in error for error in errors)


def test_more_faults_than_can_be_read_are_counted():
    result = read_bytes(table(*["甲,乙,丙,丁,戊,己\n"] * ERRORS_MAX))

    assert len(result.errors) == ERRORS_MAX and result.more_errors > 0


def test_items_and_packages_come_in_as_json_in_three_shapes():
    items = [make_item().to_dict(), make_item("低保", code="442099003002").to_dict()]
    package = {"kind": "package", "code": "PKG-1", "name": "一件事"}
    shapes = [items, {"items": items, "packages": []}]
    as_lines = "\n".join(json.dumps(item, ensure_ascii=False) for item in items).encode()

    assert all(len(read_bytes(json.dumps(shape).encode()).items) == 2 for shape in shapes)
    assert len(read_bytes(as_lines).items) == 2
    assert read_bytes(json.dumps([package]).encode()).packages[0].code == "PKG-1"


def test_a_fault_in_json_is_told_by_entry_and_field():
    broken = make_item().to_dict() | {"materials": [{"id": "a", "name": "開戶"}], "nmae": "x"}
    errors = errors_of(json.dumps([make_item("甲", code="1234567890").to_dict(), broken, 7]).encode())

    assert any(error.startswith("第 2 行“materials[0].name”：文字疑似损坏") for error in errors)
    assert "第 2 行“nmae”：没有这个字段" in errors
    assert "第 3 行：应为一条事项（一组字段）" in errors


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "文件是空的"),
        (b" \n ", "文件是空的"),
        (HEAD.encode("gb18030"), "看起来是 GBK"),
        (HEAD.encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest", "内部结构有误"),
        (b"%PDF-1.7", "PDF"),
        (b"a\0b", "空字节"),
        (b"\xff\xff\xff", "也不像是 GBK"),
        (b'{"items": [', "不是有效的 JSON：第 1 行"),
        (b"[" * 100_000, "嵌套过深"),
        (b'[{"code":"a","code":"b"}]', "字段“code”写了两次"),
        (b'{"items": 1}', "应为列表"),
        (b'[{"code": ' + b"9" * 5000 + b"}]", "有一个数字过长"),
        (b'{"items": [], "\\ud800": []}', "不认识"),
        (b'[{"\\ud800": 1, "\\ud800": 2}]', "写了两次"),
        (table('"高龄,\n'), "引号或分隔符有误"),
        (table(*[ROW] * (FILE_ROWS_MAX + 1)), "超过"),
        (table("x" * 200_000 + ",a,b,c,d,e\n"), "引号或分隔符有误"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(data, told):
    with pytest.raises(BadTable, match=told) as refusal:
        read_bytes(data)

    assert "没有导入任何内容" in refusal.value.next_step


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(FILE_BYTES_MAX + 1)

    with pytest.raises(BadTable, match="超过 128 MiB"):
        read_table(path)


def test_what_is_no_plain_file_is_refused(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.csv")

    for path in (tmp_path, tmp_path / "missing.csv", tmp_path / "pipe.csv"):
        with pytest.raises(BadTable):
            read_table(path)


@settings(deadline=None, max_examples=80)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_taken_whole_or_refused_whole(data):
    try:
        result = read_bytes(data)
    except BadTable:
        return
    assert not (result.errors and result.items)


UNITS = st.text(st.characters(exclude_categories=()), max_size=8)
# Halves of characters and other units that no file should hold.
FIELDS = st.sampled_from(["code", "name", "kind", "item_type", "materials", "questions"]) | UNITS
VALUES = st.recursive(
    UNITS | st.integers() | st.floats() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.dictionaries(FIELDS, VALUES, max_size=4), max_size=3))
def test_any_json_is_taken_whole_or_refused_whole(entries):
    try:
        result = read_bytes(json.dumps(entries).encode())
    except BadTable:
        return
    assert not (result.errors and result.items)


def test_half_a_character_in_json_is_told_at_its_field():
    result = read_bytes(b'[{"name": "\\ud800", "\\udc00": 1}]')

    assert "第 1 行“name”：第 1 个字是不可显示的字符（U+FFFD）" in [str(error) for error in result.errors]


def test_a_worked_item_takes_the_place_of_its_row():
    items = demonstration_items()
    names = [item.name for item in items]
    rows = {item.name for item in read_table(REFERENCE / "common_items.csv").items}
    worked = {item.name for item in worked_items()}

    assert len(names) == len(set(names)) == len(rows | worked)
    assert worked <= set(names)
    assert {item.name for item in items if item.status is Status.INCOMPLETE} == rows - worked
