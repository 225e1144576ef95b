"""Workbooks as strangers make them: cells as raw XML, so that a test says exactly what is odd."""

import io
import zipfile
from xml.sax.saxutils import escape

from catalog_cache.exchange.importers import read_bytes

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADS = ("事项名称", "事项类型", "主题", "行使层级", "承诺时限")
LINE = ("高龄津贴", "行政给付", "老龄服务", "村", "10")


def text(value: str) -> str:
    """A cell of text without its place."""
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def row(*cells: str) -> str:
    """A row of cells that are XML already."""
    return f"<row>{''.join(cells)}</row>"


def line(*values: str) -> str:
    """A row of texts."""
    return row(*map(text, values))


def book(*rows: str, name: str = "Sheet1", after: str = "", **parts: str) -> bytes:
    """A workbook of one sheet; parts: further files by name, with _ for / and the dot."""
    sheet = f"<worksheet {NS}><sheetData>{''.join(rows)}</sheetData>{after}</worksheet>"
    return archive_of({**frame(name), "xl/worksheets/sheet1.xml": sheet, **parts})


def frame(*names: str) -> dict[str, str]:
    """The parts around the sheets."""
    sheets = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(names, 1))
    relations = "".join(
        f'<Relationship Id="r{i}" Type="w" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(names) + 1)
    )
    return {
        "xl/workbook.xml": f'<workbook {NS} xmlns:r="{RELS}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
    }


def archive_of(parts: dict[str, str]) -> bytes:
    """Parts as a zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return data.getvalue()


def errors_of(data: bytes) -> list[str]:
    """What is told of a file from which nothing is taken."""
    result = read_bytes(data)
    assert result.items == () and result.packages == ()
    return [str(error) for error in result.errors]
