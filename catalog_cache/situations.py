"""From answers to the list of materials: the small question trees (情形) of an item.

Answers are {question id: option value}. Only answers on the path count, so that changing an early
answer does not need the later ones to be cleaned up first.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog_cache.errors import BadAnswer
from catalog_cache.model import CopyKind, Item, Material, Medium, Need, Option, Question

Answers = Mapping[str, str]
Path = tuple[tuple[Question, Option], ...]
_NEED_RANK = {Need.OPTIONAL: 0, Need.TOLERANT: 1, Need.REQUIRED: 2}


def next_question(item: Item, answers: Answers) -> Question | None:
    """The question to ask now; None when the answers already lead to a list.

    Raises BadAnswer for a question or an option that the item does not have.
    """
    return _walk(item, answers)[1]


def path_of(item: Item, answers: Answers) -> Path:
    """The questions answered so far, in order, with the option taken at each."""
    return _walk(item, answers)[0]


def material_list(item: Item, answers: Answers) -> list[Material]:
    """The materials of this situation, in their order.

    Raises BadAnswer when an answer is foreign to the item or a question is still open.
    """
    path, open_question = _walk(item, answers)
    if open_question is not None:
        raise BadAnswer(f"还没有回答：{open_question.text}。")
    wanted = set(item.base_materials)
    for _, option in path:
        wanted.update(option.add)
    listed = [material for material in item.materials if material.id in wanted]
    return sorted(listed, key=lambda material: material.order)


def situation_label(item: Item, answers: Answers) -> str:
    """The situation in words, from the options taken; "" for an item without situations."""
    path = path_of(item, answers)
    named = [option.situation for _, option in path if option.situation]
    return "·".join(named or [option.label for _, option in path])


def walks(item: Item, most: int = 10_000) -> Iterator[dict[str, str]]:
    """Every way of answering that ends, as answers; stops after `most`. Loops are not followed."""
    questions = {question.id: question for question in item.questions}
    waiting: list[tuple[str | None, dict[str, str]]] = [(item.first_question, {})]
    found = 0
    while waiting and found < most:
        question_id, answers = waiting.pop()
        if question_id is None:
            found += 1
            yield answers
        elif question_id in questions and question_id not in answers:
            for option in reversed(questions[question_id].options):
                waiting.append((option.then, answers | {question_id: option.value}))


def _walk(item: Item, answers: Answers) -> tuple[Path, Question | None]:
    questions = {question.id: question for question in item.questions}
    for stranger in answers.keys() - questions.keys():
        raise BadAnswer(f"事项“{item.name}”没有问题“{stranger[:40]}”。")
    path: list[tuple[Question, Option]] = []
    question_id = item.first_question
    while question_id is not None:
        question = questions.get(question_id)
        if question is None or len(path) > len(questions):
            raise BadAnswer(f"事项“{item.name}”的情形设置有误，请通知目录管理员。")
        if question_id not in answers:
            return tuple(path), question
        option = _taken(question, answers[question_id])
        path.append((question, option))
        question_id = option.then
    return tuple(path), None


def _taken(question: Question, value: str) -> Option:
    for option in question.options:
        if option.value == value:
            return option
    raise BadAnswer(f"问题“{question.text}”没有选项“{value[:40]}”。")


@dataclass(frozen=True, slots=True)
class Merged:
    """One line of a basket's common list. sources: (index of the list, material id) of each origin."""

    material: Material
    sources: tuple[tuple[int, str], ...]


def merged_materials(lists: Sequence[Iterable[Material]]) -> list[Merged]:
    """The lists of several items as one: the same material once, with the highest number of copies.

    Two materials are the same when their names are, spaces and brackets' width aside. The stricter
    need wins; an original here and a copy there become both.
    """
    lines: dict[str, Merged] = {}
    for index, materials in enumerate(lists):
        for material in materials:
            name, source = _same_name(material.name), (index, material.id)
            held = lines.get(name)
            if held is None:
                lines[name] = Merged(material, (source,))
            else:
                lines[name] = Merged(_joined(held.material, material), (*held.sources, source))
    return list(lines.values())


def _same_name(name: str) -> str:
    return re.sub(r"\s+", "", name).replace("（", "(").replace("）", ")")


def _joined(one: Material, other: Material) -> Material:
    return dataclasses.replace(
        one,
        need=max(one.need, other.need, key=lambda need: _NEED_RANK[need]),
        kind=_joined_kind(one.kind, other.kind),
        medium=one.medium if one.medium is other.medium else _stricter_medium(one.medium, other.medium),
        originals=max(one.originals, other.originals),
        copies=max(one.copies, other.copies),
    )


def _joined_kind(one: CopyKind, other: CopyKind) -> CopyKind:
    kinds = {one, other}
    if len(kinds) == 1:
        return one
    return CopyKind.CHECK_ORIGINAL if kinds == {CopyKind.COPY, CopyKind.CHECK_ORIGINAL} else CopyKind.BOTH


def _stricter_medium(one: Medium, other: Medium) -> Medium:
    """paper with electronic needs both forms; "either will do" gives way to the other's demand."""
    if Medium.BOTH in (one, other):
        return other if one is Medium.BOTH else one
    return Medium.BOTH
