"""A stick while something is written to it or read from it: pulled out, full or broken, said in words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog_cache.distribution.stick import Load, lacking
from station.catalog_stick.errors import FolderFull, StickGone, StickTooSmall, StickTrouble
from station.database import free_bytes
from station.reserve import is_disk_full
from sync.bundle_file import detail_of

CLUSTER_BYTES = 32 * 1024
"""Each file on a stick takes up to so much more than its own length."""


@dataclass(frozen=True, slots=True)
class Stick:
    """A folder on a stick. device: of the file system it was on at the beginning; free: bytes left there."""

    folder: Path
    device: int
    free: Callable[[Path], int] = free_bytes

    @classmethod
    def at(cls, folder: Path, free: Callable[[Path], int] = free_bytes) -> "Stick":
        """Raises StickGone."""
        try:
            return cls(folder, folder.stat().st_dev, free)
        except OSError as error:
            raise StickGone from error

    def is_there(self) -> bool:
        """Still plugged in: an empty folder where it was is not the stick."""
        try:
            return self.folder.is_dir() and self.folder.stat().st_dev == self.device
        except OSError:
            return False

    def require_fit(self, wanted: Load, published: Path) -> None:
        """Before the first byte is written. Raises StickTooSmall."""
        needed, free = self._needed(wanted, published), self.free(self.folder)
        if needed > free:
            raise StickTooSmall(needed, free)

    @contextmanager
    def written(self, wanted: Load, published: Path) -> Iterator[None]:
        """What the system says of it, in words. Raises StickGone, StickTooSmall, FolderFull, StickTrouble."""
        try:
            yield
        except OSError as error:
            if not self.is_there():
                raise StickGone from error
            if is_disk_full(error):
                self._tell_full(wanted, published, error)
            raise StickTrouble(detail_of(error)) from error

    def _tell_full(self, wanted: Load, published: Path, error: OSError) -> None:
        """FAT32 is full, too, when one folder holds as many names as it can."""
        try:
            needed, free = max(self._needed(wanted, published), CLUSTER_BYTES), self.free(self.folder)
        except OSError:
            raise StickGone from error
        raise (StickTooSmall(needed, free) if needed > free else FolderFull()) from error

    def _needed(self, wanted: Load, published: Path) -> int:
        sizes = lacking(wanted, published, self.folder)
        return sum(sizes) + CLUSTER_BYTES * len(sizes)
