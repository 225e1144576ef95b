"""A station or a hall as a process of its own, for measurements: encrypted file, own keys, nothing but mail.

    python -m tests.benchmarks.mail_node station|hall FOLDER [--profile FILE]

It obeys JSON lines on standard input and answers each with one on standard output. `NodeProcess` is the
other end of that. Databases, web server and its threads are those of the product; what a letter does at the
hall is one row in a table without a unique key, so that a doubled letter would be seen there.
"""

import argparse
import cProfile
import json
import os
import pstats
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import peewee
from flask import Flask
from waitress.server import create_server

from station.database import AnyDatabase, in_use, open_database
from station.settings import Settings
from sync import dictionary, enrolment, outbox, register, tables
from sync.canonical import canonical_json
from sync.clock import Clock, system_clock
from sync.courier import Courier, ExchangeReport
from sync.depot import Depot
from sync.http import blueprint
from sync.keys import NodeKeys
from sync.mailbox import Arrived
from sync.outbox import Letter
from sync.pace import Outcome, next_pause_seconds
from sync.register import NodeRecord, certify, record_of, remember
from sync.rows import Row, using, write
from sync.statements import insert
from tests.benchmarks.cases import SEED, make_cases

STATION, HALL = "station", "hall"
LEVELS = {STATION: "village", HALL: "county"}
IDS = {STATION: "5a" * 16, HALL: "4a" * 16}
NODE_KEY = bytes(range(32))
POSTED_AT_ONCE = 50


class HeldCase(Row):
    """What a case leaves at the hall."""

    id = peewee.AutoField()
    case_id = peewee.CharField(max_length=32, index=True)
    body = peewee.TextField()


@cache
def words(kib: int) -> bytes:
    """A dictionary of so many KiB for cases like ours, trained on made-up ones of another village."""
    return dictionary.train([canonical_json(case) for case in make_cases(2000, SEED + 1)], kib * 1024)


def found(folder: Path, dictionary_kib: int) -> None:
    """A station and a hall that know each other, and the same dictionary, in two folders below `folder`."""
    both = {name: NodeKeys.generate() for name in IDS}
    records = {name: _record(name, keys) for name, keys in both.items()}
    for name, keys in both.items():
        home = folder / name
        home.mkdir()
        (home / "keys").write_bytes(keys.to_bytes())
        database = open_database(home / "node.db", NODE_KEY)
        with using(database), write():
            database.create_tables([*register.TABLES, *enrolment.TABLES, *tables.TABLES, HeldCase])
            for record in records.values():
                remember(record, certify(both[HALL], record), datetime.now(UTC))
            if dictionary_kib:
                dictionary.hold(words(dictionary_kib), datetime.now(UTC))
            register.Peer.update(parent=IDS[HALL]).where(register.Peer.node_id == IDS[STATION]).execute()
        database.close_all()


def _record(name: str, keys: NodeKeys) -> NodeRecord:
    return record_of(keys, IDS[name], LEVELS[name], f"实测{LEVELS[name]}", "440205100202")


class NodeProcess:
    """The process as the measuring program holds it."""

    def __init__(self, name: str, folder: Path, profile: Path | None = None) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.mail_node", name, str(folder / name)]
        command += ["--profile", str(profile)] if profile else []
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready = self._read()

    def ends(self) -> None:
        """Its input ends, and so does it; if it is stuck in something long it is killed."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)

    @property
    def process_id(self) -> int:
        """Of the process."""
        return self._process.pid

    def ask(self, what: str, **more: Any) -> dict[str, Any]:
        """Do something and wait for the answer."""
        self.tell(what, **more)
        return self._read()

    def tell(self, what: str, **more: Any) -> None:
        """Begin something; `answer` waits for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """The answer to the last `tell`."""
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process ended"
        return dict(json.loads(line))


class Node:
    """What both have in common, inside the process."""

    def __init__(self, name: str, folder: Path) -> None:
        self.keys = NodeKeys.from_bytes((folder / "keys").read_bytes())
        self.node_id = IDS[name]
        self.clock: Clock = system_clock(None)
        self.database: AnyDatabase = open_database(folder / "node.db", NODE_KEY)


class Station(Node):
    """Posts cases, and exchanges when told to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(STATION, folder)
        self._courier: Courier | None = None
        self._chance = random.Random()

    def post(self, count: int, seed: int) -> dict[str, Any]:
        """Queue cases, some in one commit."""
        cases = make_cases(count, seed)
        began = time.perf_counter()
        with using(self.database):
            self.post_cases(cases, POSTED_AT_ONCE)
        return {"seconds": time.perf_counter() - began}

    def post_cases(self, cases: list[dict[str, Any]], at_once: int) -> None:
        """Queue these, `at_once` of them in one commit; with the database in use."""
        for start in range(0, len(cases), at_once):
            with write():
                for case in cases[start : start + at_once]:
                    self._post_one(case)

    def _post_one(self, case: dict[str, Any]) -> None:
        stamp = self.clock.stamp()
        letter = Letter(
            to=IDS[HALL], kind="case.received", subject=case["case_id"], payload=case, stamp=stamp
        )
        outbox.post(self.keys, self.node_id, letter)

    def call(self, port: int) -> dict[str, Any]:
        """One exchange."""
        began = time.perf_counter()
        report = self._exchange(port)
        return _facts(report) | {"seconds": time.perf_counter() - began}

    def send_all(self, port: int, seconds_max: float) -> dict[str, Any]:
        """Exchange, at the pace of a real station, until the hall has acknowledged everything."""
        began, history, reports = time.monotonic(), [], []
        while time.monotonic() - began < seconds_max:
            report = self._exchange(port)
            reports.append(_facts(report))
            history.append(report.outcome)
            with using(self.database):
                counts = outbox.counts()
            if counts.made == counts.acknowledged:
                break
            pause = next_pause_seconds(history[-20:], self._chance, 0.0, report.retry_after)
            time.sleep(pause)
        at = time.monotonic()
        return {"at": at, "exchanges": len(reports), "acknowledged": counts.acknowledged, "last": reports[-1]}

    def _exchange(self, port: int) -> ExchangeReport:
        url = f"http://127.0.0.1:{port}"
        self._courier = self._courier or Courier(self.keys, self.node_id, url, {}, self.clock)
        with using(self.database):
            return self._courier.exchange()


def _facts(report: ExchangeReport) -> dict[str, Any]:
    names = ("state", "why", "sent", "acknowledged", "round_trips", "bytes_up", "bytes_down")
    return {name: asdict(report)[name] for name in names} | {"outcome": Outcome(report.outcome).value}


class Hall(Node):
    """The mail counter, behind the product's web server."""

    def __init__(self, folder: Path, profiles: "Profiles") -> None:
        super().__init__(HALL, folder)
        depot = Depot(self.keys, self.node_id, {"case.": hold_case}, self.clock)
        app = Flask("hall")
        app.register_blueprint(blueprint(depot, lambda: in_use(self.database)))
        app.wsgi_app = profiles.around(app.wsgi_app)  # type: ignore[method-assign]
        threads = Settings(data_folder=folder).threads
        self._server = create_server(app, host="127.0.0.1", port=0, threads=threads, ident="")
        self.port = int(self._server.effective_port)
        threading.Thread(target=self._server.run, daemon=True).start()


def hold_case(arrived: Arrived) -> None:
    """The effect of a case: one row."""
    body = json.dumps(arrived.payload, ensure_ascii=False, separators=(",", ":"))
    insert(HeldCase, case_id=arrived.subject, body=body)


class Profiles:
    """One profile a thread, when asked for: a Python profiler sees the thread that started it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[cProfile.Profile] = []

    def around(self, application: Callable[..., Any]) -> Callable[..., Any]:
        """The application, watched."""

        def watched(environ: Any, start_response: Any) -> Any:
            with self.watching():
                return application(environ, start_response)

        return application if self._path is None else watched

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch what this thread does inside."""
        if self._path is None:
            yield
            return
        if not hasattr(self._local, "profile"):
            self._local.profile = cProfile.Profile()
            self._all.append(self._local.profile)
        self._local.profile.enable()
        try:
            yield
        finally:
            self._local.profile.disable()

    def write(self) -> None:
        """All threads together, for `python -m pstats`."""
        if self._path is not None and self._all:
            together = pstats.Stats(self._all[0])
            for one in self._all[1:]:
                together.add(one)
            together.dump_stats(self._path)


def main() -> None:
    """The process: obey until standard input ends."""
    parser = argparse.ArgumentParser(description="A station or a hall for measurements.")
    parser.add_argument("name", choices=[STATION, HALL])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--profile", type=Path)
    asked = parser.parse_args()
    profiles = Profiles(asked.profile)
    node: Any = Station(asked.folder) if asked.name == STATION else Hall(asked.folder, profiles)
    _say({"port": getattr(node, "port", 0)})
    for line in sys.stdin:
        order = json.loads(line)
        with profiles.watching():
            _say(getattr(node, order.pop("do"))(**order))
    profiles.write()
    os._exit(0)  # the web server's threads have nothing to tidy


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
