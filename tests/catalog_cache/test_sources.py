"""Files over a real loopback server that may be slow, rude or cut off, and files on a stick."""

import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from catalog_cache.distribution.sources import FolderSource, HttpSource
from catalog_cache.errors import NotServed, SourceUnreachable, UpdateRefused
from tests.catalog_cache.press import Press, Station


class RudeServer:
    """Serves a folder; on command it breaks off, redirects, or answers with an error.

    cut_after: bytes of a body after which the connection is dropped, as often as `cuts` says.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.cut_after, self.cuts, self.status = folder, 0, 0, 200
        self.knows_ranges = True
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stops(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        path = self.folder / request.path.lstrip("/")
        if self.status != 200 or not path.is_file():
            request.send_response(self.status if self.status != 200 else 404)
            request.send_header("Location", "http://192.0.2.1/elsewhere")
            request.end_headers()
            return
        data = path.read_bytes()
        start = int(request.headers.get("Range", "bytes=0-")[6:-1]) if self.knows_ranges else 0
        if start >= len(data) > 0 and start:
            request.send_response(416)
            request.end_headers()
            return
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(data) - start))
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        request.end_headers()
        body = data[start:]
        if self.cuts and len(body) > self.cut_after:
            self.cuts -= 1
            body = body[: self.cut_after]
        request.wfile.write(body)


@pytest.fixture
def server(press: Press) -> Iterator[RudeServer]:
    server = RudeServer(press.folder)
    yield server
    server.stops()


@pytest.fixture
def large(press: Press, tmp_path: Path) -> Path:
    """A file of 300,000 bytes on the server's shelf."""
    path = press.folder / "targets" / "large.bin"
    path.write_bytes(os.urandom(300_000))
    return path


def test_a_station_updates_over_http(server: RudeServer, far: Station):
    report = far.updates(server.url)

    assert (report.state, report.version, report.requests) == ("new", 1, 7)
    assert server.asked[:4] == [
        f"/metadata/{n}" for n in ("2.root.json", "timestamp.json", "2.snapshot.json", "1.targets.json")
    ]


def test_a_cut_off_transfer_is_finished_and_nothing_is_sent_twice(
    server: RudeServer, large: Path, tmp_path: Path
):
    server.cut_after, server.cuts = 50_000, 4
    source = HttpSource.at(server.url)

    assert source.target("large.bin", 300_000, tmp_path / "part") == large.read_bytes()
    assert (source.requests, source.bytes_read) == (5, 300_000)


def test_a_transfer_cut_off_by_a_restart_goes_on_at_the_next_attempt(
    server: RudeServer, large: Path, tmp_path: Path
):
    (tmp_path / "part").write_bytes(large.read_bytes()[:200_000])
    source = HttpSource.at(server.url)

    assert source.target("large.bin", 300_000, tmp_path / "part") == large.read_bytes()
    assert source.bytes_read == 100_000


def test_a_part_that_is_already_whole_is_not_fetched_again(server: RudeServer, large: Path, tmp_path: Path):
    (tmp_path / "part").write_bytes(large.read_bytes())
    source = HttpSource.at(server.url)

    assert source.target("large.bin", 300_000, tmp_path / "part") == large.read_bytes()
    assert source.bytes_read == 0


def test_a_server_without_ranges_sends_the_file_again_from_the_start(
    server: RudeServer, large: Path, tmp_path: Path
):
    server.cut_after, server.cuts, server.knows_ranges = 50_000, 1, False

    assert HttpSource.at(server.url).target("large.bin", 300_000, tmp_path / "part") == large.read_bytes()


def test_a_server_that_gives_nothing_more_is_left_and_what_came_is_kept(
    server: RudeServer, large: Path, tmp_path: Path
):
    (tmp_path / "part").write_bytes(large.read_bytes()[:1000])
    server.cut_after, server.cuts = 0, 9

    with pytest.raises(SourceUnreachable, match="传输中断"):
        HttpSource.at(server.url).target("large.bin", 300_000, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == large.read_bytes()[:1000]
    assert server.cuts == 8


def test_more_bytes_than_signed_are_not_taken(server: RudeServer, large: Path, tmp_path: Path):
    with pytest.raises(UpdateRefused) as refused:
        HttpSource.at(server.url).target("large.bin", 299_999, tmp_path / "part")
    assert refused.value.reason == "limit"


def test_a_part_of_another_file_is_thrown_away_and_the_next_attempt_succeeds(
    press: Press, server: RudeServer, far: Station
):
    press.publishes(2, *(f"事项{n}" for n in range(900)))
    [name] = (path.name for path in (press.folder / "targets").rglob("*.xz"))
    part = far.metadata_dir / "incoming" / f"county_440205000000_{name}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"not an xz at all")

    assert far.updates(server.url).state == "new"
    assert list(part.parent.iterdir()) == []


def test_no_link_is_an_ordinary_answer(far: Station, press: Press):
    far.updates()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        report = far.updates(f"http://127.0.0.1:{nobody.getsockname()[1]}")

    assert (report.state, report.version) == ("offline", 1)
    assert "连不上" in report.why
    assert far.attested_at == press.now


@pytest.mark.parametrize("status", [301, 302, 307, 500, 503])
def test_redirects_and_server_errors_count_as_no_link(server: RudeServer, far: Station, status: int):
    server.status = status

    assert far.updates(server.url).state == "offline"
    assert len(server.asked) == 1


@pytest.mark.parametrize("url", ["ftp://x/", "http://", "javascript:alert(1)"])
def test_an_address_that_is_none_is_refused(url: str):
    with pytest.raises(UpdateRefused, match="不是 http"):
        HttpSource.at(url)


def test_a_stick_without_the_folder_is_an_ordinary_answer(far: Station, tmp_path: Path):
    assert far.updates(tmp_path / "no-stick").state == "offline"


def test_a_stick_that_lacks_the_catalog_is_told_apart(far: Station, tmp_path: Path):
    (tmp_path / "stick").mkdir()
    report = far.updates(tmp_path / "stick")

    assert (report.state, report.version) == ("refused", 0)
    assert "timestamp.json" in report.why


def test_a_link_on_a_stick_is_not_followed(press: Press, far: Station, tmp_path: Path):
    stick = press.copies_to(tmp_path / "stick")
    (stick / "metadata/timestamp.json").unlink()
    (stick / "metadata/timestamp.json").symlink_to(press.folder / "metadata/timestamp.json")

    report = far.updates(stick)

    assert report.state == "refused"
    assert "符号链接" in report.why


def test_a_linked_folder_on_a_stick_is_not_followed(press: Press, far: Station, tmp_path: Path):
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "metadata").symlink_to(press.folder / "metadata")

    assert "符号链接" in far.updates(stick).why


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_on_a_stick_does_not_hang_the_station(press: Press, far: Station, tmp_path: Path):
    stick = press.copies_to(tmp_path / "stick")
    (stick / "metadata/timestamp.json").unlink()
    os.mkfifo(stick / "metadata/timestamp.json")

    assert "不是普通文件" in far.updates(stick).why


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a//b", "a/./b", "a\\b", ""])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str):
    with pytest.raises((UpdateRefused, NotServed)):
        FolderSource(tmp_path).target(name, 10)
