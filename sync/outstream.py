"""Our streams to others: a letter gets its number, its seal and its place in the chain here.

What a recipient says about a stream is compared with what we have. Where the two cannot be the
same stream any more (a copied disk, a restored backup), the stream is closed, a new one opened,
and what the recipient may lack is put into it again, naming the envelope that carried it first.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync import dictionary, incidents, recall
from sync.chain import Standing, standing
from sync.envelope import FIRST_PREV, Envelope, FileEntry, Header, Seal, sign_envelope
from sync.incidents import Cause, report
from sync.keys import NodeKeys
from sync.limits import STREAMS_STATED_MAX
from sync.manifest import Have
from sync.moments import read_moment
from sync.register import Peer, is_above, lock_peer, peer
from sync.sealing import Address, new_key, open_payload, seal_payload, wrap_key
from sync.statements import insert, prepared
from sync.tables import AgreedDictionary, LetterFile, OutKey, OutLetter, OutStream, locked


@dataclass(frozen=True)
class Draft:
    """A letter before it has a number. plain: the exact payload bytes. origin: see Header.again."""

    kind: str
    subject: str
    catalog: int
    made_at: str
    proof: str
    plain: bytes
    files: tuple[FileEntry, ...] = ()
    origin: str | None = None


@dataclass(frozen=True)
class Sender:
    """Who writes: the node and its keys."""

    node_id: str
    keys: NodeKeys


@dataclass
class OpenStream:
    """A stream being written to, locked, with the key of its epoch; last_* move on with each letter.

    dictionary: id of the one its letters are written with, 0 for none. kem, enc: the key as it travels
    in the letter `first_seq`.
    """

    recipient: str
    id: int
    instance: str
    last_seq: int
    last_hash: str
    dictionary: int
    epoch: int
    first_seq: int
    key: bytes
    kem: str
    enc: bytes


def current_stream(sender: Sender, recipient: str, now: datetime) -> OpenStream:
    """The open stream to a node; the first one, and a new key for a new sealing key, are made here.

    Raises UnknownPeer, OddKey.
    """
    found = _current.first(recipient)
    if found is None:
        lock_peer.first(recipient)  # of two who find no stream, the second one finds that of the first
        found = _current.first(recipient)
    if found is None:
        return _new_epoch(sender, _open_stream(recipient, now), bytes(peer(recipient).sealing_key))
    facts, (sealed_for, public) = found[:-2], found[-2:]
    if sealed_for != hashlib.sha256(public).hexdigest():
        return _new_epoch(sender, OutStream.get_by_id(facts[0]), bytes(public))
    return OpenStream(recipient, *facts)


def append(sender: Sender, stream: OpenStream, draft: Draft) -> Envelope:
    """Seal, sign, chain and store a letter; inside the caller's transaction."""
    seq = stream.last_seq + 1
    address = Address(sender.node_id, stream.instance, stream.recipient, stream.epoch)
    sealed = seal_payload(stream.key, address, seq, draft.plain, dictionary.find(stream.dictionary))
    wrapped = (stream.kem, stream.enc) if stream.first_seq == seq else ()
    seal = Seal(stream.epoch, hashlib.sha256(sealed).hexdigest(), *wrapped)
    envelope = sign_envelope(sender.keys, _header(sender, stream, draft, seal), sealed)
    insert(
        OutLetter,
        stream=stream.id,
        seq=seq,
        hash=envelope.hash,
        origin=draft.origin or envelope.hash,
        kind=draft.kind,
        subject=draft.subject,
        epoch=stream.epoch,
        header=envelope.header,
        signature=envelope.signature,
        sealed=sealed,
        made_at=read_moment(draft.made_at),
    )
    _name_files(envelope.hash, draft.files)
    stream.last_seq, stream.last_hash = seq, envelope.hash
    _advance.change(seq, envelope.hash, stream.id)
    return envelope


def hear(sender: Sender, recipient: str, told: Sequence[Have], now: datetime) -> list[str]:
    """Take the recipient's word on how far it holds our streams; inside the caller's transaction.

    A shorter list than STREAMS_STATED_MAX is complete: of a stream not in it nothing is held.
    A stream in it that we do not know is one of ours too, opened in days that a backup lost.
    Returns the causes of the incidents this revealed.
    """
    stated = {entry.instance: entry for entry in told}
    is_complete = len(told) < STREAMS_STATED_MAX
    found: list[str] = []
    for stream in _streams_to.rows(recipient):
        nothing = Have(stream.instance, 0, FIRST_PREV) if is_complete else None
        have = stated.get(stream.instance, nothing)
        if have is not None:
            found += _hear_one(sender, stream, have, now)
        stated.pop(stream.instance, None)
    for unknown in stated.values():
        recall.note(recipient, unknown.instance, 0, unknown.upto)
    return found + _hear_unknown(recipient, list(stated), now)


def agree_on_dictionary(recipient: str, theirs: Sequence[int]) -> None:
    """From now on letters to a node are written with the newest dictionary that both hold."""
    number = dictionary.common(theirs)
    agreed = _agreed.first(recipient)
    if number != (0 if agreed is None else agreed.number):
        AgreedDictionary.delete().where(AgreedDictionary.peer == recipient).execute()
        AgreedDictionary.insert(peer=recipient, number=number).execute()
        OutStream.update(dictionary=number).where(OutStream.recipient == recipient).execute()


def hear_late(sender: Sender, recipient: str, told: Sequence[Have], now: datetime) -> list[str]:
    """What the recipient said before: it may know more by now, so that nothing is taken back for it."""
    found: list[str] = []
    for entry in told:
        this = (OutStream.recipient == recipient) & (OutStream.instance == entry.instance)
        stream = locked(OutStream.select().where(this)).first()
        if stream is not None and entry.upto > stream.peer_has:
            found += _hear_one(sender, stream, entry, now)
    return found


def forget_progress(recipient: str) -> None:
    """The recipient lost what it had: everything is offered again, as far as it does not say otherwise."""
    OutStream.update(peer_has=0).where(OutStream.recipient == recipient).execute()


def write_again(sender: Sender, recipient: str, now: datetime) -> int:
    """Everything kept for a recipient goes into a new stream, sealed to its present key; returns how much.

    For a recipient that lost its disk and its keys. Inside the caller's transaction.
    """
    kept = OutLetter.select(OutLetter, OutStream).join(OutStream).where(OutStream.recipient == recipient)
    letters = list(kept.where(OutLetter.moved_to.is_null()).order_by(OutLetter.id))
    OutStream.update(is_current=False).where(OutStream.recipient == recipient).execute()
    readable = [letter for letter in letters if is_readable(letter)]
    for letter in readable:
        carry_over(sender, letter.stream, letter, now)
    return len(readable)


def letter_at(stream: OutStream, seq: int) -> OutLetter | None:
    """The letter that stands in a stream of ours at a number, or None."""
    found: OutLetter | None = _at.first(stream, seq)
    return found


@prepared
def _current(recipient: Any) -> Any:
    key = (OutKey.stream == OutStream.id) & (OutKey.epoch == OutStream.epoch)
    facts = (OutStream.id, OutStream.instance, OutStream.last_seq, OutStream.last_hash, OutStream.dictionary)
    keys = (OutStream.epoch, OutKey.first_seq, OutKey.key, OutKey.kem, OutKey.enc)
    query: Any = OutStream.select(*facts, *keys, OutKey.sealed_for, Peer.sealing_key).join(OutKey, on=key)
    query = query.switch(OutStream).join(Peer, on=(Peer.node_id == OutStream.recipient))
    return locked(query.where(OutStream.recipient == recipient, OutStream.is_current).tuples(), OutStream)


@prepared
def _advance(seq: Any, last_hash: Any, number: Any) -> Any:
    return OutStream.update(last_seq=seq, last_hash=last_hash).where(OutStream.id == number)


@prepared
def _streams_to(recipient: Any) -> Any:
    return locked(OutStream.select().where(OutStream.recipient == recipient).order_by(OutStream.id))


@prepared
def _agreed(recipient: Any) -> Any:
    return AgreedDictionary.select().where(AgreedDictionary.peer == recipient)


@prepared
def _at(stream: Any, seq: Any) -> Any:
    return OutLetter.select().where(OutLetter.stream == stream, OutLetter.seq == seq)


@prepared
def _gone_beyond(stream: Any, seq: Any) -> Any:
    is_gone = OutLetter.erased_at.is_null(False) | OutLetter.moved_to.is_null(False)
    return OutLetter.select(OutLetter.id).where(OutLetter.stream == stream, OutLetter.seq > seq, is_gone)


def _hear_one(sender: Sender, stream: OutStream, have: Have, now: datetime) -> list[str]:
    ours = letter_at(stream, have.upto)
    verdict = standing(stream.last_seq, have.upto, have.head, None if ours is None else ours.hash)
    if verdict == Standing.AGREES:
        if stream.peer_has != have.upto:
            OutStream.update(peer_has=have.upto).where(OutStream.id == stream.id).execute()
        _leave_gap_behind(sender, stream, have.upto, now)
        return []
    if verdict == Standing.FORKED and not is_above(stream.recipient, sender.node_id):
        stream.peer_has = (
            0  # two disks may go by one name, and what the other one told us is not true of this
        )
    recall.note(stream.recipient, stream.instance, stream.peer_has, have.upto)
    stray = [letter for letter in _unmoved(stream) if is_readable(letter)]
    if not stream.is_current and not stray:
        return []
    cause = Cause.SENT_AHEAD if verdict == Standing.AHEAD else Cause.SENT_FORK
    report(cause, f"{stream.recipient} {stream.instance} {have.upto}", now)
    _move(sender, stream, stray, now)
    return [cause]


def _leave_gap_behind(sender: Sender, stream: OutStream, upto: int, now: datetime) -> None:
    """The recipient lost letters that were erased here, or moved on: the others go on in a new stream."""
    if _gone_beyond.value(stream, upto):
        stream.peer_has = upto
        whole = [letter for letter in _unmoved(stream) if letter.erased_at is None and is_readable(letter)]
        if whole or stream.is_current:
            _move(sender, stream, whole, now)


def _hear_unknown(recipient: str, instances: Sequence[str], now: datetime) -> list[str]:
    """Tell once of streams that a backup lost; one telling at a time is enough to look at."""
    if not instances or incidents.is_open(Cause.SENT_AHEAD, recipient):
        return []
    details = [f"{recipient} {instance}" for instance in instances]
    new = [detail for detail in details if not incidents.was_told(Cause.SENT_AHEAD, detail)]
    return [report(Cause.SENT_AHEAD, detail, now) for detail in new[:1]]


def _unmoved(stream: OutStream) -> Any:
    """Letters of a stream that its recipient may lack, in order."""
    beyond = (OutLetter.stream == stream) & (OutLetter.seq > stream.peer_has)
    return OutLetter.select().where(beyond, OutLetter.moved_to.is_null()).order_by(OutLetter.seq)


def is_readable(letter: OutLetter) -> bool:
    """Whether its content can be written once more: of what was erased only the header is left, and of what
    came back the key may be gone everywhere."""
    key = OutKey.select().where(OutKey.stream == letter.stream_id, OutKey.epoch == letter.epoch)
    return bool(letter.sealed) and bool(key.exists())


def _move(sender: Sender, stream: OutStream, letters: list[OutLetter], now: datetime) -> None:
    OutStream.update(is_current=False).where(OutStream.id == stream.id).execute()
    for letter in letters:
        carry_over(sender, stream, letter, now)


def carry_over(sender: Sender, stream: OutStream, letter: OutLetter, now: datetime) -> None:
    """Write a letter once more, into the stream in use; inside the caller's transaction."""
    target = current_stream(sender, stream.recipient, now)
    carried = append(sender, target, _draft_of(sender, stream, letter))
    OutLetter.update(moved_to=carried.hash).where(OutLetter.id == letter.id).execute()


def _draft_of(sender: Sender, stream: OutStream, letter: OutLetter) -> Draft:
    """A stored letter as it was before it got its number."""
    header = Envelope(bytes(letter.header), b"", b"").fields
    key = OutKey.get(OutKey.stream == stream, OutKey.epoch == letter.epoch)
    address = Address(sender.node_id, stream.instance, stream.recipient, letter.epoch)
    plain = open_payload(bytes(key.key), address, letter.seq, bytes(letter.sealed), header.size)
    facts = (header.kind, header.subject, header.catalog, header.made_at, header.proof)
    return Draft(*facts, plain, header.files, letter.origin)


def _open_stream(recipient: str, now: datetime) -> OutStream:
    peer(recipient)  # refuses a recipient that nobody registered
    agreed = _agreed.first(recipient)
    return OutStream.create(
        recipient=recipient,
        instance=os.urandom(8).hex(),
        last_hash=FIRST_PREV,
        dictionary=0 if agreed is None else agreed.number,
        opened_at=now,
    )


def _new_epoch(sender: Sender, row: OutStream, public: bytes) -> OpenStream:
    """A fresh stream key, wrapped to the recipient's sealing key; it serves from the next letter on."""
    row.epoch, key = row.epoch + 1, new_key()
    kem, enc = wrap_key(key, Address(sender.node_id, row.instance, row.recipient, row.epoch), public)
    OutStream.update(epoch=row.epoch).where(OutStream.id == row.id).execute()
    first_seq = row.last_seq + 1
    OutKey.create(
        stream=row,
        epoch=row.epoch,
        first_seq=first_seq,
        key=key,
        kem=kem,
        enc=enc,
        sealed_for=hashlib.sha256(public).hexdigest(),
    )
    place = (row.id, row.instance, row.last_seq, row.last_hash, row.dictionary)
    return OpenStream(row.recipient, *place, row.epoch, first_seq, key, kem, enc)


def _header(sender: Sender, stream: OpenStream, draft: Draft, seal: Seal) -> Header:
    return Header(
        key=sender.keys.key_id,
        sender=sender.node_id,
        instance=stream.instance,
        recipient=stream.recipient,
        seq=stream.last_seq + 1,
        prev=stream.last_hash,
        kind=draft.kind,
        subject=draft.subject,
        catalog=draft.catalog,
        made_at=draft.made_at,
        proof=draft.proof,
        size=len(draft.plain),
        files=draft.files,
        seal=seal,
        again=draft.origin,
    )


def _name_files(envelope_hash: str, files: tuple[FileEntry, ...]) -> None:
    if files:
        letter = OutLetter.get(OutLetter.hash == envelope_hash)
        rows = [{"letter": letter, "sha256": entry.sha256, "size": entry.size} for entry in files]
        LetterFile.insert_many(rows).on_conflict_ignore().execute()
