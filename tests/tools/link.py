"""A bad line between two nodes on this machine: it counts, delays, slows down and cuts.

    with Link(hall_port) as link:
        link.cut_after(up=1500)      # the 1,501st byte towards the hall never arrives
        ... talk to 127.0.0.1:link.port ...
        assert link.cuts == 1

A cut resets both ends at once, as a modem that loses its carrier does; connections made after it
go through.
"""

import socket
import struct
import threading
import time
from typing import Self

PIECE_BYTES = 16 * 1024
UP, DOWN = "up", "down"


class Link:
    """A TCP proxy on a port of its own. Bytes are counted as they are passed on, per direction."""

    def __init__(self, port: int, bytes_per_second: float = 0, latency_seconds: float = 0) -> None:
        """port: where the hall listens. bytes_per_second: each way, 0 for no limit."""
        self._target = ("127.0.0.1", port)
        self._rate = bytes_per_second
        self._latency = latency_seconds
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._until_cut: dict[str, int | None] = {UP: None, DOWN: None}
        self._is_down = False
        self.passed = {UP: 0, DOWN: 0}
        self.connections = 0
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._reset_all()

    def cut_after(self, up: int | None = None, down: int | None = None) -> None:
        """Let so many more bytes through in a direction, then cut once. None: no limit."""
        with self._lock:
            self._until_cut = {UP: up, DOWN: down}

    def goes_down(self) -> None:
        """Nothing goes through, and nobody answers, until `comes_up`."""
        self._is_down = True
        self._reset_all()

    def comes_up(self) -> None:
        """The line works again."""
        self._is_down = False

    def forget(self) -> None:
        """Set the counters back and close what is open, so that the next talk starts afresh."""
        self._reset_all()
        with self._lock:
            self._until_cut = {UP: None, DOWN: None}
            self.passed = {UP: 0, DOWN: 0}
            self.connections = self.cuts = 0

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_down:
                _reset(near)
                continue
            self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self._target, timeout=5)
            far.settimeout(None)
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:  # nobody there, or the caller has gone again
            _reset(near)
            return
        with self._lock:
            self._open |= {near, far}
            self.connections += 1
        for source, sink, way in ((near, far, UP), (far, near, DOWN)):
            threading.Thread(target=self._carry, args=(source, sink, way), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        try:
            while data := source.recv(PIECE_BYTES):
                time.sleep(self._latency + (len(data) / self._rate if self._rate else 0))
                allowed, is_cut = self._take(way, len(data))
                sink.sendall(data[:allowed])
                if is_cut:
                    self._reset_all()
                    return
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other direction has closed both ends
        finally:
            with self._lock:
                self._open.discard(source)
            source.close()

    def _take(self, way: str, size_bytes: int) -> tuple[int, bool]:
        """How many of these bytes may pass, and whether the line is cut behind them."""
        with self._lock:
            left = self._until_cut[way]
            is_cut = left is not None and size_bytes > left
            allowed = left if is_cut and left is not None else size_bytes
            if is_cut:
                self._until_cut = {UP: None, DOWN: None}
                self.cuts += 1
            elif left is not None:
                self._until_cut[way] = left - size_bytes
            self.passed[way] += allowed
            return allowed, is_cut

    def _reset_all(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            _reset(end)


def _reset(end: socket.socket) -> None:
    """Close so that the peer sees a reset at once, not an orderly end."""
    try:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RD)  # wakes the thread that reads here; sends nothing
    except OSError:
        pass
    end.close()
