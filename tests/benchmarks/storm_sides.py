"""The two sides of a storm, each a process: one that serves as a hall, one that calls as many stations."""

import argparse
import json
import logging
import shutil
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import peewee
from flask import Flask
from waitress.server import create_server

from station.database import in_use, open_database
from station.server import CONNECTIONS_MAX
from station.settings import Settings
from sync import outbox, register
from sync.clock import system_clock
from sync.courier import Courier
from sync.depot import Depot
from sync.exchange import give
from sync.http import blueprint
from sync.keys import NodeKeys
from sync.mailbox import Mailbox
from sync.outbox import Letter
from sync.pace import Outcome, next_pause_seconds
from sync.register import record_of, remember
from sync.rows import using, write
from sync.storm import Gauge
from tests.benchmarks.cases import SEED, make_cases
from tests.benchmarks.mail_node import hold_case

HALL_ID = "4a" * 16


def station_id(number: int) -> str:
    """32 hex characters."""
    return f"{number:032x}"


def serve(url: str, keys_file: Path) -> None:
    """A process of the hall: serve until standard input ends."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    keys = NodeKeys.from_bytes(keys_file.read_bytes())
    database = open_database(Path(), b"", url)
    threads = Settings(data_folder=keys_file.parent).threads
    gauge = Gauge(threads)
    clock = system_clock(None)
    depot = Depot(keys, HALL_ID, {"case.": hold_case}, clock, retry_after=gauge.retry_after)
    app = Flask("hall")
    app.register_blueprint(blueprint(depot, lambda: in_use(database), gauge))
    limits = {"connection_limit": CONNECTIONS_MAX, "backlog": CONNECTIONS_MAX, "asyncore_use_poll": True}
    server = create_server(app, host="127.0.0.1", port=0, threads=threads, ident="", **limits)
    gauge.waiting = lambda: len(server.task_dispatcher.queue)
    threading.Thread(target=server.run, daemon=True).start()
    print(json.dumps({"port": server.effective_port}), flush=True)
    sys.stdin.read()


class Caller:
    """One station in a loader: its own keys and database, cases queued."""

    def __init__(self, number: int, keys: NodeKeys, folder: Path, facts: dict[str, Any]) -> None:
        self.number, self._keys = number, keys
        self.refused, self.calls = 0, 0
        path = folder / f"{number}.db"
        shutil.copyfile(folder / "template.db", path)
        self._database = peewee.SqliteDatabase(str(path), pragmas={"synchronous": "off"})
        self._clock = system_clock(None)
        now = self._clock.now()
        with using(self._database), write():
            remember(register.NodeRecord.from_dict(facts), b"", now)
            remember(record_for(number, keys), b"", now)
            own = register.Peer.node_id == station_id(number)
            register.Peer.update(parent=HALL_ID).where(own).execute()

    def queues(self, cases: Sequence[dict[str, Any]]) -> None:
        """Post them all."""
        with using(self._database), write():
            for case in cases:
                stamp = self._clock.stamp()
                letter = Letter(
                    to=HALL_ID, kind="case.received", subject=case["case_id"], payload=case, stamp=stamp
                )
                outbox.post(self._keys, station_id(self.number), letter)

    def parcel(self) -> bytes:
        """What it would send now."""
        with using(self._database):
            return give(Mailbox(self._keys, station_id(self.number), self._clock), HALL_ID).data

    def sends_all(self, port: int, chance: Random) -> None:
        """Exchange at the product's pace until all is acknowledged."""
        courier = Courier(self._keys, station_id(self.number), f"http://127.0.0.1:{port}", {}, self._clock)
        history: list[Outcome] = []
        with using(self._database):
            while True:
                report = courier.exchange()
                self.calls += 1
                self.refused += report.outcome == Outcome.REFUSED
                history = [*history, report.outcome][-20:]
                counts = outbox.counts()
                if counts.acknowledged == counts.made:
                    return
                time.sleep(next_pause_seconds(history, chance, 1.0, report.retry_after))


def record_for(number: int, keys: NodeKeys) -> register.NodeRecord:
    """As the hall has it."""
    return record_of(keys, station_id(number), "village", f"实测站{number}", "440205100202", HALL_ID)


def load(first: int, count: int, cases: int, folder: Path, ports: Sequence[int]) -> None:
    """A loader: prepare `count` stations, wait for a line on standard input, let them all call."""
    facts = json.loads((folder / "hall.json").read_text())
    callers = []
    for number in range(first, first + count):
        keys = NodeKeys.from_bytes((folder / f"{number}.keys").read_bytes())
        caller = Caller(number, keys, folder, facts)
        caller.queues(make_cases(cases, SEED + number))
        callers.append(caller)
    print(json.dumps({"ready": count}), flush=True)
    sys.stdin.readline()
    chance = Random(SEED + first)
    threads = [
        threading.Thread(target=one.sends_all, args=(ports[one.number % len(ports)], Random(chance.random())))
        for one in callers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    calls = [one.calls for one in callers]
    told = {"refused": sum(one.refused for one in callers), "calls_most": max(calls), "calls": sum(calls)}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A side of a storm; `tests.benchmarks.storm` starts it.")
    parser.add_argument("--serve", help="address of the hall's database")
    parser.add_argument("--load", nargs=2, type=int, help="first station, how many")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--ports", default="")
    parser.add_argument("--cases", type=int, default=20)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, asked.folder / "hall.keys")
    else:
        load(*asked.load, asked.cases, asked.folder, [int(port) for port in asked.ports.split(",")])
