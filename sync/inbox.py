"""Letters that came: checked, put into their stream, handed on once, in order.

Storing an envelope and its effect are one transaction. A letter that its handler cannot take is
set down with the reason and the stream goes on; nothing that a node we know has signed is ever
thrown away.
"""

import hashlib
from collections.abc import Iterator

import peewee

from sync import attachments
from sync.canonical import read_json
from sync.chain import Place, place
from sync.clock import Proof, Stamp
from sync.envelope import FIRST_PREV, Envelope, Header, check_envelope
from sync.errors import CannotOpen, NoRoom, NotAddressed, RevokedPeer, SyncError
from sync.incidents import Cause, report
from sync.limits import ASIDE_PER_SENDER_MAX, EARLY_PER_STREAM_MAX, STREAMS_PER_SENDER_MAX
from sync.mailbox import Arrived, Handler, Mailbox
from sync.moments import read_moment
from sync.register import PeerKey, signing_key_for
from sync.rows import write
from sync.sealing import Address, open_payload, unwrap_key
from sync.tables import Arrival, Aside, InKey, InStream, locked

__all__ = ["APPLIED", "QUARANTINED", "REPEATED", "Arrived", "Handler", "accept", "quarantined", "retry"]

APPLIED = "applied"
REPEATED = "repeated"  # its letter had come in another envelope already
QUARANTINED = "quarantined"
REASON_CHARACTERS_MAX = 1000


def accept(box: Mailbox, envelope: Envelope, path: str) -> tuple[Place, list[Arrival]]:
    """Take one envelope into its stream, inside the caller's transaction.

    Returns where it belonged, and what was accepted: itself, then early ones that waited for it.
    Raises SyncError, with nothing stored, for what is not ours to take.
    """
    header, _ = _verify(box, envelope)
    stream = _stream(header)
    where = _place(stream, envelope)
    if where == Place.NEXT:
        return where, [_store(box, stream, envelope, path), *_follow(box, stream, path)]
    if where != Place.REPEAT:
        _set_aside(box, stream, envelope, where)
    return where, []


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
        arrival.reason = _effect(box, arrival.stream, envelope, arrival.path)
        arrival.state = QUARANTINED if arrival.reason else APPLIED
        arrival.save()
        return str(arrival.reason)


def _verify(box: Mailbox, envelope: Envelope) -> tuple[Header, str]:
    """The header, and why a person should look at the letter first ("" when its key is in good standing)."""
    header = envelope.fields
    if header.recipient != box.node_id:
        raise NotAddressed("信封")
    distrust = ""
    try:
        public = signing_key_for(header.sender, header.key, header.instance, header.seq)
    except RevokedPeer as revoked:
        held = PeerKey.get(PeerKey.node_id == header.sender, PeerKey.key_id == header.key)
        public, distrust = bytes(held.signing_key), f"{revoked.what}{revoked.why}"
    return check_envelope(envelope, public), distrust


def _stream(header: Header) -> InStream:
    theirs = InStream.select().where(InStream.sender == header.sender)
    this = theirs.where(InStream.instance == header.instance)
    row = locked(this).first()
    if row is None:
        if theirs.count() >= STREAMS_PER_SENDER_MAX:
            raise NoRoom("该站点开过的信件流太多，请管理员核对")
        facts = {"sender": header.sender, "instance": header.instance, "head": FIRST_PREV}
        InStream.insert(facts).on_conflict_ignore().execute()
        row = locked(this).get()
    return row


def _place(stream: InStream, envelope: Envelope) -> Place:
    header = envelope.fields
    is_held = header.seq <= stream.upto and _is_held(stream, envelope)
    return place(stream.upto, stream.head, header.seq, header.prev, is_held)


def _is_held(stream: InStream, envelope: Envelope) -> bool:
    same = Arrival.select().where(Arrival.stream == stream, Arrival.hash == envelope.hash)
    return bool(same.exists())


def _store(box: Mailbox, stream: InStream, envelope: Envelope, path: str) -> Arrival:
    """The envelope, its effect, and the new end of the stream. Raises NoRoom with nothing stored."""
    header, distrust = _verify(box, envelope)
    attachments.expect(header.sender, header.files)
    _keep_key(stream, header)
    is_repeated = _has_come(header.sender, header.again or envelope.hash)
    reason = "" if is_repeated else distrust or _effect(box, stream, envelope, path)
    arrival = Arrival.create(
        stream=stream,
        seq=header.seq,
        hash=envelope.hash,
        origin=header.again or envelope.hash,
        kind=header.kind,
        subject=header.subject,
        header=envelope.header,
        signature=envelope.signature,
        sealed=envelope.sealed,
        state=REPEATED if is_repeated else QUARANTINED if reason else APPLIED,
        reason=reason,
        path=path,
        received_at=box.clock.now(),
    )
    stream.upto, stream.head = header.seq, envelope.hash
    InStream.update(upto=stream.upto, head=stream.head).where(InStream.id == stream.id).execute()
    return arrival


def _has_come(sender: str, origin: str) -> bool:
    """Whether this sender's letter came already, in whatever envelope."""
    same = Arrival.select().join(InStream).where(Arrival.origin == origin, InStream.sender == sender)
    return bool(same.exists())


def _effect(box: Mailbox, stream: InStream, envelope: Envelope, path: str) -> str:
    """Open the letter and hand it on; returns "" or why it has to wait for a person.

    A handler's failure, of whatever kind, concerns its letter alone, and what it wrote is undone.
    Only when the database itself fails is the whole transaction given up, to be tried again.
    """
    try:
        arrived = _open(box, stream, envelope, path)
        handler = box.handler_for(arrived.kind)
        if handler is None:
            return f"本机的版本还不会处理“{arrived.kind}”类信件。"
        with write():
            handler(arrived)
    except Exception as problem:
        if isinstance(problem, (peewee.OperationalError, peewee.InterfaceError, MemoryError)):
            raise
        return _reason(problem)
    return ""


def _reason(problem: Exception) -> str:
    text = str(problem) if hasattr(problem, "next_step") else f"{type(problem).__name__}: {problem}"
    return text[:REASON_CHARACTERS_MAX]


def _open(box: Mailbox, stream: InStream, envelope: Envelope, path: str) -> Arrived:
    """Raises CannotOpen, BadForm."""
    header = envelope.fields
    address = Address(header.sender, header.instance, header.recipient, header.seal.epoch)
    held = InKey.get_or_none(InKey.stream == stream, InKey.epoch == header.seal.epoch)
    if held is None:
        raise CannotOpen("信封里的内容")
    key = unwrap_key(box.keys, held.kem, bytes(held.enc), address)
    plain = open_payload(key, address, header.seq, envelope.sealed, header.size)
    if hashlib.sha256(plain).hexdigest() != header.sha256:
        raise CannotOpen("信封里的内容")
    payload = read_json(plain)
    payload.pop("salt", None)
    return Arrived(
        sender=header.sender,
        instance=header.instance,
        seq=header.seq,
        kind=header.kind,
        subject=header.subject,
        payload=payload,
        files=[entry.to_dict() for entry in header.files],
        header=header.to_dict(),
        envelope_hash=header.again or envelope.hash,
        stamp_made=Stamp(read_moment(header.made_at), Proof(header.proof)),
        received_at=box.clock.now(),
        path=path,
        catalog_version=header.catalog,
    )


def _keep_key(stream: InStream, header: Header) -> None:
    if header.seal.kem is not None:
        facts = {"stream": stream, "epoch": header.seal.epoch, "kem": header.seal.kem, "enc": header.seal.enc}
        InKey.insert(facts).on_conflict_ignore().execute()


def _set_aside(box: Mailbox, stream: InStream, envelope: Envelope, where: Place) -> None:
    """Keep what has no place in its stream. An early one beyond the bound is left to be sent again."""
    header = envelope.fields
    if Aside.select().where(Aside.hash == envelope.hash).exists():
        return
    theirs = Aside.select().where(Aside.sender == header.sender)
    if where == Place.EARLY:
        early = theirs.where(Aside.instance == header.instance, Aside.why == Place.EARLY)
        if early.count() >= EARLY_PER_STREAM_MAX or theirs.count() >= ASIDE_PER_SENDER_MAX:
            return
    elif theirs.count() >= ASIDE_PER_SENDER_MAX:
        raise NoRoom("该站点流水号重复的信件太多，请管理员先处理")
    Aside.create(
        sender=header.sender,
        instance=header.instance,
        seq=header.seq,
        hash=envelope.hash,
        why=where,
        header=envelope.header,
        signature=envelope.signature,
        sealed=envelope.sealed,
        received_at=box.clock.now(),
    )
    if where == Place.FORK:
        _report_fork(box, stream)


def _report_fork(box: Mailbox, stream: InStream) -> None:
    report(Cause.RECEIVED_FORK, f"{stream.sender} {stream.instance}", box.clock.now())


def _follow(box: Mailbox, stream: InStream, path: str) -> Iterator[Arrival]:
    """Take in the early envelopes whose turn has come."""
    while True:
        this_stream = (Aside.sender == stream.sender) & (Aside.instance == stream.instance)
        due = (Aside.why == Place.EARLY) & (Aside.seq <= stream.upto + 1)
        row = Aside.select().where(this_stream, due).order_by(Aside.seq).first()
        if row is None:
            return
        envelope = Envelope(bytes(row.header), bytes(row.signature), bytes(row.sealed))
        where = _place(stream, envelope)
        if where == Place.FORK:
            Aside.update(why=Place.FORK).where(Aside.id == row.id).execute()
            _report_fork(box, stream)
            continue
        if where == Place.NEXT:
            try:
                yield _store(box, stream, envelope, path)
            except SyncError:  # no room now: it stays where it is, and its sender offers it again
                return
        row.delete_instance()
