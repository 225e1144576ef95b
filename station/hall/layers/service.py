"""What a newer base of the city's would change at this county, and where its own words are touched."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from catalog_cache.difference import EntryChange, difference
from catalog_cache.divisions import Divisions
from catalog_cache.model import Item, Package
from catalog_cache.pack import Pack, read_pack
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
    """From the base under the version in force to another. before: its version, 0 for none; sha256: of the
    pack, hex."""

    pack: Pack
    sha256: str
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
    return Move(pack, sha256(found[0]).hexdigest(), old.meta.version if old else 0, moved, found[1])


def _next_base(desk: Desk) -> tuple[bytes, bool] | None:
    """A base that is not in force, and whether the draft lies over it already."""
    news, held = arrivals.offered(desk.repository), base.held()
    if news is not None:
        return news.base, False
    if not base.is_new() or held is None:
        return None
    data = arrivals.kept_base(desk.repository, held.sha256)
    return (data, True) if data else None


def _in_force(desk: Desk) -> Pack | None:
    """The base under the version in force; None for none, or one that is not kept any more."""
    digest = base.in_force_sha256()
    data = arrivals.kept_base(desk.repository, digest) if digest else b""
    return read_pack(data) if data else None


def _entries(pack: Pack | None) -> Mapping[str, Item | Package]:
    if pack is None:
        return {}
    items: dict[str, Item | Package] = {item.code: item for item in pack.items}
    return items | {package.code: package for package in pack.packages}
