"""What a newer base of the city's would change at this county, and where its own words are touched."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from catalog_cache.difference import EntryChange, difference
from catalog_cache.divisions import Divisions
from catalog_cache.files import NotAFile, read_plain
from catalog_cache.layering.layer_files import BASE
from catalog_cache.model import Item, Package
from catalog_cache.pack import PACK_BYTES_MAX, Pack, read_pack
from catalog_cache.signatures.shelf import TARGETS
from station.hall.publishing import arrivals, base
from station.hall.publishing.desk import Desk

SHOWN = 500


@dataclass(frozen=True)
class Moved:
    """One entry of the city that reads differently. own: what the county says about it, None when it did
    not take it up."""

    change: EntryChange
    own: base.OwnWords | None

    def own_says(self, label: str) -> str:
        """The county's words on one element, "" where it has none."""
        fields = self.own.fields if self.own else ()
        return next((field.after for field in fields if field.label == label), "")


@dataclass(frozen=True)
class Move:
    """From the base under the version in force to another. before: its version, 0 for none."""

    pack: Pack
    before: int
    moved: tuple[Moved, ...]
    is_taken_over: bool

    @property
    def touched(self) -> int:
        """How many of them the county says something about."""
        return sum(one.own is not None for one in self.moved)


def move(desk: Desk, divisions: Divisions) -> Move | None:
    """What the base that waits, or was taken over and is not in force yet, changes; None for neither.

    Raises BadHandover, BadPack, PublishRefused.
    """
    found = _next_base(desk)
    if found is None:
        return None
    pack, old = read_pack(found[0]), _in_force(desk)
    said = base.foreseen(pack, desk.division, divisions)
    changes = difference(_entries(old), _entries(pack))
    # what the county is touched by comes first
    changes.sort(key=lambda change: (change.code not in said, change.code))
    moved = tuple(Moved(one, said.get(one.code)) for one in changes[:SHOWN])
    return Move(pack, old.meta.version if old else 0, moved, found[1])


def _next_base(desk: Desk) -> tuple[bytes, bool] | None:
    """A base that is not in force, and whether the draft lies over it already."""
    news, held = arrivals.waiting(desk.repository), base.held()
    digest = held.sha256 if held else ""
    if news is not None and news.base and news.base_sha256 != digest:
        return news.base, False
    if not base.is_new() or held is None:
        return None
    data = news.base if news is not None and news.base_sha256 == digest else _on_shelf(desk, digest)
    return (data, True) if data else None


def _in_force(desk: Desk) -> Pack | None:
    """The base under the version in force; None for none, or one that is not kept any more."""
    digest = base.in_force_sha256()
    data = _on_shelf(desk, digest) if digest else b""
    return read_pack(data) if data else None


def _on_shelf(desk: Desk, digest: str) -> bytes:
    """A base among the county's signed files, in force or not; b"" when it is not there whole."""
    folder, _, name = BASE.rpartition("/")
    path = f"{TARGETS}/{folder}/{digest}.{name}"
    try:
        data = read_plain(desk.repository.folder, path, PACK_BYTES_MAX)
    except (NotAFile, OSError):
        return b""
    return data if sha256(data).hexdigest() == digest else b""


def _entries(pack: Pack | None) -> Mapping[str, Item | Package]:
    if pack is None:
        return {}
    items: dict[str, Item | Package] = {item.code: item for item in pack.items}
    return items | {package.code: package for package in pack.packages}
