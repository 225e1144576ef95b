"""What an import has read so far, in one SQLite file: rows, faults, finished entries, and how far it is.

A file of its own keeps 10,000 items out of memory and lets an interrupted import go on where it stopped.
It holds public catalog text only and is deleted when the import is over.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from catalog_cache.exchange.table_text import CellError

ERRORS_MAX = 200
_LAYOUT = """
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sheets(name TEXT PRIMARY KEY, heads TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rows(
    id INTEGER PRIMARY KEY, sheet TEXT NOT NULL, number INTEGER NOT NULL, owner TEXT NOT NULL,
    is_main INTEGER NOT NULL, cells TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS rows_owner ON rows(owner, sheet) WHERE is_main = 0;
CREATE INDEX IF NOT EXISTS rows_main ON rows(id) WHERE is_main = 1;
CREATE TABLE IF NOT EXISTS faults(
    id INTEGER PRIMARY KEY, row INTEGER, head TEXT, message TEXT, sheet TEXT, cell TEXT);
CREATE TABLE IF NOT EXISTS entries(
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, row INTEGER NOT NULL, record TEXT NOT NULL);
"""


class StagedRow(NamedTuple):
    """One row of a table. owner: the code (or key) of the item it belongs to; cells: by column, null
    where the cell was refused."""

    id: int
    sheet: str
    number: int
    owner: str
    cells: list[str | None]


class Staging:
    """The file. Every method leaves it whole; `commit` makes what was done last."""

    def __init__(self, path: Path | None = None) -> None:
        """path: None keeps everything in memory, for small files."""
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        self._connection.executescript(_LAYOUT)
        self._connection.execute("BEGIN")

    def __enter__(self) -> "Staging":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def commit(self) -> None:
        """Keep what was done since the last time."""
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN")

    def close(self) -> None:
        """Close the file; what was not committed is lost."""
        self._connection.close()

    def fact(self, name: str, default: str = "") -> str:
        """One remembered value."""
        found = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return found[0] if found else default

    def remember(self, name: str, value: str) -> None:
        """Keep a value."""
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def clear(self) -> None:
        """Forget everything read so far."""
        for table in ("facts", "sheets", "rows", "faults", "entries"):
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - fixed names

    def add_sheet(self, name: str, heads: Sequence[str]) -> None:
        """A sheet by its heads, in the order of its columns."""
        self._connection.execute("INSERT INTO sheets VALUES (?, ?)", (name, json.dumps(heads)))

    def heads(self, name: str) -> list[str]:
        """The heads of a sheet; none when there is no such sheet."""
        found = self._connection.execute("SELECT heads FROM sheets WHERE name = ?", (name,)).fetchone()
        return json.loads(found[0]) if found else []

    def add_row(
        self, sheet: str, number: int, owner: str, cells: Sequence[str | None], *, is_main: bool
    ) -> None:
        """One row as it was read."""
        self._connection.execute(
            "INSERT INTO rows(sheet, number, owner, is_main, cells) VALUES (?, ?, ?, ?, ?)",
            (sheet, number, owner, is_main, json.dumps(cells, ensure_ascii=False)),
        )

    def main_rows(self, after: int, limit: int) -> list[StagedRow]:
        """The next rows that begin an entry, in the order of the file."""
        query = f"SELECT {_ROW} FROM rows WHERE is_main = 1 AND id > ? ORDER BY id LIMIT ?"  # noqa: S608 - fixed
        return [_row(*found) for found in self._connection.execute(query, (after, limit))]

    def rows_of(self, owner: str) -> dict[str, list[StagedRow]]:
        """The rows of all lists of one entry, by sheet, in the order of the file."""
        query = f"SELECT {_ROW} FROM rows WHERE is_main = 0 AND owner = ? ORDER BY id"  # noqa: S608 - fixed
        found: dict[str, list[StagedRow]] = {}
        for row in self._connection.execute(query, (owner,)):
            found.setdefault(row[1], []).append(_row(*row))
        return found

    def strays(self, limit: int) -> list[StagedRow]:
        """Rows of lists that belong to no entry of the file."""
        query = (
            f"SELECT {_ROW} FROM rows WHERE is_main = 0 AND owner NOT IN "  # noqa: S608 - fixed
            "(SELECT owner FROM rows WHERE is_main = 1) ORDER BY id LIMIT ?"
        )
        return [_row(*found) for found in self._connection.execute(query, (limit,))]

    def main_count(self) -> int:
        """How many entries the file has."""
        return int(self._connection.execute("SELECT count(*) FROM rows WHERE is_main = 1").fetchone()[0])

    def first_row_of(self, code: str) -> int | None:
        """The line on which an entry of that code was met before."""
        found = self._connection.execute("SELECT row FROM entries WHERE code = ?", (code,)).fetchone()
        return int(found[0]) if found else None

    def add_entry(self, code: str, row: int, record: str) -> None:
        """One finished item or package as canonical JSON."""
        self._connection.execute(
            "INSERT OR IGNORE INTO entries(code, row, record) VALUES (?, ?, ?)", (code, row, record)
        )

    def in_file_order(self) -> Iterator[str]:
        """The finished entries in the order of the file, read in pages."""
        last = 0
        while page := self._connection.execute(
            "SELECT id, record FROM entries WHERE id > ? ORDER BY id LIMIT 200", (last,)
        ).fetchall():
            yield from (record for _, record in page)
            last = page[-1][0]

    def add_faults(self, faults: Iterable[CellError]) -> None:
        """Beyond the limit faults are only counted."""
        for fault in faults:
            count = self.fault_count()
            if count < ERRORS_MAX:
                self._connection.execute(
                    "INSERT INTO faults(row, head, message, sheet, cell) VALUES (?, ?, ?, ?, ?)",
                    (fault.row, fault.column, fault.message, fault.sheet, fault.cell),
                )
            self.remember("faults", str(count + 1))

    def fault_count(self) -> int:
        """All faults, listed or not."""
        return int(self.fact("faults", "0"))

    def faults(self) -> tuple[CellError, ...]:
        """The listed faults as somebody goes through the file: sheet by sheet, from the top down."""
        found = self._connection.execute("SELECT row, head, message, sheet, cell FROM faults ORDER BY id")
        faults = [CellError(*fault) for fault in found]
        turn = {sheet: at for at, sheet in enumerate(dict.fromkeys(fault.sheet for fault in faults))}
        return tuple(sorted(faults, key=lambda fault: (turn[fault.sheet], fault.row or 0)))


_ROW = "id, sheet, number, owner, cells"


def _row(row_id: int, sheet: str, number: int, owner: str, cells: str) -> StagedRow:
    return StagedRow(row_id, sheet, number, owner, json.loads(cells))
