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
    is_removed: bool
    faults: tuple[TreeFault, ...]
    count: int

    @property
    def is_locked(self) -> bool:
        """Whether it can only be looked at."""
        return self.is_from_above or self.is_removed

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
    return _tree(draft.entry_row(code))


def tree_to_change(code: str, seen: str) -> Tree:
    """The tree that a form was about, if it still is. seen: the hash of the entry when its page was opened.

    A form is laid over the tree it was made from and no other: what stands in it is told by places.
    Raises EntryMissing, EntryRemoved, EntryChanged, NoSituations, TreeFromAbove.
    """
    tree = _tree(draft.row_as_seen(code, seen))
    if tree.is_from_above:
        raise TreeFromAbove
    return tree


def findings(item: Item) -> list[Finding]:
    """What lint says of an item by itself."""
    return lint([item])


def keep(tree: Tree, fields: Mapping[str, Any], *, by: str, now: datetime) -> Item:
    """Keep a changed tree; everything else of the item stays as it is.

    Raises EntryMissing, EntryRemoved, EntryChanged, and BadRecord for what the model refuses.
    """
    item = Item.from_dict(fields)
    draft.save_entry(item, tree.seen, by=by, now=now)
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


def _tree(row: DraftEntry) -> Tree:
    item = draft.read(row.record)
    if not isinstance(item, Item):
        raise NoSituations(item.name)
    count = situation_count(item)
    return Tree(item, row.sha256, bool(row.above), row.is_removed, tuple(tree_faults(item)), count)
