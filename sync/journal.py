"""Our log: every envelope this node ever accepted, in order, under one running hash.

Other nodes remember its head and show it to us again; that is how a node that was set back to an
old backup learns of it from anybody who was there.
"""

from collections.abc import Iterable
from typing import Any

from sync.chain import log_after
from sync.manifest import EMPTY_LOG, LogHead
from sync.statements import prepared
from sync.tables import Arrival, LogTip, Witness, locked

_ONLY = 1


def tip() -> LogHead:
    """The head of our log now."""
    row = _tip.first()
    return EMPTY_LOG if row is None else LogHead(row.size, row.head)


@prepared
def _tip() -> Any:
    return LogTip.select().where(LogTip.id == _ONLY)


def witness_of(peer_id: str) -> Witness | None:
    """The head of another node's log that we remember and show it again, or None."""
    found: Witness | None = _witness.first(peer_id)
    return found


@prepared
def _witness(peer_id: Any) -> Any:
    return Witness.select().where(Witness.peer == peer_id)


def append(arrivals: Iterable[dict[str, Any]]) -> LogHead:
    """Give each row that is about to be stored its place (log_size, log_head), in this order.

    Called once, last, in a transaction: from here on other writers of the log wait for our commit.
    """
    LogTip.insert(id=_ONLY, size=EMPTY_LOG.size, head=EMPTY_LOG.head).on_conflict_ignore().execute()
    row = locked(LogTip.select().where(LogTip.id == _ONLY)).get()
    for arrival in arrivals:
        row.size, row.head = row.size + 1, log_after(row.head, arrival["hash"])
        arrival |= {"log_size": row.size, "log_head": row.head}
    row.save()
    return LogHead(row.size, row.head)


def contains(witness: LogHead) -> bool:
    """Whether our log once had this head."""
    if witness.size == 0:
        return witness == EMPTY_LOG
    return _held.value(witness.size, witness.head) is not None


@prepared
def _held(size: Any, head: Any) -> Any:
    return Arrival.select(Arrival.log_size).where(Arrival.log_size == size, Arrival.log_head == head)
