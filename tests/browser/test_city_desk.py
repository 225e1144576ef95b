"""The city's desk and the county's page of it at a real browser: signed, carried, read, taken over."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from catalog_cache.model import Item
from tests.browser.conftest import Arrives
from tests.browser.visitor import Visitor
from tests.station.city_desk import FIRST_WORD, SECOND_WORD, City, County
from tests.station.test_layers_desk import FIRST, ITEMS
from tests.tools.notice import notice

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def table(*items: object) -> bytes:
    return json.dumps([item.to_dict() for item in items], ensure_ascii=False).encode()


def drafts(editor: Visitor, *items: object) -> None:
    """The editor imports the whole table and sends it to review."""
    editor.opens("/publishing/import")
    editor.attaches("table", "市级事项.json", "application/json", table(*items))
    editor.ticks("whole-1")
    editor.presses("导入")
    editor.opens("/publishing/")
    editor.presses("送审")


def signs(publisher: Visitor) -> None:
    """A second person approves; then both keepers type."""
    publisher.opens("/publishing/")
    publisher.follows("打开送审")
    publisher.presses("审核通过")
    publisher.opens("/publishing/sign")
    publisher.types("passphrase", FIRST_WORD)
    publisher.presses("签名并发布")
    assert publisher.page.locator("#second[aria-invalid]").count() == 1
    publisher.types("passphrase", FIRST_WORD)
    publisher.types("second", SECOND_WORD)
    publisher.presses("签名并发布")
    publisher.reads("各县下次联系时取走")


def test_a_city_signs_and_a_county_reads_what_moved_and_takes_it_over(
    tmp_path: Path, arrives: Arrives
) -> None:
    city, county = City(tmp_path), County(tmp_path)
    city_editor = arrives(city.hall.app, "editor")
    city_editor.opens("/publishing/")
    city_editor.reads("还没有授权任何县")
    city_editor.opens("/publishing/counties/")
    city.grants(county)
    city_publisher = arrives(city.hall.app, "publisher")
    drafts(city_editor, *ITEMS)
    signs(city_publisher)
    city_publisher.reads("曲江区")
    first = city_publisher.fetches("下载交接包")

    editor = arrives(county.hall.app, "editor")
    editor.opens("/publishing/layers/")
    editor.presses("导入")
    editor.reads("请选择市级交接包")
    editor.attaches("handover", "市级.zip", "application/zip", first)
    editor.presses("导入")
    editor.reads("等待接收")
    editor.follows("看改动，再接收")
    editor.presses("接收到草稿")
    editor.opens("/publishing/layers/")
    editor.presses("认领")
    county.signs_in("editor")
    assert FIRST.promised is not None
    county.says(FIRST.code, promised=replace(FIRST.promised, value=FIRST.promised.value - 1))
    county.signs_what_is_there()

    shorter = replace(FIRST, promised=replace(FIRST.promised, value=FIRST.promised.value - 2))
    city.signs_in("editor")
    city_editor.opens("/publishing/holidays/")
    city_editor.reads("全市各县一样")
    assert city.sends("holidays/2027", **notice()).status_code == 302
    drafts(city_editor, shorter, *ITEMS[1:-1])
    signs(city_publisher)
    facts = county.hall.node.facts.with_parent(city_editor.base)
    county.hall.node.go_by(facts, county.hall.node.keys)
    editor.opens("/publishing/layers/")
    editor.presses("现在就看")
    editor.reads("已取到市级签发的新文件")
    editor.opens("/publishing/holidays/")
    editor.reads("市级新公布了 2027 年的放假安排")
    editor.shows("city-holidays")
    editor.presses("采用到草稿")
    editor.reads("已采用到草稿")
    editor.opens("/publishing/layers/news")
    editor.reads("冲突 1 处")
    editor.reads("市级撤回")
    editor.shows("city-news")
    editor.presses("接收到草稿")
    editor.opens("/publishing/layers/conflicts")
    editor.reads("只能缩短")
    editor.opens("/publishing/")

    a_newer_base_between_review_and_signature(city, county, arrives(county.hall.app, "publisher"), shorter)
    editor.opens("/publishing/layers/")
    editor.page.get_by_text("不再依市级目录").first.click()
    editor.presses("不再依市级目录")
    editor.reads("请选择市级事项怎么办")
    editor.shows("city-left")
    editor.ticks("keeps-all")
    editor.presses("不再依市级目录")
    editor.reads("转为本县自己的")
    editor.opens("/publishing/diff")
    editor.reads("从这一版起本县目录不依市级目录")
    for person in (city_editor, city_publisher, editor):
        person.leaves()
    for desk in (city, county):
        desk.hall.closes()


def a_newer_base_between_review_and_signature(
    city: City, county: County, publisher: Visitor, first: Item
) -> None:
    """The signing page says why it waits, and one press leads to what has to be read."""
    county.says(first.code, promised=first.promised)
    county.has_approval()
    city.publishes(first, ITEMS[1])
    assert county.brings_by_stick(city.file_for(county)).status_code == 302
    publisher.opens("/publishing/sign")
    publisher.reads("现在不能签发")
    publisher.shows("city-moved")
    publisher.follows("看改动，再接收")
    publisher.presses("接收到草稿")
    publisher.reads("草稿已在这一版上")
    publisher.leaves()
    county.signs_in("editor")
