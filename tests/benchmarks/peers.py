"""The same 1,000 cases, lines and counts for peers of the mail: each in a row beside ours.

    python -m tests.benchmarks.peers [--folder FOLDER] [--only nats,rabbitmq,pouchdb,morango,ours]
                                     [--lines clean,cuts,shaped,thin] [--runs 3]

`install_peers.sh` puts them into the folder first (default: one in the temporary folder, kept for the next
time). Each is as its makers ship it, with the settings that help it most on such a line named in its class.
They get the records without the signature and digests that our envelope carries (see `cases`). A peer that
cannot be had is named with the reason. On the thin line each gets one run of at most 400 seconds.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks.backlog import DICTIONARY_KIB, Ours
from tests.benchmarks.contest import HEAD, NAMES, Contestant, run_course
from tests.benchmarks.peer_morango import Morango
from tests.benchmarks.peer_nats import Nats
from tests.benchmarks.peer_pouchdb import PouchDb
from tests.benchmarks.peer_rabbitmq import RabbitMq
from tests.benchmarks.table import print_table

PEERS: dict[str, Callable[[Path, Path], Contestant]] = {
    "nats": Nats,
    "rabbitmq": RabbitMq,
    "pouchdb": PouchDb,
    "morango": Morango,
}
TITLES = {
    "nats": "NATS JetStream leaf",
    "rabbitmq": "RabbitMQ shovel",
    "pouchdb": "PouchDB replication",
    "morango": "Morango",
}
RUNS = 3


def measure(installed: Path, only: Sequence[str], lines: Sequence[str], runs: int) -> None:
    """Run the course for each and print one table."""
    rows = []
    for name in only:
        try:
            rows += _course(name, installed, lines, runs)
        except Exception as problem:  # noqa: BLE001 - one peer that fails costs no other one its rows
            rows.append((TITLES.get(name, name), f"not measured: {problem!r:.160}", *[""] * (len(HEAD) - 2)))
            print(rows[-1], flush=True)
    print_table(f"1,000 cases after an outage, ours and peers, {runs} runs, 1 on the thin line", HEAD, rows)


def _course(name: str, installed: Path, lines: Sequence[str], runs: int) -> list[tuple[str, ...]]:
    if name == "ours":
        return run_course("ours", lambda folder: Ours(folder, DICTIONARY_KIB), lines, runs)
    return run_course(TITLES[name], lambda folder: PEERS[name](folder, installed), lines, runs, is_slow=True)


def install(folder: Path) -> None:
    """Fetch what is missing."""
    subprocess.run(["sh", str(Path(__file__).with_name("install_peers.sh")), str(folder)], check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ours and its peers over the same lines.")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "mail-peers")
    parser.add_argument("--only", default=",".join(["ours", *PEERS]))
    parser.add_argument("--lines", default=",".join(NAMES))
    parser.add_argument("--runs", type=int, default=RUNS)
    asked = parser.parse_args()
    install(asked.folder)
    measure(asked.folder, asked.only.split(","), asked.lines.split(","), asked.runs)
