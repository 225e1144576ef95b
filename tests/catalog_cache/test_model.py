"""Items read themselves strictly and say in Chinese, field by field, what is wrong."""

import dataclasses

import pytest

from catalog_cache.errors import BadRecord
from catalog_cache.model import Item, Level, Package, Power, Status

SMALLEST = {
    "code": "440283001001",
    "name": "高龄津贴",
    "item_type": "05",
    "theme": "社会保障",
    "level": "village",
}


def problems_of(data: object) -> list[str]:
    with pytest.raises(BadRecord) as refusal:
        Item.from_dict(data)
    return [str(problem) for problem in refusal.value.problems]


def test_an_item_with_few_elements_is_incomplete_and_only_for_consulting():
    item = Item.from_dict(SMALLEST)

    assert (item.status, item.power, item.level) == (Status.INCOMPLETE, Power.CONSULT, Level.VILLAGE)
    assert not item.is_open


def test_an_item_in_force_with_a_power_is_open_unless_it_belongs_to_another_counter():
    item = Item.from_dict(SMALLEST | {"status": "active", "power": "receive"})

    assert item.is_open
    assert not dataclasses.replace(item, counter_only=True).is_open


def test_an_item_reads_back_what_it_wrote():
    item = Item.from_dict(SMALLEST | {"statutory": {"value": 20, "unit": "workday"}})

    assert Item.from_dict(item.to_dict()) == item
    assert Item.from_dict(item.to_dict(full=True)) == item


def test_fields_that_hold_their_default_are_not_written():
    assert Item.from_dict(SMALLEST | {"aliases": [], "visits": 1}).to_dict() == SMALLEST


def test_every_problem_is_told_at_once_with_its_field_and_its_chinese_name():
    broken = SMALLEST | {"materials": [{"id": "a b", "name": " "}], "visits": True}

    assert problems_of(broken) == [
        "到办事现场次数（visits）应为 0 到 20 的整数",
        "申请材料第1项材料标识（materials[0].id）“a b”的写法不对",
        "申请材料第1项材料名称（materials[0].name）不能为空",
    ]


def test_an_unknown_field_is_refused_by_name():
    assert problems_of(SMALLEST | {"nmae": "x"}) == ["字段（nmae）没有这个字段"]


@pytest.mark.parametrize("data", [None, [], "x", 1, {}, {"code": None}])
def test_what_is_no_item_at_all_is_refused(data):
    assert problems_of(data)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "高" * 121}, "name"),
        ({"name": "高\x00龄"}, "name"),
        ({"name": "高\ufffd龄"}, "name"),
        ({"code": "abc"}, "code"),
        ({"aliases": ["x"] * 21}, "aliases"),
        ({"level": "moon"}, "level"),
        ({"promised": {"value": -1, "unit": "workday"}}, "promised.value"),
        ({"object_kinds": "1"}, "object_kinds"),
        ({"counter_only": "yes"}, "counter_only"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_its_field(change, field):
    assert f"（{field}）" in problems_of(SMALLEST | change)[0]


def test_a_package_is_told_apart_by_its_kind():
    package = Package.from_dict({"kind": "package", "code": "PKG-1", "name": "开饭店一件事"})

    assert package.to_dict() == {"kind": "package", "code": "PKG-1", "name": "开饭店一件事"}
    with pytest.raises(BadRecord, match="类别"):
        Package.from_dict({"code": "PKG-1", "name": "开饭店一件事"})
