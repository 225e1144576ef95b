"""What a document is given: plain values, already masked, already decided. Paper adds no facts of its own."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from station.documents.errors import NotForPaper
from station.documents.marks import Page
from station.documents.paper import Sheet
from station.documents.render import Facts, render
from station.documents.text import Rich, Span
from sync.clock import Proof, Stamp
from sync.moments import CHINA

TEXT_LENGTH_MAX = 4000
_WHOLE_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])")
PROOF_WORDS = {Proof.HALL: "时钟已核对", Proof.CHAIN: "时钟按上次核对推算", Proof.NONE: "时钟未核对"}


class DocumentKind(StrEnum):
    """The printed documents of this room; the numbers are those of the national model set."""

    RECEIPT = "receipt"  # 1 申请材料收件凭证
    NOTICE = "notice"  # 3 补正材料一次性告知书
    HANDOVER = "handover"  # 8 送达回证
    GUIDE = "guide"  # 11 办事指南


class MaterialState(StrEnum):
    """What the clerk found for one line of the material list; the values are those of case events."""

    IN = "in"
    MISSING = "missing"
    PLEDGED = "pledged"
    DEFECTIVE = "defective"

    @property
    def label(self) -> str:
        """The word on paper."""
        return {"in": "已收", "missing": "缺", "pledged": "容缺", "defective": "不符"}[self.value]


@dataclass(frozen=True)
class Office:
    """The station that prints. Phones may be empty."""

    name: str
    division: str
    address: str = ""
    phone: str = ""
    complaint_phone: str = ""


@dataclass(frozen=True)
class Person:
    """Somebody on paper; `id_number` and `phone` are masked. relation: whose agent, by what right."""

    name: str
    id_label: str = ""
    id_number: str = ""
    phone: str = ""
    relation: str = ""

    def line(self) -> str:
        """Name and document, as one line."""
        document = f"{self.id_label} {self.id_number}".strip()
        extra = "，".join(part for part in (document, self.relation) if part)
        return f"{self.name}（{extra}）" if extra else self.name


@dataclass(frozen=True)
class ItemLine:
    """One item of the basket and the situation the questions led to (may be empty)."""

    code: str
    name: str
    situation: str = ""

    def line(self) -> str:
        """Name and situation, as one line."""
        return f"{self.name}（情形：{self.situation}）" if self.situation else self.name


@dataclass(frozen=True)
class MaterialLine:
    """One line of the material list. `form` is 原件 / 复印件 …; `pages` None where nothing was handed in.

    note: what stands behind the state, such as 见告知书 …-2 or 2026-12-07 前补齐.
    standard: what the material must meet, for the notice.
    """

    name: str
    form: str
    copies: int
    pages: int | None
    state: MaterialState
    note: str = ""
    standard: str = ""


@dataclass(frozen=True)
class Due:
    """A term on paper: the date where the calendar gives one, else the rule in words and why."""

    label: str
    rule: str
    on: date | None = None
    why_none: str = ""

    def line(self) -> str:
        """The term as one sentence without a full stop."""
        if self.on is not None:
            return f"{self.label}：{self.on.isoformat()} 前（{self.rule}）"
        reason = f"（{self.why_none}，不印日期）" if self.why_none else ""
        return f"{self.label}：{self.rule}{reason}"


@dataclass(frozen=True)
class Issue:
    """What every document carries: number, maker, moment, and which print this is.

    copy: 1 for the first print, more for a reprint, which says so with its reason.
    is_specimen: a training or demo print; light words across each page say that it has no effect.
    """

    number: str
    office: Office
    clerk: str
    stamp: Stamp
    catalog_version: int
    copy: int = 1
    reprint_reason: str = ""
    is_specimen: bool = False

    def moment(self) -> str:
        """Local date and minute, with a warning where nothing proves the clock."""
        text = local_minute(self.stamp.at)
        return f"{text}（时钟未核对）" if self.stamp.proof is Proof.NONE else text

    def sheet(self, title: str, size: float = 10.5) -> Sheet:
        """An empty sheet for this issue."""
        across = "演示样张　不具效力" if self.is_specimen else ""
        return Sheet(f"{title}　编号 {self.number}", across, size=size)

    def small_print(self, *before: str) -> Rich:
        """Which print this is and how far its time can be relied on."""
        first = "　".join([*before, f"打印第 {self.copy} 次", ""])
        is_unproven = self.stamp.proof is Proof.NONE
        clock = Span(PROOF_WORDS[self.stamp.proof], is_bold=is_unproven)
        return (Span(first), clock, Span("　本件由电脑开具，涂改无效。"))

    def reprint_line(self) -> str:
        """What a reprint says of itself; empty on the first print."""
        if self.copy <= 1:
            return ""
        reason = f"，原因：{self.reprint_reason}" if self.reprint_reason else ""
        return f"补打　第 {self.copy} 次打印{reason}"


@dataclass(frozen=True)
class Document:
    """An issued document. `missing` are characters that no font has, printed as 〓."""

    kind: DocumentKind
    number: str
    pdf: bytes
    pages: int
    missing: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """64 hex characters over the PDF, byte for byte."""
        return hashlib.sha256(self.pdf).hexdigest()

    @property
    def warning(self) -> str:
        """A Chinese sentence for the clerk when a character could not be printed; else empty."""
        if not self.missing:
            return ""
        chars = "、".join(f"{char}（U+{ord(char):04X}）" for char in self.missing)
        return f"本机字库没有这些字：{chars}。纸上以〓代替并注明编码，请手写补上并核对。"


def local_minute(at: datetime) -> str:
    """Beijing date and minute of an aware time."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def finish(kind: DocumentKind, title: str, issue: Issue, sheet: Sheet, keywords: str = "") -> Document:
    """Number the pages and make the PDF. Raises NotForPaper when a whole ID number stands on it."""
    pages = sheet.finish()
    for text in _texts(pages):
        if _WHOLE_ID.search(text):
            raise NotForPaper(title, "里出现了完整的身份证号码，纸面上只能印遮盖后的号码。")
    facts = Facts(f"{title} {issue.number}", issue.office.name, title, keywords, issue.stamp.at)
    pdf = render(pages, facts, sheet.chain)
    return Document(kind, issue.number, pdf, len(pages), tuple(sheet.missing))


def bounded(label: str, text: str, length_max: int = TEXT_LENGTH_MAX) -> str:
    """The text itself. Raises NotForPaper when it is longer than paper has room for."""
    if len(text) > length_max:
        raise NotForPaper(label, f"有 {len(text)} 个字，纸面最多容纳 {length_max} 个字。")
    return text


def _texts(pages: tuple[Page, ...]) -> Iterator[str]:
    for page in pages:
        for mark in page.marks:
            spans = getattr(mark, "spans", ())
            yield "".join(span.text for span in spans)
