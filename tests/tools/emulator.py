"""A thin line for measurements, in a process of its own: it has a rate, a delay, and it breaks.

    with Emulator(hall_port, THIN) as line:
        line.goes_up()
        ... talk to 127.0.0.1:line.port ...
        print(line.counts())

What it models: each direction is one modem. It sends packets of 1,400 bytes one after the other at the
line's rate, whichever connection they belong to; up to 16 of them wait in its queue, and connections
that wait for a place in the queue get one in turn. A packet sent arrives half a round trip later. A new
connection costs one round trip before its first byte may leave; the far side hears of it after half of one,
so that its greeting takes as long after "connected" as on a real line. A cut resets both ends of every
connection, what was on its way is gone, and the line is there again at once.

What it does not model: lost packets, congestion control, TCP and IP headers. Counted are the bytes of
TCP payload that a modem has sent, also those that a cut destroyed on their way.

`tests/tools/link.py` is the one for tests that cut at an exact byte.
"""

import argparse
import asyncio
import json
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

UP, DOWN = "up", "down"
PACKET_BYTES = 1400
PIECE_BYTES = 64 * 1024  # where there is no rate there are no packets either
QUEUE_PACKETS = 16
UNDELIVERED_BYTES_MAX = 512 * 1024  # of a connection whose receiver does not read
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset at once


@dataclass(frozen=True)
class Line:
    """How good a line is. bits_per_second: each way, 0 for no limit. round_trip_seconds: of an empty line.

    cut_every_seconds: 0 for never, else counted from the moment the line goes up. cut_at_bytes: cut when
    the modems have sent so many bytes, both ways together.
    """

    name: str = "clean"
    bits_per_second: float = 0
    round_trip_seconds: float = 0
    cut_every_seconds: float = 0
    cut_at_bytes: tuple[int, ...] = ()


CLEAN = Line()
SHAPED = Line("1 Mbit/s, 200 ms, cut every 10 s", 1_000_000, 0.2, 10)
THIN = Line("128 kbit/s, 600 ms, cut every 20 s", 128_000, 0.6, 20)


@dataclass
class Counts:
    """What passed since the line went up. busy_*: seconds a modem was sending.

    up_at: moment of `goes_up`; first_byte_at: of the first byte sent; both on this machine's monotonic clock.
    """

    up_bytes: int = 0
    down_bytes: int = 0
    connections: int = 0
    cuts: int = 0
    busy_up: float = 0.0
    busy_down: float = 0.0
    up_at: float = 0.0
    first_byte_at: float = 0.0

    @property
    def total_bytes(self) -> int:
        """Both ways."""
        return self.up_bytes + self.down_bytes


class Emulator:
    """The line as a test or a benchmark holds it; the bytes pass through a child process."""

    def __init__(self, target_port: int, line: Line = CLEAN, port: int = 0) -> None:
        """target_port: where the far side listens on loopback. The line is down until `goes_up`.

        port: where the near side finds the line, 0 for any that is free.
        """
        command = [sys.executable, "-m", "tests.tools.emulator", "--target", str(target_port)]
        command += ["--port", str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        ports = json.loads(self._process.stdout.readline())
        self.port: int = ports["port"]
        self._control = socket.create_connection(("127.0.0.1", ports["control"]))
        self._answers = self._control.makefile("r", encoding="ascii")
        self.becomes(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child; what is open is reset."""
        self._control.close()
        self._process.terminate()
        self._process.wait(10)

    @property
    def process_id(self) -> int:
        """Of the child."""
        return self._process.pid

    def becomes(self, line: Line) -> None:
        """Another quality of line, for packets not sent yet."""
        self._ask("becomes", **asdict(line))

    def goes_up(self) -> float:
        """Connections go through; counters start from zero. Returns the moment (monotonic seconds)."""
        return float(self._ask("up")["up_at"])

    def goes_down(self) -> None:
        """Every connection is reset, and new ones are too."""
        self._ask("down")

    def cut(self) -> None:
        """One cut, now."""
        self._ask("cut")

    def counts(self) -> Counts:
        """What passed until now."""
        return Counts(**self._ask("counts"))

    def _ask(self, what: str, **more: Any) -> dict[str, Any]:
        self._control.sendall(json.dumps({"do": what, **more}).encode() + b"\n")
        return dict(json.loads(self._answers.readline()))


class Talk:
    """One connection through the line: two sockets, and what is on its way between them."""

    def __init__(self, near: socket.socket) -> None:
        self.near, self.far = near, near  # `far` until the connection beyond stands
        self.is_over = False
        self.tasks: list[asyncio.Task[None]] = []
        self.arrivals = {UP: Arrivals(), DOWN: Arrivals()}

    def close(self, is_cut: bool) -> None:
        """After a cut both ends see a reset."""
        for end in {self.near, self.far}:
            if is_cut and end.fileno() >= 0:  # an end that has closed by itself is not reset any more
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.close()


class Arrivals:
    """Packets of one connection and direction between modem and receiver, each with its moment."""

    def __init__(self) -> None:
        self._packets: deque[tuple[float, bytes]] = deque()
        self._news = asyncio.Event()
        self.held_bytes = 0

    def add(self, due: float, data: bytes) -> None:
        """A packet that arrives at `due`."""
        self._packets.append((due, data))
        self.held_bytes += len(data)
        self._news.set()

    async def next(self) -> bytes:
        """The next packet, once it has arrived."""
        while not self._packets:
            self._news.clear()
            await self._news.wait()
        due, data = self._packets.popleft()
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        return data

    def taken(self, size: int) -> None:
        """The receiver has read these."""
        self.held_bytes -= size


@dataclass
class Modem:
    """One direction. `queue` is what a real one has: packets of all connections, first come first served."""

    way: str
    queue: "asyncio.Queue[tuple[Talk, bytes, float]]" = field(
        default_factory=lambda: asyncio.Queue(QUEUE_PACKETS)
    )
    free_at: float = 0.0


class Service:
    """The child process: it carries and obeys."""

    def __init__(self, target_port: int, port: int) -> None:
        self.line = CLEAN
        self._port = port
        self.counts = Counts()
        self._target = ("127.0.0.1", target_port)
        self._is_up = False
        self._talks: set[Talk] = set()
        self._modems = {UP: Modem(UP), DOWN: Modem(DOWN)}
        self._cutter: asyncio.Task[None] | None = None
        self._cuts_due: list[int] = []

    async def run(self) -> None:
        """Say where we listen, then carry until the process is ended."""
        self._listener = listener = socket.create_server(("127.0.0.1", self._port), backlog=512)
        listener.setblocking(False)
        control = await asyncio.start_server(self._obey, "127.0.0.1", 0)
        ports = {"port": listener.getsockname()[1], "control": control.sockets[0].getsockname()[1]}
        print(json.dumps(ports), flush=True)
        await asyncio.gather(self._accept(listener), *(self._send(modem) for modem in self._modems.values()))

    async def _obey(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            asked = json.loads(line)
            answer = await self._do(asked.pop("do"), asked)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()

    async def _do(self, what: str, more: dict[str, Any]) -> dict[str, Any]:
        if what == "becomes":
            self.line = Line(**more | {"cut_at_bytes": tuple(more["cut_at_bytes"])})
            self._tune(self._listener)
        elif what == "up":
            self._go_up()
        elif what == "cut":
            await self._cut()
        elif what == "down":
            self._is_up = False
            self._stop_cutter()
            await self._reset_all()
        return asdict(self.counts)

    def _go_up(self) -> None:
        self._is_up, self.counts = True, Counts(up_at=time.monotonic())
        self._cuts_due = sorted(self.line.cut_at_bytes)
        self._stop_cutter()
        if self.line.cut_every_seconds:
            self._cutter = asyncio.create_task(self._cut_again(self.counts.up_at))

    def _stop_cutter(self) -> None:
        if self._cutter is not None:
            self._cutter.cancel()
            self._cutter = None

    async def _cut_again(self, start: float) -> None:
        while True:
            start += self.line.cut_every_seconds
            await asyncio.sleep(start - time.monotonic())
            await self._cut()

    async def _cut(self) -> None:
        self.counts.cuts += 1
        await self._reset_all()

    async def _reset_all(self) -> None:
        talks, self._talks = self._talks, set()
        for talk in talks:
            await _end(talk, is_cut=True)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            near, _ = await loop.sock_accept(listener)
            near.setblocking(False)
            talk = Talk(near)
            if not self._is_up:
                talk.close(is_cut=True)
                continue
            self.counts.connections += 1
            self._talks.add(talk)
            talk.tasks.append(asyncio.create_task(self._carry(talk)))

    async def _carry(self, talk: Talk) -> None:
        """Set the connection up as slowly as the line does, then carry both ways until both have ended."""
        is_cut = False
        try:
            half = self.line.round_trip_seconds / 2
            await asyncio.sleep(half)
            talk.far = await self._reach()
            begun = [
                self._take_in(talk, talk.far, DOWN),
                _deliver(talk, talk.far, UP),
                _deliver(talk, talk.near, DOWN),
            ]
            ways = [asyncio.create_task(one) for one in begun]
            talk.tasks += ways
            await asyncio.sleep(half)
            ways.append(asyncio.create_task(self._take_in(talk, talk.near, UP)))
            talk.tasks.append(ways[-1])
            await asyncio.gather(*ways)
        except OSError:
            is_cut = True  # one end is gone, so the other one is told
        self._talks.discard(talk)
        if not talk.is_over:
            await _end(talk, is_cut)

    def _tune(self, end: socket.socket) -> None:
        """An accepted socket inherits this too: what waits in our memory was not sent by the modem."""
        is_thin = bool(self.line.bits_per_second)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, PACKET_BYTES if is_thin else 32 * 1024 - 1)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * PACKET_BYTES if is_thin else 1024 * 1024)

    async def _reach(self) -> socket.socket:
        far = socket.socket()
        far.setblocking(False)
        try:
            self._tune(far)
            await asyncio.get_running_loop().sock_connect(far, self._target)
        except BaseException:
            far.close()
            raise
        return far

    async def _take_in(self, talk: Talk, source: socket.socket, way: str) -> None:
        """From the sender into the modem's queue, packet by packet; the empty packet is the end."""
        loop, size = asyncio.get_running_loop(), PACKET_BYTES if self.line.bits_per_second else PIECE_BYTES
        data = b"-"
        while data:
            while talk.arrivals[way].held_bytes > UNDELIVERED_BYTES_MAX:
                await asyncio.sleep(0.005)
            data = await loop.sock_recv(source, size)
            await self._modems[way].queue.put((talk, data, time.monotonic()))

    async def _send(self, modem: Modem) -> None:
        """One packet after the other, at the line's rate."""
        while True:
            talk, data, came_at = await modem.queue.get()
            if talk.is_over:
                continue
            start = max(modem.free_at, came_at)  # not "now": this process may have been woken late
            seconds = len(data) * 8 / self.line.bits_per_second if self.line.bits_per_second else 0.0
            modem.free_at = start + seconds
            if modem.free_at - time.monotonic() > 0.001:
                await asyncio.sleep(modem.free_at - time.monotonic())
            if talk.is_over:
                continue
            self._count(modem.way, len(data), seconds)
            talk.arrivals[modem.way].add(modem.free_at + self.line.round_trip_seconds / 2, data)
            if self._cuts_due and self.counts.total_bytes >= self._cuts_due[0]:
                self._cuts_due.pop(0)
                await self._cut()

    def _count(self, way: str, size: int, seconds: float) -> None:
        counts = self.counts
        counts.first_byte_at = counts.first_byte_at or time.monotonic()
        if way == UP:
            counts.up_bytes, counts.busy_up = counts.up_bytes + size, counts.busy_up + seconds
        else:
            counts.down_bytes, counts.busy_down = counts.down_bytes + size, counts.busy_down + seconds


async def _deliver(talk: Talk, sink: socket.socket, way: str) -> None:
    """What has arrived, to the receiver."""
    loop, arrivals = asyncio.get_running_loop(), talk.arrivals[way]
    while data := await arrivals.next():
        await loop.sock_sendall(sink, data)
        arrivals.taken(len(data))
    sink.shutdown(socket.SHUT_WR)


async def _end(talk: Talk, is_cut: bool) -> None:
    """Nothing of it goes on: first its tasks stop, so that none of them uses a closed socket."""
    talk.is_over = True
    tasks = [task for task in talk.tasks if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    talk.close(is_cut)


def main(arguments: Sequence[str] | None = None) -> None:
    """The child process."""
    parser = argparse.ArgumentParser(description="A line to 127.0.0.1:TARGET; prints its ports as JSON.")
    parser.add_argument("--target", type=int, required=True)
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args(arguments)
    asyncio.run(Service(asked.target, asked.port).run())


if __name__ == "__main__":
    main()
