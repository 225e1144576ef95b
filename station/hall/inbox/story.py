"""What happened to a case, told line by line, and the proof of who held which letter."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from station.cases.clocks import local_text
from station.cases.counter_events import (
    Consulted,
    Corrected,
    HandedOut,
    Noticed,
    Pledged,
    Printed,
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
    Prechecked,
    Refused,
    Revoked,
    Stepped,
    Suspended,
)
from station.cases.models import CaseEvent
from station.cases.parts import Body
from station.cases.terms import Path
from sync import outbox
from sync.clock import Proof
from sync.outbox import LetterState
from sync.tables import Arrival

PROOFS = {Proof.HALL: "时钟已核对", Proof.CHAIN: "时钟按上次核对推算", Proof.NONE: "时钟未核对"}
TONES: dict[type[Body], str] = {
    Decided: "g",
    Accepted: "g",
    Refused: "r",
    Revoked: "r",
    Withdrawn: "r",
    Noticed: "a",
    Suspended: "a",
}
Telling = Callable[[Any], str]


@dataclass(frozen=True)
class Moment:
    """One event in the timeline."""

    title: str
    tone: str
    at: str
    who: str
    proof: str
    text: str
    is_ours: bool


@dataclass(frozen=True)
class Proofed:
    """One letter about the case. state: what is certain about it; hash_start: how its name begins."""

    title: str
    from_station: bool
    at: str
    how: str
    hash_start: str
    state: str
    tone: str


def moments_of(view: CaseView, own_id: str) -> list[Moment]:
    """The timeline, latest first."""
    return [_moment(event, own_id) for event in reversed(view.timeline)]


def proofs_of(case_id: str, own_id: str, now: datetime) -> list[Proofed]:
    """Each letter that carried an event: taken in here, or sent from here and acknowledged or not."""
    rows = list(CaseEvent.select().where(CaseEvent.case_id == case_id).order_by(CaseEvent.number))
    hashes = [row.envelope_hash for row in rows if row.envelope_hash]
    taken = {row.origin: row for row in Arrival.select().where(Arrival.origin.in_(hashes))}
    sent = {state.envelope_hash: state for state in outbox.state_of(case_id, now)}
    return [proof for row in rows if (proof := _proof(row, own_id, taken, sent)) is not None]


def _moment(event: Event, own_id: str) -> Moment:
    body = event.body
    return Moment(
        title=gettext(body.title) if body else gettext("未识别的记录（%(kind)s）", kind=event.kind),
        tone=TONES.get(type(body), "") if body else "a",
        at=local_text(event.at),
        who=event.by.name,
        proof=gettext(PROOFS[event.proof]),
        text=_told(body),
        is_ours=event.node_id == own_id,
    )


def _told(body: Body | None) -> str:
    telling = _TELLINGS.get(type(body)) if body else None
    return telling(body) if telling else ""


def _joined(*parts: str) -> str:
    return "，".join(part for part in parts if part)


def _lines(materials: Iterable[Any]) -> str:
    return "、".join(line.name for line in materials)


_TELLINGS: dict[type[Body], Telling] = {
    Consulted: lambda body: body.question,
    Received: lambda body: _joined(body.station, body.situation),
    Noticed: lambda body: _joined(
        gettext("第 %(number)d 次", number=body.number), _lines(body.lines), body.deadline
    ),
    Pledged: lambda body: _joined(gettext("补交至"), body.until or body.until_words),
    Supplemented: lambda body: _lines(body.materials),
    Corrected: lambda body: _joined(_corrections(body), body.reason),
    Withdrawn: lambda body: body.reason,
    Printed: lambda body: _joined(gettext(body.document.label), body.number),
    Told: lambda body: _joined(body.way, body.person),
    HandedOut: lambda body: _joined(body.relation, gettext(body.signature.label)),
    Arrived: lambda body: _joined(gettext(body.path.label), body.department),
    Prechecked: lambda body: _joined(gettext(body.outcome.label), body.reason),
    Accepted: lambda body: body.document_number,
    Refused: lambda body: _joined(body.document_number, body.reason),
    Stepped: lambda body: _joined(gettext(body.step.label), gettext(body.action.label), body.opinion),
    Suspended: lambda body: _joined(gettext(body.procedure.label), body.reason),
    Decided: lambda body: _joined(gettext(body.end.label), body.result, body.licence_number, body.reason),
    Revoked: lambda body: body.reason,
    Dispatched: lambda body: _joined(gettext(body.way.label), body.courier, body.courier_number),
}


def _corrections(body: Corrected) -> str:
    return "、".join(change.label for change in body.changes)


def _proof(
    row: CaseEvent, own_id: str, taken: dict[str, Arrival], sent: dict[str, outbox.PostedState]
) -> Proofed | None:
    start, known = row.envelope_hash[:12], KINDS.get(row.kind)
    title = gettext(known.title) if known else row.kind
    if row.node_id != own_id and row.envelope_hash in taken:
        arrival = taken[row.envelope_hash]
        how = gettext(Path(arrival.path).label)
        state = gettext("大厅已签收，日志第 %(size)d 条", size=arrival.log_size or 0)
        return Proofed(title, True, local_text(arrival.received_at), how, start, state, "g")
    letter = sent.get(row.envelope_hash)
    if letter is None:
        return None
    words = {
        LetterState.MADE: (gettext("待送"), "q"),
        LetterState.SENT: (gettext("已交出，等站点签收"), "a"),
        LetterState.ACKNOWLEDGED: (gettext("站点已签收"), "g"),
    }
    at = letter.acked_at or letter.sent_at or letter.made_at
    return Proofed(title, False, local_text(at), "", start, *words[letter.state])
