"""What one visit asks for: several items, their answers, one merged material list, one form."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog_cache.model import FormField, Item, Need
from catalog_cache.situations import Merged, material_list, merged_materials
from station.cases.terms import Held


@dataclass(frozen=True)
class Chosen:
    """One item of the basket with the answers that picked its situation."""

    item: Item
    answers: Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """One field of the common form. key: its shared name, or item code and field id; codes: whose it is."""

    key: str
    field: FormField
    codes: tuple[str, ...]

    @property
    def is_shared(self) -> bool:
        """Whether it is asked once for several items."""
        return len(self.codes) > 1


def merged_list(chosen: Sequence[Chosen]) -> list[Merged]:
    """The one material list of a basket. Raises BadAnswer while a question is open."""
    return merged_materials([material_list(one.item, one.answers) for one in chosen])


def line_key(line: Merged) -> str:
    """A name for a merged line that holds while the basket changes: it comes from the material's name."""
    return name_key(line.material.name)


def name_key(material_name: str) -> str:
    """The key of the line with this material; blanks and the width of brackets do not count."""
    name = "".join(material_name.split()).replace("（", "(").replace("）", ")")
    return "m" + hashlib.sha256(name.encode()).hexdigest()[:12]


def may_miss(line: Merged, state: Held) -> bool:
    """Whether a line is simply not brought and not needed: optional materials make no notice."""
    return line.material.need is Need.OPTIONAL and state is Held.MISSING


def common_form(items: Sequence[Item]) -> list[Asked]:
    """The fields of all items in order, shared ones once; required when any item requires it."""
    found: dict[str, Asked] = {}
    for code, field in _fields(items):
        key = field.shared or f"{code}.{field.id}"
        held = found.get(key)
        if held is None:
            found[key] = Asked(key, field, (code,))
        else:
            stricter = field if field.required and not held.field.required else held.field
            found[key] = Asked(key, stricter, (*held.codes, code))
    return list(found.values())


def form_of(item: Item, values: Mapping[str, str]) -> dict[str, str]:
    """One item's own form, by field id, from the common one."""
    return {field.id: values.get(field.shared or f"{item.code}.{field.id}", "") for field in item.form}


def _fields(items: Sequence[Item]) -> Iterator[tuple[str, FormField]]:
    return ((item.code, field) for item in items for field in item.form)
