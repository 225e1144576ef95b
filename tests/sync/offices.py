"""A hall and a station that have not met: each with its keys and a database of its own."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import peewee

from sync import enrolment, register
from sync.keys import NodeKeys, Statement
from sync.register import Peer, record_of
from sync.rows import using

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
COUNTY, VILLAGE = "440205000000", "440205104201"


class Office:
    """One node with its keys and its own database."""

    def __init__(self, node_id: str, level: str, name: str, division: str) -> None:
        self.keys = NodeKeys.generate()
        self.record = record_of(self.keys, node_id, level, name, division)
        self.database = peewee.SqliteDatabase(":memory:")
        with using(self.database):
            self.database.create_tables(register.TABLES + enrolment.TABLES)

    @contextmanager
    def at_work(self):
        with using(self.database):
            yield

    def changes_keys(self) -> None:
        self.keys = NodeKeys.generate()
        self.record = replace(
            self.record, signing_key=self.keys.signing_public, sealing_key=self.keys.sealing_public
        )


class Hall(Office):
    def gives_code(self, now: datetime = NOW) -> str:
        with self.at_work():
            return enrolment.make_code(VILLAGE, now).text

    def grants(self, asked: Statement, now: datetime = NOW) -> Statement:
        with self.at_work():
            return enrolment.grant(self.keys, self.record, asked, now)

    def knows(self) -> list[str]:
        with self.at_work():
            return [row.name for row in Peer.select()]

    @classmethod
    def of_the_county(cls) -> "Hall":
        """The one that every station here belongs to."""
        return cls("aa" * 16, "county", "曲江区政务服务中心", COUNTY)


class Station(Office):
    @classmethod
    def of_the_village(cls) -> "Station":
        """The one that wants to join."""
        return cls("bb" * 16, "village", "龙岗村便民服务站", VILLAGE)

    def asks(self, code: str) -> Statement:
        with self.at_work():
            return enrolment.request(self.keys, self.record, code, NOW)

    def accepts(self, granted: Statement) -> enrolment.Granted:
        with self.at_work():
            return enrolment.accept(self.keys, granted, NOW)

    def knows(self) -> list[str]:
        with self.at_work():
            return sorted(row.name for row in Peer.select())
