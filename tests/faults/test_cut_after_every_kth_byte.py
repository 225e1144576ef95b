"""The line is cut after every k-th byte of every request and of every answer; nothing is lost or done twice.

A village posts a case with a scan of 200 KB to a hall behind a real web server and a real SQLite file.
In each run every request of the dialogue is cut once, at the same fraction of its length; the runs go
through all fractions, on the way up and on the way down. YIMEN_CUTS sets how many there are (50).
"""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.courier import Courier
from sync.outbox import LetterState
from sync.parcel import Parcel
from sync.transport import Answer, HttpTransport
from tests.tools.link import DOWN, UP, Link
from tests.tools.mail_hall import serving
from tests.tools.mail_node import MailNode

CUTS = int(os.environ.get("YIMEN_CUTS", "50"))
SCAN_BYTES = 200_000
TRIES_MAX = 60


@dataclass
class Sent:
    """One request as it was tried: which letters and which bytes of which file it carried."""

    letters: frozenset[str] = frozenset()
    file: str = ""
    start: int = 0
    length: int = 0
    is_cut: bool = False

    def units_again(self, before: "list[Sent]") -> int:
        """How much of this had been tried before: 1 for letters, bytes for a piece of a file."""
        if self.letters:
            return int(any(self.letters & other.letters for other in before))
        theirs = [other for other in before if other.file and other.file == self.file]
        reached = max((other.start + other.length for other in theirs), default=0)
        return max(0, min(self.start + self.length, reached) - self.start)


class CuttingTransport:
    """The real transport over a line that is cut once in each different request of the dialogue.

    sizes: bytes of each of them beside its body (up) and in its answer (down), from a run without cuts.
    """

    def __init__(self, link: Link, way: str, fraction: float, sizes: dict[str, dict[str, int]]) -> None:
        self._link, self._way, self._fraction, self._sizes = link, way, fraction, sizes
        self._real = HttpTransport(f"http://127.0.0.1:{link.port}")
        self._pieces = 0
        self.sent: list[Sent] = []
        self.cut_kinds: Counter[str] = Counter()

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request, cut or not."""
        kind, sent = self._kind(path, headers, body), _read(path, body)
        passed, cuts = dict(self._link.passed), self._link.cuts
        if kind in self._sizes and not self.cut_kinds[kind] and self._fraction >= 0:
            length = self._sizes[kind][self._way] + (len(body) if self._way == UP else 0)
            self._link.cut_after(**{self._way: int(length * self._fraction)})
        answer = self._real.request(method, path, headers, body)
        self._link.cut_after()
        sent.is_cut = self._link.cuts > cuts
        self.cut_kinds[kind] += sent.is_cut
        self._pieces += path.startswith("/files/") and answer.status == 200
        self.sent.append(sent)
        if self._fraction < 0:
            up, down = (self._link.passed[way] - passed[way] for way in (UP, DOWN))
            self._sizes[kind] = {UP: up - len(body), DOWN: down}
        return answer

    def _kind(self, path: str, headers: Mapping[str, str], body: bytes) -> str:
        """What this request is in the dialogue, the same in every run."""
        if not path.endswith("/exchange"):
            return f"piece {self._pieces}" if path.startswith("/files/") else "login"
        if not body:
            return "question for a nonce"
        letters = "with a letter" if Parcel.from_bytes(body).envelopes else "without a letter"
        return f"exchange {letters}"


def _read(path: str, body: bytes) -> Sent:
    if path.endswith("/exchange") and body:
        return Sent(letters=frozenset(envelope.hash for envelope in Parcel.from_bytes(body).envelopes))
    if path.startswith("/files/"):
        _, _, file, start = path.split("/")
        return Sent(file=file, start=int(start), length=len(body))
    return Sent()


@pytest.fixture
def county(tmp_path: Path):
    """A hall that answers, a village that has joined it, and the line between them."""
    hall, village = MailNode(1, "county", tmp_path), MailNode(2, "village", tmp_path)
    village.joins(hall)
    with serving(hall) as port, Link(port) as link:
        yield hall, village, link


def plays(county, way: str, fraction: float, sizes: dict[str, dict[str, int]]) -> CuttingTransport:
    """One case with its scan from village to hall, tried again until it is through; -1 measures."""
    hall, village, link = county
    link.forget()
    subject, scan = os.urandom(8).hex(), os.urandom(SCAN_BYTES)
    village.writes(hall, subject, {}, [scan])
    transport = CuttingTransport(link, way, fraction, sizes)
    courier = Courier(village.keys, village.node_id, "", {}, village.box.clock, transport)
    tries = 0
    with village.at_work():
        while courier.exchange().state != "ok":
            tries += 1
            assert tries < TRIES_MAX, "the exchange never completes"
    assert hall.subjects().count(subject) == 1
    assert hall.reads_file(hall.arrived[-1]) == scan
    assert village.states(subject) == [LetterState.ACKNOWLEDGED]
    return transport


def sent_again(transport: CuttingTransport) -> tuple[int, int]:
    """(parcels with letters tried more than once, bytes of the file tried more than once)."""
    tried = transport.sent
    again = [(one, one.units_again(tried[:place])) for place, one in enumerate(tried)]
    return sum(count for one, count in again if one.letters), sum(count for one, count in again if one.file)


@pytest.mark.parametrize("way", [UP, DOWN])
def test_a_cut_after_any_byte_costs_at_most_one_unit_and_nothing_happens_twice(county, way):
    sizes: dict[str, dict[str, int]] = {}
    plays(county, way, -1, sizes)
    assert len(sizes) == 8  # question, login, letter, four pieces, receipt
    cut: Counter[str] = Counter()
    for number in range(CUTS):
        run = plays(county, way, number / CUTS, sizes)
        cut += run.cut_kinds
        parcels, file_bytes = sent_again(run)
        cut_mail = sum(one.is_cut for one in run.sent if not one.file)
        assert parcels <= cut_mail
        assert file_bytes <= sum(one.length for one in run.sent if one.file and one.is_cut)
    assert {kind: cut[kind] for kind in sizes} == dict.fromkeys(sizes, CUTS)
