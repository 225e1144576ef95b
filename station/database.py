"""The one file that holds everything private, and its way to PostgreSQL for a hall at size.

SQLite: encrypted by SQLCipher with the raw node key, WAL, synchronous=FULL, so that what was
confirmed has reached the disk. Each thread keeps its own connection open.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee
from playhouse.sqlcipher_ext import SqlCipherDatabase
from sqlcipher3 import dbapi2 as sqlcipher

from station.errors import DatabaseDamaged, DatabaseRefused
from sync.rows import using

BUSY_MILLISECONDS = 15_000
CHECKED_AT_START_BYTES_MAX = 256 * 1024 * 1024
_PRAGMAS = (
    ("journal_mode", "wal"),
    ("synchronous", "full"),
    ("foreign_keys", "on"),
    ("busy_timeout", BUSY_MILLISECONDS),
    ("temp_store", "memory"),
    ("secure_delete", "on"),
    ("trusted_schema", "off"),
    ("cache_size", -16_000),
)


class EncryptedDatabase(SqlCipherDatabase):
    """One SQLCipher file under a raw 32-byte key."""

    def __init__(self, path: Path, key: bytes) -> None:
        assert len(key) == 32, "a node key has 32 bytes"
        self._raw_key = key.hex()
        self._opened: list[Any] = []
        self._opened_lock = threading.Lock()
        super().__init__(str(path), pragmas=_PRAGMAS)

    def _connect(self) -> Any:
        connection = sqlcipher.connect(
            self.database,
            isolation_level=None,
            check_same_thread=False,  # so that `close_all` may close what another thread opened
            timeout=BUSY_MILLISECONDS / 1000,
        )
        try:
            self._unlock(connection)
            self._add_conn_hooks(connection)
        except BaseException:
            connection.close()
            raise
        with self._opened_lock:
            self._opened.append(connection)
        return connection

    def _unlock(self, connection: Any) -> None:
        connection.execute("PRAGMA cipher_log = off")  # else a wrong key is written to standard error
        connection.execute(f"""PRAGMA key = "x'{self._raw_key}'" """)

    def _close(self, conn: Any) -> None:
        with self._opened_lock:
            if conn in self._opened:
                self._opened.remove(conn)
        super()._close(conn)

    def close_all(self) -> None:
        """Close the connections of every thread; only when no thread uses them any more."""
        self.close()
        with self._opened_lock:
            left, self._opened = self._opened, []
        for connection in left:
            connection.close()

    def copy_to(self, path: Path) -> None:
        """A consistent encrypted copy under the same key, made while the node works on."""
        with sqlcipher.connect(str(path), isolation_level=None) as target:
            self._unlock(target)
            target.execute("PRAGMA journal_mode = delete")
            self.connection().backup(target, pages=512)
        target.close()


class ServerDatabase(peewee.PostgresqlDatabase):
    """PostgreSQL through psycopg 3; the same models, the same service tests."""

    def __init__(self, url: str) -> None:
        super().__init__(url, prefer_psycopg3=True, options="-c timezone=UTC", application_name="yimen")

    def close_all(self) -> None:
        """Close this thread's connection; the others end with their threads."""
        self.close()


AnyDatabase = EncryptedDatabase | ServerDatabase


def open_database(path: Path, key: bytes, url: str | None = None) -> AnyDatabase:
    """The node's database, reachable and readable under `key`.

    url: a `postgresql://` address instead of the file. Raises DatabaseRefused.
    """
    if url is None:
        path.touch(mode=0o600)  # SQLite gives the write-ahead log the rights of the file
    database = EncryptedDatabase(path, key) if url is None else ServerDatabase(url)
    try:
        database.connect(reuse_if_open=True)
        database.execute_sql("SELECT count(*) FROM sqlite_master" if url is None else "SELECT 1")
    except (peewee.DatabaseError, sqlcipher.DatabaseError) as error:
        database.close_all()
        why = "钥匙不对，或文件已损坏。" if url is None else "数据库服务器没有应答，或地址、口令不对。"
        raise DatabaseRefused(why) from error
    return database


def check_integrity(database: AnyDatabase) -> list[str]:
    """Everything SQLCipher and SQLite find wrong with the file; empty when sound. Reads all of it."""
    if not isinstance(database, EncryptedDatabase):
        return []
    try:
        found = [str(row[0]) for row in database.execute_sql("PRAGMA cipher_integrity_check").fetchall()]
        found += [str(row[0]) for row in database.execute_sql("PRAGMA quick_check(20)").fetchall()]
    except (peewee.DatabaseError, sqlcipher.DatabaseError) as error:  # fetching raises the driver's own
        return [str(error)]
    return [text for text in found if text != "ok"]


def check_at_start(database: AnyDatabase, path: Path) -> None:
    """The whole check while the file is small enough for a start, one page of it else.

    Raises DatabaseDamaged. Larger files are checked whole by `yimen doctor` and housekeeping.
    """
    if isinstance(database, EncryptedDatabase) and path.stat().st_size <= CHECKED_AT_START_BYTES_MAX:
        found = check_integrity(database)
        if found:
            raise DatabaseDamaged(f"第一处：{found[0][:200]}。")


def free_bytes(folder: Path) -> int:
    """What the disk below `folder` still takes."""
    return shutil.disk_usage(folder).free


@contextmanager
def in_use(database: AnyDatabase) -> Iterator[AnyDatabase]:
    """`rows.using`, after replacing a server connection that broke since its last use."""
    if (
        isinstance(database, ServerDatabase)
        and not database.is_closed()
        and not database.is_connection_usable()
    ):
        database.close()
    with using(database):
        yield database
