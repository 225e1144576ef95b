"""The mail on a stick: the parcels that a link would carry, and the files, in one sealed file.

A bundle may be made again at any time and may overlap with the link or with another bundle: what
arrived before is answered as a repeat. It never waits for its answer; the answer is a bundle the
other way. Letters and files are sealed to the recipient already; the plain part shows who writes
to whom, when, and how much.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sync import attachments, custody, exchange, outbox, register
from sync.bundle_file import (
    BUNDLE_BYTES_MAX,
    PIECE_BYTES,
    SEALED_BYTES_MAX,
    BundleReader,
    Content,
    open_stick_file,
    private_copy,
    write_bundle,
)
from sync.bundle_plain import (
    FILES_MAX,
    Cover,
    SealedFileEntry,
    parcel_lines,
    read_cover,
    read_parcels,
    sealed_payloads,
    write_plain,
)
from sync.errors import (
    BadForm,
    BundleDamaged,
    BundleForeign,
    BundleNotForUs,
    BundleNotWritten,
    NoSuchFile,
    UnknownPeer,
)
from sync.exchange import Extras
from sync.limits import PARCEL_BYTES_MAX
from sync.mailbox import Mailbox
from sync.manifest import Manifest
from sync.moments import moment_text, read_moment
from sync.parcel import Parcel
from sync.rows import write
from sync.tables import FileReceipt, LetterFile, OutLetter, OutStream, SealedFile

SUFFIX = ".ymb"
RECEIPTS_MAX = 500  # the latest files of the other whose receipts go along
STICK_BYTES_KEPT = 1024**2  # for the folder entries of the stick itself
ENTRY_BYTES = 256  # at most what a file's entry and frame add to a bundle


@dataclass(frozen=True)
class Exported:
    """What went onto the stick. more: letters or files that did not fit and wait for the next bundle."""

    path: Path
    size_bytes: int
    letters: int
    files: int
    more: bool


@dataclass
class Imported:
    """What came off the stick. Counts of letters, acknowledgements and files; texts are Chinese."""

    sender: str
    at: datetime
    accepted: int = 0
    repeated: int = 0
    aside: int = 0
    acknowledged: int = 0
    receipts: int = 0
    files: int = 0
    refused: list[str] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)


def suggest_name(sender: str, recipient: str, at: datetime) -> str:
    """A name that every stick can hold, such as YM-aaaaaaaa-bbbbbbbb-20261122-094100.ymb."""
    return f"YM-{sender[:8]}-{recipient[:8]}-{at:%Y%m%d-%H%M%S}{SUFFIX}"


def export_bundle(path: Path, box: Mailbox, peer: str, size_bytes_max: int = BUNDLE_BYTES_MAX) -> Exported:
    """Everything `peer` has not acknowledged, and our acknowledgements for it, into one file.

    path: the file, or a folder in which it gets the suggested name. Letters go before files.
    Raises UnknownPeer, RevokedPeer, BundleNotWritten; after any of them the stick is as it was.
    """
    register.active_peer(peer)
    stamp = box.clock.stamp()
    if path.is_dir():
        path = path / suggest_name(box.node_id, peer, stamp.at)
    packed, offers = _pack(box, peer), _offers(peer)
    room = min(size_bytes_max, _free_bytes(path.parent)) - _size_bytes(packed.parcels)
    files, letters = _choose(offers, room), len(packed.letter_ids)
    at = moment_text(stamp.at)
    cover = Cover(box.node_id, peer, at, stamp.proof, len(packed.parcels), letters, files)
    pieces = tuple((entry.size, _sealed_pieces(entry)) for entry in files)
    content = Content(write_plain(cover, packed.parcels), sealed_payloads(packed.parcels), pieces)
    size_bytes = write_bundle(path, box.keys, content)
    with write():
        outbox.hand(packed.letter_ids, stamp.at)
    return Exported(path, size_bytes, letters, len(files), packed.more or len(files) < len(offers))


def import_bundle(
    path: Path, box: Mailbox, folder: Path, heard: Callable[[str, Manifest], None] = lambda *_: None
) -> Imported:
    """Take in a bundle: copied off the stick, verified as a whole, then applied parcel by parcel.

    folder: a private one on this node's disk, for the copy. heard: is told who sent the bundle and what
    its parcels said, once they are taken in. Doing it again changes nothing.
    Raises BundleDamaged, BundleForeign, BundleNotForUs, BadForm, TooLarge, NoRoom, and what
    `exchange.take` raises; a bundle that is refused has changed nothing.
    """
    with private_copy(path, folder) as copy:
        reader = BundleReader(copy)
        cover = _checked_cover(reader, box.node_id)
        parcels = _checked_parcels(reader)
        done = Imported(cover.sender, read_moment(cover.at))
        for parcel in parcels:
            taken = exchange.take(box, parcel.to_bytes(), "usb")
            heard(cover.sender, taken.manifest)
            _add(done, taken)
        for index, entry in enumerate(cover.files):
            done.files += _take_file(reader, index, box, entry, cover.sender)
    return done


def inspect_bundle(path: Path, public: bytes | None = None) -> dict[str, Any]:
    """What the plain part of a bundle shows, as JSON. Changes nothing.

    public: the sender's signing key; without it the seal is not checked and "seal" is "unchecked".
    Raises BundleDamaged, BadForm.
    """
    with open_stick_file(path) as stream:
        reader = BundleReader(stream)
        cover, parcels = _read_cover(reader), list(_checked_parcels(reader))
        if public is not None:
            reader.check(public)
        envelopes = [envelope.fields for parcel in parcels for envelope in parcel.envelopes]
        letters = [
            {"instance": header.instance, "seq": header.seq, "kind": header.kind, "subject": header.subject}
            for header in envelopes
        ]
        return cover.to_dict() | {
            "key": reader.key_id,
            "seal": "unchecked" if public is None else "valid",
            "size_bytes": reader.size_bytes,
            "letters": letters,
            "acks": sum(len(parcel.acks) for parcel in parcels),
            "receipts": sum(len(parcel.receipts) for parcel in parcels),
        }


@dataclass
class _Packed:
    """Parcels for one bundle, the letters in them, and whether others are left."""

    parcels: list[Parcel] = field(default_factory=list)
    letter_ids: list[int] = field(default_factory=list)
    more: bool = True


def _pack(box: Mailbox, peer: str) -> _Packed:
    """Parcels until nothing is left or the bundle is full."""
    ask, extras = _ask_and_extras(box, peer)
    packed = _Packed()
    after: dict[str, int] = {}
    size_bytes = 0
    while packed.more and size_bytes + 2 * PARCEL_BYTES_MAX < SEALED_BYTES_MAX:
        given = exchange.give(box, peer, ask, after, extras)
        parcel = Parcel.from_bytes(given.data)
        packed.parcels.append(parcel)
        packed.letter_ids += given.letter_ids
        packed.more, after = given.more, given.after
        size_bytes += _size_bytes([parcel])
        extras = Extras()  # the receipts went with the first parcel
    return packed


def _ask_and_extras(box: Mailbox, peer: str) -> tuple[Manifest | None, Extras]:
    """Towards our hall we ask, so that our witness goes along; everybody else is answered.

    A stick may be weeks on its way, so our receipts are not only for what the other last asked about.
    """
    ask = None if custody.is_our_hall(box, peer) else exchange.last_ask(peer)
    whole = SealedFile.select().where(SealedFile.owner == peer, SealedFile.is_whole)
    latest = whole.order_by(SealedFile.id.desc()).limit(RECEIPTS_MAX)
    return ask, Extras(awaited=tuple(row.sha256 for row in latest))


def _offers(peer: str) -> list[SealedFileEntry]:
    """The sealed files `peer` has not confirmed, each once, in the order of their letters."""
    receipted = FileReceipt.select(FileReceipt.sha256).where(FileReceipt.by == peer)
    named = LetterFile.select().join(OutLetter).join(OutStream).where(OutStream.recipient == peer)
    lacking = named.where(OutLetter.moved_to.is_null(), LetterFile.sha256.not_in(receipted))
    rows = lacking.order_by(LetterFile.id).limit(FILES_MAX)
    return list(dict.fromkeys(SealedFileEntry(row.sha256, row.size) for row in rows))


def _choose(offers: list[SealedFileEntry], room: int) -> tuple[SealedFileEntry, ...]:
    """The files that fit into `room` bytes; what does not fit waits, and so does what comes after it."""
    if room < 0:
        raise BundleNotWritten("U 盘空间不足")
    chosen = []
    for entry in offers:
        room -= entry.size + ENTRY_BYTES
        if room < 0:
            break
        chosen.append(entry)
    return tuple(chosen)


def _sealed_pieces(entry: SealedFileEntry) -> Iterator[bytes]:
    for start in range(0, entry.size, PIECE_BYTES):
        yield attachments.sealed_range(entry.sha256, start, PIECE_BYTES)


def _size_bytes(parcels: list[Parcel]) -> int:
    """At most what these parcels take in a bundle."""
    lines = sum(len(parcel_lines(parcel)) for parcel in parcels)
    return lines + sum(map(len, sealed_payloads(parcels))) + ENTRY_BYTES


def _free_bytes(folder: Path) -> int:
    """What a stick can still take, with something kept for its own folder entries."""
    try:
        return shutil.disk_usage(folder).free - STICK_BYTES_KEPT
    except OSError as error:
        raise BundleNotWritten("目标文件夹不存在") from error


def _read_cover(reader: BundleReader) -> Cover:
    try:
        cover = read_cover(reader.plain())
    except BadForm as error:
        raise BundleDamaged(error.why.rstrip("。")) from error
    if tuple(entry.size for entry in cover.files) != reader.file_sizes:
        raise BundleDamaged("附件的数目或大小与首行不符")
    return cover


def _checked_cover(reader: BundleReader, node_id: str) -> Cover:
    """The cover, once the bundle is from a known node, sealed by its key, and for us."""
    cover = _read_cover(reader)
    try:
        register.peer(cover.sender)
    except UnknownPeer as error:
        raise BundleForeign(cover.sender) from error
    reader.check(register.known_key(cover.sender, reader.key_id))
    if cover.recipient != node_id:
        raise BundleNotForUs(cover.recipient)
    return cover


def _checked_parcels(reader: BundleReader) -> Iterator[Parcel]:
    try:
        return read_parcels(reader.plain(), reader.sealed_bytes, reader.sealed)
    except BadForm as error:
        raise BundleDamaged(error.why.rstrip("。")) from error


def _take_file(reader: BundleReader, index: int, box: Mailbox, entry: SealedFileEntry, sender: str) -> bool:
    """Whether the file became whole by this bundle. One that no accepted letter names is left alone."""
    try:
        held, size_bytes = attachments.progress(sender, entry.sha256)
    except NoSuchFile:
        return False
    if held == size_bytes or entry.size != size_bytes:
        return False
    while held < size_bytes:
        was_from_start = held == 0
        for piece in reader.file(index, held):
            held = exchange.receive_file(box, sender, entry.sha256, held, piece)
        if held == 0 and was_from_start:  # these bytes are not the file that was announced
            return False
    return True


def _add(done: Imported, taken: exchange.Taken) -> None:
    for name in ("accepted", "repeated", "aside", "acknowledged", "receipts"):
        setattr(done, name, getattr(done, name) + getattr(taken, name))
    done.refused += [refusal.why for refusal in taken.refused]
    done.incidents += [cause for cause in taken.incidents if cause not in done.incidents]
