"""Packages: members side by side, one after the other, and in stages."""

import dataclasses
from typing import Any

import pytest

from catalog_cache.lint import Severity, lint
from catalog_cache.model import Limit, Package, Unit
from catalog_cache.packages import longest_way, stage_faults, waves
from tests.tools.catalogs import make_item

OTHER = "442099009009"
A, B, C = "442099003001", "442099003002", "442099003003"
STAGES = [{"name": "登记", "members": [A]}, {"name": "许可", "members": [B, C]}]


def package_of(**changes: Any) -> Package:
    fields = {
        "kind": "package",
        "code": "PKG-1",
        "name": "开饭店一件事",
        "members": [A, B, C],
        "lead": "市监局",
    }
    return Package.from_dict(fields | changes)


def items_of(*days: int) -> dict[str, Any]:
    codes = zip((A, B, C), days, strict=True)
    return {code: make_item(code, code=code, promised={"value": n, "unit": "workday"}) for code, n in codes}


def test_members_run_side_by_side_in_order_or_by_stages():
    assert waves(package_of()) == [(A, B, C)]
    assert waves(package_of(order="ordered")) == [(A,), (B,), (C,)]
    assert waves(package_of(stages=STAGES)) == [(A,), (B, C)]


def test_a_voluntary_member_may_be_left_out_and_an_empty_stage_disappears():
    package = package_of(stages=STAGES, voluntary=[A])

    assert waves(package, frozenset({A})) == [(B, C)]


def test_the_longest_way_adds_the_longest_of_each_stage():
    package, items = package_of(stages=STAGES), items_of(3, 10, 7)

    assert longest_way(package, items) == Limit(value=13, unit=Unit.WORKDAY)
    assert longest_way(package_of(order="ordered"), items).value == 20
    assert longest_way(package_of(), items).value == 10


def test_an_unknown_limit_or_mixed_units_give_no_sum():
    items = items_of(3, 10, 7)
    mixed = items | {C: dataclasses.replace(items[C], promised=Limit(value=7, unit=Unit.DAY))}

    assert longest_way(package_of(), {A: items[A]}) is None
    assert longest_way(package_of(), mixed) is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"voluntary": ["442099009009"]}, "可不选成员 442099009009 不是成员事项。"),
        ({"voluntary": [A, B, C]}, "所有成员都可不选，联办事项就没有内容。"),
        ({"stages": STAGES[:1]}, f"成员事项 {B} 没有排入任何阶段。"),
        ({"stages": [*STAGES, {"name": "收尾"}]}, "阶段“收尾”没有成员。"),
        ({"stages": [*STAGES, STAGES[0]]}, f"成员事项 {A} 排了 2 次。"),
        (
            {"stages": [*STAGES, {"name": "外", "members": ["442099009009"]}]},
            "阶段里的 442099009009 不是成员事项。",
        ),
    ],
)
def test_stages_that_do_not_cover_the_members_exactly_cannot_be_published(changes, told):
    package = package_of(**changes)
    found = lint(list(items_of(3, 10, 7).values()), [package])

    assert told in stage_faults(package)
    assert any(f.message == told and f.severity is Severity.ERROR and f.code == "PKG-1" for f in found)


def test_an_overall_limit_that_saves_nothing_is_told():
    package = package_of(limit={"value": 30, "unit": "workday"})
    found = lint(list(items_of(3, 10, 7).values()), [package])

    assert [f.message for f in found if f.code == "PKG-1"] == [
        "总时限30个工作日，长于各步承诺时限之和10个工作日。"
    ]
