"""One server per data folder."""

import sys
from pathlib import Path
from typing import IO

from station.errors import FolderInUse
from station.files import write_atomically

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FILE_NAME = "serve.lock"
ADDRESS_FILE = "serve.address"


class FolderLock:
    """Held by the process that serves a data folder; released by the system when the process ends."""

    def __init__(self, data_folder: Path) -> None:
        """Raises FolderInUse when another process serves this folder."""
        self._folder = data_folder
        data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file: IO[bytes] = (data_folder / FILE_NAME).open("ab+")
        try:
            take_lock(self._file)
        except OSError as error:
            self._file.close()
            raise FolderInUse(str(data_folder)) from error

    def tell_address(self, address: str) -> None:
        """Leave the address for those who find the folder in use; it may hold the set-up code."""
        write_atomically(self._folder / ADDRESS_FILE, address.encode())

    def release(self) -> None:
        """Let another process serve the folder."""
        self._file.close()


def address_in_use(data_folder: Path) -> str | None:
    """Where the process that serves this folder can be found, if it said so."""
    try:
        return (data_folder / ADDRESS_FILE).read_text("utf-8")[:300]
    except OSError:
        return None


def take_lock(file: IO[bytes]) -> None:
    """Hold an open file for ourselves until it is closed. Raises OSError when somebody else holds it."""
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
