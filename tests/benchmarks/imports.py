"""Import of 10,000 items from each kind of file: seconds, peak of memory; each in a process of its own.

Then the workbook goes the whole way at a real county hall: kept, read, shown as changes, taken into the
encrypted draft in one transaction, and once more with nothing new in it.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from catalog_cache.exchange.export import export_csv, export_workbook
from catalog_cache.exchange.importers import Reading
from catalog_cache.exchange.staging import Staging
from station.hall.importing.service import TableImport
from station.hall.publishing import draft
from tests.benchmarks.table import print_table
from tests.tools.counter import Counter
from tests.tools.make_items import each_item

ITEMS = 10_000
SEED = 20261126
COUNTY = "440205000000"
BARE = "import json,sys;[json.loads(line) for line in open(sys.argv[1], 'rb')]"


def measure() -> None:
    """Write the files, read each in a fresh process beside a bare json.loads of the same items."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, write in WRITERS.items():
            path = Path(folder) / name
            seconds = _timed(lambda path=path, write=write: write(path))
            done = _in_a_process("--read", path)
            rows.append((name, f"{path.stat().st_size / 1e6:.1f}", f"{seconds:.1f}", *done))
        rows.append(("bare json.loads of items.jsonl", "", "", *_bare(Path(folder) / "items.jsonl")))
        whole = _in_a_process("--take", Path(folder) / "items.xlsx")
    head = ("file", "MB", "written in s", "read in s", "CPU s", "peak MB")
    print_table(f"Import of {ITEMS} items, checked and ready to take", head, rows)
    steps = ("read", "shown", "taken", "read again", "shown", "taken", "CPU, all", "peak MB")
    print_table("items.xlsx into the draft of a county hall, seconds", steps, [whole])


def read(path: Path) -> None:
    """Read one file as the hall does, and print what it took."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Staging(Path(folder) / "staging.sqlite") as staging:
        for _ in Reading(path.read_bytes(), staging).steps():
            pass
        assert not staging.faults() and staging.main_count() == ITEMS
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{time.perf_counter() - start:.1f} {used.ru_utime + used.ru_stime:.1f} {used.ru_maxrss // 1024}")


def take(path: Path) -> None:
    """Bring one file into the draft of a hall twice, and print what each step took."""
    told: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        hall = Counter(Path(folder), "county", COUNTY)
        with hall.node.using():
            for _ in range(2):
                one = TableImport.begin(Path(folder), path.read_bytes(), is_whole=True)
                told += [
                    _timed(lambda one=one: one.read(lambda _: None)),
                    _timed(one.preview),
                    _timed(lambda one=one: one.take(by="editor", now=hall.time.at)),
                ]
            assert draft.counts().entries == ITEMS
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        *(f"{seconds:.1f}" for seconds in told),
        f"{used.ru_utime + used.ru_stime:.1f}",
        used.ru_maxrss // 1024,
    )


def _write_lines(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for item in each_item(ITEMS, SEED):
            file.write(json.dumps(item.to_dict(), ensure_ascii=False) + "\n")


def _in_a_process(*words: object) -> list[str]:
    command = [sys.executable, "-m", "tests.benchmarks.imports", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def _bare(path: Path) -> list[str]:
    start, process = time.perf_counter(), subprocess.Popen([sys.executable, "-c", BARE, str(path)])
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    cpu = used.ru_utime + used.ru_stime
    return [f"{time.perf_counter() - start:.1f}", f"{cpu:.1f}", str(used.ru_maxrss // 1024)]


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


WRITERS: dict[str, Callable[[Path], None]] = {
    "items.xlsx": lambda path: export_workbook(path, each_item(ITEMS, SEED)),
    "items.csv": lambda path: export_csv(path, each_item(ITEMS, SEED)),
    "items.jsonl": _write_lines,
}

WORK = {"--read": read, "--take": take}

if __name__ == "__main__":
    WORK[sys.argv[1]](Path(sys.argv[2])) if sys.argv[1:] else measure()
