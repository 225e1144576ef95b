"""The city's ZIPs for this county on sticks that are plugged into this PC, also too large ones to upload."""

from pathlib import Path
from typing import BinaryIO

from catalog_cache.errors import BadHandover
from catalog_cache.layering.layer_files import handover_file
from station.mailroom import carry

STICKS_MAX = 16


def on_sticks(division: str) -> list[Path]:
    """Directly on each stick, under the name that the city gives it."""
    places = [stick / handover_file(division) for stick in carry.sticks()[:STICKS_MAX]]
    return [place for place in places if place.is_file() and not place.is_symlink()]


def opened(place: str, division: str) -> BinaryIO:
    """The one of them that was chosen, for reading. Raises BadHandover."""
    for path in on_sticks(division):
        if str(path) == place:
            try:
                return path.open("rb")
            except OSError as error:
                raise BadHandover("交接包读不出来，U 盘可能已经拔出。") from error
    raise BadHandover("U 盘上没有这份交接包，可能已经拔出。")
