"""A case told to people: its timeline line by line, and the proof of who holds which letter."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext

from station.cases.clocks import local_text
from station.cases.counter_events import (
    Consulted,
    Corrected,
    HandedOut,
    Noticed,
    Pledged,
    Printed,
    Rated,
    Received,
    Supplemented,
    Told,
    Withdrawn,
)
from station.cases.events import KINDS, Event
from station.cases.fold import CaseView
from station.cases.hall_events import (
    Accepted,
    Arrived,
    Decided,
    Dispatched,
    Extended,
    Prechecked,
    Refused,
    Resumed,
    Revoked,
    Routed,
    Stepped,
    Suspended,
)
from station.cases.models import CaseEvent
from station.cases.parts import Body
from station.cases.standing import MAIL_WORDS
from sync import outbox
from sync.clock import Proof
from sync.envelope import RETURNED_KIND

TONES: dict[type[Body], str] = {
    Arrived: "g",
    Accepted: "g",
    Decided: "g",
    HandedOut: "g",
    Refused: "r",
    Revoked: "r",
    Withdrawn: "r",
    Noticed: "a",
    Pledged: "a",
    Suspended: "a",
}
CLOCK_WORDS = {
    Proof.HALL: lazy_gettext("时钟已核对"),
    Proof.CHAIN: lazy_gettext("时钟按上次核对推算"),
    Proof.NONE: lazy_gettext("时钟未核对"),
}


@dataclass(frozen=True)
class Line:
    """One event in words. proof: what proves its time; is_unproven: nothing does."""

    title: str
    text: str
    tone: str
    at: str
    who: str
    proof: str
    is_unproven: bool
    is_ours: bool


@dataclass(frozen=True)
class Custody:
    """One letter of ours: where it is, and the hall's signed word. ack_key: the key that signed."""

    title: str
    envelope_hash: str
    word: str
    tone: str
    made_at: str
    acked_at: str
    ack_key: str
    missing_files: int


def timeline(view: CaseView, own_id: str) -> list[Line]:
    """The events, latest first."""
    return [_told(event, own_id) for event in reversed(view.timeline)]


def custody(case_id: str, now: datetime) -> list[Custody]:
    """Every letter of ours about a case, with the acknowledgement that covers it."""
    titles = {row.envelope_hash: row.kind for row in CaseEvent.select().where(CaseEvent.case_id == case_id)}
    return [_custody(state, titles) for state in outbox.state_of(case_id, now)]


MAIL_TITLES = {
    RETURNED_KIND: lazy_gettext("送回对方自己的信件"),
    "correction.reported": lazy_gettext("报告指南有误"),
    "correction.replied": lazy_gettext("报错的补充说明"),
    "correction.answered": lazy_gettext("报错的答复"),
}
"""Kinds of letters that are no events of a case."""


def title_of(kind: str) -> str:
    """The name of a kind of event; an unknown one by itself."""
    known = KINDS.get(kind)
    return gettext(known.title) if known else str(MAIL_TITLES.get(kind, kind))


def _custody(state: outbox.PostedState, titles: dict[str, str]) -> Custody:
    word, tone = MAIL_WORDS[state.state]
    return Custody(
        title=title_of(titles.get(state.envelope_hash, state.kind)),
        envelope_hash=state.envelope_hash,
        word=str(word),
        tone=tone,
        made_at=local_text(state.made_at),
        acked_at=local_text(state.acked_at) if state.acked_at else "",
        ack_key=state.ack.key_id if state.ack else "",
        missing_files=len(state.missing_files),
    )


def text_of(event: Event) -> str:
    """What an event says, in one line."""
    tell = _TEXTS.get(type(event.body)) if event.body is not None else None
    return tell(event.body) if tell else gettext("由较新的程序写下，原文已保留。")


def _told(event: Event, own_id: str) -> Line:
    body = event.body
    return Line(
        title=gettext(body.title) if body else gettext("本机看不懂的记录（%(kind)s）", kind=event.kind),
        text=text_of(event),
        tone=TONES.get(type(body), "") if body else "a",
        at=local_text(event.at),
        who=event.by.name,
        proof=str(CLOCK_WORDS[event.proof]),
        is_unproven=event.proof is Proof.NONE,
        is_ours=event.node_id == own_id,
    )


def _received(body: Received) -> str:
    return _joined(body.station, body.situation, gettext("材料 %(count)d 份", count=len(body.materials)))


def _noticed(body: Noticed) -> str:
    lines = "；".join(f"{line.name}（{line.reason}）" for line in body.lines)
    until = gettext("%(day)s 前补齐", day=body.deadline) if body.deadline else body.deadline_words
    second = gettext("第 %(number)d 次告知", number=body.number) if body.number > 1 else ""
    return _joined(second, lines, until)


def _pledged(body: Pledged) -> str:
    return gettext("%(day)s 前补齐", day=body.until) if body.until else body.until_words


def _printed(body: Printed) -> str:
    again = gettext("补打第 %(count)d 次：%(reason)s", count=body.reprint, reason=body.reason)
    return _joined(gettext(body.document.label), body.number, again if body.reprint else "")


def _corrected(body: Corrected) -> str:
    changes = "、".join(gettext("改正%(label)s", label=change.label) for change in body.changes)
    return _joined(changes, body.reason)


def _arrived(body: Arrived) -> str:
    number = gettext("办件编号 %(number)s", number=body.official_number) if body.official_number else ""
    return _joined(gettext(body.path.label), body.department, number)


def _names(lines: Iterable[Any]) -> str:
    return "、".join(line.name for line in lines)


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


_TEXTS: dict[type[Body], Callable[[Any], str]] = {
    Consulted: lambda body: body.question,
    Received: _received,
    Noticed: _noticed,
    Pledged: _pledged,
    Supplemented: lambda body: _names(body.materials),
    Corrected: _corrected,
    Withdrawn: lambda body: body.reason,
    Printed: _printed,
    Told: lambda body: _joined(body.way, body.person),
    HandedOut: lambda body: _joined(body.relation, gettext(body.way.label), gettext(body.signature.label)),
    Rated: lambda body: gettext("已评价"),
    Arrived: _arrived,
    Prechecked: lambda body: _joined(gettext(body.outcome.label), body.reason),
    Accepted: lambda body: _joined(body.document_number, body.basis),
    Refused: lambda body: _joined(body.document_number, body.reason, body.remedy),
    Routed: lambda body: body.department,
    Stepped: lambda body: _joined(gettext(body.step.label), gettext(body.action.label), body.opinion),
    Suspended: lambda body: _joined(gettext(body.procedure.label), body.reason),
    Resumed: lambda body: body.result,
    Extended: lambda body: body.reason,
    Decided: lambda body: _joined(gettext(body.end.label), body.result, body.licence_number, body.reason),
    Revoked: lambda body: body.reason,
    Dispatched: lambda body: _joined(gettext(body.way.label), body.courier, body.courier_number),
}
