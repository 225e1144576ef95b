"""The inbox as lines: which cases, in which order, and what each line says of its clock and state."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

import peewee
from flask_babel import gettext

from catalog_cache.calendar.workdays import NoDate, WorkCalendar
from station.cases.clocks import Alarm, ClockFace, limits_of, local_text, notice_clock_of
from station.cases.fold import CaseView, Stage
from station.cases.ledger import view_of
from station.cases.models import Case, CaseEvent
from station.cases.numbers import tidy
from station.cases.terms import Held, Path
from station.hall.inbox.rules import is_dispatched

WORDS_LENGTH_MAX = 60
GROUPS: dict[str, tuple[Stage, ...]] = {
    "waiting": (Stage.ARRIVED, Stage.RECEIVED, Stage.SUPPLEMENT, Stage.ACCEPTED, Stage.REVIEW)
    + (Stage.SUSPENDED,),
    "new": (Stage.ARRIVED, Stage.RECEIVED),
    "supplement": (Stage.SUPPLEMENT,),
    "review": (Stage.ACCEPTED, Stage.REVIEW, Stage.SUSPENDED),
    "decided": (Stage.DECIDED,),
    "closed": (Stage.HANDED_OUT, Stage.REFUSED, Stage.TURNED_AWAY, Stage.REVOKED, Stage.WITHDRAWN),
}
TONES = {
    Stage.ARRIVED: "b",
    Stage.RECEIVED: "b",
    Stage.SUPPLEMENT: "a",
    Stage.ACCEPTED: "g",
    Stage.REVIEW: "g",
    Stage.SUSPENDED: "a",
    Stage.REFUSED: "r",
    Stage.TURNED_AWAY: "r",
    Stage.REVOKED: "r",
}
HALL_WORDS = {Stage.ARRIVED: "待受理", Stage.RECEIVED: "待受理"}
"""Stages for which a reviewer says something else than the applicant."""

ALARM_TONES = {Alarm.CALM: "g", Alarm.SOON: "a", Alarm.LATE: "r", Alarm.STOPPED: "q"}


@dataclass(frozen=True)
class Wanted:
    """What the reviewer asked to see. department: "" for every department the reviewer may see."""

    group: str = "waiting"
    words: str = ""
    department: str = ""


@dataclass(frozen=True)
class Clock:
    """One clock in words. percent: of the limit used, None when it cannot be counted."""

    name: str
    text: str
    tone: str
    percent: int | None
    until: str = ""


@dataclass(frozen=True)
class Tag:
    """A short coloured word, and a line below it."""

    text: str
    tone: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One case as the inbox shows it. is_urgent: its clock runs short or has run out."""

    case: Case
    situation: str
    agent: str
    materials: str
    received: str
    arrived: str
    path: str
    clock: Clock | None
    tags: tuple[Tag, ...]
    is_urgent: bool


def query_for(hall_id: str, own_department: str, wanted: Wanted) -> Any:
    """The cases wanted, those longest at the station first; one bounded query, whatever was typed."""
    rows = Case.select().where(Case.hall == hall_id)
    for department in (own_department, wanted.department):
        if department:
            rows = rows.where(Case.department.endswith(department))
    if wanted.group in GROUPS:
        rows = rows.where(Case.stage.in_([stage.value for stage in GROUPS[wanted.group]]))
    if wanted.words:
        rows = rows.where(_matches(wanted.words[:WORDS_LENGTH_MAX]))
    newest_first = wanted.group in ("decided", "closed", "all")
    return rows.order_by(Case.changed_at.desc() if newest_first else Case.received_at, Case.case_id)


def departments_of(hall_id: str) -> list[str]:
    """The departments that have cases here, for a reviewer who sees them all."""
    rows = Case.select(Case.department).where(Case.hall == hall_id, Case.department != "").distinct()
    return [row.department for row in rows.order_by(Case.department).limit(200)]


def counts(hall_id: str, own_department: str) -> dict[str, int]:
    """How many cases stand in each group."""
    rows: Any = Case.select(Case.stage, peewee.fn.COUNT(Case.case_id)).where(Case.hall == hall_id)
    if own_department:
        rows = rows.where(Case.department.endswith(own_department))
    by_stage: dict[str, int] = dict(rows.group_by(Case.stage).tuples())
    return {group: sum(by_stage.get(s.value, 0) for s in stages) for group, stages in GROUPS.items()}


def describe(rows: Iterable[Case], calendar: WorkCalendar, today: date) -> list[Line]:
    """The lines of one page."""
    cases = list(rows)
    paths = _paths([case.case_id for case in cases])
    return [line_of(c, view_of(c.case_id), paths.get(c.case_id, ""), calendar, today) for c in cases]


def line_of(case: Case, view: CaseView, path: str, calendar: WorkCalendar, today: date) -> Line:
    """One case in words."""
    clocks = clocks_of(view, calendar, today)
    clock = clocks[0] if clocks else None
    received = view.received.body if view.received else None
    return Line(
        case=case,
        situation=received.situation if received else "",
        agent=received.agent.authority.label if received and received.agent else "",
        materials=materials_text(view),
        received=local_text(case.received_at)[5:],
        arrived=local_text(case.arrived_at)[5:] if case.arrived_at else "",
        path=path if path != Path.LINK else "",
        clock=clock,
        tags=tuple(_tags(view, clock)),
        is_urgent=clock is not None and clock.tone in ("a", "r"),
    )


def clocks_of(view: CaseView, calendar: WorkCalendar, today: date) -> list[Clock]:
    """The clocks that matter now, the pressing one first.

    Before acceptance the notice clock, or what is open of a notice; afterwards the limits.
    """
    limits = limits_of(view, calendar, today)
    if limits:
        names = {"promised": gettext("承诺时限"), "statutory": gettext("法定时限")}
        return [_clock(names[name], face) for name, face in limits.items()]
    if view.stage is Stage.SUPPLEMENT:
        return [_supplement_clock(view, today)]
    face = notice_clock_of(view, calendar, today)
    return [_clock(gettext("5 日告知期"), face)] if face and face.alarm is not Alarm.STOPPED else []


def materials_text(view: CaseView) -> str:
    """Such as 材料 4/5 容缺 1."""
    states = [line.state for line in view.materials.values()]
    pledged = states.count(Held.PLEDGED)
    text = gettext("材料 %(have)d/%(all)d", have=states.count(Held.IN), all=len(states))
    return f"{text} {gettext('容缺 %(count)d', count=pledged)}" if pledged else text


def _supplement_clock(view: CaseView, today: date) -> Clock:
    """Until when the applicant has for what the latest open notice asks."""
    asked = view.open_notices[-1].body
    is_over = bool(asked.deadline) and asked.deadline < today.isoformat()
    text = gettext("补正期已过") if is_over else gettext("等办事人补正")
    note = asked.deadline or asked.deadline_words
    return Clock(gettext("补正期限"), text, "r" if is_over else "q", None, note)


def _clock(name: str, face: ClockFace) -> Clock:
    until = face.deadline.isoformat() if isinstance(face.deadline, date) else ""
    if isinstance(face.used, NoDate) or isinstance(face.deadline, NoDate):
        reason = next(x.reason for x in (face.used, face.deadline) if isinstance(x, NoDate))
        return Clock(name, reason, "q", None, until)
    percent = min(100, round(100 * face.used / face.total)) if face.total else 100
    if face.alarm is Alarm.STOPPED:
        text = gettext("已停止")
    elif face.alarm is Alarm.LATE:
        text = gettext("超期 %(days)d 天", days=max(1, face.used - face.total))
    elif face.used >= face.total:
        text = gettext("今天到期")
    else:
        text = gettext("剩 %(days)d 天", days=face.total - face.used)
    return Clock(name, text, ALARM_TONES[face.alarm], percent, until)


def _tags(view: CaseView, clock: Clock | None) -> Iterable[Tag]:
    if clock is not None and view.accepted is None and clock.tone == "r":
        yield Tag(gettext("已过告知期"), "r", gettext("未告知的，自收件日起视为受理"))
    elif clock is not None and view.accepted is None and clock.tone == "a":
        yield Tag(gettext("快到告知期"), "r")
    yield Tag(gettext(HALL_WORDS.get(view.stage, view.stage.label)), TONES.get(view.stage, "q"))
    if view.open_pledges:
        yield Tag(gettext("容缺"), "a")
    if is_dispatched(view):
        yield Tag(gettext("已送出"), "g")
    for flag in view.flags:
        yield Tag(gettext("提示"), "b", flag.text)


def _matches(words: str) -> Any:
    """Cases whose numbers begin with the words, or whose item or station contains them."""
    number = tidy(words)
    begins = [Case.official_number.startswith(number), Case.receipt_number.startswith(number)]
    contains = [Case.item_name.contains(words), Case.station_name.contains(words)]
    return reduce(or_, contains + (begins if number else []))


def path_of(case_id: str) -> str:
    """How the case came here; "" when it is not known."""
    return _paths([case_id]).get(case_id, "")


def _paths(case_ids: list[str]) -> dict[str, str]:
    rows = CaseEvent.select(CaseEvent.case_id, CaseEvent.path)
    taken_in = rows.where(CaseEvent.case_id.in_(case_ids), CaseEvent.kind == "case.received")
    return {row.case_id: row.path for row in taken_in}
