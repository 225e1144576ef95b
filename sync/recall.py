"""What we lack of our own letters: streams of which another node holds more than this disk remembers.

Noticed when the other says how far it holds our streams; asked for in our manifests until it came
back; `sync.returned` gives and takes the letters themselves.
"""

from typing import Any

from sync.limits import RECALLS_STATED_MAX
from sync.manifest import RecallEntry
from sync.tables import Recall


def note(peer_id: str, instance: str, after: int, upto: int) -> None:
    """`peer_id` holds our stream up to `upto`; up to `after` we have it ourselves, and it is the same."""
    row = _row(peer_id, instance)
    if row is None:
        if after < upto:
            Recall.create(peer=peer_id, instance=instance, after=after, upto=upto)
    elif upto > row.upto:
        Recall.update(upto=upto).where(Recall.id == row.id).execute()


def stated(peer_id: str) -> tuple[RecallEntry, ...]:
    """What to ask a node for, oldest first."""
    rows = _open(peer_id).order_by(Recall.id).limit(RECALLS_STATED_MAX)
    return tuple(RecallEntry(row.instance, row.after) for row in rows)


def came_back(peer_id: str, instance: str, seq: int) -> None:
    """The letter `seq` came back; those before it came earlier, or cannot."""
    lagging = (Recall.peer == peer_id) & (Recall.instance == instance) & (Recall.after < seq)
    Recall.update(after=seq).where(lagging).execute()


def was_noticed(peer_id: str, instance: str) -> bool:
    """Whether this stream is one of which the other held more than we did."""
    return _row(peer_id, instance) is not None


def is_under_way(peer_id: str | None = None) -> bool:
    """Whether letters of our own are still to come back, from one node or from any."""
    return bool(_open(peer_id).exists())


def _row(peer_id: str, instance: str) -> Recall | None:
    found: Recall | None = Recall.get_or_none(Recall.peer == peer_id, Recall.instance == instance)
    return found


def _open(peer_id: str | None) -> Any:
    query = Recall.select().where(Recall.after < Recall.upto)
    return query if peer_id is None else query.where(Recall.peer == peer_id)
