"""500 stations with 20 cases each call the same hall at once; it is on PostgreSQL, in several processes.

    python -m tests.benchmarks.storm [--stations 500] [--cases 20] [--processes 2] [--streams 3000]

Hall: waitress processes as the product starts them (threads, load gauge, connection limit), one database,
fsync and synchronous_commit on. Load: real couriers, each with its own database, in two processes beside
the hall on the same cores; each keeps the pace of the product. The clock runs from the first call until
the hall's table holds every case. Beside it: the same rows, as the hall stored them, inserted in batches of
100 into empty copies of the tables of the same PostgreSQL, one connection. So many streams stand in the
tables from the start; afterwards it is printed how PostgreSQL finds what one exchange asks for.
"""

import argparse
import json
import logging
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee
import psycopg

from station.database import in_use, open_database
from sync import dictionary, enrolment, register, tables
from sync.clock import system_clock
from sync.depot import Depot
from sync.keys import NodeKeys
from sync.register import certify, record_of, remember
from sync.rows import using, write
from sync.tables import InStream
from tests.benchmarks.cases import SEED, make_cases
from tests.benchmarks.machine import cpu_seconds, resident_mb
from tests.benchmarks.mail_node import HeldCase, hold_case, words
from tests.benchmarks.storm_sides import HALL_ID, Caller, record_for, station_id
from tests.benchmarks.table import print_table
from tests.tools.postgres import running_cluster

BATCH = 100
MANY_ROWS = 400  # a table smaller than this is read whole whatever indexes it has
SECONDS_MAX = 600.0
LOADERS = 2
TABLES = [*register.TABLES, *enrolment.TABLES, *tables.TABLES, HeldCase]


@dataclass(frozen=True)
class Storm:
    """What is asked for."""

    stations: int
    cases: int
    processes: int
    streams: int

    @property
    def total(self) -> int:
        """Cases in all."""
        return self.stations * self.cases


def measure(storm: Storm) -> None:
    """One storm, and the table."""
    folder = Path(tempfile.mkdtemp(prefix="storm-"))
    try:
        with running_cluster(is_durable=True) as cluster:
            url = cluster.make_database()
            prepare(url, folder, storm)
            _storm(url, folder, storm)
            show_plans(url, folder)
    finally:
        shutil.rmtree(folder)


def prepare(url: str, folder: Path, storm: Storm) -> None:
    """The hall's tables and register, the stations' keys, and an empty station to copy."""
    hall_keys, now = NodeKeys.generate(), system_clock(None).now()
    (folder / "hall.keys").write_bytes(hall_keys.to_bytes())
    hall = record_of(hall_keys, HALL_ID, "county", "实测大厅", "440205000000")
    (folder / "hall.json").write_text(json.dumps(hall.to_dict()))
    database = open_database(Path(), b"", url)
    with using(database):
        database.create_tables(TABLES)
        with write():
            remember(hall, b"", now)
            dictionary.hold(words(64), now)
            for number in range(storm.stations):
                keys = NodeKeys.generate()
                (folder / f"{number}.keys").write_bytes(keys.to_bytes())
                record = record_for(number, keys)
                remember(record, certify(hall_keys, record), now)
            _more_streams(storm, now)
    database.close_all()
    template = peewee.SqliteDatabase(str(folder / "template.db"))
    with using(template), write():
        template.create_tables(TABLES)
        number = dictionary.hold(words(64), now)
        tables.AgreedDictionary.create(peer=HALL_ID, number=number)  # they have met before
    template.close()


def _more_streams(storm: Storm, now: Any) -> None:
    """Stations that do not call now, but stand in the register with a stream."""
    keys = NodeKeys.generate()
    for number in range(storm.stations, storm.streams):
        remember(record_for(number, keys), b"", now)
        InStream.create(sender=station_id(number), instance=f"{number:016x}", head="0" * 64)


def show_plans(url: str, folder: Path) -> None:
    """Every query of one exchange, as really asked, and whether PostgreSQL reads a large table whole."""
    asked = queries_of_one_exchange(url, folder)
    with psycopg.connect(url) as connection:
        connection.execute("ANALYZE")
        counted = connection.execute("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'")
        sizes = dict(counted.fetchall())
        whole = []
        for sql, values in asked:
            plan = [row[0] for row in connection.execute(f"EXPLAIN {sql}", values).fetchall()]
            names = [line.split(" on ")[1].split()[0].strip('"') for line in plan if "Seq Scan on" in line]
            whole += [(name, sql[:150]) for name in names if sizes[name] > MANY_ROWS]
    streams, letters = (f"{sizes[name]:,.0f}" for name in ("in_stream", "arrival"))
    title = f"One exchange with {streams} streams and {letters} letters present: {len(asked)} queries"
    rows = whole or [("none", "every one goes by an index")]
    print_table(title, ("large table read whole", "query"), rows)


def queries_of_one_exchange(url: str, folder: Path) -> list[tuple[str, Any]]:
    """What the hall asks its database when a station sends two cases more."""
    database = open_database(Path(), b"", url)
    facts = json.loads((folder / "hall.json").read_text())
    caller = Caller(0, NodeKeys.from_bytes((folder / "0.keys").read_bytes()), folder, facts)
    caller.queues(make_cases(2, SEED - 1))
    parcel = caller.parcel()
    hall_keys = NodeKeys.from_bytes((folder / "hall.keys").read_bytes())
    depot = Depot(hall_keys, HALL_ID, {"case.": hold_case}, system_clock(None))
    listener = Listener()
    log = logging.getLogger("peewee")
    log.addHandler(listener)
    log.setLevel(logging.DEBUG)
    with in_use(database):
        depot.exchange(station_id(0), parcel)
    log.removeHandler(listener)
    database.close_all()
    return [one for one in listener.asked if one[0].split()[0] in ("SELECT", "UPDATE", "DELETE")]


class Listener(logging.Handler):
    """Collects what peewee sends to a database."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """One statement and its values."""
        self.asked.append(record.msg)


def _storm(url: str, folder: Path, storm: Storm) -> None:
    hall_arguments = ["--serve", url, "--folder", str(folder)]
    halls = [_child(hall_arguments) for _ in range(storm.processes)]
    ports = [str(_read(hall)["port"]) for hall in halls]
    share = storm.stations // LOADERS
    loaders = [
        _child(
            ["--load", str(part * share), str(share), "--folder", str(folder), "--ports", ",".join(ports)]
            + ["--cases", str(storm.cases)]
        )
        for part in range(LOADERS)
    ]
    try:
        for loader in loaders:
            _read(loader)
        cpu = [cpu_seconds(hall.pid) for hall in halls]
        with _watching(halls) as peaks:
            began = time.monotonic()
            for loader in loaders:
                _write(loader)
            held, first_half = _wait(url, storm.total, began)
            seconds = time.monotonic() - began
            told = [_read(loader) for loader in loaders]
        used = sum(cpu_seconds(hall.pid) - start for hall, start in zip(halls, cpu, strict=True))
        _report(url, storm, held, seconds, first_half, told, peaks, used)
    finally:
        for child in [*loaders, *halls]:
            child.kill()
            child.wait()


def _report(
    url: str,
    storm: Storm,
    held: int,
    seconds: float,
    half: float,
    told: Sequence[dict[str, Any]],
    peaks: Sequence[float],
    used: float,
) -> None:
    bare_seconds = insert_bare(url)
    calls, most = sum(one["calls"] for one in told), max(one["calls_most"] for one in told)
    ours, bare = held / seconds, held / bare_seconds
    rows = [
        ("cases held / sent", f"{held:,} / {storm.total:,}"),
        ("seconds until all were held (half of them)", f"{seconds:.1f} ({half:.1f})"),
        ("cases a second", f"{ours:.0f}"),
        (f"the same rows in batches of {BATCH}, a second", f"{bare:.0f}"),
        ("ratio", f"{ours / bare:.3f}"),
        (
            "exchanges; most of one station",
            f"{calls}; {most}",
        ),
        ("told to come back later", str(sum(t["refused"] for t in told))),
        ("resident MB of each hall process, at most", " / ".join(f"{peak:.0f}" for peak in peaks)),
        ("CPU seconds of the hall's processes", f"{used:.1f}"),
    ]
    title = (
        f"{storm.stations} stations with {storm.cases} cases each at once, {storm.processes} hall processes"
    )
    print_table(title, ("measure", "value"), rows)


def insert_bare(url: str) -> float:
    """Seconds to insert what the hall stored again, in batches, into empty copies of its tables."""
    with psycopg.connect(url) as connection:
        copies = []
        for name in ("arrival", "held_case"):
            connection.execute(f"CREATE TABLE bare_{name} (LIKE {name} INCLUDING INDEXES)")
            cursor = connection.execute(f"SELECT * FROM {name} ORDER BY id")
            marks = ", ".join("%s" for _ in cursor.description or ())
            copies.append((f"INSERT INTO bare_{name} VALUES ({marks})", cursor.fetchall()))
        connection.commit()
        began = time.monotonic()
        for start in range(0, len(copies[0][1]), BATCH):
            for sql, stored in copies:
                connection.cursor().executemany(sql, stored[start : start + BATCH])
            connection.commit()
        return time.monotonic() - began


def _wait(url: str, total: int, began: float) -> tuple[int, float]:
    half = 0.0
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            [(held,)] = connection.execute("SELECT count(*) FROM held_case").fetchall()
            if not half and held >= total / 2:
                half = time.monotonic() - began
            if held >= total or time.monotonic() - began > SECONDS_MAX:
                return held, half
            time.sleep(0.2)


@contextmanager
def _watching(halls: Sequence["subprocess.Popen[str]"]) -> Iterator[list[float]]:
    """The most memory that each of them has used."""
    peaks, is_over = [0.0 for _ in halls], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.2):
            for place, hall in enumerate(halls):
                peaks[place] = max(peaks[place], resident_mb(hall.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        is_over.set()
        watcher.join()


def _child(arguments: Sequence[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.benchmarks.storm_sides", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _read(child: "subprocess.Popen[str]") -> dict[str, Any]:
    assert child.stdout is not None
    return dict(json.loads(child.stdout.readline()))


def _write(child: "subprocess.Popen[str]") -> None:
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="All stations call at once.")
    parser.add_argument("--stations", type=int, default=500)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--streams", type=int, default=3000)
    asked = parser.parse_args()
    measure(Storm(asked.stations, asked.cases, asked.processes, asked.streams))
