"""The features of the station, registered in this one place.

Each name is a folder below `station`; what it offers is found in its `views` (bp, NAV) and `models`
(TABLES). The order is the order in which tables are made and blueprints mounted.
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

FEATURES = (
    "accounts",
    "wizard",
    "documents",
    "cases",
    "guide",
    "intake",
    "corrections",
    "mailroom",
    "mailroom.decisions",
    "catalog_stick",
    "handout",
    "dayend",
    "hall.inbox",
    "hall.publishing",
    "hall.situations",
    "hall.importing",
    "hall.samples",
    "hall.layers",
    "hall.counties",
    "hall.holidays",
    "hall.corrections",
    "hall.versions",
    "hall.preview",
    "hall.fleet",
)


def modules_named(part: str) -> list[ModuleType]:
    """The `views`, `models` or `nav` module of every feature that has one."""
    names = [f"station.{feature}.{part}" for feature in FEATURES if _has(f"station.{feature}")]
    return [import_module(name) for name in names if _has(name)]


def _has(name: str) -> bool:
    parent = name.rpartition(".")[0]
    return (parent == "station" or _has(parent)) and find_spec(name) is not None
