"""Document 1, 申请材料收件凭证: what the resident takes home at once, with or without a link."""

from dataclasses import dataclass

from station.documents.given import (
    Document,
    DocumentKind,
    Due,
    Issue,
    ItemLine,
    MaterialLine,
    MaterialState,
    Person,
    bounded,
    finish,
)
from station.documents.paper import Column, Sheet, SignBox
from station.documents.qr import code_modules, module_mm
from station.documents.text import Rich, Span, bold

TITLE = "申请材料收件凭证"
NO_DECISION = "不是受理决定"
STATEMENT = f"本凭证只证明本站收到上列材料，{NO_DECISION}。"
"""Stands on every receipt, in these words or in the catalog's own."""
COLUMNS = (
    Column("序", 0.65),
    Column("材料名称", 3.0),
    Column("原件／复印件", 3.55),
    Column("份数", 0.9),
    Column("页数", 0.9),
    Column("结果", 3.4),
)


@dataclass(frozen=True)
class Receipt:
    """Everything on the receipt.

    legal_notes: the items' `receipt_notes` from the catalog, the only source of legal sentences here.
    fee: one sentence. serial: the station's running number of this day. query_code: the check words.
    qr_text: the proof (`YM1:…`); it also stands in the PDF's keywords. Empty prints no code.
    """

    issue: Issue
    applicant: Person
    agent: Person | None
    items: tuple[ItemLine, ...]
    materials: tuple[MaterialLine, ...]
    legal_notes: tuple[str, ...]
    next_steps: tuple[str, ...]
    terms: tuple[Due, ...]
    fee: str
    query_code: str
    serial: int
    qr_text: str


def build_receipt(receipt: Receipt) -> Document:
    """The PDF of a receipt. Raises NotForPaper, ProofTooLarge."""
    sheet = receipt.issue.sheet(TITLE)
    _head(sheet, receipt.issue)
    sheet.facts(_facts(receipt))
    sheet.grid(COLUMNS, [_row(place, line) for place, line in enumerate(receipt.materials, start=1)])
    notes = "".join(dict.fromkeys(bounded("法定提示", note) for note in receipt.legal_notes))
    sheet.statement(notes if NO_DECISION in notes else STATEMENT + notes)
    _what_next(sheet, receipt)
    sheet.gap(6)
    sheet.boxes(
        (
            SignBox("收件人（签名）", receipt.issue.clerk),
            SignBox("申请人（签名）"),
            SignBox("收件专用章", "　　　年　　月　　日"),
        )
    )
    if receipt.qr_text:
        modules = code_modules(receipt.qr_text)
        sheet.code(modules, module_mm(modules), _beside_the_code(receipt))
    else:
        sheet.text(_small_print(receipt), 9.0)
    return finish(DocumentKind.RECEIPT, TITLE, receipt.issue, sheet, receipt.qr_text)


def _head(sheet: Sheet, issue: Issue) -> None:
    sheet.title(TITLE)
    sheet.gap(4)
    if issue.reprint_line():
        sheet.pair("", (bold(issue.reprint_line()),))
    sheet.pair(issue.office.name, (bold(f"编号 {issue.number}"),))
    sheet.gap(5)


def _facts(receipt: Receipt) -> list[list[tuple[str, Rich]]]:
    names = [item.line() for item in receipt.items]
    listed = (
        names[0] if len(names) == 1 else "\n".join(f"{place}. {name}" for place, name in enumerate(names, 1))
    )
    agent = receipt.agent.line() if receipt.agent else "无"
    return [
        [
            ("申请人", bounded("申请人", receipt.applicant.line(), 300)),
            ("联系电话", receipt.applicant.phone or "未留"),
        ],
        [("代办人", bounded("代办人", agent, 300)), ("收件时间", receipt.issue.moment())],
        [("事项", bounded("事项", listed))],
    ]


def _row(place: int, line: MaterialLine) -> list[Rich]:
    pages = "—" if line.pages is None else str(line.pages)
    state = Span(line.state.label, is_bold=line.state is not MaterialState.IN)
    result: Rich = (state, Span(f"，{line.note}")) if line.note else (state,)
    name = bounded("材料名称", line.name, 300)
    return [str(place), name, line.form, str(line.copies), pages, result]


def _what_next(sheet: Sheet, receipt: Receipt) -> None:
    if receipt.next_steps:
        sheet.text((bold("下一步："), Span(_joined(receipt.next_steps))))
    if receipt.terms:
        sheet.text((bold("期限："), Span("。\n".join(term.line() for term in receipt.terms) + "。")))
    office = receipt.issue.office
    phones = [f"电话 {office.phone}" if office.phone else "", f"监督 {office.complaint_phone}"]
    contact = "　".join(part for part in phones[: 1 + bool(office.complaint_phone)] if part)
    place = f"在{office.name}（{office.address}）" if office.address else f"在{office.name}"
    asked = f"，连同编号，{place}的窗口或自助页面可查进度。{contact}"
    sheet.text((bold("查询：查询码 "), bold(receipt.query_code), Span(asked)))
    if receipt.fee:
        sheet.text((bold("收费："), Span(bounded("收费", receipt.fee))))


def _joined(sentences: tuple[str, ...]) -> str:
    return "".join(f"{sentence.rstrip('。；')}；" for sentence in sentences)[:-1] + "。"


def _beside_the_code(receipt: Receipt) -> tuple[Rich, ...]:
    what = (
        "任何人可用“一门驿站验真”页面或命令离线核对本码，"
        "证明本站何时收到何事项、哪几份材料。码内无姓名、无证件号。"
    )
    return ((bold("验真："), Span(what)), _small_print(receipt))


def _small_print(receipt: Receipt) -> Rich:
    issue = receipt.issue
    return issue.small_print(f"目录第 {issue.catalog_version} 版", f"站点流水 {receipt.serial}")
