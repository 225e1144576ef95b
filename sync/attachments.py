"""Sealed files, named by the SHA-256 of their sealed bytes, kept in pieces in the node's database.

Ours are stored whole, in the transaction of what they belong to. Those of others grow from the
start, piece by piece, each piece durable before it is confirmed; a file is whole only when all of
it hashes to its name. Only files that an accepted envelope names are taken at all.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from peewee import fn

from sync.codec import is_hex
from sync.envelope import FileEntry
from sync.errors import CannotOpen, FileIncomplete, NoRoom, NoSuchFile, TooLarge, UploadConflict
from sync.limits import (
    CHUNK_ROW_BYTES,
    FILE_BYTES_MAX,
    FILE_BYTES_PENDING_PER_SENDER_MAX,
    FILES_PENDING_PER_SENDER_MAX,
)
from sync.manifest import Want
from sync.sealing import open_file, seal_file
from sync.tables import FileChunk, LetterFile, OutLetter, OutStream, SealedFile, locked

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
    _write(row, 0, sealed)
    plain_sha256 = hashlib.sha256(data).hexdigest()
    key_b64 = base64.b64encode(key).decode()
    return StoredFile(sha256, len(sealed), key_b64, plain_sha256, len(data), media_type, name)


def read(sha256: str, key_b64: str) -> bytes:
    """The plain file, verified. Raises NoSuchFile, FileIncomplete, CannotOpen."""
    row = _whole(sha256)
    sealed = b"".join(_pieces(row, 0))
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


def sealed_range(sha256: str, start: int, length: int) -> bytes:
    """Up to `length` sealed bytes from `start` of a whole file. Raises NoSuchFile, FileIncomplete."""
    row = _whole(sha256)
    data = b"".join(_pieces(row, start, start + length))
    return data[:length]


def sealed_size(sha256: str) -> int:
    """Size of a whole file in sealed bytes. Raises NoSuchFile, FileIncomplete."""
    return int(_whole(sha256).size)


def expect(sender: str, files: Iterable[FileEntry]) -> None:
    """An accepted envelope of `sender` names these: from now on they are taken. Raises NoRoom."""
    rows = [{"owner": sender, "sha256": entry.sha256, "size": entry.size} for entry in files]
    if rows:
        _refuse_beyond_quota(sender, rows)
        SealedFile.insert_many(rows).on_conflict_ignore().execute()


def wanted(sender: str, limit: int) -> list[Want]:
    """Files of `sender` that are not whole yet, oldest first."""
    lacking = SealedFile.select().where(SealedFile.owner == sender, ~SealedFile.is_whole)
    return [Want(row.sha256, row.held) for row in lacking.order_by(SealedFile.id).limit(limit)]


def progress(sender: str, sha256: str) -> tuple[int, int]:
    """(bytes held, bytes in all) of a file that `sender` announced. Raises NoSuchFile."""
    row = _expected(sender, sha256)
    return row.held, row.size


def receive(sender: str, sha256: str, offset: int, data: bytes) -> int:
    """Append bytes to a file of `sender`, inside the caller's transaction; returns the new offset.

    When the last byte is in, the whole is hashed; if it is not the file it was announced to be, all
    of it is thrown away and the new offset is 0. Raises NoSuchFile, UploadConflict, TooLarge.
    """
    row = _expected(sender, sha256)
    if offset != row.held:
        raise UploadConflict(offset, row.held)
    held = offset + len(data)
    if held > row.size:
        raise TooLarge("附件", held, row.size)
    _write(row, offset, data)
    if held == row.size and not row.is_whole and _hash(row) != sha256:
        restart(sender, sha256)
        return 0
    SealedFile.update(held=held, is_whole=held == row.size).where(SealedFile.id == row.id).execute()
    return held


def restart(sender: str, sha256: str) -> None:
    """Throw away what is held of a file that is not whole; it is taken again from its start."""
    row = _expected(sender, sha256)
    if not row.is_whole:
        FileChunk.delete().where(FileChunk.file == row).execute()
        SealedFile.update(held=0).where(SealedFile.id == row.id).execute()


def may_fetch(node_id: str, sha256: str) -> bool:
    """Whether a letter of ours to that node names the file."""
    if not is_hex(sha256, 64):
        return False
    named = LetterFile.select().join(OutLetter).join(OutStream)
    return bool(named.where(OutStream.recipient == node_id, LetterFile.sha256 == sha256).exists())


def _expected(sender: str, sha256: str) -> SealedFile:
    query = SealedFile.select().where(SealedFile.owner == sender, SealedFile.sha256 == sha256)
    row = locked(query).first() if is_hex(sha256, 64) else None  # PostgreSQL chokes on some other texts
    if row is None:
        raise NoSuchFile(sha256)
    return row


def _whole(sha256: str) -> SealedFile:
    query = SealedFile.select().where(SealedFile.sha256 == sha256)
    row = query.order_by(SealedFile.is_whole.desc()).first()
    if row is None:
        raise NoSuchFile(sha256)
    if not row.is_whole:
        raise FileIncomplete(sha256)
    return row


def _write(row: SealedFile, start: int, data: bytes) -> None:
    for at in range(0, len(data), CHUNK_ROW_BYTES):
        FileChunk.create(file=row, start=start + at, data=data[at : at + CHUNK_ROW_BYTES])


def _pieces(row: SealedFile, start: int, stop: int | None = None) -> Iterator[bytes]:
    """The stored bytes from `start`; a row is never longer than CHUNK_ROW_BYTES."""
    query = FileChunk.select().where(FileChunk.file == row, FileChunk.start > start - CHUNK_ROW_BYTES)
    if stop is not None:
        query = query.where(FileChunk.start < stop)
    for chunk in query.order_by(FileChunk.start).iterator():
        yield bytes(chunk.data)[max(0, start - chunk.start) :]


def _hash(row: SealedFile) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(row, 0):
        digest.update(piece)
    return digest.hexdigest()


def _refuse_beyond_quota(sender: str, rows: list[dict[str, object]]) -> None:
    lacking = SealedFile.select(fn.COUNT(SealedFile.id), fn.COALESCE(fn.SUM(SealedFile.size), 0))
    count, size_bytes = lacking.where(SealedFile.owner == sender, ~SealedFile.is_whole).scalar(as_tuple=True)
    announced = sum(int(str(row["size"])) for row in rows)
    if count + len(rows) > FILES_PENDING_PER_SENDER_MAX:
        raise NoRoom("该站点未传完的附件太多")
    if size_bytes + announced > FILE_BYTES_PENDING_PER_SENDER_MAX:
        raise NoRoom("该站点未传完的附件总量太大")
