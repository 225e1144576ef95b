"""docs/catalog-format.md, written from the code: `python -m tests.tools.catalog_format`."""

from collections.abc import Iterator
from pathlib import Path

from catalog_cache.exchange import national
from catalog_cache.exchange.sheets import FORMS, Leaf, leaves_of
from catalog_cache.exchange.table_columns import SHORT_COLUMNS
from catalog_cache.exchange.workbook_read import RATIO_MAX, SHEETS_MAX, UNPACKED_BYTES_MAX
from catalog_cache.exchange.workbook_sheet import COLUMNS_MAX, ROWS_MAX
from catalog_cache.records import FieldFacts

PATH = Path(__file__).parents[2] / "docs" / "catalog-format.md"
_KINDS = {
    "text": "text",
    "whole": "whole number",
    "flag": "是 or 否",
    "day": "date 2026-11-22",
    "lines": "list",
}
_INTRO = """\
# The format of catalog files

A catalog goes in and out as a workbook (xlsx), one CSV (UTF-8), or JSON; a list in the national exchange
shape comes in as any of the three. `yimen catalog import FILE` takes a file into the hall's draft, with
`--dry-run` only told what would change; `yimen catalog table FILE` writes the draft. The same at the
publishing desk. What was written imports again without a changed character. This page is written from the
code by `python -m tests.tools.catalog_format`, and a test holds it equal.

## Rules for every file

- Nothing is imported by halves. Every fault is told by sheet, row, head and cell, in Chinese, 200 at most.
- The first row of a sheet holds heads: the Chinese element, or the field's path in JSON. Order is free.
- An empty cell is a field that is not said. A list in a cell is parted by ；, or by line breaks when the
  cell has one. A text in quotes that reads as a JSON string, and a list in square brackets that reads as
  JSON, stand for exactly that; the export writes them so where a spreadsheet would change the text.
- A closed list takes its Chinese words or its codes. Dates: 2026-11-22, 2026/11/22, 2026年11月22日.
- Refused with the place shown: pinyin pasted in, traditional forms, broken encodings, private characters;
  formulas, error values, merged cells, codes that a spreadsheet has rounded.
- A list sheet names its item by 事项编码; options of a question also by 问题标识. In a CSV a line that is
  only 【申请材料】 begins that sheet; a CSV without such a line is one 事项 sheet. A workbook's sheet of any
  name with the heads of an item list is one, too. A sheet 说明 is passed over.
- JSON is a list of items and packages, {"items": [], "packages": []}, or one object a line; names are the
  paths below, and a package has "kind": "package".
"""


_NATIONAL = """\
Tables UP_TASK_GENERAL_* as provinces send them up: one sheet a table in a workbook or CSV, or one list a
table in a JSON object; names in any case. An item is a row of the first table; rows of the others point to
its ROW_GUID by TASK_GUID. Codes follow GB/T 39046-2020 where it has them; those of TASK_STATE (1 in use,
2 suspended), ANTICIPATE_TYPE and PROMISE_TYPE (1 working days, 2 days), HANDLE_AREA (1 nation, 2 across
provinces, 3 across cities, 4 across counties), IS_NEED (1 needed, 2 or 0 not, 3 may follow), MATERIAL_TYPE
and MATERIAL_FORMAT are as provinces use them (unverified). The code is TASK_HANDLE_ITEM, else TASK_CODE,
else CATALOG_CODE. Other columns of these tables are known and left out.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([*_lines(), ""])


def _lines() -> Iterator[str]:
    yield _INTRO
    size = UNPACKED_BYTES_MAX // 1024**2
    yield f"Limits of a workbook: {SHEETS_MAX} sheets, {ROWS_MAX:,} rows, {COLUMNS_MAX} columns, {size} MiB"
    yield f"unpacked, {RATIO_MAX} times its packed size; no macros, passwords, or days counted from 1904.\n"
    for form in FORMS.values():
        yield from _sheet(form.name, [*form.keys], list(leaves_of(form.record)))
    yield "## Short heads of 事项\n"
    yield "A clerk's short list may use these besides; 承诺时限 is a number of working days, 0 on the spot.\n"
    yield "| heads | fills |\n|---|---|"
    for column in SHORT_COLUMNS:
        yield f"| {', '.join(column.heads)} | {', '.join(column.fields)} |"
    yield "\n## The national exchange shape\n"
    yield _NATIONAL
    for table, columns in national.COLUMNS.items():
        yield f"### {table}\n\n| column | field |\n|---|---|"
        yield from (f"| {name} | {path} |" for name, (path, _) in columns.items())
        yield ""


def _sheet(name: str, keys: list[str], leaves: list[tuple[str, Leaf]]) -> Iterator[str]:
    yield f"## {name}\n\n| head | JSON | cell |\n|---|---|---|"
    yield from (f"| {key} |  | which entry the row belongs to |" for key in keys)
    yield from (f"| {head} | {leaf.path} | {_cell(leaf.facts)} |" for head, leaf in leaves)
    yield ""


def _cell(facts: FieldFacts) -> str:
    if facts.kind in ("choice", "choices"):
        words = "、".join(f"{member.label}({member.value})" for member in facts.of or ())  # type: ignore[attr-defined]
        return words + (", several" if facts.kind == "choices" else "")
    return _KINDS[facts.kind]


if __name__ == "__main__":
    PATH.write_text(page(), "utf-8")
    print(f"written: {PATH.name}")
