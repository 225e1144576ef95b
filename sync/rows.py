"""Tables that belong to a node, not to the process.

One process may hold several nodes (the tests do, the simulator does), so a model is not tied to
one database. `using(database)` says which node's tables the code inside it reads and writes.
Every table of the product, here and in `station`, is a `Row`: they share one file and therefore
one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

import peewee

from sync.turns import Turns

TURN_SECONDS_MAX = 15.0
_turns: WeakKeyDictionary[peewee.Database, Turns] = WeakKeyDictionary()
_current: ContextVar[peewee.Database | None] = ContextVar("node_database", default=None)


class CurrentDatabase(peewee.DatabaseProxy):
    """Stands for whichever database `using` has chosen in this thread or task."""

    @property
    def obj(self) -> peewee.Database | None:
        """The chosen database, or None outside every `using`."""
        return _current.get()

    @obj.setter
    def obj(self, value: peewee.Database | None) -> None:
        assert value is None, "choose a database with using(), not with initialize()"


current = CurrentDatabase()


class Row(peewee.Model):
    """One row of one table of the node in use."""

    class Meta:
        database = current
        legacy_table_names = False


@contextmanager
def using(database: peewee.Database) -> Iterator[peewee.Database]:
    """Make `database` the one that every Row inside the block belongs to."""
    token = _current.set(database)
    try:
        yield database
    finally:
        _current.reset(token)


@contextmanager
def write() -> Iterator[None]:
    """One write transaction, all or nothing; inside another one it becomes a savepoint.

    On SQLite the write lock is taken at the start (BEGIN IMMEDIATE): a transaction that reads
    first and writes later would otherwise fail when another writer came between. The threads of
    this process come to it in turn.
    """
    database: Any = current.obj
    assert database is not None, "no node in use"
    if isinstance(database, peewee.SqliteDatabase) and not database.in_transaction():
        with _turns_at(database).mine(TURN_SECONDS_MAX), database.atomic("IMMEDIATE"):
            yield
    else:
        with database.atomic():
            yield


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything read inside is of one moment, whoever writes meanwhile; nothing is written inside.

    Nobody waits for it, however long it takes. Inside a transaction it is part of that one.
    """
    database: Any = current.obj
    assert database is not None, "no node in use"
    is_sqlite = isinstance(database, peewee.SqliteDatabase)
    with database.atomic() if is_sqlite else database.atomic(isolation_level="REPEATABLE READ"):
        yield


def _turns_at(database: peewee.Database) -> Turns:
    """The turns of one database, whichever thread asks."""
    found = _turns.get(database)
    return found if found is not None else _turns.setdefault(database, Turns())
