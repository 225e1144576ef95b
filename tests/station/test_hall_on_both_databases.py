"""The hall's desk and fleet behave the same on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.accounts.models import Account
from station.audit import AuditLine
from station.cases.errors import ActRefused
from station.cases.hall_events import Accepted
from station.cases.ledger import view_of
from station.database import AnyDatabase, open_database
from station.hall.fleet import service as fleet
from station.hall.fleet.models import Contact
from station.hall.inbox import listing, service
from station.hall.inbox.errors import NotYourDesk
from station.hall.inbox.listing import Wanted
from station.hall.inbox.service import Desk
from station.migrations import migrate
from sync.manifest import Manifest, Mine
from tests.station.cases.samples import MORNING
from tests.station.cases.world import County, takes_in


@pytest.fixture
def county(tmp_path: Path, database: AnyDatabase) -> Iterator[County]:
    """A village on SQLite, and a hall on each kind of database in turn."""
    villages = open_database(tmp_path / "village.db", bytes(32))
    migrate(villages, now=MORNING)
    found = County(tmp_path, villages, database)
    yield found
    found.close()


def desk_of(county: County, department: str = "民政局") -> Desk:
    account = Account(name="reviewer", display_name="审核甲", department=department)
    return Desk(county.hall.place, account)


def arrives(county: County) -> str:
    case_id = str(takes_in(county.station).cases[0].case_id)
    county.exchange()
    return case_id


def test_an_act_writes_event_letter_number_and_audit_line_together(county: County) -> None:
    case_id = arrives(county)

    with county.hall.at_work():
        service.accept(desk_of(county), case_id, "依据")
        [accepted] = view_of(case_id).all(Accepted)
        acts = [line.act for line in AuditLine.select()]

    assert accepted.body.document_number.endswith("受〔2026〕1号")
    assert acts == ["case.accepted"]


def test_an_act_that_is_refused_uses_up_no_number(county: County) -> None:
    case_id = arrives(county)

    with county.hall.at_work():
        service.accept(desk_of(county), case_id, "依据")
        with pytest.raises(ActRefused):
            service.accept(desk_of(county), case_id, "依据")
        given = service.Decision(service.End.DONE, result="审批表")
        decided = service.decide(desk_of(county), case_id, given, None)

    assert decided.said["document_number"].endswith("办〔2026〕1号")


def test_a_case_of_another_department_is_not_opened(county: County) -> None:
    case_id = arrives(county)

    with county.hall.at_work(), pytest.raises(NotYourDesk):
        service.accept(desk_of(county, "残联"), case_id, "依据")


@pytest.mark.parametrize(("words", "found"), [("津贴", 1), ("%", 0), ("44020510", 1), ("残疾", 0)])
def test_words_find_cases_and_signs_of_the_database_mean_nothing(
    county: County, words: str, found: int
) -> None:
    arrives(county)

    with county.hall.at_work():
        rows = listing.query_for(county.hall.node_id, "民政局", Wanted(words=words))
        assert rows.count() == found
        assert listing.counts(county.hall.node_id, "民政局")["new"] == 1


def test_a_contact_is_kept_once_a_station_and_renewed(county: County) -> None:
    station_id = county.station.node_id
    with county.hall.at_work():
        for waiting in (4, 2):
            said = Manifest(
                station_id, county.hall.node_id, "2026-11-23T01:30:00Z", mine=(Mine("1" * 16, waiting, 0),)
            )
            fleet.note_contact(station_id, said, "link", county.hall.now)

        assert [contact.waiting for contact in Contact.select()] == [2]


def test_a_station_that_says_absurd_numbers_of_itself_is_noted_all_the_same(county: County) -> None:
    most = 2**53 - 1
    with county.hall.at_work():
        said = Manifest(
            county.station.node_id,
            county.hall.node_id,
            "2999-12-31T23:59:59Z",
            mine=(Mine("1" * 16, most, 0), Mine("2" * 16, most, 0)),
            latest={"catalog": most},
        )
        for path in ("usb", "relay", "link"):
            fleet.note_contact(county.station.node_id, said, path, county.hall.now)

        [contact] = Contact.select()
        assert (contact.catalog, contact.said_at) == (fleet.NUMBER_MAX, county.hall.now)
