"""A disk dies, at the station or at the hall: reports and answers come back over the real mail, each once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.backup import make_backup
from station.cases.place import place_of
from station.corrections import book, service
from station.corrections.letters import State, Verdict
from station.corrections.models import Correction
from station.hall.corrections.service import Decision, decide
from sync import inbox
from sync.tables import OutLetter
from tests.station.corrections.town import CODE, FAULT
from tests.station.hall_desk import HallDesk
from tests.station.test_history_of_a_restored_hall import is_restored
from tests.station.test_replaced_pc import is_replaced
from tests.tools.counter import Counter

ASKED, REFUSED, WAITING = (f"{number:032x}" for number in (1, 2, 3))
STATES = {ASKED: (State.OPEN, 1), REFUSED: (State.REFUSED, 1), WAITING: (State.OPEN, 0)}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[HallDesk]:
    """A hall with an old backup, and a village with three reports: one asked and replied to, one refused."""
    town = HallDesk(tmp_path)
    with town.hall.node.using():
        make_backup(town.hall.node, tmp_path / "old.backup", by="boss", now=town.hall.time.at)
    for report_id in STATES:
        _reports(town.village, report_id)
    town.carries()
    _decides(town.hall, ASKED, Verdict.ASKED)
    _decides(town.hall, REFUSED, Verdict.REFUSED)
    town.carries()
    with town.village.node.using():
        service.reply(place_of(town.village.node), ASKED, "民政所电话通知", by="示例员")
    town.carries()
    yield town
    town.closes()


@pytest.mark.parametrize("is_erased", [False, True])
def test_a_new_pc_has_the_reports_of_the_dead_one_and_their_answers(
    town: HallDesk, tmp_path: Path, is_erased: bool
) -> None:
    if is_erased:
        with town.hall.node.using():
            OutLetter.update(sealed=b"", erased_at=town.hall.time.at).execute()
    town.village.installation.close()
    new = is_replaced(town, tmp_path)

    for _ in range(3):
        town.carries()

    assert _states(new) == _states(town.hall) == STATES


def test_a_hall_set_back_to_an_old_backup_has_reports_and_answers_again(
    town: HallDesk, tmp_path: Path
) -> None:
    is_restored(town, tmp_path)
    with town.hall.node.using():
        assert Correction.select().count() == 0

    for _ in range(3):
        town.carries()

    assert _states(town.hall) == _states(town.village) == STATES
    _decides(town.hall, ASKED, Verdict.REFUSED)
    town.carries()
    assert _states(town.village)[ASKED] == (State.REFUSED, 2)
    with town.hall.node.using():
        assert inbox.quarantined() == []


def _reports(village: Counter, report_id: str) -> None:
    with village.node.using():
        place = place_of(village.node)
        service.report(place, place.catalog.item(CODE), FAULT, report_id=report_id, by="示例员")


def _decides(hall: Counter, report_id: str, verdict: Verdict) -> None:
    with hall.node.using():
        decision = Decision(verdict, "说明", seen=book.row(report_id).answers)
        decide(place_of(hall.node), report_id, decision, account="boss", by="管理示例")


def _states(counter: Counter) -> dict[str, tuple[State, int]]:
    with counter.node.using():
        rows = Correction.select().order_by(Correction.report_id)
        return {row.report_id: (State(row.state), row.answers) for row in rows}
