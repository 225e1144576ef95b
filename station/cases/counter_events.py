"""What a counter writes about a case, kind by kind: taken in, told, supplemented, printed, handed out.

One class a kind. The meaning of a kind never changes. A field added later needs a default and a
higher VERSION in `events`, so that an older program keeps the event unread instead of misreading it.
Times are UTC texts ending in Z, days are YYYY-MM-DD, "" is "not known".
"""

from dataclasses import dataclass
from typing import ClassVar

from catalog_cache.model import Power
from catalog_cache.records import choice, lines, many, one, whole, words
from station.cases.parts import HALL, STATION, Agent, Body, Change, MaterialLine, NoticeLine, Pair, Party
from station.cases.terms import DIVISION, HEX32, HEX64, ID, IdKind, Paper, Signature, Way, day


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted(Body):
    """A question and its answer, with the first clerk asked."""

    kind: ClassVar[str] = "case.consulted"
    title: ClassVar[str] = "咨询"
    writers: ClassVar[tuple[str, ...]] = (STATION,)
    question: str = words("咨询内容", 500)
    answer: str = words("答复", 2000, default="")
    items: tuple[str, ...] = lines("相关事项", 20, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Body):
    """Everything taken in for one item of an intake. position of total: which case of the basket."""

    kind: ClassVar[str] = "case.received"
    title: ClassVar[str] = "收件"
    writers: ClassVar[tuple[str, ...]] = (STATION,)
    intake_id: str = words("收件标识", 32, pattern=HEX32)
    receipt_number: str = words("收件编号", 40, pattern="[0-9A-Z]{20,40}")
    running: int = whole("终端流水", 1, 10**9)
    position: int = whole("第几件", 1, 99, default=1)
    total: int = whole("共几件", 1, 99, default=1)
    station: str = words("站点", 120)
    division: str = words("区划", 12, pattern=DIVISION)
    item_code: str = words("事项编码", 50)
    item_name: str = words("事项名称", 120)
    situation: str = words("情形", 300, default="")
    package: str = words("联办事项", 50, default="")
    answers: tuple[Pair, ...] = many("情形答案", Pair, 40)
    applicant: Party = one("申请人", Party)
    agent: Agent | None = one("代办人", Agent, default=None)
    form: tuple[Pair, ...] = many("表单", Pair, 120)
    materials: tuple[MaterialLine, ...] = many("材料", MaterialLine, 200)
    power: Power = choice("所用权限", Power)
    catalog: int = whole("目录版本", 0, 10**9)
    channel: str = words("办理形式", 1, pattern="[1-9]", default="1")
    query_word: str = words("查询码", 20, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed(Body):
    """The one-time notice; number counts the notices of this case."""

    kind: ClassVar[str] = "case.noticed"
    title: ClassVar[str] = "一次性告知"
    writers: ClassVar[tuple[str, ...]] = (STATION, HALL)
    number: int = whole("第几次告知", 1, 99)
    lines: tuple[NoticeLine, ...] = many("补正内容", NoticeLine, 200)
    deadline: str = day("补正期限", default="")
    deadline_words: str = words("期限说明", 300, default="")
    contact: str = words("联系方式", 200, default="")
    document_number: str = words("文书编号", 60, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledged(Body):
    """容缺: what comes later, until when, and what follows if it does not."""

    kind: ClassVar[str] = "case.pledged"
    title: ClassVar[str] = "容缺承诺"
    writers: ClassVar[tuple[str, ...]] = (STATION,)
    materials: tuple[str, ...] = lines("承诺补交的材料", 200, 40, pattern=ID)
    until: str = day("补交期限", default="")
    until_words: str = words("期限说明", 300, default="")
    consequence: str = words("逾期后果", 500)
    document_number: str = words("文书编号", 60, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplemented(Body):
    """Lines now in. against: the event ids of the notices that they answer, in whole or in part."""

    kind: ClassVar[str] = "case.supplemented"
    title: ClassVar[str] = "补正收件"
    writers: ClassVar[tuple[str, ...]] = (STATION,)
    against: tuple[str, ...] = lines("所答告知", 20, 32, pattern=HEX32)
    materials: tuple[MaterialLine, ...] = many("补交材料", MaterialLine, 200)
    document_number: str = words("文书编号", 60, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Body):
    """What was wrong and why; the old value stays readable in its own event."""

    kind: ClassVar[str] = "case.corrected"
    title: ClassVar[str] = "更正"
    writers: ClassVar[tuple[str, ...]] = (STATION,)
    changes: tuple[Change, ...] = many("更正内容", Change, 120)
    reason: str = words("更正原因", 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(Body):
    """The applicant takes the application back."""

    kind: ClassVar[str] = "case.withdrawn"
    title: ClassVar[str] = "撤回申请"
    writers: ClassVar[tuple[str, ...]] = (STATION,)
    reason: str = words("撤回原因", 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed(Body):
    """A document came out; sha256 is of its exact bytes, reprint counts from 0."""

    kind: ClassVar[str] = "document.printed"
    title: ClassVar[str] = "打印文书"
    writers: ClassVar[tuple[str, ...]] = (STATION, HALL)
    document: Paper = choice("文书", Paper)
    number: str = words("文书编号", 60)
    sha256: str = words("文书摘要", 64, pattern=HEX64)
    copies: int = whole("份数", 1, 20, default=1)
    reprint: int = whole("补打次数", 0, 999, default=0)
    reason: str = words("补打原因", 200, default="")
    cases: tuple[str, ...] = lines("所属办件", 99, 32, pattern=HEX32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Body):
    """The applicant was told that the result is here."""

    kind: ClassVar[str] = "result.told"
    title: ClassVar[str] = "通知领取"
    writers: ClassVar[tuple[str, ...]] = (STATION,)
    way: str = words("方式", 40)
    person: str = words("通知了谁", 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut(Body):
    """The result is in the receiver's hands."""

    kind: ClassVar[str] = "result.handed_out"
    title: ClassVar[str] = "领取"
    writers: ClassVar[tuple[str, ...]] = (STATION,)
    receiver: str = words("领取人", 60)
    id_kind: IdKind = choice("证件类型", IdKind, default=IdKind.IDCARD)
    id_number: str = words("证件号码", 40)
    relation: str = words("与申请人关系", 40, default="本人")
    way: Way = choice("方式", Way, default=Way.WINDOW)
    signature: Signature = choice("签收", Signature, default=Signature.SIGNED)
    witness: str = words("见证人", 60, default="")
    note: str = words("说明", 300, default="")
    document_number: str = words("文书编号", 60, default="")
    files: tuple[str, ...] = lines("签收影像", 20, 64, pattern=HEX64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(Body):
    """好差评; level 1 is best. round: which rating of this case."""

    kind: ClassVar[str] = "case.rated"
    title: ClassVar[str] = "评价"
    writers: ClassVar[tuple[str, ...]] = (STATION,)
    level: int = whole("满意度", 1, 5)
    points: tuple[str, ...] = lines("评价点", 20, 60)
    text: str = words("评价内容", 500, default="")
    round: int = whole("第几次", 1, 99, default=1)
