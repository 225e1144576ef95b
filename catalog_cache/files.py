"""Files that are either there whole or not there at all, and bytes read without trusting the folder."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

Writer = Callable[[Path, bytes], None]
_BINARY = getattr(os, "O_BINARY", 0)


class AlreadyHeld(Exception):
    """Somebody else holds the lock."""


class NotAFile(ValueError):
    """The path does not lead to a plain file below its folder; the text says how, in Chinese."""


def write_whole(path: Path, data: bytes, *, is_private: bool = False) -> None:
    """Put `data` at `path`, durably and in one step: a reader sees the old file or the new one.

    is_private: nobody but the owner may read the file, from its first byte on.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY
        with os.fdopen(os.open(draft, flags, 0o600 if is_private else 0o644), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold `path` as a lock against every other process and thread; freed even by kill -9.

    Raises AlreadyHeld at once when somebody else holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise AlreadyHeld from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; Windows does that by itself and cannot open folders."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_plain(folder: Path, name: str, size_max: int, *, is_read_back: bool = False) -> bytes:
    """The bytes of one plain file below `folder`; no link is followed on the way.

    name: relative, "/" between parts. size_max: in bytes; nothing larger is read into memory.
    is_read_back: what the disk itself gives back, not what the system still holds in memory.
    Raises NotAFile for a link, a device, a name that leaves the folder or too many bytes, and
    FileNotFoundError when nothing is there.
    """
    with _plain(folder, name) as file:
        if is_read_back and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        data = file.read(size_max + 1)
    if len(data) > size_max:
        raise NotAFile(f"{name} 超过 {size_max} 字节")
    return data


def read_piece(folder: Path, name: str, start: int, size: int) -> bytes:
    """At most `size` bytes from `start` on, as carefully as `read_plain`; fewer only at the file's end."""
    with _plain(folder, name) as file:
        file.seek(start)
        return file.read(size)


@contextmanager
def _plain(folder: Path, name: str) -> Iterator[BinaryIO]:
    path = plain_path(folder, name)
    flags = os.O_RDONLY | _BINARY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotAFile(f"{name} 不是普通文件")
        yield file


def plain_path(folder: Path, name: str) -> Path:
    """The path of `name` below `folder`, after a look that no part of it is a link or leads out."""
    path = folder
    for part in name.split("/"):
        if part in ("", ".", "..") or "\\" in part or "\0" in part or (os.name == "nt" and ":" in part):
            raise NotAFile(f"{name[:120]} 不是文件夹内的文件名")
        path = path / part
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            raise NotAFile(f"{name} 经过符号链接")
    if not stat.S_ISREG(path.lstat().st_mode):
        raise NotAFile(f"{name} 不是普通文件")
    return path
