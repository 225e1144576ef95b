"""Mail that a node carries between one below it and a hall above it: verified, held, stated, handed on.

Nothing is opened. Signatures are checked with the keys of the register, so that nobody can fill the
store with what is not mail. What is held goes away when the manifests that pass say that it arrived:
the recipient's `have` for letters, its `mine.acked` for acknowledgements, its `awaits` for receipts.
The sender keeps its letters until the hall itself has signed for them, whatever becomes of ours.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from peewee import fn

from sync import attachments, custody
from sync.canonical import canonical_json, read_json
from sync.codec import is_hex
from sync.envelope import FIRST_PREV, Envelope, FileEntry, Header, check_envelope
from sync.errors import BadForm, NoRoom, NotAddressed, SyncError
from sync.keys import Statement
from sync.limits import (
    CARRIED_FILE_BYTES_PER_CHILD_MAX,
    CARRIED_FILES_PER_CHILD_MAX,
    CARRIED_LETTER_BYTES_PER_CHILD_MAX,
    CARRIED_LETTERS_PER_CHILD_MAX,
    CARRIED_WORDS_PER_CHILD_MAX,
    STREAMS_STATED_MAX,
    WANTS_MAX,
)
from sync.mailbox import Mailbox
from sync.manifest import MANIFEST_KIND, Carried, Have, Manifest, Refusal
from sync.parcel import ACK_KIND, RECEIPT_KIND, Parcel
from sync.register import find_peer, is_above, lock_peer, signing_key_for
from sync.relay_streams import advance, new_stream, rebase, stream_of, streams_between
from sync.relay_tables import (
    CarriedFile,
    CarriedLetter,
    CarriedManifest,
    CarriedStream,
    CarriedWord,
)
from sync.statements import prepared
from sync.tables import SealedFile


def hold(box: Mailbox, section: Parcel, sender: str) -> list[Refusal]:
    """Keep what `sender`, who is at the other end of the line, gave us for another node.

    Inside the caller's transaction. Returns what of it was not taken. Raises NotAddressed when carrying
    between the two is not our business, BadForm, WrongKey, BadSignature for a manifest that does not hold.
    """
    told = Manifest.from_dict(read_json(section.manifest.body_bytes))
    if told.sender != sender:
        raise NotAddressed("代转的邮包")
    child = child_of(box.node_id, sender, told.recipient)
    custody.open_word(section.manifest, MANIFEST_KIND, sender)
    lock_peer.first(child)
    return _Holding(box, told, child).run(section)


def child_of(node_id: str, one: str, other: str) -> str:
    """Which of the two is below us, the other being above us. Raises NotAddressed for any other two."""
    for low, high in ((one, other), (other, one)):
        known = find_peer(low)
        if known is not None and known.parent == node_id and is_above(high, node_id):
            return low
    raise NotAddressed("代转的邮包")


def custody_of(sender: str) -> tuple[Carried, ...]:
    """Our word on the streams of `sender` that are not at their recipients yet."""
    stated = _open_streams.rows(sender)
    return tuple(Carried(row.recipient, row.instance, row.upto, row.head) for row in stated)


@prepared
def _open_streams(sender: Any) -> Any:
    open_ones = (CarriedStream.sender == sender) & (CarriedStream.upto > CarriedStream.base)
    rows = CarriedStream.select().where(open_ones).order_by(CarriedStream.id.desc())
    return rows.limit(STREAMS_STATED_MAX)


def content_of(manifest: Manifest) -> str:
    """SHA-256 of what a manifest says beside its time and nonce, hex."""
    fields = replace(manifest, nonce="").to_dict()
    return hashlib.sha256(canonical_json(fields | {"at": ""})).hexdigest()


@dataclass
class _Room:
    """What is still free for one node below us, both ways together."""

    letters: int
    size_bytes: int

    @classmethod
    def of(cls, child: str) -> "_Room":
        held = CarriedLetter.select(fn.COUNT(CarriedLetter.id), fn.COALESCE(fn.SUM(CarriedLetter.size), 0))
        theirs = (CarriedLetter.sender == child) | (CarriedLetter.recipient == child)
        letters, size_bytes = held.where(theirs).scalar(as_tuple=True)
        return cls(
            CARRIED_LETTERS_PER_CHILD_MAX - letters, CARRIED_LETTER_BYTES_PER_CHILD_MAX - int(size_bytes)
        )

    def take(self, size_bytes: int) -> None:
        """Raises NoRoom."""
        if self.letters < 1 or self.size_bytes < size_bytes:
            raise NoRoom("代转的信件积压太多，上级大厅很久没有收走")
        self.letters -= 1
        self.size_bytes -= size_bytes


class _Holding:
    """One section being kept."""

    def __init__(self, box: Mailbox, told: Manifest, child: str) -> None:
        self._told, self._child = told, child
        self._now = box.clock.now()
        self._acked = {entry.instance: entry.acked for entry in told.mine}
        self._streams: dict[str, CarriedStream | None] = {}

    def run(self, section: Parcel) -> list[Refusal]:
        """Manifest, letters and words; each of these stands or falls by itself."""
        refused: list[Refusal] = []
        self._keep_manifest(section.manifest)
        for envelope in section.envelopes:
            try:
                self._keep_letter(envelope)
            except SyncError as error:
                refused.append(Refusal(envelope.hash[:16], error.why[:400]))
        for word in (*section.acks, *section.receipts):
            try:
                self._keep_word(word)
            except SyncError as error:
                refused.append(Refusal("word", error.why[:400]))
        for stream in filter(None, self._streams.values()):
            advance(stream, self._acked.get(stream.instance, 0))
        settle(self._told)
        return refused

    def _keep_manifest(self, statement: Statement) -> None:
        told = self._told
        facts = {
            "key_id": statement.key_id,
            "body": statement.body_bytes,
            "signature": statement.signature,
            "nonce": told.nonce,
            "content": content_of(told),
            "received_at": self._now,
        }
        between = (CarriedManifest.sender == told.sender) & (CarriedManifest.recipient == told.recipient)
        if CarriedManifest.update(facts).where(between).execute() == 0:
            CarriedManifest.create(sender=told.sender, recipient=told.recipient, **facts)

    def _keep_letter(self, envelope: Envelope) -> None:
        header = envelope.fields
        if (header.sender, header.recipient) != (self._told.sender, self._told.recipient):
            raise NotAddressed("信封")
        check_envelope(envelope, signing_key_for(header.sender, header.key, header.instance, header.seq))
        stream = self._stream(header)
        is_there = stream is not None and header.seq <= stream.base
        if is_there or CarriedLetter.select().where(CarriedLetter.hash == envelope.hash).exists():
            return
        size_bytes = len(envelope.header) + len(envelope.sealed)
        self._room.take(size_bytes)
        self._streams[header.instance] = stream or new_stream(header)
        self._expect_files(envelope)
        CarriedLetter.create(
            sender=header.sender,
            recipient=header.recipient,
            instance=header.instance,
            seq=header.seq,
            hash=envelope.hash,
            prev=header.prev,
            header=envelope.header,
            signature=envelope.signature,
            sealed=envelope.sealed,
            size=size_bytes,
            received_at=self._now,
        )

    @cached_property
    def _room(self) -> _Room:
        return _Room.of(self._child)

    def _stream(self, header: Header) -> CarriedStream | None:
        if header.instance not in self._streams:
            self._streams[header.instance] = stream_of(header.sender, header.recipient, header.instance)
        return self._streams[header.instance]

    def _expect_files(self, envelope: Envelope) -> None:
        for entry in envelope.fields.files:
            expect_file(self._child, self._told.sender, self._told.recipient, entry, envelope.hash)

    def _keep_word(self, word: Statement) -> None:
        """An acknowledgement replaces the one before, even where it says less: its speaker and the other may
        have been set back since. A receipt ends the file's journey.
        """
        told = self._told
        body = custody.open_word(word, word.kind, told.sender)
        name, upto = _read_word(word.kind, body, told)
        this = (
            _words(told.sender, told.recipient) & (CarriedWord.kind == word.kind) & (CarriedWord.name == name)
        )
        held = CarriedWord.get_or_none(this)
        if held is None or bytes(held.body) != word.body_bytes:
            self._refuse_words_beyond_quota()
            CarriedWord.delete().where(this).execute()
            CarriedWord.create(
                sender=told.sender,
                recipient=told.recipient,
                kind=word.kind,
                name=name,
                upto=upto,
                key_id=word.key_id,
                body=word.body_bytes,
                signature=word.signature,
            )
        if word.kind == RECEIPT_KIND:
            drop_files(told.recipient, told.sender, CarriedFile.sha256 == name)

    def _refuse_words_beyond_quota(self) -> None:
        theirs = _words(self._told.sender, self._told.recipient)
        if CarriedWord.select().where(theirs).count() >= CARRIED_WORDS_PER_CHILD_MAX:
            raise NoRoom("代转的回执积压太多")


def expect_file(child: str, sender: str, recipient: str, entry: FileEntry, letter: str = "") -> None:
    """A file that passes here from now on. letter: the held one that names it, "" when that went elsewhere.

    In the caller's transaction. child: which of the two is below us. Raises NoRoom.
    """
    _refuse_files_beyond_quota(child, entry.size)
    attachments.expect(sender, [entry], is_carried=True)
    facts = {"sender": sender, "recipient": recipient, "sha256": entry.sha256, "size": entry.size}
    CarriedFile.insert(**facts, letter=letter).on_conflict_ignore().execute()


def settle(told: Manifest) -> None:
    """Let go of what the speaker says it has of the other's mail; in the caller's transaction."""
    other, speaker = told.recipient, told.sender
    stated = {entry.instance: entry for entry in told.have}
    is_complete = len(told.have) < STREAMS_STATED_MAX
    for stream in streams_between.rows(other, speaker):
        nothing = Have(stream.instance, 0, FIRST_PREV) if is_complete else None
        have = stated.get(stream.instance, nothing)
        if have is not None:
            rebase(stream, have)
    _settle_words(told)
    if len(told.wants) < WANTS_MAX:  # then these are all there are
        held = CarriedLetter.select(CarriedLetter.hash).where(CarriedLetter.sender == other)
        wanted = [want.sha256 for want in told.wants]
        drop_files(other, speaker, CarriedFile.sha256.not_in(wanted) & CarriedFile.letter.not_in(held))


def _settle_words(told: Manifest) -> None:
    other, speaker = told.recipient, told.sender
    if _any_word.value(other, speaker) is None:
        return
    for entry in told.mine:
        arrived = (CarriedWord.name == entry.instance) & (CarriedWord.upto <= entry.acked)
        acks = _words(other, speaker) & (CarriedWord.kind == ACK_KIND)
        CarriedWord.delete().where(acks & arrived).execute()
    if not _is_unanswered(told):
        receipts = _words(other, speaker) & (CarriedWord.kind == RECEIPT_KIND) & CarriedWord.is_handed
        CarriedWord.delete().where(receipts & CarriedWord.name.not_in(list(told.awaits))).execute()


def _is_unanswered(told: Manifest) -> bool:
    """Whether this is a question whose answer lies here still: until its sender has read it, it cannot
    know what to await.
    """
    if told.contains is not None or told.log is not None or told.nonce == "":
        return False
    answer = _manifest_between.first(told.recipient, told.sender)
    return answer is not None and answer.nonce == told.nonce


def drop_files(sender: str, recipient: str, which: Any) -> None:
    """These files are where they belong; away with their bytes, unless a letter to us names them too."""
    if _any_file.value(sender, recipient) is None:
        return
    between = (CarriedFile.sender == sender) & (CarriedFile.recipient == recipient) & which
    names = [row.sha256 for row in CarriedFile.select(CarriedFile.sha256).where(between)]
    CarriedFile.delete().where(between).execute()
    if names:
        passing = (SealedFile.owner == sender) & SealedFile.sha256.in_(names) & SealedFile.is_carried
        still = CarriedFile.select(CarriedFile.sha256).where(CarriedFile.sender == sender)
        attachments.forget(passing & SealedFile.sha256.not_in(still))


@prepared
def _manifest_between(sender: Any, recipient: Any) -> Any:
    between = (CarriedManifest.sender == sender) & (CarriedManifest.recipient == recipient)
    return CarriedManifest.select().where(between)


@prepared
def _any_file(sender: Any, recipient: Any) -> Any:
    between = (CarriedFile.sender == sender) & (CarriedFile.recipient == recipient)
    return CarriedFile.select(CarriedFile.sha256).where(between)


@prepared
def _any_word(sender: Any, recipient: Any) -> Any:
    return CarriedWord.select(CarriedWord.id).where(_words(sender, recipient))


def _words(sender: str, recipient: str) -> Any:
    return (CarriedWord.sender == sender) & (CarriedWord.recipient == recipient)


def _read_word(kind: str, body: dict[str, Any], told: Manifest) -> tuple[str, int]:
    """Name and number of a word of the speaker for the other. Raises BadForm, NotAddressed."""
    if body.get("by") != told.sender or (kind == ACK_KIND and body.get("from") != told.recipient):
        raise NotAddressed("回执")
    if kind == RECEIPT_KIND and is_hex(body.get("sha256"), 64):
        return str(body["sha256"]), 0
    upto = body.get("upto")
    if kind != ACK_KIND or not is_hex(body.get("instance"), 16) or not isinstance(upto, int):
        raise BadForm("代转的回执字段不对")
    return str(body["instance"]), upto


def _refuse_files_beyond_quota(child: str, size_bytes: int) -> None:
    held = CarriedFile.select(fn.COUNT(CarriedFile.id), fn.COALESCE(fn.SUM(CarriedFile.size), 0))
    theirs = (CarriedFile.sender == child) | (CarriedFile.recipient == child)
    files, held_bytes = held.where(theirs).scalar(as_tuple=True)
    is_full = files >= CARRIED_FILES_PER_CHILD_MAX
    if is_full or int(held_bytes) + size_bytes > CARRIED_FILE_BYTES_PER_CHILD_MAX:
        raise NoRoom("代转的附件积压太多，上级大厅很久没有收走")
