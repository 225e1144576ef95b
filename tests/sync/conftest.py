"""A station and a hall that exchange mail."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import attachments
from sync.attachments import StoredFile
from sync.courier import Courier
from sync.rows import using
from sync.transport import HttpTransport
from tests.tools.link import Link
from tests.tools.mail_caller import Caller
from tests.tools.mail_hall import answering
from tests.tools.mail_node import MailNode
from tests.tools.mail_pair import Pair
from tests.tools.mail_trio import Trio


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """An enrolled station and hall, nothing sent yet."""
    pair = Pair(tmp_path)
    yield pair
    pair.closes()


@pytest.fixture
def hall(tmp_path: Path) -> MailNode:
    """A county that takes its mail from sticks."""
    return MailNode(1, "county", tmp_path)


@pytest.fixture
def village(tmp_path: Path, hall: MailNode) -> MailNode:
    """A village without any link that joined it."""
    village = MailNode(2, "village", tmp_path)
    village.joins(hall)
    return village


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """An empty folder on a stick."""
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def caller(pair: Pair) -> Caller:
    """Logged in at the hall as the station."""
    return Caller(pair)


@pytest.fixture
def scan(pair: Pair, caller: Caller) -> StoredFile:
    """A file of 50,000 random bytes that the hall knows of and lacks."""
    scan = pair.station.keeps(os.urandom(50_000))
    pair.station.posts(pair.hall, "c1", [scan])
    pair.hall.takes_stick(pair.station.gives(pair.hall))
    return scan


@pytest.fixture
def sealed(pair: Pair, scan: StoredFile) -> bytes:
    """The bytes of `scan` as they travel."""
    with using(pair.station.database):
        return attachments.sealed_range(scan.sha256, 0, scan.size)


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Trio]:
    """A village below a township below a county, nothing sent yet."""
    trio = Trio(tmp_path)
    yield trio
    trio.closes()


@pytest.fixture
def line(pair) -> Iterator[Link]:
    """The hall behind waitress, and a line to it; `pair.exchange` goes over it."""
    with answering(pair.hall.app) as port, Link(port) as link:
        transport = HttpTransport(f"http://127.0.0.1:{link.port}")
        one = pair.station
        who, latest = (one.keys, one.node_id, "", one.handlers, one.clock), {"catalog": 123}
        pair.courier = Courier(*who, transport, latest=lambda: latest)
        yield link
        transport.close()
