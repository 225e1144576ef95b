"""How complete the draft is (应进必进): a score for each item and for the whole, and what is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import peewee

from station.hall.publishing import facts
from station.hall.publishing.models import EntryFacts


@dataclass(frozen=True, slots=True)
class Scored:
    """One item of the draft. percent: of the mandatory elements; missing, exchange: names of fields.

    exchange: what only the national exchange tables demand besides; it does not count in the score.
    """

    code: str
    name: str
    department: str
    theme: str
    percent: int
    missing: tuple[str, ...]
    exchange: tuple[str, ...]

    @classmethod
    def of(cls, row: EntryFacts) -> "Scored":
        """From the facts beside an item."""
        missing, exchange = tuple(row.missing.split()), tuple(row.exchange.split())
        return cls(row.code, row.name, row.department, row.theme, row.percent, missing, exchange)


@dataclass(frozen=True, slots=True)
class Total:
    """Some items together. percent: 100 only when every one of them is complete."""

    items: int
    complete: int
    percent: int
    missing: int

    @property
    def incomplete(self) -> int:
        """How many lack something mandatory."""
        return self.items - self.complete


class Share(NamedTuple):
    """The items of one department and one theme. percents: the sum of their scores."""

    department: str
    theme: str
    items: int
    complete: int
    percents: int
    missing: int


_F = EntryFacts
SORTS: Mapping[str, tuple[Any, ...]] = {
    "low": (_F.percent, _F.exchange_count.desc(), _F.code),
    "high": (_F.percent.desc(), _F.exchange_count, _F.code),
    "name": (_F.name, _F.code),
}


def chosen(department: str = "", theme: str = "", sort: str = "") -> Any:
    """The query for the facts of the items of a department and a theme ("" for any), in one of SORTS."""
    rows = facts.fitting().order_by(*SORTS.get(sort, SORTS["low"]))
    if department:
        rows = rows.where(EntryFacts.department == department)
    return rows.where(EntryFacts.theme == theme) if theme else rows


def shares() -> list[Share]:
    """The whole draft by department and theme."""
    complete = peewee.Case(None, [(EntryFacts.missing_count == 0, 1)], 0)
    rows = facts.fitting().select(
        EntryFacts.department,
        EntryFacts.theme,
        peewee.fn.COUNT(EntryFacts.code),
        *(peewee.fn.SUM(one) for one in (complete, EntryFacts.percent, EntryFacts.missing_count)),
    )
    grouped = rows.group_by(EntryFacts.department, EntryFacts.theme).tuples()
    return [Share(department, theme, *map(int, sums)) for department, theme, *sums in grouped]


def total(found: Iterable[Share], department: str = "", theme: str = "") -> Total:
    """The figures of a department and a theme, "" for any; 100% for none."""
    some = [one for one in found if department in ("", one.department) and theme in ("", one.theme)]
    items, percents = sum(one.items for one in some), sum(one.percents for one in some)
    complete, missing = sum(one.complete for one in some), sum(one.missing for one in some)
    return Total(items, complete, percents // items if items else 100, missing)
