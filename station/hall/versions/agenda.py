"""What changes on which day, and who has to have done what by then (#36, #94)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from catalog_cache.model import Duty, Item
from catalog_cache.opening import closes_on
from station.hall.versions.contents import Entries
from station.hall.versions.models import DutyMark

DUTIES = "duties"
FIELDS = (DUTIES, "effective_on", "ends_on", "delegation")
"""The fields of an item that this is about."""
BEGINS, ENDS, HANDED_BACK, STALE = "begins", "ends", "handed_back", "stale"


@dataclass(frozen=True)
class Event:
    """One item on one day. is_published: so in the version in force; is_drafted: so in the draft."""

    day: date
    kind: str
    code: str
    name: str
    department: str
    is_published: bool
    is_drafted: bool


@dataclass(frozen=True)
class Task:
    """One line of who does what for an item. key: of exactly these words; is_late: its day is past, and
    nobody called it done. mark: who did, and when.
    """

    code: str
    name: str
    duty: Duty
    key: str
    mark: DutyMark | None
    is_late: bool


def agenda(published: Entries, drafted: Entries, today: date) -> list[tuple[date, list[Event]]]:
    """From today on, day by day, what opens and closes; by the version in force, the draft, or both."""
    ours, theirs = _events(published.values()), _events(drafted.values())
    found = [_event(key, ours, theirs) for key in {*ours, *theirs} if key[0] >= today]
    ordered = sorted(found, key=lambda one: (one.day, one.kind, one.code))
    return [(day, list(events)) for day, events in groupby(ordered, key=lambda one: one.day)]


def tasks(entries: Entries, today: date, marks: Mapping[str, DutyMark]) -> list[Task]:
    """Every duty of every item, those with the nearest day first. marks: what is done, by key."""
    found = [
        _task(item, duty, marks.get(key_of(item.code, duty)), today)
        for item in entries.values()
        if isinstance(item, Item)
        for duty in item.duties
    ]
    return sorted(found, key=lambda one: (one.duty.due_on or date.max, one.code, one.duty.office))


def key_of(code: str, duty: Duty) -> str:
    """The SHA-256 (hex) of a line's words: one that was reworded, or given another day, is another line."""
    words = json.dumps([code, duty.to_dict(full=True)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def _task(item: Item, duty: Duty, mark: DutyMark | None, today: date) -> Task:
    is_past = duty.due_on is not None and duty.due_on < today
    return Task(item.code, item.name, duty, key_of(item.code, duty), mark, is_past and mark is None)


_Key = tuple[date, str, str]


def _events(entries: Iterable[object]) -> dict[_Key, Item]:
    """The days of each item, as (day, kind, code)."""
    found: dict[_Key, Item] = {}
    for item in entries:
        if isinstance(item, Item):
            found |= {(day, kind, item.code): item for day, kind in _days(item)}
    return found


def _days(item: Item) -> list[tuple[date, str]]:
    end = closes_on(item)
    days = [(item.effective_on, BEGINS), (item.ends_on, ENDS)]
    if end is not None and end != item.ends_on:
        days.append((end, HANDED_BACK))
    return [(day, kind) for day, kind in days if day is not None]


def _event(key: _Key, published: Mapping[_Key, Item], drafted: Mapping[_Key, Item]) -> Event:
    day, kind, code = key
    item = drafted.get(key) or published[key]
    department = item.department or (item.agency.name if item.agency else "")
    return Event(day, kind, code, item.name, department, key in published, key in drafted)
