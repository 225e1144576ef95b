"""Every state in which a power cut can leave a database file while one thing is written to it.

A transaction of SQLite in WAL mode is bytes added to the write-ahead log. The log cut off after any
number of those bytes, beside the main file, is what the disk may hold afterwards.
"""

from collections.abc import Iterator
from pathlib import Path

from station.node import Node
from station.places import DATABASE_FILE
from tests.faults.books import Books

CUTS = 60
WAL_FILE = DATABASE_FILE + "-wal"


class Torn:
    """Remembers a node's file before something is done; `states` are those between before and after."""

    def __init__(self, node: Node, scratch: Path) -> None:
        """scratch: a folder for the copies."""
        self._folder, self._key, self._scratch = node.settings.data_folder, node.node_key, scratch
        self._main, self._log = self._read()

    def states(self, cuts: int = CUTS) -> Iterator[Books]:
        """About `cuts` copies, each with a little more of what was written since; the last one has all."""
        main, log = self._read()
        assert main == self._main and log.startswith(self._log), "nothing was folded back meanwhile"
        assert len(log) > len(self._log), "something was written"
        step = max(1, (len(log) - len(self._log)) // cuts)
        for end in [*range(len(self._log), len(log), step), len(log)]:
            self._scratch.mkdir(exist_ok=True)
            (self._scratch / DATABASE_FILE).write_bytes(main)
            (self._scratch / WAL_FILE).write_bytes(log[:end])
            yield Books(self._scratch, self._key)

    def _read(self) -> tuple[bytes, bytes]:
        log = self._folder / WAL_FILE
        return (self._folder / DATABASE_FILE).read_bytes(), log.read_bytes() if log.exists() else b""
