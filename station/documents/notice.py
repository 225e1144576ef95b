"""Document 3, 补正材料一次性告知书: all that is missing or wrong, at once, with the standard to meet."""

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
from station.documents.paper import Column, SignBox
from station.documents.text import Rich, Span, bold

TITLE = "补正材料一次性告知书"
COLUMNS = (Column("序", 0.7), Column("材料名称", 3.0), Column("问题", 3.4), Column("应达到的标准", 5.0))


@dataclass(frozen=True)
class Notice:
    """Everything on the notice.

    materials: only lines that are missing, defective or pledged; `note` says what is wrong.
    ordinal: 1 for the first notice on this case; a second one is marked, because the law allows one.
    legal_notes: sentences of the catalog. due: until when to hand in. contact: whom to ask.
    """

    issue: Issue
    receipt_number: str
    received_on: str
    applicant: Person
    agent: Person | None
    items: tuple[ItemLine, ...]
    materials: tuple[MaterialLine, ...]
    ordinal: int
    due: Due
    legal_notes: tuple[str, ...]
    contact: str


def build_notice(notice: Notice) -> Document:
    """The PDF of a notice. Raises NotForPaper."""
    issue = notice.issue
    sheet = issue.sheet(TITLE)
    sheet.title(TITLE)
    sheet.gap(4)
    marks = [part for part in (issue.reprint_line(), _ordinal(notice)) if part]
    if marks:
        sheet.pair("", (bold("　".join(marks)),))
    sheet.pair(issue.office.name, (bold(f"编号 {issue.number}"),))
    sheet.gap(5)
    sheet.facts(_facts(notice))
    count = len(notice.materials)
    sheet.text(f"{notice.applicant.name}：所交申请材料经核对，下列 {count} 项需要补正，现一次告知：")
    sheet.gap(5)
    sheet.grid(COLUMNS, [_row(place, line) for place, line in enumerate(notice.materials, start=1)])
    notes = "".join(dict.fromkeys(bounded("法定提示", note) for note in notice.legal_notes))
    sheet.statement(f"{notice.due.line()}。{notes}")
    sheet.text((bold("联系："), Span(bounded("联系", notice.contact))))
    sheet.text("补正的材料可交到本站任一窗口，请带上本告知书。本书一式两份，申请人、本站各一份。")
    sheet.gap(6)
    sheet.boxes(
        (
            SignBox("告知人（签名）", issue.clerk),
            SignBox("申请人（签名、日期）"),
            SignBox("收件专用章", "　　　年　　月　　日"),
        )
    )
    sheet.text(issue.small_print(f"目录第 {issue.catalog_version} 版"), 9.0)
    return finish(DocumentKind.NOTICE, TITLE, issue, sheet)


def _ordinal(notice: Notice) -> str:
    return f"本件第 {notice.ordinal} 次告知" if notice.ordinal > 1 else ""


def _facts(notice: Notice) -> list[list[tuple[str, Rich]]]:
    agent = notice.agent.line() if notice.agent else "无"
    items = "\n".join(item.line() for item in notice.items)
    return [
        [
            ("申请人", bounded("申请人", notice.applicant.line(), 300)),
            ("联系电话", notice.applicant.phone or "未留"),
        ],
        [("代办人", bounded("代办人", agent, 300)), ("告知时间", notice.issue.moment())],
        [("收件凭证", notice.receipt_number), ("收件时间", notice.received_on)],
        [("事项", bounded("事项", items))],
    ]


def _row(place: int, line: MaterialLine) -> list[Rich]:
    problem = (bold(line.state.label), Span(f"，{line.note}" if line.note else ""))
    pledged = "容缺受理，须按期补齐。" if line.state is MaterialState.PLEDGED else ""
    standard = bounded("应达到的标准", line.standard) or "按办事指南所列的要求提交。"
    return [str(place), bounded("材料名称", line.name, 300), problem, pledged + standard]
