"""A village that only reaches its township has the county's catalog from there, and news as deltas."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from station.places import REPOSITORY_FOLDER
from tests.station.line import NAMES, Line, served
from tests.tools.link import Link


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path)
    yield line
    line.closes()


def test_the_village_trusts_the_countys_root_and_takes_the_catalog_from_the_township(line: Line) -> None:
    with served(line.township) as url:
        report, _ = line.village_takes(url)

    assert (report.state, report.version, report.why) == ("new", 1, "")


def test_what_changed_costs_the_village_a_few_kilobytes(line: Line) -> None:
    with served(line.township) as url:
        line.village_takes(url)
        line.publishes(2, *NAMES[:7], "残疾人证", *NAMES[8:])
        line.township_takes()
        report, source = line.village_takes(url)
        again, quiet = line.village_takes(url)

    assert (report.state, report.version) == ("new", 2)
    assert source.bytes_read < 4000
    assert (again.state, quiet.requests) == ("current", 2)


def test_a_look_for_news_costs_two_requests_and_a_kilobyte_headers_and_all(line: Line) -> None:
    with served(line.township) as url, Link(urlsplit(url).port or 0) as link:
        there = f"http://127.0.0.1:{link.port}/catalog"
        line.village_takes(there)
        link.forget()
        report, source = line.village_takes(there)

    assert (report.state, source.requests) == ("current", 2)
    assert sum(link.passed.values()) <= 1024


def test_one_changed_item_costs_less_than_eight_kilobytes_headers_and_all(line: Line) -> None:
    with served(line.township) as url, Link(urlsplit(url).port or 0) as link:
        there = f"http://127.0.0.1:{link.port}/catalog"
        line.village_takes(there)
        line.publishes(2, *NAMES[:7], "残疾人证", *NAMES[8:])
        line.township_takes()
        link.forget()
        report, _ = line.village_takes(there)

    assert (report.state, report.version) == ("new", 2)
    assert sum(link.passed.values()) < 8 * 1024


def test_what_a_township_could_not_take_it_does_not_hand_on(line: Line) -> None:
    line.publishes(2, *NAMES[1:])
    for path in (line.county.node.repository_folder / "targets").rglob("*.pack.jsonl*"):
        path.write_bytes(b"{}\n")

    refused = line.township_takes()
    with served(line.township) as url:
        report, _ = line.village_takes(url)

    assert (refused.state, report.state, report.version) == ("refused", "new", 1)


def test_a_village_hands_on_nothing(line: Line) -> None:
    with served(line.township) as url:
        line.village_takes(url)

    assert not (line.village.node.settings.data_folder / REPOSITORY_FOLDER).exists()
