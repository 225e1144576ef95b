"""Two versions side by side for people: narrowed by theme, office and kind of change, in groups."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_cache.difference import EntryChange, change_of
from catalog_cache.model import Item
from station.hall.versions.contents import Contents, Entry

SHOWN_MAX = 500
KINDS = ("added", "removed", "changed")
ASPECTS: dict[str, tuple[str, ...]] = {
    "materials": ("materials", "questions", "first_question", "base_materials"),
    "limits": ("promised", "statutory"),
    "fees": ("fees", "has_fee"),
    "state": ("status", "effective_on", "ends_on", "power", "delegation", "counter_only", "negative_reason")
    + ("closed_why", "instead", "replaced_by"),
    "place": ("place", "hours", "phone", "complaint_phone", "counter_place"),
}
"""What kind of element changed, by the names of the elements."""
GROUPS = ("department", "theme", "kind")


@dataclass(frozen=True)
class Line:
    """One entry that differs. theme of a package: its life event; department: its lead."""

    change: EntryChange
    theme: str
    department: str

    @property
    def aspects(self) -> set[str]:
        """The kinds of elements that changed, as in ASPECTS."""
        names = {field.name for field in self.change.fields}
        return {aspect for aspect, of in ASPECTS.items() if names & set(of)}

    def to_dict(self) -> dict[str, Any]:
        """For a JSON document."""
        one = self.change
        fields = [
            {"field": field.name, "label": field.label, "before": field.before, "after": field.after}
            for field in one.fields
        ]
        facts = {"code": one.code, "name": one.name, "kind": one.kind}
        return facts | {"theme": self.theme, "department": self.department, "fields": fields}


@dataclass(frozen=True)
class Narrowed:
    """What a reader wants to see; "" for all. kind: of KINDS, or an aspect; by: of GROUPS."""

    theme: str = ""
    department: str = ""
    kind: str = ""
    by: str = GROUPS[0]

    def keeps(self, line: Line) -> bool:
        """Whether a line is wanted."""
        is_of_kind = not self.kind or self.kind == line.change.kind or self.kind in line.aspects
        is_of_theme = not self.theme or self.theme == line.theme
        return is_of_kind and is_of_theme and (not self.department or self.department == line.department)

    def group_of(self, line: Line) -> str:
        """The heading under which a line stands."""
        return {"theme": line.theme, "department": line.department, "kind": line.change.kind}[self.by]


def compare(before: Contents, after: Contents) -> list[Line]:
    """Every entry that somebody who has `before` would see change with `after`, by code."""
    lines = []
    for code in sorted({*before.records, *after.records}):
        if before.records.get(code) == after.records.get(code):
            continue
        held, given = before.entry(code), after.entry(code)
        change = change_of(held, given)
        if change is not None:
            lines.append(_line(change, given or held))
    return lines


def grouped(lines: Iterable[Line], wanted: Narrowed) -> list[tuple[str, list[Line]]]:
    """The wanted lines under their headings, at most SHOWN_MAX of them; the fullest heading first."""
    groups: dict[str, list[Line]] = {}
    kept = [line for line in lines if wanted.keeps(line)]
    for line in kept[:SHOWN_MAX]:
        groups.setdefault(wanted.group_of(line), []).append(line)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def counts(lines: Iterable[Line]) -> dict[str, int]:
    """How many entries were added, removed and changed, and in how many each aspect changed."""
    found = Counter(line.change.kind for line in lines)
    found.update(aspect for line in lines for aspect in line.aspects)
    return dict(found)


def offices(lines: Sequence[Line]) -> list[str]:
    """The offices that the lines are of."""
    return sorted({line.department for line in lines if line.department})


def themes(lines: Sequence[Line]) -> list[str]:
    """The themes that the lines are of."""
    return sorted({line.theme for line in lines if line.theme})


def _line(change: EntryChange, entry: Entry | None) -> Line:
    assert entry is not None, "something that is on neither side does not differ"
    if isinstance(entry, Item):
        agency = entry.agency.name if entry.agency else ""
        return Line(change, entry.theme, entry.department or agency)
    return Line(change, entry.life_event, entry.lead)
