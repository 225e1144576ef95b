"""Every station tells the county which version it uses: on its link, by a relay, on a stick."""

import html
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from station.hall.fleet import catalogs
from station.hall.fleet.catalogs import Holding
from station.hall.publishing.models import Review, Version
from tests.station.line import NAMES, Line, served
from tests.tools.counter import Counter


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """County, township and village in a row, all with version 1; the county knows when it published it."""
    line = Line(tmp_path)
    with served(line.township) as url:
        line.village_takes(url)
    catches_up(line)
    came_out(line, 1)
    yield line
    line.closes()


def came_out(line: Line, number: int) -> None:
    at = line.county.time.at
    with line.county.node.using():
        review = Review.create(draft="0" * 64, submitted_by="editor", submitted_at=at)
        facts = {"state": "published", "review": review, "sha256": "0" * 64, "entries": 60}
        dates = {"published_at": at, "valid_until": at + timedelta(days=150)}
        Version.create(number=number, published_by="publisher", **facts, **dates)


def exchanges(below: Counter, above: Counter) -> None:
    """One exchange on the link between the two, which cost no more than a request or two."""
    with served(above) as url:
        below.node.facts = below.node.facts.with_parent(url.removesuffix("/catalog"))
        with below.node.using():
            assert below.node.exchange_now().state == "ok"


def all_exchange(line: Line) -> None:
    """The township once more first, so that the county knows the village when its word comes."""
    exchanges(line.township, line.county)
    exchanges(line.village, line.township)
    exchanges(line.township, line.county)


def carries_a_stick(line: Line, data: bytes | None = None) -> bytes:
    """From the village to the county by hand; an old stick again where one is given."""
    line.village.signs_in("boss")
    line.county.signs_in("boss")
    out = data or line.village.sends("/mailroom/stick/export").data
    taken = line.county.sends("/mailroom/stick/import", {"bundle": (BytesIO(out), "stick.ymb")})
    assert "已导入" in taken.text
    return out


def seen(line: Line, node: Counter) -> Holding:
    """What the county's list says of a station."""
    with line.county.node.using():
        found = catalogs.holdings(line.county.node.facts.node_id, line.county.time.at)
    return next(one for one in found if one.node_id == node.node.facts.node_id)


def time_passes(line: Line, **span: float) -> datetime:
    for node in (line.county, line.township, line.village):
        node.time.passes(**span)
    return line.county.time.at


def catches_up(line: Line) -> None:
    """No clock here is behind that of who signs."""
    time_passes(line, seconds=(line.press.now - line.county.time.at).total_seconds() + 60)


def second_version(line: Line) -> None:
    line.publishes(2, *NAMES[:59], "残疾人证")
    catches_up(line)
    came_out(line, 2)


def village_takes_the_second(line: Line) -> None:
    line.township_takes()
    with served(line.township) as url:
        assert line.village_takes(url)[0].version == 2


def test_a_station_on_its_own_link_says_which_version_it_uses(line: Line) -> None:
    exchanges(line.township, line.county)

    found = seen(line, line.township)
    assert (found.version, found.state, found.said_path) == (1, "newest", "link")


def test_a_village_behind_a_township_is_heard_by_the_county_with_its_own_signed_word(line: Line) -> None:
    all_exchange(line)
    first = seen(line, line.village)
    assert (first.version, first.state, first.said_path) == (1, "newest", "relay")

    second_version(line)
    assert seen(line, line.village).state == "behind"
    said_at = time_passes(line, minutes=10)
    village_takes_the_second(line)
    exchanges(line.village, line.township)
    time_passes(line, minutes=5)
    exchanges(line.township, line.county)

    found = seen(line, line.village)
    assert (found.version, found.state) == (2, "newest")
    assert found.said_at == found.since == said_at.replace(microsecond=0)
    page = html.unescape(Counter.opens(signed_in(line), "/fleet/catalogs").text)
    assert "说的，经镇中转" in page and "2 个在用站点" in page


def signed_in(line: Line) -> Counter:
    line.county.signs_in("boss")
    return line.county


def test_a_township_that_repeats_itself_makes_no_dead_village_look_alive(line: Line) -> None:
    all_exchange(line)
    heard_at = seen(line, line.village).heard_at

    time_passes(line, days=40)
    exchanges(line.township, line.county)

    found = seen(line, line.village)
    assert (found.heard_at, found.is_offline) == (heard_at, True)


def test_a_stick_tells_the_version_and_when_it_was_written(line: Line) -> None:
    all_exchange(line)
    second_version(line)
    line.township_takes()
    with served(line.township) as url:
        line.village_takes(url)
    written_at = time_passes(line, days=1)
    line.village.signs_in("boss")
    stick = line.village.sends("/mailroom/stick/export").data
    arrived_at = time_passes(line, days=6)
    carries_a_stick(line, stick)

    found = seen(line, line.village)
    assert (found.version, found.said_path, found.path) == (2, "usb", "usb")
    assert (found.said_at, found.heard_at) == (written_at.replace(microsecond=0), arrived_at)


def test_a_stick_that_was_long_on_its_way_takes_back_nothing_newer(line: Line) -> None:
    all_exchange(line)
    time_passes(line, hours=1)
    old = carries_a_stick(line)
    second_version(line)
    time_passes(line, days=3)
    village_takes_the_second(line)
    exchanges(line.village, line.township)
    exchanges(line.township, line.county)
    time_passes(line, days=2)

    carries_a_stick(line, old)

    found = seen(line, line.village)
    assert (found.version, found.said_path, found.path) == (2, "relay", "usb")


def test_a_version_that_this_hall_never_signed_is_not_called_the_newest(line: Line) -> None:
    with line.county.node.using():
        Version.delete().execute()
    exchanges(line.township, line.county)

    found = seen(line, line.township)
    assert (found.is_foreign, found.state) == (True, "unknown")
    assert "不是本大厅签发的" in html.unescape(signed_in(line).opens("/fleet/catalogs").text)
