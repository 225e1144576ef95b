"""Import of 10,000 items from each kind of file: seconds, peak of memory; each in a process of its own."""

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
from tests.benchmarks.table import print_table
from tests.tools.make_items import each_item

ITEMS = 10_000
SEED = 20261126
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
    head = ("file", "MB", "written in s", "read in s", "CPU s", "peak MB")
    print_table(f"Import of {ITEMS} items, checked and ready to take", head, rows)


def read(path: Path) -> None:
    """Read one file as the hall does, and print what it took."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Staging(Path(folder) / "staging.sqlite") as staging:
        for _ in Reading(path.read_bytes(), staging).steps():
            pass
        assert not staging.faults() and staging.main_count() == ITEMS
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{time.perf_counter() - start:.1f} {used.ru_utime + used.ru_stime:.1f} {used.ru_maxrss // 1024}")


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

if __name__ == "__main__":
    read(Path(sys.argv[2])) if sys.argv[1:2] == ["--read"] else measure()
