"""What a hall knows of the stations below it, and the two acts that concern them: admit and revoke."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from station import audit
from station.cases.terms import Path
from station.errors import InputRefused
from station.hall.fleet.models import Contact
from sync import enrolment, epochs, incidents, outbox, register
from sync.manifest import Manifest
from sync.moments import read_moment
from sync.register import Peer, PeerState
from sync.rows import write
from sync.tables import Arrival, InStream

QUIET_DAYS = 1
SILENT_DAYS = 3
CATALOG = "catalog"
NAME_SHORT_MIN = 8
NUMBER_MAX = 2**31 - 1  # what a column holds; a station may say any number


@dataclass(frozen=True)
class Station:
    """One line of the fleet. heard_at: last contact of any kind; quiet_days: None when never heard.

    kept_there: letters the station still had when last heard; kept_here: ours it does not hold yet.
    restored_at: when it first said that it was set up again from a backup; incidents: waiting for a person.
    """

    node_id: str
    name: str
    level: str
    division: str
    is_active: bool
    heard_at: datetime | None
    path: str
    quiet_days: int | None
    kept_there: int
    kept_here: int
    catalog: int
    restored_at: datetime | None = None
    incidents: int = 0

    @property
    def tone(self) -> str:
        """g heard lately, a quiet for a day, r silent or never heard, q revoked."""
        if not self.is_active:
            return "q"
        if self.quiet_days is None or self.quiet_days >= SILENT_DAYS:
            return "r"
        return "a" if self.quiet_days >= QUIET_DAYS else "g"


def note_contact(node_id: str, manifest: Manifest, path: str, now: datetime) -> None:
    """Remember that a station spoke. Called after its signed word was taken in; path: link, relay or usb.

    manifest: what it said of itself; `latest["catalog"]` is the catalog version it uses, if it says so.
    A stick may be weeks on its way and a relay may repeat itself: what is older than what we know changes
    neither the version nor what waits, and a repeated word is no new sign of life.
    """
    held: Contact | None = Contact.get_or_none(Contact.node_id == node_id)
    said_at = now if path == Path.LINK else min(read_moment(manifest.at), now)
    is_news = path == Path.LINK or held is None or _is_news(held, manifest, said_at)
    if path == Path.RELAY and not is_news:
        return
    facts: dict[str, object] = {"at": now, "path": path}
    if is_news and not manifest.brief:
        facts |= _said(node_id, manifest, held, said_at) | {"said_path": path}
    insertion = Contact.insert(node_id=node_id, **facts)
    insertion.on_conflict(conflict_target=[Contact.node_id], update=facts).execute()


def _is_news(held: Contact, manifest: Manifest, said_at: datetime) -> bool:
    """Whether a word that was carried is newer than the last one; a version only ever grows at a station."""
    return held.said_at is None or said_at > held.said_at or _version_in(manifest) > held.catalog


def _said(node_id: str, manifest: Manifest, held: Contact | None, said_at: datetime) -> dict[str, object]:
    version = _version_in(manifest)
    is_same = held is not None and held.catalog == version
    return {
        "waiting": _waiting_at(node_id, manifest),
        "catalog": version,
        "catalog_at": held.catalog_at if held is not None and is_same else said_at,
        "said_at": said_at,
    }


def _version_in(manifest: Manifest) -> int:
    return min(manifest.latest.get(CATALOG, 0), NUMBER_MAX)


def _waiting_at(node_id: str, manifest: Manifest) -> int:
    """How many letters a station says it has for us that we do not hold."""
    known = {row.instance: row.upto for row in InStream.select().where(InStream.sender == node_id)}
    waiting = sum(max(0, mine.last - known.get(mine.instance, 0)) for mine in manifest.mine)
    return min(waiting, NUMBER_MAX)


def below(node_id: str) -> Any:
    """The query for the stations of this hall, also those behind a township's; active ones first."""
    return register.nodes_below(node_id).order_by(Peer.state, Peer.division, Peer.node_id)


def describe(peers: Iterable[Peer], now: datetime) -> list[Station]:
    """The lines of one page."""
    rows = list(peers)
    contacts = {c.node_id: c for c in Contact.select().where(Contact.node_id.in_([p.node_id for p in rows]))}
    waiting = incidents.open_by_peer()
    return [_station(peer, contacts.get(peer.node_id), waiting.get(peer.node_id, 0), now) for peer in rows]


def station_of(hall_id: str, node_id: str, now: datetime) -> Station:
    """One station of this hall. Raises InputRefused for a node that is none of ours."""
    peer = below(hall_id).where(Peer.node_id == node_id).first()
    if peer is None:
        raise InputRefused("站点", "下级站点中没有这一个。", "请返回站点列表重新选择。")
    return describe([peer], now)[0]


def revoke(hall_id: str, node_id: str, reason: str, *, by: str, now: datetime) -> Station:
    """Take away a station's keys: mail already here stays good, later mail waits for a person."""
    station = station_of(hall_id, node_id, now)
    if not station.is_active:
        raise InputRefused("站点", "这个站点已经停用。", "请返回站点列表。")
    streams = InStream.select().where(InStream.sender == node_id)
    last = max(streams, key=lambda row: row.id, default=None)
    instance, upto = (last.instance, last.upto) if last else ("", 0)
    with write():
        register.revoke(node_id, upto, now, instance)
        audit.record(by, "station.revoked", node_id, now=now, reason=reason, trusted_upto=upto)
    return station_of(hall_id, node_id, now)


def station_named(hall_id: str, name: str, division: str, now: datetime) -> Station:
    """A station by its node id or the beginning of it. Raises InputRefused."""
    found = below(hall_id).where(Peer.node_id.startswith(name.lower()), Peer.division == division)
    rows = list(found.limit(2)) if len(name) >= NAME_SHORT_MIN and name.isalnum() else []
    if len(rows) != 1:
        raise InputRefused("要接替的电脑", "该区划下没有这一台。", "请在站点列表里核对机器编号。")
    return describe(rows, now)[0]


def admit(division: str, *, by: str, now: datetime, replaces: str = "") -> enrolment.NewCode:
    """A one-time code with which the station of a division joins. Raises BadForm for an odd division.

    replaces: node id of a dead PC whose place the new one takes, "" for a new station.
    """
    with write():
        code = enrolment.make_code(division, now, replaces=replaces)
        facts = {"expires_at": str(code.expires_at), "replaces": replaces}
        audit.record(by, "station.code_made", division, now=now, **facts)
    return code


def _station(peer: Peer, contact: Contact | None, waiting: int, now: datetime) -> Station:
    heard_at, path = (contact.at, contact.path) if contact else _last_letter(peer.node_id)
    return Station(
        node_id=peer.node_id,
        name=peer.name,
        level=peer.level,
        division=peer.division,
        is_active=peer.state == PeerState.ACTIVE,
        heard_at=heard_at,
        path=path,
        quiet_days=None if heard_at is None else max(0, (now - heard_at).days),
        kept_there=contact.waiting if contact else 0,
        kept_here=outbox.waiting(peer.node_id),
        catalog=contact.catalog if contact else 0,
        restored_at=epochs.restored_at(peer.node_id),
        incidents=waiting,
    )


def _last_letter(node_id: str) -> tuple[datetime | None, str]:
    letters = Arrival.select(Arrival.received_at, Arrival.path).join(InStream)
    row = letters.where(InStream.sender == node_id).order_by(Arrival.id.desc()).first()
    return (None, "") if row is None else (row.received_at, row.path)
