"""How a form looks when it is filled in: something on every line, nobody's real number, sections together."""

import re

import pytest

from catalog_cache.demonstration import demonstration_samples, worked_items
from catalog_cache.model import FormField
from station.guide.filled import filled_form, sample_of
from station.hall.samples.content import examine
from station.hall.samples.places import KINDS, parts_of
from tests.tools.catalogs import make_item

WITH_FORMS = [item for item in worked_items() if item.form]


def test_every_field_of_the_reference_forms_has_a_sample():
    assert len(WITH_FORMS) > 50
    assert all(field.sample for item in WITH_FORMS for field in filled_form(item))


def test_no_sample_holds_a_whole_number_of_a_person_or_account():
    samples = [field.sample for item in WITH_FORMS for field in filled_form(item)]

    assert not [sample for sample in samples if re.search(r"\d{9}", sample)]


@pytest.mark.parametrize(
    ("field", "sample"),
    [
        ({"label": "申请人姓名", "shared": "applicant.name"}, "李桂香"),
        ({"label": "儿童姓名"}, "陈小满"),
        ({"label": "经办人姓名"}, "陈建国"),
        ({"label": "老人出生日期", "kind": "date"}, "1943年5月6日"),
        ({"label": "退役日期", "kind": "date"}, "2026年3月1日"),
        ({"label": "申请金额（元）", "kind": "number"}, "1200"),
        ({"label": "年龄档", "kind": "choice", "options": ["80—89周岁", "90—99周岁"]}, "80—89周岁"),
        ({"label": "残疾人证号码"}, "（照证件上的号码写）"),
        ({"label": "求职意向"}, "（按实际情况写）"),
    ],
)
def test_a_sample_fits_its_field(field, sample):
    assert sample_of(FormField.from_dict({"id": "one"} | field)) == sample


def test_the_fields_of_a_section_stand_together_and_hints_are_kept():
    fields = [
        {"id": "a", "label": "申请人", "section": "申请人信息"},
        {"id": "b", "label": "数量", "section": "办理信息"},
        {"id": "c", "label": "身份证号", "kind": "idno", "section": "申请人信息"},
        {"id": "d", "label": "电话", "kind": "phone", "section": "办理信息", "hint": "能接通的"},
    ]

    filled = filled_form(make_item(form=fields))

    assert [one.label for one in filled] == ["申请人", "身份证号", "数量", "电话"]
    assert [one.hint for one in filled] == ["", "照身份证写18位", "", "能接通的"]


def test_the_pictures_that_come_with_the_program_belong_to_materials_and_results_and_stay_small() -> None:
    items = {item.code: item for item in worked_items()}
    pictures = demonstration_samples()
    places = {
        (code, part.mark, kind)
        for code, item in items.items()
        for part in parts_of(item)
        for kind in part.files
    }

    assert len(pictures) >= 24
    assert {(one.code, one.part, one.kind) for one in pictures} <= places
    assert {one.kind for one in pictures} == set(KINDS)
    assert all(examine(one.path.read_bytes()).ending == "png" for one in pictures)
    assert sum(one.path.stat().st_size for one in pictures) < 600_000
