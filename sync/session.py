"""The right to exchange for a while: a node signs the hall's nonce and gets a token.

It only says who is at the other end of a connection; trust in mail is in the mail. A nonce is
checked by its own MAC, so that strangers who ask for nonces fill nothing up.
"""

import hashlib
import hmac
import os
import secrets
from datetime import datetime, timedelta
from typing import Any

from sync.canonical import read_json
from sync.codec import is_hex
from sync.custody import open_word
from sync.errors import BadForm, NotAddressed, NotAuthorised
from sync.keys import NodeKeys, Statement, pae, sign_statement
from sync.limits import NONCE_SECONDS, SESSION_SECONDS, SESSIONS_PER_NODE_MAX
from sync.moments import moment_text
from sync.register import active_peer
from sync.rows import write
from sync.statements import prepared
from sync.tables import Session

SESSION_KIND = "application/vnd.yimen.session+json"
_NONCE_KIND = "application/vnd.yimen.nonce-key"
_LASTS = timedelta(seconds=SESSION_SECONDS)  # one from a clock that was ahead has ended, too
_FIELDS = {"hall", "nonce", "node", "at"}


def new_nonce(keys: NodeKeys, now: datetime) -> str:
    """80 hex characters: time, chance, MAC. Every process that has the hall's keys can check it."""
    body = int(now.timestamp()).to_bytes(8) + os.urandom(16)
    return (body + _mac(keys, body)).hex()


def answer_nonce(keys: NodeKeys, node_id: str, hall_id: str, nonce: str, now: datetime) -> Statement:
    """What a node sends to open a session. Raises BadForm for a nonce that is none."""
    if not is_hex(nonce, 80):
        raise BadForm("大厅给出的随机数不对")
    body = {"hall": hall_id, "nonce": nonce, "node": node_id, "at": moment_text(now)}
    return sign_statement(keys, SESSION_KIND, body)


def open_session(keys: NodeKeys, hall_id: str, answer: Statement, now: datetime) -> str:
    """A token for the node that signed our nonce; it lasts SESSION_SECONDS.

    Raises NotAuthorised, NotAddressed, UnknownPeer, RevokedPeer, WrongKey, BadSignature, BadForm.
    """
    body = _read(answer)
    if body["hall"] != hall_id:
        raise NotAddressed("登录请求")
    active_peer(body["node"])
    open_word(answer, SESSION_KIND, body["node"])
    _check_nonce(keys, body["nonce"], now)
    token = secrets.token_urlsafe(24)
    with write():
        _tidy(body["node"], now)
        if Session.select().where(Session.nonce == body["nonce"]).exists():
            raise NotAuthorised("这个随机数已经用过")
        Session.insert(
            token_sha256=_sha256(token),
            node_id=body["node"],
            nonce=body["nonce"],
            expires_at=now + timedelta(seconds=SESSION_SECONDS),
        ).execute()
    return token


def node_of(token: str, now: datetime) -> str:
    """The node a token belongs to, while it is in our register and active.

    Raises NotAuthorised, UnknownPeer, RevokedPeer.
    """
    row = _session.first(_sha256(token))
    if row is None or not now < row.expires_at <= now + _LASTS:
        raise NotAuthorised("没有登录，或者登录已过期")
    return str(active_peer(row.node_id).node_id)


@prepared
def _session(token_sha256: Any) -> Any:
    return Session.select().where(Session.token_sha256 == token_sha256)


def end_sessions(node_id: str) -> None:
    """Whoever holds a token of this node has to sign in again, with the keys it has now."""
    Session.delete().where(Session.node_id == node_id).execute()


def _read(answer: Statement) -> dict[str, Any]:
    body = read_json(answer.body_bytes)
    if set(body) != _FIELDS or not is_hex(body["nonce"], 80) or not is_hex(body["node"], 32):
        raise BadForm("登录请求的字段不对")
    return body


def _check_nonce(keys: NodeKeys, nonce: str, now: datetime) -> None:
    raw = bytes.fromhex(nonce)
    age_seconds = now.timestamp() - int.from_bytes(raw[:8])
    is_ours = hmac.compare_digest(raw[24:], _mac(keys, raw[:24]))
    if not is_ours or not -1 <= age_seconds <= NONCE_SECONDS:
        raise NotAuthorised("登录用的随机数已过期或不是本大厅给出的")


def _tidy(node_id: str, now: datetime) -> None:
    """Drop what has expired, and the oldest sessions of a node that opens too many."""
    is_past = (Session.expires_at <= now) | (Session.expires_at > now + _LASTS)
    Session.delete().where(is_past).execute()
    theirs = Session.select().where(Session.node_id == node_id).order_by(Session.expires_at.desc())
    for surplus in theirs.offset(SESSIONS_PER_NODE_MAX - 1).limit(SESSIONS_PER_NODE_MAX):
        surplus.delete_instance()


def _mac(keys: NodeKeys, body: bytes) -> bytes:
    secret = hashlib.sha256(keys.sign(pae(_NONCE_KIND, b""))).digest()
    return hmac.new(secret, body, hashlib.sha256).digest()[:16]


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
