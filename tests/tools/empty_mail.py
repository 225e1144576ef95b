"""Files with the tables of the mail and nothing in them: made once a process, and copied for each node."""

import tempfile
from functools import cache
from pathlib import Path

import peewee

from station.database import open_database
from sync import enrolment, register, tables
from sync.rows import Row, using, write

KEY = bytes(32)
PRAGMAS = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1}
TABLES: list[type[Row]] = [*register.TABLES, *enrolment.TABLES, *tables.TABLES]


def put_encrypted(path: Path) -> None:
    """An encrypted file under KEY."""
    path.write_bytes(_encrypted())


def put_plain(path: Path) -> None:
    """A plain SQLite file."""
    path.write_bytes(_plain())


@cache
def _encrypted() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "node.db"
        database = open_database(path, KEY)
        _make_tables(database)
        database.close_all()
        return path.read_bytes()


@cache
def _plain() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "node.db"
        database = peewee.SqliteDatabase(str(path), pragmas=PRAGMAS)
        _make_tables(database)
        database.close()
        return path.read_bytes()


def _make_tables(database: peewee.Database) -> None:
    with using(database), write():
        database.create_tables(TABLES)
