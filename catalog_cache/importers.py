"""Tables of items from outside: CSV and JSON in, items out, and every fault with its row and column.

Nothing is imported by halves: as long as one cell is wrong, the result holds errors and no items.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog_cache.codes import local_code
from catalog_cache.errors import BadRecord, BadTable
from catalog_cache.model import Item, Package
from catalog_cache.plain_text import damage, damaged_spots, texts_in
from catalog_cache.table_columns import REQUIRED_HEADS, Column, column_of
from catalog_cache.table_text import table_bytes, table_text

FILE_ROWS_MAX = 20_000
ERRORS_MAX = 200
_CELL_CHARS_MAX = 20_000
_FORMULA = ("=", "+", "@", "\t")


@dataclass(frozen=True, slots=True)
class CellError:
    """One fault. row: line of the table or number of the entry, from 1; column: its head or field path."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"第 {self.row} 行" + (f"“{self.column}”" if self.column else "") + f"：{self.message}"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file holds. With errors, items and packages are empty; more_errors were not listed."""

    items: tuple[Item, ...] = ()
    packages: tuple[Package, ...] = ()
    errors: tuple[CellError, ...] = ()
    more_errors: int = 0


def read_table(path: Path) -> ImportResult:
    """Read a CSV or JSON file. Raises BadTable when it cannot be read as a table at all.

    CSV: UTF-8, a first row of heads (Chinese or English), one item a row; several values in a cell are
    parted by semicolons. JSON: a list of items, {"items": [], "packages": []}, or one object a line.
    """
    return read_bytes(table_bytes(path))


def read_bytes(data: bytes) -> ImportResult:
    """The same for bytes that were uploaded."""
    text = table_text(data)
    faults = _Faults()
    is_json = text.lstrip()[:1] in ("{", "[")
    entries = _json_entries(text, faults) if is_json else _csv_entries(text, faults)
    records = _unique(_records(entries, faults), faults)
    return faults.result(records)


def replace_by_name(rows: Iterable[Item], worked: Sequence[Item]) -> list[Item]:
    """Worked items, and those rows whose name no worked item has: a full item takes its row's place."""
    names = {item.name for item in worked}
    return [*worked, *(row for row in rows if row.name not in names)]


class _Faults:
    """Errors in the order they are met; beyond the limit they are only counted."""

    def __init__(self) -> None:
        self.listed: list[CellError] = []
        self.more = 0

    def add(self, row: int, column: str, message: str) -> None:
        if len(self.listed) < ERRORS_MAX:
            self.listed.append(CellError(row, column, message))
        else:
            self.more += 1

    def result(self, records: list[Item | Package]) -> ImportResult:
        """Everything or nothing."""
        if self.listed:
            return ImportResult(errors=tuple(self.listed), more_errors=self.more)
        items = tuple(record for record in records if isinstance(record, Item))
        return ImportResult(items, tuple(record for record in records if isinstance(record, Package)))


@dataclass(slots=True)
class _Entry:
    """Fields of one entry to be read strictly.

    heads: field to column head, for messages; told: fields whose fault has been told already.
    """

    row: int
    fields: dict[str, Any]
    heads: dict[str, str] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)


def _json_entries(text: str, faults: _Faults) -> Iterator[_Entry]:
    entries = _json_values(text)
    if len(entries) > FILE_ROWS_MAX:
        raise BadTable(f"文件有 {len(entries)} 条，超过 {FILE_ROWS_MAX} 条。")
    for row, value in enumerate(entries, start=1):
        if isinstance(value, dict):
            yield _Entry(row, value)
        else:
            faults.add(row, "", "应为一条事项（一组字段）")


def _json_values(text: str) -> list[Any]:
    try:
        whole = json.loads(text, object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as error:
        values = _json_lines(text)
        if values is None:
            raise BadTable(f"不是有效的 JSON：{_told(error)}。") from error
        return values
    if isinstance(whole, dict) and whole.keys() <= {"items", "packages"}:
        parts = [whole.get("items", []), whole.get("packages", [])]
        if not all(isinstance(part, list) for part in parts):
            raise BadTable("JSON 中的 items 和 packages 应为列表。")
        return [entry for part in parts for entry in part]
    return whole if isinstance(whole, list) else [whole]


def _json_lines(text: str) -> list[Any] | None:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return [json.loads(line, object_pairs_hook=_no_doubles) for line in lines] if len(lines) > 1 else None
    except (ValueError, RecursionError):
        return None


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"字段“{double[:40]}”写了两次")
    return fields


def _told(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"第 {error.lineno} 行第 {error.colno} 列附近写法有误"
    return "嵌套过深" if isinstance(error, RecursionError) else str(error)


def _csv_entries(text: str, faults: _Faults) -> Iterator[_Entry]:
    rows = _csv_rows(text)
    number, heads = next(rows, (1, []))
    columns = _columns(heads, number, faults)
    for count, (number, cells) in enumerate(rows, start=1):
        if count > FILE_ROWS_MAX:
            raise BadTable(f"表格超过 {FILE_ROWS_MAX} 行。")
        if len(cells) != len(heads) or faults.listed and not columns:
            _refuse_row(number, cells, heads, faults)
        else:
            yield _row_entry(number, cells, columns, faults)


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise BadTable(f"第 {reader.line_num} 行引号或分隔符有误（{error}）。") from error


def _columns(heads: list[str], number: int, faults: _Faults) -> list[tuple[str, Column]]:
    """The columns by their heads; empty when the first row is no row of heads."""
    columns = [(head, column_of(head)) for head in heads]
    for head, column in columns:
        if column is None:
            faults.add(number, head[:20], damage(head) or "不认识的列名，请改用模板中的列名")
    filled = [name for _, column in columns if column for name in column.fields]
    for name in REQUIRED_HEADS:
        if name not in filled:
            label = next(column.heads[0] for column in map(column_of, [name]) if column)
            faults.add(number, label, "缺少这一列")
    if len(set(heads)) < len(heads):
        faults.add(number, next(head for head in heads if heads.count(head) > 1), "列名重复")
    return [] if faults.listed else [(head, column) for head, column in columns if column]


def _refuse_row(number: int, cells: list[str], heads: list[str], faults: _Faults) -> None:
    """A row that cannot be read by columns: tell the damage in it, or that its cells do not fit."""
    spots = [spot for cell in cells for spot in damaged_spots(cell)]
    for spot in spots:
        faults.add(number, "正文", spot.message)
    if not spots and len(cells) != len(heads):
        faults.add(number, "", f"有 {len(cells)} 格，列名有 {len(heads)} 个")


def _row_entry(number: int, cells: list[str], columns: list[tuple[str, Column]], faults: _Faults) -> _Entry:
    entry = _Entry(number, {})
    for cell, (head, column) in zip(cells, columns, strict=True):
        entry.heads |= dict.fromkeys(column.fields, head)
        if not cell:
            continue
        if cell.startswith(_FORMULA) or len(cell) > _CELL_CHARS_MAX:
            faults.add(number, head, "单元格像是公式，或内容过长")
            entry.told |= set(column.fields)
            continue
        try:
            entry.fields |= column.read(cell)
        except ValueError as error:
            faults.add(number, head, str(error))
            entry.told |= set(column.fields)
    _complete(entry)
    return entry


def _complete(entry: _Entry) -> None:
    """Put the agency together, and give an item without an official code a local one."""
    fields = entry.fields
    parts = {name[7:]: fields.pop(name) for name in list(fields) if name.startswith("agency.")}
    if parts:
        fields["agency"] = parts
    if "code" not in fields:
        entry.told.add("code")
        if "name" in fields and "item_type" in fields:
            fields["code"] = local_code(fields["item_type"], fields["name"])


def _records(entries: Iterable[_Entry], faults: _Faults) -> Iterator[tuple[int, Item | Package]]:
    for entry in entries:
        for where, text in texts_in(entry.fields):
            if wrong := damage(text):
                faults.add(entry.row, _head(entry, where), f"文字疑似损坏，已拒绝：{wrong}")
        try:
            kind = Package if entry.fields.get("kind") == "package" else Item
            yield entry.row, kind.from_dict(entry.fields)
        except BadRecord as error:
            for problem in error.problems:
                if problem.field not in entry.told:
                    faults.add(entry.row, _head(entry, problem.field), problem.message)


def _head(entry: _Entry, where: str) -> str:
    return entry.heads.get(where) or entry.heads.get(where.split("[")[0].split(".")[0]) or where


def _unique(records: Iterable[tuple[int, Item | Package]], faults: _Faults) -> list[Item | Package]:
    rows: dict[str, int] = {}
    kept = []
    for row, record in records:
        if record.code in rows:
            faults.add(row, "code", f"编码 {record.code} 与第 {rows[record.code]} 行重复")
        rows.setdefault(record.code, row)
        kept.append(record)
    return kept
