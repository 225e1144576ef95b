"""A counter that prints: a hall, a station with its certificate, and papers filled in with plain facts."""

import shutil
import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from station.documents.given import (
    Document,
    Due,
    Issue,
    ItemLine,
    MaterialLine,
    MaterialState,
    Office,
    Person,
)
from station.documents.proof import CERTIFICATE_KIND, ProofLine, ReceiptProof, seal_proof
from station.documents.receipt import Receipt
from station.documents.verify import HallKey
from sync.clock import Proof, Stamp
from sync.keys import NodeKeys, pae

NODE_ID = "5a" * 16
DIVISION = "440205100201"
LEGAL_NOTE = (
    "是否受理由曲江区民政局在收到之日起 5 个工作日内一次告知；逾期不告知的，自本站收件之日起即为受理。"
)


@dataclass
class Counter:
    """One station under one hall; `receipt()` is an ordinary receipt to change a field of."""

    hall: NodeKeys = field(default_factory=NodeKeys.generate)
    keys: NodeKeys = field(default_factory=NodeKeys.generate)
    stamp: Stamp = Stamp(datetime(2026, 11, 22, 1, 41, tzinfo=UTC), Proof.HALL)

    @property
    def certificate(self) -> bytes:
        body = bytes.fromhex(NODE_ID) + DIVISION.encode() + self.keys.signing_public
        return body + self.hall.sign(pae(CERTIFICATE_KIND, body))

    @property
    def hall_keys(self) -> list[HallKey]:
        return [HallKey("b7" * 16, "440205000000", self.hall.signing_public)]

    def issue(self, **changes: object) -> Issue:
        office = Office(
            "曲江区马坝镇示范村便民服务站",
            DIVISION,
            "马坝镇示范村委会一楼",
            "（0751）000 0000",
            "（0751）12345",
        )
        return replace(Issue("440205100201-1-20261122-0007-K", office, "示例员", self.stamp, 37), **changes)

    def proof(self, items: int = 2, materials: int = 5) -> ReceiptProof:
        states = list(MaterialState)
        lines = tuple(
            ProofLine(
                f"L0520000{place:04d}",
                f"{place:032x}",
                f"s{place}",
                tuple((f"m{number}", states[number % 4]) for number in range(1, materials + 1)),
            )
            for place in range(1, items + 1)
        )
        return ReceiptProof("440205100201-1-20261122-0007-K", self.stamp.at, self.stamp.proof, 37, lines)

    def seal(self, proof: ReceiptProof) -> str:
        return seal_proof(proof, self.keys, self.certificate)

    def receipt(self, **changes: object) -> Receipt:
        ordinary = Receipt(
            issue=self.issue(),
            applicant=Person("李*䶮", "居民身份证", "4402**********1234", "138****0000"),
            agent=None,
            items=(
                ItemLine("L05200000001", "高龄老人津贴申请", "80–89 周岁"),
                ItemLine("L05200000002", "老年人优待证办理"),
            ),
            materials=MATERIALS,
            legal_notes=(LEGAL_NOTE,),
            next_steps=("补齐第 4 项后到本站任一窗口办理",),
            terms=(
                Due("一次告知期限", "自收件次日起 5 个工作日", date(2026, 11, 27)),
                Due("承诺办结", "自受理之日起 10 个工作日（法定 20 个工作日），不含节假日"),
            ),
            fee="不收费。",
            query_code="槐花-石桥",
            serial=7,
            qr_text=self.seal(self.proof()),
        )
        return replace(ordinary, **changes)


MATERIALS = (
    MaterialLine("居民身份证", "核对原件，收复印件", 1, 2, MaterialState.IN),
    MaterialLine("户口簿", "复用本站 2026-03-02 所收", 1, 4, MaterialState.IN),
    MaterialLine("申请表", "原件", 1, 2, MaterialState.IN),
    MaterialLine(
        "银行账户", "复印件", 1, None, MaterialState.MISSING, "见告知书 …0007-2", "本人实名一类户，卡号清楚。"
    ),
    MaterialLine(
        "近期免冠相片",
        "原件",
        2,
        None,
        MaterialState.PLEDGED,
        "2026-12-07 前补齐",
        "近六个月内、白底、二寸，2 张。",
    ),
)


@dataclass(frozen=True)
class Looker:
    """Looks at a PDF the way a stranger does: poppler for text and pixels, zbar for codes."""

    folder: Path

    def text(self, document: Document) -> str:
        return self._run("pdftotext", "-layout", self._file(document), "-")

    def words(self, document: Document) -> str:
        """The text without blanks and line ends, so that wrapping does not matter."""
        return "".join(self._run("pdftotext", "-raw", self._file(document), "-").split())

    def code(self, document: Document) -> str:
        pages = self.folder / "page"
        self._run("pdftoppm", "-r", "200", "-gray", self._file(document), str(pages))
        for page in sorted(self.folder.glob("page*")):
            found = subprocess.run(
                ["zbarimg", "-q", "--raw", str(page)], capture_output=True, text=True, check=False
            )
            if found.stdout:
                return found.stdout.rstrip("\n")
        return ""

    def _file(self, document: Document) -> str:
        path = self.folder / "document.pdf"
        path.write_bytes(document.pdf)
        return str(path)

    def _run(self, *command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def looker(tmp_path: Path) -> Looker:
    if not (shutil.which("pdftotext") and shutil.which("zbarimg")):
        pytest.skip("poppler-utils and zbar-tools look at the paper: apt-get install both")
    return Looker(tmp_path)
