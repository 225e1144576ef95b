"""Housekeeping: what a power cut left open is closed, and what was closed long ago is deleted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station import chores
from station.cases.place import place_of
from station.corrections import book, service
from station.corrections.letters import State, Verdict
from station.corrections.models import Correction, CorrectionLetter
from station.hall.corrections.mending import close_mended
from station.hall.corrections.service import Decision, decide
from tests.station.cases.world import PASS_CARD, item
from tests.station.corrections.town import CODE, installs
from tests.station.hall_desk import HallDesk

PHONE, OPEN = "a" * 32, "b" * 32


@pytest.fixture
def town(tmp_path: Path) -> Iterator[HallDesk]:
    """A report about a phone number that was taken up, and one that nobody has looked at."""
    town = HallDesk(tmp_path)
    with town.village.node.using():
        place = place_of(town.village.node)
        for report_id in (PHONE, OPEN):
            fault = service.Fault("phone", "打不通")
            service.report(place, place.catalog.item(CODE), fault, report_id=report_id, by="示例员")
    town.carries()
    with town.hall.node.using():
        taken = Decision(Verdict.TAKEN_UP)
        decide(place_of(town.hall.node), PHONE, taken, account="boss", by="管理示例")
    yield town
    town.closes()


def test_a_version_whose_answers_a_power_cut_kept_back_is_told_by_housekeeping(town: HallDesk) -> None:
    installs(town.hall, 2, (item(phone="（0751）111 1111"), item(PASS_CARD)))

    with town.hall.node.using():
        chores.keep_house(town.hall.node)
        assert (book.row(PHONE).state, book.row(PHONE).version) == (State.MENDED, 2)


def test_closed_reports_are_deleted_after_their_time_and_open_ones_never(town: HallDesk) -> None:
    installs(town.hall, 2, (item(phone="（0751）111 1111"), item(PASS_CARD)))
    with town.hall.node.using():
        assert close_mended(place_of(town.hall.node)) == 1
        town.hall.time.passes(days=town.hall.settings.keep_arrived_days - 1)
        chores.erase_what_is_due(town.hall.node)
        assert Correction.select().count() == 2
        for _ in range(2):
            town.hall.time.passes(days=1)
            chores.erase_what_is_due(town.hall.node)

        assert [row.report_id for row in Correction.select()] == [OPEN]
        assert {row.report_id for row in CorrectionLetter.select()} == {OPEN}
