"""The reference content is what a demonstration county stands on: complete, honest, and of one piece."""

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from catalog_cache import situations
from catalog_cache.codes import is_credit_code
from catalog_cache.demonstration import demonstration_items, demonstration_packages
from catalog_cache.installed.cache import CatalogCache
from catalog_cache.installed.catalog import Catalog
from catalog_cache.lint import completeness, lint, missing_for_exchange
from catalog_cache.model import Item, Package, Power, Status, Unit
from catalog_cache.packages import longest_way
from tests.tools.catalogs import PUBLISHED, pack_of

REFERENCE = Path(situations.__file__).parent / "reference"
VAGUE = re.compile("其他|其它|相关|有关|必要的|等材料")
SIX_OF_SHAOGUAN = {
    "外商投资企业设立",
    "食品生产企业设立",
    "农作物种子经营",
    "医疗机构设立",
    "汽车美容维修店设立（三类）",
    "民办职业学校设立",
}
SAMPLE_FLOWS = (
    *("银行基本存款账户开立（企业开户，协助）", "印章刻制备案", "涉税信息补充和新办纳税人套餐"),
    *("用人单位社会保险参保登记", "发票票种核定与领用（首次领用）"),
    *("房屋租赁登记备案", "证照联办（一业一证）申请", "用人单位招聘信息发布（员工招聘）"),
    *(
        "燃气、用电、用水报装联办申请",
        "不动产转移登记（二手房、赠与、继承）",
        "消费投诉登记（消费者权益保护）",
    ),
    *("流动人口随迁子女积分入学申请（协助）", "普通护照申领、换发、补发（出入境）"),
    *("机动车驾驶证期满换证（协助）", "户口迁移", "残疾人证换领", "社会保障卡补领、换领、换发"),
)
"""Rows #76, #93 and #98 of the domain page."""
AFTER_THE_PROMISE = ("复核", "补手续公示", "指派", "资格审核", "定损公示")
"""Steps that come when the promise is kept, or before its clock starts."""
EVERY_ITEM_SAYS = (
    *("aliases", "agency", "department", "basis", "conditions", "steps", "case_type", "object_kinds"),
    *("statutory", "promised", "visits_why", "channels", "results", "materials", "receipt_notes"),
    *("place", "hours", "phone", "complaint_phone"),
)


def read(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def items() -> list[Item]:
    files = sorted((REFERENCE / "items").glob("*.json"))
    return [Item.from_dict(row) for file in files for row in read(file)]


@pytest.fixture(scope="module")
def packages() -> list[Package]:
    return [Package.from_dict(row) for row in read(REFERENCE / "packages.json")]


@pytest.fixture(scope="module")
def common_rows() -> list[dict]:
    with (REFERENCE / "common_items.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Everything the demonstration county publishes, as a station searches it."""
    cache = CatalogCache(tmp_path_factory.mktemp("catalog"))
    cache.install(pack_of(demonstration_items(), demonstration_packages()), PUBLISHED)
    found = cache.current()
    assert found is not None
    return found


def named(items: list[Item], name: str) -> Item:
    return next(item for item in items if item.name == name)


def test_at_least_one_hundred_and_ninety_items_are_worked_and_no_code_or_name_is_used_twice(items):
    assert len(items) >= 190
    assert len({item.code for item in items}) == len({item.name for item in items}) == len(items)
    assert all(item.status is Status.ACTIVE for item in items)


@pytest.mark.parametrize("element", EVERY_ITEM_SAYS)
def test_no_worked_item_leaves_a_mandatory_element_out(items, element):
    assert [item.name for item in items if not getattr(item, element)] == []


def test_every_theme_of_the_common_list_and_every_power_has_several_items(items, common_rows):
    themes, powers = Counter(item.theme for item in items), Counter(item.power for item in items)

    assert set(themes) == {row["theme"] for row in common_rows} and len(themes) == 16
    assert min(themes.values()) >= 4, themes
    assert set(powers) == set(Power)
    assert min(powers.values()) >= 8, powers


def test_most_rows_of_the_common_list_are_worked(items, common_rows):
    assert len({item.name for item in items} & {row["name"] for row in common_rows}) >= 160


def test_no_two_items_differ_by_their_name_alone(items):
    said = Counter((item.conditions, tuple(step.standard for step in item.steps)) for item in items)
    asked = Counter((item.theme, tuple(material.standard for material in item.materials)) for item in items)

    assert [words for words, count in (said | asked).items() if count > 1] == []


def test_every_item_answers_a_question_that_people_ask(items):
    assert [item.name for item in items if not item.faq] == []
    answers = Counter(entry.a for item in items for entry in item.faq)
    assert [words for words, count in answers.items() if count > 1] == []


def test_nothing_that_the_national_exchange_demands_is_unknown(items):
    assert {item.name: missing_for_exchange(item) for item in items if missing_for_exchange(item)} == {}
    assert len({item.record_id for item in items}) == len(items)


def test_whoever_takes_papers_in_has_a_form_whose_common_fields_are_asked_once(items):
    taking = [item for item in items if item.is_open]
    common = Counter(entry.shared for item in taking for entry in item.form if entry.shared)

    assert [item.name for item in taking if not item.form] == []
    assert min(common["applicant.name"], common["applicant.idno"], common["applicant.phone"]) >= 30
    assert common["organisation.code"] >= 20
    by_name: dict[str, set[str]] = {}
    for entry in (entry for item in taking for entry in item.form if entry.shared):
        by_name.setdefault(entry.shared, set()).add(entry.kind)
    assert {name: kinds for name, kinds in by_name.items() if len(kinds) > 1} == {}


def test_what_a_station_decides_was_handed_to_it_by_a_named_rule(items):
    decided = [item for item in items if item.power is Power.DECIDE]

    assert [item.name for item in decided if not (item.delegation and item.delegation.basis)] == []


@pytest.mark.parametrize("name", SAMPLE_FLOWS)
def test_the_flows_that_the_source_documents_tell_of_can_be_seen(items, name):
    assert named(items, name).steps


def test_each_material_says_its_standard_its_source_and_the_rule_that_asks_for_it(items):
    for item in items:
        for material in item.materials:
            assert material.basis and material.standard and material.source, (item.name, material.name)
            assert material.originals + material.copies > 0, (item.name, material.name)


def test_no_material_has_a_vague_name(items):
    assert [(i.name, m.name) for i in items for m in i.materials if VAGUE.search(m.name)] == []


def test_every_way_through_the_questions_ends_in_a_list(items):
    for item in items:
        ways = list(situations.walks(item))
        assert ways and all(situations.material_list(item, way) for way in ways), item.name


def test_every_material_is_asked_for_on_some_way(items):
    for item in items:
        asked = {m.id for way in situations.walks(item) for m in situations.material_list(item, way)}
        assert asked == {material.id for material in item.materials}, item.name


def test_trees_stay_short_enough_for_a_window(items):
    assert {max(len(way) for way in situations.walks(item)) for item in items} <= {0, 1, 2, 3, 4}


def test_one_licence_change_has_eighteen_situations_with_their_own_names(items):
    item = named(items, "食品经营许可证变更")
    ways = list(situations.walks(item))

    assert len(ways) == 18
    assert len({situations.situation_label(item, way) for way in ways}) == 18


def test_the_allowance_for_the_old_asks_for_the_age_first(items):
    item = named(items, "高龄老人津贴申请")
    question = situations.next_question(item, {})

    assert question is not None
    assert [option.situation for option in question.options] == ["80—89周岁", "90—99周岁", "100周岁及以上"]
    assert {"老人钱", "高龄补贴", "高龄津贴"} <= set(item.aliases)
    assert item.is_open


def test_the_yearly_check_of_the_old_is_decided_on_the_spot(items):
    item = named(items, "高龄津贴生存认证")

    assert (item.power, item.promised.value) == (Power.DECIDE, 0)


def test_the_six_packages_of_shaoguan_and_five_life_events_have_all_their_members(items, packages):
    codes = {item.code for item in items}

    assert {package.name for package in packages} >= SIX_OF_SHAOGUAN
    assert {package.life_event for package in packages} >= {"出生", "收养", "婚姻", "上学", "身后"}
    assert [p.name for p in packages if not set(p.members) <= codes or len(p.members) < 2] == []


def test_a_package_promises_no_more_than_its_slowest_way_allows(items, packages):
    known = {item.code: item for item in items}
    for package in packages:
        way = longest_way(package, known)
        assert package.limit is not None, package.name
        if way is not None and way.unit is package.limit.unit:
            assert package.limit.value == way.value, package.name


def test_related_items_exist(items):
    codes = {item.code for item in items}

    assert [item.name for item in items if not set(item.related) <= codes] == []


def test_agencies_have_credit_codes_that_check_and_that_nobody_owns(items):
    assert [item.agency.code for item in items if not is_credit_code(item.agency.code)] == []
    assert {item.agency.code[2:8] for item in items} == {"999999"}


def test_a_promise_is_never_longer_than_the_law_allows(items):
    for item in items:
        same_unit = item.promised.unit is item.statutory.unit
        stretch = 1 if same_unit or item.promised.unit is Unit.DAY else 1.6
        assert item.promised.value * stretch <= item.statutory.value, item.name


def test_the_days_of_the_steps_fit_into_the_promise(items):
    for item in items:
        assert item.promised is not None
        days = re.compile(r"(\d+)" + ("个工作日" if item.promised.unit is Unit.WORKDAY else "日"))
        outside = {*AFTER_THE_PROMISE, *(special.name for special in item.specials)}
        spent = sum(
            int(limit[1])
            for step in item.steps
            if not any(name in step.name for name in outside) and (limit := days.match(step.limit))
        )
        assert spent <= item.promised.value, (item.name, spent)


def test_items_that_need_a_special_counter_say_where_and_why(items):
    elsewhere = [item for item in items if item.counter_only]

    assert len(elsewhere) >= 3
    assert all(item.counter_place and item.negative_reason and not item.is_open for item in elsewhere)


def test_a_receipt_for_papers_only_says_that_it_is_no_decision(items):
    weak = [item for item in items if item.power in (Power.RECEIVE, Power.RECEIVE_ON_BEHALF)]

    assert [item.name for item in weak if "不是受理决定" not in item.receipt_notes[0]] == []


def test_every_record_says_that_it_is_illustrative(items):
    assert all(item.source_note.startswith("示例数据") for item in items)


def test_lint_finds_nothing_that_would_stop_the_publishing(items, packages):
    findings = lint(items, packages)

    assert findings == []
    assert {item.name: completeness(item) for item in items if completeness(item) < 100} == {}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("gljt", "高龄老人津贴申请"),
        ("老人钱", "高龄老人津贴申请"),
        ("高龄补贴", "高龄老人津贴申请"),
        ("gaolingjintie", "高龄老人津贴申请"),
        ("低保", "最低生活保障对象认定、保障金给付"),
        ("医保", "城乡居民基本医疗保险参保登记"),
        ("社保卡", "社会保障卡申领"),
        ("sbk", "社会保障卡申领"),
        ("宅基地", "农村村民宅基地申请审批"),
        ("出生一件事", "出生一件事"),
        ("没水了", "农村饮水安全问题报修"),
        ("讨工资", "农民工欠薪线索登记"),
        ("养老金停了", "恢复养老保险待遇申请"),
        ("换驾照", "机动车驾驶证期满换证（协助）"),
        ("积分入学", "流动人口随迁子女积分入学申请（协助）"),
        ("买到假货", "消费投诉登记（消费者权益保护）"),
        ("领证", "结婚登记（咨询）"),
        ("过户", "不动产转移登记（二手房、赠与、继承）"),
    ],
)
def test_people_find_what_they_mean_among_the_first_five(catalog, words, name):
    found = [hit.name for hit in catalog.search(words)][:5]

    assert name in found
