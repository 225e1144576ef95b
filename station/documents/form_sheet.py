"""The form of an item in large type: on each line the blank to fill in, and beside it how it looks filled."""

from collections.abc import Iterator
from dataclasses import dataclass

from station.documents.given import Document, DocumentKind, Issue, bounded, finish
from station.documents.paper import Column, SignBox
from station.documents.text import Rich, Span, bold

TITLE = "空白表和样表"
SIZE = 14.0
BOX_HEIGHT = 66.0
BOX = "□"
TICKED = "√"
FORM_NOTE = "表格不会填？请向工作人员要一张“空白表和样表”，照着样子填，也可以请工作人员代填。"
COLUMNS = (Column("要填什么", 0.28), Column("空白表（您填这边）", 0.36), Column("样表（填好的样子）", 0.36))


@dataclass(frozen=True)
class FormLine:
    """One field. options: what may be ticked; sample: one of them, or the words written in."""

    label: str
    is_required: bool
    sample: str
    options: tuple[str, ...] = ()
    hint: str = ""
    section: str = ""


@dataclass(frozen=True)
class FormSheet:
    """A form as the catalog has it. title: what the form is called, such as 高龄老人津贴申请表."""

    issue: Issue
    item_name: str
    title: str
    lines: tuple[FormLine, ...]


def build_form_sheet(form: FormSheet) -> Document:
    """The PDF of a blank form with its sample beside it. Raises NotForPaper."""
    sheet = form.issue.sheet(f"{TITLE}　{form.item_name[:20]}", SIZE)
    sheet.title(bounded("表单名称", form.title, 300), 22)
    sheet.subtitle(f"左边空白，右边是填好的样子；带 * 的必须填　{form.issue.office.name}", 12)
    sheet.gap(6)
    sheet.grid(COLUMNS, list(_rows(form.lines)))
    sheet.boxes(
        [
            SignBox("申请人（签名或按指印）", "　　　　　　　　　　　年　　月　　日"),
            SignBox("样子", "李桂香（签名或按指印）　2026年3月1日"),
        ],
        BOX_HEIGHT,
    )
    sheet.text(_foot(form.issue), 10.5, grey=0.2)
    return finish(DocumentKind.GUIDE, TITLE, form.issue, sheet)


def _rows(lines: tuple[FormLine, ...]) -> Iterator[tuple[Rich, ...]]:
    """One row a field, and one before each section with its name."""
    section = ""
    for line in lines:
        if line.section != section:
            section = line.section
            yield ((bold(bounded("字段分组", section, 60)),),)
        yield _row(line)


def _row(line: FormLine) -> tuple[Rich, Rich, Rich]:
    label = (Span("* " if line.is_required else ""), bold(bounded("字段名称", line.label, 120)))
    if line.options:
        blank = "\n".join(f"{BOX} {option}" for option in line.options)
        sample = "\n".join(f"{TICKED if option == line.sample else BOX} {option}" for option in line.options)
    else:
        blank, sample = "", line.sample
    hint = f"\n（{line.hint}）" if line.hint else ""
    return label, blank, bounded("样表", sample + hint)


def _foot(issue: Issue) -> str:
    version = f"目录第 {issue.catalog_version} 版，{issue.moment()} 打印。"
    return f"{version}样表里的人名、号码都是编的，请填您自己的；不会写的，请工作人员替您填好再念给您听。"
