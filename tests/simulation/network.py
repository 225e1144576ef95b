"""The links: every request goes through the real counter of the hall, and meets a drawn fate.

A fate is one letter in a string, one for each request of an exchange; when they are used up, all goes well.
Cut answers never reach the caller: a client of HTTP knows how long a body has to be. Damaged and short
ones are for what stands between, and have to be refused by the mail itself.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import peewee

from sync.transport import Answer
from tests.simulation.machine import Machine

FATES = {
    ".": "arrives",
    "l": "lost",  # the request never arrives
    "u": "unanswered",  # it is taken, the answer is lost
    "d": "doubled",  # it arrives twice
    "k": "kept",  # lost, but it arrives later, after others
    "c": "cut short",  # a part of the body arrives as if it were all
    "a": "altered",  # a byte of the body is another one
    "C": "answer cut short",
    "A": "answer altered",
    "p": "clerk posts",  # a letter is made while the request is on its way
}
REQUESTS_MAX = 1500  # of one exchange
FAULTS = "".join(FATES)[1:]


class Endless(Exception):
    """An exchange goes on and on."""


@dataclass(frozen=True)
class Kept:
    """A request that is still on its way."""

    hall: Machine
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Exchanged:
    """What passed between two machines."""

    machine: Machine
    hall: Machine
    path: str
    body: bytes
    answer: Answer


@dataclass
class Network:
    """All links.

    pass_time: moves the true time by seconds. clerk: posts a letter at a machine. passed: is told of every
    unspoilt request that a hall answered.
    """

    pass_time: Callable[[float], None]
    clerk: Callable[[Machine], None]
    passed: Callable[["Exchanged"], None] = lambda _: None
    kept: list[Kept] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    requests: int = 0

    def deliver_late(self, index: int) -> None:
        """A request that was kept arrives now; nobody waits for its answer."""
        late = self.kept.pop(index % len(self.kept))
        self.count("late")
        self.ask(late.hall, late.method, late.path, late.headers, late.body)

    def count(self, name: str) -> None:
        """Remember that a fault was played."""
        self.faults[name] = self.faults.get(name, 0) + 1

    def ask(self, hall: Machine, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request to the program of a hall; status 0 when the hall dies of it, 500 on its full disk."""
        self.requests += 1
        try:
            answer = _call(hall.app, method, path, headers, body)
        except BaseException as error:
            if hall.disk.is_dead:
                return _NOTHING
            if isinstance(error, peewee.OperationalError) and hall.disk.room_bytes is not None:
                return Answer(500, why="大厅的磁盘满了。")
            raise
        if hall.disk.is_dead:
            return _NOTHING
        return answer


_NOTHING = Answer(0, why="连接中途断开了。")


class Link:
    """The line of one machine to one hall."""

    def __init__(self, network: Network, machine: Machine, hall: Machine) -> None:
        self._network, self._machine, self._hall = network, machine, hall
        self._fates, self._chance, self._seconds = "", Random(0), 0.1  # noqa: S311
        self._asked = 0

    def prepare(self, fates: str, chance: Random, seconds: float) -> None:
        """What the next requests will meet. seconds: what each takes."""
        self._fates, self._chance, self._seconds, self._asked = fates, chance, seconds, 0

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """See sync.transport.Transport."""
        network, machine, hall = self._network, self._machine, self._hall
        fate = self._fates[self._asked] if self._asked < len(self._fates) else "."
        self._asked += 1
        if self._asked > REQUESTS_MAX:
            raise Endless(f"{machine.name} does not come to the end of an exchange")
        network.pass_time(self._seconds)
        if fate != ".":
            network.count(FATES[fate])
        if fate == "l":
            return Answer(0, why="连不上大厅。", was_reached=False)
        if fate == "k":
            network.kept.append(Kept(hall, method, path, dict(headers), body))
            return _NOTHING
        if fate == "p":
            network.clerk(machine)
        sent = self._spoil(body, fate == "c", fate == "a")
        answer = network.ask(hall, method, path, headers, sent)
        if fate == "d":
            answer = network.ask(hall, method, path, headers, sent)
        if answer.status and sent == body:
            network.passed(Exchanged(machine, hall, path, body, answer))
        if fate == "u" or answer.status == 0:
            return _NOTHING
        came = self._spoil(answer.body, fate == "C", fate == "A")
        up, down = len(sent) + 200, len(came) + 150
        return Answer(answer.status, answer.headers, came, "", True, self._seconds, up, down)

    def close(self) -> None:
        """See sync.transport.Transport."""

    def _spoil(self, body: bytes, is_cut: bool, is_altered: bool) -> bytes:
        if not body or not (is_cut or is_altered):
            return body
        at = self._chance.randrange(len(body))
        return (
            body[:at]
            if is_cut
            else body[:at] + bytes([body[at] ^ self._chance.randrange(1, 256)]) + body[at + 1 :]
        )


def _call(app: Any, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """One call of a WSGI application, without the weight of a test client."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "hall",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    head: list[Any] = []
    pieces = app.wsgi_app(environ, lambda status, fields, _=None: head.extend((status, fields)))
    data = b"".join(pieces)
    getattr(pieces, "close", lambda: None)()
    names = {name.lower(): value for name, value in head[1]}
    return Answer(int(head[0][:3]), names, data)
