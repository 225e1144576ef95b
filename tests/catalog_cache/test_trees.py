"""What is wrong with a question tree, told with the answers that lead there and the place to put it right."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings

from catalog_cache.demonstration import worked_items
from catalog_cache.errors import BadAnswer
from catalog_cache.model import Item
from catalog_cache.situations import material_list, next_question, walks
from catalog_cache.trees import TreeFault, situation_count, told_way, tree_faults, ways_to
from tests.catalog_cache.test_situations import AGENT, item_of, questions, trees
from tests.tools.catalogs import make_item

SEED = 20261126
WALKS = 40
DANGLING = {"value": "a", "label": "甲", "then": "gone"}


def faults_of(**changes: object) -> list[TreeFault]:
    return tree_faults(make_item(**(AGENT | changes)))


def walk(item: Item, chance: random.Random) -> dict[str, str]:
    """One random way of answering, to its end."""
    answers: dict[str, str] = {}
    while question := next_question(item, answers):
        assert question.id not in answers, f"{item.name}: {question.text} came twice"
        answers[question.id] = chance.choice(question.options).value
    return answers


def test_an_answer_without_a_list_is_told_with_the_way_that_leads_to_it():
    asked = [AGENT["questions"][0], {**AGENT["questions"][1]}]
    asked[0] = {**asked[0], "options": [asked[0]["options"][0], {**asked[0]["options"][1], "add": []}]}

    holes = [fault for fault in faults_of(base_materials=[], questions=asked) if fault.kind == "hole"]

    assert [(fault.field, fault.way) for fault in holes] == [
        ("questions[0].options[0].add", "谁来办？→本人"),
        ("questions[1].options[0].add", "谁来办？→代办→是亲属吗？→是亲属"),
    ]


def test_a_loop_is_told_at_the_answer_that_leads_back():
    back = [AGENT["questions"][0], {**AGENT["questions"][1]}]
    back[1] = {**back[1], "options": [{**back[1]["options"][0], "then": "who"}, back[1]["options"][1]]}

    [loop] = [fault for fault in faults_of(questions=back) if fault.kind == "loop"]

    assert loop.field == "questions[1].options[0].then"
    assert loop.way == "谁来办？→代办→是亲属吗？→是亲属→（又回到）谁来办？"


@pytest.mark.parametrize(
    ("changes", "field", "way"),
    [
        (
            questions({"value": "a", "label": "甲", "then": "gone"}),
            "questions[0].options[0].then",
            "谁来办？→甲",
        ),
        (questions(), "questions[0].options", "谁来办？"),
        ({"first_question": None}, "first_question", ""),
        ({"materials": [*AGENT["materials"], {"id": "d", "name": "多余"}]}, "materials[3]", ""),
        ({"materials": [*AGENT["materials"], AGENT["materials"][0]]}, "materials[3]", ""),
    ],
)
def test_every_fault_names_the_place_to_put_it_right(changes: dict, field: str, way: str):
    assert (field, way) in [(fault.field, fault.way) for fault in faults_of(**changes)]


def test_all_faults_are_told_at_once_not_one_after_the_other():
    lonely = {"id": "x", "text": "孤立？", "options": []}
    found = {
        fault.kind for fault in faults_of(questions=[*AGENT["questions"], lonely], base_materials=["zzz"])
    }

    assert found == {"bad", "hole", "unreached"}


def test_situations_are_counted_and_loops_are_not_followed():
    item = next(item for item in worked_items() if item.name == "食品经营许可证变更")
    first = item.questions[0]
    options = (replace(first.options[0], then=first.id), *first.options[1:])
    looping = replace(item, questions=(replace(first, options=options), *item.questions[1:]))

    assert (situation_count(item), situation_count(looping)) == (18, 15)
    assert situation_count(make_item()) == 0


def test_a_tree_of_forty_questions_that_branch_and_meet_again_is_judged_at_once():
    ladder = [
        {
            "id": f"q{n}",
            "text": f"第{n}问？",
            "options": [
                {"value": v, "label": v, "then": f"q{n + 1}" if n < 39 else None} for v in ("a", "b")
            ],
        }
        for n in range(40)
    ]
    item = make_item(questions=ladder, first_question="q0", base_materials=[])

    assert situation_count(item) == 2**40
    assert [fault.field for fault in tree_faults(item) if fault.kind == "hole"] == [
        "questions[39].options[0].add",
        "questions[39].options[1].add",
    ]


@settings(deadline=None, max_examples=300)
@given(trees)
def test_a_hole_or_a_loop_is_told_exactly_when_some_way_of_answering_goes_wrong(tree):
    item = item_of(tree)
    is_told = any(fault.kind in ("hole", "loop") for fault in tree_faults(item))

    assert is_told == goes_wrong(item)


def goes_wrong(item: Item) -> bool:
    """By trying every way of answering, and every question by itself for loops that nobody reaches."""
    starts = [question.id for question in item.questions]
    if item.questions and item.first_question not in starts:
        return True
    if not item.questions:
        return item.first_question is not None
    is_bad = any(not question.options for question in item.questions)
    known = {question.id for question in item.questions}
    is_bad |= any(
        option.then is not None and option.then not in known
        for question in item.questions
        for option in question.options
    )
    for start in starts:
        is_bad |= has_loop_from(replace(item, first_question=start))
    return is_bad or any(not material_list(item, answers) for answers in walks(item))


def has_loop_from(item: Item) -> bool:
    options = {question.id: [one.then for one in question.options] for question in item.questions}
    ways = [(item.first_question,)]
    while ways:
        way = ways.pop()
        for then in options.get(way[-1] or "", ()):
            if then in way:
                return True
            ways.append((*way, then))
    return False


def test_every_way_that_is_told_can_really_be_answered():
    chance = random.Random(SEED)
    for item in worked_items():
        for name, steps in ways_to(item).items():
            answers = {question.id: option.value for question, option in steps}
            asked = next_question(item, answers)
            assert asked is not None and asked.id == name, (SEED, item.name, told_way(steps))
        assert item.questions == () or material_list(item, walk(item, chance))


def test_random_walks_over_every_tree_of_the_reference_content_end_in_a_list():
    chance = random.Random(SEED)
    walked = 0
    for item in worked_items():
        for _ in range(WALKS if item.questions else 1):
            assert material_list(item, walk(item, chance)), (SEED, item.name)
            walked += 1

    assert walked > 5_000


def test_a_reference_tree_cut_anywhere_is_whole_or_refused():
    """One random answer is led elsewhere, or asks for nothing any more."""
    chance = random.Random(SEED)
    told = 0
    for item in [item for item in worked_items() if item.questions] * 2:
        hurt = hurt_somewhere(item, chance)
        if [fault for fault in tree_faults(hurt) if fault.kind in ("hole", "loop")]:
            told += 1
            continue
        for _ in range(20):
            assert material_list(hurt, walk(hurt, chance)), (SEED, item.name)

    assert told > 50


def hurt_somewhere(item: Item, chance: random.Random) -> Item:
    """The item with one answer that leads somewhere else, or asks for nothing any more."""
    number = chance.randrange(len(item.questions))
    question = item.questions[number]
    place = chance.randrange(len(question.options))
    then = chance.choice([None, "gone", *(one.id for one in item.questions)])
    changed = chance.choice([{"then": then}, {"add": ()}, {"then": None, "add": ()}])
    options = list(question.options)
    options[place] = replace(options[place], **changed)
    asked = list(item.questions)
    asked[number] = replace(question, options=tuple(options))
    base = () if chance.random() < 0.5 else item.base_materials
    return replace(item, questions=tuple(asked), base_materials=base)


def test_an_answer_to_a_tree_that_leads_nowhere_is_refused_and_not_followed_for_ever():
    item = make_item(**(AGENT | {"first_question": "nowhere"}))

    with pytest.raises(BadAnswer):
        next_question(item, {})
