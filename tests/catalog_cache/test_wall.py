"""The lists on the wall say what the guides say."""

from datetime import date

from catalog_cache.demonstration import worked_items
from catalog_cache.opening import Days
from catalog_cache.wall import fee_list, negative_list, wall_sheet
from tests.tools.catalogs import make_item


def test_the_posted_list_holds_what_is_open_by_theme_with_limit_and_fee():
    items = [
        make_item("乙", theme="户籍", fees=[{"name": "工本费", "standard": "每证10元"}], has_fee=True),
        make_item("甲", theme="养老", case_type="1", promised={"value": 0, "unit": "workday"}),
        make_item("丙", status="suspended"),
    ]
    lines = wall_sheet(items)

    assert [(line.theme, line.name, line.limit, line.fee) for line in lines] == [
        ("养老", "甲", "当场", "不收费"),
        ("户籍", "乙", "10个工作日", "每证10元"),
    ]


def test_what_a_date_keeps_shut_is_not_posted_and_its_fee_neither():
    fees = [{"name": "工本费", "standard": "每证10元"}]
    items = [
        make_item("甲", effective_on="2026-12-01", fees=fees, has_fee=True),
        make_item("乙", ends_on="2026-12-01"),
    ]
    posted = {day: Days.of(date(2026, *day)) for day in ((11, 30), (12, 1))}

    assert [[line.name for line in wall_sheet(items, days)] for days in posted.values()] == [["乙"], ["甲"]]
    assert [len(fee_list(items, days)) for days in posted.values()] == [0, 1]


def test_every_fee_is_listed_with_its_basis():
    fee = {"name": "工本费", "standard": "每证10元", "basis": "粤发改〔2020〕1号", "reducible": "低保户免收"}

    [line] = fee_list([make_item("乙", fees=[fee], has_fee=True), make_item("甲")])

    assert (line.item, line.standard, line.basis, line.reducible) == (
        "乙",
        "每证10元",
        "粤发改〔2020〕1号",
        "低保户免收",
    )


def test_the_negative_list_tells_the_reason_and_the_right_place():
    item = make_item("护照", counter_only=True, counter_place="出入境大厅", negative_reason="须本人采集指纹")

    assert wall_sheet([item]) == []
    [line] = negative_list([item, make_item()])
    assert (line.name, line.reason, line.place) == ("护照", "须本人采集指纹", "出入境大厅")


def test_every_open_reference_item_is_on_the_wall():
    items = worked_items()

    assert {line.code for line in wall_sheet(items)} == {item.code for item in items if item.is_open}
