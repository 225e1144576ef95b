"""tus partial uploads: bytes that come side by side and are then put together to one file.

They need not say which file they are for. A sender may therefore hold no more bytes in them than
the files it announced still lack; so they are as bounded as those files, and envelope-first.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from peewee import Value, fn

from sync import attachments
from sync.chunks import Chunks
from sync.codec import is_hex
from sync.errors import BadForm, FileIncomplete, NoRoom, NoSuchFile, TooLarge, UploadConflict, WrongWhole
from sync.limits import PART_IDLE_SECONDS, PARTS_PER_FILE_MAX, PARTS_PER_SENDER_MAX
from sync.tables import FileChunk, PartialChunk, PartialUpload, SealedFile, locked


def open_part(sender: str, size: int, now: datetime) -> PartialUpload:
    """A new partial upload of `size` bytes. Raises NoRoom.

    Those of the sender that stood still for an hour make room: a client that lost its memory
    begins anew and never takes them away.
    """
    _take_turn(sender)
    room = _lacking(sender) - size
    if room < 0:
        raise NoRoom("分段的大小超过了尚缺的附件，请先送达写明附件的信件")
    theirs = PartialUpload.select().where(PartialUpload.owner == sender)
    idle = theirs.where(PartialUpload.moved_at < now - timedelta(seconds=PART_IDLE_SECONDS))
    for row in idle.order_by(PartialUpload.moved_at):
        if _fits(sender, room):
            break
        _delete(row)
    if not _fits(sender, room):
        raise NoRoom("该站点未拼接的分段太多")
    return PartialUpload.create(id=secrets.token_hex(16), owner=sender, size=size, moved_at=now)


def progress(sender: str, name: str) -> PartialUpload:
    """How far a partial upload has come, locked until the transaction ends. Raises NoSuchFile."""
    query = PartialUpload.select().where(PartialUpload.id == name, PartialUpload.owner == sender)
    row: PartialUpload | None = locked(query).first() if is_hex(name, 32) else None
    if row is None:
        raise NoSuchFile(name)
    return row


def append(sender: str, name: str, offset: int, data: bytes, now: datetime) -> int:
    """Add bytes, inside the caller's transaction; returns the new offset.

    Raises NoSuchFile, UploadConflict, TooLarge.
    """
    row = progress(sender, name)
    if offset != row.held:
        raise UploadConflict(offset, row.held)
    held = offset + len(data)
    if held > row.size:
        raise TooLarge("分段", held, row.size)
    Chunks.of_part(row).write(offset, data)
    PartialUpload.update(held=held, moved_at=now).where(PartialUpload.id == row.id).execute()
    return held


def drop(sender: str, name: str) -> None:
    """Throw a partial upload away. Raises NoSuchFile."""
    _delete(progress(sender, name))


def drop_stale(before: datetime) -> int:
    """Throw away partial uploads that have not moved since `before`; returns how many."""
    rows = list(locked(PartialUpload.select().where(PartialUpload.moved_at < before)))
    for row in rows:
        _delete(row)
    return len(rows)


def join(sender: str, sha256: str, names: Sequence[str], joined: str) -> None:
    """Make the announced file out of these, in order, inside the caller's transaction.

    They are gone then. A file that is whole already stays as it is. Raises NoSuchFile,
    FileIncomplete for a part that is not whole, WrongWhole, BadForm.
    """
    if not 0 < len(names) <= PARTS_PER_FILE_MAX or len(set(names)) < len(names):
        raise BadForm(f"一份附件由 1 到 {PARTS_PER_FILE_MAX} 个不同的分段拼成")
    file = attachments.expected(sender, sha256)
    parts = [progress(sender, name) for name in names]
    if any(part.held < part.size for part in parts):
        raise FileIncomplete(sha256)
    if _sha256(parts) != sha256:
        raise WrongWhole(sha256)
    if not file.is_whole:
        _move(parts, file)
        attachments.complete(file, joined)
    for part in parts:
        _delete(part)


def _move(parts: list[PartialUpload], file: SealedFile) -> None:
    """Their rows become the file's, instead of what it held so far."""
    Chunks.of_file(file).drop()
    at, into = 0, [FileChunk.file, FileChunk.start, FileChunk.stop, FileChunk.data]
    for part in parts:
        chunk = (Value(file.id), PartialChunk.start + at, PartialChunk.stop + at, PartialChunk.data)
        FileChunk.insert_from(PartialChunk.select(*chunk).where(PartialChunk.upload == part), into).execute()
        at += part.size


def _sha256(parts: list[PartialUpload]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for piece in Chunks.of_part(part).pieces():
            digest.update(piece)
    return digest.hexdigest()


def _take_turn(sender: str) -> None:
    """Two that open parts for one sender at once would both find the same room."""
    unfinished = SealedFile.select().where(SealedFile.owner == sender, ~SealedFile.is_whole)
    locked(unfinished.order_by(SealedFile.id)).first()


def _lacking(sender: str) -> int:
    """Bytes that the files a sender announced still lack."""
    lacks = SealedFile.select(fn.COALESCE(fn.SUM(SealedFile.size - SealedFile.held), 0))
    return int(lacks.where(SealedFile.owner == sender, ~SealedFile.is_whole).scalar())


def _fits(sender: str, room: int) -> bool:
    total = PartialUpload.select(fn.COUNT(PartialUpload.id), fn.COALESCE(fn.SUM(PartialUpload.size), 0))
    count, size_bytes = total.where(PartialUpload.owner == sender).scalar(as_tuple=True)
    return count < PARTS_PER_SENDER_MAX and int(size_bytes) <= room


def _delete(row: PartialUpload) -> None:
    Chunks.of_part(row).drop()
    row.delete_instance()
