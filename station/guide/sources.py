"""Who said what in a guide: marks beside what a county or township set, and the whole list below."""

from dataclasses import dataclass

from flask_babel import gettext

from catalog_cache.layer import Source
from catalog_cache.layering.layer_rules import Spoken
from catalog_cache.model import Item, Material
from catalog_cache.records import label_of


@dataclass(frozen=True)
class Line:
    """One field that is not the word of the item's own publisher. what: what was set, in words."""

    what: str
    source: Source


def said_by(spoken: Spoken) -> dict[str, Source]:
    """The sources that differ from the item's publisher, by field; a material by "materials." and its id."""
    return {name: source for name, source in spoken.sources.items() if source != spoken.origin}


def lines(spoken: Spoken) -> list[Line]:
    """The same for people, in the order of the fields."""
    order = list(Item.__dataclass_fields__)
    names = sorted(said_by(spoken), key=lambda name: (order.index(name.partition(".")[0]), name))
    return [Line(_words(spoken, name), spoken.sources[name]) for name in names]


def _words(spoken: Spoken, name: str) -> str:
    field, _, material_id = name.partition(".")
    if not material_id:
        return gettext(label_of(Item, field))
    held = next((one for one in spoken.item.materials if one.id == material_id), None)
    return gettext("不再要求一项材料") if held is None else _eased(held)


def _eased(material: Material) -> str:
    return gettext("材料“%(name)s”可以容缺", name=material.name)
