"""Time and memory from `yimen serve` to the first page, beside a bare flask + waitress program."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.table import print_table, ratio, spread

RUNS = 5
BARE = """
import sys
from flask import Flask
from waitress import serve
app = Flask(__name__)
app.add_url_rule("/", view_func=lambda: "ok")
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
"""


@dataclass(frozen=True)
class Start:
    """One start: seconds until the first page, CPU seconds spent until then, resident megabytes after it."""

    wall_seconds: float
    cpu_seconds: float
    resident_mb: float


def measure() -> None:
    """Start both in turn, five times each, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        station = Path(folder) / "station"
        password = Path(folder) / "password"
        password.write_text("a-long-bench-password-7\n", "utf-8")
        subprocess.run(
            [sys.executable, "-m", "station.cli", "init", "--level", "village", "--name", "实测站"]
            + ["--division", "440205100202", "--account", "agent", "--dir", str(station)]
            + ["--password-file", str(password)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        ours = [sys.executable, "-m", "station.cli", "serve", "--dir", str(station), "--port"]
        bare = [sys.executable, "-c", BARE]
        starts = [(_start(bare), _start(ours)) for _ in range(RUNS)]
    rows = []
    for name, pick in (
        ("seconds to the first page", lambda s: s.wall_seconds),
        ("CPU seconds until then", lambda s: s.cpu_seconds),
        ("resident MB after it", lambda s: s.resident_mb),
    ):
        base = [pick(pair[0]) for pair in starts]
        own = [pick(pair[1]) for pair in starts]
        rows.append((name, spread(base), spread(own), ratio(own, base)))
    print_table(
        f"From start to first page, {RUNS} runs in turn (min / median / max)",
        ("measure", "bare flask + waitress", "yimen serve", "ratio"),
        rows,
    )


def _start(command: list[str]) -> Start:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.monotonic()
    process = subprocess.Popen(
        [*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while not _answers(port):
            assert process.poll() is None, "it ended before its first page"
            assert time.monotonic() - began < 60, "no page within a minute"
            time.sleep(0.01)
        wall = time.monotonic() - began
        return Start(wall, _cpu_seconds(process.pid), _resident_mb(process.pid))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
            return page.status == 200
    except OSError:
        return False


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


if __name__ == "__main__":
    measure()
