"""A bundle copied off the stick, so that it cannot change while it is read; gone once it is taken in.

A stick is slow and may be pulled out at 98 %: what was copied stays, with its hash, and the next
try with the same bundle goes on from there. Which bundle it is, its size and its seal tell. One
such copy is kept at most; the seal of the whole is checked in any case before a word is believed.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sync.bundle_file import (
    BUNDLE_BYTES_MAX,
    PIECE_BYTES,
    SEAL_BYTES,
    Step,
    Watch,
    detail_of,
    open_stick_file,
    unwatched,
)
from sync.errors import (
    BundleDamaged,
    BundleInterrupted,
    BundleStopped,
    NoRoom,
    SyncError,
    TooLarge,
)

FREE_BYTES_KEPT = 64 * 1024**2
SAFE_BYTES = 16 * PIECE_BYTES  # after so many the copy is made durable and its hash written down
COPY = ".copy"
STATE = ".state"


@contextmanager
def private_copy(source: Path, folder: Path, watch: Watch = unwatched) -> Iterator[BinaryIO]:
    """The bundle, on this node's own disk. Only a regular file is taken.

    After a refusal and after success nothing of it stays; what was merely interrupted goes on from
    where it was. Raises BundleDamaged, BundleInterrupted, BundleStopped, TooLarge, NoRoom, BadForm.
    """
    with open_stick_file(source) as stream:
        size_bytes = os.fstat(stream.fileno()).st_size
        if size_bytes > BUNDLE_BYTES_MAX:
            raise TooLarge("U 盘包", size_bytes, BUNDLE_BYTES_MAX)
        kept = _Kept(folder, _name(stream, size_bytes))
        kept.forget_others()
        if shutil.disk_usage(folder).free < 2 * size_bytes - kept.claimed() + FREE_BYTES_KEPT:
            raise NoRoom(f"导入这个 U 盘包约需 {2 * size_bytes // 1024**2 + 64} MiB 空闲空间")
        try:
            with kept.open() as copy:
                _copy_on(stream, copy, kept, size_bytes, watch)
                yield copy
        except (BundleInterrupted, BundleStopped):
            raise
        except SyncError:
            kept.forget()
            raise
        kept.forget()


class _Kept:
    """The copy of one bundle in the private folder, and beside it how much of it is sure."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._copy = folder / (name + COPY)
        self._state = folder / (name + STATE)

    def open(self) -> BinaryIO:
        descriptor = os.open(self._copy, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        return os.fdopen(descriptor, "r+b")

    def claimed(self) -> int:
        """How many bytes of the copy were sure when they were last noted down."""
        return max(0, min(self._noted()[0], BUNDLE_BYTES_MAX))

    def resume(self, copy: BinaryIO) -> tuple[int, "hashlib._Hash"]:
        """How many bytes of the copy are those that came off the stick, and their hash so far."""
        (held, sha256), digest = self._noted(), hashlib.sha256()
        left = held
        copy.seek(0)
        while left > 0 and (piece := copy.read(min(PIECE_BYTES, left))):
            digest.update(piece)
            left -= len(piece)
        return (held, digest) if left == 0 and digest.hexdigest() == sha256 else (0, hashlib.sha256())

    def note(self, copy: BinaryIO, held: int, sha256: str) -> None:
        """From now on so much of the copy is sure."""
        copy.flush()
        os.fsync(copy.fileno())
        fresh = self._state.with_suffix(".new")
        fresh.write_text(json.dumps({"held": held, "sha256": sha256}), "ascii")
        os.replace(fresh, self._state)

    def _noted(self) -> tuple[int, str]:
        try:
            state = json.loads(self._state.read_text("ascii"))
            return int(state["held"]), str(state["sha256"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0, ""

    def forget(self) -> None:
        """Nothing of it stays."""
        for path in (self._copy, self._state):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def forget_others(self) -> None:
        """An earlier copy of another bundle was given up."""
        for path in (*self._folder.glob("*" + COPY), *self._folder.glob("*" + STATE)):
            if path not in (self._copy, self._state):
                with suppress(OSError):
                    path.unlink()


def _name(stream: BinaryIO, size_bytes: int) -> str:
    """Names a bundle by its size and seal. Raises BundleInterrupted."""
    try:
        stream.seek(max(0, size_bytes - SEAL_BYTES))
        seal = stream.read(SEAL_BYTES)
        stream.seek(0)
    except OSError as error:
        raise BundleInterrupted(detail_of(error)) from error
    return hashlib.sha256(size_bytes.to_bytes(8) + seal).hexdigest()[:32]


def _copy_on(stream: BinaryIO, copy: BinaryIO, kept: _Kept, size_bytes: int, watch: Watch) -> None:
    """Copy what is not held yet, and note how far it came when it ends early."""
    at, digest = kept.resume(copy)
    copy.seek(at)
    copy.truncate()
    noted = at
    try:
        _seek(stream, at)
        while at < size_bytes and (piece := _read(stream, min(PIECE_BYTES, size_bytes - at))):
            _write(copy, piece)
            digest.update(piece)
            at += len(piece)
            if at - noted >= SAFE_BYTES:
                kept.note(copy, at, digest.hexdigest())
                noted = at
            watch(Step.COPY, at, size_bytes)
    except (BundleInterrupted, BundleStopped):
        kept.note(copy, at, digest.hexdigest())
        raise
    if at < size_bytes:
        raise BundleDamaged("文件比写明的短")
    kept.note(copy, at, digest.hexdigest())


def _seek(stream: BinaryIO, at: int) -> None:
    try:
        stream.seek(at)
    except OSError as error:
        raise BundleInterrupted(detail_of(error)) from error


def _read(stream: BinaryIO, size_bytes: int) -> bytes:
    try:
        return stream.read(size_bytes)
    except OSError as error:
        raise BundleInterrupted(detail_of(error)) from error


def _write(copy: BinaryIO, piece: bytes) -> None:
    try:
        copy.write(piece)
    except OSError as error:
        raise NoRoom(f"本机磁盘写不进去（{detail_of(error)}）") from error
