"""One round of give and take between two nodes; the same for a link and for a stick.

`give` makes a parcel for another node, `take` takes one in. Nothing here knows of connections:
what was lost on the way is simply offered again, because the other's manifest says how far it holds
our streams and we always go on from there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sync import attachments, custody, dictionary, epochs, journal, outbox, partials, recall
from sync.canonical import read_json
from sync.envelope import Envelope
from sync.intake import Intake, Taken, open_manifest
from sync.keys import sign_statement
from sync.limits import (
    AWAITED_MAX,
    ENVELOPE_BYTES,
    LETTERS_PER_PARCEL_MAX,
    PARCEL_BYTES_TARGET,
    REFUSALS_STATED_MAX,
    STREAMS_STATED_MAX,
    WANTS_MAX,
)
from sync.mailbox import Mailbox
from sync.manifest import MANIFEST_KIND, Carried, Have, LogHead, Manifest, Mine, Refusal
from sync.moments import moment_text
from sync.parcel import Parcel
from sync.rows import write
from sync.statements import prepared
from sync.tables import InStream, LastAsk, OutLetter, OutStream

__all__ = [
    "Extras",
    "Given",
    "Taken",
    "give",
    "join_parts",
    "last_ask",
    "place_piece",
    "receive_file",
    "take",
]


@dataclass(frozen=True)
class Extras:
    """What else a parcel may carry. awaited: files whose receipts the other asked for a moment ago.

    is_brief: one of several parcels under way, see `Manifest.brief`. carried: sections of or for nodes
    behind the other. custody: our word on what we carry for it. more: sections wait for the next parcel.
    """

    nonce: str = ""
    awaited: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    retry_after: int = 0
    is_brief: bool = False
    carried: tuple[Parcel, ...] = ()
    custody: tuple[Carried, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class Given:
    """A parcel ready to travel.

    letter_ids: the letters in it, to be leased with `outbox.hand`. after: instance -> last number in
    this and earlier parcels of the same run; hand it to the next `give` while `more` is true.
    """

    parcel: Parcel
    manifest: Manifest
    letter_ids: tuple[int, ...]
    after: dict[str, int]
    more: bool

    @cached_property
    def data(self) -> bytes:
        """The parcel as it travels on a link."""
        return self.parcel.to_bytes()


def give(
    box: Mailbox,
    peer_id: str,
    ask: Manifest | None = None,
    after: Mapping[str, int] | None = None,
    extras: Extras = Extras(),
    size_bytes: int = PARCEL_BYTES_TARGET,
) -> Given:
    """The next parcel for a node; nothing is written.

    ask: the manifest we answer, or None when we are the one who asks. size_bytes: about how much of
    letters to give, 0 for none.
    """
    reached = dict(after or {})
    is_brief_answer = ask is not None and ask.brief
    letters, more = _next_letters(peer_id, reached, 0 if is_brief_answer else size_bytes)
    if is_brief_answer or extras.is_brief:
        manifest = _brief_manifest(box, peer_id, ask, extras)
    else:
        manifest = _manifest(box, peer_id, ask, extras, more or extras.more)
    awaited = (*extras.awaited, *(ask.awaits if ask else ()))
    parcel = Parcel(
        sign_statement(box.keys, MANIFEST_KIND, manifest.to_dict()),
        tuple(_envelope(letter) for letter in letters),
        () if extras.is_brief else tuple(custody.acks_for(peer_id, STREAMS_STATED_MAX)),
        tuple(custody.receipts_for(box, peer_id, awaited)),
        extras.carried,
    )
    reached |= {letter.stream.instance: letter.seq for letter in letters}
    return Given(parcel, manifest, tuple(letter.id for letter in letters), reached, more)


def take(box: Mailbox, data: bytes, path: str, sender: str | None = None) -> Taken:
    """Take a parcel in, all of it in one transaction.

    path: link, relay or usb. sender: the node at the other end of a connection; None for a stick,
    where the signed manifest says who made it. What cannot be taken is named in `refused`, and the
    rest goes on. Raises BadForm, TooLarge, BadSignature, WrongKey, UnknownPeer, NotAddressed for a
    parcel that is refused as a whole; then nothing of it is kept.
    """
    parcel = Parcel.from_bytes(data)
    manifest, is_trusted = open_manifest(box, parcel.manifest, sender)
    with write():
        return Intake(box, path, manifest).run(parcel, is_trusted)


def receive_file(box: Mailbox, sender: str, sha256: str, offset: int, data: bytes) -> int:
    """Append a piece of a file that an accepted envelope of `sender` names; durable on return.

    Returns the new offset; 0 when the file is complete but not the one announced (it is taken again
    from its start). When it is whole, our receipt for it is signed in the same transaction.
    Raises NoSuchFile, UploadConflict, TooLarge.
    """
    with write():
        held = attachments.receive(sender, sha256, offset, data, box.clock.now())
        _receipt_when_whole(box, sender, sha256)
        return held


def place_piece(box: Mailbox, sender: str, sha256: str, start: int, data: bytes) -> int:
    """As `receive_file`, for a piece from anywhere in the file; returns how much is held from its start.

    Raises NoSuchFile, TooLarge, and UploadConflict for too many separate parts.
    """
    with write():
        held = attachments.place(sender, sha256, start, data, box.clock.now())
        _receipt_when_whole(box, sender, sha256)
        return held


def join_parts(box: Mailbox, sender: str, sha256: str, parts: Sequence[str], joined: str) -> None:
    """Put a file together from whole partial uploads of its sender; durable on return.

    parts: their names, in order. joined: what the sender said of it. Raises what `partials.join` raises.
    """
    with write():
        partials.join(sender, sha256, parts, joined)
        _receipt_when_whole(box, sender, sha256)


def _receipt_when_whole(box: Mailbox, sender: str, sha256: str) -> None:
    held, size = attachments.progress(sender, sha256)
    if held == size:
        at = moment_text(box.clock.now())
        custody.make_receipt(box.keys, box.node_id, sha256, size, at)


def last_ask(peer_id: str) -> Manifest | None:
    """What a node said on its last stick; a bundle for it answers that."""
    row = _last_ask.first(peer_id)
    return None if row is None else Manifest.from_dict(read_json(bytes(row.body)))


def _next_letters(
    peer_id: str, after: Mapping[str, int], size_bytes_max: int
) -> tuple[list[OutLetter], bool]:
    """What the peer lacks, stream by stream, up to the size of a parcel; and whether there is more."""
    chosen: list[OutLetter] = []
    size_bytes = 0
    for letter in _lacking(peer_id, after) if size_bytes_max else ():
        size_bytes += len(letter.sealed) + ENVELOPE_BYTES
        is_full = size_bytes > size_bytes_max or len(chosen) == LETTERS_PER_PARCEL_MAX
        if chosen and is_full:
            return chosen, True
        chosen.append(letter)
    return chosen, False


def _lacking(peer_id: str, after: Mapping[str, int]) -> Iterator[OutLetter]:
    for stream in _behind.rows(peer_id):
        start = max(stream.peer_has, after.get(stream.instance, 0))
        for letter in _letters_beyond.rows(stream, start):
            letter.stream = stream
            yield letter


def _envelope(letter: OutLetter) -> Envelope:
    return Envelope(bytes(letter.header), bytes(letter.signature), bytes(letter.sealed))


def _manifest(box: Mailbox, peer_id: str, ask: Manifest | None, extras: Extras, more: bool) -> Manifest:
    contains, log = _answer_witness(ask)
    return Manifest(
        sender=box.node_id,
        recipient=peer_id,
        at=moment_text(box.clock.now()),
        nonce=ask.nonce if ask else extras.nonce,
        epoch=epochs.own(),
        witness=None if ask else _witness(peer_id),
        log=log,
        contains=contains,
        have=_have(peer_id),
        mine=_mine(peer_id),
        recall=recall.stated(peer_id),
        wants=tuple(attachments.wanted(peer_id, WANTS_MAX)),
        awaits=tuple(row.sha256 for row in outbox.unreceipted(peer_id, AWAITED_MAX)),
        refused=extras.refused[:REFUSALS_STATED_MAX],
        latest=dict(box.latest()),
        retry_after=extras.retry_after,
        more=more,
        dictionaries=dictionary.stated(),
        carried=extras.custody,
    )


def _brief_manifest(box: Mailbox, peer_id: str, ask: Manifest | None, extras: Extras) -> Manifest:
    return Manifest(
        sender=box.node_id,
        recipient=peer_id,
        at=moment_text(box.clock.now()),
        have=_have(peer_id) if ask else (),
        refused=extras.refused[:REFUSALS_STATED_MAX],
        retry_after=extras.retry_after,
        brief=True,
    )


def _answer_witness(ask: Manifest | None) -> tuple[bool | None, LogHead | None]:
    """Whether our log holds what the asker remembers of it; and its head, unless that is what was shown."""
    if ask is None:
        return None, None
    tip = journal.tip()
    contains = None if ask.witness is None else journal.contains(ask.witness)
    return contains, None if ask.witness == tip else tip


def _witness(peer_id: str) -> LogHead | None:
    row = journal.witness_of(peer_id)
    return None if row is None else LogHead(row.size, row.head)


def _have(peer_id: str) -> tuple[Have, ...]:
    return tuple(Have(row.instance, row.upto, row.head) for row in _from.rows(peer_id))


def _mine(peer_id: str) -> tuple[Mine, ...]:
    """Our open streams to a node: the current one, and older ones with letters not yet acknowledged."""
    stated = []
    for row in _to.rows(peer_id):
        acked = custody.acked_upto(row)
        if row.is_current or _has_open_letters(row, acked):
            stated.append(Mine(row.instance, row.last_seq, acked))
    return tuple(stated)


def _has_open_letters(stream: OutStream, acked: int) -> bool:
    return _open_beyond.value(stream, acked) is not None


@prepared
def _last_ask(peer_id: Any) -> Any:
    return LastAsk.select().where(LastAsk.peer == peer_id)


@prepared
def _behind(peer_id: Any) -> Any:
    lacks = (OutStream.recipient == peer_id) & (OutStream.last_seq > OutStream.peer_has)
    return OutStream.select().where(lacks).order_by(OutStream.id)


@prepared
def _letters_beyond(stream: Any, seq: Any) -> Any:
    beyond = OutLetter.select().where(OutLetter.stream == stream, OutLetter.seq > seq)
    unmoved = beyond.where(OutLetter.moved_to.is_null(), OutLetter.erased_at.is_null())
    return unmoved.order_by(OutLetter.seq).limit(LETTERS_PER_PARCEL_MAX + 1)


@prepared
def _open_beyond(stream: Any, seq: Any) -> Any:
    beyond = OutLetter.select(OutLetter.id).where(OutLetter.stream == stream, OutLetter.seq > seq)
    return beyond.where(OutLetter.moved_to.is_null())


@prepared
def _from(peer_id: Any) -> Any:
    rows = InStream.select().where(InStream.sender == peer_id)
    return rows.order_by(InStream.id.desc()).limit(STREAMS_STATED_MAX)


@prepared
def _to(peer_id: Any) -> Any:
    rows = OutStream.select().where(OutStream.recipient == peer_id)
    return rows.order_by(OutStream.id.desc()).limit(STREAMS_STATED_MAX)
