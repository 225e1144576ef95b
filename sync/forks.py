"""Second versions: letters under a number that another letter of the same stream already has.

Both are kept. The stream goes on with the first; a person says what becomes of the second: it takes
effect as a letter of its own, once, or it is set aside for good with a reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync import attachments
from sync.chain import Place
from sync.delivery import Delivery
from sync.envelope import Envelope
from sync.inkeys import keep_key
from sync.mailbox import Arrived, Mailbox
from sync.rows import write
from sync.tables import Arrival, Aside, InStream, locked

ACCEPTED, REFUSED = "accepted", "refused"


@dataclass(frozen=True)
class SecondVersion:
    """A letter under a used number. first: the one that has the number; None for a broken chain before it.

    first_read, second_read: as opened; None where the content cannot be opened here.
    came_otherwise: the second one took effect already, in an envelope of another stream.
    """

    row: Aside
    first: Arrival | None
    first_read: Arrived | None
    second_read: Arrived | None
    came_otherwise: bool


def second_versions(box: Mailbox, sender: str, instance: str) -> list[SecondVersion]:
    """What nobody has decided about yet, in order."""
    of_stream = (Aside.sender == sender) & (Aside.instance == instance) & (Aside.why == Place.FORK)
    rows = Aside.select().where(of_stream, Aside.decision == "").order_by(Aside.seq, Aside.id)
    return [_seen(box, row) for row in rows]


def accept(box: Mailbox, name: str, path: str = "link") -> str:
    """Let a second version take effect, once; returns "" or, in Chinese, why it could not.

    name: its envelope hash. One that came in another envelope meanwhile is only marked.
    """
    with write():
        row = _undecided(name)
        if row is None:
            return ""
        envelope, stream = _envelope(row), _stream(row)
        if not _came_otherwise(row):
            keep_key(stream, envelope.fields)
            attachments.expect(row.sender, envelope.fields.files)
            reason = Delivery(box, path).deliver(stream, envelope)
            if reason:
                return reason
        _decide(row, ACCEPTED, "", box.clock.now())
        return ""


def refuse(name: str, reason: str, now: datetime) -> None:
    """Set a second version aside for good; in whatever envelope it comes again, it waits with this reason."""
    with write():
        row = _undecided(name)
        if row is not None:
            _decide(row, REFUSED, reason, now)


def accepted_among(origins: Iterable[str]) -> set[tuple[str, str]]:
    """(sender, origin) of those letters that took effect as a second version."""
    return {(row.sender, row.origin) for row in _decided(origins, ACCEPTED)}


def refused_among(origins: Iterable[str]) -> dict[tuple[str, str], str]:
    """(sender, origin) -> why, of those letters that a person has set aside for good."""
    return {(row.sender, row.origin): row.reason for row in _decided(origins, REFUSED)}


def _decided(origins: Iterable[str], decision: str) -> Any:
    rows = Aside.select(Aside.sender, Aside.origin, Aside.reason)
    return rows.where(Aside.decision == decision, Aside.origin.in_(list(origins)))


def _seen(box: Mailbox, row: Aside) -> SecondVersion:
    stream = _stream(row)
    first = Arrival.get_or_none(Arrival.stream == stream, Arrival.seq == row.seq)
    delivery = Delivery(box, "link")
    first_read = None if first is None else delivery.read(stream, _envelope(first))
    return SecondVersion(
        row, first, first_read, delivery.read(stream, _envelope(row)), came_otherwise=_came_otherwise(row)
    )


def _came_otherwise(row: Aside) -> bool:
    same = (Arrival.origin == row.origin) & (InStream.sender == row.sender)
    return bool(Arrival.select().join(InStream).where(same).exists())


def _undecided(name: str) -> Aside | None:
    found: Aside | None = locked(Aside.select().where(Aside.hash == name, Aside.decision == "")).first()
    return found


def _stream(row: Aside) -> InStream:
    return InStream.get(InStream.sender == row.sender, InStream.instance == row.instance)


def _envelope(row: Aside | Arrival) -> Envelope:
    return Envelope(bytes(row.header), bytes(row.signature), bytes(row.sealed))


def _decide(row: Aside, decision: str, reason: str, now: datetime) -> None:
    values = {"decision": decision, "reason": reason, "decided_at": now}
    Aside.update(values).where(Aside.id == row.id).execute()
