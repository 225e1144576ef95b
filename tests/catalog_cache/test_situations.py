"""From answers to a list of materials, and trees that would leave a person without one."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_cache.demonstration import worked_items
from catalog_cache.errors import BadAnswer
from catalog_cache.model import CopyKind, Item, Medium, Need
from catalog_cache.situations import (
    material_list,
    merged_materials,
    next_question,
    situation_label,
    walks,
)
from catalog_cache.trees import tree_faults
from tests.tools.catalogs import make_item

MATERIALS = [{"id": name, "name": f"材料{name}"} for name in ("a", "b", "c")]
AGENT = {
    "materials": MATERIALS,
    "base_materials": ["a"],
    "first_question": "who",
    "questions": [
        {
            "id": "who",
            "text": "谁来办？",
            "options": [
                {"value": "self", "label": "本人", "situation": "本人办理"},
                {"value": "agent", "label": "代办", "then": "kin", "add": ["b"], "situation": "委托办理"},
            ],
        },
        {
            "id": "kin",
            "text": "是亲属吗？",
            "options": [
                {"value": "yes", "label": "是亲属"},
                {"value": "no", "label": "不是", "add": ["c"], "situation": "非亲属"},
            ],
        },
    ],
}


def ids_of(item: Item, answers: dict[str, str]) -> list[str]:
    return [material.id for material in material_list(item, answers)]


def faults_of(**changes: object) -> str:
    return "；".join(str(fault) for fault in tree_faults(make_item(**(AGENT | changes))))


def questions(*options: dict[str, object]) -> dict[str, object]:
    asked = [{"id": "who", "text": "谁来办？", "options": list(options)}]
    return {"questions": asked, "materials": MATERIALS[:1], "base_materials": []}


def test_questions_are_asked_one_by_one_until_the_list_is_clear():
    item = make_item(**AGENT)

    assert next_question(item, {}).id == "who"
    assert next_question(item, {"who": "agent"}).id == "kin"
    assert next_question(item, {"who": "self"}) is None


def test_each_situation_asks_for_its_own_materials_only():
    item = make_item(**AGENT)

    assert ids_of(item, {"who": "self"}) == ["a"]
    assert ids_of(item, {"who": "agent", "kin": "no"}) == ["a", "b", "c"]
    assert situation_label(item, {"who": "agent", "kin": "no"}) == "委托办理·非亲属"


def test_an_answer_left_over_from_another_branch_changes_nothing():
    assert ids_of(make_item(**AGENT), {"who": "self", "kin": "no"}) == ["a"]


def test_an_item_without_questions_lists_its_materials_in_order():
    listed = [{"id": "x", "name": "甲", "order": 2}, {"id": "y", "name": "乙", "order": 1}]
    item = make_item(materials=listed, base_materials=["x", "y"])

    assert ids_of(item, {}) == ["y", "x"]
    assert situation_label(item, {}) == ""


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({}, "还没有回答：谁来办"),
        ({"who": "nobody"}, "没有选项“nobody”"),
        ({"what": "x"}, "没有问题“what”"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_in_chinese(answers, told):
    with pytest.raises(BadAnswer, match=told):
        material_list(make_item(**AGENT), answers)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"first_question": None}, "没有指定第一题"),
        ({"first_question": "nowhere"}, "没有问题“nowhere”"),
        (questions({"value": "a", "label": "甲", "then": "gone"}), "接到不存在的问题“gone”"),
        (questions({"value": "a", "label": "甲", "then": "who", "add": ["a"]}), "前后循环"),
        (questions({"value": "a", "label": "甲"}, {"value": "a", "label": "乙"}), "“a”重复"),
        (questions({"value": "a", "label": "甲", "add": ["zzz"]}), "没有材料“zzz”"),
        (questions({"value": "a", "label": "甲", "add": ["a"]}, {"value": "b", "label": "乙"}), "清单是空的"),
        (questions(), "没有选项"),
        ({"materials": [*MATERIALS, {"id": "d", "name": "多余"}]}, "没有任何情形需要它"),
        ({"materials": [*MATERIALS, MATERIALS[0]]}, "“a”重复"),
        ({"questions": [], "first_question": None}, "没有任何情形需要它"),
    ],
)
def test_a_tree_with_a_hole_a_loop_or_a_dead_end_is_refused(changes, told):
    assert told in faults_of(**changes)


def test_a_question_nobody_reaches_is_told():
    lonely = {"id": "x", "text": "孤立？", "options": [{"value": "a", "label": "甲"}]}

    assert "没有任何回答会走到这一题" in faults_of(questions=[*AGENT["questions"], lonely])


names = st.sampled_from(["q1", "q2", "q3", "q4", "gone", None, None])
material_ids = st.lists(st.sampled_from(["a", "b", "c", "zzz"]), max_size=2, unique=True)
options = st.lists(st.tuples(names, material_ids), min_size=0, max_size=3)
trees = st.tuples(names, st.lists(options, max_size=4), material_ids)


def item_of(tree: tuple) -> Item:
    first, asked, base = tree
    listed = [
        {
            "id": f"q{number}",
            "text": "？",
            "options": [
                {"value": f"v{index}", "label": "选", "then": then, "add": add}
                for index, (then, add) in enumerate(choices)
            ],
        }
        for number, choices in enumerate(asked, start=1)
    ]
    return make_item(materials=MATERIALS, questions=listed, first_question=first, base_materials=base)


@settings(deadline=None)
@given(trees, st.randoms(use_true_random=False))
def test_any_walk_over_a_tree_without_faults_ends_in_a_list(tree, chance):
    item = item_of(tree)
    answers: dict[str, str] = {}
    if tree_faults(item):
        return
    while question := next_question(item, answers):
        assert question.id not in answers, "a question came twice"
        answers[question.id] = chance.choice(question.options).value

    assert material_list(item, answers)


@settings(deadline=None)
@given(trees)
def test_a_tree_without_faults_has_walks_that_reach_every_material(tree):
    item = item_of(tree)
    if tree_faults(item):
        return
    lists = [ids_of(item, answers) for answers in walks(item)]

    assert all(lists)
    assert {name for listed in lists for name in listed} == {material.id for material in item.materials}


@settings(deadline=None)
@given(trees, st.dictionaries(st.sampled_from(["q1", "q2", "q3", "q4"]), st.sampled_from(["v0", "v1", "v2"])))
def test_even_a_broken_tree_gives_a_list_a_question_or_a_refusal(tree, answers):
    item = item_of(tree)
    try:
        question = next_question(item, answers)
        assert question is not None or isinstance(material_list(item, answers), list)
    except BadAnswer as refusal:
        assert refusal.why


def test_every_walk_of_the_worked_items_ends_in_a_list():
    chance = random.Random(20261122)
    for item in worked_items():
        assert tree_faults(item) == []
        for answers in chance.sample(found := list(walks(item)), min(len(found), 30)):
            assert material_list(item, answers)


def test_one_item_of_the_reference_has_eighteen_situations():
    item = next(item for item in worked_items() if item.name == "食品经营许可证变更")
    labels = {situation_label(item, answers) for answers in walks(item)}

    assert len(labels) == len(list(walks(item))) == 18


def test_a_basket_asks_for_the_same_material_once_with_the_highest_copies():
    card = {"id": "card", "name": "居民身份证", "copies": 1, "kind": "copy", "need": "tolerant"}
    first = make_item(materials=[card], base_materials=["card"])
    again = {"id": "id", "name": "居民 身份证", "copies": 2, "kind": "original", "medium": "both"}
    second = make_item(materials=[again, {"id": "book", "name": "户口簿"}], base_materials=["id", "book"])
    merged = merged_materials([material_list(first, {}), material_list(second, {})])

    assert [line.material.name for line in merged] == ["居民身份证", "户口簿"]
    assert merged[0].sources == ((0, "card"), (1, "id"))
    shared = merged[0].material
    assert (shared.copies, shared.need, shared.kind) == (2, Need.REQUIRED, CopyKind.BOTH)
    assert shared.medium is Medium.PAPER
