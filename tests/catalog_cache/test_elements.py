"""The elements of an implementation list: each is kept, and what contradicts another is told."""

import dataclasses
from datetime import date
from typing import Any

import pytest

from catalog_cache import choices, elements
from catalog_cache.lint import Severity, lint, missing_for_exchange
from catalog_cache.model import Item, Package
from catalog_cache.records import Choice, fields_of
from tests.tools.catalogs import AGENCY, make_item

BASE = "442199806003"
IMPLEMENTATION = AGENCY["code"] + "5" + BASE
FULL: dict[str, Any] = {
    "base_code": BASE,
    "implementation_code": IMPLEMENTATION,
    "local_code": "QJ-MZ-001",
    "version": 3,
    "effective_on": "2026-12-01",
    "ends_on": "2028-12-01",
    "delegation": {"by": "曲江区人民政府", "basis": "曲府发〔2026〕1号", "until": "2027-12-31"},
    "township": {"code": "440205104000", "name": "马坝镇"},
    "specials": [{"name": "实地核查", "limit": {"value": 10, "unit": "workday"}}],
    "intermediaries": [{"name": "房屋鉴定", "is_statutory": True}],
    "online_depth": "3",
    "duties": [{"office": "民政局", "role": "lead", "task": "核定要素", "due_on": "2026-12-31"}],
    "manual": {"review_points": ["年龄", "户籍"], "discretion": "无裁量"},
    "form_title": "高龄津贴申请表",
    "person_themes": ["优待抚恤"],
}


def told(item: Item) -> list[str]:
    return [finding.message for finding in lint([item]) if finding.severity is Severity.ERROR]


def test_every_element_survives_writing_and_reading():
    fields = make_item(code=BASE).to_dict() | FULL
    item = Item.from_dict(fields)

    assert item.to_dict() == fields
    assert Item.from_dict(item.to_dict(full=True)) == item
    assert (item.effective_on, item.delegation.until) == (date(2026, 12, 1), date(2027, 12, 31))
    assert told(item) == []


def test_an_item_without_the_exchange_elements_is_publishable_and_says_what_an_exchange_would_lack():
    item = make_item(power_source=None, has_courier=None)

    assert missing_for_exchange(item) == ["权力来源", "是否物流快递"]
    assert told(item) == []


def test_no_two_words_of_a_closed_list_read_the_same():
    lists = [kind for kind in vars(choices).values() if isinstance(kind, type) and issubclass(kind, Choice)]

    assert len(lists) > 15
    assert all(len({member.label for member in kind}) == len(kind) for kind in lists)


def test_no_two_fields_of_a_record_carry_the_same_label():
    kinds = [kind for kind in vars(elements).values() if isinstance(kind, type)]
    records = [kind for kind in kinds if dataclasses.is_dataclass(kind)]

    for record in (Item, Package, *records):
        labels = [field.label for field in fields_of(record)]
        assert len(set(labels)) == len(labels), record


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"base_code": "442199806004", "code": IMPLEMENTATION}, "事项编码里的基本编码是“442199806003”"),
        ({"implementation_code": IMPLEMENTATION, "base_code": "442199806004"}, "实施编码里的基本编码是"),
        ({"code": IMPLEMENTATION, "level": "county"}, "编码里的行使层级是“5”，与“县（市、区）”不一致。"),
        (
            {"code": IMPLEMENTATION + "01", "implementation_code": IMPLEMENTATION[:-1] + "9"},
            "另写的实施编码是",
        ),
        ({"has_fee": True}, "写明收费，却没有收费项目和标准。"),
        ({"fees": [{"name": "工本费", "standard": "10元"}]}, "写明不收费，却列有收费项目。"),
        ({"has_special": False, "specials": [{"name": "听证"}]}, "写明没有特别程序，却列有特别程序。"),
        ({"effective_on": "2026-12-01", "ends_on": "2026-12-01"}, "计划取消日期不晚于计划生效日期。"),
        ({"village": {"code": "440205000001", "name": "马坝"}}, "不是 12 位区划代码"),
        ({"negative_reason": "涉密"}, "负面清单内的事项不能开放收件，请改为只供咨询或专窗办理。"),
    ],
)
def test_elements_that_contradict_each_other_cannot_be_published(changes, expected):
    assert any(expected in message for message in told(make_item(**changes)))


def test_a_shared_field_means_the_same_in_every_form():
    def with_field(code: str, name: str, **field: Any) -> Item:
        return make_item(name, code=code, form=[{"id": "a", "label": "甲", **field}])

    items = [
        with_field("442099003001", "甲", shared="x.y", kind="choice", options=["1"]),
        with_field("442099003002", "乙", shared="x.y", kind="choice", options=["2"]),
        with_field("442099003003", "丙", shared="applicant.phone", kind="text"),
    ]
    found = [finding for finding in lint(items) if finding.field == "form[0].shared"]

    assert [finding.code for finding in found] == ["442099003002", "442099003003"]
    assert found[1].message == "共用字段 applicant.phone 在“共用字段表”里是电话，这里是文字。"
