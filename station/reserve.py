"""What the node does while the disk fills up: it refuses early and honestly, and keeps a way out.

A reserve file of the settings' size is really written, so that the disk is never quite full for us. When
free space falls below the floor, new intakes and files are refused; letters, acknowledgements and
erasing go on, because they make room. When even that comes near its end the reserve is given up,
and it is made again once there is room for it.
"""

import errno
import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from station.database import free_bytes
from sync.errors import NoRoom

log = logging.getLogger("station.reserve")
RESERVE_FILE = "reserve.bin"
PIECE = bytes(1024 * 1024)
_SAID_WHEN_FULL = ("database or disk is full", "no space left on device", "disk quota exceeded")


class Room(StrEnum):
    """What still goes: everything; no new intakes and files; nothing but what makes room."""

    PLENTY = "plenty"
    LOW = "low"
    FULL = "full"


class Reserve:
    """The reserve of one data folder. Below twice its size the disk is low, below a quarter it is full."""

    def __init__(self, folder: Path, size_bytes: int, free: Callable[[Path], int] = free_bytes) -> None:
        """size_bytes: 0 for none; then nothing is ever refused early. free: bytes left below a folder."""
        self._folder = folder
        self._path = folder / RESERVE_FILE
        self._size_bytes = size_bytes
        self._free = free
        self._lock = threading.Lock()

    @property
    def floor_bytes(self) -> int:
        """Below this much nothing new is taken in."""
        return 2 * self._size_bytes

    def is_held(self) -> bool:
        """Whether the reserve lies there whole."""
        try:
            return self._path.stat().st_size >= self._size_bytes
        except OSError:
            return False

    def room(self) -> Room:
        """How it stands now; asks the system, and writes nothing."""
        if not self._size_bytes or self._free(self._folder) >= self.floor_bytes:
            return Room.PLENTY
        return Room.LOW if self.is_held() else Room.FULL

    def require_room(self) -> None:
        """For what is taken in anew, and is asked before anybody has typed it. Raises NoRoom."""
        if self.room() is not Room.PLENTY:
            raise NoRoom("磁盘快满了，暂时不能收新件、上传文件；已收的件照常发送、签收")

    def look(self) -> bool:
        """Give the reserve up or make it again, as it is time to; True when it was given up just now."""
        free = self._free(self._folder)
        if self.is_held():
            return free < self._size_bytes // 4 and self.release()
        if self._size_bytes and free >= self.floor_bytes + self._size_bytes:
            self._make()
        return False

    def release(self) -> bool:
        """Give it up, so that acknowledgements and erasing can go on; True when there was one."""
        with self._lock:
            try:
                self._path.unlink()
            except OSError:
                return False
        log.warning("the disk is full: the reserve was given up")
        return True

    def _make(self) -> None:
        """Real bytes, not a hole: a file system would not keep a place for a hole."""
        with self._lock:
            try:
                with self._path.open("wb") as file:
                    for start in range(0, self._size_bytes, len(PIECE)):
                        file.write(PIECE[: self._size_bytes - start])
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                with suppress(OSError):
                    self._path.unlink()


def is_disk_full(error: BaseException | None) -> bool:
    """Whether this trouble, or what caused it, is that nothing more can be written."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if any(words in str(error).lower() for words in _SAID_WHEN_FULL):
            return True
        error = error.__cause__ or error.__context__
    return False
