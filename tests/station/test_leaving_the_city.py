"""A county that lies over the city's catalog no more, and a city that publishes none any more."""

from dataclasses import replace

import pytest

from catalog_cache.demonstration import demonstration_packages
from catalog_cache.distribution.publish import Repository
from station.hall.publishing import base, draft, leaving
from station.hall.publishing.errors import NoBase
from tests.catalog_cache.layered import CITY, pack
from tests.catalog_cache.press import START
from tests.station.city_desk import County
from tests.station.test_city_desk import ITEMS, brings
from tests.station.test_layers_desk import station_of

FIRST, SECOND, THIRD = ITEMS[:3]


@pytest.fixture
def county(tmp_path, city):
    """Version 1 lies over the city's; the first item has a place of the county's own, a township a line."""
    county = County(tmp_path)
    city.grants(county)
    city.publishes(*ITEMS)
    brings(city, county)
    county.takes_over()
    county.takes_up(FIRST.code)
    county.says(FIRST.code, place="曲江区政务服务中心二楼")
    county.sends("layers/townships/440205100000", code=SECOND.code, place="马坝镇政府一楼")
    assert county.signs_what_is_there().status_code == 302
    yield county
    county.hall.closes()


def test_a_county_that_leaves_keeps_every_item_as_its_own_and_no_station_notices(county, tmp_path):
    assert county.sends("layers/leave").status_code == 422, "one has to say what becomes of the items"

    answer = county.sends("layers/leave", keeps="all")
    assert f"{len(ITEMS)} 项转为本县自己的，0 项将移出" in county.hall.opens(answer.location).text
    assert "从这一版起本县目录不依市级目录" in county.reads("diff")
    assert county.in_use(FIRST.code).source_of("name").level == "city", "until it is signed"
    assert county.signs_what_is_there().status_code == 302

    spoken = county.in_use(FIRST.code)
    assert spoken.item.place == "曲江区政务服务中心二楼"
    assert (spoken.source_of("name").level, spoken.source_of("place").level) == ("county", "county")
    catalog = station_of(county, tmp_path / "station", "440205100201")
    assert all(catalog.has(item.code) for item in ITEMS)
    assert catalog.spoken(SECOND.code).item.place == "马坝镇政府一楼"
    assert "没有差别" in county.reads("diff")


def test_a_county_that_keeps_only_what_it_took_up_is_told_each_item_that_leaves(county):
    county.sends("layers/leave", keeps="own")

    page = county.reads("diff")
    assert f"移出 {len(ITEMS) - 1}" in page and SECOND.name in page and THIRD.name in page
    county.signs_what_is_there()
    catalog = county.hall.installation.current_catalog()
    assert catalog.has(FIRST.code) and not catalog.has(SECOND.code)


def test_leaving_is_reviewed_by_somebody_else(county):
    county.signs_in("publisher")
    county.sends("layers/leave", keeps="all")
    county.signs_in("editor")
    sent = county.sends("submit")
    county.signs_in("publisher")

    decided = county.sends(sent.location.removeprefix("/publishing/"), decision="approve")

    assert decided.status_code == 409 and "您改过这份草稿" in decided.text


def test_taking_the_citys_catalog_over_again_undoes_it(county):
    before = county.reads("diff")
    county.sends("layers/leave", keeps="own")
    assert "可以接收" in county.reads("layers/") and "第 1 版" in county.reads("layers/news")

    county.takes_over()

    assert "没有差别" in county.reads("diff") and "没有差别" in before
    with county.hall.node.using():
        assert not base.is_new() and draft.counts().removed == 0
    county.says(FIRST.code, phone="0751-7654321")
    county.signs_what_is_there()
    item = county.in_use(FIRST.code)
    assert (item.source_of("place").level, item.source_of("name").level) == ("county", "city")


def test_after_leaving_the_citys_new_catalog_is_no_duty_and_its_renewed_signature_still_comes(city, county):
    county.sends("layers/leave", keeps="all")
    county.signs_what_is_there()
    city.publishes(replace(FIRST, phone="0751-12345"), *ITEMS[1:])
    brings(city, county)

    assert "等待接收" not in county.reads("") and "可以接收" in county.reads("layers/")
    county.says(FIRST.code, phone="0751-7654321")
    assert county.signs_what_is_there().status_code == 302
    assert county.in_use(FIRST.code).item.phone == "0751-7654321"
    metadata = county.hall.node.repository_folder / "metadata"
    assert (metadata / "3.targets.json").exists(), "the city's file, which runs out on a day, is the newest"
    county.takes_over()
    county.signs_what_is_there()
    assert county.in_use(FIRST.code).source_of("name").version == 2


def test_leaving_over_a_base_that_never_counted_tells_what_the_city_withdrew_in_it(city, county):
    city.publishes(FIRST, SECOND)
    brings(city, county)
    county.takes_over()

    county.sends("layers/leave", keeps="all")

    page = county.reads("diff")
    assert THIRD.name in page and "移出" in page
    county.signs_what_is_there()
    catalog = county.hall.installation.current_catalog()
    assert catalog.has(SECOND.code) and not catalog.has(THIRD.code)


def test_a_county_over_no_base_cannot_leave_one(county):
    county.sends("layers/leave", keeps="all")

    assert county.sends("layers/leave", keeps="all").status_code == 409


def test_a_city_that_stops_publishes_an_empty_catalog_and_its_counties_hear_of_every_item(city, county):
    city.signs_in("editor")
    for item in ITEMS:
        city.sends(f"entries/{item.code}/remove")
    city.has_approval()
    assert city.signs().status_code == 302
    brings(city, county)

    page = county.reads("layers/news")
    assert page.count("市级撤回") == len(ITEMS)
    county.takes_over()
    assert county.signs_what_is_there().status_code == 302
    assert not any(county.hall.installation.current_catalog().has(item.code) for item in ITEMS)


@pytest.mark.parametrize("keeps_all", [True, False])
def test_leaving_and_coming_back_is_the_same_on_both_databases(database, tmp_path, keeps_all):
    items, repository = ITEMS[:3], Repository(tmp_path)
    data = pack(replace(CITY, version=1), items=items, packages=demonstration_packages()[:1])
    base.follow(data, by="editor", now=START)
    base.take_up(FIRST.code, by="editor", now=START)
    before = draft.counts()

    left = leaving.leave(repository, keeps_all=keeps_all, by="editor", now=START)

    assert (left.kept, left.removed) == ((4, 0) if keeps_all else (1, 3))
    assert draft.counts().entries == left.kept and base.held() is None
    with pytest.raises(NoBase):
        leaving.leave(repository, keeps_all=keeps_all, by="editor", now=START)
    base.follow(data, by="editor", now=START)
    assert base.held() is not None and not base.has_left()
    assert draft.counts().entries == before.entries - 1, "what says nothing of its own is the city's again"
    assert base.not_taken_up().count() == 4
