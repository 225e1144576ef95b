"""The State Council's notice entered once at the city, and what each county does with it."""

from datetime import date

import pytest

from catalog_cache.calendar.holidays import read_table
from station.hall.holidays.service import city_table
from tests.station.city_desk import FIRST_WORD, SECOND_WORD, ZHENJIANG, County
from tests.station.test_city_desk import ITEMS, brings
from tests.station.test_city_zip import brings as brought
from tests.tools.notice import notice

MADE_UP_DAY = date(2027, 2, 20)


@pytest.fixture
def county(tmp_path, city):
    """Its catalog lies over the city's first version."""
    county = County(tmp_path)
    city.grants(county)
    city.publishes(*ITEMS)
    brings(city, county)
    county.takes_over()
    county.signs_what_is_there()
    yield county
    county.hall.closes()


def announces(city, **changes):
    """An editor enters 2027, a second person approves, two keepers sign."""
    city.signs_in("editor")
    seen = city.reads("holidays/2027").split('name="seen" value="')[1].split('"')[0]
    assert city.sends("holidays/2027", **notice(seen=seen, **changes)).status_code == 302
    assert "草稿，待审核签发" in city.reads("holidays/")
    city.has_approval()
    assert city.signs().status_code == 302
    city.signs_in("editor")


def signed_years(city, county):
    """What lies in a county's folder at the city, announced or not."""
    [data] = [
        one.read_bytes()
        for one in (city.folder_of(county) / "targets/city").glob("*.holidays.json")
        if one.name[:64] == city.desk.city.counties()[-1].files["city/holidays.json"].hashes["sha256"]
    ]
    return {year.year: year.provisional for year in read_table(data).years}


def works(county):
    return county.hall.installation.catalog.calendar().is_workday(MADE_UP_DAY)


def test_a_notice_signed_at_the_city_is_taken_into_the_countys_draft_with_one_click(city, county):
    announces(city)
    page = city.reads("holidays/")
    assert "草稿，待审核签发" not in page and "已公布" in page and "没有差别" in city.reads("diff")
    assert signed_years(city, county)[2027] is False and signed_years(city, county)[2026] is False
    brought(county, city.file_for(county))
    page = county.reads("holidays/")
    assert "市级新公布了 2027 年的放假安排" in page and "春节：2月5日（周五）" in page

    assert county.sends("holidays/2027/adopt").status_code == 302

    assert "已采用到草稿" in county.reads("holidays/") and "春节：2月5日（周五）" in county.reads("diff")
    assert not works(county)
    county.takes_over()
    county.signs_what_is_there()
    assert works(county)
    page = county.reads("holidays/")
    assert "市级新公布" not in page and "市级签名" in page
    assert county.sends("holidays/2027", **notice()).status_code == 409


def test_the_notice_counts_with_the_countys_next_version_whether_or_not_it_was_adopted(city, county):
    announces(city)
    brought(county, city.file_for(county))
    assert "随这一版生效" not in county.reads("diff") and "先接收，再签发" in county.reads("holidays/")
    county.takes_over()
    page = county.reads("diff")
    assert "草稿换到了市级目录新的一版上" in page and "没有差别" not in page
    assert "市级公布，随这一版生效" in page and "春节：2月5日（周五）" in page

    county.signs_what_is_there()

    assert works(county)
    assert county.sends("holidays/2027/adopt").status_code == 404


def test_who_adopted_the_notice_does_not_approve_it(city, county):
    announces(city)
    brought(county, city.file_for(county))
    county.signs_in("publisher")
    county.sends("holidays/2027/adopt")
    county.signs_in("editor")
    sent = county.sends("submit")
    county.signs_in("publisher")

    decided = county.sends(sent.location.removeprefix("/publishing/"), decision="approve")

    assert decided.status_code == 409 and "您改过这份草稿" in decided.text


def test_a_city_corrects_its_own_notice_and_a_later_county_gets_the_right_one(city, county, tmp_path):
    announces(city)
    announces(city, holidays__4__name="端午")
    other = County(tmp_path, ZHENJIANG)
    city.grants(other)
    city.signs_in("publisher")
    city.sends("counties/", passphrase=FIRST_WORD, second=SECOND_WORD)

    brought(other, city.file_for(other))
    other.takes_over()
    other.signs_what_is_there()

    with other.hall.node.using():
        table = city_table(other.hall.node.metadata_folder)
    [year] = [year for year in table.years if year.year == 2027]
    assert "端午" in [holiday.name for holiday in year.holidays]
    other.hall.closes()


def test_an_unsigned_notice_of_the_city_can_be_taken_back(city):
    city.sends("holidays/2027", **notice())

    assert city.sends("holidays/2027/take-back").status_code == 302
    assert "草稿，待审核签发" not in city.reads("holidays/")
