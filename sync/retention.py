"""Erasing what has had its time: sealed bytes, never the signed headers, and never undelivered work.

A letter is settled while its recipient holds it, signed for it, and gave a receipt for each of its
files. Settled for a whole period, its sealed payload goes; header, signature and hash stay, so that
the chain still verifies and the proof of custody can still be shown. Of letters that came, the sealed
bytes of those go that took effect; what waits for its turn or for a person is not touched.

Periods are counted in kept time: what a hall proved to this node (a topmost hall: its own clock), moved
forward by a day at most in each round. A clock that jumps to 2035 therefore makes nothing old, and a
node to which nobody ever proved the time erases nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import peewee
from peewee import fn

from sync import budget, outbox
from sync.clock import Clock, Proof
from sync.envelope import Envelope
from sync.inbox import APPLIED, REPEATED
from sync.incidents import Cause
from sync.rows import write
from sync.tables import (
    Arrival,
    Aside,
    FileChunk,
    Incident,
    InKey,
    InStream,
    LetterFile,
    OutKey,
    OutLetter,
    OutStream,
    SealedFile,
    Session,
)
from sync.tables_kept import KeptTime

SENT_DAYS = 60  # longer than the time between two backups of a hall
ARRIVED_DAYS = 400
INCIDENT_DAYS = 400
STEP = timedelta(days=1)
BATCH = 500
BATCHES_MAX = 20
_ONLY = 1


@dataclass(frozen=True)
class Periods:
    """How long things stay. sent: of ours, after delivery; arrived: of others', after they took effect;
    incident: after a person looked at it."""

    sent_days: int = SENT_DAYS
    arrived_days: int = ARRIVED_DAYS
    incident_days: int = INCIDENT_DAYS


@dataclass(frozen=True)
class Swept:
    """What one round erased. at: kept time, or None when nobody proved the time and nothing was done."""

    at: datetime | None
    letters: int = 0
    files: int = 0
    arrivals: int = 0
    keys: int = 0


@dataclass(frozen=True)
class Figures:
    """For the doctor. at: kept time. settled: delivered, their period still runs."""

    at: datetime | None
    settled: int
    erased: int
    arrivals_erased: int


def sweep(
    clock: Clock, periods: Periods = Periods(), in_use: Callable[[list[str]], set[str]] = lambda _: set()
) -> Swept:
    """One round, in short transactions; at most BATCH * BATCHES_MAX of a sort.

    in_use: of these sealed files of ours, by hash, those somebody may still want to open here.
    """
    with write():
        Session.delete().where(Session.expires_at <= clock.now()).execute()
        now = _kept_time(clock)
    if now is None:
        return Swept(None)
    _repeat(_settle_letters, now)
    _repeat(_settle_arrivals, now)
    with write():
        _unsettle()
        budget.forget_old_days(now)
        _forget_incidents(now - timedelta(days=periods.incident_days))
    sent, arrived = timedelta(days=periods.sent_days), timedelta(days=periods.arrived_days)
    return Swept(
        at=now,
        letters=_repeat(_erase_letters, now - sent, now) + _repeat(_erase_moved, now),
        files=_erase_files(now, in_use),
        arrivals=_repeat(_erase_arrivals, now - arrived, now),
        keys=_drop_keys(),
    )


def figures() -> Figures:
    """How much was erased, and how much waits for its time."""
    row = KeptTime.get_or_none(KeptTime.id == _ONLY)
    settled = OutLetter.select().where(OutLetter.settled_at.is_null(False), OutLetter.erased_at.is_null())
    erased = OutLetter.select().where(OutLetter.erased_at.is_null(False))
    arrivals = Arrival.select().where(Arrival.erased_at.is_null(False))
    return Figures(None if row is None else row.at, settled.count(), erased.count(), arrivals.count())


def erasable(cutoff: datetime) -> Any:
    """The rule, in one query: ids of the letters whose sealed bytes may go.

    Delivered at this moment, and found delivered in every round since `cutoff` (kept time).
    """
    delivered = OutLetter.select(OutLetter.id).join(OutStream).where(outbox.is_delivered())
    return delivered.where(OutLetter.settled_at <= cutoff, OutLetter.erased_at.is_null())


def _kept_time(clock: Clock) -> datetime | None:
    """Kept time, moved forward. A correction backwards is followed at once: it only keeps things longer."""
    stamp = clock.stamp()
    proved = stamp.at if stamp.proof is Proof.HALL else clock.latest_attested()
    if proved is None:
        return None
    row = KeptTime.get_or_none(KeptTime.id == _ONLY)
    at = proved if row is None else min(proved, row.at + STEP)
    KeptTime.delete().where(KeptTime.id == _ONLY).execute()
    KeptTime.insert(id=_ONLY, at=at).execute()
    return at


def _repeat(step: Callable[..., int], *args: datetime) -> int:
    """Batches, each in a transaction of its own, until one is not full."""
    total = 0
    for _ in range(BATCHES_MAX):
        with write():
            done = step(*args)
        total += done
        if done < BATCH:
            break
    return total


def _settle_letters(now: datetime) -> int:
    delivered = OutLetter.select(OutLetter.id).join(OutStream).where(outbox.is_delivered())
    new = delivered.where(OutLetter.settled_at.is_null(), OutLetter.erased_at.is_null())
    return _update(OutLetter, new, settled_at=now)


def _settle_arrivals(now: datetime) -> int:
    done = Arrival.select(Arrival.id).where(Arrival.state.in_([APPLIED, REPEATED]))
    return _update(Arrival, done.where(Arrival.settled_at.is_null()), settled_at=now)


def _unsettle() -> None:
    """A recipient that was set back has a letter no more: its period begins anew when it has it again."""
    held = OutStream.select(OutStream.peer_has).where(OutStream.id == OutLetter.stream)
    lost = OutLetter.settled_at.is_null(False) & OutLetter.erased_at.is_null() & (OutLetter.seq > held)
    OutLetter.update(settled_at=None).where(lost).execute()


def _erase_letters(cutoff: datetime, now: datetime) -> int:
    return _update(OutLetter, erasable(cutoff), sealed=b"", erased_at=now)


def _erase_moved(now: datetime) -> int:
    """A letter that another envelope carries now goes after that one went."""
    carrier = OutLetter.alias()
    is_gone = fn.EXISTS(
        carrier.select(peewee.Value(1)).where(
            carrier.hash == OutLetter.moved_to, carrier.erased_at.is_null(False)
        )
    )
    moved = OutLetter.select(OutLetter.id).where(OutLetter.moved_to.is_null(False), is_gone)
    return _update(OutLetter, moved.where(OutLetter.erased_at.is_null()), sealed=b"", erased_at=now)


def _erase_arrivals(cutoff: datetime, now: datetime) -> int:
    done = Arrival.select(Arrival.id).where(Arrival.state.in_([APPLIED, REPEATED]))
    due = done.where(Arrival.settled_at <= cutoff, Arrival.erased_at.is_null())
    return _update(Arrival, due, sealed=b"", erased_at=now)


def _update(table: Any, ids: Any, **values: Any) -> int:
    """Change a batch of rows in the statement that chooses them."""
    chosen = ids.order_by(table.id).limit(BATCH)
    return int(table.update(**values).where(table.id.in_(chosen)).execute())


def _erase_files(now: datetime, in_use: Callable[[list[str]], set[str]]) -> int:
    """Files of ours that every letter naming them has left behind, and that nobody wants to open here."""
    erased = 0
    for page in _pages(_done_with()):
        wanted = in_use([row.sha256 for row in page])
        for row in page:
            if row.sha256 not in wanted and erased < BATCH:
                with write():
                    erased += _erase_file(row.id, now)
    return erased


def _done_with() -> Any:
    """Files of ours named by letters, all of which are erased."""
    named = LetterFile.select(peewee.Value(1)).join(OutLetter).where(LetterFile.sha256 == SealedFile.sha256)
    open_ones = named.where(OutLetter.erased_at.is_null())
    ours = SealedFile.select(SealedFile.id, SealedFile.sha256).where(SealedFile.owner == "")
    return ours.where(SealedFile.erased_at.is_null(), fn.EXISTS(named), ~fn.EXISTS(open_ones))


def _pages(query: Any) -> Iterator[list[SealedFile]]:
    last = 0
    while page := list(query.where(SealedFile.id > last).order_by(SealedFile.id).limit(BATCH)):
        yield page
        last = page[-1].id


def _erase_file(file_id: int, now: datetime) -> int:
    """Unless a new letter has come to name it meanwhile."""
    if not _done_with().where(SealedFile.id == file_id).exists():
        return 0
    FileChunk.delete().where(FileChunk.file == file_id).execute()
    gone = SealedFile.update(held=0, is_whole=False, erased_at=now).where(SealedFile.id == file_id)
    return int(gone.execute())


def _drop_keys() -> int:
    """Keys of epochs whose sealed bytes are all gone; the newest of each stream stays."""
    with write():
        whole = OutLetter.select(peewee.Value(1)).where(
            OutLetter.stream == OutKey.stream, OutLetter.epoch == OutKey.epoch, OutLetter.erased_at.is_null()
        )
        newest = OutStream.select(OutStream.epoch).where(OutStream.id == OutKey.stream)
        dropped = OutKey.delete().where(OutKey.epoch < newest, ~fn.EXISTS(whole)).execute()
        return int(dropped) + sum(_drop_in_keys(stream) for stream in _rekeyed_streams())


def _rekeyed_streams() -> list[InStream]:
    """Streams to us with more than one key, and nothing beside them that may still have to be opened."""
    many = InKey.select(InKey.stream).group_by(InKey.stream).having(fn.COUNT(InKey.id) > 1)
    return [
        stream
        for stream in InStream.select().where(InStream.id.in_(many)).limit(BATCH)
        if not Aside.select().where(Aside.sender == stream.sender, Aside.instance == stream.instance).exists()
    ]


def _drop_in_keys(stream: InStream) -> int:
    """Epochs only grow with the numbers, so those before that of the first unerased letter are done with."""
    kept = Arrival.select(Arrival.header).where(Arrival.stream == stream, Arrival.erased_at.is_null())
    first = kept.order_by(Arrival.seq).first()
    if first is None:
        return 0
    epoch = Envelope(bytes(first.header), b"", b"").fields.seal.epoch
    return int(InKey.delete().where(InKey.stream == stream, InKey.epoch < epoch).execute())


def _forget_incidents(cutoff: datetime) -> None:
    """Long resolved ones go, but not those that are to be told only once."""
    old = Incident.resolved_at.is_null(False) & (Incident.resolved_at <= cutoff)
    Incident.delete().where(old, Incident.kind != Cause.SENT_AHEAD).execute()
