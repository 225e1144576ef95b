"""A hall's server is set up again from an old backup: its decisions come back from the stations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.app import create_app
from station.backup import make_backup, unpack
from station.cases.fold import Stage
from station.cases.hall_events import Accepted, Arrived
from station.cases.models import Case, Serial, next_counted
from station.node import Installation
from station.settings import Settings
from sync import inbox
from sync.incidents import open_incidents
from tests.station.hall_desk import HallDesk
from tests.tools.counter import FAST, PASSWORD


@pytest.fixture
def town(tmp_path: Path) -> Iterator[HallDesk]:
    """A hall and a village; the hall's only backup was made before the first case."""
    town = HallDesk(tmp_path)
    with town.hall.node.using():
        make_backup(town.hall.node, tmp_path / "old.backup", by="boss", now=town.hall.time.at)
    yield town
    town.closes()


def is_restored(town: HallDesk, folder: Path) -> None:
    """The hall's disk died; the backup is laid onto a new one."""
    hall = town.hall
    hall.installation.close()
    unpack(folder / "old.backup", folder / "again")
    hall.settings = Settings(folder / "again", argon2=FAST)
    hall.installation = Installation(hall.settings, hall.time.clock())
    hall.installation.unlock("reviewer", PASSWORD)
    hall.app = create_app(hall.installation)
    hall.browser = hall.app.test_client()
    hall.signs_in("reviewer")


def test_the_hall_s_decisions_are_back_after_one_contact(town: HallDesk, tmp_path: Path) -> None:
    cases = [town.arrives(token=token * 32) for token in "12"]
    town.accepts(cases[0])
    town.carries()
    stated = town.view_at_village(cases[0]).all(Accepted)
    is_restored(town, tmp_path)

    town.carries()
    town.carries()

    assert [town.view(case_id).stage for case_id in cases] == [Stage.ACCEPTED, Stage.ARRIVED]
    assert [w.event.event_id for w in town.view(cases[0]).all(Accepted)] == [stated[0].event.event_id]
    with town.hall.node.using():
        assert Case.select().count() == 2
        assert inbox.quarantined() == []
        assert [incident.kind for incident in open_incidents()] == ["sent-ahead"]


def test_both_sides_go_by_the_arrival_that_was_told_first(town: HallDesk, tmp_path: Path) -> None:
    """The restored hall takes the case in a second time before its first word on it is back."""
    case_id = town.arrives()
    first = town.view_at_village(case_id).first(Arrived)
    is_restored(town, tmp_path)
    town.carries()
    town.carries()

    for view in (town.view(case_id), town.view_at_village(case_id)):
        found = view.first(Arrived)
        assert found is not None and first is not None
        assert found.event.event_id == first.event.event_id


def test_a_document_number_is_not_given_again(town: HallDesk, tmp_path: Path) -> None:
    cases = [town.arrives(token=token * 32) for token in "12"]
    town.accepts(cases[0])
    town.carries()
    is_restored(town, tmp_path)
    town.carries()
    town.carries()

    town.accepts(cases[1])

    numbers = [town.view(case_id).all(Accepted)[0].body.document_number for case_id in cases]
    assert numbers[0].endswith("受〔2026〕1号")
    assert numbers[1].endswith("受〔2026〕1001号")


def test_even_before_any_station_spoke_a_restored_hall_leaves_room_for_the_numbers_it_forgot(
    town: HallDesk, tmp_path: Path
) -> None:
    with town.hall.node.using():
        assert next_counted("document:民政局受〔2026〕", "〔2026〕") == 1
    is_restored(town, tmp_path)

    with town.hall.node.using():
        assert next_counted("document:民政局受〔2026〕", "〔2026〕") == 1001
        assert next_counted("document:民政局受〔2027〕", "〔2027〕") == 1
        assert Serial.get_by_id("skipped:〔2026〕").value == 1000
