"""Which station uses which version, since when, how far behind; who was not heard of for long stands out."""

import html
import re
from datetime import timedelta

import pytest

from station.hall.fleet import catalogs, service
from station.hall.publishing.models import Review, Version
from sync import register
from sync.keys import NodeKeys
from sync.manifest import Manifest
from sync.register import record_of
from tests.tools.counter import Counter

STATIONS = {"a" * 32: "一村站", "b" * 32: "二村站", "c" * 32: "三村站", "d" * 32: "四村站"}
ONE, TWO, THREE, FOUR = STATIONS


@pytest.fixture
def desk(hall: Counter) -> Counter:
    """A hall that published versions 1 to 3, ten days apart, with four stations."""
    joins(hall)
    with hall.node.using():
        review = Review.create(draft="0" * 64, submitted_by="editor", submitted_at=hall.time.at)
        for number in (1, 2, 3):
            at = hall.time.at - timedelta(days=10 * (3 - number))
            Version.create(
                number=number,
                state="published",
                review=review,
                sha256="0" * 64,
                entries=1,
                published_by="publisher",
                published_at=at,
                valid_until=at + timedelta(days=150),
            )
    hall.signs_in("boss")
    return hall


def joins(hall: Counter) -> None:
    """The four stations are this hall's."""
    parent = hall.node.facts.node_id
    with hall.node.using():
        for node_id, name in STATIONS.items():
            record = record_of(NodeKeys.generate(), node_id, "village", name, "440205103201", parent)
            register.remember(record, b"", hall.time.at)


def says(hall: Counter, node_id: str, version: int, days_ago: int = 0) -> None:
    latest = {"catalog": version} if version else {}
    manifest = Manifest(node_id, hall.node.facts.node_id, "2026-11-22T01:41:00Z", latest=latest)
    with hall.node.using():
        service.note_contact(node_id, manifest, "link", hall.time.at - timedelta(days=days_ago))


def lines(hall: Counter) -> dict[str, catalogs.Holding]:
    with hall.node.using():
        found = catalogs.holdings(hall.node.facts.node_id, hall.time.at)
    return {one.node_id: one for one in found}


def test_each_station_is_shown_with_its_version_and_how_far_it_is_behind(desk: Counter) -> None:
    says(desk, ONE, 3)
    says(desk, TWO, 1)
    says(desk, THREE, 0)

    found = lines(desk)
    assert [(found[one].state, found[one].behind, found[one].late_days) for one in STATIONS] == [
        ("newest", 0, 0),
        ("behind", 2, 10),
        ("unknown", 0, 0),
        ("unknown", 0, 0),
    ]
    page = html.unescape(desk.opens("/fleet/catalogs").text)
    assert "4 个在用站点中 1 个已用上，占 25%" in page
    assert "2 版，10 天" in page


def test_since_when_is_the_first_time_it_said_so(desk: Counter) -> None:
    says(desk, ONE, 2, days_ago=6)
    says(desk, ONE, 2, days_ago=3)
    assert lines(desk)[ONE].since == desk.time.at - timedelta(days=6)

    says(desk, ONE, 3, days_ago=1)
    says(desk, ONE, 3)
    assert lines(desk)[ONE].since == desk.time.at - timedelta(days=1)


def test_the_table_is_narrowed_to_those_behind(desk: Counter) -> None:
    says(desk, ONE, 3)
    says(desk, TWO, 2)

    page = desk.opens("/fleet/catalogs?show=behind").text
    rows = re.findall(r"<tbody>.*</tbody>", page, re.S)[0]
    assert "二村站" in rows and "一村站" not in rows
    for show, name in (("newest", "一村站"), ("unknown", "三村站")):
        assert (
            name in re.findall(r"<tbody>.*</tbody>", desk.opens(f"/fleet/catalogs?show={show}").text, re.S)[0]
        )


def test_a_station_that_was_not_heard_of_for_long_stands_out(desk: Counter) -> None:
    says(desk, ONE, 3, days_ago=45)
    says(desk, TWO, 3, days_ago=2)

    page = desk.opens("/fleet/catalogs?show=offline").text
    assert "久未联系 45 天" in page and "二村站" not in page
    assert lines(desk)[FOUR].is_offline


def test_a_revoked_station_does_not_count(desk: Counter) -> None:
    says(desk, ONE, 3)
    for node_id in (TWO, THREE):
        desk.sends(f"/fleet/{node_id}/revoke", reason="电脑被盗", sure="1")
    desk.sends(f"/fleet/{FOUR}/revoke", reason="电脑被盗", sure="1")

    assert "1 个在用站点中 1 个已用上，占 100%" in html.unescape(desk.opens("/fleet/catalogs").text)


def test_an_editor_is_led_back_to_the_history_and_not_to_the_stations(desk: Counter) -> None:
    desk.adds("editor", "编辑示例")
    assert 'href="/fleet/"' in desk.opens("/fleet/catalogs").text.partition("<main")[2]
    desk.signs_in("editor")

    main = desk.opens("/fleet/catalogs").text.partition("<main")[2]
    assert 'href="/publishing/history"' in main and 'href="/fleet/"' not in main
