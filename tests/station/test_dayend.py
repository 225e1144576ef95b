"""The day-end sheet adds up, and says what does not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station.cases.clocks import local_day
from station.cases.models import Document, Intake
from station.database import AnyDatabase
from station.dayend.service import Sheet, read_day, sheet_of
from station.errors import InputRefused
from sync.tables import OutLetter
from tests.station.cases.samples import MORNING
from tests.station.cases.world import County, takes_in
from tests.tools.counter import Counter


@pytest.fixture
def county(tmp_path: Path, database: AnyDatabase) -> Iterator[County]:
    found = County(tmp_path, database)
    yield found
    found.close()


def sheet(county: County, days_ago: int = 0) -> Sheet:
    office = county.station
    now = office.clock.now()
    with office.at_work():
        return sheet_of(office.node_id, "示范村", local_day(now) - timedelta(days=days_ago), now=now)


def test_a_day_without_work_balances(county: County) -> None:
    assert (sheet(county).intakes, sheet(county).difference) == (0, 0)


def test_what_came_in_is_either_acknowledged_or_waiting(county: County) -> None:
    takes_in(county.station)
    waiting = sheet(county)
    county.exchange()
    acknowledged = sheet(county)

    assert (waiting.cases, waiting.waiting, waiting.acknowledged) == (1, 1, 0)
    assert (acknowledged.cases, acknowledged.waiting, acknowledged.acknowledged) == (1, 0, 1)
    assert waiting.papers == {"收件凭证": 1}
    assert (waiting.difference, waiting.why) == (0, ())
    assert waiting.first_number == waiting.last_number != ""


def test_another_day_is_another_sheet(county: County) -> None:
    takes_in(county.station)

    assert sheet(county, days_ago=1).intakes == 0


def test_a_missing_number_a_missing_paper_and_a_missing_letter_are_each_named(county: County) -> None:
    takes_in(county.station)
    second = takes_in(county.station, token="b" * 32)
    with county.station.at_work():
        Document.delete().execute()
        OutLetter.update(subject="f" * 32).execute()
        Intake.update(origin="").where(Intake.intake_id != second.intake.intake_id).execute()

    told = sheet(county)

    assert told.missing_numbers == ("01-0001",)
    assert told.unprinted == (second.intake.receipt_number,)
    assert told.unposted == (second.intake.receipt_number,)
    assert told.difference == 3 and len(told.why) == 3


@pytest.mark.parametrize("text", ["2026-13-01", "yesterday", "2099-01-01", "1999-01-01", "2026-11-22T00:00"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputRefused):
        read_day(text, now=MORNING)


def test_the_page_shows_the_sheet_to_the_window_only(station: Counter) -> None:
    station.signs_in()
    assert "账实相符" in station.opens("/day-end/").text
    assert station.opens("/day-end/?day=2099-01-01").status_code == 422
    station.signs_in("boss")
    assert station.opens("/day-end/").status_code == 403
