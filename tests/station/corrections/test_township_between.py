"""A village below a township: its report goes through, unread, and the answer comes back the same way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.cases.place import place_of
from station.corrections import book, service
from station.corrections.letters import State, Verdict
from station.corrections.models import Correction
from station.hall.corrections.service import Decision, decide
from tests.station.cases.samples import MORNING
from tests.station.cases.world import item
from tests.station.corrections.town import CODE, FAULT, installs
from tests.station.joined import join
from tests.station.test_township_between import exchanges, served
from tests.tools.counter import VILLAGE, Counter

REPORT = "ab" * 16


@pytest.fixture
def row(tmp_path: Path) -> Iterator[tuple[Counter, Counter, Counter]]:
    """County, township and village, each with the catalog."""
    county = Counter(tmp_path / "county", "county", "440205000000")
    township = Counter(tmp_path / "township", "township", "440205100000")
    village = Counter(tmp_path / "village", "village", VILLAGE)
    join(township, county)
    join(village, township)
    for counter in (county, township, village):
        installs(counter, 1, (item(),))
        counter.time.at = MORNING
    yield county, township, village
    for counter in (village, township, county):
        counter.closes()


def test_a_report_passes_a_township_and_its_answer_comes_back(row: tuple[Counter, ...]) -> None:
    county, township, village = row
    with village.node.using():
        place = place_of(village.node)
        service.report(place, place.catalog.item(CODE), FAULT, report_id=REPORT, by="示例员")
    with served(township) as url:
        exchanges(village, url)
    with township.node.using():
        assert Correction.select().count() == 0
    with served(county) as url:
        exchanges(township, url)
    with county.node.using():
        assert book.row(REPORT).station == village.node.facts.node_id
        refused = Decision(Verdict.REFUSED, "文件仍要求")
        decide(place_of(county.node), REPORT, refused, account="boss", by="管理示例")

    with served(county) as url:
        exchanges(township, url)
    with served(township) as url:
        exchanges(village, url)

    with village.node.using():
        held = book.row(REPORT)
        assert (held.state, held.answer) == (State.REFUSED, "文件仍要求")
