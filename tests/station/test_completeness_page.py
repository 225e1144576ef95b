"""How complete the draft is: a score for each item and the whole, and the way to each missing field."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from catalog_cache.demonstration import worked_items
from catalog_cache.lint import MANDATORY
from catalog_cache.model import Item, Status
from station.hall.publishing import completeness as scoring
from station.hall.publishing import draft, facts
from tests.station.publishing_desk import PublishingDesk
from tests.tools.catalogs import make_item
from tests.tools.counter import START, Counter

WHOLE = make_item("甲")
WHOLE_ONES = worked_items()[:9]
LACKING = replace(
    make_item("乙", code="442099003002", department="公安局", theme="户籍"),
    status=Status.INCOMPLETE,
    place="",
    phone="",
)
EMPTY = Item(code="L05123456789", name="丙", item_type="05", theme="户籍", object_kinds=(), level=WHOLE.level)


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    desk = PublishingDesk(hall, tmp_path)
    desk.imports([WHOLE, LACKING, EMPTY])
    return desk


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', page)


def test_the_least_complete_item_comes_first_with_the_way_to_each_missing_field(desk: PublishingDesk):
    page = desk.opens("completeness")

    assert names(page) == ["丙", "乙", "甲"]
    assert f'href="/publishing/entries/{LACKING.code}#place">办理地点</a>' in page
    assert f'href="/publishing/entries/{EMPTY.code}#basis-0-law">设定依据</a>' in page
    assert f'href="/publishing/entries/{EMPTY.code}#object_kinds-1">服务对象</a>' in page
    assert f'href="/publishing/entries/{EMPTY.code}#power_source">权力来源</a>' in page


def test_it_is_sorted_and_narrowed_by_department_and_theme(desk: PublishingDesk):
    assert names(desk.opens("completeness?sort=high")) == ["甲", "乙", "丙"]
    assert names(desk.opens("completeness?department=公安局")) == ["乙"]
    assert names(desk.opens("completeness?theme=户籍&sort=name")) == ["丙", "乙"]
    assert "没有符合条件的事项" in desk.opens("completeness?department=没有的局")


def test_a_missing_field_is_told_at_the_field_itself_though_the_item_is_closed_anyway(desk: PublishingDesk):
    page = desk.opens(f"entries/{LACKING.code}")

    assert 'id="place-note-1">提醒：缺少必备要素：办理地点。' in page
    assert re.search(r'<input id="place" aria-describedby="place-note-1"', page)


def test_the_page_of_the_draft_counts_what_is_missing(desk: PublishingDesk):
    missing = 2 + sum(1 for name in MANDATORY if not getattr(EMPTY, name))

    assert f"2 项还缺必备要素，共缺 {missing} 处" in desk.opens()
    desk.imports([WHOLE], whole="1")
    assert "1 项的必备要素都齐了" in desk.opens()


def test_the_whole_is_complete_only_when_every_item_is(desk: PublishingDesk):
    with desk.hall.node.using():
        draft.take_entries(WHOLE_ONES, is_whole=True, by="editor", now=START)
        facts.lines()
        assert scoring.total(scoring.shares()).percent == 100
        draft.take_entries([replace(WHOLE_ONES[0], phone="")], is_whole=False, by="editor", now=START)
        facts.lines()
        assert scoring.total(scoring.shares()).percent == 99
        draft.take_entries([], is_whole=True, by="editor", now=START)
        assert scoring.total(scoring.shares()) == scoring.Total(0, 0, 100, 0)
