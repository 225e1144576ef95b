"""Letters of ours that came back: checked, and put into their old stream again.

The writer checks its own signature, keeps the letter under the number it had, with the recipient's
acknowledgement, and lets those who use the mail take up its content again
(`Mailbox.handler_for_returned`).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sync import custody, recall
from sync.canonical import read_json
from sync.envelope import ENVELOPE_KIND, FIRST_PREV, Envelope, Header, check_envelope
from sync.errors import BadForm, BadSignature, NotAddressed, SyncError, UnknownPeer, WrongKey
from sync.keys import Statement, key_id_of, pae, verify
from sync.mailbox import Arrived, Mailbox
from sync.moments import read_moment
from sync.outstream import Sender, carry_over, is_readable, letter_at
from sync.register import PeerKey, known_key
from sync.returned import Returned
from sync.sealing import Address, open_payload
from sync.statements import prepared
from sync.tables import Acknowledgement, LetterFile, OutKey, OutLetter, OutStream


@dataclass(frozen=True)
class Homecomer:
    """A letter of ours that is back in its old stream. key: of its epoch, b"" when nobody knows it."""

    carrier: Arrived
    envelope: Envelope
    key: bytes

    def opened(self) -> Arrived | None:
        """As its recipient opened it; None when its content is gone. Raises CannotOpen, BadForm."""
        plain = _opened(self.envelope, self.envelope.fields, self.key)
        if plain is None:
            return None
        came = self.carrier
        return Arrived.of(self.envelope, plain, received_at=came.received_at, path=came.path)


def take(box: Mailbox, arrived: Arrived) -> Homecomer:
    """Put a letter of ours back into its old stream.

    Raises NotAddressed, WrongKey, BadSignature, BadForm, OddKey for what is no letter of ours to the node
    that gives it back, or belongs to the stream in use.
    """
    given = Returned.from_dict(arrived.payload)
    header = given.envelope.fields
    if header.sender != box.node_id or header.recipient != arrived.sender:
        raise NotAddressed("送回的信件")
    if _current.value(header.instance) is not None:
        raise BadForm("送回的信件属于本机正在使用的信道")
    _check(box, arrived, given, header)
    key = given.stream_key or _own_key(header)
    _part_from_other_history(box, arrived, header)
    _store(given.envelope, header, key)
    recall.came_back(arrived.sender, header.instance, header.seq)
    _take_ack(box, given.ack)
    return Homecomer(arrived, given.envelope, key)


def written_since(given_back: Arrived, envelope_hashes: Sequence[str]) -> set[str]:
    """Which of these letters of ours were written after the one that came back.

    A letter that stands in the old stream itself, or in one that was closed before, is older; what was
    put into the stream in use since the loss is newer.
    """
    rows: Any = OutLetter.select(OutLetter.hash, OutStream.is_current).join(OutStream)
    places = dict(rows.where(OutLetter.hash.in_(list(envelope_hashes))).tuples())
    return {name for name in envelope_hashes if places.get(name, True) and name != given_back.envelope_hash}


def _take_ack(box: Mailbox, ack: Statement | None) -> None:
    """One that does not hold any more is left out: the next exchange brings another."""
    if ack is not None:
        with suppress(SyncError):
            custody.take_ack(box, ack)


def _check(box: Mailbox, arrived: Arrived, given: Returned, header: Header) -> None:
    """That this is our signature, under a key we had; our hall may vouch for one that we forgot."""
    try:
        known_key(box.node_id, key_id_of(given.key))
    except (UnknownPeer, WrongKey):
        if not custody.is_our_hall(box, arrived.sender):
            raise
        _remember_key(box, given.key, arrived)
    if given.envelope.sealed:
        check_envelope(given.envelope, given.key)
    elif header.key != key_id_of(given.key):
        raise WrongKey(key_id_of(given.key), header.key)
    elif not verify(given.key, given.envelope.signature, pae(ENVELOPE_KIND, given.envelope.header)):
        raise BadSignature("信封")


def _remember_key(box: Mailbox, key: bytes, arrived: Arrived) -> None:
    facts = {"node_id": box.node_id, "key_id": key_id_of(key), "signing_key": key}
    PeerKey.insert(facts | {"added_at": arrived.received_at}).on_conflict_ignore().execute()


def _own_key(header: Header) -> bytes:
    """The stream key as this disk remembers it, b"" when it does not."""
    named = OutStream.instance == header.instance, OutKey.epoch == header.seal.epoch
    held = OutKey.select().join(OutStream).where(*named).first()
    return b"" if held is None else bytes(held.key)


def _opened(envelope: Envelope, header: Header, key: bytes) -> dict[str, Any] | None:
    """The content, None when the bytes or the key are gone. Raises CannotOpen, BadForm."""
    if not envelope.sealed or not key:
        return None
    address = Address(header.sender, header.instance, header.recipient, header.seal.epoch)
    return read_json(open_payload(key, address, header.seq, envelope.sealed, header.size))


def _part_from_other_history(box: Mailbox, arrived: Arrived, header: Header) -> None:
    """Where it followed another letter than ours, ours goes on elsewhere, and that other one is asked for.

    Ours was written under a number given twice, and the node that agreed to it was another disk.
    """
    stream: OutStream | None = custody.own_stream.first(header.instance)
    before = None if stream is None else letter_at(stream, header.seq - 1)
    if stream is None or before is None or before.hash == header.prev:
        return
    if before.moved_to is None and is_readable(before):
        carry_over(Sender(box.node_id, box.keys), stream, before, arrived.received_at)
    recall.reach_back(arrived.sender, header.instance, header.seq - 1)


def _store(envelope: Envelope, header: Header, key: bytes) -> None:
    """The letter as it was: under its number, in its stream, which takes no new ones."""
    stream = _old_stream(header)
    held = letter_at(stream, header.seq)
    if held is not None and held.hash == envelope.hash:
        return
    if held is not None:
        _give_way(held)
    _keep_stream_key(stream, header, key)
    letter = OutLetter.create(
        stream=stream,
        seq=header.seq,
        hash=envelope.hash,
        origin=header.again or envelope.hash,
        kind=header.kind,
        subject=header.subject,
        epoch=header.seal.epoch,
        header=envelope.header,
        signature=envelope.signature,
        sealed=envelope.sealed,
        made_at=read_moment(header.made_at),
        moved_to=_carried_by(header, envelope),
    )
    files = [{"letter": letter, "sha256": one.sha256, "size": one.size} for one in header.files]
    if files:
        LetterFile.insert_many(files).on_conflict_ignore().execute()
    _move_end(stream, header, envelope)


def _old_stream(header: Header) -> OutStream:
    facts = {"recipient": header.recipient, "instance": header.instance, "last_hash": FIRST_PREV}
    insertion = OutStream.insert(facts | {"is_current": False, "opened_at": read_moment(header.made_at)})
    insertion.on_conflict_ignore().execute()
    stream: OutStream = custody.own_stream.first(header.instance)
    return stream


@prepared
def _current(instance: Any) -> Any:
    return OutStream.select(OutStream.id).where(OutStream.instance == instance, OutStream.is_current)


@prepared
def _latest(origin: Any) -> Any:
    return OutLetter.select().where(OutLetter.origin == origin, OutLetter.moved_to.is_null())


def _give_way(held: OutLetter) -> None:
    """A letter that was put into another stream since leaves its number to the one that came back."""
    if held.moved_to is None:
        raise BadForm("送回的信件与本机同一编号下的信件不同，两份都要由人核对")
    about_it = (Acknowledgement.stream == held.stream_id) & (Acknowledgement.upto >= held.seq)
    Acknowledgement.delete().where(about_it).execute()  # it vouched for a letter that has left the stream
    LetterFile.delete().where(LetterFile.letter == held).execute()
    held.delete_instance()


def _keep_stream_key(stream: OutStream, header: Header, key: bytes) -> None:
    if key:
        facts = {"stream": stream, "epoch": header.seal.epoch, "first_seq": header.seq, "key": key}
        wrapped = {"kem": header.seal.kem or "", "enc": header.seal.enc or b"", "sealed_for": ""}
        OutKey.insert(facts | wrapped).on_conflict_ignore().execute()


def _carried_by(header: Header, envelope: Envelope) -> str | None:
    """The envelope that carries this letter now, when it went into another stream meanwhile."""
    origin = header.again or envelope.hash
    row = _latest.first(origin)
    return None if row is None else str(row.hash)


def _move_end(stream: OutStream, header: Header, envelope: Envelope) -> None:
    """How far the stream goes, and that the other holds it so far."""
    ends: dict[str, Any] = {"peer_has": max(stream.peer_has, header.seq)}
    if header.seq >= stream.last_seq:
        ends |= {"last_seq": header.seq, "last_hash": envelope.hash}
    OutStream.update(ends).where(OutStream.id == stream.id).execute()
