"""A village whose parent is a township: its cases go to the county, and its pages say where they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.cases.place import place_of
from sync import register
from tests.station.joined import accept_notes, join, served, writes
from tests.tools.counter import VILLAGE, Counter


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Counter]:
    counter = Counter(tmp_path / "county", "county", "440205000000")
    yield counter
    counter.closes()


@pytest.fixture
def township(tmp_path: Path, county: Counter) -> Iterator[Counter]:
    counter = Counter(tmp_path / "township", "township", "440205100000")
    join(counter, county)
    yield counter
    counter.closes()


@pytest.fixture
def village(tmp_path: Path, township: Counter) -> Iterator[Counter]:
    counter = Counter(tmp_path / "village", "village", VILLAGE)
    join(counter, township)
    counter.signs_in()
    yield counter
    counter.closes()


def calls(station: Counter, url: str) -> str:
    """One press on the button; the page after it."""
    station.node.facts = station.node.facts.with_parent(url)
    station.sends("/mailroom/contact")
    return station.opens("/mailroom/").text


def exchanges(station: Counter, url: str) -> None:
    station.node.facts = station.node.facts.with_parent(url)
    with station.node.using():
        assert station.node.exchange_now().state == "ok"


def test_cases_of_a_village_below_a_township_are_for_the_county(village, county) -> None:
    with village.node.using():
        assert place_of(village.node).require_hall() == county.node.facts.node_id


def test_the_queue_says_that_the_township_holds_a_letter_and_never_shows_it_green(
    village, township, county
) -> None:
    arrived = accept_notes(county.node)
    writes(village, county)
    with served(township) as url:
        page = calls(village, url)
    assert "已交示范村便民服务站代转" in page
    assert 'class="tag b">已交' in page
    assert arrived == []

    with served(county) as url:
        exchanges(township, url)
    assert [one.path for one in arrived] == ["relay"]
    with served(township) as url:
        page = calls(village, url)
    assert "没有等待签收的信件" in page


def test_the_page_of_a_letter_shows_the_townships_signed_word(village, township, county) -> None:
    name = writes(village, county).envelope_hash
    with served(township) as url:
        calls(village, url)

    page = village.opens(f"/mailroom/letters/{name}").text
    proof = village.opens(f"/mailroom/letters/{name}/proof.json").json

    assert "代转站的保管凭据" in page
    assert township.node.facts.node_id in page
    assert proof["custody"]["signatures"][0]["keyid"] == township.node.keys.key_id
    assert proof["acknowledgement"] is None


def test_the_county_lists_the_villages_of_its_townships_once_they_are_introduced(
    village, township, county
) -> None:
    with served(county) as url:
        exchanges(township, url)

    with county.node.using():
        below = [one.node_id for one in register.nodes_below(county.node.facts.node_id)]
    assert sorted(below) == sorted([village.node.facts.node_id, township.node.facts.node_id])


def test_a_stick_from_the_village_is_for_the_county_unless_asked_otherwise(village, township, county) -> None:
    village.signs_in("boss")

    page = village.opens("/mailroom/stick").text

    assert page.index(county.node.facts.node_id) < page.index(township.node.facts.node_id)
