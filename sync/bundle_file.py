"""The file a stick carries: how its bytes lie, how it is written so that nothing half-done stays, and
how it is read without trusting it. What the mail in it means is `bundle`'s business.

    head     skippable frame: "YMBUNDL1", length of plain, length of sealed (8 bytes each, big-endian)
    plain    one zstd frame: JSON lines
    sealed   skippable frame: the sealed payloads, one after the other
    file     skippable frame, one for each sealed file
    seal     skippable frame: key id (8 bytes), Ed25519 signature (64 bytes) over all bytes before it

All of it is one zstd stream, and a skippable frame is skipped by every reader of zstd: `zstd -dc`
prints the plain part. The seal signs `pae(BUNDLE_KIND, sha256 of all bytes before the seal)`.
"""

import errno
import hashlib
import os
import shutil
import stat
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sync.codec import LEVEL_STORED, compress, decompress
from sync.errors import BadForm, BundleDamaged, BundleNotWritten, NoRoom, SyncError, TooLarge
from sync.keys import NodeKeys, pae, verify

BUNDLE_KIND = "application/vnd.yimen.bundle"
BUNDLE_BYTES_MAX = 4 * 1024**3 - 1  # the largest file a FAT32 stick can hold
PLAIN_BYTES_MAX = 16 * 1024**2
SEALED_BYTES_MAX = 16 * 1024**2
FREE_BYTES_KEPT = 64 * 1024**2
PIECE_BYTES = 1024**2
SEAL_BYTES = 8 + 8 + 64
_SKIPPABLE = struct.Struct("<II")
_SKIPPABLE_MAGIC = 0x184D2A50
_HEAD = struct.Struct(">8sQQ")
_HEAD_MAGIC = b"YMBUNDL1"
_DETAILS = {
    errno.ENOSPC: "U 盘空间不足",
    errno.EDQUOT: "U 盘空间不足",
    errno.EROFS: "U 盘是写保护的",
    errno.EACCES: "没有写入这个位置的权限",
    errno.EPERM: "没有写入这个位置的权限",
    errno.EFBIG: "文件超过了 U 盘格式允许的大小",
    errno.ENOENT: "目标文件夹不存在",
    errno.EIO: "U 盘读写出错",
}


@dataclass(frozen=True)
class Content:
    """What is to be written. Each file is its size in bytes and its sealed bytes piece by piece."""

    plain: bytes
    sealed: tuple[bytes, ...]
    files: tuple[tuple[int, Iterable[bytes]], ...]


def write_bundle(path: Path, keys: NodeKeys, content: Content) -> int:
    """Write, sync, read back and only then give it its name; returns its size in bytes.

    Raises BundleNotWritten, after which neither `path` nor anything beside it has changed.
    """
    with _appearing(path) as stream:
        digest = hashlib.sha256()
        for piece in _pieces(content):
            stream.write(piece)
            digest.update(piece)
        seal = bytes.fromhex(keys.key_id) + keys.sign(_signed(digest.digest()))
        stream.write(_frame(seal))
        size_bytes = stream.tell()
        _sync(stream)
        if _read_back(stream, size_bytes - SEAL_BYTES) != digest.digest():
            raise BundleNotWritten("写入后读回核对不一致，U 盘可能已损坏")
    return size_bytes


class BundleReader:
    """A bundle in a private place, opened and measured. Nothing in it is trusted before `check`."""

    def __init__(self, stream: BinaryIO) -> None:
        """Raises BundleDamaged when the parts do not add up to the file."""
        self._stream = stream
        self.size_bytes = stream.seek(0, os.SEEK_END)
        plain_bytes, sealed_bytes = self._read_head()
        self._plain = (32, plain_bytes)
        self._sealed = (32 + plain_bytes + 8, sealed_bytes)
        after_sealed = self._skip(32 + plain_bytes, sealed_bytes)
        self._files = list(self._find_files(after_sealed))
        self.key_id = self._at(self.size_bytes - 72, 8).hex()

    def check(self, public: bytes) -> None:
        """Read everything once and hold it against the seal. Raises BundleDamaged."""
        digest = _digest(self._stream, self.size_bytes - SEAL_BYTES)
        if not verify(public, self._at(self.size_bytes - 64, 64), _signed(digest)):
            raise BundleDamaged("封签与内容不符")

    def plain(self) -> bytes:
        """The JSON lines. Raises BundleDamaged."""
        start, size_bytes = self._plain
        try:
            return decompress(self._at(start, size_bytes), PLAIN_BYTES_MAX, "U 盘包的明文部分")
        except SyncError as error:
            raise BundleDamaged("明文部分解不开") from error

    @property
    def sealed_bytes(self) -> int:
        """Length of all sealed payloads together."""
        return self._sealed[1]

    def sealed(self, start: int, size_bytes: int) -> bytes:
        """One sealed payload, by its place in the section."""
        assert start + size_bytes <= self._sealed[1], "the caller has added up the sizes"
        return self._at(self._sealed[0] + start, size_bytes)

    @property
    def file_sizes(self) -> tuple[int, ...]:
        """Length of each sealed file, in order."""
        return tuple(size_bytes for _, size_bytes in self._files)

    def file(self, index: int, start: int = 0) -> Iterator[bytes]:
        """The sealed bytes of one file from `start` on, at most 1 MiB at a time."""
        offset, size_bytes = self._files[index]
        while start < size_bytes:
            piece = self._at(offset + start, min(PIECE_BYTES, size_bytes - start))
            start += len(piece)
            yield piece

    def _read_head(self) -> tuple[int, int]:
        if self.size_bytes < 32 + 8 + SEAL_BYTES:
            raise BundleDamaged("文件太短")
        magic, plain_bytes, sealed_bytes = _HEAD.unpack(self._at(8, _HEAD.size))
        if self._skip(0, _HEAD.size) != 32 or magic != _HEAD_MAGIC:
            raise BundleDamaged("开头不是 U 盘包的标记")
        if plain_bytes > PLAIN_BYTES_MAX or sealed_bytes > SEALED_BYTES_MAX:
            raise BundleDamaged("写明的长度超过上限")
        return plain_bytes, sealed_bytes

    def _find_files(self, start: int) -> Iterator[tuple[int, int]]:
        end = self.size_bytes - SEAL_BYTES
        while start < end:
            size_bytes = _SKIPPABLE.unpack(self._at(start, 8))[1]
            yield start + 8, size_bytes
            start = self._skip(start, size_bytes)
        if start != end or self._skip(end, SEAL_BYTES - 8) != self.size_bytes:
            raise BundleDamaged("各部分的长度与文件不符")

    def _skip(self, start: int, size_bytes: int) -> int:
        """Where the skippable frame ends that has to be at `start` and hold `size_bytes`."""
        if self._at(start, 8) != _SKIPPABLE.pack(_SKIPPABLE_MAGIC, size_bytes):
            raise BundleDamaged("分段的开头不对")
        return start + 8 + size_bytes

    def _at(self, start: int, size_bytes: int) -> bytes:
        self._stream.seek(start)
        data = self._stream.read(size_bytes)
        if len(data) != size_bytes:
            raise BundleDamaged("文件比写明的短")
        return data


@contextmanager
def private_copy(source: Path, folder: Path) -> Iterator[BinaryIO]:
    """Copy a bundle off the stick, so that it cannot change while it is read; gone afterwards.

    Only a regular file is taken. Raises BundleDamaged, TooLarge, NoRoom, BadForm.
    """
    target = folder / "bundle-being-read"
    with open_stick_file(source) as stream:
        size_bytes = os.fstat(stream.fileno()).st_size
        if size_bytes > BUNDLE_BYTES_MAX:
            raise TooLarge("U 盘包", size_bytes, BUNDLE_BYTES_MAX)
        if shutil.disk_usage(folder).free < 2 * size_bytes + FREE_BYTES_KEPT:
            raise NoRoom(f"导入这个 U 盘包约需 {2 * size_bytes // 1024**2 + 64} MiB 空闲空间")
        target.unlink(missing_ok=True)
        descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w+b") as copy:
                _copy(stream, copy, size_bytes)
                yield copy
        finally:
            target.unlink(missing_ok=True)


def open_stick_file(source: Path) -> BinaryIO:
    """A regular file, opened without following links or waiting for a pipe. Raises BadForm."""
    try:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(source, flags | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise BadForm(f"读不到这个 U 盘包（{_detail(error)}）") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadForm("选中的不是普通文件")
    return os.fdopen(descriptor, "rb")


def _copy(stream: BinaryIO, copy: BinaryIO, size_bytes: int) -> None:
    left = size_bytes
    try:
        while left and (piece := stream.read(min(PIECE_BYTES, left))):
            copy.write(piece)
            left -= len(piece)
    except OSError as error:
        raise BundleDamaged(_detail(error)) from error
    copy.flush()


@contextmanager
def _appearing(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name only when the block ends well, and leaves no trace otherwise."""
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with open(part, "x+b") as stream:
            yield stream
        os.replace(part, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise BundleNotWritten(_detail(error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _pieces(content: Content) -> Iterator[bytes]:
    plain = compress(content.plain, LEVEL_STORED)
    sealed_bytes = sum(map(len, content.sealed))
    yield _frame(_HEAD.pack(_HEAD_MAGIC, len(plain), sealed_bytes))
    yield plain
    yield _SKIPPABLE.pack(_SKIPPABLE_MAGIC, sealed_bytes)
    yield from content.sealed
    for size_bytes, pieces in content.files:
        yield _SKIPPABLE.pack(_SKIPPABLE_MAGIC, size_bytes)
        for piece in pieces:
            yield piece
            size_bytes -= len(piece)
        assert size_bytes == 0, "a file gives as many bytes as it was said to have"


def _frame(body: bytes) -> bytes:
    return _SKIPPABLE.pack(_SKIPPABLE_MAGIC, len(body)) + body


def _signed(digest: bytes) -> bytes:
    return pae(BUNDLE_KIND, digest)


def _digest(stream: BinaryIO, size_bytes: int) -> bytes:
    digest = hashlib.sha256()
    stream.seek(0)
    while size_bytes and (piece := stream.read(min(PIECE_BYTES, size_bytes))):
        digest.update(piece)
        size_bytes -= len(piece)
    return digest.digest()


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _read_back(stream: BinaryIO, size_bytes: int) -> bytes:
    """The digest of what the stick itself gives back, not of what the system still holds in memory."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return _digest(stream, size_bytes)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some drivers of sticks cannot sync a folder; the file itself is synced
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _detail(error: OSError) -> str:
    return _DETAILS.get(error.errno or 0, f"系统提示：{error.strerror}")
