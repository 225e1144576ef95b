"""Files of items from outside: workbook, CSV or JSON in, items out, and every fault with its place.

Nothing is imported by halves: as long as one cell is wrong, the result holds errors and no items. The
work goes on in small steps over a staging file, so that it can show how far it is and be taken up again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog_cache.errors import BadTable
from catalog_cache.exchange.assembly import Assembler, each_stray
from catalog_cache.exchange.layouts import EXPLAINING, Layout, layout_of, owner_index
from catalog_cache.exchange.staging import ERRORS_MAX, Staging
from catalog_cache.exchange.table_json import is_json, json_values
from catalog_cache.exchange.table_text import (
    CellError,
    Row,
    cell_name,
    csv_rows,
    is_workbook,
    table_bytes,
    table_text,
)
from catalog_cache.exchange.workbook_read import workbook_rows
from catalog_cache.model import Item, Package
from catalog_cache.plain_text import damage, damaged_spots
from catalog_cache.records import label_of

__all__ = ["ERRORS_MAX", "FILE_ROWS_MAX", "CellError", "ImportResult", "Reading", "read_bytes", "read_table"]
FILE_ROWS_MAX = 20_000
LIST_ROWS_MAX = 500_000
_STEP_ROWS = 2_000
_STEP_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file holds. With errors, items and packages are empty; more_errors were not listed."""

    items: tuple[Item, ...] = ()
    packages: tuple[Package, ...] = ()
    errors: tuple[CellError, ...] = ()
    more_errors: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading is. stage: reading, checking or done; total: 0 while unknown."""

    stage: str
    done: int
    total: int


class Reading:
    """One file on its way in. `steps` does a little at a time; a later object goes on where it stopped."""

    def __init__(self, data: bytes, staging: Staging) -> None:
        self._data = data
        self._staging = staging

    @property
    def is_over(self) -> bool:
        """Whether the file has been read and checked to its end."""
        return self._staging.fact("stage") == "done"

    @property
    def progress(self) -> Progress:
        """How far it is."""
        stage = self._staging.fact("stage", "reading")
        done = int(self._staging.fact("checked" if stage != "reading" else "rows", "0"))
        return Progress(stage, done, int(self._staging.fact("entries", "0")))

    def steps(self) -> Iterator[Progress]:
        """Do the work; after each step it is kept, and may be left. Raises BadTable.

        Reading the rows begins anew when it was interrupted; checking the entries goes on.
        """
        if self._staging.fact("stage", "reading") == "reading":
            yield from self._read()
        if self._staging.fact("stage") == "checking":
            yield from self._check()

    def _read(self) -> Iterator[Progress]:
        self._staging.clear()
        intake = _Intake(self._staging)
        for count, _ in enumerate(intake.takes(self._data), start=1):
            if count % _STEP_ROWS == 0:
                self._staging.remember("rows", str(count))
                yield self.progress
        self._staging.remember("entries", str(self._staging.main_count()))
        self._staging.remember("stage", "checking")
        self._staging.commit()
        yield self.progress

    def _check(self) -> Iterator[Progress]:
        assembler = Assembler(self._staging)
        while rows := self._staging.main_rows(int(self._staging.fact("last", "0")), _STEP_ENTRIES):
            for row in rows:
                entry = assembler.entry(row)
                self._staging.add_faults(assembler.faults)
                if entry is not None:
                    _keep(self._staging, entry, row.number, row.sheet)
            self._staging.remember("last", str(rows[-1].id))
            self._staging.remember("checked", str(int(self._staging.fact("checked", "0")) + len(rows)))
            self._staging.commit()
            yield self.progress
        self._staging.add_faults(each_stray(self._staging, ERRORS_MAX))
        self._staging.remember("stage", "done")
        self._staging.commit()
        yield self.progress


def read_table(path: Path) -> ImportResult:
    """Read a workbook, CSV or JSON file. Raises BadTable when it cannot be read as a table at all.

    docs/catalog-format.md has the sheets, columns and shapes. A CSV is UTF-8; its first row holds heads.
    """
    return read_bytes(table_bytes(path))


def read_bytes(data: bytes) -> ImportResult:
    """The same for bytes that were uploaded."""
    staging = Staging()
    try:
        for _ in Reading(data, staging).steps():
            pass
        errors = staging.faults()
        if errors:
            return ImportResult(errors=errors, more_errors=staging.fault_count() - len(errors))
        entries = [read_entry(record) for record in staging.in_file_order()]
    finally:
        staging.close()
    items = tuple(entry for entry in entries if isinstance(entry, Item))
    return ImportResult(items, tuple(entry for entry in entries if isinstance(entry, Package)))


def read_entry(record: str) -> Item | Package:
    """An entry out of its JSON."""
    fields = json.loads(record)
    return Package.from_dict(fields) if "kind" in fields else Item.from_dict(fields)


def written_entry(entry: Item | Package) -> str:
    """The JSON of an entry, the same for the same entry."""
    return json.dumps(entry.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def replace_by_name(rows: Iterable[Item], worked: Sequence[Item]) -> list[Item]:
    """Worked items, and those rows whose name no worked item has: a full item takes its row's place."""
    names = {item.name for item in worked}
    return [*worked, *(row for row in rows if row.name not in names)]


def _keep(staging: Staging, entry: Item | Package, number: int, sheet: str) -> None:
    before = staging.first_row_of(entry.code)
    if before is not None:
        message = f"编码 {entry.code} 与第 {before} 行重复"
        staging.add_faults([CellError(number, "code", message, sheet)])
        return
    staging.add_entry(entry.code, number, written_entry(entry))


class _Intake:
    """Rows of a file into the staging file, sheet by sheet."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._layout: Layout | None = None
        self._sheet: str | None = None
        self._heads: list[str] = []
        self._owner: int | None = None
        self._entries = self._list_rows = 0
        self._has_cells = False

    def takes(self, data: bytes) -> Iterator[None]:
        """Stage every row; yields after each. Raises BadTable."""
        if is_workbook(data):
            yield from self._tables("workbook", workbook_rows(data))
            return
        text = table_text(data)
        if not is_json(text):
            del text
            yield from self._tables("csv", csv_rows(data))
        elif tables := _keys_by_table(text):
            yield from self._tables("tables", _table_rows(text, tables))
        else:
            yield from self._json(text)

    def _json(self, text: str) -> Iterator[None]:
        self._staging.remember("kind", "json")
        for number, (_, value) in enumerate(json_values(text), start=1):
            self._count(is_main=True)
            if isinstance(value, dict):
                written = json.dumps(value, ensure_ascii=False)
                self._staging.add_row("", number, "", [written], is_main=True)
            else:
                self._fault(number, "", "应为一条事项（一组字段）")
            yield

    def _tables(self, kind: str, rows: Iterable[Row]) -> Iterator[None]:
        self._staging.remember("kind", kind)
        self._has_cells = kind == "workbook"
        for row in rows:
            if row.sheet != self._sheet:
                self._begin(row)
            elif self._layout is None:
                self._tell_damage(row)
            else:
                self._take(row, self._layout)
            yield

    def _begin(self, row: Row) -> None:
        """The first row of a sheet: its heads."""
        self._sheet, self._heads, self._layout = row.sheet, row.cells, None
        if row.sheet in EXPLAINING:
            return
        layout = layout_of(row.sheet, row.cells)
        if layout is None:
            self._fault(row.number, "", "不认识的工作表；请改用说明中的名称，或删去它")
            return
        faults = [*self._head_faults(layout, row), *self._cell_faults(row)]
        for fault in faults:
            self._fault(row.number, *fault)
        if not faults:
            self._layout = layout
            self._owner = owner_index(layout, row.cells)
            self._staging.add_sheet(row.sheet, row.cells)

    def _head_faults(self, layout: Layout, row: Row) -> Iterator[tuple[str, str]]:
        filled: set[str] = set()
        for head in row.cells:
            column = layout.column_of(head)
            filled |= set(column.fields) if column else set()
            if column is None and head not in layout.keys:
                yield head[:20], damage(head) or "不认识的列名，请改用模板中的列名"
        for name in layout.required:
            if name not in filled:
                yield label_of(Item, name), "缺少这一列"
        if layout.keys and not set(layout.keys) <= {head.upper() for head in row.cells} | set(row.cells):
            yield layout.keys[-1], "缺少这一列"
        if len(set(row.cells)) < len(row.cells):
            yield next(head for head in row.cells if row.cells.count(head) > 1), "列名重复"

    def _take(self, row: Row, layout: Layout) -> None:
        wrong = dict(row.faults)
        for head, message in self._cell_faults(row):
            self._fault(row.number, head, message)
        if not row.cells:
            return
        if row.is_exact and len(row.cells) != len(self._heads) or any(row.cells[len(self._heads) :]):
            self._fault(row.number, "", f"有 {len(row.cells)} 格，列名有 {len(self._heads)} 个")
            return
        cells = [None if index in wrong else cell for index, cell in enumerate(row.cells)]
        cells = [*cells, *[""] * len(self._heads)][: len(self._heads)]
        owner = (cells[self._owner] or "") if self._owner is not None else ""
        if not layout.is_main and not owner:
            self._fault(row.number, layout.owner_head, "没有填写")
            return
        self._count(is_main=layout.is_main)
        self._staging.add_row(row.sheet, row.number, owner, cells, is_main=layout.is_main)

    def _cell_faults(self, row: Row) -> Iterator[tuple[str, str]]:
        for column, message in row.faults:
            yield (self._heads[column] if column < len(self._heads) else f"第 {column + 1} 列"), message

    def _tell_damage(self, row: Row) -> None:
        """A row that cannot be read by columns: only the damage in it can be told."""
        for cell in row.cells if self._sheet not in EXPLAINING else ():
            for spot in damaged_spots(cell):
                self._fault(row.number, "正文", spot.message)

    def _count(self, *, is_main: bool) -> None:
        self._entries += is_main
        self._list_rows += not is_main
        if self._entries > FILE_ROWS_MAX:
            raise BadTable(f"文件超过 {FILE_ROWS_MAX} 条。")
        if self._list_rows > LIST_ROWS_MAX:
            raise BadTable(f"材料、流程等明细超过 {LIST_ROWS_MAX} 行。")

    def _fault(self, number: int, head: str, message: str) -> None:
        cell = ""
        if self._has_cells and head in self._heads:
            cell = cell_name(self._heads.index(head), number)
        self._staging.add_faults([CellError(number, head, message, self._sheet or "", cell)])


def _keys_by_table(text: str) -> dict[str, list[str]]:
    """The columns of each national table of a JSON file, in the order met; empty for our own shape."""
    tables: dict[str, dict[str, None]] = {}
    for table, value in json_values(text):
        if not table:
            return {}
        keys = value if isinstance(value, dict) else {}
        tables.setdefault(table, {}).update(dict.fromkeys(keys))
    return {table: list(keys) for table, keys in tables.items()}


def _table_rows(text: str, tables: dict[str, list[str]]) -> Iterator[Row]:
    """The objects of national tables as rows; the number of a row is that of the object in its table."""
    number, begun = 0, ""
    for table, value in json_values(text):
        if table != begun:
            number, begun = 0, table
            yield Row(table, 0, tables[table])
        number += 1
        fields = value if isinstance(value, dict) else {}
        yield Row(table, number, [_plain(fields.get(key)) for key in tables[table]])


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(int(value))
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


OnProgress = Callable[[Progress], None]
