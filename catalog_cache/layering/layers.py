"""Layers laid over each other: the catalog as a station uses it, and who said what in it.

A pure core. The order in which layers are given does not matter: the city speaks first, then
counties, then townships. What does not fit is left out of the result and told as a conflict.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from catalog_cache.layer import RANK, Change, Layer, Source
from catalog_cache.layering.layer_rules import (
    Conflict,
    Spoken,
    clash,
    conflicts_of,
    foreign_entry,
    hole_in,
    taken_code,
)
from catalog_cache.model import Item, Level, Material, Need, Option, Package, Power, Question

Said = tuple[Source, Change]


@dataclass(frozen=True, slots=True)
class Composition:
    """What came of it. idle: codes that a layer wanted to change and nobody above has any more."""

    items: Mapping[str, Spoken]
    packages: Mapping[str, tuple[Package, Source]]
    conflicts: tuple[Conflict, ...]
    idle: tuple[str, ...] = ()


def compose(layers: Iterable[Layer]) -> Composition:
    """Lay layers over each other; see `compose_item` for one item."""
    ordered = in_order(layers)
    conflicts: list[Conflict] = []
    items = _own_entries([(layer.source, layer.items) for layer in ordered], conflicts)
    packages = _own_entries([(layer.source, layer.packages) for layer in ordered], conflicts)
    below = {layer.source: layer for layer in ordered}
    made = {}
    for code, (item, origin) in items.items():
        said = [(source, layer.changes[code]) for source, layer in below.items() if code in layer.changes]
        made[code], found = compose_item(Spoken(item, origin, {}), said, listing_levels(ordered))
        conflicts += found
    changed = {code for layer in ordered for code in layer.changes}
    return Composition(made, packages, tuple(conflicts), tuple(sorted(changed - items.keys())))


def conflicts_between(above: Sequence[Layer], towns: Sequence[Layer]) -> list[Conflict]:
    """Everything that does not fit between city and county, and of each township with what they say.

    Townships do not hear of each other: each has a catalog of its own.
    """
    made = compose(above)
    found = list(made.conflicts)
    for town in towns:
        found += [foreign_entry(town.source, code, one.name) for code, one in town.items.items()]
        found += [foreign_entry(town.source, code, one.name) for code, one in town.packages.items()]
        for code, change in town.changes.items():
            if code in made.items:
                found += compose_item(made.items[code], [(town.source, change)])[1]
    return found


def in_order(layers: Iterable[Layer]) -> list[Layer]:
    """The layers from the top, those of one level by publisher."""
    return sorted(layers, key=lambda layer: _place(layer.source))


def listing_levels(layers: Iterable[Layer]) -> list[Source]:
    """The township layers that have a list of their own; then what they do not list is only consulted."""
    return [
        layer.source
        for layer in layers
        if layer.source.level is Level.TOWNSHIP and any(c.is_on for c in layer.changes.values())
    ]


def compose_item(
    origin: Spoken, said: Sequence[Said], listing: Sequence[Source] = ()
) -> tuple[Spoken, list[Conflict]]:
    """One item under the changes of the layers below it.

    origin: as its own publisher says it; said: changes in any order; listing: the townships whose list
    must name an item for it to be open. A change with a conflict is left out whole.
    """
    result, conflicts = origin, list[Conflict]()
    ordered = sorted(said, key=lambda one: _place(one[0]))
    for _, group in groupby(ordered, key=lambda one: RANK[one[0].level]):
        above = result
        for source, change in group:
            result, found = _laid_over(above, result, source, change)
            conflicts += found
    is_listed = not listing or any(change.is_on for _, change in said)
    return (result if is_listed else _only_consulted(result, listing[0])), conflicts


def change_between(above: Item, own: Item) -> Change:
    """What somebody who has `above` must be told to get `own`; what they may not say is in it too."""
    kept = {material.id: material for material in own.materials}
    removed = tuple(m.id for m in above.materials if m.id not in kept)
    tolerant = tuple(
        m.id
        for m in above.materials
        if m.id in kept and kept[m.id] == replace(m, need=Need.TOLERANT) and m.need is Need.REQUIRED
    )
    reached = _with_materials(above, removed, tolerant)
    names = (name for name in Item.__dataclass_fields__ if name != "title")
    values = {name: getattr(own, name) for name in names if getattr(own, name) != getattr(reached, name)}
    return Change(above.code, values, removed, tolerant)


def laid_by_force(above: Item, change: Change) -> Item:
    """The item as a change wants it, also where no rule allows it: a draft that a person has to mend."""
    return _with_materials(replace(above, **change.values), change.removed, change.tolerant)


def _own_entries(
    layers: Sequence[tuple[Source, Mapping[str, Any]]], conflicts: list[Conflict]
) -> dict[str, tuple[Any, Source]]:
    """Whole entries of all layers; the highest word stands."""
    found: dict[str, tuple[Any, Source]] = {}
    for source, entries in layers:
        for code, entry in entries.items():
            held = found.get(code)
            if held is None and source.level in (Level.CITY, Level.COUNTY):
                found[code] = (entry, source)
            elif held is None:
                conflicts.append(foreign_entry(source, code, entry.name))
            elif held[1] != source:
                conflicts.append(taken_code(source, entry.name, held[0].name, held[1], code))
    return found


def _laid_over(
    above: Spoken, beside: Spoken, source: Source, change: Change
) -> tuple[Spoken, list[Conflict]]:
    """`beside`: `above` with what others of the same level said already."""
    values = {name: value for name, value in change.values.items() if value != getattr(above.item, name)}
    conflicts = conflicts_of(above, source, change)
    conflicts += [
        clash(beside, source, name, value)
        for name, value in sorted(values.items())
        if beside.source_of(name) != above.source_of(name) and value != getattr(beside.item, name)
    ]
    if conflicts:
        return beside, conflicts
    item = _with_materials(replace(beside.item, **values), change.removed, change.tolerant)
    conflicts = hole_in(above, source, item) if change.removed else []
    if conflicts:
        return beside, conflicts
    touched = [*values, *_touched(above.item, item)]
    own = {name: source for name in touched if beside.source_of(name) == above.source_of(name)}
    return Spoken(item, beside.origin, {**beside.sources, **own}), []


def _touched(before: Item, after: Item) -> list[str]:
    """The materials that went or became 容缺, as names for `Spoken.source_of`."""
    kept = {material.id: material for material in after.materials}
    return [f"materials.{m.id}" for m in before.materials if kept.get(m.id) != m]


def _with_materials(item: Item, removed: Sequence[str], tolerant: Sequence[str]) -> Item:
    """The item without some materials, some others 容缺; its situations ask for the rest only."""
    if not removed and not tolerant:
        return item
    return replace(
        item,
        materials=tuple(_eased(m, tolerant) for m in item.materials if m.id not in removed),
        base_materials=_without(item.base_materials, removed),
        questions=tuple(_asking_less(question, removed) for question in item.questions),
    )


def _eased(material: Material, tolerant: Sequence[str]) -> Material:
    is_eased = material.id in tolerant and material.need is Need.REQUIRED
    return replace(material, need=Need.TOLERANT) if is_eased else material


def _asking_less(question: Question, removed: Sequence[str]) -> Question:
    options = tuple(_adding_less(option, removed) for option in question.options)
    return replace(question, options=options)


def _adding_less(option: Option, removed: Sequence[str]) -> Option:
    return replace(option, add=_without(option.add, removed))


def _without(ids: Sequence[str], removed: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in ids if one not in removed)


def _only_consulted(spoken: Spoken, source: Source) -> Spoken:
    if not spoken.item.is_open:
        return spoken
    item = replace(spoken.item, power=Power.CONSULT)
    return Spoken(item, spoken.origin, {**spoken.sources, "power": source})


def _place(source: Source) -> tuple[int, str, int]:
    return RANK[source.level], source.publisher, source.version
