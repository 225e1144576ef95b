"""The power fails after any byte that one act writes: afterwards the act is there whole, or not at all."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from station.cases.counter_events import HandedOut
from station.cases.intake import Checked
from station.cases.models import Case, CaseEvent, Document, Intake
from station.cases.place import place_of
from station.cases.terms import Held
from station.handout import service as handout
from station.intake.models import Draft, DraftFile
from sync.tables import OutLetter
from tests.faults import books
from tests.faults.books import Finding
from tests.faults.torn import Torn
from tests.station.cases.samples import CLERK, OLD_WOMAN
from tests.station.cases.world import ID_CARD, scan
from tests.station.hall_desk import PDF, HallDesk
from tests.station.intake.window import Window

DECISION = {"end": "6", "result": "高龄津贴", "reason": "符合条件"}
RECEIVER = HandedOut(receiver="李䶮英", id_number=OLD_WOMAN)
Look = Callable[[], int]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """An agent at the pages of a village station."""
    found = Window(tmp_path)
    yield found
    found.closes()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[HallDesk]:
    """A reviewer at the pages of a hall, and a village."""
    found = HallDesk(tmp_path)
    yield found
    found.closes()


def all_or_nothing(torn: Torn, look: Look, findings: Callable[[], Iterator[Finding]]) -> None:
    """look: how many of the thing are there. First none, from some byte on one; and never anything amiss."""
    seen = []
    for state in torn.states():
        with state.opened():
            seen.append(look())
            assert list(findings()) == []
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 1)


def arrived(desk: HallDesk) -> str:
    """A case with a scan that came to the hall."""
    return desk.arrives(id_card=Checked(Held.IN, files=(scan(),)))


def decided(desk: HallDesk) -> str:
    """A case whose result came back to the village."""
    case_id = arrived(desk)
    desk.hall.sends(f"/inbox/{case_id}/accept", basis="《条例》第三十条")
    desk.hall.sends(f"/inbox/{case_id}/decide", {**DECISION, "file": (BytesIO(PDF), "result.pdf")})
    desk.carries()
    return case_id


def events(kind: str) -> int:
    """How often something happened to the one case."""
    return CaseEvent.select().where(CaseEvent.kind == kind).count()


def test_a_submit_leaves_a_whole_draft_or_a_whole_case(window, tmp_path):
    window.comes_to("materials")
    keys = dict.fromkeys(window.line_keys(), "in")
    window.fills("go", keys | {f"file-{ID_CARD}": (BytesIO(PDF), "scan.pdf")})
    torn = Torn(window.counter.node, tmp_path / "torn")

    assert "已收件" in window.submits().text

    def look() -> int:
        count = Intake.select().count()
        assert Draft.select().count() == DraftFile.select().count() == 1 - count
        assert Case.select().count() == Document.select().count() == count
        return count

    all_or_nothing(torn, look, lambda: books.station_findings([]))


def test_an_arrival_is_written_with_its_answer_or_not_at_all(desk, tmp_path):
    desk.takes_in(id_card=Checked(Held.IN, files=(scan(),)))
    torn = Torn(desk.hall.node, tmp_path / "torn")

    desk.carries()

    def look() -> int:
        assert Case.select().count() == events("case.received") == events("case.arrived")
        return events("case.received")

    all_or_nothing(torn, look, books.common_findings)


def test_a_decision_is_written_with_its_result_and_its_letter_or_not_at_all(desk, tmp_path):
    case_id = arrived(desk)
    desk.hall.sends(f"/inbox/{case_id}/accept", basis="《条例》第三十条")
    torn = Torn(desk.hall.node, tmp_path / "torn")

    desk.hall.sends(f"/inbox/{case_id}/decide", {**DECISION, "file": (BytesIO(PDF), "result.pdf")})

    def look() -> int:
        assert OutLetter.select().where(OutLetter.kind == "case.decided").count() == events("case.decided")
        return events("case.decided")

    all_or_nothing(torn, look, books.common_findings)


def test_a_hand_out_is_written_with_its_paper_and_its_letter_or_not_at_all(desk, tmp_path):
    case_id, node = decided(desk), desk.village.node
    torn = Torn(node, tmp_path / "torn")

    with node.using():
        handout.hand_out(place_of(node), case_id, RECEIVER, CLERK)

    def look() -> int:
        count = events("result.handed_out")
        assert Document.select().where(Document.kind == "handout").count() == count
        return count

    all_or_nothing(torn, look, lambda: books.station_findings([]))
