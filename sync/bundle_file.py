"""The file a stick carries: how its bytes lie, and how it is read without trusting it.

    head      skippable frame: "YMBUNDL1", lengths of label, lines and payloads (8 bytes each, big-endian)
    label     one zstd frame: one JSON line
    lines     skippable frame: the lines, sealed
    payloads  skippable frame: the sealed payloads, one after the other
    file      skippable frame, one for each sealed file
    seal      skippable frame: key id (8 bytes), Ed25519 signature (64 bytes) over all bytes before it

All of it is one zstd stream, and a skippable frame is skipped by every reader of zstd: `zstd -dc`
prints the label. The seal signs `pae(BUNDLE_KIND, sha256 of all bytes before the seal)`. What the
mail in it means is `bundle`'s business; how it is written is `bundle_write`'s.
"""

import errno
import hashlib
import os
import stat
import struct
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from sync.bundle_lines import FILES_MAX
from sync.bundle_seal import LABEL_BYTES_MAX, LINES_BYTES_MAX, Label
from sync.codec import decompress
from sync.errors import BadForm, BundleDamaged, SyncError
from sync.keys import pae, verify

BUNDLE_KIND = "application/vnd.yimen.bundle"
BUNDLE_BYTES_MAX = 4 * 1024**3 - 1  # the largest file a FAT32 stick can hold
PAYLOADS_BYTES_MAX = 16 * 1024**2
PIECE_BYTES = 1024**2
SEAL_BYTES = 8 + 8 + 64
HEAD = struct.Struct(">8sQQQ")
HEAD_MAGIC = b"YMBUNDL1"
HEAD_BYTES = 8 + HEAD.size
SKIPPABLE = struct.Struct("<II")
SKIPPABLE_MAGIC = 0x184D2A50
_DETAILS = {
    errno.ENOSPC: "U 盘空间不足",
    errno.EDQUOT: "U 盘空间不足",
    errno.EROFS: "U 盘是写保护的",
    errno.EACCES: "没有写入这个位置的权限",
    errno.EPERM: "没有写入这个位置的权限",
    errno.EFBIG: "文件超过了 U 盘格式允许的大小",
    errno.ENOENT: "目标文件夹不存在",
    errno.EIO: "U 盘读写出错",
    errno.EINVAL: "U 盘不接受这个文件名或这次读写",
    errno.ENAMETOOLONG: "文件名太长",
    errno.ENODEV: "U 盘已经拔出",
    errno.ENXIO: "U 盘已经拔出",
}


class Step(StrEnum):
    """What is going on with a bundle, in the order in which it happens."""

    WRITE = "write"
    READ_BACK = "read-back"
    COPY = "copy"
    CHECK = "check"
    LETTERS = "letters"
    FILES = "files"


Watch = Callable[[Step, int, int], None]
"""Told (step, done, all) again and again: bytes, for LETTERS parcels. Raises BundleStopped to end it."""


def unwatched(step: Step, done: int, total: int) -> None:
    """For those who need not see how far it is."""


class BundleReader:
    """A bundle opened and measured. Nothing in it is trusted before `check`."""

    def __init__(self, stream: BinaryIO) -> None:
        """Raises BundleDamaged when the parts do not add up to the file."""
        self._stream = stream
        self.size_bytes = stream.seek(0, os.SEEK_END)
        label_bytes, lines_bytes, payload_bytes = self._read_head()
        self._label = (HEAD_BYTES, label_bytes)
        self._lines = (HEAD_BYTES + label_bytes + 8, lines_bytes)
        after_lines = self._skip(HEAD_BYTES + label_bytes, lines_bytes)
        self._payloads = (after_lines + 8, payload_bytes)
        self._files = list(self._find_files(self._skip(after_lines, payload_bytes)))
        self.key_id = self._at(self.size_bytes - 72, 8).hex()
        self.label = self._read_label()

    def check(self, public: bytes, watch: Watch = unwatched) -> None:
        """Read everything once and hold it against the seal. Raises BundleDamaged."""
        digest = digest_of(self._stream, self.size_bytes - SEAL_BYTES, Step.CHECK, watch)
        if not verify(public, self._at(self.size_bytes - 64, 64), signed(digest)):
            raise BundleDamaged("封签与内容不符")

    def sealed_lines(self) -> bytes:
        """The lines, still sealed."""
        return self._at(*self._lines)

    @property
    def payload_bytes(self) -> int:
        """Length of all sealed payloads together."""
        return self._payloads[1]

    def payload(self, start: int, size_bytes: int) -> bytes:
        """One sealed payload, by its place in the section."""
        assert start + size_bytes <= self._payloads[1], "the caller has added up the sizes"
        return self._at(self._payloads[0] + start, size_bytes)

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

    def _read_head(self) -> tuple[int, int, int]:
        if self.size_bytes < HEAD_BYTES + 16 + SEAL_BYTES:
            raise BundleDamaged("文件太短")
        magic, label_bytes, lines_bytes, payload_bytes = HEAD.unpack(self._at(8, HEAD.size))
        if self._skip(0, HEAD.size) != HEAD_BYTES or magic != HEAD_MAGIC:
            raise BundleDamaged("开头不是 U 盘包的标记")
        limits = (LABEL_BYTES_MAX, LINES_BYTES_MAX, PAYLOADS_BYTES_MAX)
        if any(
            size > most for size, most in zip((label_bytes, lines_bytes, payload_bytes), limits, strict=True)
        ):
            raise BundleDamaged("写明的长度超过上限")
        return label_bytes, lines_bytes, payload_bytes

    def _read_label(self) -> Label:
        try:
            return Label.from_line(decompress(self._at(*self._label), LABEL_BYTES_MAX, "U 盘包的标签"))
        except SyncError as error:
            raise BundleDamaged(f"标签读不出来（{error.why.rstrip('。')}）") from error

    def _find_files(self, start: int) -> Iterator[tuple[int, int]]:
        end, found = self.size_bytes - SEAL_BYTES, 0
        while start < end:
            found += 1
            if found > FILES_MAX:  # the list stands in memory, and nothing is verified yet
                raise BundleDamaged("附件太多")
            size_bytes = SKIPPABLE.unpack(self._at(start, 8))[1]
            yield start + 8, size_bytes
            start = self._skip(start, size_bytes)
        if start != end or self._skip(end, SEAL_BYTES - 8) != self.size_bytes:
            raise BundleDamaged("各部分的长度与文件不符")

    def _skip(self, start: int, size_bytes: int) -> int:
        """Where the skippable frame ends that has to be at `start` and hold `size_bytes`."""
        if self._at(start, 8) != SKIPPABLE.pack(SKIPPABLE_MAGIC, size_bytes):
            raise BundleDamaged("分段的开头不对")
        return start + 8 + size_bytes

    def _at(self, start: int, size_bytes: int) -> bytes:
        self._stream.seek(start)
        data = self._stream.read(size_bytes)
        if len(data) != size_bytes:
            raise BundleDamaged("文件比写明的短")
        return data


def open_stick_file(source: Path) -> BinaryIO:
    """A regular file, opened without following links or waiting for a pipe. Raises BadForm."""
    try:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(source, flags | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise BadForm(f"读不到这个 U 盘包（{detail_of(error)}）") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadForm("选中的不是普通文件")
    return os.fdopen(descriptor, "rb")


def signed(digest: bytes) -> bytes:
    """What the seal signs. digest: SHA-256 of all bytes before it."""
    return pae(BUNDLE_KIND, digest)


def digest_of(stream: BinaryIO, size_bytes: int, step: Step, watch: Watch = unwatched) -> bytes:
    """SHA-256 of the first `size_bytes` bytes."""
    digest, left = hashlib.sha256(), size_bytes
    stream.seek(0)
    while left and (piece := stream.read(min(PIECE_BYTES, left))):
        digest.update(piece)
        left -= len(piece)
        watch(step, size_bytes - left, size_bytes)
    return digest.digest()


def detail_of(error: OSError) -> str:
    """What the system said, in Chinese."""
    return _DETAILS.get(error.errno or 0, f"系统提示：{error.strerror}")
