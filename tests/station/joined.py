"""A station that joined a hall, by files as on a stick, and letters between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from station.node import Node
from sync import attachments, bundle, enrolment
from sync.attachments import StoredFile
from sync.mailbox import Arrived
from sync.outbox import Letter, Posted, post
from sync.register import Peer, peer
from sync.rows import write
from tests.tools.counter import Counter
from tests.tools.mail_hall import answering


def join(station: Counter, hall: Counter) -> None:
    """The station asks with a code, the hall grants, the station accepts; no network."""
    at = station.time.at
    with hall.node.using():
        code = enrolment.make_code(station.node.facts.division, at)
    with station.node.using():
        own = Peer.get_or_none(Peer.node_id == station.node.facts.node_id)
        assert own is not None, "a founded node stands in its own register"
        asked = enrolment.request(station.node.keys, own.record, code.text, at)
    with hall.node.using():
        granted = enrolment.grant(hall.node.keys, peer(hall.node.facts.node_id).record, asked, at)
    with station.node.using():
        enrolment.accept(station.node.keys, granted, at)


@contextmanager
def served(node: Counter) -> Iterator[str]:
    """A node's pages and its mail on a port of loopback: their address."""
    with answering(node.app) as port:
        yield f"http://127.0.0.1:{port}"


def accept_notes(node: Node) -> list[Arrived]:
    """Let the node take letters of the kind "note."; returns the list in which they turn up."""
    arrived: list[Arrived] = []
    node.handlers["note."] = arrived.append
    return arrived


def writes(sender: Counter, to: Counter, subject: str = "ab" * 16, **given: Any) -> Posted:
    """The sender posts a letter; given: kind, files."""
    node = sender.node
    with node.using(), write():
        letter = Letter(
            to=to.node.facts.node_id,
            kind=given.get("kind", "note.said"),
            subject=subject,
            payload={"text": "一句话"},
            stamp=node.clock.stamp(),
            files=given.get("files", ()),
        )
        return post(node.keys, node.facts.node_id, letter)


def keeps_file(sender: Counter, data: bytes = b"a scan" * 100) -> StoredFile:
    """A sealed file in the sender's store."""
    with sender.node.using(), write():
        return attachments.store(data, "image/png", "scan.png")


def carries(sender: Counter, receiver: Counter, folder: Path) -> None:
    """A stick from one to the other."""
    with sender.node.using():
        done = bundle.export_bundle(folder / "stick.ymb", sender.node.mailbox, receiver.node.facts.node_id)
    with receiver.node.using():
        bundle.import_bundle(done.path, receiver.node.mailbox, folder)
