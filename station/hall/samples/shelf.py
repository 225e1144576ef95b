"""The shelf of sample files at the hall: which of them somebody names, which nobody, which are missing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from catalog_cache.distribution.sample_files import files_of
from catalog_cache.model import Item
from catalog_cache.signatures.shelf import FILES, FROM_CITY, TARGETS
from station.hall.publishing.errors import NotPublished
from station.hall.publishing.models import DraftEntry
from sync.rows import write

GRACE = timedelta(hours=1)
"""A file younger than this may be on its way into a draft."""
_HASH = re.compile(r"[0-9a-f]{64}")
_NAMED = re.compile(rb'"sha256":"([0-9a-f]{64})"')
_SHOWN = 3
VERSIONS_KEPT = 512


@dataclass(frozen=True)
class Orphan:
    """A file that no draft and no published version names. size: in bytes."""

    sha256: str
    size: int


def sizes(folder: Path) -> dict[str, int]:
    """Every file on the shelf by SHA-256, with its size in bytes. folder: of the published files."""
    return sizes_in(folder / FILES)


def sizes_in(room: Path) -> dict[str, int]:
    """The same for a folder that holds nothing but such files."""
    paths = room.iterdir() if room.is_dir() else ()
    return {path.name: path.stat().st_size for path in paths if _HASH.fullmatch(path.name)}


def orphans(folder: Path, now: datetime) -> list[Orphan]:
    """The files that nobody names, but for those that came just now; by size, the largest first."""
    named = {*_named_by_draft(), *_named_by_versions(folder)}
    edge = (now - GRACE).timestamp()
    unnamed = [Orphan(name, size) for name, size in sizes(folder).items() if name not in named]
    old = [one for one in unnamed if (folder / FILES / one.sha256).stat().st_mtime < edge]
    return sorted(old, key=lambda one: (-one.size, one.sha256))


def drop_orphans(folder: Path, now: datetime) -> int:
    """Clear them away; how many went. The draft stands still meanwhile."""
    with write():
        found = orphans(folder, now)
        for one in found:
            (folder / FILES / one.sha256).unlink(missing_ok=True)
    return len(found)


def require_files(folder: Path, items: Iterable[Item]) -> None:
    """Refuse to publish names of files that do not lie here: stations would ask for them for ever.

    Raises NotPublished.
    """
    held = sizes(folder)
    named = {file.sha256: file for item in items for file in files_of(item)}
    missing = [file.name for file in named.values() if held.get(file.sha256) != file.size]
    if missing:
        shown = "、".join(missing[:_SHOWN])
        raise NotPublished(
            f"目录里写着 {len(missing)} 份样表或空白表，本机没有文件：{shown}。",
            "请到“样表和空白表”补传或去掉，重新送审，再签发。",
        )


def _named_by_draft() -> Iterator[str]:
    mark = '"sha256":'
    has_files = DraftEntry.record.contains(mark) | DraftEntry.published.contains(mark)
    rows = DraftEntry.select(DraftEntry.record, DraftEntry.published).where(has_files)
    for row in rows.iterator():
        for record in (row.record, row.published):
            yield from (found.decode() for found in _NAMED.findall(record.encode()))


def _named_by_versions(folder: Path) -> Iterator[str]:
    """Every version that was ever published stays readable, with its files."""
    rooms = (folder / TARGETS, folder / FROM_CITY)  # a catalog of the city's that waits names files too
    for path in (one for room in rooms for one in room.rglob("*")):
        if path.is_file() and path.suffix != ".xz":
            yield from _named_in(path, path.stat().st_size)


@lru_cache(maxsize=VERSIONS_KEPT)
def _named_in(path: Path, _: int) -> frozenset[str]:
    """A published file is never changed under its name, so it is read once."""
    return frozenset(found.decode() for found in _NAMED.findall(path.read_bytes()))
