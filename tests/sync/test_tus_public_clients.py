"""tuspy and tus-js-client, unchanged, bring a file to our counter over a line that dies every 700 kB."""

import os
from collections.abc import Iterator

import pytest

from sync.attachments import StoredFile
from sync.rows import using
from sync.tables import PartialUpload
from tests.tools.emulator import Emulator, Line
from tests.tools.mail_caller import Caller
from tests.tools.mail_hall import answering
from tests.tools.tus_clients import send_with_tus_js, send_with_tuspy

SCAN_BYTES = 3_000_000
DIES_EVERY = 700_000
DYING = Line("dies every 700 kB", cut_at_bytes=tuple(range(DIES_EVERY, 60_000_000, DIES_EVERY)))
KIB = 1024


@pytest.fixture
def line(pair) -> Iterator[Emulator]:
    """To the hall, behind waitress."""
    with answering(pair.hall.app, threads=4) as port, Emulator(port, DYING) as line:
        line.goes_up()
        yield line


@pytest.fixture
def scan(pair) -> StoredFile:
    """A file of 3 MB that the hall knows of and lacks."""
    scan = pair.station.keeps(os.urandom(SCAN_BYTES))
    pair.station.posts(pair.hall, "c1", [scan])
    pair.hall.takes_stick(pair.station.gives(pair.hall))
    return scan


@pytest.fixture
def token(pair) -> str:
    """Of a session of the station: what a client is given to carry in its headers."""
    return Caller(pair).headers["Authorization"].removeprefix("Bearer ")


def endpoint(line: Emulator) -> str:
    return f"http://127.0.0.1:{line.port}/files/"


@pytest.mark.parametrize("chunk_kib", [64, 256])
def test_tuspy_completes(pair, line, scan, sealed, token, chunk_kib):
    send_with_tuspy(endpoint(line), token, scan.sha256, sealed, chunk_kib * KIB)

    assert line.counts().cuts >= 4
    assert pair.hall.has_whole(scan)


def test_tus_js_client_completes(pair, line, scan, sealed, token, tmp_path):
    told = send_with_tus_js(
        tmp_path,
        endpoint(line),
        token,
        scan.sha256,
        sealed,
        chunkSize=128 * KIB,
        uploadDataDuringCreation=True,
    )

    assert told["retries"] >= 1 and line.counts().cuts >= 4
    assert pair.hall.has_whole(scan)


def test_tus_js_client_completes_with_parts_side_by_side(pair, line, scan, sealed, token, tmp_path):
    send_with_tus_js(
        tmp_path, endpoint(line), token, scan.sha256, sealed, chunkSize=64 * KIB, parallelUploads=3
    )

    assert line.counts().cuts >= 4
    assert pair.hall.has_whole(scan)
    with using(pair.hall.database):
        assert PartialUpload.select().count() == 0


def test_tus_js_client_completes_behind_a_proxy_that_knows_only_post(
    pair, line, scan, sealed, token, tmp_path
):
    send_with_tus_js(
        tmp_path,
        endpoint(line),
        token,
        scan.sha256,
        sealed,
        chunkSize=128 * KIB,
        overridePatchMethod=True,
    )

    assert pair.hall.has_whole(scan)


def test_without_a_session_a_public_client_gets_nowhere(pair, line, scan, sealed, tmp_path):
    with pytest.raises(AssertionError, match="401"):
        send_with_tus_js(tmp_path, endpoint(line), "guessed", scan.sha256, sealed, chunkSize=128 * KIB)

    assert not pair.hall.has_whole(scan)
