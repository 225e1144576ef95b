"""What may not be published, and what somebody should look at."""

import pytest

from catalog_cache.demonstration import demonstration_items, demonstration_packages
from catalog_cache.divisions import load_divisions
from catalog_cache.lint import Context, Severity, completeness, has_errors, lint, missing_elements
from catalog_cache.model import Package
from tests.tools.catalogs import AGENCY, make_item

CARD = {"id": "id-card", "name": "居民身份证", "copies": 1, "basis": "户口登记条例"}


def findings_of(severity: Severity, **changes: object) -> str:
    found = lint([make_item(**changes)])
    return "；".join(f"{f.field}：{f.message}" for f in found if f.severity is severity)


def errors_of(**changes: object) -> str:
    return findings_of(Severity.ERROR, **changes)


def warnings_of(**changes: object) -> str:
    return findings_of(Severity.WARNING, **changes)


def package(**changes: object) -> Package:
    fields = {"kind": "package", "code": "PKG-1", "name": "出生一件事", "lead": "卫健局"}
    return Package.from_dict(fields | {"members": ["442099003001", "442099003002"]} | changes)


def test_a_complete_item_has_no_finding():
    assert lint([make_item()]) == []
    assert completeness(make_item()) == 100


@pytest.mark.parametrize(
    "name",
    ["其他材料", "相关证明", "必要的文件", "身份证等材料", "与申请有关的资料", "户口簿、身份证等证明"],
)
def test_a_vague_clause_in_a_material_name_is_refused(name):
    assert "含模糊用语" in errors_of(materials=[CARD | {"name": name}])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"agency": None}, "缺少必备要素：实施主体"),
        ({"place": ""}, "缺少必备要素：办理地点"),
        ({"basis": []}, "缺少必备要素：设定依据"),
        ({"statutory": None}, "缺少必备要素：法定办结时限"),
        ({"materials": [], "base_materials": []}, "没有申请材料"),
        ({"code": "L05123456789"}, "本地临时编码"),
        ({"code": "ABC-1"}, "不是 10、12、31 或 33 位"),
        ({"agency": AGENCY | {"code": "1199999999990002XD"}}, "校验不对"),
        ({"agency": {"name": "民政局"}}, "缺少实施主体的统一社会信用代码"),
        ({"code": "12441500196720244T3442199806003"}, "不一致"),
        ({"code": "12441500196720244U3442199806003"}, "校验不对"),
        ({"promised": {"value": 21, "unit": "workday"}}, "承诺时限21个工作日长于法定时限20个工作日"),
        (
            {"promised": {"value": 21, "unit": "workday"}, "statutory": {"value": 20, "unit": "day"}},
            "长于法定时限20日",
        ),
        ({"first_question": "q"}, "没有问题“q”"),
        ({"form": [{"id": "a", "label": "甲", "kind": "choice"}]}, "是选择题却没有可选值"),
        ({"conditions": ["符合條(tiáo)件"]}, "文字疑似损坏"),
        ({"counter_only": True, "place": ""}, "要写明去哪里办"),
    ],
)
def test_an_item_in_force_with_a_fault_is_refused(changes, told):
    assert told in errors_of(**changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"materials": [{"id": "id-card", "name": "居民身份证", "copies": 1}]}, "没有依据"),
        ({"materials": [{"id": "id-card", "name": "居民身份证", "basis": "甲"}]}, "没有份数"),
        ({"case_type": "1"}, "即办件的承诺时限是10个工作日"),
        ({"promised": {"value": 10, "unit": "day"}}, "单位不同"),
        ({"visits": 1}, "没有写明原因"),
        ({"related": ["4420990099"]}, "不在本目录"),
        ({"conditions": ["符合法律规定的其他条件"]}, "兜底条款"),
    ],
)
def test_what_somebody_should_look_at_does_not_stop_publishing(changes, told):
    assert told in warnings_of(**changes)
    assert errors_of(**changes) == ""


def test_an_incomplete_item_is_listed_with_what_it_lacks_and_stops_nothing():
    changes = {"status": "incomplete", "place": "", "phone": "", "code": "L05123456789"}

    assert "缺少：办理地点、咨询电话" in warnings_of(**changes)
    assert errors_of(**changes) == ""
    assert missing_elements(make_item(**changes)) == ["办理地点", "咨询电话"]
    assert completeness(make_item(**changes)) < 100


def test_a_limit_longer_than_the_layer_above_is_refused_with_both_sources_named():
    base = {"442099003001": make_item(promised={"value": 5, "unit": "workday"})}
    found = lint([make_item()], context=Context(base=base, base_name="韶关市目录"))

    assert [f.message for f in found] == ["承诺办结时限10个工作日，长于韶关市目录的5个工作日。"]


def test_a_code_used_twice_is_refused_and_a_name_used_twice_is_told():
    twice = lint([make_item(), make_item("另一个")])
    same_name = lint([make_item(), make_item(code="442099003002")])

    assert [f.message for f in twice if f.severity is Severity.ERROR] == ["编码与“高龄津贴”重复。"]
    assert not has_errors(same_name) and "名称与" in same_name[0].message


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"members": ["442099003001"]}, "至少要有两个"),
        ({"members": ["442099003001", "442099003001"]}, "重复"),
        ({"members": ["442099003001", "442099003009"]}, "442099003009 不在本目录"),
        ({"lead": ""}, "缺少牵头部门"),
        ({"notes": "聯(lián)辦"}, "疑似损坏"),
    ],
)
def test_a_package_that_does_not_hold_together_is_refused(changes, told):
    items = [make_item(), make_item("低保", code="442099003002")]
    messages = [f.message for f in lint(items, [package(**changes)]) if f.severity is Severity.ERROR]

    assert any(told in message for message in messages)


def test_a_publisher_of_an_unknown_division_is_refused():
    known = Context(publisher="county-440205000000", divisions=load_divisions())
    strange = Context(publisher="county-449999000000", divisions=load_divisions())

    assert not has_errors(lint([make_item()], context=known))
    assert "449999000000 不在区划表中" in lint([make_item()], context=strange)[0].message


def test_the_reference_content_can_be_published():
    assert not has_errors(lint(demonstration_items(), demonstration_packages()))
