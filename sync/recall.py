"""What we lack of our own letters: streams of which another node holds more than this disk remembers.

Noticed when the other says how far it holds our streams; asked for in our manifests until it came
back; `sync.returned` gives and takes the letters themselves.
"""

from typing import Any

from sync.limits import RECALLS_STATED_MAX
from sync.manifest import RecallEntry
from sync.statements import prepared
from sync.tables_history import Recall


def note(peer_id: str, instance: str, after: int, upto: int) -> None:
    """`peer_id` holds our stream up to `upto`; up to `after` we have it ourselves, and it is the same."""
    row = _row(peer_id, instance)
    if row is None:
        if after < upto:
            Recall.create(peer=peer_id, instance=instance, after=after, upto=upto)
    elif upto > row.upto:
        Recall.update(upto=upto).where(Recall.id == row.id).execute()


def reach_back(peer_id: str, instance: str, seq: int) -> None:
    """The letter `seq`, which we took for the same, is another one there: it is asked for as well."""
    row = _row(peer_id, instance)
    if row is None or seq > row.after:
        return
    ahead = {*map(int, row.ahead.split()), *range(seq + 1, row.after + 1)}
    _keep(row, seq - 1, ahead)


def stated(peer_id: str) -> tuple[RecallEntry, ...]:
    """What to ask a node for, oldest first."""
    return tuple(RecallEntry(row.instance, row.after) for row in _stated.rows(peer_id))


def came_back(peer_id: str, instance: str, seq: int) -> None:
    """The letter `seq` came back. Where several disks of one node ask, some come out of their order."""
    row = _row(peer_id, instance)
    if row is None or seq <= row.after:
        return
    ahead, after = {*map(int, row.ahead.split()), seq}, row.after
    while after + 1 in ahead:
        after += 1
    _keep(row, after, ahead)


def was_noticed(peer_id: str, instance: str) -> bool:
    """Whether this stream is one of which the other held more than we did."""
    return _row(peer_id, instance) is not None


def missing(peer_id: str) -> int:
    """How many letters of our own a node still has to give back."""
    return sum(row.upto - row.after for row in _open(peer_id))


def _keep(row: Recall, after: int, ahead: set[int]) -> None:
    left = " ".join(str(number) for number in sorted(ahead) if number > after)
    Recall.update(after=after, ahead=left).where(Recall.id == row.id).execute()


def _row(peer_id: str, instance: str) -> Recall | None:
    found: Recall | None = _noted.first(peer_id, instance)
    return found


@prepared
def _noted(peer_id: Any, instance: Any) -> Any:
    return Recall.select().where(Recall.peer == peer_id, Recall.instance == instance)


@prepared
def _stated(peer_id: Any) -> Any:
    return _open(peer_id).order_by(Recall.id).limit(RECALLS_STATED_MAX)


def _open(peer_id: str) -> Any:
    return Recall.select().where(Recall.peer == peer_id, Recall.after < Recall.upto)
