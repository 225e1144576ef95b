"""Sealed files, named by the SHA-256 of their sealed bytes, kept in pieces in the node's database.

Ours are stored whole, in the transaction of what they belong to. Those of others come in pieces,
in order or not, each piece durable before it is confirmed; a file is whole only when all of it
hashes to its name. Only files that an accepted envelope names are taken at all.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from sync.chunks import Chunks
from sync.codec import is_hex
from sync.envelope import FileEntry
from sync.errors import CannotOpen, FileErased, FileIncomplete, NoRoom, NoSuchFile, TooLarge, UploadConflict
from sync.limits import (
    FILE_BYTES_MAX,
    FILE_BYTES_PENDING_PER_SENDER_MAX,
    FILES_PENDING_PER_SENDER_MAX,
    LATER_SPANS_MAX,
    LATER_SPANS_STATED_MAX,
)
from sync.manifest import Want
from sync.sealing import open_file, seal_file
from sync.spans import Span, minus, union
from sync.statements import prepared
from sync.tables import LetterFile, OutLetter, OutStream, SealedFile, locked

OURS = ""


@dataclass(frozen=True)
class StoredFile:
    """A file in the store. sha256, size: of the sealed bytes. key_b64 opens it and belongs into a payload."""

    sha256: str
    size: int
    key_b64: str
    plain_sha256: str
    plain_size: int
    media_type: str
    name: str


def store(data: bytes, media_type: str, name: str) -> StoredFile:
    """Seal and keep a file of ours, inside the caller's transaction. Raises TooLarge."""
    if len(data) > FILE_BYTES_MAX:
        raise TooLarge("附件", len(data), FILE_BYTES_MAX)
    key, sealed = seal_file(data)
    sha256 = hashlib.sha256(sealed).hexdigest()
    facts = {"name": name[:255], "media_type": media_type[:100]}
    row = SealedFile.create(
        owner=OURS, sha256=sha256, size=len(sealed), held=len(sealed), is_whole=True, **facts
    )
    Chunks.of_file(row).write(0, sealed)
    plain_sha256 = hashlib.sha256(data).hexdigest()
    key_b64 = base64.b64encode(key).decode()
    return StoredFile(sha256, len(sealed), key_b64, plain_sha256, len(data), media_type, name)


def read(sha256: str, key_b64: str) -> bytes:
    """The plain file, verified. Raises NoSuchFile, FileIncomplete, CannotOpen."""
    row = _whole(sha256)
    sealed = b"".join(Chunks.of_file(row).pieces())
    if hashlib.sha256(sealed).hexdigest() != sha256:
        raise CannotOpen("附件")
    try:
        key = base64.b64decode(key_b64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CannotOpen("附件") from error
    return open_file(key, sealed)


def is_whole(sha256: str) -> bool:
    """Whether the file is here and its bytes were checked."""
    return bool(SealedFile.select().where(SealedFile.sha256 == sha256, SealedFile.is_whole).exists())


def is_erased(sha256: str) -> bool:
    """Whether the file was ours, and is gone because its time was over."""
    return bool(SealedFile.select().where(SealedFile.sha256 == sha256, SealedFile.erased_at.is_null(False)))


def sealed_range(sha256: str, start: int, length: int) -> bytes:
    """Up to `length` sealed bytes from `start` of a whole file. Raises NoSuchFile, FileIncomplete."""
    row = _whole(sha256)
    data = b"".join(Chunks.of_file(row).pieces(start, start + length))
    return data[:length]


def sealed_size(sha256: str) -> int:
    """Size of a whole file in sealed bytes. Raises NoSuchFile, FileIncomplete."""
    return int(_whole(sha256).size)


def expect(sender: str, files: Iterable[FileEntry], *, is_carried: bool = False) -> None:
    """An accepted envelope of `sender` names these: from now on they are taken. Raises NoRoom.

    is_carried: the envelope is for another node. A file that an envelope for us names as well stays ours.
    """
    names = {"owner": sender, "is_carried": is_carried}
    rows = [names | {"sha256": entry.sha256, "size": entry.size} for entry in files]
    if rows:
        _refuse_beyond_quota(sender, rows)
        SealedFile.insert_many(rows).on_conflict_ignore().execute()
    if rows and not is_carried:
        named = SealedFile.sha256.in_([row["sha256"] for row in rows])
        SealedFile.update(is_carried=False).where(SealedFile.owner == sender, named).execute()


def forget(which: Any) -> None:
    """Throw files away, bytes and all; in the caller's transaction. which: a condition on SealedFile."""
    for row in list(SealedFile.select().where(which)):
        Chunks.of_file(row).drop()
        row.delete_instance()


def wanted(sender: str, limit: int) -> list[Want]:
    """Files of `sender` that are not whole yet: those that lack least, and always the oldest, too.

    In the order in which they should come: what is nearly there first.
    """
    if _any_lacking.value(sender) is None:
        return []
    oldest, nearest = _oldest_lacking.rows(sender, limit // 4 or 1), _nearest_lacking.rows(sender, limit)
    chosen = list({row.id: row for row in [*oldest, *nearest]}.values())[:limit]
    return [_want(row) for row in sorted(chosen, key=lambda row: (row.size - row.held, row.id))]


@prepared
def _any_lacking(sender: Any) -> Any:
    return SealedFile.select(SealedFile.id).where(SealedFile.owner == sender, ~SealedFile.is_whole)


@prepared
def _oldest_lacking(sender: Any, limit: Any) -> Any:
    lacking = SealedFile.select().where(SealedFile.owner == sender, ~SealedFile.is_whole)
    return lacking.order_by(SealedFile.id).limit(limit)


@prepared
def _nearest_lacking(sender: Any, limit: Any) -> Any:
    lacking = SealedFile.select().where(SealedFile.owner == sender, ~SealedFile.is_whole)
    return lacking.order_by(SealedFile.size - SealedFile.held, SealedFile.id).limit(limit)


@prepared
def _announced(sender: Any, sha256: Any) -> Any:
    return locked(SealedFile.select().where(SealedFile.owner == sender, SealedFile.sha256 == sha256))


def progress(sender: str, sha256: str) -> tuple[int, int]:
    """(bytes held from the start, bytes in all) of a file that `sender` announced. Raises NoSuchFile."""
    row = expected(sender, sha256)
    return row.held, row.size


def receive(sender: str, sha256: str, offset: int, data: bytes, now: datetime) -> int:
    """Append bytes to a file of `sender`, inside the caller's transaction; returns the new offset.

    What was held ahead of a gap makes room: who appends sends all that follows. When the last byte
    is in, the whole is hashed; if it is not the file it was announced to be, all of it is thrown
    away and the new offset is 0. Raises NoSuchFile, UploadConflict, TooLarge.
    """
    row = expected(sender, sha256)
    if offset != row.held:
        raise UploadConflict(offset, row.held)
    _refuse_beyond_end(row, offset + len(data))
    chunks = Chunks.of_file(row)
    chunks.drop(offset)
    chunks.write(offset, data)
    return _advance(row, offset + len(data), now)


def place(sender: str, sha256: str, start: int, data: bytes, now: datetime) -> int:
    """Keep bytes wherever in the file they belong; returns how many are held from its start.

    Bytes that are there already stay as they are, so a repeat has no effect. At the last byte as
    `receive`. Raises NoSuchFile, TooLarge, and UploadConflict for too many separate parts.
    """
    row = expected(sender, sha256)
    _refuse_beyond_end(row, start + len(data))
    chunks = Chunks.of_file(row)
    later = chunks.spans(row.held)
    missing = minus([(start, start + len(data))], [(0, row.held), *later])
    spans = union([(0, row.held), *later, *missing])
    if len([first for first, _ in spans if first > 0]) > LATER_SPANS_MAX:
        raise UploadConflict(start, row.held)
    for first, last in missing:
        chunks.write(first, data[first - start : last - start])
    return _advance(row, _reached(spans), now) if missing else row.held


def restart(sender: str, sha256: str) -> None:
    """Throw away what is held of a file that is not whole; it is taken again from its start."""
    row = expected(sender, sha256)
    if not row.is_whole:
        _empty(row)


def drop_stale(before: datetime) -> int:
    """Give up the parts of files that have not moved since `before`; returns how many files.

    The files are still wanted; nothing that is whole is touched.
    """
    stale = SealedFile.select().where(SealedFile.moved_at < before, ~SealedFile.is_whole)
    rows = list(locked(stale))
    for row in rows:
        _empty(row)
    return len(rows)


def letter_of(node_id: str, sha256: str) -> int:
    """Which of our letters to that node first named the file; 0 for none."""
    named = LetterFile.select(fn.MIN(LetterFile.letter)).join(OutLetter).join(OutStream)
    first = named.where(OutStream.recipient == node_id, LetterFile.sha256 == sha256).scalar()
    return int(first or 0)


def expected(sender: str, sha256: str) -> SealedFile:
    """The row of a file that `sender` announced, locked until the transaction ends. Raises NoSuchFile."""
    row: SealedFile | None = None
    if is_hex(sha256, 64):  # PostgreSQL chokes on some other texts
        row = _announced.first(sender, sha256)
    if row is None:
        raise NoSuchFile(sha256)
    return row


def complete(row: SealedFile, joined: str = "") -> None:
    """All bytes of the file are here and hash to its name. joined: see SealedFile."""
    facts = {"held": row.size, "is_whole": True, "moved_at": None, "joined": joined}
    SealedFile.update(facts).where(SealedFile.id == row.id).execute()


def _whole(sha256: str) -> SealedFile:
    query = SealedFile.select().where(SealedFile.sha256 == sha256)
    row = query.order_by(SealedFile.is_whole.desc()).first()
    if row is None:
        raise NoSuchFile(sha256)
    if row.erased_at is not None:
        raise FileErased
    if not row.is_whole:
        raise FileIncomplete(sha256)
    return row


def _want(row: SealedFile) -> Want:
    later = Chunks.of_file(row).spans(row.held) if row.moved_at else []
    return Want(row.sha256, row.held, tuple(later[:LATER_SPANS_STATED_MAX]))


def _advance(row: SealedFile, held: int, now: datetime) -> int:
    """Note how far the file has come; a whole that is not the file announced is thrown away."""
    if held == row.size and not row.is_whole:
        if Chunks.of_file(row).sha256() != row.sha256:
            _empty(row)
            return 0
        complete(row)
    elif not row.is_whole:
        SealedFile.update(held=held, moved_at=now).where(SealedFile.id == row.id).execute()
    return held


def _empty(row: SealedFile) -> None:
    Chunks.of_file(row).drop()
    SealedFile.update(held=0, moved_at=None).where(SealedFile.id == row.id).execute()


def _reached(spans: list[Span]) -> int:
    """How far the first of them goes without a gap from byte 0."""
    return spans[0][1] if spans and spans[0][0] == 0 else 0


def _refuse_beyond_end(row: SealedFile, stop: int) -> None:
    if stop > row.size:
        raise TooLarge("附件", stop, row.size)


def _refuse_beyond_quota(sender: str, rows: list[dict[str, object]]) -> None:
    lacking = SealedFile.select(fn.COUNT(SealedFile.id), fn.COALESCE(fn.SUM(SealedFile.size), 0))
    count, size_bytes = lacking.where(SealedFile.owner == sender, ~SealedFile.is_whole).scalar(as_tuple=True)
    announced = sum(int(str(row["size"])) for row in rows)
    if count + len(rows) > FILES_PENDING_PER_SENDER_MAX:
        raise NoRoom("该站点未传完的附件太多")
    if size_bytes + announced > FILE_BYTES_PENDING_PER_SENDER_MAX:
        raise NoRoom("该站点未传完的附件总量太大")
