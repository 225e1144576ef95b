"""The node's own keys: those in use, the next ones while they are being made known, and earlier ones.

Earlier ones open what was sealed to them, and speak to a hall that was set back to before the change.
"""

import base64
from typing import TYPE_CHECKING

from station import audit, kept
from sync import rotation
from sync.clock import Stamp
from sync.enrolment import introduce
from sync.keys import NodeKeys
from sync.mailbox import Arrived, Handler
from sync.outstream import Sender
from sync.register import Peer, peer, remember
from sync.rows import write

if TYPE_CHECKING:
    from station.node import Node

IN_USE, NEXT, EARLIER = "node-keys", "node-keys-next", "node-keys-earlier"
_CERTIFICATE, _CHANGED_AT = "next-certificate", "keys-changed-at"
SETTLING_SECONDS = 60.0  # letters begun under the old key are written by then


def load_keys(node_key: bytes) -> NodeKeys:
    """The node's signing and sealing keys, with its earlier ones; made at the first start."""
    held = kept.secret(node_key, IN_USE)
    if held is None:
        keys = NodeKeys.generate()
        kept.keep_secret(node_key, IN_USE, keys.to_bytes())
        return keys
    keys = NodeKeys.from_bytes(held)
    keys.beside = _beside(node_key)
    return keys


def earlier_keys(node_key: bytes) -> NodeKeys | None:
    """The keys before the last change, None when there was none; they open what the present ones do."""
    found = next(iter(_earlier(node_key)), None)
    if found is not None:
        found.beside = (load_keys(node_key), *_beside(node_key))
    return found


def next_keys(node_key: bytes) -> NodeKeys | None:
    """The keys that are being made known, None when no change is under way."""
    held = kept.secret(node_key, NEXT)
    return None if held is None else NodeKeys.from_bytes(held)


def begin_change(node: "Node", by: str) -> NodeKeys:
    """New keys, told to everybody under the old one; doing it again tells those who were not told yet."""
    stamp = node.clock.stamp()
    with write():
        new = next_keys(node.node_key)
        if new is None:
            new = NodeKeys.generate()
            kept.keep_secret(node.node_key, NEXT, new.to_bytes())
            node.keys.beside = (new, *node.keys.beside)
            audit.record(by, "keys.change_begun", new.key_id, now=stamp.at, old=node.keys.key_id)
        rotation.announce(Sender(node.facts.node_id, node.keys), new, stamp)
    return new


def waiting_for(node: "Node") -> list[Peer]:
    """Who has not confirmed the next keys yet."""
    new = next_keys(node.node_key)
    return [] if new is None else rotation.unconfirmed(node.facts.node_id, new)


def advance(node: "Node") -> None:
    """Go one step further with a change of keys, if its time has come; inside `using()`."""
    if next_keys(node.node_key) is not None and not waiting_for(node):
        finish_change(node, "")
    changed_at = kept.note(_CHANGED_AT)
    stamp = node.clock.stamp()
    if changed_at and abs(stamp.at.timestamp() - float(changed_at)) >= SETTLING_SECONDS:
        with write():
            rotation.tell_used(Sender(node.facts.node_id, node.keys), stamp)
            kept.keep_note(_CHANGED_AT, "")


def finish_change(node: "Node", by: str) -> None:
    """Use the next keys from now on, whoever has not confirmed them yet."""
    new = next_keys(node.node_key)
    if new is None:
        return
    stamp = node.clock.stamp()
    with write():
        late = waiting_for(node)
        _put_on_record(node, new, stamp)
        _shift(node.node_key, node.keys, new)
        kept.keep_note(_CHANGED_AT, str(stamp.at.timestamp()))
        audit.record(by, "keys.changed", new.key_id, now=stamp.at, unconfirmed=len(late))
    node.go_by(node.facts, load_keys(node.node_key))


def handlers(node: "Node") -> dict[str, Handler]:
    """The answers to a change of our keys."""

    def take(arrived: Arrived) -> None:
        """Keep the certificate of our hall for the time when the new keys are used."""
        new = next_keys(node.node_key)
        if new is None or arrived.subject != new.key_id:
            return
        certificate = rotation.read_kept(new, arrived)
        if certificate:
            kept.keep_note(_CERTIFICATE, base64.b64encode(certificate).decode())

    return {rotation.KEPT: take}


def _put_on_record(node: "Node", new: NodeKeys, stamp: Stamp) -> None:
    own = peer(node.facts.node_id).record
    record = type(own)(
        own.node_id, own.level, own.name, own.division, own.parent, new.signing_public, new.sealing_public
    )
    certificate = base64.b64decode(kept.note(_CERTIFICATE))
    if certificate or own.parent:
        remember(record, certificate, stamp.at)
    else:
        introduce(new, record, stamp.at)
    kept.keep_note(_CERTIFICATE, "")


def _shift(node_key: bytes, old: NodeKeys, new: NodeKeys) -> None:
    kept.keep_secret(node_key, f"{EARLIER}-{len(_earlier(node_key)) + 1}", old.to_bytes())
    kept.keep_secret(node_key, IN_USE, new.to_bytes())
    kept.forget_secret(NEXT)


def _beside(node_key: bytes) -> tuple[NodeKeys, ...]:
    new = next_keys(node_key)
    return _earlier(node_key) if new is None else (new, *_earlier(node_key))


def _earlier(node_key: bytes) -> tuple[NodeKeys, ...]:
    """Earlier keys, the latest first."""
    found: list[NodeKeys] = []
    while (held := kept.secret(node_key, f"{EARLIER}-{len(found) + 1}")) is not None:
        found.append(NodeKeys.from_bytes(held))
    return tuple(reversed(found))
