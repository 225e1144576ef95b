"""`python -m tests.tools.make_samples`: the samples of forms and of results that come with the program.

Each common form of the demonstration catalog is set as the station sets its papers, once blank and once
filled in with the made-up particulars of `station/guide/filled.py`, drawn by poppler's `pdftoppm` and kept
as a small grey picture. The papers that these items end in are set beside them, half a page each. Across
each page stands that it is an example.
"""

import io
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby

from PIL import Image

from catalog_cache.demonstration import SAMPLES, worked_items
from catalog_cache.model import Item, Result
from station.documents.given import DocumentKind, Issue, Office, finish
from station.documents.paper import SignBox
from station.documents.text import Rich
from station.guide.filled import NAME, SHARED, FilledField, filled_form
from station.guide.sheet import form_title
from station.hall.samples.overview import is_paper
from station.hall.samples.places import RESULT
from sync.clock import Proof, Stamp

CODES = (
    "442099003001",  # 高龄老人津贴
    "442099004001",  # 残疾人证
    "442099004002",  # 困难残疾人生活补贴
    "442099002001",  # 最低生活保障
    "442099002003",  # 临时救助
    "442099002010",  # 医疗救助
    "442099008001",  # 宅基地
    "442099015001",  # 个体工商户
    "442099005015",  # 社会保障卡
    "442099007002",  # 育儿补贴
)
MATERIAL = "form"
DOTS_PER_INCH, GREYS = 100, 8
STAMP = Stamp(datetime(2026, 3, 1, tzinfo=UTC), Proof.HALL)
EMPTY = "　\n　"


def main() -> None:
    """Write all of them anew."""
    SAMPLES.mkdir(exist_ok=True)
    items = {item.code: item for item in worked_items()}
    for code in CODES:
        for kind in ("blank_form", "sample"):
            _keep(f"{code}-{MATERIAL}-{kind}.png", picture(items[code], is_filled=kind == "sample"))
        for place, result in enumerate(items[code].results, start=1):
            if is_paper(result.kind):
                _keep(f"{code}-{place}-{RESULT}.png", result_picture(items[code], result))


def _keep(name: str, data: bytes) -> None:
    (SAMPLES / name).write_bytes(data)
    print(name, len(data))


def picture(item: Item, *, is_filled: bool) -> bytes:
    """One form as a grey PNG of an A4 page."""
    issue = _issue(item)
    sheet = issue.sheet("样表" if is_filled else "空白表", 13)
    sheet.title(form_title(item), 21)
    told = (
        "样表：照这个样子填。人名、号码都是编的。" if is_filled else "空白表：带 * 的必须填，用黑色笔写清楚。"
    )
    sheet.subtitle(f"{told}（示例，以本地部门发布的表格为准）", 11)
    for section, fields in groupby(filled_form(item), key=lambda field: field.section):
        sheet.heading(section)
        sheet.facts([[(_label(field), _value(field, is_filled))] for field in fields], labels=170)
    signed = "李桂香　　　2026 年 3 月 1 日" if is_filled else "　　　　　　　　　年　　月　　日"
    sheet.boxes([SignBox("申请人（签名或按指印）", signed), SignBox("受理人", "　")])
    return _grey(finish(DocumentKind.GUIDE, form_title(item), issue, sheet).pdf)


def result_picture(item: Item, result: Result) -> bytes:
    """What an item ends in, as the upper half of a grey A4 page; it says what stands there and is no copy."""
    issue = _issue(item)
    sheet = issue.sheet("结果样本", 14)
    sheet.title(result.name, 24)
    sheet.subtitle("样本：让您先看看办下来是什么样子，不是证件（示例，以本地部门发出的为准）", 11)
    rows = {
        "名称（姓名）": SHARED["organisation.name"] if "营业执照" in result.name else NAME,
        "编号": "××××××××××××（样本没有编号）",
        "办理事项": item.name,
        "有效期": result.validity or "以证件上写的为准",
        "发出机关": item.agency.name if item.agency else item.department,
    }
    sheet.facts([[row] for row in rows.items()], labels=120)
    sheet.boxes([SignBox("照片（有照片的证件）"), SignBox("发出机关盖章处", "2026 年 3 月 1 日")], 110)
    return _grey(finish(DocumentKind.GUIDE, result.name, issue, sheet).pdf, height_share=0.5)


def _issue(item: Item) -> Issue:
    return Issue(item.code, Office("示例便民服务站", "440205100201"), "示例员", STAMP, 1, is_specimen=True)


def _label(field: FilledField) -> str:
    return ("* " if field.is_required else "") + field.label


def _value(field: FilledField, is_filled: bool) -> Rich:
    if not field.options:
        return f"{field.sample}\n　" if is_filled else EMPTY
    return "　".join(_ticked(field, is_filled))


def _ticked(field: FilledField, is_filled: bool) -> Iterator[str]:
    for option in field.options:
        yield ("√" if is_filled and option == field.sample else "□") + option


def _grey(pdf: bytes, *, height_share: float = 1.0) -> bytes:
    command = ["pdftoppm", "-r", str(DOTS_PER_INCH), "-gray", "-f", "1", "-l", "1", "-png", "-"]
    drawn = subprocess.run(command, input=pdf, check=True, capture_output=True).stdout
    page = Image.open(io.BytesIO(drawn)).convert("L")
    page = page.crop((0, 0, page.width, int(page.height * height_share)))
    page = page.quantize(GREYS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    page.save(out, "PNG", optimize=True, bits=3)
    return out.getvalue()


if __name__ == "__main__":
    main()
