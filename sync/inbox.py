"""Letters that came: checked, put into their stream, handed on once, in order.

Storing an envelope and its effect are one transaction. A letter that its handler cannot take is
set down with the reason and the stream goes on; nothing that a node we know has signed is ever
thrown away.
"""

from collections.abc import Iterable
from typing import Any

from sync import attachments, custody, forks, journal
from sync.chain import Place, place
from sync.delivery import Delivery
from sync.envelope import FIRST_PREV, Envelope, Header, check_envelope
from sync.errors import NoRoom, NotAddressed, RevokedPeer, SyncError
from sync.incidents import Cause, report
from sync.inkeys import keep_key
from sync.limits import ASIDE_PER_SENDER_MAX, EARLY_PER_STREAM_MAX, STREAMS_PER_SENDER_MAX
from sync.mailbox import Arrived, Handler, Mailbox
from sync.manifest import COUNT_MAX
from sync.register import PeerKey, lock_peer, signing_key_for
from sync.rows import write
from sync.statements import insert, prepared
from sync.tables import Arrival, Aside, InStream, OutLetter, locked

__all__ = ["Arrived", "Handler", "Inbox", "quarantined", "retry"]

APPLIED = "applied"
REPEATED = "repeated"  # its letter had come in another envelope already
QUARANTINED = "quarantined"
RETRIED_MAX = 1000  # at once, for one cause


class Inbox:
    """The envelopes of one parcel, taken in inside one transaction that the caller opens and ends.

    Each stream is locked when it is first met; rows are written together in `close`.
    """

    def __init__(self, box: Mailbox, path: str, envelopes: Iterable[Envelope]) -> None:
        """envelopes: all that will be taken, so that what came before is looked up at once."""
        self._box = box
        self._path = path
        self._delivery = Delivery(box, path)
        self._keys: dict[tuple[str, str], bytes] = {}
        self._streams: dict[tuple[str, str], InStream] = {}
        self._waiting: dict[int, bool] = {}
        self._new: dict[str, dict[str, Any]] = {}
        readable = [envelope for envelope in envelopes if _is_readable(envelope)]
        _lock_senders(readable)
        self._origins = _origins_among(readable)
        self._refused = forks.refused_among(_origins_of(readable))

    def take(self, envelope: Envelope) -> Place:
        """Take one envelope, and early ones that waited for it; returns where it belonged.

        Raises SyncError, with nothing stored, for what is not ours to take.
        """
        header, distrust = self._verify(envelope)
        stream = self._stream(header)
        where = self._place(stream, envelope)
        if where == Place.NEXT:
            self._store(stream, envelope, distrust)
            self._follow(stream)
        elif where != Place.REPEAT:
            self._set_aside(stream, envelope, where)
        return where

    def close(self) -> int:
        """Write what was accepted, give it its place in our log, sign for it; returns how much it was."""
        if not self._new:
            return 0
        rows = list(self._new.values())
        log = journal.append(rows)
        for row in rows:
            insert(Arrival, **row)
        for stream in self._streams.values():
            if any(row["stream"] == stream.id for row in rows):
                custody.acknowledge(self._box, stream, log)
        _retry_about(self._box, self._delivery.touched)
        return len(rows)

    def _verify(self, envelope: Envelope) -> tuple[Header, str]:
        """The header, and why a person should look at the letter first ("" when its key is good)."""
        header = envelope.fields
        if header.recipient != self._box.node_id:
            raise NotAddressed("信封")
        public, distrust = self._key_of(header)
        return check_envelope(envelope, public), distrust

    def _key_of(self, header: Header) -> tuple[bytes, str]:
        """The sender's key; with the reason for distrust when it was withdrawn before this letter."""
        name = (header.sender, header.key)
        try:
            if name not in self._keys:  # one that is good for the last number there can be is good for all
                self._keys[name] = signing_key_for(*name, header.instance, COUNT_MAX)
            return self._keys[name], ""
        except RevokedPeer:
            return _withdrawn_key(header)

    def _stream(self, header: Header) -> InStream:
        name = (header.sender, header.instance)
        if name not in self._streams:
            stream = self._streams[name] = _lock_stream(header)
            self._waiting[stream.id] = _early.first(stream.sender, stream.instance) is not None
        return self._streams[name]

    def _place(self, stream: InStream, envelope: Envelope) -> Place:
        header = envelope.fields
        is_held = header.seq <= stream.upto and self._is_held(envelope)
        return place(stream.upto, stream.head, header.seq, header.prev, is_held)

    def _is_held(self, envelope: Envelope) -> bool:
        return envelope.hash in self._new or _held.value(envelope.hash) is not None

    def _store(self, stream: InStream, envelope: Envelope, distrust: str) -> None:
        """The envelope, its effect, and the new end of the stream. Raises NoRoom with nothing stored."""
        header = envelope.fields
        attachments.expect(header.sender, header.files)
        keep_key(stream, header)
        origin = header.again or envelope.hash
        is_repeated = (header.sender, origin) in self._origins
        distrust = distrust or self._refused.get((header.sender, origin), "")
        reason = "" if is_repeated else distrust or self._delivery.deliver(stream, envelope)
        self._origins.add((header.sender, origin))
        self._new[envelope.hash] = {
            "stream": stream.id,
            "seq": header.seq,
            "hash": envelope.hash,
            "origin": origin,
            "kind": header.kind,
            "subject": header.subject,
            "header": envelope.header,
            "signature": envelope.signature,
            "sealed": envelope.sealed,
            "state": REPEATED if is_repeated else QUARANTINED if reason else APPLIED,
            "reason": reason,
            "path": self._path,
            "received_at": self._box.clock.now(),
        }
        stream.upto, stream.head = header.seq, envelope.hash

    def _follow(self, stream: InStream) -> None:
        """Take in the early envelopes whose turn has come."""
        while self._waiting[stream.id]:
            row = _early.first(stream.sender, stream.instance)
            self._waiting[stream.id] = row is not None
            if row is None or row.seq > stream.upto + 1:
                return
            envelope = Envelope(bytes(row.header), bytes(row.signature), bytes(row.sealed))
            if not self._take_early(stream, row, envelope):
                return

    def _take_early(self, stream: InStream, row: Aside, envelope: Envelope) -> bool:
        """One early envelope that is due; False when there is no room for it now."""
        where = self._place(stream, envelope)
        if where == Place.FORK:
            Aside.update(why=Place.FORK).where(Aside.id == row.id).execute()
            self._report_fork(stream)
            return True
        if where == Place.NEXT:
            self._origins |= _origins_among([envelope])
            try:
                self._store(stream, envelope, self._verify(envelope)[1])
            except SyncError:  # it stays where it is, and its sender offers it again
                return False
        row.delete_instance()
        return True

    def _set_aside(self, stream: InStream, envelope: Envelope, where: Place) -> None:
        """Keep what has no place in its stream. An early one beyond the bound is left to be sent again."""
        header = envelope.fields
        if Aside.select().where(Aside.hash == envelope.hash).exists():
            return
        held = Aside.select().where(Aside.sender == header.sender).count()
        if where == Place.FORK and held >= ASIDE_PER_SENDER_MAX:
            raise NoRoom("该站点流水号重复的信件太多，请管理员先处理")
        if where == Place.EARLY:
            early = Aside.select().where(_aside_of(stream), Aside.why == Place.EARLY).count()
            if early >= EARLY_PER_STREAM_MAX or held >= ASIDE_PER_SENDER_MAX:
                return
            self._waiting[stream.id] = True
        Aside.create(
            sender=header.sender,
            instance=header.instance,
            seq=header.seq,
            hash=envelope.hash,
            origin=header.again or envelope.hash,
            why=where,
            header=envelope.header,
            signature=envelope.signature,
            sealed=envelope.sealed,
            received_at=self._box.clock.now(),
        )
        if where == Place.FORK:
            self._report_fork(stream)

    def _report_fork(self, stream: InStream) -> None:
        report(Cause.RECEIVED_FORK, f"{stream.sender} {stream.instance}", self._box.clock.now())


def quarantined() -> list[Arrival]:
    """Letters that wait for a person, oldest first; each has its reason."""
    return list(Arrival.select().where(Arrival.state == QUARANTINED).order_by(Arrival.id))


def retry(box: Mailbox, envelope_hash: str) -> str:
    """Hand a quarantined letter to its handler again, on a person's word; returns its new reason or ""."""
    with write():
        query = Arrival.select().where(Arrival.hash == envelope_hash, Arrival.state == QUARANTINED)
        arrival = locked(query).first()
        if arrival is None:
            return ""
        envelope = Envelope(bytes(arrival.header), bytes(arrival.signature), bytes(arrival.sealed))
        arrival.reason = Delivery(box, arrival.path).deliver(arrival.stream, envelope)
        arrival.state = QUARANTINED if arrival.reason else APPLIED
        arrival.save()
        return str(arrival.reason)


def retry_for(box: Mailbox, problem: SyncError) -> int:
    """Hand on again what waited for just this; returns how many letters it was."""
    waiting = Arrival.select(Arrival.hash).where(Arrival.state == QUARANTINED, Arrival.reason == str(problem))
    names = [row.hash for row in waiting.order_by(Arrival.id).limit(RETRIED_MAX)]
    return sum(retry(box, name) == "" for name in names)


def _retry_about(box: Mailbox, subjects: set[str]) -> None:
    """What waited for a matter that has come meanwhile; letters of a withdrawn key wait for a person."""
    ours: Any = OutLetter.select(OutLetter.hash).where(OutLetter.subject.in_(subjects))
    is_about = Arrival.subject.in_(subjects) | Arrival.subject.in_(ours)
    for arrival in Arrival.select().where(Arrival.state == QUARANTINED, is_about).order_by(Arrival.id):
        if _is_trusted(Envelope(bytes(arrival.header), b"", b"").fields):
            retry(box, arrival.hash)


def _is_trusted(header: Header) -> bool:
    try:
        signing_key_for(header.sender, header.key, header.instance, header.seq)
    except SyncError:
        return False
    return True


def _withdrawn_key(header: Header) -> tuple[bytes, str]:
    try:
        return signing_key_for(header.sender, header.key, header.instance, header.seq), ""
    except RevokedPeer as revoked:
        held = PeerKey.get(PeerKey.node_id == header.sender, PeerKey.key_id == header.key)
        return bytes(held.signing_key), f"{revoked.what}{revoked.why}"


def _lock_senders(envelopes: Iterable[Envelope]) -> None:
    """A sender's mail is taken in by one process at a time, over all its streams."""
    senders = {envelope.fields.sender for envelope in envelopes}
    for sender in sorted(senders):
        lock_peer.first(sender)


def _lock_stream(header: Header) -> InStream:
    row: InStream | None = _stream.first(header.sender, header.instance)
    if row is None:
        if InStream.select().where(InStream.sender == header.sender).count() >= STREAMS_PER_SENDER_MAX:
            raise NoRoom("该站点开过的信件流太多，请管理员核对")
        facts = {"sender": header.sender, "instance": header.instance, "head": FIRST_PREV}
        InStream.insert(facts).on_conflict_ignore().execute()
        row = _stream.first(header.sender, header.instance)
        assert row is not None
    return row


@prepared
def _stream(sender: Any, instance: Any) -> Any:
    return locked(InStream.select().where(InStream.sender == sender, InStream.instance == instance))


@prepared
def _held(envelope_hash: Any) -> Any:
    return Arrival.select(Arrival.id).where(Arrival.hash == envelope_hash)


@prepared
def _early(sender: Any, instance: Any) -> Any:
    waits = (Aside.sender == sender) & (Aside.instance == instance) & (Aside.why == Place.EARLY)
    return Aside.select().where(waits).order_by(Aside.seq)


def _origins_among(envelopes: Iterable[Envelope]) -> set[tuple[str, str]]:
    """(sender, origin) of those letters among these that came before, in whatever envelope."""
    origins = _origins_of(envelopes)
    came: Any = Arrival.select(Arrival.origin, InStream.sender).join(InStream)
    held = {(sender, origin) for origin, sender in came.where(Arrival.origin.in_(origins)).tuples()}
    return held | forks.accepted_among(origins)


def _origins_of(envelopes: Iterable[Envelope]) -> list[str]:
    return [envelope.fields.again or envelope.hash for envelope in envelopes]


def _is_readable(envelope: Envelope) -> bool:
    try:
        return bool(envelope.fields)
    except SyncError:
        return False


def _aside_of(stream: InStream) -> Any:
    return (Aside.sender == stream.sender) & (Aside.instance == stream.instance)
