"""Which sticks are plugged in, and which of their folders hold a catalog; nothing else is ever opened."""

import os
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from catalog_cache.signatures.shelf import METADATA, role_name
from station.catalog_stick.errors import StickNotListed
from station.mailroom import carry

STICKS_MAX = 20
ENTRIES_LOOKED_AT_MAX = 20_000
FOLDERS_LOOKED_AT_MAX = 200


def sticks() -> list[Path]:
    """Each stick that is plugged in."""
    return carry.sticks()[:STICKS_MAX]


def catalogs_on_sticks() -> list[Path]:
    """Folders that look like a published catalog: each stick, and the folders directly on it."""
    places = [place for stick in sticks() for place in (stick, *_folders_on(stick))]
    return [place for place in places if holds_catalog(place)]


def listed(folder: str, places: Sequence[Path]) -> Path:
    """The one of `places` that was asked for. Raises StickNotListed."""
    for place in places:
        if str(place) == folder:
            return place
    raise StickNotListed


def holds_catalog(folder: Path) -> bool:
    """Whether it looks like a published catalog."""
    with suppress(OSError):
        return (folder / METADATA / role_name("timestamp", None)).is_file()
    return False


def _folders_on(stick: Path) -> list[Path]:
    """Files do not count: photographs beside the folder must not hide it."""
    with suppress(OSError), os.scandir(stick) as entries:
        found = (Path(entry.path) for entry in islice(entries, ENTRIES_LOOKED_AT_MAX) if _is_folder(entry))
        return sorted(islice(carry.showable(found), FOLDERS_LOOKED_AT_MAX))
    return []


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    with suppress(OSError):
        return entry.is_dir(follow_symlinks=False)
    return False
