"""The lists on the wall (#99, #35): what is done here, what it costs, what is done elsewhere and why.

Made from the same records as the guides, so that wall and guide never differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog_cache.lint import told
from catalog_cache.model import Item
from catalog_cache.opening import Days, is_open_on


@dataclass(frozen=True, slots=True)
class WallLine:
    """One item on the posted list. limit: the promised one; fee: "不收费" or the first fee's standard."""

    theme: str
    name: str
    code: str
    power: str
    limit: str
    fee: str


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One fee on the posted list."""

    item: str
    name: str
    standard: str
    basis: str
    reducible: str


@dataclass(frozen=True, slots=True)
class NegativeLine:
    """One item of the negative list: why it is not taken in here, and where to go instead."""

    name: str
    reason: str
    place: str
    phone: str


def wall_sheet(items: Iterable[Item], days: Days | None = None) -> list[WallLine]:
    """The items a station takes in on these days, by theme and name; None where no day counts."""
    lines = [
        WallLine(item.theme, item.name, item.code, item.power.label, told(item.promised), _fee(item))
        for item in items
        if is_open_on(item, days)
    ]
    return sorted(lines, key=lambda line: (line.theme, line.name))


def fee_list(items: Iterable[Item], days: Days | None = None) -> list[FeeLine]:
    """Every fee of the items a station takes in; an item that is free of charge has no line."""
    return [
        FeeLine(item.name, fee.name, fee.standard, fee.basis, fee.reducible or "不减免")
        for item in sorted(items, key=lambda item: item.name)
        if is_open_on(item, days)
        for fee in item.fees
    ]


def negative_list(items: Iterable[Item]) -> list[NegativeLine]:
    """Items kept from the general window, with the reason and the right place."""
    lines = [
        NegativeLine(item.name, item.negative_reason, item.counter_place or item.place, item.phone)
        for item in items
        if item.is_negative
    ]
    return sorted(lines, key=lambda line: line.name)


def _fee(item: Item) -> str:
    return item.fees[0].standard if item.fees else "不收费"
