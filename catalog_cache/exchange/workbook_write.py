"""Writes a spreadsheet file (xlsx) with the standard library: sheets of text cells, heads in bold.

Every cell is text, so that no program turns a code of 18 digits into a rounded number.
"""

import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import SpooledTemporaryFile
from xml.sax.saxutils import escape, quoteattr

from catalog_cache.exchange.table_text import cell_name

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_BEFORE = (
    f'{_HEAD}<worksheet {_NS}><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<cols><col min="1" max="256" width="18" style="0" customWidth="1"/></cols><sheetData>'
)
_AFTER = "</sheetData></worksheet>"
# A program reads _x0041_ as the letter A; an underscore that starts such a sign is written as _x005F_.
_SIGN = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_DATE = (1980, 1, 1, 0, 0, 0)
_STYLES = (
    f'{_HEAD}<styleSheet {_NS}><fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="49" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1"/></cellXfs></styleSheet>'
)
MEMORY_BYTES_MAX = 1024 * 1024
"""A sheet in the making beyond this size goes to a temporary file."""


def write_workbook(
    path: Path, heads: Mapping[str, Sequence[str]], rows: Iterable[tuple[str, Sequence[str]]]
) -> None:
    """Write sheets with these heads, and rows that name their sheet; the same rows give the same bytes."""
    with ExitStack() as stack:
        sheets = {name: stack.enter_context(SpooledTemporaryFile(MEMORY_BYTES_MAX)) for name in heads}
        numbers = dict.fromkeys(heads, 1)
        for name, head in heads.items():
            sheets[name].write(_row(1, head, style=1))
        for name, row in rows:
            numbers[name] += 1
            sheets[name].write(_row(numbers[name], row, style=0))
        archive = stack.enter_context(zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4))
        for part, text in _frame(list(heads)).items():
            archive.writestr(_info(part), text)
        for number, sheet in enumerate(sheets.values(), start=1):
            with archive.open(_info(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True) as file:
                file.write(_BEFORE.encode())
                sheet.seek(0)
                shutil.copyfileobj(sheet, file)
                file.write(_AFTER.encode())


def _info(part: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(part, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _row(number: int, cells: Sequence[str], style: int) -> bytes:
    written = [_cell(number, index, text, style) for index, text in enumerate(cells) if text]
    return f'<row r="{number}">{"".join(written)}</row>'.encode()


def _cell(number: int, index: int, text: str, style: int) -> str:
    where = cell_name(index, number)
    shown = escape(_SIGN.sub("_x005F_", text))
    return f'<c r="{where}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _frame(names: Sequence[str]) -> dict[str, str]:
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    styles = f'<Relationship Id="rId{len(names) + 1}" Type="{_RELS}/styles" Target="styles.xml"/>'
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    return {
        "[Content_Types].xml": (
            f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels"'
            ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{parts}</Types>'
        ),
        "_rels/.rels": (
            f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>"
        ),
        "xl/workbook.xml": f'{_HEAD}<workbook {_NS} xmlns:r="{_RELS}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{relations}{styles}</Relationships>'
        ),
        "xl/styles.xml": _STYLES,
    }
