"""What a hall writes about a case, kind by kind: arrived, accepted, suspended, decided, revoked.

One class a kind. The meaning of a kind never changes. A field added later needs a default and a
higher VERSION in `events`, so that an older program keeps the event unread instead of misreading it.
Times are UTC texts ending in Z, days are YYYY-MM-DD, "" is "not known".
"""

from dataclasses import dataclass
from typing import ClassVar

from catalog_cache.model import Limit
from catalog_cache.records import choice, flag, lines, many, one, whole, words
from station.cases.parts import HALL, STATION, Body, Flag
from station.cases.terms import HEX32, HEX64, Action, End, Outcome, Path, Special, StepKind, Way, day, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived(Body):
    """The hall has it, gives it the official number, and says what it noticed."""

    kind: ClassVar[str] = "case.arrived"
    title: ClassVar[str] = "大厅签收"
    writers: ClassVar[tuple[str, ...]] = (HALL,)
    official_number: str = words("办件编号", 50, pattern="[0-9A-Z]{14,50}", default="")
    department: str = words("承办部门", 100, default="")
    arrived_at: str = moment("到达时间")
    path: Path = choice("到达途径", Path)
    flags: tuple[Flag, ...] = many("提示", Flag, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prechecked(Body):
    """预受理."""

    kind: ClassVar[str] = "case.prechecked"
    title: ClassVar[str] = "预受理"
    writers: ClassVar[tuple[str, ...]] = (HALL,)
    outcome: Outcome = choice("预审结果", Outcome)
    reason: str = words("说明", 1000, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Body):
    """受理. since: the moment from which both limits run."""

    kind: ClassVar[str] = "case.accepted"
    title: ClassVar[str] = "受理"
    writers: ClassVar[tuple[str, ...]] = (HALL, STATION)
    document_number: str = words("文书编号", 60, default="")
    since: str = moment("受理时间")
    basis: str = words("依据", 1000, default="")
    department: str = words("受理部门", 100, default="")
    promised: Limit | None = one("承诺时限", Limit, default=None)
    statutory: Limit | None = one("法定时限", Limit, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Body):
    """不予受理, with the reason and the remedy."""

    kind: ClassVar[str] = "case.refused"
    title: ClassVar[str] = "不予受理"
    writers: ClassVar[tuple[str, ...]] = (HALL, STATION)
    document_number: str = words("文书编号", 60, default="")
    reason: str = words("不予受理的理由", 1000)
    basis: str = words("依据", 1000, default="")
    agency_instead: str = words("应当向何处申请", 200, default="")
    remedy: str = words("救济途径", 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed(Body):
    """The hall hands the case to a department."""

    kind: ClassVar[str] = "case.routed"
    title: ClassVar[str] = "分派"
    writers: ClassVar[tuple[str, ...]] = (HALL,)
    department: str = words("承办部门", 100)
    is_lead: bool = flag("牵头", default=False)
    order: int = whole("次序", 0, 99, default=0)
    sub_case: str = words("子办件", 60, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped(Body):
    """One step of the decision."""

    kind: ClassVar[str] = "case.stepped"
    title: ClassVar[str] = "审批环节"
    writers: ClassVar[tuple[str, ...]] = (HALL,)
    step: StepKind = choice("环节", StepKind)
    action: Action = choice("结果", Action, default=Action.PASS)
    opinion: str = words("意见", 2000, default="")
    person: str = words("处理人", 60)
    started_at: str = moment("开始时间")
    ended_at: str = moment("结束时间", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended(Body):
    """特别程序 begins; the limits stand still from `since`."""

    kind: ClassVar[str] = "case.suspended"
    title: ClassVar[str] = "特别程序"
    writers: ClassVar[tuple[str, ...]] = (HALL,)
    procedure: Special = choice("程序", Special)
    since: str = day("开始日")
    reason: str = words("理由", 1000)
    basis: str = words("依据", 1000, default="")
    needed: Limit | None = one("所需时间", Limit, default=None)
    document_number: str = words("文书编号", 60, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Body):
    """特别程序 ended; the day after `until` counts again. suspension: the event id of its start."""

    kind: ClassVar[str] = "case.resumed"
    title: ClassVar[str] = "特别程序结束"
    writers: ClassVar[tuple[str, ...]] = (HALL,)
    suspension: str = words("所结束的程序", 32, pattern=HEX32)
    until: str = day("结束日")
    result: str = words("结果", 1000, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended(Body):
    """More time, with the reason told."""

    kind: ClassVar[str] = "case.extended"
    title: ClassVar[str] = "延长期限"
    writers: ClassVar[tuple[str, ...]] = (HALL,)
    added: Limit = one("延长时间", Limit)
    reason: str = words("理由", 1000)
    basis: str = words("依据", 1000, default="")
    document_number: str = words("文书编号", 60, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Body):
    """办结, with its result."""

    kind: ClassVar[str] = "case.decided"
    title: ClassVar[str] = "办结"
    writers: ClassVar[tuple[str, ...]] = (HALL, STATION)
    end: End = choice("办结结果", End)
    result: str = words("结果名称", 200, default="")
    licence_number: str = words("证照编号", 100, default="")
    valid_until: str = day("有效期至", default="")
    validity: str = words("有效期说明", 100, default="")
    reason: str = words("说明", 1000, default="")
    document_number: str = words("文书编号", 60, default="")
    files: tuple[str, ...] = lines("结果文件", 20, 64, pattern=HEX64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked(Body):
    """快速纠错: the decision is undone for one of thirteen reasons."""

    kind: ClassVar[str] = "case.revoked"
    title: ClassVar[str] = "撤销"
    writers: ClassVar[tuple[str, ...]] = (HALL,)
    reason_code: int = whole("撤销情形", 1, 13)
    reason: str = words("理由", 1000)
    basis: str = words("依据", 1000, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched(Body):
    """The result is on its way."""

    kind: ClassVar[str] = "result.dispatched"
    title: ClassVar[str] = "结果发出"
    writers: ClassVar[tuple[str, ...]] = (HALL,)
    way: Way = choice("方式", Way)
    courier: str = words("快递公司", 60, default="")
    courier_number: str = words("快递单号", 60, default="")
