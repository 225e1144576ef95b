"""The mail on a stick: the parcels that a link would carry, and the files, in one sealed file.

A bundle may be made again at any time and may overlap with the link or with another bundle: what
arrived before is answered as a repeat. It never waits for its answer; the answer is a bundle the
other way. A finder sees from whom to whom, and how much; who has its key sees the letters' headers;
the letters and files open for their recipient alone.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sync import attachments, exchange, outbox, register
from sync.bundle_copy import private_copy
from sync.bundle_file import BUNDLE_BYTES_MAX, BundleReader, Step, Watch, open_stick_file, unwatched
from sync.bundle_lines import Cover, SealedFileEntry, read_cover, read_parcels, sealed_payloads, write_lines
from sync.bundle_pack import Load, note_carried, pack, sealed_pieces
from sync.bundle_seal import bundle_key, open_lines, seal_lines
from sync.bundle_write import NAME_START, SUFFIX, Content, clear_parts, write_bundle
from sync.errors import (
    BadForm,
    BundleDamaged,
    BundleForeign,
    BundleNotForUs,
    BundleNotWritten,
    NoSuchFile,
    TooLarge,
    UnknownPeer,
)
from sync.keys import NodeKeys
from sync.mailbox import Mailbox
from sync.manifest import Manifest
from sync.moments import moment_text, read_moment
from sync.parcel import Parcel
from sync.rows import write

__all__ = ["SUFFIX", "Exported", "Imported", "export_bundle", "import_bundle", "inspect_bundle", "key_of"]
STICK_BYTES_KEPT = 1024**2  # for the folder entries of the stick itself


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
    return f"{NAME_START}{sender[:8]}-{recipient[:8]}-{at:%Y%m%d-%H%M%S}{SUFFIX}"


def export_bundle(
    path: Path,
    box: Mailbox,
    peer: str,
    size_bytes_max: int = BUNDLE_BYTES_MAX,
    watch: Watch = unwatched,
    *,
    is_afresh: bool = False,
) -> Exported:
    """Everything `peer` has not acknowledged, and our acknowledgements for it, into one file.

    path: the file, or a folder in which it gets the suggested name. Letters go before files. What does
    not fit goes with the next bundle; is_afresh: begin from the start, because earlier sticks are lost.
    Raises UnknownPeer, RevokedPeer, BundleNotWritten, BundleStopped; after any of them the stick has no
    bundle that it had not before.
    """
    recipient = register.active_peer(peer)
    stamp = box.clock.stamp()
    if path.is_dir():
        clear_parts(path, box.node_id)
        path = path / suggest_name(box.node_id, peer, stamp.at)
    load = pack(box, peer, min(size_bytes_max, _free_bytes(path.parent)), stamp.at, is_afresh=is_afresh)
    letters = len(load.letter_ids)
    cover = Cover(
        box.node_id, peer, moment_text(stamp.at), stamp.proof, len(load.parcels), letters, load.files
    )
    size_bytes = write_bundle(path, box.keys, _content(cover, load, bytes(recipient.sealing_key)), watch)
    with write():
        outbox.hand(load.letter_ids, stamp.at)
        note_carried(peer, load, stamp.at)
    return Exported(path, size_bytes, letters, len(load.files), not load.is_all)


def import_bundle(
    path: Path,
    box: Mailbox,
    folder: Path,
    heard: Callable[[str, Manifest], None] = lambda *_: None,
    watch: Watch = unwatched,
) -> Imported:
    """Take in a bundle: copied off the stick, verified as a whole, then applied parcel by parcel.

    folder: a private one on this node's disk, the same each time, for the copy; an import that was
    interrupted goes on from there. heard: is told who sent the bundle and what its parcels said, once
    they are taken in. Doing it again changes nothing. One import at a time.
    Raises BundleDamaged, BundleForeign, BundleNotForUs, BundleInterrupted, BundleStopped, BadForm,
    TooLarge, NoRoom, and what `exchange.take` raises; a bundle that is refused has changed nothing.
    """
    with private_copy(path, folder, watch) as copy:
        reader = BundleReader(copy)
        cover, parcels = _checked(reader, box, watch)
        done = Imported(cover.sender, read_moment(cover.at))
        for number, parcel in enumerate(parcels, start=1):
            taken = exchange.take(box, parcel.to_bytes(), "usb")
            heard(cover.sender, taken.manifest)
            _add(done, taken)
            watch(Step.LETTERS, number, cover.parcels)
        _take_files(reader, box, cover, done, watch)
    return done


def inspect_bundle(path: Path, public: bytes | None = None, key: bytes | None = None) -> dict[str, Any]:
    """What a bundle shows, as JSON: to everybody its label and sizes, under its key its lines too.

    public: the sender's signing key; without it the seal is not checked and "seal" is "unchecked".
    key: what `key_of` gave the recipient. Changes nothing. Raises BundleDamaged, CannotOpen, BadForm.
    """
    with open_stick_file(path) as stream:
        reader = BundleReader(stream)
        if public is not None:
            reader.check(public)
        shown = {
            "from": reader.label.sender,
            "to": reader.label.recipient,
            "kem": reader.label.kem,
            "key": reader.key_id,
            "seal": "unchecked" if public is None else "valid",
            "size_bytes": reader.size_bytes,
            "payload_bytes": reader.payload_bytes,
            "file_bytes": list(reader.file_sizes),
        }
        return shown if key is None else shown | _lines_shown(reader, key)


def key_of(path: Path, keys: NodeKeys) -> bytes:
    """The 32 bytes that open the lines of this one bundle, for its recipient to hand to whom it likes.

    They show headers and sizes and no letter. Raises BundleDamaged, CannotOpen, BadForm.
    """
    with open_stick_file(path) as stream:
        return bundle_key(keys, BundleReader(stream).label)


def _content(cover: Cover, load: Load, sealing_public: bytes) -> Content:
    lines = write_lines(cover, load.parcels)
    label, sealed = seal_lines(lines, cover.sender, cover.recipient, sealing_public)
    files = tuple((entry.size, sealed_pieces(entry)) for entry in load.files)
    return Content(label, sealed, sealed_payloads(load.parcels), files)


def _free_bytes(folder: Path) -> int:
    """What a stick can still take, with something kept for its own folder entries."""
    try:
        return shutil.disk_usage(folder).free - STICK_BYTES_KEPT
    except OSError as error:
        raise BundleNotWritten("目标文件夹不存在") from error


def _checked(reader: BundleReader, box: Mailbox, watch: Watch) -> tuple[Cover, Iterator[Parcel]]:
    """Cover and parcels, once the bundle is from a known node, sealed by its key, for us, and fits."""
    label = reader.label
    try:
        register.peer(label.sender)
    except UnknownPeer as error:
        raise BundleForeign(label.sender) from error
    reader.check(register.known_key(label.sender, reader.key_id), watch)
    if label.recipient != box.node_id:
        raise BundleNotForUs(label.recipient)
    return _read(reader, bundle_key(box.keys, label))


def _read(reader: BundleReader, key: bytes) -> tuple[Cover, Iterator[Parcel]]:
    """Raises CannotOpen, BundleDamaged."""
    try:
        text = open_lines(key, reader.label, reader.sealed_lines())
        cover = read_cover(text)
        parcels = read_parcels(text, reader.payload_bytes, reader.payload)
    except (BadForm, TooLarge) as error:
        raise BundleDamaged(error.why.rstrip("。")) from error
    if (cover.sender, cover.recipient) != (reader.label.sender, reader.label.recipient):
        raise BundleDamaged("标签与首行的收发方不同")
    if tuple(entry.size for entry in cover.files) != reader.file_sizes:
        raise BundleDamaged("附件的数目或大小与首行不符")
    return cover, parcels


def _lines_shown(reader: BundleReader, key: bytes) -> dict[str, Any]:
    cover, found = _read(reader, key)
    parcels = list(found)
    envelopes = [envelope.fields for parcel in parcels for envelope in parcel.envelopes]
    letters = [
        {"instance": header.instance, "seq": header.seq, "kind": header.kind, "subject": header.subject}
        for header in envelopes
    ]
    acks = sum(len(parcel.acks) for parcel in parcels)
    receipts = sum(len(parcel.receipts) for parcel in parcels)
    return cover.to_dict() | {"letters": letters, "acks": acks, "receipts": receipts}


def _take_files(reader: BundleReader, box: Mailbox, cover: Cover, done: Imported, watch: Watch) -> None:
    total, passed = sum(reader.file_sizes), 0
    for index, entry in enumerate(cover.files):
        start = passed
        for reached in _take_file(reader, index, box, entry, cover.sender):
            watch(Step.FILES, start + reached, total)
            done.files += reached == entry.size
        passed += entry.size


def _take_file(
    reader: BundleReader, index: int, box: Mailbox, entry: SealedFileEntry, sender: str
) -> Iterator[int]:
    """How far the file is, after each piece of it. One that no accepted letter names is left alone."""
    try:
        held, size_bytes = attachments.progress(sender, entry.sha256)
    except NoSuchFile:
        return
    while held < size_bytes == entry.size:
        was_from_start = held == 0
        for piece in reader.file(index, held):
            held = exchange.receive_file(box, sender, entry.sha256, held, piece)
            yield held
        if held == 0 and was_from_start:  # these bytes are not the file that was announced
            return


def _add(done: Imported, taken: exchange.Taken) -> None:
    for name in ("accepted", "repeated", "aside", "acknowledged", "receipts"):
        setattr(done, name, getattr(done, name) + getattr(taken, name))
    done.refused += [refusal.why for refusal in taken.refused]
    done.incidents += [cause for cause in taken.incidents if cause not in done.incidents]
