"""How complete the draft is (应进必进): a score for each item and for the whole, and what is missing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalog_cache.lint import completeness, exchange_names, missing_names
from catalog_cache.model import Item
from station.hall.publishing import draft
from station.hall.publishing.models import DraftEntry

_KEPT_MAX = 20_000
_scored: dict[str, "Scored"] = {}
# By the hash of an item's record.


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


SORTS: dict[str, Callable[[Scored], tuple[int | str, ...]]] = {
    "low": lambda one: (one.percent, -len(one.exchange), one.code),
    "high": lambda one: (-one.percent, len(one.exchange), one.code),
    "name": lambda one: (one.name, one.code),
}


def scores() -> tuple[Scored, ...]:
    """Every item of the draft, by code; an item that was scored before is not read again."""
    rows = DraftEntry.select(DraftEntry.code, DraftEntry.sha256)
    kept = rows.where(~DraftEntry.is_removed & (DraftEntry.kind == "item")).order_by(DraftEntry.code)
    hashes = [row.sha256 for row in kept]
    found = {sha256: known for sha256 in hashes if (known := _scored.get(sha256))}
    new = [sha256 for sha256 in hashes if sha256 not in found]
    for start in range(0, len(new), draft.BATCH):
        found.update(_scored_now(new[start : start + draft.BATCH]))
    if len(_scored) > _KEPT_MAX:
        _scored.clear()
    _scored.update(found)
    return tuple(found[sha256] for sha256 in hashes)


def _scored_now(hashes: Sequence[str]) -> Iterator[tuple[str, Scored]]:
    for row in DraftEntry.select().where(DraftEntry.sha256.in_(hashes)):
        entry = draft.read(row.record)
        if isinstance(entry, Item):
            yield row.sha256, _score(entry)


def chosen(scored: Iterable[Scored], department: str, theme: str, sort: str) -> list[Scored]:
    """Those of a department and a theme ("" for any), in one of SORTS."""
    found = (one for one in scored if department in ("", one.department) and theme in ("", one.theme))
    return sorted(found, key=SORTS.get(sort, SORTS["low"]))


def total(scored: Sequence[Scored]) -> Total:
    """The figures of some items together; 100% for none."""
    complete = sum(1 for one in scored if not one.missing)
    percent = sum(one.percent for one in scored) // len(scored) if scored else 100
    return Total(len(scored), complete, percent, sum(len(one.missing) for one in scored))


def _score(item: Item) -> Scored:
    missing, exchange = tuple(missing_names(item)), tuple(exchange_names(item))
    return Scored(item.code, item.name, item.department, item.theme, completeness(item), missing, exchange)
