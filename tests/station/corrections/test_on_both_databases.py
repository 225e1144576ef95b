"""The circle is the same with the hall's tables on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from station.audit import AuditLine
from station.corrections import book, service
from station.corrections.errors import DecisionRefused
from station.corrections.letters import State, Verdict
from station.corrections.mail import handlers
from station.corrections.service import Fault
from station.database import AnyDatabase, open_database
from station.hall.corrections import listing, mending
from station.hall.corrections.service import Decision, decide
from station.migrations import migrate
from sync.rows import write
from tests.station.cases.samples import MORNING
from tests.station.cases.world import County, Office, item

CODE = "L05000000001"


@pytest.fixture
def county(tmp_path: Path, database: AnyDatabase) -> Iterator[County]:
    """A village on SQLite, and a hall on each kind of database in turn; both take letters about guides."""
    villages = open_database(tmp_path / "village.db", bytes(32))
    migrate(villages, now=MORNING)
    found = County(tmp_path, villages, database)
    for office in (found.hall, found.station):
        _listens(office)
    yield found
    found.close()


def _listens(office: Office) -> None:
    office.box.handlers.update(handlers(lambda: office.place))  # type: ignore[attr-defined]


def reports(county: County, number: int, element: str = "phone") -> str:
    station, report_id = county.station, f"{number:032x}"
    with station.at_work():
        found = station.place.catalog.item(CODE)
        service.report(station.place, found, Fault(element, "打不通 %"), report_id=report_id, by="示例员")
    county.exchange()
    return report_id


def test_two_editors_who_answer_at_the_same_moment_send_one_answer(county: County) -> None:
    report_id = reports(county, 1)
    hall, refused = county.hall, list[str]()

    def second() -> None:
        with hall.at_work():
            try:
                _refuses(county, report_id, "二号编辑")
            except DecisionRefused as error:
                refused.append(error.why)

    other = Thread(target=second)
    with hall.at_work():
        with write():
            _refuses(county, report_id, "一号编辑")
            other.start()
            other.join(timeout=1.0)  # it has read the report, or waits for its turn
        other.join()
        assert [one.by for one in book.letters_of(report_id)[1:]] == ["一号编辑"]
        assert book.row(report_id).answers == 1
    assert refused == ["您打开页面之后，别人刚答复过。"]


def _refuses(county: County, report_id: str, by: str) -> None:
    decide(county.hall.place, report_id, Decision(Verdict.REFUSED, "对的"), account="editor", by=by)


def test_a_report_is_listed_counted_decided_closed_and_forgotten(county: County) -> None:
    first, second = reports(county, 1), reports(county, 2)
    hall = county.hall
    with hall.at_work():
        rows = list(listing.query_for(hall.node_id, "open", "津贴"))
        assert [row.report_id for row in rows] == [first, second]
        assert [line.stations for line in listing.lines_of(rows, MORNING.date())] == [1, 1]
        assert list(listing.query_for(hall.node_id, "open", "%")) == []
        decide(hall.place, first, Decision(Verdict.TAKEN_UP), account="editor", by="编辑")
        same = Decision(Verdict.DUPLICATE, another=first)
        decide(hall.place, second, same, account="editor", by="编辑")
        assert listing.counts(hall.node_id)["duplicate"] == 1
        hall.installs(2, [item(phone="（0751）111 1111")])
        assert mending.close_mended(hall.place) == 1
        assert listing.counts(hall.node_id)["closed"] == 2
        acts = [line.act for line in AuditLine.select().order_by(AuditLine.number)]
        assert acts == ["correction.taken_up", "correction.duplicate"]
    county.exchange()

    with county.station.at_work():
        for report_id in (first, second):
            row = book.row(report_id)
            assert (row.state, row.version) == (State.MENDED, 2)
    with hall.at_work():
        hall.passes(days=401)
        assert service.forget_closed(hall.now) == 2
