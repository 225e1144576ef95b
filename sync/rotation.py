"""New keys for a node that goes on being the same node.

Three letters, each under the key that is good at its time:

mail.keys       under the old key: the new keys, with a statement under the new one that it is held
mail.keys-kept  the answer: the other has them on record, and certifies them if it is our hall
mail.keys-used  the first letter under the new key: from its number on, the old key is good no more

Until everybody has answered, the old key goes on working, so that a crash or a lost letter at any
point leaves a node that can be understood. The private keys are the caller's business.
"""

import base64
from dataclasses import replace
from typing import Any

from sync.canonical import canonical_json, read_json
from sync.clock import Stamp
from sync.codec import from_base64
from sync.errors import BadForm, EnrolmentRefused, WrongKey
from sync.keys import NodeKeys, Statement, open_statement, sign_statement
from sync.mailbox import Arrived, Mailbox
from sync.moments import moment_text
from sync.outstream import Draft, Sender, append, current_stream
from sync.register import (
    NodeRecord,
    Peer,
    PeerKey,
    PeerState,
    active_peer,
    certify,
    find_peer,
    peer,
    read_certificate,
    remember,
)
from sync.session import end_sessions
from sync.tables import Arrival, InStream, OutLetter, OutStream

CHANGE_KIND = "application/vnd.yimen.key-change+json"
KEYS, KEPT, USED = "mail.keys", "mail.keys-kept", "mail.keys-used"
APPLIED = "applied"


def correspondents(node_id: str) -> list[Peer]:
    """Whoever has to know our keys: the node above, those below, and everybody we ever wrote to."""
    own = find_peer(node_id)
    above = "" if own is None else own.parent
    written_to = OutStream.select(OutStream.recipient)
    is_near = (Peer.node_id == above) | (Peer.parent == node_id) | Peer.node_id.in_(written_to)
    others = Peer.select().where(Peer.node_id != node_id, Peer.state == PeerState.ACTIVE, is_near)
    return list(others.order_by(Peer.node_id))


def announce(sender: Sender, new: NodeKeys, stamp: Stamp) -> int:
    """Tell everybody who was not told yet; in the caller's transaction. sender: with the old keys.

    Returns how many letters that took.
    """
    own = peer(sender.node_id).record
    record = replace(own, signing_key=new.signing_public, sealing_key=new.sealing_public)
    body = {"v": 1, "node": record.to_dict(), "replaces": sender.keys.key_id}
    payload = {"change": sign_statement(new, CHANGE_KIND, body).to_dict()}
    told = _told(KEYS, new.key_id)
    lacking = [one for one in correspondents(sender.node_id) if one.node_id not in told]
    for one in lacking:
        _post(sender, one.node_id, KEYS, new.key_id, payload, stamp)
    return len(lacking)


def unconfirmed(node_id: str, new: NodeKeys) -> list[Peer]:
    """Who has not answered yet that it has the new keys on record."""
    answered: Any = Arrival.select(InStream.sender).join(InStream)
    kept = answered.where(Arrival.kind == KEPT, Arrival.subject == new.key_id, Arrival.state == APPLIED)
    names: set[str] = {row[0] for row in kept.tuples()}
    return [one for one in correspondents(node_id) if one.node_id not in names]


def take_change(box: Mailbox, arrived: Arrived) -> None:
    """Put the new keys of another node on record, and answer.

    Raises BadForm, OddKey, WrongKey, BadSignature, RevokedPeer, EnrolmentRefused; nothing changes then.
    """
    known = active_peer(arrived.sender)
    claimed, replaced = _read_change(arrived)
    if claimed.node_id != arrived.sender or replaced != arrived.header["key"]:
        raise BadForm("换钥匙的申请写的不是寄信的机器或它现在的密钥")
    if known.record.key_id != replaced:
        raise WrongKey(known.record.key_id, replaced)
    _refuse_taken(claimed)
    record = replace(known.record, signing_key=claimed.signing_key, sealing_key=claimed.sealing_key)
    certificate = certify(box.keys, record) if known.parent == box.node_id else b""
    remember(record, certificate, arrived.received_at)
    payload = {"node": record.to_dict(), "certificate": base64.b64encode(certificate).decode()}
    _post(Sender(box.node_id, box.keys), known.node_id, KEPT, record.key_id, payload, box.clock.stamp())


def read_kept(new: NodeKeys, arrived: Arrived) -> bytes:
    """The certificate in an answer, b"" when it has none. Raises BadForm for one about other keys."""
    if set(arrived.payload) != {"node", "certificate"}:
        raise BadForm("换钥匙的答复字段不对")
    record = NodeRecord.from_dict(arrived.payload["node"])
    if (record.signing_key, record.sealing_key) != (new.signing_public, new.sealing_public):
        raise BadForm("换钥匙的答复说的是别的密钥")
    certificate = from_base64(arrived.payload["certificate"])
    if certificate:
        signer = bytes(peer(arrived.sender).signing_key)
        if read_certificate(certificate, signer) != (record.node_id, record.division, record.signing_key):
            raise BadForm("换钥匙的答复里的证书与登记不符")
    return certificate


def tell_used(sender: Sender, stamp: Stamp) -> int:
    """The first letter under the new key, to everybody; in the caller's transaction. Returns how many.

    Nodes below get a certificate under the new key. sender: with the new keys.
    """
    told = _told(USED, sender.keys.key_id)
    lacking = [one for one in correspondents(sender.node_id) if one.node_id not in told]
    for one in lacking:
        certificate = certify(sender.keys, one.record) if one.parent == sender.node_id else b""
        if certificate:
            Peer.update(certificate=certificate).where(Peer.node_id == one.node_id).execute()
        payload = {"certificate": base64.b64encode(certificate).decode()}
        _post(sender, one.node_id, USED, sender.keys.key_id, payload, stamp)
    return len(lacking)


def take_used(box: Mailbox, arrived: Arrived) -> None:
    """Another node writes under its new key: its old ones are good for what came before, no more.

    Raises BadForm, WrongKey.
    """
    known = peer(arrived.sender)
    key_id = str(arrived.header["key"])
    if set(arrived.payload) != {"certificate"}:
        raise BadForm("换钥匙的通知字段不对")
    if known.record.key_id != key_id:
        raise WrongKey(known.record.key_id, key_id)
    earlier = (PeerKey.node_id == known.node_id) & (PeerKey.key_id != key_id) & PeerKey.revoked_at.is_null()
    until = {"trusted_instance": arrived.instance, "trusted_seq": arrived.seq - 1}
    PeerKey.update({"revoked_at": arrived.received_at, **until}).where(earlier).execute()
    end_sessions(known.node_id)
    _take_certificate(box, known, from_base64(arrived.payload["certificate"]))


def _take_certificate(box: Mailbox, hall: Peer, certificate: bytes) -> None:
    """Our hall certifies us anew, since its old key is good no more."""
    own = peer(box.node_id)
    if not certificate or own.parent != hall.node_id:
        return
    stated = read_certificate(certificate, bytes(hall.signing_key))
    if stated != (own.node_id, own.division, bytes(own.signing_key)):
        raise BadForm("新证书与本机的登记不符")
    Peer.update(certificate=certificate).where(Peer.node_id == own.node_id).execute()


def _read_change(arrived: Arrived) -> tuple[NodeRecord, str]:
    """The record with the new keys, once its signature shows that they are held, and the key it replaces."""
    if set(arrived.payload) != {"change"}:
        raise BadForm("换钥匙的申请字段不对")
    statement = Statement.from_dict(arrived.payload["change"])
    claimed = NodeRecord.from_dict(read_json(statement.body_bytes).get("node"))
    body = open_statement(statement, claimed.signing_key, CHANGE_KIND)
    if set(body) != {"v", "node", "replaces"} or body["v"] != 1:
        raise BadForm("换钥匙的申请字段不对")
    return claimed, str(body["replaces"])


def _refuse_taken(record: NodeRecord) -> None:
    """A key that another node has, or that was withdrawn, is nobody's new key."""
    for held in PeerKey.select().where(PeerKey.signing_key == record.signing_key):
        if held.node_id != record.node_id or held.revoked_at is not None:
            raise EnrolmentRefused("这把密钥已登记给别的机器，或者已被停用。", "请重新生成密钥后再换。")


def _told(kind: str, key_id: str) -> set[str]:
    letters: Any = OutLetter.select(OutStream.recipient).join(OutStream)
    rows = letters.where(OutLetter.kind == kind, OutLetter.subject == key_id)
    return {row[0] for row in rows.tuples()}


def _post(sender: Sender, to: str, kind: str, subject: str, payload: dict[str, Any], stamp: Stamp) -> None:
    draft = Draft(kind, subject, 0, moment_text(stamp.at), stamp.proof, canonical_json(payload))
    append(sender, current_stream(sender, to, stamp.at), draft)
