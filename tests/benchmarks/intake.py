"""Confirmed intakes a second, whole and power-safe, beside a bare SQLite FULL insert of the same bytes.

A whole intake: number, case, events, receipt PDF with its signed QR code, a sealed 100 KB scan, two
sealed and signed letters, all in one commit to the encrypted file. The baseline writes the same number of
bytes as one row and one commit into a plain file. The last line says what drawing the paper costs.
"""

import os
import secrets
import sqlite3
import tempfile
import time
from pathlib import Path

from station.cases import papers
from station.cases.intake import Checked
from station.cases.ledger import view_of
from station.cases.models import CaseEvent, Document
from station.cases.terms import Held
from station.cases.uploads import Upload
from station.database import open_database
from station.migrations import migrate
from sync.tables import OutLetter, SealedFile
from tests.benchmarks.table import print_table, ratio, spread
from tests.station.cases.samples import MORNING
from tests.station.cases.world import County, takes_in

INTAKES = 60
RUNS = 3
SCAN_BYTES = 100_000


def measure() -> None:
    """Take in applications and insert rows, in turn, on the same disk; print the table."""
    ours, bare, same_bytes = [], [], 0
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
            rate, same_bytes = _intakes(Path(folder))
            ours.append(rate)
            bare.append(_inserts(Path(folder) / "bare.db", same_bytes))
    rows = [
        ("bare SQLite insert, WAL, FULL", spread(bare, 1), "1.00"),
        ("whole intake, encrypted, signed, with paper", spread(ours, 1), ratio(ours, bare)),
    ]
    print_table(
        f"Confirmed intakes a second, {INTAKES} each, {RUNS} runs in turn, {same_bytes:,} bytes an intake "
        "(min / median / max)",
        ("what", "a second", "ratio"),
        rows,
    )
    print(f"\nPaper alone (draw one receipt, warm): {_paper_seconds() * 1000:.0f} ms")


def _intakes(folder: Path) -> tuple[float, int]:
    database = open_database(folder / "node.db", bytes(32))
    migrate(database, now=MORNING)
    county = County(folder, database)
    scan = Upload(b"%PDF-1.4\n" + os.urandom(SCAN_BYTES), "application/pdf", "a.pdf")
    changed = {"0-id-card": Checked(Held.IN, pages=1, files=(scan,))}
    try:
        takes_in(county.station, token=secrets.token_hex(16), changed=changed)  # fonts and plans are warm now
        began = time.perf_counter()
        for _ in range(INTAKES):
            takes_in(county.station, token=secrets.token_hex(16), changed=changed)
        seconds = time.perf_counter() - began
        with county.station.at_work():
            return INTAKES / seconds, _bytes_an_intake()
    finally:
        county.close()


def _bytes_an_intake() -> int:
    """What one intake leaves in the tables, on average."""
    count = Document.select().where(Document.kind == "receipt").count()
    sizes = [len(bytes(row.pdf)) for row in Document.select()]
    sizes += [len(row.payload) for row in CaseEvent.select()]
    sizes += [len(bytes(row.header)) + len(bytes(row.sealed)) for row in OutLetter.select()]
    sizes += [row.size for row in SealedFile.select()]
    return sum(sizes) // count


def _inserts(path: Path, size: int) -> float:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB)")
    bodies = [os.urandom(size) for _ in range(8)]
    began = time.perf_counter()
    for number in range(INTAKES):
        database.execute("INSERT INTO row (body) VALUES (?)", (bodies[number % 8],))
    seconds = time.perf_counter() - began
    database.close()
    return INTAKES / seconds


def _paper_seconds() -> float:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(Path(folder) / "node.db", bytes(32))
        migrate(database, now=MORNING)
        county = County(Path(folder), database)
        done = takes_in(county.station)
        with county.station.at_work():
            views = [view_of(done.cases[0].case_id)]
            began = time.perf_counter()
            for _ in range(10):
                papers.receipt_paper(county.station.place, views)
            seconds = (time.perf_counter() - began) / 10
        county.close()
        return seconds


if __name__ == "__main__":
    measure()
