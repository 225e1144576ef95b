"""The inbox of reports as lines: which ones, in which order, and how many stations say the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from station.cases.clocks import local_day
from station.corrections.elements import OTHER
from station.corrections.letters import CLOSED, State
from station.corrections.models import Correction

WORDS_LENGTH_MAX = 60
SHOWN_AT_ENTRY_MAX = 10
GROUPS: dict[str, tuple[State, ...]] = {
    "open": (State.OPEN,),
    "asked": (State.ASKED,),
    "taken_up": (State.TAKEN_UP,),
    "duplicate": (State.DUPLICATE,),
    "closed": CLOSED,
    "all": tuple(State),
}
TONES = {
    State.OPEN: "a",
    State.ASKED: "b",
    State.TAKEN_UP: "b",
    State.DUPLICATE: "q",
    State.REFUSED: "q",
    State.MENDED: "g",
}


@dataclass(frozen=True)
class Line:
    """One report in the list. age_days: since it came; stations: how many say the same, this one too."""

    row: Correction
    state: State
    tone: str
    age_days: int
    stations: int


def query_for(hall: str, group: str, words: str = "") -> Any:
    """The reports to a hall in a group, those that came first on top; closed ones the other way round.

    words: of the item's name, the station's, or the beginning of the code; "" for all.
    """
    states = [state.value for state in GROUPS[group]]
    query = Correction.select().where(Correction.hall == hall, Correction.state.in_(states))
    if words:
        named = Correction.item_name.contains(words) | Correction.station_name.contains(words)
        query = query.where(named | Correction.item_code.startswith(words))
    first = Correction.came_at if group in ("open", "asked") else Correction.changed_at.desc()
    return query.order_by(first, Correction.report_id)


def open_about(hall: str, item_code: str) -> list[Correction]:
    """The reports about an item that are not closed, first come first."""
    closed = [state.value for state in CLOSED]
    query = Correction.select().where(
        Correction.hall == hall, Correction.item_code == item_code, Correction.state.not_in(closed)
    )
    return list(query.order_by(Correction.came_at, Correction.report_id).limit(SHOWN_AT_ENTRY_MAX))


def counts(hall: str) -> dict[str, int]:
    """How many reports each group holds."""
    rows: Any = Correction.select(Correction.state, fn.COUNT(Correction.report_id))
    held = dict(rows.where(Correction.hall == hall).group_by(Correction.state).tuples())
    return {group: sum(held.get(state.value, 0) for state in states) for group, states in GROUPS.items()}


def lines_of(rows: Iterable[Correction], today: date) -> list[Line]:
    """What the list shows of these reports."""
    found = list(rows)
    said = _stations({row.item_code for row in found})
    return [
        Line(
            row,
            State(row.state),
            TONES[State(row.state)],
            max(0, (today - local_day(row.came_at)).days),
            max(1, said.get((row.item_code, row.element), 1)),
        )
        for row in found
    ]


def _stations(codes: set[str]) -> dict[tuple[str, str], int]:
    """How many stations have an open report about each part of these items; "other" is no one thing."""
    closed = [state.value for state in CLOSED]
    about: Any = Correction.select(
        Correction.item_code, Correction.element, fn.COUNT(fn.DISTINCT(Correction.station))
    )
    one_thing = Correction.item_code.in_(list(codes)) & (Correction.element != OTHER)
    said = about.where(one_thing, Correction.state.not_in(closed))
    grouped = said.group_by(Correction.item_code, Correction.element)
    return {(code, element): count for code, element, count in grouped.tuples()}
