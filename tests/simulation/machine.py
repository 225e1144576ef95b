"""One computer with its disk, its clock and, while it runs, the real program of a node."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any

import peewee
from flask import Flask
from playhouse.apsw_ext import APSWDatabase

from sync import enrolment, register, tables
from sync.clock import Clock
from sync.courier import Courier
from sync.depot import Depot
from sync.http import blueprint
from sync.mailbox import Arrived, Handler, Mailbox
from sync.moments import MomentField
from sync.register import record_of
from sync.rows import Row, using
from sync.transport import Transport
from tests.simulation.chance import keys_of
from tests.simulation.disk import VFS_NAME, Disk, PowerCut, mount, place

POISON = ".p"  # ends the maker's name in the subject of a letter that no handler takes at first
EPOCH = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_PRAGMAS = (
    ("locking_mode", "exclusive"),  # the simulated files have no shared memory
    ("journal_mode", "wal"),
    ("synchronous", "full"),
    ("foreign_keys", 1),
    ("temp_store", "memory"),
    ("wal_autocheckpoint", 60),  # pages; so that even a short run folds its log back now and then
)


class Effect(Row):
    """What a letter did to its recipient; written by the handler, so that it falls with the transaction."""

    id = peewee.AutoField()
    sender = peewee.CharField()
    instance = peewee.CharField()
    seq = peewee.IntegerField()
    subject = peewee.CharField()
    origin = peewee.CharField()


class Memory(Row):
    """What the program keeps over a restart beside the mail: the last time a hall proved to it."""

    id = peewee.AutoField()
    attested = MomentField()


class Poisonous(Exception):
    """A handler's answer to a letter that no handler can take."""


@lru_cache(maxsize=1)
def template() -> bytes:
    """A database with all tables and nothing in them."""
    database = _open("template", Disk(b""))
    with using(database):
        database.create_tables([*register.TABLES, *enrolment.TABLES, *tables.TABLES, Effect, Memory])
    image = _folded(database)
    database.close()
    return image


class Machine:
    """name: for the trace. number: of the node it is; a copied disk in another PC has the same number.

    ahead: how far its wall clock is ahead of the true time. is_cured: its handler takes poison. lines: by the
    name of the hall they lead to, the nearest one first. set_backs: how often an older disk took its place.
    """

    def __init__(self, name: str, number: int, level: str, true_time: Callable[[], float]) -> None:
        self.name, self.number, self.level = name, number, level
        self.keys = keys_of(number)
        self.node_id = f"{number:02x}" * 16
        self.record = record_of(self.keys, self.node_id, level, f"节点{number}", _division(level, number))
        self.disk = Disk(template())
        self.backups: list[bytes] = []
        self.set_backs = 0
        self.ahead = timedelta(0)
        self.is_cured = False
        self.lines: dict[str, tuple[Machine, Transport]] = {}
        self._true_time = true_time
        self.starts()

    @property
    def is_hall(self) -> bool:
        """Whether others call it."""
        return self.level != "village"

    def starts(self) -> None:
        """The program starts: everything but the disk is new."""
        self.database = _open(self.name, self.disk)
        self._booted = self._true_time()
        with using(self.database):
            kept = Memory.select().order_by(Memory.id.desc()).first()
        self.clock = Clock(self._wall, self._ticks, kept and kept.attested)
        handlers: dict[str, Handler] = {"case.": self._take}
        self.box = Mailbox(self.keys, self.node_id, self.clock, handlers)
        self.couriers = {name: self._courier(handlers, line) for name, (_, line) in self.lines.items()}
        self.app = self._counter(handlers) if self.is_hall else None

    def ends(self) -> None:
        """The program ends; on a dead disk this changes nothing any more."""
        with suppress(PowerCut, peewee.PeeweeException):
            self.database.close()

    @contextmanager
    def at_work(self) -> Iterator[Any]:
        """With this machine's database in use; gives the raw connection."""
        with using(self.database):
            yield self.database.connection()

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is in the database, read past all the code that is to be judged."""
        return list(self.database.connection().execute(sql, values))

    def dies(self, is_power: bool, chance: Random) -> None:
        """The plug is pulled, or the process is killed; the program starts again at once."""
        self.disk.dies(is_power, chance)
        self.recovers()

    def recovers(self) -> None:
        """After its disk died: power is back, and the program starts."""
        self.ends()
        self.disk.revives()
        self.starts()

    def restarts(self) -> None:
        """An ordinary end and start."""
        self.ends()
        self.starts()

    def backs_up(self) -> None:
        """Keep the whole database as it is now."""
        self.backups.append(_folded(self.database))

    def is_set_back(self, backup: bytes) -> None:
        """A new disk with an old backup on it."""
        self.set_backs += 1
        self.ends()
        self.disk = Disk(backup)
        self.starts()

    def twin(self, name: str) -> "Machine":
        """A copy of this disk in another PC."""
        other = Machine.__new__(Machine)
        other.__dict__.update(self.__dict__)
        other.name, other.backups = name, []
        other.disk = Disk(_folded(self.database))
        other.starts()
        return other

    def remembers_time(self) -> None:
        """Keep the last proven time for the next start, as the station's chores do."""
        attested = self.clock.latest_attested()
        if attested is not None:
            with self.at_work():
                Memory.replace(id=1, attested=attested).execute()

    def _wall(self) -> datetime:
        return EPOCH + timedelta(seconds=self._true_time()) + self.ahead

    def _ticks(self) -> float:
        return self._true_time() - self._booted

    def _take(self, arrived: Arrived) -> None:
        facts = {"sender": arrived.sender, "instance": arrived.instance, "seq": arrived.seq}
        Effect.create(subject=arrived.subject, origin=arrived.envelope_hash, **facts)
        if arrived.payload.get("poison") and not self.is_cured:
            raise Poisonous("这封信处理不了")

    def _courier(self, handlers: dict[str, Handler], transport: Transport) -> Courier:
        further = lambda: transport  # noqa: E731
        return Courier(self.keys, self.node_id, "", handlers, self.clock, transport, further)

    def _counter(self, handlers: dict[str, Handler]) -> Flask:
        depot = Depot(self.keys, self.node_id, handlers, self.clock)
        app = Flask("hall")
        app.config["PROPAGATE_EXCEPTIONS"] = True
        app.register_blueprint(blueprint(depot, lambda: using(self.database)))
        return app


def _division(level: str, number: int) -> str:
    return {"county": "440205000000", "township": "440205104000"}.get(level, f"4402051042{number:02}")


def _open(name: str, disk: Disk) -> APSWDatabase:
    return APSWDatabase(mount(name, disk), vfs=VFS_NAME, pragmas=_PRAGMAS)


def _folded(database: APSWDatabase) -> bytes:
    """The bytes of the database file once its log is folded into it."""
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    disk, _ = place(database.database)
    return disk.image()
