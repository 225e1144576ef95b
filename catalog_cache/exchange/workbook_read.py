"""Reads a spreadsheet file (xlsx) from a stranger: bounded, row by row, with the standard library.

A workbook is a zip of XML. Nothing in it is believed: sizes and counts are capped before and while
reading, document types are refused, formulas and merged cells are told by cell and never evaluated.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from xml.parsers import expat

from catalog_cache.errors import BadTable
from catalog_cache.exchange.table_text import CELL_CHARS_MAX, Row, cell_name

UNPACKED_BYTES_MAX = 512 * 1024 * 1024
RATIO_MAX = 400
PARTS_MAX = 500
SHEETS_MAX = 40
ROWS_MAX = 500_000
COLUMNS_MAX = 256
SHARED_CHARS_MAX = 40_000_000
SHARED_COUNT_MAX = 2_000_000
_CHUNK = 64 * 1024
# What the standard library's zip reader says to broken bytes.
_UNSOUND = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_CELL_NAME = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_SIGN = re.compile("_x([0-9A-Fa-f]{4})_")
_EXACT_DIGITS_MAX = 15
_BROKEN = "工作簿内部结构有误，打不开；请用表格软件打开后另存为 xlsx 再导入。"


def workbook_rows(data: bytes) -> Iterator[Row]:
    """Every filled row of every sheet, sheet by sheet. Raises BadTable for what is no sound workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive)
            sheets = _sheets(archive)
            shared = _shared_strings(archive)
            for name, part in sheets:
                yield from _sheet_rows(archive, name, part, shared)
    except _UNSOUND as error:
        raise BadTable(_BROKEN) from error


def _check_archive(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > PARTS_MAX:
        raise BadTable(f"工作簿内有 {len(parts)} 个部件，超过 {PARTS_MAX} 个。")
    if any(part.filename.endswith("vbaProject.bin") for part in parts):
        raise BadTable("工作簿带有宏。", "请另存为不带宏的 xlsx 再导入；本次没有导入任何内容。")
    if any(part.flag_bits & 1 for part in parts):
        raise BadTable("工作簿加了密码。", "请去掉密码后另存再导入；本次没有导入任何内容。")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise BadTable(_BROKEN)
    if len({part.filename for part in parts}) < len(parts):
        raise BadTable(_BROKEN)
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > UNPACKED_BYTES_MAX or unpacked > RATIO_MAX * max(packed, 4096):
        size = f"{unpacked // 1024**2} MiB"
        raise BadTable(
            f"工作簿解压后有 {size}，像是压缩炸弹，已拒绝；最多 {UNPACKED_BYTES_MAX // 1024**2} MiB。"
        )


class _Reader:
    """Feeds one part to expat in pieces. Subclasses listen."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._first
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, archive: zipfile.ZipFile, part: str) -> Iterator[None]:
        """Read the part; yields now and then, so that a listener can hand over what it has."""
        if part not in archive.NameToInfo:
            raise BadTable(_BROKEN)
        try:
            with archive.open(part) as file:
                while chunk := file.read(_CHUNK):
                    self.parser.Parse(chunk)
                    yield
                self.parser.Parse(b"", True)
                yield
        except expat.ExpatError as error:
            raise BadTable(_BROKEN) from error

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        """Names are compared without their prefix; most files use none, and are read faster."""
        has_prefix = ":" in name
        self.parser.StartElementHandler = self._start_prefixed if has_prefix else self.start
        self.parser.EndElementHandler = self._end_prefixed if has_prefix else self.end
        self.parser.StartElementHandler(name, attributes)

    def _start_prefixed(self, name: str, attributes: dict[str, str]) -> None:
        self.start(name.rpartition(":")[2], attributes)

    def _end_prefixed(self, name: str) -> None:
        self.end(name.rpartition(":")[2])

    def _doctype(self, *_: object) -> None:
        raise BadTable("工作簿内含文档类型声明，已拒绝。")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text between."""


class _Book(_Reader):
    """The names of the sheets and their relation ids; whether days count from 1904."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            ids = [value for key, value in attributes.items() if key.rpartition(":")[2] == "id"]
            self.sheets.append((attributes.get("name", "").strip()[:40], ids[0] if ids else ""))
        if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            raise BadTable("工作簿使用 1904 日期系统，日期会差四年；请改为 1900 日期系统后另存再导入。")


class _Relations(_Reader):
    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            inside = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
            self.targets[attributes.get("Id", "")] = posixpath.normpath(inside)


class _Shared(_Reader):
    """The shared strings; readings above characters (rPh) are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []
        self._parts: list[str] = []
        self._is_text = self._is_reading = False
        self._chars = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._is_reading = True
        elif name == "t":
            self._is_text = not self._is_reading

    def end(self, name: str) -> None:
        if name == "si":
            self.strings.append(_decoded("".join(self._parts)))
            if len(self.strings) > SHARED_COUNT_MAX:
                raise BadTable(f"工作簿中的文字超过 {SHARED_COUNT_MAX} 条。")
        elif name == "rPh":
            self._is_reading = False
        elif name == "t":
            self._is_text = False

    def text(self, data: str) -> None:
        if self._is_text:
            self._parts.append(data)
            self._chars += len(data)
            if self._chars > SHARED_CHARS_MAX:
                raise BadTable("工作簿中的文字过多。")


def _sheets(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    if "xl/workbook.xml" not in archive.NameToInfo:
        raise BadTable("这个压缩包不是 Excel 工作簿（xlsx）。")
    book, relations = _Book(), _Relations()
    for reader, part in ((book, "xl/workbook.xml"), (relations, "xl/_rels/workbook.xml.rels")):
        for _ in reader.feed(archive, part):
            pass
    if not book.sheets or len(book.sheets) > SHEETS_MAX:
        raise BadTable(f"工作簿有 {len(book.sheets)} 个工作表，应为 1 到 {SHEETS_MAX} 个。")
    if len({name for name, _ in book.sheets}) < len(book.sheets):
        raise BadTable(_BROKEN)
    return [(name, relations.targets.get(key, "")) for name, key in book.sheets]


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.NameToInfo:
        return []
    shared = _Shared()
    for _ in shared.feed(archive, "xl/sharedStrings.xml"):
        pass
    return shared.strings


def _sheet_rows(archive: zipfile.ZipFile, name: str, part: str, shared: list[str]) -> Iterator[Row]:
    reader = _Sheet(name, shared)
    for _ in reader.feed(archive, part):
        yield from reader.ready
        reader.ready = []


@dataclass(slots=True)
class _Cell:
    column: int = 0
    kind: str = ""
    parts: list[str] = field(default_factory=list)
    chars: int = 0
    has_formula: bool = False


class _Sheet(_Reader):
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
            is_known = raw.isascii() and raw.isdigit() and int(raw[:9]) < len(self._shared)
            return (self._shared[int(raw)], "") if is_known else ("", "指向不存在的文字")
        if kind == "b":
            return ("是" if raw == "1" else "否"), ""
        if kind == "n":
            return _number(raw)
        return _decoded(raw), ""

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


def _decoded(text: str) -> str:
    """Text with its _xHHHH_ signs read as UTF-16 units; a half of a pair becomes U+FFFD, refused later on."""
    if not _SIGN.search(text):
        return text
    units = _SIGN.sub(lambda found: chr(int(found[1], 16)), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
