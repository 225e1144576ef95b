"""A village station and a county hall with nothing but their mail, and a link between them that can lie.

Both have real encrypted files, and every request goes through the real WSGI application.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import Client

from station.database import AnyDatabase, open_database
from sync import attachments, exchange, inbox, outbox, register, tables
from sync.attachments import StoredFile
from sync.canonical import canonical_json
from sync.clock import Clock
from sync.courier import Courier, ExchangeReport
from sync.depot import Depot
from sync.http import blueprint
from sync.keys import NodeKeys
from sync.mailbox import Arrived, Mailbox
from sync.outbox import Letter, LetterState, Posted, PostedState
from sync.outstream import Draft, Sender, append, current_stream
from sync.register import certify, record_of, remember
from sync.rows import using, write
from sync.transport import Answer
from tests.tools.empty_mail import KEY, TABLES, put_encrypted

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class PairNode:
    """One node: keys, clock, database, and what took effect here."""

    def __init__(self, number: int, level: str, folder: Path, url: str | None = None) -> None:
        self.folder = folder / f"{level}-{number}"
        self.folder.mkdir()
        self.url = url
        self.now = NOW
        self.keys = NodeKeys.generate()
        self.node_id = f"{number:02x}" * 16
        self.effects: list[Arrived] = []
        self.refuses: Callable[[Arrived], Exception | None] = lambda _: None
        if url is None:
            put_encrypted(self.path)
        self.database: AnyDatabase = open_database(self.path, KEY, url)
        self.record = record_of(self.keys, self.node_id, level, f"节点{number}", f"44020510420{number}")
        with using(self.database), write():
            if url is not None:
                self.database.create_tables(TABLES)
            remember(self.record, b"", NOW)
        self.starts()

    @property
    def path(self) -> Path:
        return self.folder / "node.db"

    def starts(self) -> None:
        """As after a start of the program: everything in memory is new."""
        ticks = lambda: (self.now - NOW).total_seconds()  # noqa: E731
        self.clock = Clock(lambda: self.now, ticks)
        self.handlers = {"case.": self.takes}
        self.box = Mailbox(self.keys, self.node_id, self.clock, self.handlers)

    def takes(self, arrived: Arrived) -> None:
        """The handler: an effect in this node's own database, so that it falls with the transaction."""
        problem = self.refuses(arrived)
        tables.Incident.create(kind="effect", detail=arrived.subject, at=self.now, resolved_at=self.now)
        if problem is not None:
            raise problem
        self.effects.append(arrived)

    def effect_rows(self) -> list[str]:
        """Subjects in the order in which they took effect, as the database has it."""
        with using(self.database):
            rows = tables.Incident.select().where(tables.Incident.kind == "effect")
            return [row.detail for row in rows.order_by(tables.Incident.id)]

    def posts(
        self, to: "PairNode", subject: str, files: list[StoredFile] | None = None, **payload: Any
    ) -> Posted:
        with using(self.database), write():
            names = [{"sha256": file.sha256, "key": file.key_b64} for file in files or []]
            letter = Letter(
                to=to.node_id,
                kind="case.opened",
                subject=subject,
                payload={"text": "高龄津贴", "files": names} | payload,
                stamp=self.clock.stamp(),
                files=[file.sha256 for file in files or []],
            )
            return outbox.post(self.keys, self.node_id, letter)

    def posts_again(self, to: "PairNode", subject: str, origin: str) -> None:
        """A letter that claims to have been carried before by the envelope `origin`."""
        plain = canonical_json({})
        draft = Draft("case.opened", subject, 0, "2026-11-22T09:00:00Z", "none", plain, (), origin)
        with using(self.database), write():
            sender = Sender(self.node_id, self.keys)
            append(sender, current_stream(sender, to.node_id, self.now), draft)

    def knows(self, other: "PairNode") -> None:
        with using(self.database):
            remember(other.record, b"", NOW)

    def forgets(self, other: "PairNode") -> None:
        with using(self.database):
            register.Peer.delete().where(register.Peer.node_id == other.node_id).execute()
            register.PeerKey.delete().where(register.PeerKey.node_id == other.node_id).execute()

    def keeps(self, data: bytes, name: str = "扫描件.jpg") -> StoredFile:
        with using(self.database), write():
            return attachments.store(data, "image/jpeg", name)

    def has_whole(self, scan: StoredFile) -> bool:
        """Whether all of a file came."""
        with using(self.database):
            return attachments.is_whole(scan.sha256)

    def states(self, subject: str) -> list[PostedState]:
        with using(self.database):
            return outbox.state_of(subject, self.now)

    def state(self, subject: str) -> LetterState:
        [only] = self.states(subject)
        return only.state

    def counts(self) -> outbox.Counts:
        with using(self.database):
            return outbox.counts(None, self.now)

    def incidents(self) -> list[str]:
        with using(self.database):
            return [row.kind for row in tables.Incident.select().where(tables.Incident.resolved_at.is_null())]

    def quarantine(self) -> list[tuple[str, str]]:
        with using(self.database):
            return [(row.subject, row.reason) for row in inbox.quarantined()]

    def reads(self, arrived: Arrived, index: int = 0) -> bytes:
        with using(self.database):
            entry = arrived.payload["files"][index]
            return attachments.read(entry["sha256"], entry["key"])

    def gives(self, to: "PairNode") -> bytes:
        """A parcel for a stick."""
        with using(self.database):
            return exchange.give(self.box, to.node_id).data

    def takes_stick(self, parcel: bytes) -> exchange.Taken:
        with using(self.database):
            return exchange.take(self.box, parcel, "usb")

    def backs_up(self) -> bytes:
        """The whole database as it is now."""
        self.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.path.read_bytes()

    def is_set_back(self, backup: bytes) -> None:
        """The database is the one of that backup, and the program was started anew."""
        self.database.close_all()
        for extra in ("-wal", "-shm"):
            self.path.with_name(self.path.name + extra).unlink(missing_ok=True)
        self.path.write_bytes(backup)
        self.database = open_database(self.path, bytes(32), self.url)
        self.starts()


class FakeLink:
    """Carries requests in memory. `fate` decides for each: "ok", "lost" (it never arrives),
    "unanswered" (the hall takes it, the answer is lost), "twice" (the hall gets it two times)."""

    def __init__(self, hall: "Hall") -> None:
        self.hall = hall
        self.fates: Iterator[str] = iter(())
        self.seen: list[tuple[str, str, bytes, Answer]] = []
        self.rewrite: Callable[[str, bytes], bytes] = lambda _, body: body
        self.rewrite_answer: Callable[[str, Answer], Answer] = lambda _, answer: answer

    def fate(self, *fates: str) -> None:
        self.fates = iter(fates)

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        fate = next(self.fates, "ok")
        if fate == "lost":
            return Answer(0, why="连不上大厅。", was_reached=False)
        for _ in range(2 if fate == "twice" else 1):
            answer = self.hall.answers(method, path, headers, self.rewrite(path, body))
        self.seen.append((method, path, body, answer))
        if fate == "unanswered":
            return Answer(0, why="连接中途断开了。")
        return self.rewrite_answer(path, answer)

    def wire_bytes(self) -> int:
        return sum(answer.bytes_up + answer.bytes_down for *_, answer in self.seen)


class Hall(PairNode):
    """A node that is also a counter."""

    free_bytes = 2**40

    def has_room(self, free_bytes: int) -> None:
        """So much is left on its disk."""
        self.free_bytes = free_bytes

    def starts(self) -> None:
        super().starts()
        depot = Depot(
            self.keys,
            self.node_id,
            self.handlers,
            self.clock,
            latest=lambda: {"catalog": 7},
            free_bytes=lambda: self.free_bytes,
        )
        self.app = Flask("hall")
        self.app.register_blueprint(blueprint(depot, lambda: using(self.database)))
        self.client = Client(self.app)

    def answers(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        response = self.client.open(path, method=method, headers=dict(headers), data=body)
        names = {name.lower(): value for name, value in response.headers.items()}
        up = len(body) + sum(len(name) + len(value) + 4 for name, value in headers.items()) + 60
        down = len(response.data) + sum(len(name) + len(value) + 4 for name, value in names.items()) + 60
        return Answer(response.status_code, names, response.data, bytes_up=up, bytes_down=down)


def taken_up(node: PairNode) -> list[str]:
    """Let a node take up its own letters again; returns the list in which their subjects turn up."""
    found: list[str] = []
    node.handlers["returned:case."] = lambda ours: found.append(ours.subject)
    return found


class Pair:
    """The two of them, enrolled with each other."""

    def __init__(
        self, folder: Path, url: str | None = None, hall: "Hall | None" = None, number: int = 2
    ) -> None:
        self.folder = folder
        self.hall = hall or Hall(1, "county", folder, url)
        self.station = PairNode(number, "village", folder)
        introduce(self.station, self.hall)
        self.link = FakeLink(self.hall)
        self.restarts_station()

    def restarts_station(self) -> None:
        self.station.starts()
        self.courier = self.courier_of(self.station)

    def courier_of(self, node: PairNode) -> Courier:
        latest = {"catalog": 123}  # what a station says of itself costs bytes, too
        return Courier(
            node.keys, node.node_id, "", node.handlers, node.clock, self.link, latest=lambda: latest
        )

    def exchange(self) -> ExchangeReport:
        with using(self.station.database):
            return self.courier.exchange()

    def adds_station(self, number: int) -> "Pair":
        """Another station of the same hall."""
        return Pair(self.folder, hall=self.hall, number=number)

    def passes(self, seconds: float) -> None:
        for node in (self.station, self.hall):
            node.now += timedelta(seconds=seconds)

    def clone(self, folder: Path) -> PairNode:
        """A copy of the station's disk, in another PC."""
        twin = PairNode.__new__(PairNode)
        twin.__dict__.update(self.station.__dict__)
        twin.folder = folder / "twin"
        twin.folder.mkdir()
        twin.path.write_bytes(self.station.backs_up())
        twin.database = open_database(twin.path, bytes(32))
        twin.effects = []
        twin.starts()
        return twin

    def closes(self) -> None:
        for node in (self.station, self.hall):
            node.database.close_all()


def introduce(station: PairNode, hall: PairNode) -> None:
    """Both know each other, and the station belongs to the hall."""
    with using(hall.database):
        remember(station.record, certify(hall.keys, station.record), NOW)
    with using(station.database):
        remember(hall.record, b"", NOW)
        own = register.Peer.node_id == station.node_id
        register.Peer.update(parent=hall.node_id).where(own).execute()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
