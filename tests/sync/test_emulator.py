"""The line that the measurements use counts right, cuts both ends, and is never better than it should be.

How much worse than its figures it is depends on this machine; `python -m tests.benchmarks.line` prints that.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.tools.emulator import CLEAN, Emulator, Line


class Echo:
    """Answers with what it gets."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.saw_reset = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                end, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(end,), daemon=True).start()

    def _answer(self, end: socket.socket) -> None:
        try:
            while data := end.recv(65536):
                end.sendall(data)
        except ConnectionResetError:
            self.saw_reset.set()
        finally:
            end.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    one = Echo()
    yield one
    one.close()


@contextmanager
def line_to(echo: Echo, line: Line) -> Iterator[Emulator]:
    with Emulator(echo.port, line) as emulator:
        emulator.goes_up()
        yield emulator


def call(line: Emulator) -> socket.socket:
    return socket.create_connection(("127.0.0.1", line.port), timeout=20)


def read(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := end.recv(65536)):
        data += piece
    return data


def test_everything_arrives_unchanged_and_is_counted_both_ways(echo):
    sent = bytes(range(256)) * 4000
    with line_to(echo, CLEAN) as line, call(line) as end:
        threading.Thread(target=end.sendall, args=(sent,), daemon=True).start()

        assert read(end, len(sent)) == sent
        assert (line.counts().up_bytes, line.counts().down_bytes) == (len(sent), len(sent))


def test_the_last_bytes_before_an_orderly_end_arrive(echo):
    with line_to(echo, Line("slow", 400_000, 0.02)) as line, call(line) as end:
        end.sendall(b"x" * 5000)
        end.shutdown(socket.SHUT_WR)

        assert read(end, 5001) == b"x" * 5000


def test_the_line_is_never_faster_than_its_rate_and_its_delay(echo):
    with line_to(echo, Line("slow", 400_000, 0.1)) as line:
        began = time.monotonic()
        with call(line) as end:
            end.sendall(bytes(20_000))
            read(end, 20_000)
        took = time.monotonic() - began

    assert took >= 0.1 + 0.1 + 0.4 - 0.005  # connecting, there and back, and 20,000 bytes at 50,000 a second


def test_two_connections_share_the_rate_of_the_line(echo):
    with line_to(echo, Line("slow", 800_000)) as line, call(line) as one, call(line) as other:
        began = time.monotonic()
        for end in (one, other):
            threading.Thread(target=end.sendall, args=(bytes(30_000),), daemon=True).start()
        read(one, 30_000)
        read(other, 30_000)
        took = time.monotonic() - began

    assert took >= 60_000 * 8 / 800_000 - 0.005


def test_a_long_transfer_does_not_shut_out_a_short_one(echo):
    with line_to(echo, Line("slow", 800_000)) as line, call(line) as long, call(line) as short:
        threading.Thread(target=_sends_until_reset, args=(long,), daemon=True).start()
        read(long, 30_000)
        before = line.counts().up_bytes
        short.sendall(b"hello")

        assert read(short, 5) == b"hello"
        assert line.counts().up_bytes - before < 200_000
        line.goes_down()


def _sends_until_reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.sendall(bytes(2_000_000))


def test_a_cut_resets_both_ends_and_the_line_is_there_again_at_once(echo):
    with line_to(echo, CLEAN) as line, call(line) as end:
        end.sendall(b"hello")
        read(end, 5)
        line.cut()

        with pytest.raises(ConnectionResetError):
            end.recv(1)
        assert echo.saw_reset.wait(10)
        with call(line) as again:
            again.sendall(b"again")
            assert read(again, 5) == b"again"
        assert line.counts().cuts == 1


def test_a_cut_at_a_byte_happens_once_the_modems_have_sent_so_many(echo):
    with line_to(echo, Line("slow", 4_000_000, cut_at_bytes=(50_000,))) as line, call(line) as end:
        _sends_until_reset(end)
        counts = line.counts()

    assert counts.cuts == 1
    assert counts.total_bytes >= 50_000


def test_a_line_that_is_down_lets_nothing_through(echo):
    with line_to(echo, CLEAN) as line:
        line.goes_down()

        with pytest.raises(OSError), call(line) as end:
            end.sendall(b"hello")
            if end.recv(1) == b"":
                raise ConnectionResetError
        assert line.counts().total_bytes == 0
