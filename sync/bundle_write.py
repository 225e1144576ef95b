"""How a bundle gets onto a stick: whole under its name, or not at all under it.

It grows in `<name>.part`. A stick that is pulled out meanwhile keeps that part; the next export to
the same stick throws away what ours are left there and begins anew, with fresh mail.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sync.bundle_file import (
    HEAD,
    HEAD_MAGIC,
    SEAL_BYTES,
    SKIPPABLE,
    SKIPPABLE_MAGIC,
    Step,
    Watch,
    detail_of,
    digest_of,
    signed,
    unwatched,
)
from sync.bundle_seal import Label
from sync.codec import LEVEL_STORED, compress
from sync.errors import BundleNotWritten
from sync.keys import NodeKeys

SUFFIX = ".ymb"
PART = ".part"
NAME_START = "YM-"


@dataclass(frozen=True)
class Content:
    """What is to be written. lines: sealed. Each file is its size and its sealed bytes piece by piece."""

    label: Label
    lines: bytes
    payloads: tuple[bytes, ...]
    files: tuple[tuple[int, Iterable[bytes]], ...]


def write_bundle(path: Path, keys: NodeKeys, content: Content, watch: Watch = unwatched) -> int:
    """Write, sync, read back and only then give it its name; returns its size in bytes.

    Raises BundleNotWritten, after which `path` is as it was, and nothing lies beside it unless the
    stick is gone.
    """
    label = compress(content.label.to_line(), LEVEL_STORED)
    total = _total_bytes(label, content)
    with _appearing(path) as stream:
        digest, written = hashlib.sha256(), 0
        for piece in _pieces(label, content):
            stream.write(piece)
            digest.update(piece)
            written += len(piece)
            watch(Step.WRITE, written, total)
        seal = bytes.fromhex(keys.key_id) + keys.sign(signed(digest.digest()))
        stream.write(_frame(seal))
        size_bytes = stream.tell()
        _sync(stream)
        if _read_back(stream, size_bytes - SEAL_BYTES, watch) != digest.digest():
            raise BundleNotWritten("写入后读回核对不一致，U 盘可能已损坏")
    return size_bytes


def clear_parts(folder: Path, sender: str) -> None:
    """Throw away what interrupted exports of this node left on a stick."""
    with suppress(OSError):
        for path in folder.glob(f"{NAME_START}{sender[:8]}-*{SUFFIX}{PART}"):
            path.unlink(missing_ok=True)


@contextmanager
def _appearing(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name only when the block ends well, and leaves no trace otherwise."""
    part = path.with_name(path.name + PART)
    try:
        part.unlink(missing_ok=True)
        with open(part, "x+b") as stream:
            yield stream
        os.replace(part, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise BundleNotWritten(detail_of(error), is_part_left=not _is_gone(part)) from error
    finally:
        _is_gone(part)


def _is_gone(part: Path) -> bool:
    """Whether nothing of it is left, as far as the stick lets us."""
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return False
    return part.parent.is_dir()


def _pieces(label: bytes, content: Content) -> Iterator[bytes]:
    payload_bytes = sum(map(len, content.payloads))
    yield _frame(HEAD.pack(HEAD_MAGIC, len(label), len(content.lines), payload_bytes))
    yield label
    yield _frame(content.lines)
    yield SKIPPABLE.pack(SKIPPABLE_MAGIC, payload_bytes)
    yield from content.payloads
    for size_bytes, pieces in content.files:
        yield SKIPPABLE.pack(SKIPPABLE_MAGIC, size_bytes)
        for piece in pieces:
            yield piece
            size_bytes -= len(piece)
        assert size_bytes == 0, "a file gives as many bytes as it was said to have"


def _total_bytes(label: bytes, content: Content) -> int:
    """The size of the whole, but for the seal."""
    files = sum(8 + size_bytes for size_bytes, _ in content.files)
    return 8 + HEAD.size + len(label) + 8 + len(content.lines) + 8 + sum(map(len, content.payloads)) + files


def _frame(body: bytes) -> bytes:
    return SKIPPABLE.pack(SKIPPABLE_MAGIC, len(body)) + body


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _read_back(stream: BinaryIO, size_bytes: int, watch: Watch) -> bytes:
    """The digest of what the stick itself gives back, not of what the system still holds in memory."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return digest_of(stream, size_bytes, Step.READ_BACK, watch)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some drivers of sticks cannot sync a folder; the file itself is synced
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
