"""Where the packs of the layers lie among the signed files, and which of them belong to a station.

city/base.jsonl                        the city's pack, signed by the city with its other files
county/440205000000/pack.jsonl         the county's: its own items, and its changes to the city's
county/440205000000/440205100000.jsonl a township's: changes only, signed by its county
"""

import re

from catalog_cache.pack import PackMeta

BASE = "city/base.jsonl"
_TOWNSHIP = re.compile(r"county/[0-9]{12}/([0-9]{12})\.jsonl")


def handover_file(county: str) -> str:
    """The name of the one file in which a city's catalog travels to a county on a stick."""
    return f"yimen-city-{county}.zip"


def township_of(division: str) -> str:
    """The township that a station's division lies in; "" for a county or city, which lie in none."""
    town = division[:9]
    return "" if len(division) != 12 or town.endswith("000") else f"{town}000"


def township_file(township: str) -> str:
    """The name of a township's pack among the county's files."""
    return f"{township}.jsonl"


def township_publisher(township: str) -> str:
    """Who a township's pack says it is from."""
    return f"township-{township}"


def township_in(path: str) -> str:
    """The township whose layer a signed file is; "" for any other file."""
    found = _TOWNSHIP.fullmatch(path)
    return found[1] if found else ""


def is_township_file(path: str) -> bool:
    """Whether a signed file is a township's layer."""
    return bool(township_in(path))


def is_of_another_township(path: str, division: str) -> bool:
    """Whether a signed file is a township's layer that a station of this division does not use."""
    return township_in(path) not in ("", township_of(division))


def layer_paths(meta: PackMeta, division: str) -> list[str]:
    """The signed files that lie over and under a county's pack at a station of that division."""
    county, township = meta.publisher.removeprefix("county-"), township_of(division)
    towns = [f"county/{county}/{township_file(township)}"] if township else []
    return ([BASE] if meta.base else []) + towns
