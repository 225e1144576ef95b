"""Puts the rows of one entry together, reads it strictly, and finds the cell of whatever is wrong in it."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from catalog_cache.codes import local_code
from catalog_cache.errors import BadRecord, Problem
from catalog_cache.exchange.layouts import Layout, layout_of
from catalog_cache.exchange.sheets import QUESTION_HEAD, Column
from catalog_cache.exchange.staging import StagedRow, Staging
from catalog_cache.exchange.table_text import CellError, cell_name
from catalog_cache.model import Item, Package
from catalog_cache.plain_text import damage, texts_in

_INDEX = re.compile(r"\[\d+\]")


class Assembler:
    """Makes entries out of staged rows. `faults` collects what was wrong with the entry made last."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._has_cells = staging.fact("kind") == "workbook"
        self._sheets: dict[str, tuple[Layout, list[tuple[str, Column | None]]]] = {}
        self.faults: list[CellError] = []

    def entry(self, row: StagedRow) -> Item | Package | None:
        """The item or package that begins in a row; None when something is wrong with it."""
        self.faults, self._origins, self._told = [], {"": row}, set[str]()
        if self._staging.fact("kind") == "json":
            fields: dict[str, Any] = json.loads(row.cells[0] or "{}")
            is_package = fields.get("kind") == "package"
        else:
            fields, is_package = self._fields(row)
        self._tell_damage(fields)
        return self._read(fields, Package if is_package else Item)

    def _fields(self, row: StagedRow) -> tuple[dict[str, Any], bool]:
        layout, _ = self._sheet(row.sheet)
        fields = self._row_fields(row, "")
        lists = self._staging.rows_of(row.owner) if row.owner else {}
        for sheet, rows in lists.items():
            self._add_list(fields, self._sheet(sheet)[0], rows)
        if layout.finish:
            layout.finish(fields)
        else:
            self._complete(fields, layout, lists)
        if layout.is_package:
            fields["kind"] = "package"
        return fields, layout.is_package

    def _add_list(self, fields: dict[str, Any], layout: Layout, rows: Sequence[StagedRow]) -> None:
        if layout.field == ".":
            for row in rows[:1]:
                _merge(fields, self._row_fields(row, "", beside=True))
        elif "." in layout.field:
            self._add_options(fields, rows)
        elif layout.field in fields:
            self._fault(rows[0], None, f"“{layout.name}”既写在事项一行里，又另有工作表，请只留一处")
        else:
            name = layout.field
            fields[name] = [self._row_fields(row, f"{name}[{n}]") for n, row in enumerate(rows)]

    def _add_options(self, fields: dict[str, Any], rows: Sequence[StagedRow]) -> None:
        """Options go to their question by its id."""
        numbers = {one.get("id"): number for number, one in enumerate(fields.get("questions", ()))}
        for row in rows:
            key = self._key(row, QUESTION_HEAD)
            if key not in numbers:
                self._fault(row, QUESTION_HEAD, f"该事项没有问题“{key[:40]}”")
                continue
            options = fields["questions"][numbers[key]].setdefault("options", [])
            where = f"questions[{numbers[key]}].options[{len(options)}]"
            options.append(self._row_fields(row, where))

    def _row_fields(self, row: StagedRow, where: str, *, beside: bool = False) -> dict[str, Any]:
        """The fields of one row; a cell that cannot be read is told once, here."""
        self._origins[f"+{row.sheet}" if beside else where] = row
        _, columns = self._sheet(row.sheet)
        fields: dict[str, Any] = {}
        for (head, column), cell in zip(columns, row.cells, strict=False):
            if column is None or cell == "":
                continue
            try:
                found = column.read(cell) if cell is not None else None
            except ValueError as error:
                self._fault(row, head, str(error))
                found = None
            if found is None:
                self._told |= {_path(where, field) for field in column.fields}
                continue
            for path, value in found.items():
                _put(fields, path, value)
        return fields

    def _complete(self, fields: dict[str, Any], layout: Layout, lists: dict[str, Any]) -> None:
        """What a short list may leave out: the code, the unit of a limit, the numbers of materials."""
        if layout.is_package:
            return
        for name in ("statutory", "promised"):
            if isinstance(limit := fields.get(name), dict) and "value" in limit:
                limit.setdefault("unit", "workday")
        if "code" not in fields:
            self._told.add("code")
            if "name" in fields and "item_type" in fields:
                fields["code"] = local_code(fields["item_type"], fields["name"])
        materials = fields.get("materials", [])
        if "申请材料" in lists and all("id" not in material for material in materials):
            for number, material in enumerate(materials, start=1):
                material["id"] = f"m{number}"
            if not fields.get("questions"):
                fields.setdefault("base_materials", [material["id"] for material in materials])

    def _tell_damage(self, fields: dict[str, Any]) -> None:
        for where, text in texts_in(fields):
            if wrong := damage(text):
                self._place(where, f"文字疑似损坏，已拒绝：{wrong}")

    def _read(self, fields: dict[str, Any], kind: type[Item] | type[Package]) -> Item | Package | None:
        try:
            entry = kind.from_dict(fields)
        except BadRecord as error:
            for problem in error.problems:
                self._tell(problem)
            return None
        return None if self.faults else entry

    def _tell(self, problem: Problem) -> None:
        if not any(problem.field == told or problem.field.startswith(f"{told}.") for told in self._told):
            self._place(problem.field, problem.message)

    def _place(self, where: str, message: str) -> None:
        """Tell a fault at the row and head that a path came from."""
        row, inner = self._origin(where)
        head = self._head(row, inner) or next(
            (found for one in self._origins.values() if (found := self._head(one, inner))), ""
        )
        self._fault(row, head or where, message, known=bool(head))

    def _origin(self, where: str) -> tuple[StagedRow, str]:
        prefix = where
        while prefix and prefix not in self._origins:
            prefix = prefix[: max(prefix.rfind("."), prefix.rfind("["), 0)]
        return self._origins[prefix], where[len(prefix) :].lstrip(".")

    def _head(self, row: StagedRow, inner: str) -> str:
        if self._staging.fact("kind") == "json":
            return ""
        _, columns = self._sheet(row.sheet)
        plain = _INDEX.sub("", inner)
        for path in (inner, plain, plain.split(".")[0]):
            for head, column in columns:
                if column is not None and path in column.fields:
                    return head
        return ""

    def _fault(self, row: StagedRow, head: str | None, message: str, *, known: bool = True) -> None:
        heads = self._staging.heads(row.sheet) if known and head else []
        has_cell = self._has_cells and head in heads
        cell = cell_name(heads.index(head), row.number) if has_cell and head else ""
        self.faults.append(CellError(row.number, head or "", message, row.sheet, cell))

    def _key(self, row: StagedRow, head: str) -> str:
        heads = self._staging.heads(row.sheet)
        return row.cells[heads.index(head)] or "" if head in heads else ""

    def _sheet(self, name: str) -> tuple[Layout, list[tuple[str, Column | None]]]:
        if name not in self._sheets:
            heads = self._staging.heads(name)
            layout = layout_of(name, heads)
            assert layout is not None, "rows are staged for known sheets only"
            columns = [(head, None if head in layout.keys else layout.column_of(head)) for head in heads]
            self._sheets[name] = layout, columns
        return self._sheets[name]


def each_stray(staging: Staging, limit: int) -> Iterator[CellError]:
    """Rows of lists whose item is not in the file."""
    for row in staging.strays(limit):
        yield CellError(row.number, "", f"没有编码为“{row.owner[:50]}”的事项", row.sheet)


def _path(where: str, field: str) -> str:
    return f"{where}.{field}" if where else field


def _put(fields: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    place = fields
    for name in way:
        place = place.setdefault(name, {})
    place[last] = value


def _merge(fields: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(fields.get(name), dict):
            fields[name] |= value
        else:
            fields[name] = value
