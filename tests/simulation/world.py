"""All machines of one run, the true time, the links and the sticks between them."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import peewee

from sync import attachments, bundle, flight, freight, lanes, outbox, register
from sync.outbox import Letter
from sync.register import certify, remember
from sync.rows import write
from tests.simulation.machine import EPOCH, POISON, Machine
from tests.simulation.network import Link, Network

TOWNSHIP = 240
STRANGER = 250  # the number of a hall of another county, to which a stick may be carried by mistake


@dataclass(frozen=True)
class Stick:
    """A bundle on its way. is_whole: neither cut off nor altered."""

    origin: Machine
    recipient: str
    data: bytes
    is_whole: bool


class World:
    """One county hall, its stations, perhaps a township. machines: all computers in use, copies included."""

    def __init__(self, stations: int, relayed: int = 0) -> None:
        """relayed: so many of the stations belong to a township, through which their mail may go."""
        self.time = 0.0
        self.posted = 0
        self.sticks: list[Stick] = []
        self.network = Network(self.passes, self._clerk)
        self.hall = self._machine("hall", 1, "county")
        self.stranger = self._machine("stranger", STRANGER, "county")
        self.machines = [self.hall]
        self.township = self._townships() if relayed else None
        self.originals = [
            self._joined(number, self.township if number < 2 + relayed else None)
            for number in range(2, 2 + stations)
        ]
        self.machines += self.originals + ([self.township] if self.township else [])
        self.revoked: set[str] = set()

    def passes(self, seconds: float) -> None:
        """The true time goes on."""
        self.time += seconds

    def posts(self, machine: Machine, to: Machine, poison: bool = False, sizes: tuple[int, ...] = ()) -> str:
        """A letter with files of these sizes, in one transaction; its subject names who made it and when."""
        self.posted += 1
        subject = f"{machine.name}{POISON if poison else ''}-{self.posted:05d}"
        with machine.at_work(), write():
            scans = [Random(f"{subject} {size}").randbytes(size) for size in sizes]  # noqa: S311
            stored = [attachments.store(scan, "image/jpeg", "扫描件.jpg") for scan in scans]
            letter = Letter(
                to=to.node_id,
                kind="case.opened",
                subject=subject,
                payload={"text": f"高龄津贴 {subject}", "poison": poison}
                | {"files": [[one.sha256, one.key_b64] for one in stored]},
                stamp=machine.clock.stamp(),
                files=[one.sha256 for one in stored],
            )
            outbox.post(machine.keys, machine.node_id, letter)
        return subject

    def exports(self, machine: Machine, to: Machine) -> Stick:
        """A bundle for another machine, written by the real code into a folder and taken from there."""
        with _folder() as folder, machine.at_work():
            path = folder / "stick.ymb"
            bundle.export_bundle(path, machine.box, to.node_id)
            return Stick(machine, to.node_id, path.read_bytes(), True)

    def imports(self, machine: Machine, stick: Stick) -> bundle.Imported:
        """The bundle is read by this machine. Raises what `bundle.import_bundle` raises."""
        with _folder() as folder, machine.at_work():
            path = folder / "came.ymb"
            path.write_bytes(stick.data)
            return bundle.import_bundle(path, machine.box, folder)

    def revokes(self, station: Machine, last_trusted_seq: int) -> None:
        """The hall withdraws the keys of a station."""
        with self.hall.at_work():
            register.revoke(station.node_id, last_trusted_seq, self.hall.clock.now())
        self.revoked.add(station.node_id)

    def notes_revoked(self) -> None:
        """Of a hall that died while it withdrew a key, only its disk knows whether it did."""
        self.revoked |= {row[0] for row in self.hall.rows("SELECT node_id FROM peer WHERE state = 'revoked'")}

    def digest(self) -> str:
        """SHA-256, in hex, of all letters on all disks."""
        whole = hashlib.sha256()
        for machine in self.machines:
            for sql in (
                "SELECT hash, sealed FROM out_letter ORDER BY id",
                "SELECT * FROM arrival ORDER BY id",
            ):
                whole.update(repr(machine.rows(sql)).encode())
        return whole.hexdigest()

    def closes(self) -> None:
        """Let all programs go."""
        for machine in [*self.machines, self.stranger]:
            machine.ends()

    @contextmanager
    def in_order(self) -> Iterator[None]:
        """Inside, requests that are under way together reach the hall in a drawn order, in this thread."""
        lanes_in_order = Interleaved(Random(f"{len(self.machines)} lanes"))  # noqa: S311
        with (
            patch.object(flight, "time", SimpleNamespace(monotonic=lambda: self.time)),
            patch.object(freight, "time", SimpleNamespace(monotonic=lambda: self.time)),
            patch.object(lanes, "sleep", lambda _: None),
            patch.object(lanes, "ThreadPoolExecutor", lambda *_, **__: Pool(lanes_in_order)),
            patch.object(lanes, "wait", lanes_in_order.wait),
        ):
            yield

    def _machine(self, name: str, number: int, level: str) -> Machine:
        machine = Machine(name, number, level, lambda: self.time)
        with machine.at_work():
            remember(machine.record, b"", EPOCH)
        if level == "county":
            machine.clock.lead()
        return machine

    def _townships(self) -> Machine:
        township = self._machine("township", TOWNSHIP, "township")
        self._belongs(township, self.hall)
        self.connects(township, [self.hall])
        return township

    def _joined(self, number: int, township: Machine | None) -> Machine:
        """A station that is enrolled at the township or at the county."""
        station = self._machine(f"s{number - 1}", number, "village")
        self._belongs(station, township or self.hall)
        if township is not None:
            with station.at_work():
                remember(self.hall.record, b"", EPOCH)
                _set_parent(township, self.hall)
            with self.hall.at_work():
                remember(station.record, certify(township.keys, station.record), EPOCH)
                _set_parent(station, township)
        self.connects(station, [township, self.hall] if township else [self.hall])
        return station

    def _belongs(self, node: Machine, hall: Machine) -> None:
        with hall.at_work():
            remember(node.record, certify(hall.keys, node.record), EPOCH)
            _set_parent(node, hall)
        with node.at_work():
            remember(hall.record, b"", EPOCH)
            _set_parent(node, hall)

    def connects(self, machine: Machine, halls: list[Machine]) -> None:
        """Give a machine lines of its own to these halls."""
        machine.lines = {hall.name: (hall, Link(self.network, machine, hall)) for hall in halls}
        machine.restarts()

    def _clerk(self, machine: Machine) -> None:
        """Somebody makes a letter while the program is exchanging."""
        self.posts(machine, self.hall)


def _set_parent(node: Machine, hall: Machine) -> None:
    register.Peer.update(parent=hall.node_id).where(register.Peer.node_id == node.node_id).execute()


class Interleaved:
    """In the place of threads: of all requests under way, which one comes to its hall next is drawn."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._waiting: dict[Future[Any], Callable[[], Any]] = {}

    def submit(self, act: Callable[..., Any], *facts: Any) -> "Future[Any]":
        """As of an executor."""
        future: Future[Any] = Future()
        self._waiting[future] = lambda: act(*facts)
        return future

    def wait(self, futures: Iterable["Future[Any]"], **_: Any) -> tuple[set["Future[Any]"], None]:
        """As concurrent.futures.wait, for the first one."""
        chosen = self._chance.choice(list(futures))
        self.finish(chosen)
        return {chosen}, None

    def finish(self, future: "Future[Any]") -> None:
        """It comes to its hall now, unless it did; what stops it stops whoever waits for it too."""
        act = self._waiting.pop(future, None)
        if act is None:
            return
        try:
            future.set_result(act())
        except BaseException as error:
            future.set_exception(error)
            raise


class Pool:
    """In the place of one executor, all of which share one order."""

    def __init__(self, order: Interleaved) -> None:
        self._order = order
        self._own: list[Future[Any]] = []

    def submit(self, act: Callable[..., Any], *facts: Any) -> "Future[Any]":
        """As of an executor."""
        self._own.append(self._order.submit(act, *facts))
        return self._own[-1]

    def shutdown(self, **_: Any) -> None:
        """What nobody waits for any more still arrives."""
        for future in self._own:
            self._order.finish(future)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder in memory where there is one."""
    memory = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


def is_full(machine: Machine, error: BaseException) -> bool:
    """Whether an error is the honest answer of a full disk."""
    return isinstance(error, peewee.OperationalError) and machine.disk.room_bytes is not None
