"""What an editor can do with the question tree of one item of the draft.

Every change is kept through the draft's own check that nobody else saved in between, and stands in the
log. A half-made tree may be kept; it is lint that refuses to publish it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog_cache.lint import Finding, lint
from catalog_cache.model import Item, Material
from catalog_cache.situations import material_list, next_question, path_of
from catalog_cache.situations import situation_label as label_of_situation
from catalog_cache.trees import Step, TreeFault, situation_count, tree_faults
from station.hall.publishing import draft
from station.hall.publishing.models import DraftEntry
from station.hall.situations.errors import NoSituations, QuestionMissing, TreeFromAbove

KINDS = ("hole", "loop", "unreached", "bad")


@dataclass(frozen=True)
class Tree:
    """The tree of one item as the pages show it. seen: what the draft's check compares."""

    item: Item
    seen: str
    is_from_above: bool
    faults: tuple[TreeFault, ...]
    count: int

    def of_kind(self, kind: str) -> list[TreeFault]:
        """The faults of one of KINDS."""
        return [fault for fault in self.faults if fault.kind == kind]

    def question(self, number: int) -> int:
        """The number itself, when such a question is there. Raises QuestionMissing."""
        if not 0 <= number < len(self.item.questions):
            raise QuestionMissing
        return number


@dataclass(frozen=True)
class Played:
    """How far a clerk's answers lead. materials: None while a question is open."""

    steps: tuple[Step, ...]
    following: Any
    materials: tuple[Material, ...] | None
    label: str


def tree_of(code: str) -> Tree:
    """The tree of an item of the draft. Raises EntryMissing, NoSituations."""
    row = draft.entry_row(code)
    item = _item(row)
    return Tree(item, row.sha256, bool(row.above), tuple(tree_faults(item)), situation_count(item))


def findings(item: Item) -> list[Finding]:
    """What lint says of an item by itself."""
    return lint([item])


def keep(code: str, fields: Mapping[str, Any], seen: str, *, by: str, now: datetime) -> Item:
    """Keep a changed tree; everything else of the item stays as it is.

    seen: the hash of the entry when its page was opened. Raises EntryMissing, EntryChanged,
    TreeFromAbove, and BadRecord for what the model refuses.
    """
    row = draft.entry_row(code)
    if row.above:
        raise TreeFromAbove
    item = Item.from_dict(fields)
    draft.save_entry(item, seen, by=by, now=now)
    return item


def play(item: Item, answers: Mapping[str, str]) -> Played:
    """Walk the tree as the clerk will. Raises BadAnswer where it leads nowhere."""
    known = {question.id: {option.value for option in question.options} for question in item.questions}
    given = {name: value for name, value in answers.items() if value in known.get(name, ())}
    following = next_question(item, given)
    return Played(
        path_of(item, given),
        following,
        tuple(material_list(item, given)) if following is None else None,
        label_of_situation(item, given),
    )


def _item(row: DraftEntry) -> Item:
    entry = draft.read(row.record)
    if not isinstance(entry, Item):
        raise NoSituations(entry.name)
    return entry
