"""A scan of 3 MB over a thin line that breaks: how long, what is sent twice, and what a new case waits.

    python -m tests.benchmarks.scan [--runs 1] [--lines thin,cuts,clean] [--clients ours,tuspy]

Station (this process), hall and line are processes of their own; both databases are SQLCipher files, WAL,
synchronous FULL. The letter that names the scan is at the hall before the line's rate counts. In the middle a
case is posted; it has overtaken when the hall's file holds it. Sent twice: what the station's modem sent and
is neither part of an answered request nor stored. The baseline is tuspy, the public client of Python, with
pieces of 256 KiB; beside it our courier carries the case. Its "sent twice" is all it sent beyond the file.
"""

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random

from tusclient.client import TusClient

from station.database import in_use, open_database
from sync import attachments, outbox
from sync.clock import system_clock
from sync.courier import Courier, ExchangeReport
from sync.keys import NodeKeys
from sync.outbox import Letter
from sync.pace import Outcome, next_pause_seconds
from sync.rows import using, write
from sync.session import answer_nonce
from sync.tables import SealedFile
from sync.transport import HttpTransport
from tests.benchmarks.mail_node import HALL, IDS, NODE_KEY, STATION, HeldCase, NodeProcess, found
from tests.benchmarks.table import print_table
from tests.tools.emulator import CLEAN, SHAPED, THIN, Counts, Emulator, Line

SCAN_BYTES = 3_000_000
SECONDS_MAX = 900
CASE_AFTER_SECONDS = 45.0
PEER_PIECE_BYTES = 256 * 1024
LINES = {"clean": CLEAN, "cuts": SHAPED, "thin": THIN}
HEAD = ("line", "client", "seconds", "of the line's rate", "sent twice", "new case there after (s)", "cuts")


@dataclass
class Result:
    """One run. seconds: until the station had the receipt."""

    seconds: float = 0.0
    overtaken_after: float = float("nan")
    sent_again_bytes: int = 0
    counts: Counts = field(default_factory=Counts)


class Ground:
    """A station and a hall that know each other, with the hall running."""

    def __init__(self, folder: Path) -> None:
        found(folder, 0)
        self.hall = NodeProcess(HALL, folder)
        self.keys = NodeKeys.from_bytes((folder / STATION / "keys").read_bytes())
        self.clock = system_clock(None)
        self.database = open_database(folder / STATION / "node.db", NODE_KEY)
        self.hall_database = open_database(folder / HALL / "node.db", NODE_KEY)

    def posts(self, subject: str, scan: bytes = b"") -> None:
        """A case of the station, with or without a scan."""
        with in_use(self.database), write():
            files = [attachments.store(scan, "image/jpeg", "扫描件.jpg").sha256] if scan else []
            payload = {"case_id": subject, "text": "高龄津贴申请，材料齐全。" * 20}
            letter = Letter(
                to=IDS[HALL],
                kind="case.received",
                subject=subject,
                payload=payload,
                stamp=self.clock.stamp(),
                files=files,
            )
            outbox.post(self.keys, IDS[STATION], letter)

    def courier(self, port: int) -> Courier:
        """To the hall through that port."""
        return Courier(self.keys, IDS[STATION], f"http://127.0.0.1:{port}", {}, self.clock)

    def sealed_scan(self) -> tuple[str, bytes]:
        """Name and bytes of the scan, as they travel."""
        with in_use(self.database):
            row = SealedFile.get()
            return str(row.sha256), attachments.sealed_range(row.sha256, 0, row.size)

    def token(self) -> str:
        """A session of the station, to be carried by another client."""
        doors = HttpTransport(f"http://127.0.0.1:{self.hall.ready['port']}")
        nonce = json.loads(doors.request("POST", "/sync/v1/exchange", {}, b"").body)["nonce"]
        signed = answer_nonce(self.keys, IDS[STATION], IDS[HALL], nonce, self.clock.now())
        answer = doors.request("POST", "/sync/v1/session", {}, signed.to_json().encode())
        return str(json.loads(answer.body)["token"])

    def hall_has(self, subject: str) -> bool:
        """Whether the case took effect."""
        with using(self.hall_database):
            return bool(HeldCase.select().where(HeldCase.case_id == subject).exists())

    def ends(self) -> None:
        """Stop the hall."""
        self.database.close_all()
        self.hall_database.close_all()
        self.hall.ends()


def run_ours(ground: Ground, line: Emulator) -> Result:
    """Our courier, at the product's pace, in a thread; this one posts the case and watches."""
    courier, reports, chance = ground.courier(line.port), list[ExchangeReport](), Random(1)

    def exchanges() -> None:
        history: list[Outcome] = []
        while not history or history[-1] is not Outcome.OK or not is_done():
            with in_use(ground.database):
                reports.append(courier.exchange())
            history.append(reports[-1].outcome)
            time.sleep(next_pause_seconds(history[-20:], chance, 0.0, reports[-1].retry_after))
        ground.database.close()

    def is_done() -> bool:
        with in_use(ground.database):
            counts = outbox.counts()
        return counts.made == counts.acknowledged

    result = _watched(ground, line, exchanges)
    counted_up = sum(report.bytes_up for report in reports)
    stored_unanswered = max(0, SCAN_BYTES - sum(report.files_sent_bytes for report in reports))
    result.sent_again_bytes = result.counts.up_bytes - counted_up - stored_unanswered
    return result


def _watched(
    ground: Ground, line: Emulator, sends: Callable[[], None], beside: Courier | None = None
) -> Result:
    """beside: carries the new case where the client that sends the scan cannot."""
    result = Result()
    began = line.goes_up()
    thread = threading.Thread(target=sends)
    thread.start()
    thread.join(CASE_AFTER_SECONDS)
    if thread.is_alive():
        posted = time.monotonic()
        ground.posts("urgent")
        while not ground.hall_has("urgent") and time.monotonic() - posted < 120:
            if beside is None:
                time.sleep(0.02)
            else:
                beside.may_send = lambda _: False
                with in_use(ground.database):
                    beside.exchange()
        result.overtaken_after = time.monotonic() - posted
    thread.join(SECONDS_MAX)
    result.seconds = time.monotonic() - began
    result.counts = line.counts()
    return result


def run_tuspy(ground: Ground, line: Emulator) -> Result:
    """The public client, told of every refusal and cut to try again at once."""
    name, sealed = ground.sealed_scan()
    direct = ground.courier(int(ground.hall.ready["port"]))
    direct.may_send = lambda _: False
    with in_use(ground.database):
        direct.exchange()  # the letter that names the scan
    client = TusClient(f"http://127.0.0.1:{line.port}/files/", {"Authorization": f"Bearer {ground.token()}"})

    def sends() -> None:
        more = {"chunk_size": PEER_PIECE_BYTES, "retries": 1000, "retry_delay": 0}
        client.uploader(file_stream=BytesIO(sealed), metadata={"sha256": name}, **more).upload()

    result = _watched(ground, line, sends, ground.courier(line.port))
    result.sent_again_bytes = result.counts.up_bytes - len(sealed)
    return result


CLIENTS: dict[str, Callable[[Ground, Emulator], Result]] = {"ours": run_ours, "tuspy": run_tuspy}


def run(client: str, line: Line) -> Result:
    """One scan over one line."""
    with tempfile.TemporaryDirectory(prefix="scan-") as folder:
        ground = Ground(Path(folder))
        try:
            ground.posts("album", Random(7).randbytes(SCAN_BYTES))
            with Emulator(int(ground.hall.ready["port"]), line) as emulator:
                return CLIENTS[client](ground, emulator)
        finally:
            ground.ends()


def row_of(client: str, line: Line, result: Result) -> list[str]:
    """As it stands in the table."""
    rate = line.bits_per_second / 8
    share = f"{SCAN_BYTES / result.seconds / rate:.2f}" if rate else "-"
    return [
        line.name,
        client,
        f"{result.seconds:.1f}",
        share,
        f"{100 * result.sent_again_bytes / SCAN_BYTES:.1f} %",
        f"{result.overtaken_after:.1f}",
        str(result.counts.cuts),
    ]


def measure(lines: str = "thin", clients: str = "ours", runs: int = 1) -> None:
    """Run and print the table."""
    rows = []
    for name in lines.split(","):
        for client in clients.split(","):
            rows += [row_of(client, LINES[name], run(client, LINES[name])) for _ in range(runs)]
    print_table("A scan of 3 MB", HEAD, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A 3 MB scan over thin lines.")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--lines", default="thin")
    parser.add_argument("--clients", default="ours")
    asked = parser.parse_args()
    measure(asked.lines, asked.clients, asked.runs)
