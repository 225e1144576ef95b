"""Things a person should look at. One open row for one cause, however often it is met."""

from datetime import datetime
from enum import StrEnum

from sync.tables import Incident


class Cause(StrEnum):
    """What was noticed. `detail` of the row names node and stream."""

    SENT_FORK = "sent-fork"  # the recipient holds another letter under our number
    SENT_AHEAD = "sent-ahead"  # the recipient holds more than we sent: we were set back
    RECEIVED_FORK = "received-fork"  # a sender used a number twice
    PEER_SET_BACK = "peer-set-back"  # the other's log lost what it had told us
    CARRIED_FORK = "carried-fork"  # a relay holds another letter under our number, or more than we sent
    PEER_RESTORED = "peer-restored"  # the other says that it was set up again from a backup
    WE_SET_BACK = "we-set-back"  # our own log lost what we had told another node


def report(cause: Cause, detail: str, now: datetime) -> str:
    """Record an incident unless the same one is still open; returns its cause."""
    same = (Incident.kind == cause) & (Incident.detail == detail) & Incident.resolved_at.is_null()
    if not Incident.select().where(same).exists():
        Incident.create(kind=cause, detail=detail, at=now)
    return str(cause)


def is_open(cause: Cause, node_id: str) -> bool:
    """Whether one that concerns a node waits for a person."""
    concerns = Incident.detail.startswith(node_id)
    return bool(
        Incident.select().where(Incident.kind == cause, concerns, Incident.resolved_at.is_null()).exists()
    )


def was_told(cause: Cause, detail: str) -> bool:
    """Whether this very one was ever recorded, resolved since or not."""
    return bool(Incident.select().where(Incident.kind == cause, Incident.detail == detail).exists())


def resolve(incident_id: int, now: datetime) -> None:
    """A person has looked at it."""
    Incident.update(resolved_at=now).where(Incident.id == incident_id).execute()


def open_by_peer() -> dict[str, int]:
    """How many wait for a person, by the node id they concern."""
    found: dict[str, int] = {}
    for incident in open_incidents():
        peer_id = str(incident.detail).partition(" ")[0]
        found[peer_id] = found.get(peer_id, 0) + 1
    return found


def open_incidents() -> list[Incident]:
    """Those nobody has resolved yet, oldest first."""
    return list(Incident.select().where(Incident.resolved_at.is_null()).order_by(Incident.id))
