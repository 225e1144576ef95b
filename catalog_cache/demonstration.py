"""The illustrative catalog that comes with the program: what a demonstration county publishes first."""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from catalog_cache.exchange.importers import read_table, replace_by_name
from catalog_cache.model import Item, Package

REFERENCE = Path(__file__).with_name("reference")
SAMPLES = REFERENCE / "samples"


class SampleFile(NamedTuple):
    """A picture that comes with the program.

    kind: blank_form or sample of one material of an item, whose id `part` is; or result, `part` being the
    place of the result in the item's list, from 1.
    """

    code: str
    part: str
    kind: str
    path: Path


def worked_items() -> list[Item]:
    """The items worked to every mandatory element, theme by theme."""
    return list(_worked())


def demonstration_items() -> list[Item]:
    """Worked items, and the rows of the common list that nobody has worked out, closed for intake."""
    return list(_all())


def demonstration_packages() -> list[Package]:
    """The six packages of Shaoguan and the life events."""
    return [
        Package.from_dict(fields) for fields in json.loads((REFERENCE / "packages.json").read_text("utf-8"))
    ]


def demonstration_samples() -> list[SampleFile]:
    """The samples of the commonest applications, and of what they end in: <code>-<part>-<kind>.png."""
    return [_sample_file(path) for path in sorted(SAMPLES.glob("*.png"))]


@cache
def _worked() -> tuple[Item, ...]:
    """Read once a process: city and county publish the same ones."""
    files = sorted((REFERENCE / "items").glob("*.json"))
    return tuple(Item.from_dict(fields) for file in files for fields in json.loads(file.read_text("utf-8")))


@cache
def _all() -> tuple[Item, ...]:
    return tuple(replace_by_name(read_table(REFERENCE / "common_items.csv").items, worked_items()))


def _sample_file(path: Path) -> SampleFile:
    code, part, kind = path.stem.split("-")
    return SampleFile(code, part, kind, path)


def holiday_table() -> bytes:
    """The holiday table as a city would sign it."""
    return (REFERENCE / "holidays.json").read_bytes()
