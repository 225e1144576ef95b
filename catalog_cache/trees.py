"""Whether an item's question tree is whole: no hole, no loop, nothing out of reach.

A tree without faults has the property the counter relies on: whatever is answered, the walk ends
in a list that is not empty. A fault names the answer at which it is put right, and one way of
answering that leads there.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog_cache.errors import Problem
from catalog_cache.model import Item, Option, Question

Step = tuple[Question, Option]
Ways = dict[str, tuple[Step, ...]]


@dataclass(frozen=True, slots=True)
class TreeFault(Problem):
    """One thing wrong with a tree. way: the answers that lead to it in words, "" where none do.

    kind: hole (a way that ends in no list), loop, unreached (a question or a material), or bad.
    """

    way: str = ""
    kind: str = "bad"


def tree_faults(item: Item) -> list[TreeFault]:
    """Everything wrong with the situations of an item; an empty list means every walk ends in a list."""
    faults = [*_doubles(item), *_foreign_materials(item), *_bad_start(item)]
    ways = ways_to(item)
    for index, question in enumerate(item.questions):
        faults += _holes(item, index, question, ways)
    faults += [*_loops(item), *_empty_lists(item)]
    has_start = bool(ways) or not item.questions
    return [*faults, *_unreached(item, ways)] if has_start else faults


def ways_to(item: Item, *, is_bare: bool = False) -> Ways:
    """One shortest way of answering to each question that can be reached, by question id.

    is_bare: only over answers that ask for no material of the item.
    """
    questions = {question.id: question for question in item.questions}
    if item.first_question is None or item.first_question not in questions:
        return {}
    known = _material_ids(item)
    found: Ways = {item.first_question: ()}
    waiting = deque(found)
    while waiting:
        name = waiting.popleft()
        for option in questions[name].options:
            following = option.then
            is_open = following is not None and following in questions and following not in found
            if following is not None and is_open and not (is_bare and known.intersection(option.add)):
                found[following] = (*found[name], (questions[name], option))
                waiting.append(following)
    return found


def told_way(steps: Iterable[Step], end: str = "") -> str:
    """A way of answering in words: 谁来办？→代办→是亲属吗？→不是. end: what comes after it."""
    words = [word for question, option in steps for word in (question.text, option.label)]
    return "→".join([*words, end] if end else words)


def situation_count(item: Item) -> int:
    """How many ways of answering end. Loops are not followed."""
    questions = {question.id: question for question in item.questions}
    counted: dict[str, int] = {}

    def count(name: str | None) -> int:
        if name is None:
            return 1
        if name not in counted:
            counted[name] = 0  # met again on its own way: a loop, which never ends
            asked = questions.get(name)
            counted[name] = sum(count(option.then) for option in asked.options) if asked else 0
        return counted[name]

    return count(item.first_question) if item.questions else 0


def _material_ids(item: Item) -> set[str]:
    return {material.id for material in item.materials}


def _doubles(item: Item) -> Iterator[TreeFault]:
    yield from _repeated("materials[%d]", "申请材料", [material.id for material in item.materials])
    yield from _repeated("questions[%d]", "情形问题", [question.id for question in item.questions])
    yield from _repeated("form[%d].id", "表单", [field.id for field in item.form])
    yield from _repeated("base_materials", "各情形均需材料", item.base_materials)
    for index, question in enumerate(item.questions):
        values = [option.value for option in question.options]
        where = f"questions[{index}].options[%d].value"
        yield from _repeated(where, f"问题“{question.text}”的选项", values)


def _repeated(where: str, label: str, ids: Iterable[str]) -> Iterator[TreeFault]:
    """where: the path of one of them, with %d for its place."""
    seen: set[str] = set()
    for index, name in enumerate(ids):
        if name in seen:
            yield TreeFault(where.replace("%d", str(index)), label, f"“{name}”重复")
        seen.add(name)


def _foreign_materials(item: Item) -> Iterator[TreeFault]:
    known = _material_ids(item)
    for name in item.base_materials:
        if name not in known:
            yield TreeFault("base_materials", "各情形均需材料", f"没有材料“{name}”")
    for index, question in enumerate(item.questions):
        for number, option in enumerate(question.options):
            where = f"questions[{index}].options[{number}].add"
            for name in option.add:
                if name not in known:
                    yield TreeFault(where, f"选项“{option.label}”", f"没有材料“{name}”")


def _bad_start(item: Item) -> Iterator[TreeFault]:
    first = item.first_question
    if item.questions and first is None:
        yield TreeFault("first_question", "第一题", "有情形问题，却没有指定第一题", kind="hole")
    elif first is not None and first not in {question.id for question in item.questions}:
        yield TreeFault("first_question", "第一题", f"没有问题“{first}”", kind="hole")


def _holes(item: Item, index: int, question: Question, ways: Ways) -> Iterator[TreeFault]:
    """A question without answers, and answers that lead to a question that is not there."""
    known = {one.id for one in item.questions}
    where, way = f"questions[{index}].options", ways.get(question.id)
    if not question.options:
        told = told_way(way, question.text) if way is not None else ""
        yield TreeFault(where, f"问题“{question.text}”", "没有选项", told, "hole")
    for number, option in enumerate(question.options):
        if option.then is not None and option.then not in known:
            told = told_way([*way, (question, option)]) if way is not None else ""
            message = f"接到不存在的问题“{option.then}”"
            yield TreeFault(f"{where}[{number}].then", f"选项“{option.label}”", message, told, "hole")


def _loops(item: Item) -> list[TreeFault]:
    """Each answer that leads back to a question on the way to it."""
    places = {question.id: index for index, question in enumerate(item.questions)}
    faults: list[TreeFault] = []
    done: set[str] = set()

    def follow(name: str, way: tuple[Step, ...]) -> None:
        question = item.questions[places[name]]
        met = {asked.id for asked, _ in way} | {name}
        for number, option in enumerate(question.options):
            taken = (*way, (question, option))
            if option.then in met:
                back = item.questions[places[option.then]]
                told = told_way(taken, f"（又回到）{back.text}")
                where = f"questions[{places[name]}].options[{number}].then"
                message = "问题前后循环，永远答不完"
                faults.append(TreeFault(where, f"选项“{option.label}”", message, told, "loop"))
            elif option.then in places and option.then not in done:
                follow(option.then, taken)
        done.add(name)

    for start in [item.first_question, *places]:
        if start in places and start not in done:
            follow(start, ())
    return faults


def _unreached(item: Item, ways: Ways) -> Iterator[TreeFault]:
    """Questions that no answer leads to, and materials that nobody is ever asked for."""
    asked = set(item.base_materials)
    for index, question in enumerate(item.questions):
        if question.id in ways:
            asked.update(name for option in question.options for name in option.add)
        else:
            message = "没有任何回答会走到这一题"
            yield TreeFault(f"questions[{index}]", f"问题“{question.text}”", message, "", "unreached")
    for index, material in enumerate(item.materials):
        if material.id not in asked:
            label = f"材料“{material.name}”"
            yield TreeFault(f"materials[{index}]", label, "没有任何情形需要它", "", "unreached")


def _empty_lists(item: Item) -> Iterator[TreeFault]:
    """Answers at which a way ends that has asked for nothing at all, where the base list is empty too."""
    known = _material_ids(item)
    if known.intersection(item.base_materials):
        return
    bare = ways_to(item, is_bare=True)
    for index, question in enumerate(item.questions):
        for number, option in enumerate(question.options):
            is_end = option.then is None and not known.intersection(option.add)
            if question.id in bare and is_end:
                told = told_way([*bare[question.id], (question, option)])
                where = f"questions[{index}].options[{number}].add"
                message = "走到这里材料清单是空的"
                yield TreeFault(where, f"选项“{option.label}”", message, told, "hole")
