"""The node register as it is published: who is a station of this county, and which keys count no more."""

import json
from typing import Any

from sync.moments import moment_text
from sync.register import Peer, PeerKey

FILE = "nodes.json"
FORMAT = "yimen-nodes/1"


def register_file() -> bytes:
    """Every node this hall knows, with each key it has or had; public halves only."""
    peers = [_node(peer) for peer in Peer.select().order_by(Peer.node_id)]
    document = {"format": FORMAT, "nodes": peers}
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _node(peer: Peer) -> dict[str, Any]:
    keys = PeerKey.select().where(PeerKey.node_id == peer.node_id).order_by(PeerKey.added_at, PeerKey.key_id)
    return {**peer.record.to_dict(), "state": str(peer.state), "keys": [_key(key) for key in keys]}


def _key(key: PeerKey) -> dict[str, Any]:
    told: dict[str, Any] = {"key_id": key.key_id, "added_at": moment_text(key.added_at)}
    if key.revoked_at is None:
        return told
    trusted = {"instance": key.trusted_instance, "seq": key.trusted_seq}
    return told | {"revoked_at": moment_text(key.revoked_at), "trusted_upto": trusted}
