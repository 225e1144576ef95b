"""Reads a spreadsheet file (xlsx) from a stranger: bounded, row by row, with the standard library.

A workbook is a zip of XML. Nothing in it is believed: sizes and counts are capped before and while
reading, document types are refused, formulas and merged cells are told by cell and never evaluated.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator

from catalog_cache.errors import BadTable
from catalog_cache.exchange.table_text import Row
from catalog_cache.exchange.workbook_parts import BROKEN, Book, Relations, SharedStrings
from catalog_cache.exchange.workbook_sheet import Sheet

UNPACKED_BYTES_MAX = 512 * 1024 * 1024
RATIO_MAX = 400
PARTS_MAX = 500
SHEETS_MAX = 40
# What the standard library's zip reader says to broken bytes.
_UNSOUND = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


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
        raise BadTable(BROKEN) from error


def _check_archive(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > PARTS_MAX:
        raise BadTable(f"工作簿内有 {len(parts)} 个部件，超过 {PARTS_MAX} 个。")
    if any(part.filename.endswith("vbaProject.bin") for part in parts):
        raise BadTable("工作簿带有宏。", "请另存为不带宏的 xlsx 再导入；本次没有导入任何内容。")
    if any(part.flag_bits & 1 for part in parts):
        raise BadTable("工作簿加了密码。", "请去掉密码后另存再导入；本次没有导入任何内容。")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise BadTable(BROKEN)
    if len({part.filename for part in parts}) < len(parts):
        raise BadTable(BROKEN)
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > UNPACKED_BYTES_MAX or unpacked > RATIO_MAX * max(packed, 4096):
        size = f"{unpacked // 1024**2} MiB"
        raise BadTable(
            f"工作簿解压后有 {size}，像是压缩炸弹，已拒绝；最多 {UNPACKED_BYTES_MAX // 1024**2} MiB。"
        )


def _sheets(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    if "xl/workbook.xml" not in archive.NameToInfo:
        raise BadTable("这个压缩包不是 Excel 工作簿（xlsx）。")
    book, relations = Book(), Relations()
    for reader, part in ((book, "xl/workbook.xml"), (relations, "xl/_rels/workbook.xml.rels")):
        for _ in reader.feed(archive, part):
            pass
    if not book.sheets or len(book.sheets) > SHEETS_MAX:
        raise BadTable(f"工作簿有 {len(book.sheets)} 个工作表，应为 1 到 {SHEETS_MAX} 个。")
    if len({name for name, _ in book.sheets}) < len(book.sheets):
        raise BadTable(BROKEN)
    return [(name, relations.targets.get(key, "")) for name, key in book.sheets]


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.NameToInfo:
        return []
    shared = SharedStrings()
    for _ in shared.feed(archive, "xl/sharedStrings.xml"):
        pass
    return shared.strings


def _sheet_rows(archive: zipfile.ZipFile, name: str, part: str, shared: list[str]) -> Iterator[Row]:
    reader = Sheet(name, shared)
    for _ in reader.feed(archive, part):
        yield from reader.ready
        reader.ready = []
