"""Document 11, 办事指南（一次性告知单): in large type, what to bring, where, until when, at what cost."""

from dataclasses import dataclass

from station.documents.given import Document, DocumentKind, Due, Issue, bounded, finish
from station.documents.paper import Image, Sheet
from station.documents.text import Rich, Span, bold

TITLE = "办事指南"
SIZE = 15.0
SAMPLE_NOTE = "\n图是样本，让您先看看样子，不能当证件用。"


@dataclass(frozen=True)
class GuideMaterial:
    """One thing to bring. form: 原件 1 份 …; note: where to get it, whether it may come later."""

    name: str
    form: str
    note: str = ""


@dataclass(frozen=True)
class GuideResult:
    """What the applicant gets. note: how long it holds, how it comes; sample: what it looks like."""

    name: str
    note: str = ""
    sample: Image | None = None


@dataclass(frozen=True)
class GuideSheet:
    """Everything on the guide; empty texts and lists are left out.

    situation: the answers that led to this list. terms: promised and statutory limits, in words or dates.
    """

    issue: Issue
    item_name: str
    agency: str
    situation: str
    materials: tuple[GuideMaterial, ...]
    conditions: tuple[str, ...]
    steps: tuple[str, ...]
    terms: tuple[Due, ...]
    fee: str
    visits: int
    place: str
    hours: str
    phone: str
    complaint_phone: str
    results: tuple[GuideResult, ...] = ()
    basis: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def build_guide_sheet(guide: GuideSheet) -> Document:
    """The PDF of a guide sheet. Raises NotForPaper."""
    issue = guide.issue
    sheet = issue.sheet(f"{TITLE}　{guide.item_name[:20]}", SIZE)
    sheet.title(bounded("事项名称", guide.item_name, 300), 23)
    sheet.subtitle(f"办事指南（一次性告知单）　{issue.office.name}", 12)
    if guide.situation:
        sheet.text((bold("您的情形："), Span(bounded("情形", guide.situation, 600))))
    if issue.reprint_line():
        sheet.text((bold(issue.reprint_line()),), 11)
    sheet.heading(f"要带的材料（{len(guide.materials)} 样）")
    sheet.points([_material(material) for material in guide.materials] or ["不用带材料。"])
    _list(sheet, "什么人可以办", guide.conditions)
    sheet.heading("到哪里办")
    sheet.facts([[(label, value)] for label, value in _places(guide) if value], labels=92)
    sheet.heading("多久办好、多少钱")
    sheet.points([*(term.line() for term in guide.terms), *_cost(guide)], "·")
    _list(sheet, "怎么办", guide.steps)
    _results(sheet, guide.results)
    _list(sheet, "依据", guide.basis)
    if guide.notes:
        sheet.statement("".join(bounded("提示", note) for note in guide.notes))
    sheet.text(_source(issue), 10.5, grey=0.2)
    return finish(DocumentKind.GUIDE, TITLE, issue, sheet)


def _list(sheet: Sheet, title: str, texts: tuple[str, ...]) -> None:
    if texts:
        sheet.heading(title)
        sheet.points([bounded(title, text) for text in texts], "·")


def _results(sheet: Sheet, results: tuple[GuideResult, ...]) -> None:
    if results:
        sheet.heading("办好以后给您的")
    for result in results:
        told: Rich = (
            bold(bounded("结果名称", result.name, 300)),
            Span(f"\n{bounded('结果说明', result.note)}" if result.note else ""),
        )
        if result.sample is None:
            sheet.points([told], "·")
        else:
            sheet.picture(result.sample, (*told, Span(SAMPLE_NOTE)))


def _material(material: GuideMaterial) -> Rich:
    parts = [
        bold(bounded("材料名称", material.name, 300)),
        Span(f"　{material.form}" if material.form else ""),
    ]
    if material.note:
        parts.append(Span(f"。{material.note}"))
    return tuple(parts)


def _places(guide: GuideSheet) -> tuple[tuple[str, str], ...]:
    agency = ("实施机关", guide.agency)
    return (
        agency,
        ("地点", guide.place),
        ("时间", guide.hours),
        ("电话", guide.phone),
        ("监督电话", guide.complaint_phone),
    )


def _cost(guide: GuideSheet) -> list[str]:
    trips = "不用到现场。" if guide.visits == 0 else f"最多到现场 {guide.visits} 次。"
    return [guide.fee or "不收费。", trips]


def _source(issue: Issue) -> str:
    version = f"目录第 {issue.catalog_version} 版，{issue.moment()} 打印。"
    return f"{version}以办理时的规定为准；不识字或看不清的，请让工作人员读给您听。"
