"""Whether an item's question tree is whole: no hole, no loop, nothing out of reach.

A tree without faults has the property the counter relies on: whatever is answered, the walk ends
in a list that is not empty.
"""

from collections import Counter
from collections.abc import Iterable

from catalog_cache.errors import Problem
from catalog_cache.model import Item, Option, Question


def tree_faults(item: Item) -> list[Problem]:
    """Everything wrong with the situations of an item; an empty list means every walk ends in a list."""
    faults = [*_doubles(item), *_holes(item), *_foreign_materials(item)]
    if faults or not item.questions:
        return faults or _nothing_to_bring(item)
    reached, has_loop = _reach(item)
    if has_loop:
        return [Problem("questions", "情形问题", "问题前后循环，永远答不完")]
    return [*_unreached(item, reached), *_empty_lists(item)]


def _doubles(item: Item) -> list[Problem]:
    faults = _repeated("materials", "申请材料", [material.id for material in item.materials])
    faults += _repeated("questions", "情形问题", [question.id for question in item.questions])
    faults += _repeated("form", "表单", [field.id for field in item.form])
    faults += _repeated("base_materials", "各情形均需材料", item.base_materials)
    for index, question in enumerate(item.questions):
        values = [option.value for option in question.options]
        faults += _repeated(f"questions[{index}].options", f"问题“{question.text}”的选项", values)
    return faults


def _repeated(field: str, label: str, ids: Iterable[str]) -> list[Problem]:
    twice = [name for name, count in Counter(ids).items() if count > 1]
    return [Problem(field, label, f"“{name}”重复") for name in twice]


def _holes(item: Item) -> list[Problem]:
    known = {question.id for question in item.questions}
    faults = []
    if item.questions and item.first_question is None:
        faults.append(Problem("first_question", "第一题", "有情形问题，却没有指定第一题"))
    if item.first_question is not None and item.first_question not in known:
        faults.append(Problem("first_question", "第一题", f"没有问题“{item.first_question}”"))
    for index, question in enumerate(item.questions):
        where = f"questions[{index}].options"
        if not question.options:
            faults.append(Problem(where, f"问题“{question.text}”", "没有选项"))
        for number, option in enumerate(question.options):
            if option.then is not None and option.then not in known:
                message = f"接到不存在的问题“{option.then}”"
                faults.append(Problem(f"{where}[{number}].then", f"选项“{option.label}”", message))
    return faults


def _foreign_materials(item: Item) -> list[Problem]:
    known = {material.id for material in item.materials}
    faults = [
        Problem("base_materials", "各情形均需材料", f"没有材料“{name}”")
        for name in item.base_materials
        if name not in known
    ]
    for index, question in enumerate(item.questions):
        for number, option in enumerate(question.options):
            where = f"questions[{index}].options[{number}].add"
            for name in option.add:
                if name not in known:
                    faults.append(Problem(where, f"选项“{option.label}”", f"没有材料“{name}”"))
    return faults


def _nothing_to_bring(item: Item) -> list[Problem]:
    """Without questions the base list is the whole list: every material has to stand in it."""
    idle = [material for material in item.materials if material.id not in item.base_materials]
    return [_never_asked(material.name) for material in idle]


def _reach(item: Item) -> tuple[set[str], bool]:
    """Question ids that some walk meets, and whether some walk comes back to where it was."""
    questions = {question.id: question for question in item.questions}
    done: set[str] = set()
    on_path: set[str] = set()
    assert item.first_question is not None
    stack = [(item.first_question, False)]
    while stack:
        name, is_leaving = stack.pop()
        if is_leaving:
            on_path.discard(name)
            done.add(name)
        elif name in on_path:
            return done, True
        elif name not in done:
            on_path.add(name)
            stack.append((name, True))
            stack.extend((option.then, False) for option in questions[name].options if option.then)
    return done, False


def _unreached(item: Item, reached: set[str]) -> list[Problem]:
    faults = []
    asked = set(item.base_materials)
    for index, question in enumerate(item.questions):
        if question.id in reached:
            asked.update(name for option in question.options for name in option.add)
        else:
            message = "没有任何回答会走到这一题"
            faults.append(Problem(f"questions[{index}]", f"问题“{question.text}”", message))
    idle = [material for material in item.materials if material.id not in asked]
    return faults + [_never_asked(material.name) for material in idle]


def _never_asked(name: str) -> Problem:
    return Problem("materials", f"材料“{name}”", "没有任何情形需要它")


def _empty_lists(item: Item) -> list[Problem]:
    """A walk that adds nothing at all, where the base list is empty too."""
    if item.base_materials:
        return []
    questions = {question.id: question for question in item.questions}
    seen: set[str] = set()
    waiting: list[tuple[str | None, Option | None]] = [(item.first_question, None)]
    while waiting:
        name, last = waiting.pop()
        if name is None:
            assert last is not None
            return [Problem("questions", f"选项“{last.label}”", "走到这里材料清单是空的")]
        if name not in seen:
            seen.add(name)
            waiting.extend(_bare(questions[name]))
    return []


def _bare(question: Question) -> list[tuple[str | None, Option | None]]:
    return [(option.then, option) for option in question.options if not option.add]
