"""Where a case is handled: this node, with everything an act needs, as plain values."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog_cache.calendar.workdays import WorkCalendar
from catalog_cache.errors import BadPack, NoCatalog, UnknownVersion
from catalog_cache.installed.cache import CatalogCache
from catalog_cache.installed.catalog import Catalog
from catalog_cache.model import Item
from catalog_cache.opening import Days
from station.cases.clocks import local_day
from station.cases.copies import is_copy
from station.cases.errors import CopyClosed, NotJoined
from station.cases.terminal import FIRST_TERMINAL, terminal
from sync.clock import Clock, Proof, Stamp
from sync.keys import NodeKeys
from sync.register import Peer, hall_above

if TYPE_CHECKING:
    from station.node import Node


@dataclass(frozen=True)
class Place:
    """One node as the cases see it.

    hall_id: who decides, also when a township lies between; "" before joining. certificate: 124 bytes,
    b"" before joining. is_copy: a person declared this PC a copy, and nothing new is written here.
    new_id: 32 random hex characters. below: a random whole number below the given one.
    """

    node_id: str
    name: str
    division: str
    is_hall: bool
    hall_id: str
    keys: NodeKeys
    clock: Clock
    catalogs: CatalogCache | None
    certificate: bytes = b""
    terminal: str = FIRST_TERMINAL
    is_demo: bool = False
    is_copy: bool = False
    new_id: Callable[[], str] = lambda: secrets.token_hex(16)
    below: Callable[[int], int] = secrets.randbelow

    @property
    def takes_cases(self) -> bool:
        """Whether other nodes hand their cases to this one."""
        return self.is_hall

    def stamp(self) -> Stamp:
        """This moment and what proves it."""
        return self.clock.stamp()

    @property
    def catalog(self) -> Catalog:
        """The catalog in use, as it stands today. Raises NoCatalog before the first one came."""
        found = None if self.catalogs is None else self.catalogs.current()
        if found is None:
            raise NoCatalog
        return found.on(days_of(self.clock, found))

    @property
    def calendar(self) -> WorkCalendar:
        """The working days in use; one that knows no date while there is no table."""
        return WorkCalendar() if self.catalogs is None else self.catalogs.calendar()

    @property
    def is_catalog_expired(self) -> bool:
        """Past its date: still used, but no time limit is printed.

        By the latest attested time, or by this PC's own: a station without a line for a year hears of no
        later time than the catalog's own. A wrong clock can take a promise away so, and never give one.
        """
        attested = self.clock.latest_attested()
        times = (self.clock.now(), *([attested] if attested else []))
        return self.catalog.is_expired(max(times))

    def item_as_of(self, code: str, version: int) -> Item | None:
        """An item as a case saw it: from the pinned version, else from the one in use, else None."""
        try:
            pinned = None if self.catalogs is None else self.catalogs.version(version)
        except (UnknownVersion, BadPack):
            pinned = None
        for catalog in (pinned, None if self.catalogs is None else self.catalogs.current()):
            if catalog is not None and catalog.has(code):
                return catalog.item(code)
        return None

    def require_hall(self) -> str:
        """The node id of the hall. Raises NotJoined, CopyClosed."""
        self.refuse_copy()
        if not self.hall_id:
            raise NotJoined
        return self.hall_id

    def refuse_copy(self) -> None:
        """Raises CopyClosed where a person said that this PC is a copy of another one."""
        if self.is_copy:
            raise CopyClosed


def days_of(clock: Clock, catalog: Catalog) -> Days:
    """The days that today may be, for what the catalog opens and closes by date.

    A clock that somebody vouches for leaves no doubt. Otherwise it is surely not before the latest attested
    time or the catalog's own, and at the latest what this PC says.
    """
    stamp = clock.stamp()
    today = local_day(stamp.at)
    if stamp.proof is not Proof.NONE:
        return Days.of(today)
    sure = local_day(max(filter(None, (clock.latest_attested(), catalog.published_at))))
    return Days(sure, max(today, sure))


def place_of(node: "Node") -> Place:
    """The place that an open node is; inside `node.using()`."""
    own = Peer.get_or_none(Peer.node_id == node.facts.node_id)
    hall = hall_above(node.facts.node_id)
    return Place(
        node_id=node.facts.node_id,
        name=node.facts.name,
        division=node.facts.division,
        is_hall=node.facts.is_hall,
        hall_id=hall.node_id if hall is not None else "",
        keys=node.keys,
        clock=node.clock,
        catalogs=node.catalog,
        certificate=bytes(own.certificate) if own is not None else b"",
        terminal=terminal(),
        is_demo=node.settings.is_demo,
        is_copy=is_copy(),
    )
