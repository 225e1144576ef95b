"""The pages of an item's question tree: the whole, one question, a new one, and a rehearsal."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from catalog_cache.errors import BadAnswer, BadRecord
from catalog_cache.model import Item
from catalog_cache.trees import told_way, ways_to
from station import web
from station.accounts.roles import Role
from station.hall.publishing import forms, jumps
from station.hall.publishing.errors import EntryChanged
from station.hall.situations import changes, service
from station.hall.situations.errors import QuestionMissing
from station.web import FieldErrors, requires

bp = Blueprint("situations", __name__, template_folder="templates", url_prefix="/publishing/situations")
DESK = (Role.EDITOR, Role.PUBLISHER)
TEXT_MAX = 400
ANSWERS_MAX = 60
Answer = str | Response | tuple[str, int]


@bp.get("/<code>")
@requires(*DESK)
def show_tree(code: str) -> str:
    """Every question with its answers, and what is not covered."""
    return _tree_page(service.tree_of(code), FieldErrors())


@bp.post("/<code>/start")
@requires(*DESK)
def save_start(code: str) -> Answer:
    """Which question comes first, and what every situation needs."""
    tree = _tree_sent(code)
    first, base = request.form.get("first_question", ""), request.form.getlist("base_materials")
    fields = changes.with_start(tree.item, first or None, base)
    return _kept(tree, fields, lambda errors: _tree_page(tree, errors), gettext("已保存。"))


@bp.post("/<code>/questions/<int:number>/move")
@requires(*DESK)
def move_question(code: str, number: int) -> Answer:
    """One place up or down in the list."""
    tree, by = _tree_sent(code), -1 if request.form.get("to") == "up" else 1
    fields = changes.with_question_moved(tree.item, number - 1, by)
    place = min(max(number - 1 + by, 0), len(tree.item.questions) - 1)
    return _kept(
        tree, fields, lambda errors: _tree_page(tree, errors), gettext("已移动。"), f"question-{place}"
    )


@bp.get("/<code>/add")
@requires(*DESK)
def show_new(code: str) -> Answer:
    """A form for one more question."""
    tree = service.tree_of(code)
    return _locked(tree) if tree.is_locked else _new_page(tree, FieldErrors())


@bp.post("/<code>/add")
@requires(*DESK)
def add_question(code: str) -> Answer:
    """One more question with its answers, put where it was asked for."""
    tree = _tree_sent(code)
    number = len(tree.item.questions)
    text = request.form.get(f"questions-{number}-text", "").strip()[:TEXT_MAX]
    labels = _lines(request.form.get(f"questions-{number}-options", ""))
    fields = changes.with_question(tree.item, text, labels, request.form.get("after", ""))
    told = gettext("已加上这一题，请给每个答案选材料。")
    return _kept(tree, fields, lambda errors: _new_page(tree, errors), told, number=number)


@bp.get("/<code>/questions/<int:number>")
@requires(*DESK)
def show_question(code: str, number: int) -> Answer:
    """One question as a form."""
    tree = service.tree_of(code)
    place = tree.question(number - 1)
    return _locked(tree) if tree.is_locked else _question_page(tree, place, {}, FieldErrors())


@bp.post("/<code>/questions/<int:number>")
@requires(*DESK)
def save_question(code: str, number: int) -> Answer:
    """Keep what was typed; a button beside an answer moves it or takes it away besides."""
    tree = _tree_sent(code)
    place = tree.question(number - 1)
    act, _, at = request.form.get("act", "save").partition("-")
    fields = _typed(tree.item, place)
    landing = f"questions-{place}-text"
    if act in ("up", "down", "drop") and at.isascii() and at.isdigit() and len(at) < 4:
        option, by = int(at), {"up": -1, "down": 1}.get(act, 0)
        if act == "drop":
            fields = changes.without_answer(fields, place, option)
        else:
            fields = changes.with_answer_moved(fields, place, option, by)
            landing = f"questions-{place}-options-{max(option + by, 0)}-label"

    def again(errors: FieldErrors) -> str:
        return _question_page(tree, place, request.form, errors)

    if act == "save":
        return _kept(tree, fields, again, gettext("已保存。"), f"question-{place}")
    return _kept(tree, fields, again, gettext("已保存。"), landing, number=place)


@bp.post("/<code>/questions/<int:number>/remove")
@requires(*DESK)
def remove_question(code: str, number: int) -> Answer:
    """Take a question and its answers away."""
    tree = _tree_sent(code)
    place = tree.question(number - 1)
    if request.form.get("sure") != "1":
        errors = FieldErrors()
        errors.add("sure", gettext("请先勾选，确认删除这一题"))
        return _question_page(tree, place, {}, errors), 422
    fields = changes.without_question(tree.item, place)
    return _kept(tree, fields, lambda errors: _tree_page(tree, errors), gettext("已删除这一题。"))


@bp.post("/<code>/questions/<int:number>/connect")
@requires(*DESK)
def connect_question(code: str, number: int) -> Answer:
    """Put a question that nobody reaches behind an answer."""
    tree = _tree_sent(code)
    place = tree.question(number - 1)
    fields = changes.connected(tree.item, place, request.form.get("after", ""))
    return _kept(
        tree, fields, lambda errors: _tree_page(tree, errors), gettext("已接上。"), f"question-{place}"
    )


@bp.get("/<code>/rehearsal")
@requires(*DESK)
def rehearse(code: str) -> str:
    """The tree as the clerk will see it."""
    tree = service.tree_of(code)
    places = {question.id: index for index, question in enumerate(tree.item.questions)}
    answers = {name: request.args.get(f"q-{index}", "") for name, index in places.items()}
    played, dead_end = None, ""
    try:
        played = service.play(tree.item, answers)
    except BadAnswer as refusal:
        dead_end = refusal.why
    return render_template(
        "situations/rehearsal.html", tree=tree, places=places, played=played, dead_end=dead_end
    )


def _locked(tree: service.Tree) -> Response:
    """A tree that can only be looked at has one page, which says why."""
    return redirect(url_for("situations.show_tree", code=tree.item.code))


def _tree_sent(code: str) -> service.Tree:
    """The tree that the form was made from."""
    try:
        return service.tree_to_change(code, request.form.get("seen", ""))
    except EntryChanged as refusal:
        refusal.way_on = ("situations.show_tree", {"code": code})
        raise


def _kept(
    tree: service.Tree,
    fields: Mapping[str, Any],
    again: Callable[[FieldErrors], str],
    told: str,
    anchor: str | None = None,
    *,
    number: int | None = None,
) -> Answer:
    """Save and go to the whole tree, or to question `number`.

    again: the page once more, with what the model refuses at its field.
    """
    try:
        service.keep(tree, fields, by=web.account().name, now=web.now())
    except BadRecord as refusal:
        errors = FieldErrors()
        for problem in refusal.problems:
            errors.add(forms.field_id(problem.field), f"{problem.label}{problem.message}")
        return again(errors), 422
    flash(told)
    code = tree.item.code
    if number is None:
        return redirect(url_for("situations.show_tree", code=code, _anchor=anchor))
    return redirect(url_for("situations.show_question", code=code, number=number + 1, _anchor=anchor))


def _typed(item: Item, place: int) -> changes.Fields:
    """The tree with one question as the form has it, and the answers added at its end."""
    answers = []
    for index in range(len(item.questions[place].options)):
        name = f"questions-{place}-options-{index}"
        if f"{name}-label" not in request.form:
            raise QuestionMissing
        answers.append(
            changes.Answer(
                request.form[f"{name}-label"].strip()[:TEXT_MAX],
                request.form.get(f"{name}-situation", "").strip()[:TEXT_MAX],
                request.form.get(f"{name}-then") or None,
                tuple(request.form.getlist(f"{name}-add")),
            )
        )
    text = request.form.get(f"questions-{place}-text", "").strip()[:TEXT_MAX]
    fields = changes.with_answers(item, place, text, answers)
    return changes.with_more_answers(
        fields, place, _lines(request.form.get(f"questions-{place}-options", ""))
    )


def _lines(text: str) -> list[str]:
    return [line.strip()[:TEXT_MAX] for line in text.splitlines() if line.strip()][:ANSWERS_MAX]


def _tree_page(tree: service.Tree, errors: FieldErrors) -> str:
    ways = ways_to(tree.item)
    return render_template(
        "situations/tree.html",
        tree=tree,
        ways={name: told_way(steps) for name, steps in ways.items()},
        numbers={question.id: index + 1 for index, question in enumerate(tree.item.questions)},
        names={material.id: material.name for material in tree.item.materials},
        places=_places(tree.item),
        broken=_broken(tree),
        notes=_notes(tree.item, None),
        address=jumps.address,
        errors=errors,
        form=request.form,
    )


def _question_page(tree: service.Tree, place: int, form: Mapping[str, Any], errors: FieldErrors) -> str:
    ways = ways_to(tree.item)
    question = tree.item.questions[place]
    others = [
        (one.id, f"{index + 1}. {one.text}")
        for index, one in enumerate(tree.item.questions)
        if one.id != question.id
    ]
    return render_template(
        "situations/question.html",
        tree=tree,
        place=place,
        question=question,
        way=told_way(ways[question.id]) if question.id in ways else None,
        others=others,
        ends=_ends(tree.item, place),
        notes=_notes(tree.item, place),
        form=form,
        picked=request.form.getlist if form else None,
        errors=_on_this_page(errors, place, len(question.options)),
    )


def _new_page(tree: service.Tree, errors: FieldErrors) -> str:
    number = len(tree.item.questions)
    return render_template(
        "situations/new.html",
        tree=tree,
        number=number,
        places=_answers(tree.item),
        after=request.values.get("after", "" if number else changes.START),
        errors=_on_this_page(errors, number, 0),
        form=request.form,
    )


def _on_this_page(errors: FieldErrors, place: int, answers: int) -> FieldErrors:
    """Errors under the ids that a question's page has; an answer to be added has none of its own."""
    name = f"questions-{place}"
    ids = [f"{name}-text", f"{name}-options", "sure", "after"]
    for index in range(answers):
        ids += [f"{name}-options-{index}-{part}" for part in ("label", "situation", "then", "add")]
    moved = FieldErrors()
    for one, message in errors.items():
        moved.add(forms.nearest_id(one, ids) or ids[0], message)
    return moved


def _notes(item: Item, place: int | None) -> jumps.Notes:
    """What lint says of the tree at each id of one page; place: the question's, None for the whole."""
    notes: jumps.Notes = {}
    for finding in service.findings(item):
        if jumps.is_of_tree(finding.field):
            number, anchor = jumps.tree_place(item, finding.field)
            if number == place:
                notes.setdefault(anchor, []).append(finding)
    return notes


def _broken(tree: service.Tree) -> dict[str, str]:
    """At which answers the tree is not whole, by their ids: hole or loop."""
    found = [fault for kind in ("hole", "loop") for fault in tree.of_kind(kind)]
    at = {jumps.tree_place(tree.item, fault.field)[1]: fault.kind for fault in found}
    return {anchor.rpartition("-")[0]: kind for anchor, kind in at.items()}


def _answers(item: Item) -> list[tuple[str, str]]:
    """Every answer as "1.0", in words."""
    return [
        (f"{number}.{index}", f"{number + 1}. {question.text}→{option.label}")
        for number, question in enumerate(item.questions)
        for index, option in enumerate(question.options)
    ]


def _ends(item: Item, place: int) -> list[tuple[str, str]]:
    """The answers of other questions that lead to no further question."""
    is_end: Iterable[bool] = (
        option.then is None for question in item.questions for option in question.options
    )
    found = [one for one, ends in zip(_answers(item), is_end, strict=True) if ends]
    return [(key, words) for key, words in found if key.partition(".")[0] != str(place)]


def _places(item: Item) -> dict[str, str]:
    """The words of each question by its id."""
    return {question.id: question.text for question in item.questions}
