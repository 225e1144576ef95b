"""The city's own desk: drafted, reviewed by a second person, signed by two keepers, taken by its counties."""

import html
import re
from dataclasses import replace
from shutil import copytree

import pytest

from catalog_cache.demonstration import worked_items
from catalog_cache.distribution.publish import Repository
from catalog_cache.errors import BadHandover
from catalog_cache.layering.layer_files import BASE
from catalog_cache.model import Level
from station.cli import main
from station.hall.publishing import arrivals, base, keys
from tests.catalog_cache.layered import CITY, pack
from tests.station.city_desk import FIRST_WORD, SECOND_WORD, ZHENJIANG, City, County
from tests.station.publishing_desk import PASSPHRASE
from tests.station.test_layers_desk import station_of

ITEMS = worked_items()[:4]
FIRST, SECOND = ITEMS[:2]


def brings(city, county):
    """By stick, as there is no line between the two."""
    assert county.brings_by_stick(city.file_for(county)).status_code == 302


def test_two_persons_publish_the_citys_catalog_and_it_reaches_a_station(city, county, tmp_path):
    city.publishes(*ITEMS)
    brings(city, county)
    county.takes_over()
    county.takes_up(FIRST.code)
    county.says(FIRST.code, place="曲江区政务服务中心二楼")
    assert county.signs_what_is_there().status_code == 302

    spoken = station_of(county, tmp_path / "station", "440205100201").spoken(FIRST.code)
    assert (spoken.item.place, spoken.source_of("place").level) == ("曲江区政务服务中心二楼", Level.COUNTY)
    assert (spoken.source_of("name").publisher, spoken.source_of("name").version) == ("city-440200000000", 1)


def test_nobody_approves_their_own_draft_at_the_city_either(city, county):
    city.imports(list(ITEMS))
    sent = city.sends("submit")

    refused = city.sends(sent.location.removeprefix("/publishing/"), decision="approve")

    assert refused.status_code == 409 and "不能审核自己" in refused.text


def test_one_keeper_alone_signs_nothing(city, county):
    city.imports(list(ITEMS))
    city.has_approval()

    for words, field in (((FIRST_WORD, ""), "second"), ((FIRST_WORD, FIRST_WORD), "passphrase")):
        answer = city.signs(*words)
        assert answer.status_code == 422 and f'href="#{field}"' in answer.text
    assert not city.desk.city.counties()[0].base_sha256


def test_stations_go_on_until_the_county_signs_over_the_new_base(city, county, tmp_path):
    city.publishes(*ITEMS)
    brings(city, county)
    county.takes_over()
    county.signs_what_is_there()
    city.publishes(replace(FIRST, phone="0751-12345"), *ITEMS[1:])
    brings(city, county)
    county.takes_over()

    assert station_of(county, tmp_path / "between", "440205100201").item(FIRST.code).phone == FIRST.phone
    page = county.hall.opens(f"/publishing/preview/draft/{county.division}/today/items/{FIRST.code}")
    assert "0751-12345" in page.text, "the preview shows the base that was taken over"
    county.signs_what_is_there()
    assert station_of(county, tmp_path / "after", "440205100201").item(FIRST.code).phone == "0751-12345"


def test_a_county_reads_what_moved_and_where_it_is_touched_before_it_takes_it(city, county):
    city.publishes(*ITEMS)
    brings(city, county)
    county.takes_over()
    county.takes_up(SECOND.code)
    county.says(SECOND.code, promised=replace(SECOND.promised, value=SECOND.promised.value - 1))
    county.signs_what_is_there()
    shorter = replace(SECOND, promised=replace(SECOND.promised, value=SECOND.promised.value - 2))
    city.publishes(replace(FIRST, phone="0751-12345"), shorter, *ITEMS[2:])
    brings(city, county)

    assert "等待接收" in county.reads("layers/")
    assert "市级签了新的目录" in county.reads("")
    page = county.reads("layers/news")
    assert "共改动 2 项，其中 1 项" in page and "第 1 版 → 第 2 版" in page
    assert page.index(SECOND.name) < page.index(FIRST.name)
    assert "本县自己的" in page
    assert "冲突 1 处" in page and "只能缩短" in page
    assert "示范村便民服务站" in page and "韶关市曲江区" in page
    county.takes_over()
    assert "草稿已在这一版上" in county.reads("layers/news")
    assert "只能缩短" in county.reads("layers/conflicts")


def test_an_item_that_the_city_withdraws_is_told_and_leaves_the_county(city, county):
    city.publishes(*ITEMS)
    brings(city, county)
    county.takes_over()
    county.takes_up(FIRST.code)
    county.says(FIRST.code, place="曲江区政务服务中心二楼")
    county.signs_what_is_there()
    city.publishes(*ITEMS[1:])
    brings(city, county)

    page = county.reads("layers/news")
    assert "市级撤回" in page and "改动随之失效" in page
    county.takes_over()
    county.signs_what_is_there()
    catalog = county.hall.installation.current_catalog()
    assert not catalog.has(FIRST.code) and catalog.has(SECOND.code)


def test_a_base_that_came_after_the_review_has_to_be_taken_over_first(city, county):
    city.publishes(*ITEMS)
    brings(city, county)
    county.takes_over()
    city.publishes(*ITEMS[1:])
    brings(city, county)
    county.has_approval()

    page = county.reads("sign")
    assert "所以要换到新的一版上，再送审一次" in page and "/publishing/layers/news" in page
    assert 'name="passphrase"' not in page, "nobody types it for nothing"
    answer = county.sends("sign", passphrase=PASSPHRASE)
    assert answer.status_code == 409 and "已经有更新的一版" in answer.text
    county.takes_over()
    assert county.signs_what_is_there().status_code == 302


def test_what_a_clerk_takes_over_is_what_they_read(city, county):
    city.publishes(*ITEMS)
    brings(city, county)
    seen = re.findall(r'name="seen" value="(\w+)"', county.reads("layers/news"))[0]
    city.publishes(*ITEMS[1:])
    brings(city, county)

    answer = county.sends("layers/take-over", seen=seen)
    assert answer.status_code == 409 and "又到了更新的一版" in answer.text
    newer = re.findall(r'name="seen" value="(\w+)"', county.reads("layers/news"))[0]
    for _ in range(2):
        assert county.sends("layers/take-over", seen=newer).status_code == 302, "also when a colleague did"


def test_a_cut_between_an_arrival_and_its_being_told_is_made_good(city, county):
    city.publishes(*ITEMS)
    brings(city, county)
    with county.hall.node.using():
        base.announce("")
    assert "等待接收" not in county.reads("")

    brings(city, county)

    assert "等待接收" in county.reads("")


def test_what_went_bad_while_it_waited_is_brought_again(city, county):
    city.publishes(*ITEMS)
    brings(city, county)
    [path] = county.hall.node.repository_folder.glob("from-city/*/targets/city/*base.jsonl")
    path.write_bytes(path.read_bytes()[:-9] + b"bad spots")
    assert "没有比本县更新" in county.reads("layers/"), "and the form for the next stick"

    brings(city, county)

    assert "等待接收" in county.reads("layers/")
    county.takes_over()
    assert county.signs_what_is_there().status_code == 302


def test_a_base_of_another_city_an_older_one_and_a_second_of_its_number_are_refused(city, county, tmp_path):
    city.publishes(*ITEMS)
    brings(city, county)
    county.takes_over()
    county.signs_what_is_there()
    own = replace(CITY, publisher="city-440200000000")
    for odd, told in (
        (replace(own, publisher="city-440300000000", version=2), "本县用的是 city-440200000000"),
        (replace(own, version=1), "两份不同的市级目录都称第 1 版"),
        (replace(own, publisher="county-440205000000", level=Level.COUNTY, version=9), "不是市"),
    ):
        folder = tmp_path / told
        copytree(city.folder_of(county), folder)
        desk = keys.CityDesk(city.keys_folder, folder, city._ask)
        keys.renew_files(desk, None, {BASE: pack(odd, items=ITEMS[1:])}, city.hall.time.at)
        with county.hall.node.using(), pytest.raises(BadHandover, match=told):
            arrivals.bring(Repository(county.hall.node.repository_folder), folder)
    assert "没有比本县更新" in county.reads("layers/")


def test_the_same_stick_twice_and_an_older_one_change_nothing(city, county):
    city.publishes(*ITEMS)
    older = city.file_for(county)
    city.publishes(*ITEMS[1:])
    brings(city, county)

    left = county.hall.node.repository_folder / ".from-city-cut-off"
    left.mkdir()
    for data in (older, city.file_for(county)):
        answer = county.brings_by_stick(data)
        assert "不比本县现有的新" in county.hall.opens(answer.location).text
    assert not left.exists(), "what a cut-off arrival left is cleared away"
    assert "第 2 版" in county.reads("layers/news")


def test_a_file_for_another_county_is_refused(city, county, tmp_path):
    other = County(tmp_path, ZHENJIANG)
    city.grants(other)
    city.publishes(*ITEMS)

    answer = county.brings_by_stick(city.file_for(other))
    assert other.hall.opens("/publishing/counties/").status_code == 404, "that page is the city's"
    other.hall.closes()

    assert answer.status_code == 422
    assert "交接文件没有采用" in html.unescape(answer.text)


def test_a_broken_file_is_told_at_its_field(city, county):
    city.publishes(*ITEMS)
    altered = bytearray(city.file_for(county))
    altered[len(altered) // 2] ^= 1

    for data in (b"", b"not a zip", bytes(altered)):
        answer = county.brings_by_stick(data)
        assert answer.status_code == 422 and 'href="#handover"' in answer.text
    assert "没有比本县更新" in county.reads("layers/")


def test_one_publication_signs_for_every_county_and_a_later_county_is_signed_for(city, county, tmp_path):
    other = County(tmp_path, ZHENJIANG)
    city.publishes(*ITEMS)
    city.grants(other)
    assert "待补签" in city.reads("counties/")

    city.sends("counties/", passphrase=FIRST_WORD, second=SECOND_WORD)

    assert "待补签" not in city.reads("counties/")
    assert len({one.base_sha256 for one in city.desk.city.counties()}) == 1
    brings(city, other)
    other.takes_over()
    assert other.signs_what_is_there().status_code == 302
    assert other.hall.installation.current_catalog().has(FIRST.code)
    other.hall.closes()


def test_versions_of_the_city_can_be_read_and_compared(city, county):
    city.publishes(*ITEMS)
    city.publishes(replace(FIRST, phone="0751-12345"), *ITEMS[1:])

    assert "第 2 版" in city.reads("history")
    assert "0751-12345" in city.reads("history/2")
    assert "市级目录" in city.reads("") and "第 2 版" in city.reads("")
    for page in (
        "diff",
        "lint",
        "completeness",
        "compare",
        "agenda",
        "samples/",
        "preview/",
        "preview/draft/440200000000/today/items",
    ):
        assert city.hall.opens(f"/publishing/{page}", follow_redirects=True).status_code == 200, page


def test_without_keys_or_counties_the_desk_says_what_is_missing(tmp_path):
    city = City(tmp_path)
    assert "还没有授权任何县" in city.reads("")
    county = County(tmp_path)
    city.grants(county)
    (city.keys_folder / "city-2.pem").unlink()

    assert "没有市级密钥" in city.reads("")
    for one in (city, county):
        one.hall.closes()


def test_a_folder_that_was_written_into_is_not_signed_again(city, county):
    path = city.folder_of(county) / "metadata/1.targets.json"
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2'))
    city.imports(list(ITEMS[1:]), whole="1")
    city.has_approval()

    answer = city.signs()

    assert answer.status_code == 409 and "不是根证书里的密钥所签" in answer.text
    assert not (city.folder_of(county) / "metadata/2.targets.json").exists()


def test_the_same_by_commands(city, county, tmp_path, capsys):
    city.publishes(*ITEMS)
    (tmp_path / "password").write_text("correct horse 42\n")
    hall = ["--dir", str(county.hall.settings.data_folder)]
    who = ["--account", "editor", "--password-file", str(tmp_path / "password")]
    city.hall.closes()
    assert (
        main(["catalog", "export", str(tmp_path / "stick"), "--dir", str(city.hall.settings.data_folder)])
        == 0
    )
    county.hall.closes()
    stick = str(tmp_path / f"stick/yimen-city-{county.division}.zip")

    assert main(["catalog", "base", "--from", stick, *hall, *who]) == 0
    assert "第 1 版等待接收" in capsys.readouterr().out
    assert main(["catalog", "base", "--from", stick, "--take", *hall, *who]) == 0
    assert "草稿现在市级目录第 1 版上" in capsys.readouterr().out
