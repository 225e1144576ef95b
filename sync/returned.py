"""Letters given back to the one who wrote them, after its disk was lost or set back.

Each travels inside an ordinary letter of the kind `mail.returned`, so that link, relay and stick all
carry it: the signed header as it came, the sealed bytes, and the stream key that opens them.
`sync.homecoming` is the other end.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from sync import custody, outstream
from sync.canonical import canonical_json
from sync.codec import from_base64
from sync.envelope import RETURNED_KIND, Envelope, FileEntry, Header
from sync.errors import BadForm, CannotOpen
from sync.inkeys import stream_key
from sync.keys import Statement, accept_public_key
from sync.limits import CARRIED_BYTES_MAX, RETURNED_BYTES_TARGET, RETURNED_LETTERS_MAX
from sync.mailbox import Mailbox
from sync.manifest import LogHead, RecallEntry
from sync.moments import moment_text
from sync.outstream import Draft, Sender, current_stream
from sync.register import known_key
from sync.sealing import KEY_BYTES
from sync.tables import Arrival, InStream, OutLetter, OutStream, SealedFile

RETURNED_ENVELOPE_BYTES_MAX = CARRIED_BYTES_MAX * 5 // 8  # base64, and quotes in the header
_FIELDS = {"header", "signature", "key", "sealed", "stream_key", "ack"}


@dataclass(frozen=True)
class Returned:
    """One letter on its way back. key: of the writer; stream_key, sealed: b"" where they are gone.

    ack: the recipient's acknowledgement up to this letter, in the last one of a batch.
    """

    envelope: Envelope
    key: bytes
    stream_key: bytes
    ack: Statement | None

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a payload."""
        parts = {
            "signature": self.envelope.signature,
            "key": self.key,
            "sealed": self.envelope.sealed,
            "stream_key": self.stream_key,
        }
        texts = {name: base64.b64encode(part).decode() for name, part in parts.items()}
        ack = None if self.ack is None else self.ack.to_dict()
        return texts | {"header": self.envelope.header.decode(), "ack": ack}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        """Raises BadForm, OddKey."""
        if set(value) != _FIELDS or not isinstance(value["header"], str):
            raise BadForm("送回的信件字段不对")
        envelope = Envelope(
            value["header"].encode(),
            from_base64(value["signature"]),
            from_base64(value["sealed"]),
        )
        opener = from_base64(value["stream_key"])
        if len(opener) not in (0, KEY_BYTES):
            raise BadForm("送回的信件密钥不对")
        ack = None if value["ack"] is None else Statement.from_dict(value["ack"])
        return cls(envelope, accept_public_key(from_base64(value["key"])), opener, ack)


def answer(box: Mailbox, sender: str, asked: Iterable[RecallEntry]) -> int:
    """Queue for `sender` what it lacks of its own letters; returns how many. In the caller's transaction.

    Each letter is given back once, as long as the mail that does it is kept; what is on its way, or lies
    at the other end, is offered again like any other mail.
    """
    room, posted = RETURNED_BYTES_TARGET, 0
    for entry in asked:
        stream = InStream.get_or_none(InStream.sender == sender, InStream.instance == entry.instance)
        if stream is None or room <= 0:
            continue
        batch = _not_yet_given(sender, _lacking(stream, entry.after))
        for arrival in batch:
            room -= len(bytes(arrival.sealed)) + len(bytes(arrival.header))
            is_last = arrival is batch[-1] or room <= 0
            _post(box, stream, arrival, is_last=is_last)
            posted += 1
            if room <= 0:
                break
    return posted


def _lacking(stream: InStream, after: int) -> list[Arrival]:
    beyond = Arrival.select().where(Arrival.stream == stream, Arrival.seq > after)
    return list(beyond.order_by(Arrival.seq).limit(RETURNED_LETTERS_MAX))


def _not_yet_given(sender: str, arrivals: list[Arrival]) -> list[Arrival]:
    names = [arrival.hash for arrival in arrivals]
    to_them = OutLetter.select(OutLetter.subject).join(OutStream).where(OutStream.recipient == sender)
    given = to_them.where(OutLetter.kind == RETURNED_KIND, OutLetter.subject.in_(names))
    done = {row.subject for row in given}
    return [arrival for arrival in arrivals if arrival.hash not in done]


def _post(box: Mailbox, stream: InStream, arrival: Arrival, *, is_last: bool) -> None:
    given = _packed(box, stream, arrival, is_last=is_last)
    stamp = box.clock.stamp()
    plain = canonical_json(given.to_dict())
    files = _whole_files(given.envelope.fields)
    draft = Draft(RETURNED_KIND, arrival.hash, 0, moment_text(stamp.at), stamp.proof, plain, files)
    sender = Sender(box.node_id, box.keys)
    outstream.append(sender, current_stream(sender, stream.sender, stamp.at), draft)


def _packed(box: Mailbox, stream: InStream, arrival: Arrival, *, is_last: bool) -> Returned:
    envelope = Envelope(bytes(arrival.header), bytes(arrival.signature), bytes(arrival.sealed))
    header, log = envelope.fields, LogHead(arrival.log_size, arrival.log_head)
    ack = custody.sign_ack(box, stream, arrival.seq, arrival.hash, log) if is_last else None
    opener = _key_of(box, stream, header) if envelope.sealed else b""
    if len(envelope.header) + len(envelope.sealed) > RETURNED_ENVELOPE_BYTES_MAX:
        envelope = Envelope(envelope.header, envelope.signature, b"")  # told of, but too large to carry
    return Returned(envelope, known_key(header.sender, header.key), opener, ack)


def _whole_files(header: Header) -> tuple[FileEntry, ...]:
    """The files of a letter that are here whole; the others are lost at both ends."""
    names = [entry.sha256 for entry in header.files]
    rows = SealedFile.select(SealedFile.sha256).where(SealedFile.is_whole, SealedFile.sha256.in_(names))
    held = {row.sha256 for row in rows}
    return tuple(entry for entry in header.files if entry.sha256 in held)


def _key_of(box: Mailbox, stream: InStream, header: Header) -> bytes:
    """The stream key, b"" where our keys do not open it any more: the writer may still have it."""
    try:
        return stream_key(box, stream, header.seal.epoch)
    except CannotOpen:
        return b""
