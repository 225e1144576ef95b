"""The rows of one sheet of a workbook: every cell as text, with what is wrong with it."""

import re
from dataclasses import dataclass, field
from functools import cache

from catalog_cache.errors import BadTable
from catalog_cache.exchange.table_text import CELL_CHARS_MAX, Row, cell_name
from catalog_cache.exchange.workbook_parts import PartReader, decoded

ROWS_MAX = 500_000
COLUMNS_MAX = 256
_CELL_NAME = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_EXACT_DIGITS_MAX = 15
_PLACE_DIGITS_MAX = 9


@dataclass(slots=True)
class _Cell:
    column: int = 0
    kind: str = ""
    parts: list[str] = field(default_factory=list)
    chars: int = 0
    has_formula: bool = False


class Sheet(PartReader):
    """One sheet's rows as they end, in `ready`; merged cells come after all rows, as rows of faults only."""

    def __init__(self, name: str, shared: list[str]) -> None:
        super().__init__()
        self.name = name
        self.ready: list[Row] = []
        self._shared = shared
        self._row = self._next = self._count = 0
        self._cells: dict[int, str] = {}
        self._faults: list[tuple[int, str]] = []
        self._cell: _Cell | None = None
        self._is_text = self._is_reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "t"):
            self._is_text = self._cell is not None and not self._is_reading
        elif name == "row":
            self._start_row(attributes.get("r", ""))
        elif name == "f" and self._cell:
            self._cell.has_formula = True
        elif name == "rPh":
            self._is_reading = True
        elif name == "mergeCell":
            self._merged(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name == "c" and self._cell:
            self._end_cell(self._cell)
            self._cell = None
        elif name in ("v", "t"):
            self._is_text = False
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._is_reading = False

    def text(self, data: str) -> None:
        if self._is_text and self._cell and self._cell.chars <= CELL_CHARS_MAX:
            self._cell.parts.append(data)
            self._cell.chars += len(data)

    def _start_row(self, number: str) -> None:
        self._row = int(number) if re.fullmatch("[1-9][0-9]{0,6}", number) else self._row + 1
        self._next, self._count, self._cells, self._faults = 0, 0, {}, []
        if self._row > ROWS_MAX:
            raise BadTable(
                f"工作表“{self.name}”的行号到了 {self._row}，超过 {ROWS_MAX} 行；请删去多余的空行。"
            )

    def _start_cell(self, attributes: dict[str, str]) -> None:
        found = _CELL_NAME.fullmatch(attributes.get("r", ""))
        column = _column_number(found[1]) if found else self._next
        self._next, self._count = column + 1, self._count + 1
        if max(column, self._count - 1) >= COLUMNS_MAX:
            where = cell_name(column, self._row)
            why = f"工作表“{self.name}”用到了单元格 {where}，超过 {COLUMNS_MAX} 列"
            raise BadTable(f"{why}；请删去多余的列。")
        self._cell = _Cell(column, attributes.get("t", "n"))

    def _end_cell(self, cell: _Cell) -> None:
        raw = "".join(cell.parts)
        if cell.has_formula:
            self._faults.append((cell.column, "是公式；请复制后选择“粘贴为值”"))
            return
        if not raw:
            return
        if cell.kind == "e":
            self._faults.append((cell.column, f"是错误值 {raw[:20]}"))
            return
        text, wrong = self._value(cell.kind, raw)
        if len(text) > CELL_CHARS_MAX:
            wrong = f"内容过长，最多 {CELL_CHARS_MAX} 个字"
        if wrong:
            self._faults.append((cell.column, wrong))
        elif text.strip():
            self._cells[cell.column] = text.strip().replace("\r\n", "\n")

    def _value(self, kind: str, raw: str) -> tuple[str, str]:
        """The text of a cell and what is wrong with it."""
        if kind == "s":
            is_number = raw.isascii() and raw.isdigit() and len(raw) <= _PLACE_DIGITS_MAX
            place = int(raw) if is_number else len(self._shared)
            return (self._shared[place], "") if place < len(self._shared) else ("", "指向不存在的文字")
        if kind == "b":
            return ("是" if raw == "1" else "否"), ""
        if kind == "n":
            return _number(raw)
        return decoded(raw), ""

    def _end_row(self) -> None:
        if self._cells or self._faults:
            width = 1 + max([*self._cells, *(column for column, _ in self._faults)])
            cells = [self._cells.get(column, "") for column in range(width)]
            self.ready.append(Row(self.name, self._row, cells, tuple(self._faults)))

    def _merged(self, area: str) -> None:
        found = _CELL_NAME.fullmatch(area.partition(":")[0])
        if found:
            fault = (_column_number(found[1]), f"是合并单元格（{area[:20]}）；请取消合并，每格分别填写")
            self.ready.append(Row(self.name, int(found[2]), [], (fault,)))


def _number(raw: str) -> tuple[str, str]:
    """A number as people typed it; a long one has lost its last digits and is refused."""
    try:
        value = float(raw)
    except ValueError:
        return "", f"不是数字：{raw[:20]}"
    if not value.is_integer():
        return raw, ""
    if abs(value) >= 10**_EXACT_DIGITS_MAX:
        return "", "长编码被当成数字存放，末几位已经丢失；请把单元格设为文本后重新填写"
    return str(int(value)), ""


@cache
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
