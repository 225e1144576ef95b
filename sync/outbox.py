"""Letters on their way out. They are made in the caller's transaction and stay until acknowledged.

Green means one thing: the recipient's registered key signed that it holds the stream up to this
letter, with our hash, and every attachment of it, whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import peewee
from peewee import fn

from sync.canonical import canonical_json
from sync.clock import Stamp
from sync.envelope import FileEntry
from sync.errors import BadForm, FileIncomplete, NoSuchFile, TooLarge
from sync.keys import NodeKeys, Statement
from sync.limits import FILES_PER_LETTER_MAX, LEASE_SECONDS, PAYLOAD_BYTES_MAX
from sync.manifest import MANIFEST_KIND
from sync.moments import moment_text
from sync.outstream import Draft, Sender, append, current_stream
from sync.parcel import ACK_KIND
from sync.relay_tables import Custody
from sync.rows import current
from sync.statements import prepared
from sync.tables import Acknowledgement, FileReceipt, LetterFile, OutLetter, OutStream, SealedFile

_LEASE = timedelta(seconds=LEASE_SECONDS)
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2999, 12, 31, tzinfo=UTC)


class LetterState(StrEnum):
    """Made and waiting; handed over but not yet acknowledged in full; acknowledged."""

    MADE = "made"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a feature wants to say. files: SHA-256 of sealed files that `attachments.store` gave."""

    to: str
    kind: str
    subject: str
    payload: dict[str, Any]
    stamp: Stamp
    files: Sequence[str] = field(default_factory=tuple)
    catalog_version: int = 0


@dataclass(frozen=True)
class Posted:
    """A letter in the outbox; `envelope_hash` stays its name whatever stream comes to carry it."""

    envelope_hash: str
    seq: int


@dataclass(frozen=True)
class PostedState:
    """How far a letter has come. sent_as: hash of the envelope that carries it now, which `ack` covers.

    missing_files: SHA-256 of sealed attachments whose receipt has not come. custody: the manifest in which
    the node `carrier` signs that it holds the letter, on its way to the recipient; which is no delivery.
    """

    kind: str
    envelope_hash: str
    sent_as: str
    seq: int
    state: LetterState
    made_at: datetime
    sent_at: datetime | None
    acked_at: datetime | None
    ack: Statement | None
    missing_files: tuple[str, ...]
    carrier: str = ""
    carried_at: datetime | None = None
    custody: Statement | None = None


@dataclass(frozen=True)
class Counts:
    """made = queued + sent + acknowledged."""

    made: int
    queued: int
    sent: int
    acknowledged: int


def post(keys: NodeKeys, node_id: str, letter: Letter) -> Posted:
    """Seal, sign and queue a letter, inside the caller's write() transaction.

    Raises BadForm or TooLarge for a letter that cannot travel, NoSuchFile or FileIncomplete for
    an attachment that is not in the store, UnknownPeer for a recipient nobody registered.
    """
    assert current.in_transaction(), "a letter is posted in the transaction of what it reports"
    draft = Draft(
        letter.kind,
        letter.subject,
        letter.catalog_version,
        moment_text(letter.stamp.at),
        letter.stamp.proof,
        _plain(letter.payload),
        _entries(letter.files),
    )
    sender = Sender(node_id, keys)
    stream = current_stream(sender, letter.to, letter.stamp.at)
    return Posted(append(sender, stream, draft).hash, stream.last_seq)


def state_of(subject: str, now: datetime | None = None) -> list[PostedState]:
    """Every letter about a subject, oldest first. Without `now`, a lease counts whatever its age."""
    about = _unmoved().where(OutLetter.subject == subject)
    return [_state(letter, now) for letter in about.order_by(OutLetter.id)]


def letters(*, is_open_only: bool = False) -> Any:
    """The query of letters with their streams, newest first; open ones lack a full acknowledgement."""
    newest_first = _unmoved().order_by(OutLetter.id.desc())
    return newest_first.where(~_is_acked() | _misses_files()) if is_open_only else newest_first


def counts(to: str | None = None, now: datetime | None = None) -> Counts:
    """How many letters stand where, to one node or to all."""
    since, until = (_EARLIEST, _LATEST) if now is None else (now, now + 2 * _LEASE)
    made, acknowledged, sent = _counted.first(to, since, until)
    return Counts(made, made - acknowledged - sent, sent, acknowledged)


def waiting(to: str) -> int:
    """Letters to a node that it does not hold yet, as far as it has told us."""
    return int(_waiting.value(to))


def is_handed(to: str) -> bool:
    """Whether letters were handed to a connection to that node, and what became of them is not known."""
    return _handed.value(to) is not None


def is_delivered() -> Any:
    """The condition, on OutLetter joined with OutStream, that a letter is green: held whole, and signed for.

    What the recipient said last counts as well: one that was set back and lost the letter has it no more.
    """
    is_held = OutLetter.seq <= OutStream.peer_has
    return OutLetter.moved_to.is_null() & is_held & _is_acked() & ~_misses_files()


def hand(letter_ids: Iterable[int], now: datetime) -> None:
    """These were handed to a connection; they count as in flight until the lease ends."""
    lease = now + timedelta(seconds=LEASE_SECONDS)
    chosen = OutLetter.id.in_(list(letter_ids))
    OutLetter.update(handed_at=now, lease_until=lease).where(chosen).execute()


def take_back(letter_ids: Iterable[int]) -> None:
    """The connection broke: these are queued again."""
    OutLetter.update(lease_until=None).where(OutLetter.id.in_(list(letter_ids))).execute()


def unreceipted(recipient: str, limit: int) -> list[LetterFile]:
    """Attachments of letters a node holds for which its receipt has not come, oldest first."""
    return _unreceipted.rows(recipient, limit)


@prepared
def _counted(to: Any, since: Any, until: Any) -> Any:
    is_acked, misses = _is_acked(), _misses_files()
    is_handed = _is_leased(since, until) | _is_carried()
    is_sent = (is_acked & misses) | (~is_acked & is_handed)
    query: Any = OutLetter.select(fn.COUNT(OutLetter.id), _count_if(is_acked & ~misses), _count_if(is_sent))
    ours = OutStream.recipient == fn.COALESCE(to, OutStream.recipient)
    return query.join(OutStream).where(OutLetter.moved_to.is_null(), ours).tuples()


def _count_if(condition: Any) -> Any:
    return fn.COUNT(peewee.Case(None, ((condition, 1),)))


@prepared
def _handed(to: Any) -> Any:
    beyond = (OutStream.recipient == to) & (OutLetter.seq > OutStream.peer_has)
    handed = OutLetter.moved_to.is_null() & OutLetter.lease_until.is_null(False)
    return OutLetter.select(OutLetter.id).join(OutStream).where(beyond, handed)


@prepared
def _waiting(to: Any) -> Any:
    beyond = (OutStream.recipient == to) & (OutLetter.seq > OutStream.peer_has)
    counted = OutLetter.select(fn.COUNT(OutLetter.id)).join(OutStream)
    return counted.where(OutLetter.moved_to.is_null(), beyond, OutLetter.erased_at.is_null())


@prepared
def _unreceipted(recipient: Any, limit: Any) -> Any:
    to_them = LetterFile.select().join(OutLetter).join(OutStream).where(OutStream.recipient == recipient)
    held = OutLetter.moved_to.is_null() & (OutLetter.seq <= OutStream.peer_has)
    return to_them.where(held, ~_has_receipt()).order_by(LetterFile.id).limit(limit)


def _unmoved() -> Any:
    """Every letter once: where a stream was opened anew, as it stands in the new one."""
    return OutLetter.select(OutLetter, OutStream).join(OutStream).where(OutLetter.moved_to.is_null())


def _plain(payload: dict[str, Any]) -> bytes:
    plain = canonical_json(payload)
    if len(plain) > PAYLOAD_BYTES_MAX:
        raise TooLarge("信件内容", len(plain), PAYLOAD_BYTES_MAX)
    return plain


def _entries(files: Sequence[str]) -> tuple[FileEntry, ...]:
    if len(files) > FILES_PER_LETTER_MAX:
        raise BadForm(f"一封信最多带 {FILES_PER_LETTER_MAX} 个附件")
    return tuple(_entry(str(number), sha256) for number, sha256 in enumerate(files, 1))


def _entry(name: str, sha256: str) -> FileEntry:
    """The true name of a file says too much to a relay; it travels inside the payload."""
    same = SealedFile.select().where(SealedFile.sha256 == sha256)
    stored = same.order_by(SealedFile.is_whole.desc()).first()  # ours, or one that came back to us
    if stored is None:
        raise NoSuchFile(sha256)
    if not stored.is_whole:
        raise FileIncomplete(sha256)
    return FileEntry(name, stored.size, sha256)


def _state(letter: OutLetter, now: datetime | None) -> PostedState:
    ack = (
        Acknowledgement.select()
        .where(Acknowledgement.stream == letter.stream_id, Acknowledgement.upto >= letter.seq)
        .order_by(Acknowledgement.upto)
        .first()
    )
    missing = LetterFile.select(LetterFile.sha256).join(OutLetter).join(OutStream)
    missing = missing.where(LetterFile.letter == letter, ~_has_receipt())
    files = tuple(row.sha256 for row in missing.order_by(LetterFile.id))
    held = None if ack else _custody_of(letter)
    return PostedState(
        kind=letter.kind,
        envelope_hash=letter.origin,
        sent_as=letter.hash,
        seq=letter.seq,
        state=_name_state(letter, ack is not None, files, held is not None, now),
        made_at=letter.made_at,
        sent_at=letter.handed_at,
        acked_at=ack and ack.at,
        ack=ack and Statement(ACK_KIND, bytes(ack.body), ack.key_id, bytes(ack.signature)),
        missing_files=files,
        carrier=held.relay if held else "",
        carried_at=None if held is None else held.at,
        custody=None if held is None else _word_of(held),
    )


def _word_of(held: Custody) -> Statement:
    return Statement(MANIFEST_KIND, bytes(held.body), held.key_id, bytes(held.signature))


def _custody_of(letter: OutLetter) -> Custody | None:
    """The latest word of a relay that covers a letter."""
    covers = (Custody.instance == letter.stream.instance) & (Custody.upto >= letter.seq)
    found: Custody | None = Custody.select().where(covers).order_by(Custody.id.desc()).first()
    return found


def _name_state(
    letter: OutLetter, is_acked: bool, missing: tuple[str, ...], is_carried: bool, now: datetime | None
) -> LetterState:
    if is_acked:
        return LetterState.SENT if missing else LetterState.ACKNOWLEDGED
    is_leased = letter.lease_until is not None and (now is None or _is_between(now, letter.lease_until))
    return LetterState.SENT if is_leased or is_carried else LetterState.MADE


def _is_acked() -> Any:
    upto = Acknowledgement.select(fn.MAX(Acknowledgement.upto)).where(
        Acknowledgement.stream == OutLetter.stream
    )
    return fn.COALESCE(upto, 0) >= OutLetter.seq


def _is_carried() -> Any:
    covers = (Custody.instance == OutStream.instance) & (Custody.upto >= OutLetter.seq)
    return fn.EXISTS(Custody.select(peewee.Value(1)).where(covers))


def _misses_files() -> Any:
    named = LetterFile.select(peewee.Value(1)).where(LetterFile.letter == OutLetter.id, ~_has_receipt())
    return fn.EXISTS(named)


def _has_receipt() -> Any:
    held = FileReceipt.select(peewee.Value(1)).where(
        FileReceipt.by == OutStream.recipient, FileReceipt.sha256 == LetterFile.sha256
    )
    return fn.EXISTS(held)


def _is_leased(since: Any, until: Any) -> Any:
    return (OutLetter.lease_until > since) & (OutLetter.lease_until <= until)


def _is_between(now: datetime, lease_until: datetime) -> bool:
    """A lease has two ends: one begun by a clock that was years ahead has ended once that is put right."""
    return now < lease_until <= now + 2 * _LEASE
