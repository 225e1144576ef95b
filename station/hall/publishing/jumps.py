"""Where a finding is put right: the page, and on it the control, the row of a list, or the answer."""

import re
from collections.abc import Iterable

from flask import url_for

from catalog_cache.lint import Finding, Severity, exchange_names, missing_names
from catalog_cache.model import Item, Status
from catalog_cache.records import label_of
from station.hall.publishing import forms
from station.hall.publishing.draft import Entry

_TREE = re.compile(
    r"questions(?:\[(\d+)\](?:\.(\w+)(?:\[(\d+)\](?:\.(\w+))?)?)?)?(?:\[\d+\])?|first_question|base_materials.*"
)
_OF_ANSWER = ("label", "situation", "then", "add")
Notes = dict[str, list[Finding]]


def address(entry: Entry, path: str) -> str:
    """The address at which `path` of an entry is edited, down to the control.

    path: as lint and the model tell it, such as materials[3].basis or questions[1].options[0].add.
    """
    if not isinstance(entry, Item) or not is_of_tree(path):
        return url_for("publishing.show_entry", code=entry.code, _anchor=_on_page(entry, path))
    number, anchor = tree_place(entry, path)
    if number is None:
        return url_for("situations.show_tree", code=entry.code, _anchor=anchor)
    return url_for("situations.show_question", code=entry.code, number=number + 1, _anchor=anchor)


def is_of_tree(path: str) -> bool:
    """Whether a path lies in the question tree, which has pages of its own."""
    return _TREE.fullmatch(path) is not None


def tree_place(item: Item, path: str) -> tuple[int | None, str]:
    """Which question's page edits a path of the tree, and the id there; None for the page of the whole."""
    found = _TREE.fullmatch(path)
    number, part, option, inner = found.groups() if found else (None, None, None, None)
    if number is None or int(number) >= len(item.questions):
        return None, "questions" if path.startswith("questions") else path.partition("[")[0]
    anchor = f"questions-{number}"
    if option is not None:
        return int(number), f"{anchor}-options-{option}-{inner if inner in _OF_ANSWER else 'label'}"
    if part is not None:
        anchor += "-options" if part == "options" else "-text"
    return int(number), anchor


def notes_at(entry: Entry, found: Iterable[Finding]) -> Notes:
    """What has to be said at each place of an entry's own page, by id.

    Besides what lint found: each element that is missing, at its own field, where lint names several
    in one sentence.
    """
    notes: Notes = {}
    ids = forms.ids_of(entry)
    for finding in found:
        if not (isinstance(entry, Item) and is_of_tree(finding.field)):
            notes.setdefault(forms.nearest_id(finding.field, ids) or forms.WHOLE, []).append(finding)
    if isinstance(entry, Item):
        for finding in missing(entry):
            notes.setdefault(forms.nearest_id(finding.field, ids), [finding])
    return notes


def missing(item: Item) -> list[Finding]:
    """Each element that is missing, mandatory ones first. What only the exchange demands is a warning."""
    lacking = Severity.WARNING if item.status is Status.INCOMPLETE else Severity.ERROR
    found = [
        Finding(item.code, name, lacking, f"缺少必备要素：{label_of(Item, name)}。")
        for name in missing_names(item)
    ]
    for name in exchange_names(item):
        message = f"全国交换表要有：{label_of(Item, name)}。"
        found.append(Finding(item.code, name, Severity.WARNING, message))
    return found


def _on_page(entry: Entry, path: str) -> str:
    return forms.nearest_id(path, forms.ids_of(entry)) if path else forms.WHOLE
