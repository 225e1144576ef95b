"""What the mail noticed, told so that a person can decide: what happened, what was done, what is asked."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from station import audit
from station.cases import copies, telling
from station.cases.counter_events import Received
from station.cases.errors import OddEvent
from station.cases.events import read_event
from station.cases.identity import masked_party
from station.cases.numbers import grouped
from station.mailroom.errors import NoSuchIncident, NoSuchLetter
from station.mailroom.letters import numbers_of
from station.mailroom.words import CAUSES, UNKNOWN, Explained
from sync import forks, incidents, outbox, recall
from sync.forks import SecondVersion
from sync.incidents import Cause
from sync.mailbox import Arrived, Mailbox
from sync.register import Peer
from sync.rows import write
from sync.tables import Aside, Incident

COPIES = (Cause.SENT_FORK, Cause.SENT_AHEAD)
"""Incidents behind which a copied disk may stand."""


@dataclass(frozen=True)
class VersionLine:
    """One of two letters under one number. text: what it says, "" when it cannot be opened here."""

    title: str
    number: str
    text: str
    made_at: datetime | None
    received_at: datetime


@dataclass(frozen=True)
class TwoVersions:
    """A second version and the letter that came first; None where only the chain before it differs."""

    name: str
    seq: int
    first: VersionLine | None
    second: VersionLine
    came_otherwise: bool


@dataclass(frozen=True)
class Trouble:
    """One incident. progress: where what is done by itself stands; may_be_copy: ask which PC this is."""

    id: int
    at: datetime
    peer: str
    told: Explained
    progress: str
    may_be_copy: bool
    versions: tuple[TwoVersions, ...]


def troubles(box: Mailbox) -> list[Trouble]:
    """Everything nobody has decided about yet, oldest first."""
    names = {peer.node_id: peer.name for peer in Peer.select(Peer.node_id, Peer.name)}
    return [_trouble(box, incident, names) for incident in incidents.open_incidents()]


def declare_copy(number: int, *, by: str, now: datetime) -> None:
    """This PC is the copy: it writes nothing new from now on. Raises NoSuchIncident."""
    with write():
        incident = require(number)
        copies.declare_copy(now)
        incidents.resolve(number, now)
        audit.record(by, "mail.declared_copy", str(number), now=now, kind=incident.kind)


def declare_original(*, by: str, now: datetime) -> None:
    """The declaration was a mistake: this PC works again."""
    with write():
        copies.declare_original()
        audit.record(by, "mail.declared_original", "", now=now)


def accept_second(box: Mailbox, name: str, *, by: str, now: datetime) -> str:
    """Let a second version take effect as well; returns "" or why it could not. Raises NoSuchLetter."""
    with write():
        row = _require_second(name)
        reason = forks.accept(box, name)
        _tick_off(box, row, now)
        audit.record(by, "mail.second_accepted", name, now=now, reason=reason[:200])
        return reason


def refuse_second(box: Mailbox, name: str, reason: str, *, by: str, now: datetime) -> None:
    """Set a second version aside for good. Raises NoSuchLetter."""
    with write():
        row = _require_second(name)
        forks.refuse(name, reason, now)
        _tick_off(box, row, now)
        audit.record(by, "mail.second_refused", name, now=now, reason=reason[:200])


def require(number: int) -> Incident:
    """An open incident. Raises NoSuchIncident."""
    found = {incident.id: incident for incident in incidents.open_incidents()}
    if number not in found:
        raise NoSuchIncident
    return found[number]


def _require_second(name: str) -> Aside:
    found: Aside | None = Aside.get_or_none(Aside.hash == name, Aside.decision == "")
    if found is None:
        raise NoSuchLetter
    return found


def _tick_off(box: Mailbox, row: Aside, now: datetime) -> None:
    """Once nothing of a stream is undecided, its incident is looked at as well."""
    if forks.second_versions(box, row.sender, row.instance):
        return
    for incident in incidents.open_incidents():
        if incident.kind == Cause.RECEIVED_FORK and incident.detail == f"{row.sender} {row.instance}":
            incidents.resolve(incident.id, now)


def _trouble(box: Mailbox, incident: Incident, names: dict[str, str]) -> Trouble:
    peer_id, _, rest = incident.detail.partition(" ")
    is_fork = incident.kind == Cause.RECEIVED_FORK
    found = forks.second_versions(box, peer_id, rest.partition(" ")[0]) if is_fork else []
    return Trouble(
        id=incident.id,
        at=incident.at,
        peer=names.get(peer_id, peer_id[:8]),
        told=CAUSES.get(incident.kind, UNKNOWN),
        progress=_progress(incident.kind, peer_id),
        may_be_copy=incident.kind in COPIES,
        versions=tuple(_two(version) for version in found),
    )


def _progress(kind: str, peer_id: str) -> str:
    if kind in (Cause.SENT_AHEAD, Cause.SENT_FORK, Cause.WE_SET_BACK):
        missing = recall.missing(peer_id)
        if missing:
            return gettext(
                "本机写过的信还有 %(count)d 封没有取回，联通或导入 U 盘回包时继续。", count=missing
            )
        return gettext("本机写过的信已全部取回。")
    if kind in (Cause.PEER_SET_BACK, Cause.PEER_RESTORED):
        waiting = outbox.waiting(peer_id)
        if waiting:
            return gettext("还有 %(count)d 封要送给对方。", count=waiting)
        return gettext("对方缺的已经全部送到。")
    return ""


def _two(version: SecondVersion) -> TwoVersions:
    first, row = version.first, version.row
    return TwoVersions(
        name=row.hash,
        seq=row.seq,
        first=None if first is None else _line(version.first_read, first.kind, first.received_at),
        second=_line(version.second_read, "", row.received_at),
        came_otherwise=version.came_otherwise,
    )


def _line(read: Arrived | None, kind: str, received_at: datetime) -> VersionLine:
    if read is None:
        return VersionLine(
            telling.title_of(kind) if kind else gettext("打不开的信"), "", "", None, received_at
        )
    number, text = _said(read)
    return VersionLine(telling.title_of(read.kind), number, text, read.stamp_made.at, received_at)


def _said(read: Arrived) -> tuple[str, str]:
    """The receipt number and what the letter says, as far as this program understands it."""
    number = numbers_of([read.subject]).get(read.subject, "")
    try:
        event = read_event(read.kind, read.subject, read.payload, read.sender)
    except OddEvent:
        return number, ""
    text = telling.text_of(event)
    if isinstance(event.body, Received):
        body = event.body
        who = masked_party(body.applicant.kind, body.applicant.name)
        return grouped(body.receipt_number), " · ".join((body.item_name, who, text))
    return number, text
