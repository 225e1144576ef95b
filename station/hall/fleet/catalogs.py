"""Which station uses which version of the catalog, since when, and how far behind it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from station.hall.fleet.models import Contact
from station.hall.publishing.models import Version
from sync.register import Peer, PeerState, nodes_below

OFFLINE_DAYS = 30
"""Not heard of for so long, a station stands out: what it has now is a guess."""

NEWEST, BEHIND, UNKNOWN, OFFLINE = "newest", "behind", "unknown", "offline"


@dataclass(frozen=True)
class Holding:
    """One station's catalog. version: 0 when it never said; behind: how many published versions it lacks.

    since: when it first said so; said_at, said_path: when it last did, and on what way that came here, as
    Path has it; late_days: whole days since the oldest version it lacks came out; silent_days: None when
    never heard; is_foreign: a version that this hall never published.
    """

    node_id: str
    name: str
    level: str
    division: str
    version: int
    since: datetime | None
    said_at: datetime | None
    said_path: str
    heard_at: datetime | None
    path: str
    behind: int
    late_days: int
    silent_days: int | None
    is_foreign: bool

    @property
    def state(self) -> str:
        """NEWEST, BEHIND or UNKNOWN by its last word; UNKNOWN also for a version that is none of ours."""
        if not self.version or self.is_foreign:
            return UNKNOWN
        return BEHIND if self.behind else NEWEST

    @property
    def is_offline(self) -> bool:
        """Whether nothing was heard for so long that its last word may no longer be true."""
        return self.silent_days is None or self.silent_days >= OFFLINE_DAYS


@dataclass(frozen=True)
class Share:
    """How many active stations have the newest version, are behind, never said, and are long offline."""

    stations: int
    newest: int
    behind: int
    unknown: int
    offline: int

    @property
    def percent(self) -> int:
        """Of the stations, with the newest; never 100 before it is all of them."""
        return self.newest * 100 // self.stations if self.stations else 0


def holdings(hall_id: str, now: datetime) -> list[Holding]:
    """Every active station of this hall, those furthest behind first."""
    peers = list(nodes_below(hall_id).where(Peer.state == PeerState.ACTIVE))
    contacts = {row.node_id: row for row in Contact.select()}
    published = _published()
    found = [_holding(peer, contacts.get(peer.node_id), published, now) for peer in peers]
    return sorted(found, key=lambda one: (one.version != 0, -one.behind, one.division, one.node_id))


def share(lines: Sequence[Holding]) -> Share:
    """The figures above the table."""
    states = [one.state for one in lines]
    return Share(
        stations=len(lines),
        newest=states.count(NEWEST),
        behind=states.count(BEHIND),
        unknown=states.count(UNKNOWN),
        offline=sum(one.is_offline for one in lines),
    )


def narrowed(lines: Iterable[Holding], show: str) -> list[Holding]:
    """The lines of one state, OFFLINE among them; all for ""."""
    if show == OFFLINE:
        return [one for one in lines if one.is_offline]
    return [one for one in lines if show in ("", one.state)]


def _published() -> list[tuple[int, datetime]]:
    """Number and time of each published version, oldest first."""
    rows = Version.select().where(Version.state == "published").order_by(Version.number)
    return [(row.number, row.published_at) for row in rows]


def _holding(
    peer: Peer, contact: Contact | None, published: list[tuple[int, datetime]], now: datetime
) -> Holding:
    version = contact.catalog if contact else 0
    missed = [at for number, at in published if number > version]
    silent = None if contact is None else max(timedelta(0), now - contact.at).days
    return Holding(
        node_id=peer.node_id,
        name=peer.name,
        level=peer.level,
        division=peer.division,
        version=version,
        since=contact.catalog_at if contact and version else None,
        said_at=contact.said_at if contact and version else None,
        said_path=contact.said_path if contact and version else "",
        heard_at=contact.at if contact else None,
        path=contact.path if contact else "",
        behind=len(missed) if version else 0,
        late_days=max(timedelta(0), now - missed[0]).days if missed and version else 0,
        silent_days=silent,
        is_foreign=version > (published[-1][0] if published else 0),
    )
