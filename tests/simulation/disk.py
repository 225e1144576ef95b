"""A disk in memory on which SQLite runs, with what a real one does when the power fails.

A write first stands in the disk's cache; a sync makes it durable. When the power goes, each cached
write of 512-byte sectors may have reached the platter or not, in any order. A disk can also be told to
die at its n-th operation, and to be full.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import apsw

SECTOR_BYTES = 512
VFS_NAME = "simulated"
DATABASE = "node.db"


class PowerCut(BaseException):
    """The node is dead from here on; nothing below the simulator may catch it."""


@dataclass
class _Write:
    """data at a place; or, with data None, the file cut to the length `at`."""

    at: int
    data: bytes | None


@dataclass
class _File:
    """now: as the running system sees it. durable: as of the last sync; waiting: written since."""

    now: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    waiting: list[_Write] = field(default_factory=list)
    was_synced: bool = False

    def put(self, write: _Write) -> None:
        _apply(self.now, write)
        self.waiting.append(write)

    def sync(self) -> None:
        for write in self.waiting:
            _apply(self.durable, write)
        self.waiting.clear()
        self.was_synced = True


class Disk:
    """The files of one node. operations: writes, cuts, syncs and deletions so far.

    life: how often it died; what was opened in an earlier life can neither read nor write any more.
    """

    def __init__(self, image: bytes) -> None:
        """image: the bytes of the database file to begin with."""
        self.operations = 0
        self.life = 0
        self.is_dead = False
        self.room_bytes: int | None = None
        self._dies_at: int | None = None
        self._dies_of_power = False
        self._chance = Random(0)  # noqa: S311
        self._files: dict[str, _File] = {}
        self.becomes(image)

    def becomes(self, image: bytes) -> None:
        """Holds this database and nothing else, as after a restore."""
        self._files = {DATABASE: _File(bytearray(image), bytearray(image), [], True)}

    def image(self) -> bytes:
        """The database file alone; whole only when nothing is left in its log."""
        return bytes(self._files[DATABASE].now)

    def copy(self) -> "Disk":
        """Another disk with what is durable on this one."""
        twin = Disk(b"")
        twin._files = {
            name: _File(bytearray(file.durable), bytearray(file.durable), [], True)
            for name, file in self._files.items()
        }
        return twin

    def arm(self, operations: int, is_power: bool, chance: Random) -> None:
        """Die at that operation from now. is_power: lose what was not synced; else only the process ends."""
        self._dies_at = self.operations + operations
        self._dies_of_power, self._chance = is_power, chance

    def disarm(self) -> None:
        """Take back a death that is still to come."""
        self._dies_at = None

    def dies(self, is_power: bool, chance: Random) -> None:
        """Die now."""
        self.is_dead, self._dies_at = True, None
        self._dies_of_power, self._chance = is_power, chance

    def revives(self) -> None:
        """Power is back: what was in the cache is on the disk in part, or, after a mere kill, as written."""
        if self.is_dead:
            self._settle()
            self.life += 1
        self.is_dead, self._dies_at = False, None

    def file(self, name: str) -> _File:
        """A file, made if it is not there."""
        return self._files.setdefault(name, _File())

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._files

    def size_bytes(self) -> int:
        """Of all files, as the running system sees them."""
        return sum(len(file.now) for file in self._files.values())

    def write(self, name: str, at: int, data: bytes) -> None:
        """Raises PowerCut, apsw.FullError."""
        file = self.file(name)
        if self.room_bytes is not None and at + len(data) > len(file.now):
            grown = at + len(data) - len(file.now)
            if self.size_bytes() + grown > self.room_bytes:
                raise apsw.FullError("the simulated disk is full")
        self._operate(lambda: file.put(_Write(at, bytes(data))))

    def truncate(self, name: str, size_bytes: int) -> None:
        """Raises PowerCut."""
        self._operate(lambda: self.file(name).put(_Write(size_bytes, None)))

    def sync(self, name: str) -> None:
        """Raises PowerCut."""
        self._operate(self.file(name).sync)

    def delete(self, name: str) -> None:
        """Raises PowerCut."""
        self._operate(lambda: self._files.pop(name, None))

    def read(self, name: str, at: int, size_bytes: int) -> bytes:
        """What is there."""
        return bytes(self.file(name).now[at : at + size_bytes])

    def _operate(self, act: Callable[[], object]) -> None:
        if self.is_dead:
            raise PowerCut
        self.operations += 1
        if self._dies_at is not None and self.operations >= self._dies_at:
            if self._chance.random() < 0.5:
                act()  # it was just done, or it never was
            self.dies(self._dies_of_power, self._chance)
            raise PowerCut
        act()

    def _settle(self) -> None:
        for name, file in list(self._files.items()):
            if not self._dies_of_power:
                file.sync()
                continue
            if not file.was_synced and self._chance.random() < 0.5:
                del self._files[name]
                continue
            self._tear(file)

    def _tear(self, file: _File) -> None:
        """Some of the waiting writes were done, some not, and one may be torn between two sectors."""
        share = self._chance.choice((0.0, 0.3, 0.7, 1.0))
        for write in file.waiting:
            if self._chance.random() < share:
                _apply(file.durable, self._torn(write))
        file.now, file.waiting, file.was_synced = bytearray(file.durable), [], True

    def _torn(self, write: _Write) -> _Write:
        if write.data is None or len(write.data) <= SECTOR_BYTES or self._chance.random() < 0.7:
            return write
        sectors = self._chance.randrange(1, -(-len(write.data) // SECTOR_BYTES))
        return _Write(write.at, write.data[: sectors * SECTOR_BYTES])


def _apply(content: bytearray, write: _Write) -> None:
    if write.data is None:
        del content[write.at :]
        return
    if write.at > len(content):
        content.extend(bytes(write.at - len(content)))
    content[write.at : write.at + len(write.data)] = write.data


_MOUNTED: dict[str, Disk] = {}


def mount(name: str, disk: Disk) -> str:
    """The path under which SQLite finds the database of this disk."""
    _MOUNTED[name] = disk
    return f"{name}/{DATABASE}"


def unmount(name: str) -> None:
    """Forget a mounted disk."""
    _MOUNTED.pop(name, None)


def place(path: str) -> tuple[Disk, str]:
    mounted, _, name = path.lstrip("/").partition("/")
    return _MOUNTED[mounted], name


class _Vfs(apsw.VFS):
    """What SQLite asks of a file system, answered by the mounted disks."""

    def __init__(self) -> None:
        super().__init__(VFS_NAME, "")

    def xOpen(self, name: object, flags: list[int]) -> "_Handle":  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        disk, file_name = place(path)
        disk.file(file_name)
        flags[1] = flags[0]
        return _Handle(disk, file_name)

    def xDelete(self, path: str, _: bool) -> None:  # noqa: N802
        disk, name = place(path)
        disk.delete(name)

    def xAccess(self, path: str, _: int) -> bool:  # noqa: N802
        disk, name = place(path)
        return disk.exists(name)

    def xFullPathname(self, path: str) -> str:  # noqa: N802
        return path

    def xRandomness(self, size_bytes: int) -> bytes:  # noqa: N802
        return bytes(size_bytes)


class _Handle:
    """One open file. It dies with the disk that it was opened on."""

    def __init__(self, disk: Disk, name: str) -> None:
        self._opened_disk, self._name, self._life, self._level = disk, name, disk.life, 0

    @property
    def _disk(self) -> Disk:
        """The disk, while this life of it lasts. Raises PowerCut."""
        if self._opened_disk.is_dead or self._opened_disk.life != self._life:
            raise PowerCut
        return self._opened_disk

    def xRead(self, size_bytes: int, at: int) -> bytes:  # noqa: N802
        return self._disk.read(self._name, at, size_bytes)

    def xWrite(self, data: bytes, at: int) -> None:  # noqa: N802
        self._disk.write(self._name, at, data)

    def xTruncate(self, size_bytes: int) -> None:  # noqa: N802
        self._disk.truncate(self._name, size_bytes)

    def xSync(self, _: int) -> None:  # noqa: N802
        self._disk.sync(self._name)

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._disk.file(self._name).now)

    def xSectorSize(self) -> int:  # noqa: N802
        return SECTOR_BYTES

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return 0

    def xFileControl(self, _: int, __: int) -> bool:  # noqa: N802
        return False

    def xLock(self, level: int) -> None:  # noqa: N802
        self._level = level

    def xUnlock(self, level: int) -> None:  # noqa: N802
        self._level = level

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return self._level >= apsw.SQLITE_LOCK_RESERVED

    def xClose(self) -> None:  # noqa: N802
        return None


VFS = _Vfs()
