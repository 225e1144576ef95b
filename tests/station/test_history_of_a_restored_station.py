"""A station's PC is set up again from an old backup: its cases come back from the hall, pages and all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station import kept
from station.app import create_app
from station.backup import make_backup, unpack
from station.cases import counter
from station.cases.fold import Stage
from station.cases.intake import take_in
from station.cases.models import Case, CaseEvent, Intake, Serial
from station.cases.place import place_of
from station.node import Installation
from station.settings import Settings
from sync import inbox, outbox
from sync.incidents import open_incidents
from tests.station.cases.samples import CLERK
from tests.station.cases.world import application
from tests.station.hall_desk import HallDesk
from tests.tools.counter import FAST, PASSWORD


@pytest.fixture
def town(tmp_path: Path) -> Iterator[HallDesk]:
    """A hall and a village; the village's only backup was made before its first case."""
    town = HallDesk(tmp_path)
    with town.village.node.using():
        make_backup(town.village.node, tmp_path / "old.backup", by="boss", now=town.village.time.at)
    yield town
    town.closes()


def is_restored(town: HallDesk, folder: Path, backup: str = "old.backup") -> None:
    """The village's disk died; the backup is laid onto a new one."""
    village = town.village
    village.installation.close()
    unpack(folder / backup, folder / "again")
    village.settings = Settings(folder / "again", argon2=FAST)
    village.installation = Installation(village.settings, village.time.clock())
    village.installation.unlock("agent", PASSWORD)


def corrects_phone(town: HallDesk, case_id: str, phone: str) -> None:
    counter.correct(place_of(town.village.node), case_id, {"applicant.phone": phone}, "电话登记错", CLERK)


def rows(town: HallDesk) -> tuple[set[str], set[str]]:
    """Cases and receipt numbers the village knows."""
    with town.village.node.using():
        return {one.case_id for one in Case.select()}, {one.receipt_number for one in Intake.select()}


def test_cases_numbers_and_the_hall_s_words_are_back_after_one_contact(
    town: HallDesk, tmp_path: Path
) -> None:
    cases = [town.arrives(token=token * 32) for token in "123"]
    town.accepts(cases[1])
    town.carries()
    before = rows(town)
    is_restored(town, tmp_path)
    assert rows(town) == (set(), set())

    town.carries()

    assert rows(town) == before
    assert [town.view_at_village(case_id).stage for case_id in cases] == [
        Stage.ARRIVED,
        Stage.ACCEPTED,
        Stage.ARRIVED,
    ]
    with town.village.node.using():
        assert inbox.quarantined() == []
        assert outbox.counts().queued == 0
        assert [incident.kind for incident in open_incidents()] == ["sent-ahead"]


def test_what_the_village_says_of_a_case_is_what_the_hall_says(town: HallDesk, tmp_path: Path) -> None:
    case_id = town.arrives()
    is_restored(town, tmp_path)
    town.carries()

    here, there = town.view_at_village(case_id), town.view(case_id)

    assert here.official_number == there.official_number
    assert {event.event_id for event in here.timeline} == {event.event_id for event in there.timeline}
    assert here.applicant == there.applicant


def test_an_event_written_since_the_loss_stays_behind_the_ones_that_come_back(
    town: HallDesk, tmp_path: Path
) -> None:
    case_id = town.arrives()
    with town.village.node.using():
        make_backup(town.village.node, tmp_path / "mid.backup", by="boss", now=town.village.time.at)
        corrects_phone(town, case_id, "13800000001")
    town.carries()
    is_restored(town, tmp_path, "mid.backup")
    with town.village.node.using():
        corrects_phone(town, case_id, "13800000002")

    town.carries()

    views = (town.view_at_village(case_id), town.view(case_id))
    assert [view.applicant.phone for view in views if view.applicant] == ["13800000002"] * 2


def test_replaying_twice_changes_nothing(town: HallDesk, tmp_path: Path) -> None:
    town.arrives()
    is_restored(town, tmp_path)
    town.carries()
    with town.village.node.using():
        before = CaseEvent.select().count()

    town.carries()
    town.carries("usb")

    with town.village.node.using():
        assert CaseEvent.select().count() == before


def test_a_number_that_came_back_counts_as_used(town: HallDesk, tmp_path: Path) -> None:
    numbers = [town.takes_in(token=token * 32).intake.receipt_number for token in "12"]
    town.carries()
    is_restored(town, tmp_path)
    town.carries()

    with town.village.node.using():
        used = {row.name[:22]: row.value for row in Serial.select()}
        place = place_of(town.village.node)
        numbers += [take_in(place, application(token * 32), CLERK).intake.receipt_number for token in "34"]

    assert [used["receipt-440205100201-0"], used["running-440205100201-0"]] == [2, 2]
    assert len(set(numbers)) == 4


def test_a_restored_database_that_was_only_copied_back_goes_on_counting(
    town: HallDesk, tmp_path: Path
) -> None:
    """Somebody copies the files by hand: no new terminal is drawn, and the numbers must not repeat."""
    numbers = [town.takes_in(token=token * 32).intake.receipt_number for token in "12"]
    town.carries()
    is_restored(town, tmp_path)
    with town.village.node.using():
        kept.keep_note("terminals", "")
    town.carries()

    with town.village.node.using():
        place = place_of(town.village.node)
        numbers.append(take_in(place, application("3" * 32), CLERK).intake.receipt_number)

    assert numbers[-1][12:14] == "01"
    assert numbers[-1][22:26] == "0003"


def test_the_queue_page_shows_the_letters_that_came_back_green(town: HallDesk, tmp_path: Path) -> None:
    case_id = town.arrives()
    is_restored(town, tmp_path)
    town.carries()
    town.village.app = create_app(town.village.installation)
    town.village.browser = town.village.app.test_client()
    town.village.signs_in()

    page = town.village.opens("/mailroom/?show=all").text

    assert page.count("大厅已签收") >= 3 and "待发</span>" not in page
    assert town.village.opens(f"/cases/{case_id}").status_code == 200
