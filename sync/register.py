"""The register: which nodes this one knows, under which keys, and since when not any more.

A node has one signing key at a time. Older keys stay on record: mail signed before a change of
keys is still good, and mail signed by a withdrawn key is good up to the number named when it
was withdrawn.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

import peewee

from sync.codec import from_base64
from sync.errors import BadForm, RevokedPeer, UnknownPeer, WrongKey
from sync.keys import NodeKeys, accept_public_key, accept_sealing_key, key_id_of, pae, verify
from sync.moments import MomentField
from sync.rows import Row, write
from sync.statements import prepared
from sync.tables import locked

CERTIFICATE_KIND = "application/vnd.yimen.certificate"
CERTIFICATE_BYTES = 124
LEVELS = ("city", "county", "township", "village")  # from the top
HALL_LEVELS = ("city", "county")  # those that decide cases
DIVISION_DIGITS = {"city": 4, "county": 6, "township": 9, "village": 12}  # of the code, that all below share
NAME_CHARACTERS_MAX = 60
_FIELDS = {"node_id", "level", "name", "division", "parent", "signing_key", "sealing_key"}


class PeerState(StrEnum):
    """Whether mail of a node is taken."""

    ACTIVE = "active"
    REVOKED = "revoked"


class Peer(Row):
    """A node this one knows. node_id: 32 hex characters; division: 12 digits; parent: node_id or ""."""

    node_id = peewee.CharField(max_length=32, primary_key=True)
    level = peewee.CharField(max_length=8)
    name = peewee.CharField(max_length=NAME_CHARACTERS_MAX)
    division = peewee.CharField(max_length=12)
    parent = peewee.CharField(max_length=32)
    signing_key = peewee.BlobField()
    sealing_key = peewee.BlobField()
    state = peewee.CharField(max_length=8, default=PeerState.ACTIVE)
    certificate = peewee.BlobField()
    changed_at = MomentField()

    @property
    def record(self) -> "NodeRecord":
        """What the register says of this node, as it travels in grants."""
        keys = (bytes(self.signing_key), bytes(self.sealing_key))
        return NodeRecord(self.node_id, self.level, self.name, self.division, self.parent, *keys)


class PeerKey(Row):
    """A signing key a node has or had. trusted_*: after a revocation, up to where its mail counts."""

    node_id = peewee.CharField(max_length=32)
    key_id = peewee.CharField(max_length=16)
    signing_key = peewee.BlobField()
    added_at = MomentField()
    revoked_at = MomentField(null=True)
    trusted_instance = peewee.CharField(max_length=16, default="")
    trusted_seq = peewee.BigIntegerField(default=0)

    class Meta:
        primary_key = peewee.CompositeKey("node_id", "key_id")


TABLES: list[type[Row]] = [Peer, PeerKey]


@dataclass(frozen=True)
class NodeRecord:
    """The public facts of one node. Keys are raw bytes and were accepted as sound."""

    node_id: str
    level: str
    name: str
    division: str
    parent: str
    signing_key: bytes
    sealing_key: bytes

    @property
    def key_id(self) -> str:
        """16 hex characters that name the signing key."""
        return key_id_of(self.signing_key)

    def to_dict(self) -> dict[str, Any]:
        """The record as it stands in signed JSON; keys in base64."""
        names = ("node_id", "level", "name", "division", "parent")
        keys = ("signing_key", "sealing_key")
        return {name: getattr(self, name) for name in names} | {
            name: base64.b64encode(getattr(self, name)).decode() for name in keys
        }

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """A record from outside, every field checked. Raises BadForm, OddKey."""
        if not isinstance(value, dict) or set(value) != _FIELDS:
            raise BadForm("节点登记的字段不齐或有多余")
        if not all(isinstance(part, str) for part in value.values()):
            raise BadForm("节点登记的字段应为文字")
        check_node_id(value["node_id"])
        check_place(value["level"], value["name"], value["division"])
        if value["parent"]:
            check_node_id(value["parent"])
        signing_key = accept_public_key(from_base64(value["signing_key"]))
        sealing_key = accept_sealing_key(from_base64(value["sealing_key"]))
        return cls(**value | {"signing_key": signing_key, "sealing_key": sealing_key})


def record_of(
    keys: NodeKeys, node_id: str, level: str, name: str, division: str, parent: str = ""
) -> NodeRecord:
    """The record of the node that holds `keys`. Raises BadForm for a name, level or division that is none."""
    check_node_id(node_id)
    check_place(level, name, division)
    return NodeRecord(node_id, level, name, division, parent, keys.signing_public, keys.sealing_public)


def remember(record: NodeRecord, certificate: bytes, now: datetime) -> Peer:
    """Put a node into the register, or give a known one its new keys; in the caller's transaction."""
    with write():
        PeerKey.insert(
            node_id=record.node_id, key_id=record.key_id, signing_key=record.signing_key, added_at=now
        ).on_conflict_ignore().execute()
        Peer.delete().where(Peer.node_id == record.node_id).execute()
        values = vars(record) | {"certificate": certificate, "state": PeerState.ACTIVE, "changed_at": now}
        return Peer.create(**values)


def peer(node_id: str) -> Peer:
    """The node as registered, active or not. Raises UnknownPeer."""
    found: Peer | None = _peer.first(node_id)
    if found is None:
        raise UnknownPeer(node_id)
    return found


def find_peer(node_id: str) -> Peer | None:
    """The same, or None for a node that is not in this register."""
    found: Peer | None = _peer.first(node_id)
    return found


def find_key(node_id: str, key_id: str) -> PeerKey | None:
    """A signing key that the node has or had, or None."""
    found: PeerKey | None = _key.first(node_id, key_id)
    return found


def active_peer(node_id: str) -> Peer:
    """A node whose mail and sessions are taken. Raises UnknownPeer, RevokedPeer."""
    found = peer(node_id)
    if found.state != PeerState.ACTIVE:
        raise RevokedPeer(found.name)
    return found


def nodes_above(node_id: str) -> list[Peer]:
    """Parent, its parent and so on, as far as this register knows them; nearest first."""
    found: list[Peer] = []
    here = find_peer(node_id)
    while here is not None and here.parent and len(found) < len(LEVELS):
        here = find_peer(here.parent)
        if here is not None:
            found.append(here)
    return found


def line_above(node_id: str) -> list[tuple[str, str]]:
    """The same as (node_id, level) of each, for those who ask often."""
    found: list[tuple[str, str]] = []
    parent, _ = _place_of(node_id)
    while parent and len(found) < len(LEVELS):
        above, level = _place_of(parent)
        if level:
            found.append((parent, level))
        parent = above
    return found


def hall_above(node_id: str) -> Peer | None:
    """The nearest node above that decides cases; mail to it may go through the one between."""
    return next((above for above in nodes_above(node_id) if above.level in HALL_LEVELS), None)


def nodes_below(node_id: str) -> Any:
    """The query for those that joined a node, and those that joined one of these (a hall's townships)."""
    joined = Peer.select(Peer.node_id).where(Peer.parent == node_id)
    return Peer.select().where((Peer.parent == node_id) | Peer.parent.in_(joined))


def is_above(high: str, low: str) -> bool:
    """Whether `high` is parent of `low`, or further up."""
    here = _parent_of(low)
    for _ in LEVELS:
        above = _parent_of(here) if here else None
        if above is None or here == high:
            return above is not None
        here = above
    return False


@prepared
def _peer(node_id: Any) -> Any:
    return Peer.select().where(Peer.node_id == node_id)


@prepared
def _key(node_id: Any, key_id: Any) -> Any:
    return PeerKey.select().where(PeerKey.node_id == node_id, PeerKey.key_id == key_id)


@prepared
def _place(node_id: Any) -> Any:
    return Peer.select(Peer.parent, Peer.level).where(Peer.node_id == node_id).tuples()


def _place_of(node_id: str) -> tuple[str, str]:
    """(parent, level) as registered; two empty texts for a node we do not know."""
    row = _place.first(node_id)
    return ("", "") if row is None else (row[0], row[1])


def _parent_of(node_id: str) -> str | None:
    """Its parent, "" for none; None for a node that is not in this register."""
    row = _place.first(node_id)
    return None if row is None else str(row[0])


def is_within(division: str, outer: str, outer_level: str) -> bool:
    """Whether a division lies inside another one, by the digits that its level counts."""
    digits = DIVISION_DIGITS[outer_level]
    return division[:digits] == outer[:digits]


def signing_key_for(node_id: str, key_id: str, instance: str, seq: int) -> bytes:
    """The key under which this envelope of a stream may be trusted, 32 bytes.

    Raises UnknownPeer; WrongKey for a key the node never had; RevokedPeer for mail beyond the
    number up to which a withdrawn key counts (such mail is kept for a person, not dropped).
    """
    held = find_key(node_id, key_id)
    if held is None:
        raise WrongKey(peer(node_id).record.key_id, key_id)
    is_early = seq <= held.trusted_seq and held.trusted_instance in ("", instance)
    if held.revoked_at is not None and not is_early:
        raise RevokedPeer(peer(node_id).name)
    return bytes(held.signing_key)


def known_key(node_id: str, key_id: str) -> bytes:
    """A signing key the node has or had, withdrawn or not: it tells whose work something is, not more.

    Raises UnknownPeer, WrongKey.
    """
    held = find_key(node_id, key_id)
    if held is None:
        raise WrongKey(peer(node_id).record.key_id, key_id)
    return bytes(held.signing_key)


def revoke(node_id: str, last_trusted_seq: int, now: datetime, instance: str = "") -> Peer:
    """Withdraw the keys of a node: what it made after `last_trusted_seq` goes to a person.

    instance: the stream the number belongs to (16 hex), or "" for every stream of that node.
    Raises UnknownPeer.
    """
    with write():
        found = peer(node_id)
        PeerKey.update(revoked_at=now, trusted_instance=instance, trusted_seq=last_trusted_seq).where(
            PeerKey.node_id == node_id, PeerKey.revoked_at.is_null()
        ).execute()
        found.state, found.changed_at = PeerState.REVOKED, now
        found.save()
        return found


def certify(keys: NodeKeys, record: NodeRecord) -> bytes:
    """124 bytes that let a receipt be checked offline: node, division, signing key, the hall's signature."""
    body = bytes.fromhex(record.node_id) + record.division.encode() + record.signing_key
    return body + keys.sign(pae(CERTIFICATE_KIND, body))


def read_certificate(certificate: bytes, hall_public: bytes) -> tuple[str, str, bytes]:
    """(node_id, division, signing key) of a certificate that `hall_public` signed. Raises BadForm."""
    body, signature = certificate[:60], certificate[60:]
    if len(certificate) != CERTIFICATE_BYTES or not verify(
        hall_public, signature, pae(CERTIFICATE_KIND, body)
    ):
        raise BadForm("站点证书不是上级大厅签发的")
    return body[:16].hex(), body[16:28].decode("ascii", "replace"), body[28:]


def check_node_id(value: str) -> None:
    """Raises BadForm unless `value` is 32 lower-case hex characters."""
    if not re.fullmatch(r"[0-9a-f]{32}", value):
        raise BadForm("机器编号应为 32 位十六进制小写字符")


def check_place(level: str, name: str, division: str) -> None:
    """Raises BadForm unless level, name and 12-digit division can be those of a node."""
    if level not in LEVELS:
        raise BadForm(f"级别应为 {'、'.join(LEVELS)} 之一")
    check_division(division)
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise BadForm(f"名称应为 1 到 {NAME_CHARACTERS_MAX} 个可见字符")


def check_division(value: str) -> None:
    """Raises BadForm unless `value` is 12 digits."""
    if not re.fullmatch(r"[0-9]{12}", value):
        raise BadForm("区划代码应为 12 位数字")


@prepared
def lock_peer(node_id: Any) -> Any:
    """The row of a node, until the transaction ends: whoever else wants it waits."""
    return locked(Peer.select(Peer.node_id).where(Peer.node_id == node_id))
