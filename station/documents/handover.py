"""Document 8, 送达回证（领取登记）: who took which document, when, in what way, or why it was refused."""

from dataclasses import dataclass

from station.documents.given import Document, DocumentKind, Issue, Person, bounded, finish
from station.documents.paper import Column, SignBox
from station.documents.text import Rich, bold

TITLE = "送达回证"
COLUMNS = (Column("序", 0.7), Column("文书或证照名称", 5.0), Column("编号", 4.4), Column("份数", 1.1))


@dataclass(frozen=True)
class HandedOver:
    """One document that changes hands."""

    name: str
    number: str
    copies: int = 1


@dataclass(frozen=True)
class Handover:
    """Everything on the record.

    receiver.relation: 本人, or whose agent and by what authority. way: 窗口领取, 邮寄 … refusal: why the
    receiver refused, empty when taken; then `witness` is named. told_at: local time the applicant was told.
    signature_note: how the receiver signed (纸面签名, 按指印 …).
    """

    issue: Issue
    case_number: str
    official_number: str
    item_name: str
    applicant: Person
    receiver: Person
    documents: tuple[HandedOver, ...]
    place: str
    way: str
    signature_note: str
    told_at: str = ""
    refusal: str = ""
    witness: str = ""


def build_handover(handover: Handover) -> Document:
    """The PDF of a hand-over record. Raises NotForPaper."""
    issue = handover.issue
    sheet = issue.sheet(TITLE)
    sheet.title(TITLE)
    sheet.subtitle("（结果领取登记）")
    if issue.reprint_line():
        sheet.pair("", (bold(issue.reprint_line()),))
    sheet.pair(issue.office.name, (bold(f"编号 {issue.number}"),))
    sheet.gap(5)
    sheet.facts(_facts(handover))
    rows: list[list[Rich]] = [
        [str(place), bounded("文书名称", document.name, 300), document.number or "—", str(document.copies)]
        for place, document in enumerate(handover.documents, start=1)
    ]
    sheet.grid(COLUMNS, rows)
    sheet.statement(_outcome(handover))
    sheet.gap(2)
    sheet.boxes(_boxes(handover), height=92)
    sheet.text("本回证一式两份，领取人、本站各存一份，并随办件报大厅存档。")
    sheet.text(issue.small_print(), 9.0)
    return finish(DocumentKind.HANDOVER, TITLE, issue, sheet)


def _facts(handover: Handover) -> list[list[tuple[str, Rich]]]:
    receiver = handover.receiver
    rows: list[list[tuple[str, Rich]]] = [
        [("收件凭证", handover.case_number), ("送达时间", handover.issue.moment())],
        [
            ("办件编号", handover.official_number or "大厅尚未编号"),
            ("告知时间", handover.told_at or "未记录"),
        ],
        [("事项", bounded("事项", handover.item_name, 600))],
        [("申请人", bounded("申请人", handover.applicant.line(), 300))],
        [("领取人", bounded("领取人", receiver.line(), 300)), ("联系电话", receiver.phone or "未留")],
        [("送达地点", handover.place), ("送达方式", handover.way)],
    ]
    return rows


def _outcome(handover: Handover) -> str:
    if handover.refusal:
        reason = bounded("拒收理由", handover.refusal, 600)
        return f"受送达人拒收。理由：{reason}。见证人：{handover.witness or '无'}。"
    return "上列文书已当面点交，领取人核对无误。"


def _boxes(handover: Handover) -> tuple[SignBox, ...]:
    if handover.refusal:
        return (
            SignBox("见证人（签名、日期）", handover.witness),
            SignBox("送达人（签名、日期）", handover.issue.clerk),
            SignBox("服务站盖章"),
        )
    return (
        SignBox("领取人（签名或指印、日期）", f"签收：{handover.signature_note}"),
        SignBox("送达人（签名、日期）", handover.issue.clerk),
        SignBox("服务站盖章"),
    )
