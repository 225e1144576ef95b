"""The stored bytes of one file or of one partial upload, in rows of at most CHUNK_ROW_BYTES."""

import hashlib
from collections.abc import Iterator
from typing import Any, Self

from sync.limits import CHUNK_ROW_BYTES, CHUNK_ROW_BYTES_MIN
from sync.spans import Span, union
from sync.tables import FileChunk, PartialChunk, PartialUpload, SealedFile


class Chunks:
    """Reads and writes inside the caller's transaction; who may is the caller's business."""

    def __init__(self, table: Any, link: Any, of: SealedFile | PartialUpload) -> None:
        """link: the column of `table` that says whose bytes a row holds."""
        self._table, self._link, self._of = table, link, of
        self._is_ours = link == of

    @classmethod
    def of_file(cls, file: SealedFile) -> Self:
        """The bytes of a sealed file."""
        return cls(FileChunk, FileChunk.file, file)

    @classmethod
    def of_part(cls, upload: PartialUpload) -> Self:
        """The bytes of a partial upload."""
        return cls(PartialChunk, PartialChunk.upload, upload)

    def write(self, start: int, data: bytes) -> None:
        """Keep bytes of which none is there yet."""
        if data and len(data) < CHUNK_ROW_BYTES_MIN:
            start, data = self._joined(start, data)
        for at in range(0, len(data), CHUNK_ROW_BYTES):
            row = data[at : at + CHUNK_ROW_BYTES]
            facts = {"start": start + at, "stop": start + at + len(row), "data": row}
            self._table.create(**{self._link.name: self._of}, **facts)

    def spans(self, start: int = 0) -> list[Span]:
        """Which bytes are there, of the rows that begin at `start` or later."""
        rows = self._table.select(self._table.start, self._table.stop)
        rows = rows.where(self._is_ours, self._table.start >= start)
        return union((row.start, row.stop) for row in rows)

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start`, a row at a time; the last row may go beyond `stop`."""
        query = self._table.select().where(self._is_ours, self._table.stop > start)
        query = query.where(self._table.start > start - CHUNK_ROW_BYTES)  # an index knows `start` alone
        if stop is not None:
            query = query.where(self._table.start < stop)
        for row in query.order_by(self._table.start).iterator():
            yield bytes(row.data)[max(0, start - row.start) :]

    def sha256(self) -> str:
        """Of all bytes, in order."""
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()

    def drop(self, start: int = 0) -> None:
        """Throw away the rows that begin at `start` or later."""
        self._table.delete().where(self._is_ours, self._table.start >= start).execute()

    def _joined(self, start: int, data: bytes) -> tuple[int, bytes]:
        """With the tiny row before them, so that bytes sent one by one do not make a row each."""
        at_end = (self._table.stop == start) & (self._table.start > start - CHUNK_ROW_BYTES_MIN)
        before = self._table.get_or_none(self._is_ours, at_end)
        if before is None:
            return start, data
        before.delete_instance()
        return before.start, bytes(before.data) + data
