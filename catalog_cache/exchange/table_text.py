"""Bytes that somebody offers as a table, turned into text and rows, or refused with the way out."""

import csv
import io
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from catalog_cache.errors import BadTable

FILE_BYTES_MAX = 128 * 1024 * 1024
CELL_CHARS_MAX = 20_000
_SAVE_AS = "请在表格软件中另存为 xlsx 或“CSV UTF-8（逗号分隔）”，再导入；本次没有导入任何内容。"
_SECTION = re.compile("【(.{1,40})】")
_FORMULA = ("=", "+", "@", "\t")
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "这是旧式 Excel（xls）、Word 文件，或加了密码的工作簿，不是 xlsx、CSV 或 JSON。"),
    (b"%PDF", "这是 PDF 文件，不是 xlsx、CSV 或 JSON。"),
    (b"\xff\xfe", "文件编码是 UTF-16，不是 UTF-8。"),
    (b"\xfe\xff", "文件编码是 UTF-16，不是 UTF-8。"),
)


class Row(NamedTuple):
    """One filled row of a sheet, heads included.

    number: from 1, as the program it comes from counts; faults: (column from 0, what is wrong with the
    cell); is_exact: whether it must have as many cells as there are heads.
    """

    sheet: str
    number: int
    cells: list[str]
    faults: tuple[tuple[int, str], ...] = ()
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class CellError:
    """One fault. row: line of the table or number of the entry, from 1; column: its head or field path.

    sheet: "" for a file without sheets; cell: as C5, where the file is a workbook.
    """

    row: int
    column: str
    message: str
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        sheet = f"工作表“{self.sheet}”" if self.sheet else ""
        cell = f"（{self.cell}）" if self.cell else ""
        return (
            f"{sheet}第 {self.row} 行"
            + (f"“{self.column}”" if self.column else "")
            + f"{cell}：{self.message}"
        )


def cell_name(column: int, row: int) -> str:
    """C5 of a column counted from 0 and a row counted from 1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def is_workbook(data: bytes) -> bool:
    """Whether the bytes begin as a zip does, and so may be an xlsx."""
    return data.startswith(b"PK\x03\x04")


def csv_rows(data: bytes) -> Iterator[Row]:
    """The filled rows of a CSV in UTF-8; one that is only 【name】 begins the sheet of that name.

    Raises BadTable. The text is decoded as it is read: a whole catalog in one string takes much memory.
    """
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline=""), strict=True)
    sheet = ""
    try:
        for cells in reader:
            cells = [cell.strip().replace("\r\n", "\n") for cell in cells]
            if not any(cells):
                continue
            section = _SECTION.fullmatch(cells[0])
            if section and not any(cells[1:]):
                sheet = section[1]
            else:
                yield Row(sheet, reader.line_num, cells, tuple(_csv_faults(cells)), is_exact=not sheet)
    except csv.Error as error:
        raise BadTable(f"第 {reader.line_num} 行引号或分隔符有误（{error}）。") from error


def _csv_faults(cells: list[str]) -> Iterator[tuple[int, str]]:
    for column, cell in enumerate(cells):
        if cell.startswith(_FORMULA) or len(cell) > CELL_CHARS_MAX:
            yield column, "单元格像是公式，或内容过长"


def table_bytes(path: Path) -> bytes:
    """The bytes of a plain file of bounded size. Raises BadTable."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise BadTable(f"{path.name} 不是普通文件。")
        if about.st_size > FILE_BYTES_MAX:
            raise BadTable(f"文件有 {about.st_size // 1024**2} MiB，超过 {FILE_BYTES_MAX // 1024**2} MiB。")
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise BadTable(f"文件 {path.name} 打不开：{error.strerror}。") from error


def table_text(data: bytes) -> str:
    """The text of a table in UTF-8, with or without a byte order mark. Raises BadTable."""
    if len(data) > FILE_BYTES_MAX:
        raise BadTable(f"文件超过 {FILE_BYTES_MAX // 1024**2} MiB。")
    for mark, why in _FOREIGN:
        if data.startswith(mark):
            raise BadTable(why, _SAVE_AS)
    if b"\0" in data:
        raise BadTable("文件含有空字节，不是文本表格。", _SAVE_AS)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        guess = "看起来是 GBK（GB 18030）编码" if _is_gb18030(data) else "也不像是 GBK"
        raise BadTable(
            f"文件不是 UTF-8 编码（第 {error.start + 1} 个字节起），{guess}。", _SAVE_AS
        ) from error
    if not text.strip():
        raise BadTable("文件是空的。")
    return text


def _is_gb18030(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True
