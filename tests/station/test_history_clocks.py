"""A village PC whose battery died takes cases in under 2019 or 2035, and nothing legal hangs on it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from station.cases.counter_events import Printed
from station.cases.intake import take_in
from station.cases.place import place_of
from station.node import Installation
from sync.clock import Proof
from tests.station.cases.samples import CLERK
from tests.station.cases.world import application
from tests.station.hall_desk import HallDesk
from tests.tools.counter import PASSWORD

YEARS = [datetime(2019, 1, 1, 4, tzinfo=UTC), datetime(2035, 6, 1, 4, tzinfo=UTC)]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[HallDesk]:
    town = HallDesk(tmp_path)
    yield town
    town.closes()


def starts_at(town: HallDesk, wall: datetime) -> None:
    """The village's PC is started again, and its clock says this."""
    village = town.village
    village.time.at = wall
    village.installation.close()
    (village.settings.data_folder / "clock.json").unlink(missing_ok=True)
    village.installation = Installation(village.settings, village.time.clock())
    village.installation.unlock("agent", PASSWORD)


def takes_in(town: HallDesk, token: str) -> str:
    node = town.village.node
    with node.using():
        return str(take_in(place_of(node), application(token * 32), CLERK).cases[0].case_id)


@pytest.mark.parametrize("wall", YEARS, ids=["2019", "2035"])
def test_what_is_taken_in_and_printed_under_an_unproven_clock_says_so_at_both_ends(
    town: HallDesk, wall: datetime
) -> None:
    starts_at(town, wall)

    case_id = takes_in(town, "1")
    town.carries()

    for view in (town.view(case_id), town.view_at_village(case_id)):
        assert view.received is not None
        assert {view.received.event.proof, *(w.event.proof for w in view.all(Printed))} == {Proof.NONE}


@pytest.mark.parametrize("wall", YEARS, ids=["2019", "2035"])
def test_the_hall_counts_from_its_own_time(town: HallDesk, wall: datetime) -> None:
    starts_at(town, wall)
    case_id = takes_in(town, "1")
    town.carries()

    page = town.opens(case_id).text

    assert "时钟未核对" in page
    assert town.view(case_id).stage.value == "arrived"
    assert town.accepts(case_id).status_code == 302
    accepted = town.view(case_id).accepted
    assert accepted is not None
    assert accepted.body.since[:4] == "2026"


@pytest.mark.parametrize("wall", YEARS, ids=["2019", "2035"])
def test_numbers_of_two_years_do_not_collide_when_the_clock_is_put_right(
    town: HallDesk, wall: datetime
) -> None:
    now = town.village.time.at
    first = takes_in(town, "1")
    starts_at(town, wall)
    second = takes_in(town, "2")
    starts_at(town, now)
    third = takes_in(town, "3")
    town.carries()

    views = [town.view(case_id) for case_id in (first, second, third)]
    numbers = [view.received.body.receipt_number for view in views if view.received]
    assert len(set(numbers)) == 3
    assert [number[14:18] for number in numbers] == ["2026", str(wall.year), "2026"]
