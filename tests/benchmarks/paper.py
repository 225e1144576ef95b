"""Time for one receipt: the first of a process (fonts are read then) and the following ones."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from statistics import median

from station.documents.given import Issue, ItemLine, MaterialLine, MaterialState, Office, Person
from station.documents.proof import ProofLine, ReceiptProof, seal_proof
from station.documents.receipt import Receipt, build_receipt
from sync.clock import Proof, Stamp
from sync.keys import NodeKeys
from tests.benchmarks.table import print_table

WARM_RUNS = 50
FIRST_RUNS = 5


def measure() -> None:
    """Print first and warm milliseconds and the size of the file."""
    code = "from tests.benchmarks.paper import one; print(one())"
    firsts = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(FIRST_RUNS)
    ]
    one()
    warm = [one() for _ in range(WARM_RUNS)]
    document = build_receipt(sample())
    print_table(
        "One receipt, two items, five materials, one rare character",
        ("measure", "value"),
        [
            (f"first of a process, ms (median of {FIRST_RUNS})", f"{median(firsts) * 1000:.0f}"),
            (f"following, ms (median of {WARM_RUNS})", f"{median(warm) * 1000:.1f}"),
            ("following, ms (worst)", f"{max(warm) * 1000:.1f}"),
            ("size, KB", f"{len(document.pdf) / 1000:.1f}"),
        ],
    )


def one() -> float:
    """Seconds for one receipt, proof included."""
    began = time.perf_counter()
    build_receipt(sample())
    return time.perf_counter() - began


def sample() -> Receipt:
    """An ordinary receipt."""
    keys, at = NodeKeys(bytes([1]) * 32, bytes([2]) * 32, None), datetime(2026, 11, 22, 1, 41, tzinfo=UTC)
    lines = tuple(
        ProofLine(f"L0520000000{n}", f"{n:032x}", "80-89", (("m1", MaterialState.IN),) * 5) for n in (1, 2)
    )
    number = "440205100201-1-20261122-0007-K"
    office = Office("曲江区马坝镇示范村便民服务站", "440205100201", phone="（0751）000 0000")
    proof = ReceiptProof(number, at, Proof.HALL, 37, lines)
    material = MaterialLine("居民身份证", "核对原件，收复印件", 1, 2, MaterialState.IN)
    return Receipt(
        issue=Issue(number, office, "示例员", Stamp(at, Proof.HALL), 37),
        applicant=Person("李*䶮", "居民身份证", "4402**********1234", "138****0000"),
        agent=None,
        items=(ItemLine("1", "高龄老人津贴申请", "80–89 周岁"), ItemLine("2", "老年人优待证办理")),
        materials=(material,) * 5,
        legal_notes=("是否受理由曲江区民政局在收到之日起 5 个工作日内一次告知。",),
        next_steps=("等候通知",),
        terms=(),
        fee="不收费。",
        query_code="槐花-石桥",
        serial=7,
        qr_text=seal_proof(proof, keys, bytes(124)),
    )


if __name__ == "__main__":
    measure()
