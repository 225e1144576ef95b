"""A hall and a village that know each other, and samples of all they say; made anew in each process.

Keys are fresh, so nothing a corpus holds is ever truly signed: only what `World` gives is. Whatever a
target does to the two nodes is undone again, so that each input meets the same state.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path

from flask import Flask
from werkzeug.test import Client

from sync import enrolment, exchange, tables
from sync.depot import Depot
from sync.envelope import Envelope
from sync.http import blueprint
from sync.keys import NodeKeys, Statement
from sync.parcel import Parcel
from sync.register import NodeRecord, record_of
from sync.session import answer_nonce
from tests.tools.mail_node import NOW, MailNode

NEW_DIVISION = "440205104209"


class Breach(AssertionError):
    """A property of the mail that does not hold for some input."""


class World:
    """number of letters: one that the hall holds with its file half sent, two more on their way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hall = MailNode(1, "county", folder)
        self.village = MailNode(2, "village", folder)
        self.village.joins(self.hall)
        self._talk()
        depot = Depot(self.hall.keys, self.hall.node_id, self.hall.box.handlers, self.hall.box.clock)
        app = Flask("hall")
        app.config["PROPAGATE_EXCEPTIONS"] = True
        app.register_blueprint(blueprint(depot))
        self.client = Client(app)
        with self.hall.at_work():
            self.code = enrolment.make_code(NEW_DIVISION, NOW).text
            self.token = self.client.post("/sync/v1/session", data=self.login()).json["token"]
        assert len(self.true_headers) == 4  # now, before any target adds to what a node holds

    def _talk(self) -> None:
        """c1 went to the hall and was answered; its file is half there; c2 and c3 wait."""
        self.village.writes(self.hall, "c1", {"text": "高龄津贴"}, [b"scan " * 200])
        self._carry(self.village, self.hall)
        self.hall.writes(self.village, "c1", {"decision": "准予"}, [b"result " * 100])
        self._carry(self.hall, self.village)
        with self.village.at_work():
            self.file = tables.SealedFile.get(tables.SealedFile.owner == "")
            self.sealed = b"".join(bytes(row.data) for row in tables.FileChunk.select())[: self.file.size]
        with self.hall.at_work():
            exchange.receive_file(self.hall.box, self.village.node_id, self.file.sha256, 0, self.sealed[:500])
            self.result = tables.SealedFile.get(tables.SealedFile.owner == "").sha256
        self.village.writes(self.hall, "c2", {"text": "社会保险"}, [b"second"])
        self.village.writes(self.hall, "c3", {"text": "生育登记"})

    def _carry(self, sender: MailNode, taker: MailNode) -> None:
        with sender.at_work():
            data = exchange.give(sender.box, taker.node_id).data
        with taker.at_work():
            exchange.take(taker.box, data, "link", sender.node_id)

    def login(self) -> str:
        """A fresh nonce of the hall, signed by the village; to be called with the hall at work."""
        nonce = self.client.post("/sync/v1/exchange").json["nonce"]
        village = self.village
        return answer_nonce(village.keys, village.node_id, self.hall.node_id, nonce, NOW).to_json()

    @cached_property
    def parcels(self) -> tuple[bytes, bytes]:
        """What the village would send now, and what the hall would answer."""
        with self.village.at_work():
            asked = exchange.give(self.village.box, self.hall.node_id)
        with undone(self.hall):
            exchange.take(self.hall.box, asked.data, "link", self.village.node_id)
            answered = exchange.give(self.hall.box, self.village.node_id, asked.manifest)
        return asked.data, answered.data

    @cached_property
    def words(self) -> list[Statement]:
        """Signed words of all kinds: manifests of both, an acknowledgement by the hall."""
        both = [Parcel.from_bytes(data) for data in self.parcels]
        return [word for parcel in both for word in (parcel.manifest, *parcel.acks, *parcel.receipts)]

    @cached_property
    def envelopes(self) -> tuple[Envelope, ...]:
        """The village's letters that the hall has not got."""
        return Parcel.from_bytes(self.parcels[0]).envelopes

    @cached_property
    def bundle(self) -> bytes:
        """The same on a stick."""
        return self.village.exports(self.hall, self.folder / "sample.ymb").path.read_bytes()

    @cached_property
    def joining(self) -> tuple[NodeKeys, NodeRecord, Statement, Statement]:
        """A node that asks to join with a good code, its request, and the grant that answers it."""
        keys = NodeKeys.generate()
        record = record_of(keys, "0c" * 16, "village", "新站", NEW_DIVISION)
        with self.village.at_work():
            asked = enrolment.request(keys, record, self.code, NOW)
        with undone(self.hall):
            granted = enrolment.grant(self.hall.keys, self.hall.record, asked, NOW)
        return keys, record, asked, granted

    @cached_property
    def true_headers(self) -> set[bytes]:
        """The header bytes that the two have really signed."""
        headers = {envelope.header for envelope in self.envelopes}
        for node in (self.hall, self.village):
            with node.at_work():
                headers |= {bytes(row.header) for row in tables.Arrival.select()}
        return headers


@contextmanager
def undone(node: MailNode) -> Iterator[None]:
    """With the node at work; afterwards it is as it was."""
    with node.at_work(), node.database.atomic() as whole:
        try:
            yield
        finally:
            whole.rollback()
            node.arrived.clear()


@cache
def world() -> World:
    """The one of this process; its folder goes when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="fuzz-")
    made = World(Path(folder.name))
    made.keeps = folder  # type: ignore[attr-defined]
    return made


def dumps(value: object) -> bytes:
    """JSON as most programs write it."""
    return json.dumps(value).encode()
