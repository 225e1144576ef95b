"""Workbooks from strangers are read cell by cell, or refused within bounds with what to do."""

import random
import resource
import tracemalloc
import zipfile
from io import BytesIO

import pytest

from catalog_cache.errors import BadTable
from catalog_cache.exchange.importers import read_bytes
from catalog_cache.exchange.workbook_parts import SharedStrings
from tests.catalog_cache.books import HEADS, LINE, NS, archive_of, book, errors_of, frame, line, row, text

SEED = 20261126


def with_cell(cell: str) -> bytes:
    """The usual line with its last cell replaced."""
    return book(line(*HEADS), row(*map(text, LINE[:4]), cell))


def test_a_sheet_of_any_name_with_the_heads_of_an_item_list_is_one():
    (item,) = read_bytes(book(line(*HEADS), line(*LINE))).items

    assert (item.name, item.item_type, item.level, item.promised.value) == ("高龄津贴", "05", "village", 10)


def test_shared_strings_numbers_and_rich_text_are_understood():
    strings = "".join(
        f"<si><r><t>{v[:1]}</t></r><r><t>{v[1:]}</t></r><rPh><t>x</t></rPh></si>" for v in LINE[:4]
    )
    cells = [f'<c t="s"><v>{number}</v></c>' for number in range(4)]
    data = book(
        line(*HEADS),
        row(*cells, "<c><v>10.0</v></c>"),
        **{"xl/sharedStrings.xml": f"<sst {NS}>{strings}</sst>"},
    )

    assert [item.promised.value for item in read_bytes(data).items] == [10]


def test_prefixed_names_and_rows_with_places_are_understood():
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        + "".join(
            f'<x:row r="{number}">'
            + "".join(
                f'<x:c r="{letter}{number}" t="str"><x:v>{value}</x:v></x:c>'
                for letter, value in zip("ABCDE", values, strict=True)
            )
            + "</x:row>"
            for number, values in ((3, HEADS), (7, LINE))
        )
        + "</x:sheetData></x:worksheet>"
    )

    assert len(read_bytes(archive_of({**frame("表"), "xl/worksheets/sheet1.xml": sheet})).items) == 1


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ('<c t="str"><f>1+1</f><v>2</v></c>', "是公式；请复制后选择“粘贴为值”"),
        ('<c t="e"><v>#REF!</v></c>', "是错误值 #REF!"),
        ('<c t="s"><v>7</v></c>', "指向不存在的文字"),
        ("<c><v>4.42099003001E+17</v></c>", "长编码被当成数字存放"),
        ("<c><v>abc</v></c>", "不是数字：abc"),
        ('<c t="b"><v>1</v></c>', "“是”不是整数"),
        (text("十天"), "“十天”不是整数"),
        (text("字" * 20_001), "内容过长"),
        (text("沒(méi)有"), "“沒(méi)有”不是整数"),
    ],
)
def test_a_bad_cell_is_told_by_sheet_row_head_and_cell(cell, told):
    errors = errors_of(with_cell(cell))

    assert errors[0].startswith("工作表“Sheet1”第 2 行“承诺时限”（E2）：")
    assert told in errors[0]


@pytest.mark.parametrize("place", ["1", "000000000999", "9" * 5000])
def test_a_text_beyond_the_shared_ones_is_told_at_its_cell(place):
    cells = row(*map(text, LINE[:4]), f'<c t="s"><v>{place}</v></c>')
    data = book(line(*HEADS), cells, **{"xl/sharedStrings.xml": f"<sst {NS}><si><t>10</t></si></sst>"})

    assert "指向不存在的文字" in errors_of(data)[0]


def test_damaged_text_is_shown_at_its_cell():
    errors = errors_of(book(line(*HEADS), line("高龄(gāo)津贴", *LINE[1:])))

    assert errors == [
        "工作表“Sheet1”第 2 行“事项名称”（A2）：文字疑似损坏，已拒绝：第 3 字处夹有拼音“高龄(gāo)津贴”"
    ]


def test_merged_cells_are_told_and_nothing_is_guessed():
    data = book(line(*HEADS), line(*LINE), after='<mergeCells><mergeCell ref="C2:C9"/></mergeCells>')

    assert errors_of(data) == [
        "工作表“Sheet1”第 2 行“主题”（C2）：是合并单元格（C2:C9）；请取消合并，每格分别填写"
    ]


def test_a_bad_cell_in_a_list_is_told_in_its_own_sheet():
    parts = {
        **frame("事项", "申请材料"),
        "xl/worksheets/sheet1.xml": f"<worksheet {NS}><sheetData>{line('事项编码', *HEADS)}"
        f"{line('442099003001', *LINE)}</sheetData></worksheet>",
        "xl/worksheets/sheet2.xml": f"<worksheet {NS}><sheetData>"
        f"{line('事项编码', '材料标识', '材料名称', '原件份数')}"
        f"{line('442099003001', 'a', '身份证', '1')}{line('442099003001', 'b', '户口簿', '一')}"
        f"{line('442099009999', 'c', '申请表', '1')}{line('', 'd', '照片', '1')}</sheetData></worksheet>",
    }

    assert errors_of(archive_of(parts)) == [
        "工作表“申请材料”第 3 行“原件份数”（D3）：“一”不是整数",
        "工作表“申请材料”第 4 行：没有编码为“442099009999”的事项",
        "工作表“申请材料”第 5 行“事项编码”（A5）：没有填写",
    ]


def test_an_unknown_sheet_is_told_and_a_sheet_of_explanations_is_passed_over():
    one = f"<worksheet {NS}><sheetData>{line(*HEADS)}{line(*LINE)}</sheetData></worksheet>"
    other = f"<worksheet {NS}><sheetData>{line('甲', '乙')}</sheetData></worksheet>"

    def with_second(name: str) -> bytes:
        return archive_of(
            {**frame("事项", name), "xl/worksheets/sheet1.xml": one, "xl/worksheets/sheet2.xml": other}
        )

    assert len(read_bytes(with_second("说明")).items) == 1
    assert errors_of(with_second("草稿"))[0].startswith("工作表“草稿”第 1 行：不认识的工作表")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (book('<row r="500001"><c r="A500001"><v>1</v></c></row>'), "超过 500000 行"),
        (book('<row><c r="XFD1"><v>1</v></c></row>'), "用到了单元格 XFD1，超过 256 列"),
        (archive_of({"a.txt": "x"}), "不是 Excel 工作簿"),
        (archive_of({**frame("a"), "xl/vbaProject.bin": "x"}), "带有宏"),
        (archive_of(frame(*[f"s{n}" for n in range(41)])), "有 41 个工作表"),
        (archive_of(frame("a", "a")), "内部结构有误"),
        (archive_of(frame("a")), "内部结构有误"),
        (archive_of({f"{n}": "" for n in range(501)}), "超过 500 个"),
        (book("<row><c>"), "内部结构有误"),
        (book(line(*HEADS))[:-30], "内部结构有误"),
        (archive_of({"xl/workbook.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'}), "文档类型声明"),
    ],
)
def test_a_workbook_that_is_not_sound_is_refused_with_the_reason(data, told):
    with pytest.raises(BadTable, match=told) as refusal:
        read_bytes(data)

    assert "没有导入任何内容" in refusal.value.next_step


def test_days_from_1904_are_refused():
    parts = frame("a")
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        "<sheets>", '<workbookPr date1904="1"/><sheets>'
    )

    with pytest.raises(BadTable, match="1904"):
        read_bytes(archive_of(parts))


def test_a_zip_bomb_is_refused_by_its_ratio_before_it_is_unpacked():
    data = archive_of({**frame("a"), "xl/worksheets/sheet1.xml": " " * 80_000_000})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(BadTable, match="压缩炸弹"):
        read_bytes(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_a_size_that_lies_is_never_believed():
    data = bytearray(archive_of({**frame("a"), "xl/worksheets/sheet1.xml": "<a>" + "x" * 50_000 + "</a>"}))
    info = zipfile.ZipFile(BytesIO(bytes(data))).getinfo("xl/worksheets/sheet1.xml")
    real = info.file_size.to_bytes(4, "little")

    with pytest.raises(BadTable, match="内部结构有误"):
        read_bytes(bytes(data).replace(real, (100).to_bytes(4, "little")))


@pytest.mark.parametrize(
    ("strings", "limits", "told"),
    [
        (f"<si><t>{'字' * 60}</t></si>", {"chars_max": 50}, "文字过多"),
        ("<si/><si/><si/><si/>", {"count_max": 3}, "超过 3 条"),
    ],
)
def test_too_many_shared_strings_are_refused_empty_ones_too(strings, limits, told):
    part = "xl/sharedStrings.xml"
    with zipfile.ZipFile(BytesIO(archive_of({part: f"<sst>{strings}</sst>"}))) as archive:
        assert list(SharedStrings().feed(archive, part))
        with pytest.raises(BadTable, match=told):
            list(SharedStrings(**limits).feed(archive, part))


def test_faults_are_told_from_the_top_down_whatever_found_them():
    formula = row(*map(text, LINE[:4]), "<c><f>1+1</f></c>")

    told = errors_of(book(line(*HEADS), line(*LINE[:4], "十天"), formula, line("", *LINE[1:])))

    assert [one.partition("行")[0][-2] for one in told] == ["2", "3", "4"]


@pytest.mark.parametrize("place", range(len(LINE)))
def test_half_a_character_is_told_at_its_cell(place):
    cells = ["_xD83D_" + value if at == place else value for at, value in enumerate(LINE)]

    assert "ABCDE"[place] + "2）" in errors_of(book(line(*HEADS), line(*cells)))[0]


def test_a_character_written_as_two_halves_is_one():
    (item,) = read_bytes(book(line(*HEADS), line("_xD840__xDC0B_津贴", *LINE[1:]))).items

    assert item.name == "\U0002000b津贴"


def test_a_cell_without_end_is_kept_only_to_its_limit():
    chance = random.Random(1)
    data = book(
        line(*HEADS), row(*map(text, LINE[:4]), text("字" * 9_000_000)), noise=chance.randbytes(200_000).hex()
    )
    tracemalloc.start()
    try:
        assert "内容过长" in errors_of(data)[0]
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_row_has_no_more_cells_than_columns():
    with pytest.raises(BadTable, match="超过 256 列"):
        read_bytes(book(line(*HEADS), row(*['<c r="A2"><f/></c>'] * 257)))


def test_any_changed_byte_gives_the_same_items_or_a_refusal():
    whole = book(line(*HEADS), line(*LINE), name="事项")
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    for _ in range(300):
        data = bytearray(whole)
        data[chance.randrange(4, len(data))] ^= 1 << chance.randrange(8)
        try:
            result = read_bytes(bytes(data))
        except BadTable:
            continue
        assert not (result.errors and result.items)
