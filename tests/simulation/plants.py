"""Mistakes planted into the real code, one at a time, to show that the simulator finds them.

Each is a patch of the function where somebody could really make it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from playhouse.apsw_ext import APSWDatabase

from sync import chain, exchange, inbox, outbox, outstream
from sync.chain import Place, Standing
from sync.depot import Depot
from sync.rows import current
from sync.tables import LetterFile, OutLetter


@dataclass(frozen=True)
class Plant:
    """promises: those whose check may be the first to see it."""

    what: str
    promises: frozenset[str]
    patched: Callable[[], AbstractContextManager[Any]]


def drop_the_witness() -> AbstractContextManager[Any]:
    """A node that asks does not say what it remembers of the other's log."""
    return patch.object(exchange, "_witness", lambda _: None)


def ignore_the_previous_hash() -> AbstractContextManager[Any]:
    """The next number is taken, whatever letter it says it follows."""

    def place(upto: int, head: str, seq: int, _: str, is_held: bool) -> Place:
        return chain.place(upto, head, seq, head, is_held)

    return patch.object(inbox, "place", place)


def reuse_a_number() -> AbstractContextManager[Any]:
    """A node that was set back goes on in its old stream, whatever the other holds of it."""
    return patch.object(outstream, "standing", lambda *_: Standing.AGREES)


def skip_the_fork_check() -> AbstractContextManager[Any]:
    """Another letter under a number that is taken counts as a repeat."""

    def place(*facts: Any) -> Place:
        found = chain.place(*facts)
        return Place.REPEAT if found == Place.FORK else found

    return patch.object(inbox, "place", place)


def delete_before_the_acknowledgement() -> AbstractContextManager[Any]:
    """What was handed to a connection is thrown away."""
    hand = outbox.hand

    def hand_and_delete(letter_ids: Any, now: Any) -> None:
        numbers = list(letter_ids)
        hand(numbers, now)
        LetterFile.delete().where(LetterFile.letter.in_(numbers)).execute()
        OutLetter.delete().where(OutLetter.id.in_(numbers)).execute()

    return patch.object(outbox, "hand", hand_and_delete)


@contextmanager
def acknowledge_before_the_commit() -> Iterator[None]:
    """The hall puts its commit off until it next begins something, and answers meanwhile."""
    take_in, begin, commit = Depot.exchange, APSWDatabase.begin, APSWDatabase.commit
    execute = APSWDatabase.execute_sql
    late: set[int] = set()

    def answer(self: Depot, node_id: str, body: bytes) -> bytes:
        database = current.obj
        if not database.connection().getautocommit():
            commit(database)
        late.add(id(database))
        try:
            return take_in(self, node_id, body)
        finally:
            late.discard(id(database))

    def begin_after_all(self: APSWDatabase, *how: Any) -> Any:
        is_open = not self.connection().getautocommit()
        if is_open and id(self) not in late:
            commit(self)
        return None if is_open and id(self) in late else begin(self, *how)

    def fold_after_all(self: APSWDatabase, sql: str, *how: Any, **more: Any) -> Any:
        if sql.startswith("PRAGMA wal_checkpoint") and not self.connection().getautocommit():
            commit(self)
        return execute(self, sql, *how, **more)

    def put_off(self: APSWDatabase) -> Any:
        return None if id(self) in late else commit(self)

    with (
        patch.object(Depot, "exchange", answer),
        patch.object(APSWDatabase, "begin", begin_after_all),
        patch.object(APSWDatabase, "commit", put_off),
        patch.object(APSWDatabase, "execute_sql", fold_after_all),
    ):
        yield


PLANTS = {
    "drop-the-witness": Plant("drop the witness", frozenset({"P7", "P1"}), drop_the_witness),
    "ignore-the-previous-hash": Plant(
        "ignore the previous hash", frozenset({"P3", "P6"}), ignore_the_previous_hash
    ),
    "acknowledge-before-commit": Plant(
        "acknowledge before the commit", frozenset({"P1", "P2", "P7"}), acknowledge_before_the_commit
    ),
    "reuse-a-number": Plant("reuse a number after a restore", frozenset({"P6", "P1"}), reuse_a_number),
    "skip-the-fork-check": Plant("skip the fork check", frozenset({"P6"}), skip_the_fork_check),
    "delete-before-acknowledgement": Plant(
        "delete before the acknowledgement", frozenset({"P1"}), delete_before_the_acknowledgement
    ),
}
