"""How a township's register reaches those it carries mail between: its villages go up, its halls come down.

A hall takes mail only from nodes in its register, and a village seals only to halls in its own. What a
township has to tell is posted as ordinary letters, once for each change, whenever it is about to talk:

    mail.introduced   to its parent: a node that joined here, or changed its keys, with our certificate
    mail.withdrawn    to its parent: a node whose keys were withdrawn here
    mail.above        to its villages: the halls above us, for those that joined before we did

The reader believes no more than the teller may say: of nodes below itself and inside its own division,
and of halls nobody told us of before.
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import peewee

from sync import outbox
from sync.canonical import canonical_json
from sync.codec import from_base64
from sync.errors import BadForm, EnrolmentRefused
from sync.mailbox import Arrived, Handler, Mailbox
from sync.register import (
    HALL_LEVELS,
    LEVELS,
    NodeRecord,
    Peer,
    PeerKey,
    PeerState,
    find_peer,
    is_within,
    nodes_above,
    peer,
    read_certificate,
    remember,
)
from sync.replacement import withdraw_old_keys, write_again
from sync.rows import Row, write

INTRODUCED = "mail.introduced"
WITHDRAWN = "mail.withdrawn"
ABOVE = "mail.above"
KEYS_STATED_MAX = 64


class Introduction(Row):
    """What a node was last told about another one, or about the halls above us (about: ""); a SHA-256."""

    told = peewee.CharField(max_length=32)
    about = peewee.CharField(max_length=32)
    content = peewee.CharField(max_length=64)

    class Meta:
        primary_key = peewee.CompositeKey("told", "about")


def post_due(box: Mailbox) -> int:
    """Post what this node has to tell and has not told yet; returns how many letters that were."""
    own = find_peer(box.node_id)
    if own is None or not own.parent or own.level in (*HALL_LEVELS, LEVELS[-1]):
        return 0
    posted = 0
    above = [one.record.to_dict() for one in nodes_above(box.node_id)]
    for child in Peer.select().where(Peer.parent == box.node_id).order_by(Peer.node_id):
        posted += _tell(box, own.parent, child.node_id, *_news_of(child))
        if child.state == PeerState.ACTIVE:
            posted += _tell(box, child.node_id, "", ABOVE, {"above": above})
    return posted


def note_told(node_id: str, above: Sequence[NodeRecord]) -> None:
    """A grant told a node of the halls above us; in the caller's transaction."""
    _note(node_id, "", _content(ABOVE, {"above": [record.to_dict() for record in above]}))


def halls_above(hall: NodeRecord) -> list[NodeRecord]:
    """What a grant of `hall` says of the halls above it: nothing, where it decides cases itself."""
    return [] if hall.level in HALL_LEVELS else [one.record for one in nodes_above(hall.node_id)]


def check_above(node: NodeRecord, parent: NodeRecord, above: Sequence[NodeRecord]) -> None:
    """Raises BadForm unless these follow each other upwards from the parent, around the node's division."""
    here = parent
    for record in above:
        is_next = record.node_id == here.parent and LEVELS.index(record.level) < LEVELS.index(here.level)
        if not is_next or not is_within(node.division, record.division, record.level):
            raise BadForm("上级大厅的登记前后不符")
        here = record


def read_records(value: Any) -> list[NodeRecord]:
    """Records of halls, nearest first. Raises BadForm, OddKey."""
    if not isinstance(value, list) or len(value) >= len(LEVELS):
        raise BadForm("上级大厅的登记不是有效的列表")
    return [NodeRecord.from_dict(one) for one in value]


def handler_for(box: Mailbox, kind: str) -> Handler | None:
    """Who takes a letter of the mail itself, None for all others."""
    takers = {INTRODUCED: _take_introduced, WITHDRAWN: _take_withdrawn, ABOVE: _take_above}
    taker = takers.get(kind)
    return None if taker is None else lambda arrived: taker(box, arrived)


def _news_of(child: Peer) -> tuple[str, dict[str, Any]]:
    withdrawn = PeerKey.select().where(PeerKey.node_id == child.node_id, PeerKey.revoked_at.is_null(False))
    keys = [row.key_id for row in withdrawn.order_by(PeerKey.added_at.desc()).limit(KEYS_STATED_MAX)]
    if child.state == PeerState.REVOKED:
        return WITHDRAWN, {"node": child.node_id, "keys": keys}
    certificate = base64.b64encode(bytes(child.certificate)).decode()
    return INTRODUCED, {"node": child.record.to_dict(), "certificate": certificate, "keys": keys}


def _tell(box: Mailbox, told: str, about: str, kind: str, payload: dict[str, Any]) -> int:
    content = _content(kind, payload)
    row = Introduction.get_or_none(Introduction.told == told, Introduction.about == about)
    if row is not None and row.content == content:
        return 0
    with write():
        stamp = box.clock.stamp()
        letter = outbox.Letter(to=told, kind=kind, subject=about, payload=payload, stamp=stamp)
        outbox.post(box.keys, box.node_id, letter)
        _note(told, about, content)
    return 1


def _content(kind: str, payload: dict[str, Any]) -> str:
    return hashlib.sha256(kind.encode() + canonical_json(payload)).hexdigest()


def _note(told: str, about: str, content: str) -> None:
    Introduction.delete().where(Introduction.told == told, Introduction.about == about).execute()
    Introduction.insert(told=told, about=about, content=content).execute()


def _take_introduced(box: Mailbox, arrived: Arrived) -> None:
    """A node below a node below us. Raises EnrolmentRefused, BadForm, OddKey."""
    payload = _fields(arrived, "node", "certificate", "keys")
    teller, record = _teller(box, arrived), NodeRecord.from_dict(payload["node"])
    certificate = from_base64(payload["certificate"])
    stated = _stated(teller, certificate)
    if stated != (record.node_id, record.division, record.signing_key) or record.parent != teller.node_id:
        raise EnrolmentRefused("介绍来的站点，证书与登记内容不一致。")
    if LEVELS.index(record.level) <= LEVELS.index(teller.level):
        raise EnrolmentRefused("介绍来的站点，级别不低于介绍它的站。")
    if not is_within(record.division, teller.division, teller.level):
        raise EnrolmentRefused("介绍来的站点不在介绍它的站的区划之内。")
    known = find_peer(record.node_id)
    _refuse_taken(box, record, known)
    old_key = "" if known is None else known.record.key_id
    is_withdrawn = old_key not in ("", record.key_id) and old_key in _keys(payload)
    if is_withdrawn:
        withdraw_old_keys(record.node_id, arrived.received_at)
    remember(record, certificate, arrived.received_at)
    if is_withdrawn:
        write_again(box.keys, box.node_id, record.node_id, arrived.received_at)


def _take_withdrawn(box: Mailbox, arrived: Arrived) -> None:
    """What such a node wrote counts as far as it is here; what comes later waits for a person."""
    payload = _fields(arrived, "node", "keys")
    teller = _teller(box, arrived)
    known = Peer.get_or_none(Peer.node_id == str(payload["node"]))
    if known is None or known.parent != teller.node_id:
        raise EnrolmentRefused("要停用的站点不是它介绍来的。")
    if known.record.key_id in _keys(payload):
        withdraw_old_keys(known.node_id, arrived.received_at)
        facts = {"state": PeerState.REVOKED, "changed_at": arrived.received_at}
        Peer.update(facts).where(Peer.node_id == known.node_id).execute()


def _take_above(box: Mailbox, arrived: Arrived) -> None:
    """The halls above our parent. One we know already keeps the keys we know it by."""
    above = read_records(_fields(arrived, "above")["above"])
    own = peer(box.node_id)
    if own.parent != arrived.sender:
        raise EnrolmentRefused("只有本机所属的站可以告知上级大厅。")
    parent = peer(own.parent)
    linked = above[0].node_id if above else ""
    if parent.parent not in ("", linked):
        raise EnrolmentRefused("本机所属的站换了上级大厅。", "请向镇街和县级大厅核对后再重试这封信。")
    Peer.update(parent=linked).where(Peer.node_id == parent.node_id).execute()
    check_above(own.record, peer(own.parent).record, above)
    for record in above:
        remember_hall(record, arrived.received_at)


def remember_hall(record: NodeRecord, now: datetime) -> None:
    """Put a hall above our parent into the register. Raises EnrolmentRefused for one known by other keys."""
    known = find_peer(record.node_id)
    if known is None:
        remember(record, b"", now)
    elif (bytes(known.signing_key), bytes(known.sealing_key)) != (record.signing_key, record.sealing_key):
        raise EnrolmentRefused(
            "告知的上级大厅密钥与本机登记的不同。", "请直接向县级大厅核对，不要只听镇街站的。"
        )
    else:
        Peer.update(parent=record.parent).where(Peer.node_id == record.node_id).execute()


def _teller(box: Mailbox, arrived: Arrived) -> Peer:
    found = peer(arrived.sender)
    if found.parent != box.node_id or found.state != PeerState.ACTIVE:
        raise EnrolmentRefused("只有下级站可以介绍或停用站点。")
    return found


def _stated(teller: Peer, certificate: bytes) -> tuple[str, str, bytes]:
    """What a certificate says, under any key of the teller that was not withdrawn. Raises BadForm."""
    keys = PeerKey.select().where(PeerKey.node_id == teller.node_id, PeerKey.revoked_at.is_null())
    for row in keys.order_by(PeerKey.added_at.desc()):
        try:
            return read_certificate(certificate, bytes(row.signing_key))
        except BadForm:
            continue
    raise BadForm("站点证书不是介绍它的站签发的")


def _refuse_taken(box: Mailbox, record: NodeRecord, known: Peer | None) -> None:
    """A node that stands elsewhere stays there, unless it is the same one under the same key."""
    if record.node_id == box.node_id or (known is not None and known.division != record.division):
        raise EnrolmentRefused("介绍来的机器编号已登记在别的区划名下。")
    is_elsewhere = known is not None and known.parent != record.parent
    if known is not None and is_elsewhere and bytes(known.signing_key) != record.signing_key:
        raise EnrolmentRefused("介绍来的机器编号已由别处登记，密钥也不同。")
    for held in PeerKey.select().where(PeerKey.signing_key == record.signing_key):
        if held.node_id != record.node_id or held.revoked_at is not None:
            raise EnrolmentRefused("介绍来的站点，密钥已登记给别的机器，或者已被停用。")


def _fields(arrived: Arrived, *names: str) -> dict[str, Any]:
    found = {name: value for name, value in arrived.payload.items() if name != "salt"}
    if set(found) != set(names):
        raise BadForm("介绍信的字段不齐或有多余")
    return found


def _keys(payload: dict[str, Any]) -> list[str]:
    keys = payload["keys"]
    if not isinstance(keys, list) or len(keys) > KEYS_STATED_MAX:
        raise BadForm("介绍信里停用的密钥不对")
    return [str(key) for key in keys]
