"""Letters a second that a power cut cannot take back, beside a bare append and fdatasync of the same bytes.

    python -m tests.benchmarks.commits [--profile FILE]

One letter: compressed, sealed, signed, chained, and one commit to the encrypted file (WAL, synchronous FULL).
The baseline appends what that letter stores (header, signature, sealed payload) to a plain file and calls
fdatasync. Both run in a process of their own, in turn, in the same folder: first on this machine's disk as it
is, then in memory (tmpfs) with a shim (`slow_sync.c`) that makes each sync take 4 ms and 0.4 ms, the same for
both. The CPU time of each tells what the wall time would be on a core that nobody else wants: a letter waits
for its sync and its CPU, and on a busy machine once more for its turn. `--profile` says where the time of one
post goes.
"""

import argparse
import cProfile
import json
import os
import pstats
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from sync.rows import using
from sync.tables import OutLetter
from tests.benchmarks.cases import SEED, make_cases
from tests.benchmarks.mail_node import STATION, Station, found
from tests.benchmarks.table import print_table, ratio, spread

SINGLE, GROUP = 300, 50
GROUPED = 3000
RUNS = 3
DICTIONARY_KIB = 64
MEMORY = Path("/dev/shm")
SHIM = Path(__file__).with_name("slow_sync.c")


def measure() -> None:
    """All disks, and the table."""
    rows = []
    with tempfile.TemporaryDirectory() as built:
        shim = build_shim(Path(built))
        for title, folder, micros in (
            ("this disk", None, 0),
            ("memory, a sync takes 4 ms", MEMORY, 4000),
            ("memory, a sync takes 0.4 ms", MEMORY, 400),
        ):
            runs = [_run(folder, shim, micros) for _ in range(RUNS)]
            rows += _rows(title, runs, micros / 1e6)
    print_table(
        f"Power-safe letters a second, {RUNS} runs in turn (min / median / max)",
        ("disk", "what", "a second", "ratio", "ms of CPU each", "ratio on a free core"),
        rows,
    )


def _rows(title: str, runs: list[dict[str, float]], sync_seconds: float) -> list[tuple[str, ...]]:
    bare = [run["bare"] for run in runs]
    bare_cpu = median(run["bare_cpu"] for run in runs)
    sizes = f"append + fdatasync of {runs[0]['size']:,.0f} bytes"
    rows = [(title, sizes, spread(bare, 0), "1.00", f"{1000 * bare_cpu:.2f}", "1.00")]
    for name, what, share in (
        ("single", "a letter a commit", 1),
        ("grouped", f"{GROUP} letters a commit", GROUP),
    ):
        ours, cpu = [run[name] for run in runs], median(run[f"{name}_cpu"] for run in runs)
        free = (sync_seconds + bare_cpu) / (sync_seconds / share + cpu) if sync_seconds else 0.0
        figures = (spread(ours, 0), ratio(ours, bare), f"{1000 * cpu:.2f}", f"{free:.2f}" if free else "")
        rows.append((title, what, *figures))
    return rows


def build_shim(folder: Path) -> Path:
    """The shim, compiled. Needs gcc."""
    path = folder / "slow_sync.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(path), str(SHIM), "-ldl"], check=True)
    return path


def _run(folder: Path | None, shim: Path, micros: int) -> dict[str, float]:
    """One child process that measures all three in a fresh folder."""
    surroundings = {**os.environ}
    if micros:
        surroundings |= {"LD_PRELOAD": str(shim), "SYNC_MICROSECONDS": str(micros)}
    with tempfile.TemporaryDirectory(dir=folder) as place:
        command = [sys.executable, "-m", "tests.benchmarks.commits", "--child", place]
        done = subprocess.run(command, env=surroundings, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def _child(folder: Path) -> dict[str, float]:
    found(folder, DICTIONARY_KIB)
    station = Station(folder / STATION)
    cases = make_cases(max(SINGLE, 500), SEED)
    with using(station.database):
        station.post_cases(cases[:20], at_once=1)
        single, single_cpu = _rate(station, cases[:SINGLE], 1)
        grouped, grouped_cpu = _rate(station, cases * (GROUPED // len(cases)), GROUP)
        letters = OutLetter.select().order_by(OutLetter.id.desc()).limit(SINGLE)
        stored = [bytes(one.header) + bytes(one.signature) + bytes(one.sealed) for one in letters]
    bare, bare_cpu = _bare(folder / "bare", stored)
    return {
        "bare": bare,
        "bare_cpu": bare_cpu,
        "single": single,
        "single_cpu": single_cpu,
        "grouped": grouped,
        "grouped_cpu": grouped_cpu,
        "size": sum(map(len, stored)) / len(stored),
    }


def _rate(station: Station, cases: list[dict[str, Any]], at_once: int) -> tuple[float, float]:
    """Letters a second, and CPU seconds of one."""
    began, cpu = time.perf_counter(), time.process_time()
    station.post_cases(cases, at_once)
    count = len(cases)
    return count / (time.perf_counter() - began), (time.process_time() - cpu) / count


def _bare(path: Path, stored: list[bytes]) -> tuple[float, float]:
    with path.open("ab", buffering=0) as file:
        began, cpu = time.perf_counter(), time.process_time()
        for data in stored:
            file.write(data)
            os.fdatasync(file.fileno())
        count = len(stored)
        return count / (time.perf_counter() - began), (time.process_time() - cpu) / count


def profile(path: Path) -> None:
    """Where the time of one post goes, on memory, so that the disk is not in the figures."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY))
    try:
        found(folder, DICTIONARY_KIB)
        station = Station(folder / STATION)
        cases = make_cases(1000, SEED)
        with using(station.database):
            station.post_cases(cases[:20], at_once=1)
            watch = cProfile.Profile()
            watch.runcall(station.post_cases, cases, 1)
        watch.dump_stats(path)
        pstats.Stats(watch).sort_stats("cumulative").print_stats(45)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Power-safe letters a second.")
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--child", type=Path)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(_child(asked.child)))
    elif asked.profile:
        profile(asked.profile)
    else:
        measure()
