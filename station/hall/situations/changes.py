"""The steps by which a question tree grows: a tree in, the changed tree out. Nothing is kept here.

A tree is the part of an item's JSON that asks: first_question, base_materials, questions. A question or
an answer is named by its place, from 0. What the model refuses is refused when the item is read again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from catalog_cache.model import Item
from station.hall.situations.errors import QuestionMissing

Fields = dict[str, Any]
_PLACE_DIGITS_MAX = 4
START = "first"
"""In place of an answer: before all other questions."""


@dataclass(frozen=True)
class Answer:
    """One answer as somebody typed it. then: the next question's id, None for the list; add: material ids."""

    label: str
    situation: str
    then: str | None
    add: tuple[str, ...]


def with_start(item: Item, first: str | None, base: Sequence[str]) -> Fields:
    """Another first question, and what every situation needs."""
    fields = item.to_dict(full=True)
    return fields | {"first_question": first, "base_materials": _in_order(fields["base_materials"], base)}


def with_question(item: Item, text: str, labels: Iterable[str], after: str) -> Fields:
    """One more question with its answers.

    after: START, or an answer as "1.0", which then leads to it; "" leaves it unconnected. What that
    answer, or the start, led to before is where the answers of the new question lead.
    """
    fields = item.to_dict(full=True)
    name = _free("q", (question["id"] for question in fields["questions"]))
    before = _connect(fields, after, name)
    question: Fields = {"id": name, "text": text, "options": []}
    _append(question, labels, before)
    fields["questions"].append(question)
    return fields


def connected(item: Item, number: int, after: str) -> Fields:
    """A question that nobody reached, put behind START or an answer."""
    fields = item.to_dict(full=True)
    _connect(fields, after, _question(fields, number)["id"])
    return fields


def with_answers(item: Item, number: int, text: str, answers: Sequence[Answer]) -> Fields:
    """A question as typed anew. Raises QuestionMissing when its answers are not as many as before."""
    fields = item.to_dict(full=True)
    question = _question(fields, number)
    if len(answers) != len(question["options"]):
        raise QuestionMissing
    question["text"] = text
    for option, answer in zip(question["options"], answers, strict=True):
        option["label"], option["then"] = answer.label, answer.then
        option["situation"] = answer.situation or None
        option["add"] = _in_order(option["add"], answer.add)
    return fields


def with_more_answers(fields: Fields, number: int, labels: Iterable[str]) -> Fields:
    """More answers at the end of a question; they lead to the list."""
    _append(_question(fields, number), labels, None)
    return fields


def without_question(item: Item, number: int) -> Fields:
    """The tree without one question; what led to it leads to the list, and a hole shows if there is none."""
    fields = item.to_dict(full=True)
    name = _question(fields, number)["id"]
    del fields["questions"][number]
    if fields["first_question"] == name:
        fields["first_question"] = None
    for option in _options(fields):
        if option["then"] == name:
            option["then"] = None
    return fields


def without_answer(fields: Fields, number: int, option: int) -> Fields:
    """The tree without one answer. Raises QuestionMissing."""
    options = _question(fields, number)["options"]
    _at(options, option)
    del options[option]
    return fields


def with_question_moved(item: Item, number: int, by: int) -> Fields:
    """A question one place up (-1) or down (1) in the list; what leads where stays."""
    fields = item.to_dict(full=True)
    _question(fields, number)
    _move(fields["questions"], number, by)
    return fields


def with_answer_moved(fields: Fields, number: int, option: int, by: int) -> Fields:
    """An answer one place up (-1) or down (1), as the clerk reads them."""
    options = _question(fields, number)["options"]
    _at(options, option)
    _move(options, option, by)
    return fields


def _connect(fields: Fields, after: str, name: str) -> str | None:
    """Let START or an answer lead to a question; returns where it led before."""
    before: str | None = None
    if after == START:
        before, fields["first_question"] = fields["first_question"], name
    elif after:
        number, _, option = after.partition(".")
        if not (_is_place(number) and _is_place(option)):
            raise QuestionMissing
        answer = _at(_question(fields, int(number))["options"], int(option))
        before, answer["then"] = answer["then"], name
    return before


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _PLACE_DIGITS_MAX


def _append(question: Fields, labels: Iterable[str], then: str | None) -> None:
    for label in labels:
        value = _free("a", (option["value"] for option in question["options"]))
        question["options"].append(
            {"value": value, "label": label, "then": then, "add": [], "situation": None}
        )


def _in_order(before: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """What is wanted, in the order it had before, so that saving without a change is none."""
    return [*(one for one in before if one in wanted), *(one for one in wanted if one not in before)]


def _free(letter: str, taken: Iterable[str]) -> str:
    held = set(taken)
    return next(name for number in count(1) if (name := f"{letter}{number}") not in held)


def _question(fields: Mapping[str, Any], number: int) -> Fields:
    return _at(fields["questions"], number)


def _at(rows: Sequence[Fields], number: int) -> Fields:
    if not 0 <= number < len(rows):
        raise QuestionMissing
    return rows[number]


def _options(fields: Mapping[str, Any]) -> Iterable[Fields]:
    return (option for question in fields["questions"] for option in question["options"])


def _move(rows: list[Any], number: int, by: int) -> None:
    """At the edge nothing moves."""
    target = number + by
    if 0 <= target < len(rows):
        rows[number], rows[target] = rows[target], rows[number]
