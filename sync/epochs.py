"""Lives of a node's database. Each restore from a backup begins a new one, and manifests name it.

So a node that was set back says so itself, at once, even when nothing was lost by it; the witness
finds those that were copied back by hand.
"""

from datetime import datetime
from typing import Any

from sync.incidents import Cause, report
from sync.statements import prepared
from sync.tables import LogTip
from sync.tables_history import PeerEpoch

_ONLY = 1


def own() -> str:
    """The epoch of this database, 16 hex characters, "" in its first life."""
    return str(_own.value() or "")


@prepared
def _own() -> Any:
    return LogTip.select(LogTip.epoch).where(LogTip.id == _ONLY)


@prepared
def _epochs_of(peer_id: Any) -> Any:
    return PeerEpoch.select(PeerEpoch.epoch).where(PeerEpoch.peer == peer_id)


def began_at() -> datetime | None:
    """When this database was restored, None in its first life."""
    row = LogTip.get_or_none(LogTip.id == _ONLY)
    return None if row is None else row.epoch_at


def begin(epoch: str, now: datetime) -> None:
    """This database was restored from a backup; in the caller's transaction. epoch: 16 hex characters."""
    LogTip.insert(id=_ONLY, size=0, head="0" * 64).on_conflict_ignore().execute()
    LogTip.update(epoch=epoch, epoch_at=now).where(LogTip.id == _ONLY).execute()


def hear(peer_id: str, epoch: str, now: datetime) -> list[str]:
    """A node named its epoch. One never told before, from a node known already, is an incident.

    A late stick may name an earlier one; that is no news.
    """
    known = {row.epoch for row in _epochs_of.rows(peer_id)}
    if epoch in known:
        return []
    PeerEpoch.insert(peer=peer_id, epoch=epoch, told_at=now).on_conflict_ignore().execute()
    return [report(Cause.PEER_RESTORED, f"{peer_id} {epoch}", now)] if known else []


def restored_at(peer_id: str) -> datetime | None:
    """When we first heard that a node was restored, the latest time; None when it never was."""
    rows = list(PeerEpoch.select().where(PeerEpoch.peer == peer_id).order_by(PeerEpoch.id))
    return rows[-1].told_at if len(rows) > 1 else None
