"""How a node joins: a one-time code from the hall, a request, a grant, and the register of both sides.

The code itself never travels. Both sides stretch it into a key; the request and the grant each
carry a proof made with that key, so that nobody on the way can put in keys of their own, neither
the station's nor the hall's. The request is signed by the new node (it holds the key it asks for),
the grant by the hall. By HTTP or by files, the bytes are the same.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import peewee

from sync.canonical import canonical_json, read_json
from sync.codec import from_base64
from sync.errors import BadForm, CodeRefused, EnrolmentRefused, GrantRefused, SyncError, TooLarge, WrongKind
from sync.introductions import Introduction, check_above, halls_above, note_told, read_records
from sync.keys import NodeKeys, Statement, open_statement, sign_statement
from sync.moments import MomentField, moment_text, read_moment
from sync.register import (
    LEVELS,
    NodeRecord,
    Peer,
    PeerKey,
    certify,
    check_division,
    find_peer,
    read_certificate,
    remember,
)
from sync.replacement import check_replaceable, withdraw_old_keys, write_again
from sync.rows import Row, write
from sync.tables import Arrival, OutLetter

REQUEST_KIND = "application/vnd.yimen.enrol-request+json"
GRANT_KIND = "application/vnd.yimen.enrol-grant+json"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that can be taken for another: no 0 O 1 I L U
CODE_CHARACTERS = 8
CODE_VALID = timedelta(days=7)
TRIES_MAX = 10
REQUEST_BYTES_MAX = 16 * 1024
BESIDE_MAX = 16
BESIDE_CHARACTERS_MAX = 200


class EnrolCode(Row):
    """One code a hall gave out, for one division. `stretched` is all that is kept of it.

    replaces: node id of the dead PC whose place the new one takes, "" for none.
    """

    id = peewee.AutoField()
    division = peewee.CharField(max_length=12, index=True)
    replaces = peewee.CharField(max_length=32, default="")
    stretched = peewee.BlobField()
    made_at = MomentField()
    expires_at = MomentField()
    tries = peewee.IntegerField(default=0)
    used_at = MomentField(null=True)
    request_sha256 = peewee.CharField(max_length=64, default="", index=True)
    grant = peewee.TextField(default="")


class Joining(Row):
    """The one request of this node that waits for its grant."""

    request_sha256 = peewee.CharField(max_length=64, primary_key=True)
    stretched = peewee.BlobField()
    made_at = MomentField()


TABLES: list[type[Row]] = [EnrolCode, Joining, Introduction]


@dataclass(frozen=True)
class NewCode:
    """A code to be read out or printed, such as 7KQ4-MX2P; it is shown once and not kept."""

    text: str
    division: str
    expires_at: datetime


@dataclass(frozen=True)
class Granted:
    """What a node knows after joining: itself as the hall registered it, the hall, and the hall's time.

    above: the halls above that one, nearest first, where it only carries mail for them. beside: further
    facts the hall vouched for, such as the hash of its catalog's root.
    """

    node: NodeRecord
    hall: NodeRecord
    above: tuple[NodeRecord, ...]
    certificate: bytes
    at: datetime
    beside: dict[str, str]


def make_code(
    division: str,
    now: datetime,
    valid: timedelta = CODE_VALID,
    chance: Random | None = None,
    replaces: str = "",
) -> NewCode:
    """A fresh code for the station of a division; an older open one for the same division lapses.

    replaces: node id of the PC whose place and history the new one takes, "" for a new station.

    Raises BadForm when `division` is not 12 digits.
    """
    check_division(division)
    source = chance or secrets.SystemRandom()
    text = "".join(source.choice(ALPHABET) for _ in range(CODE_CHARACTERS))
    with write():
        EnrolCode.delete().where(EnrolCode.division == division, EnrolCode.used_at.is_null()).execute()
        EnrolCode.create(
            division=division,
            replaces=replaces,
            stretched=_stretch(text, division),
            made_at=now,
            expires_at=now + valid,
        )
    return NewCode(f"{text[:4]}-{text[4:]}", division, now + valid)


def request(keys: NodeKeys, record: NodeRecord, code: str, now: datetime) -> Statement:
    """Ask to join with a code; remembers the request, so that its grant can be checked later.

    Raises CodeRefused when the text cannot be a code.
    """
    stretched = _stretch(_tidy(code), record.division)
    body: dict[str, Any] = {"v": 1, "node": record.to_dict(), "nonce": os.urandom(16).hex()}
    body["code_proof"] = _proof(stretched, "request", body)
    statement = sign_statement(keys, REQUEST_KIND, body)
    with write():
        Joining.delete().execute()
        Joining.create(request_sha256=_sha256(statement), stretched=stretched, made_at=now)
    return statement


def grant(
    keys: NodeKeys, hall: NodeRecord, asked: Statement, now: datetime, beside: Mapping[str, str] | None = None
) -> Statement:
    """The hall's answer: the node is in the register and gets its certificate.

    beside: short facts for the new node, such as the hash of the catalog's root.
    The same request again gets the same grant, so that a lost answer does not need a new code.
    Raises CodeRefused, EnrolmentRefused, OddKey, BadSignature, BadForm; a wrong code counts as a try
    even though the call fails.
    """
    earlier = EnrolCode.get_or_none(EnrolCode.request_sha256 == _sha256(asked))
    if earlier is not None:
        return Statement.from_json(earlier.grant)
    node, body = _read_request(asked)
    code = _open_code(node.division, body, now)
    _refuse_misfits(node, hall)
    if code.replaces:
        check_replaceable(code.replaces, node, hall.node_id)
    node = replace(node, parent=hall.node_id, node_id=code.replaces or node.node_id)
    certificate, above = certify(keys, node), halls_above(hall)
    answer: dict[str, Any] = {
        "v": 1,
        "at": moment_text(now),
        "request": _sha256(asked),
        "node": node.to_dict(),
        "hall": hall.to_dict(),
        "above": [record.to_dict() for record in above],
        "certificate": base64.b64encode(certificate).decode(),
        "beside": dict(beside or {}),
    }
    answer["code_proof"] = _proof(bytes(code.stretched), "grant", answer)
    statement = sign_statement(keys, GRANT_KIND, answer)
    with write():
        _use(code, _sha256(asked), statement, now)
        if code.replaces:
            withdraw_old_keys(node.node_id, now)
        remember(node, certificate, now)
        note_told(node.node_id, above)
        if code.replaces:
            write_again(keys, hall.node_id, node.node_id, now)
    return statement


def answer_request(
    keys: NodeKeys, hall: NodeRecord, body: bytes, now: datetime, beside: Mapping[str, str] | None = None
) -> bytes:
    """What POST /sync/v1/enrol answers: request bytes in, grant bytes out, both DSSE JSON.

    Raises TooLarge above 16 KiB, and what `grant` raises.
    """
    if len(body) > REQUEST_BYTES_MAX:
        raise TooLarge("加入申请", len(body), REQUEST_BYTES_MAX)
    return grant(keys, hall, Statement.from_json(body), now, beside).to_json().encode()


def accept(keys: NodeKeys, granted: Statement, now: datetime, own_id: str = "") -> Granted:
    """Take the hall's grant: the hall and this node itself stand in the register afterwards.

    own_id: our node id until now. A grant under another one makes us take the place of a dead PC, which
    only a node without any mail can do; its own first id is forgotten then.
    Raises GrantRefused when it does not answer our request or its maker does not know our code.
    """
    try:
        answer = _read_grant(granted)
    except SyncError as error:
        raise GrantRefused(error.why) from error
    if (answer.node.signing_key, answer.node.sealing_key) != (keys.signing_public, keys.sealing_public):
        raise GrantRefused("准入文件里登记的不是本机现在的密钥。")
    is_adopted = own_id not in ("", answer.node.node_id)
    if is_adopted and (OutLetter.select().exists() or Arrival.select().exists()):
        raise GrantRefused("准入文件让本机接替另一台电脑，但本机已经有自己的信件。")
    with write():
        if is_adopted:
            Peer.delete().where(Peer.node_id == own_id).execute()
            PeerKey.delete().where(PeerKey.node_id == own_id).execute()
        for record in (*answer.above, answer.hall):
            remember(record, b"", now)
        remember(answer.node, answer.certificate, now)
    return answer


def introduce(keys: NodeKeys, record: NodeRecord, now: datetime) -> Peer:
    """Put this node itself into its own register, as a hall does at its first start."""
    return remember(record, certify(keys, record), now)


def _read_request(asked: Statement) -> tuple[NodeRecord, dict[str, Any]]:
    """The node that asks, once its signature shows that it holds the key it asks for."""
    claimed = _claimed(asked, REQUEST_KIND, "node")
    body = open_statement(asked, claimed.signing_key, REQUEST_KIND)
    if set(body) != {"v", "node", "nonce", "code_proof"} or body["v"] != 1:
        raise BadForm("加入申请的字段不齐或有多余")
    return claimed, body


def _open_code(division: str, body: dict[str, Any], now: datetime) -> EnrolCode:
    """The open code of a division that the request proves to know; another proof costs a try."""
    code = EnrolCode.get_or_none(EnrolCode.division == division, EnrolCode.used_at.is_null())
    if code is None or code.expires_at <= now or code.tries >= TRIES_MAX:
        raise CodeRefused()
    if not _proves(bytes(code.stretched), "request", body):
        with write():
            EnrolCode.update(tries=EnrolCode.tries + 1).where(EnrolCode.id == code.id).execute()
        raise CodeRefused()
    return code


def _use(code: EnrolCode, request_sha256: str, statement: Statement, now: datetime) -> None:
    used = EnrolCode.update(used_at=now, request_sha256=request_sha256, grant=statement.to_json())
    if used.where(EnrolCode.id == code.id, EnrolCode.used_at.is_null()).execute() != 1:
        raise CodeRefused()  # another request was quicker


def _refuse_misfits(node: NodeRecord, hall: NodeRecord) -> None:
    """Raises EnrolmentRefused when this node may not join this hall under these names and keys."""
    if LEVELS.index(node.level) <= LEVELS.index(hall.level):
        raise EnrolmentRefused("申请的级别不低于本大厅。", "请在新机器上核对级别设置。")
    known = find_peer(node.node_id)
    if node.node_id == hall.node_id or (known is not None and known.division != node.division):
        raise EnrolmentRefused("这个机器编号已登记在别的区划名下。", "请在新机器上重新初始化，取得新的编号。")
    for held in PeerKey.select().where(PeerKey.signing_key == node.signing_key):
        if held.node_id != node.node_id or held.revoked_at is not None:
            raise EnrolmentRefused("这把密钥已登记给别的机器，或者已被停用。", "请在新机器上重新生成密钥。")


def _read_grant(granted: Statement) -> Granted:
    """What a grant says, once hall, code, request and certificate fit together. Raises SyncError."""
    hall = _claimed(granted, GRANT_KIND, "hall")
    body = open_statement(granted, hall.signing_key, GRANT_KIND)
    waiting = Joining.get_or_none(Joining.request_sha256 == str(body.get("request")))
    if waiting is None:
        raise GrantRefused("这份准入文件答复的不是本机最近一次的申请。")
    if not _proves(bytes(waiting.stretched), "grant", body):
        raise GrantRefused("签发准入文件的一方并不知道加入码。")
    node, certificate = NodeRecord.from_dict(body.get("node")), from_base64(body.get("certificate"))
    stated = read_certificate(certificate, hall.signing_key)
    if stated != (node.node_id, node.division, node.signing_key) or node.parent != hall.node_id:
        raise GrantRefused("站点证书与登记内容不一致。")
    above = read_records(body.get("above"))
    check_above(node, hall, above)
    at, beside = read_moment(body.get("at")), _beside(body.get("beside"))
    return Granted(node, hall, tuple(above), certificate, at, beside)


def _claimed(statement: Statement, kind: str, field: str) -> NodeRecord:
    """A record from inside a statement whose signature is still to be checked with that record's key."""
    if statement.kind != kind:
        raise WrongKind(kind, statement.kind)
    return NodeRecord.from_dict(read_json(statement.body_bytes).get(field))


def _beside(value: Any) -> dict[str, str]:
    """The hall's further facts: at most 16, each a short text."""
    if not isinstance(value, dict) or len(value) > BESIDE_MAX:
        raise BadForm("准入文件的附带说明不是有效的形式")
    if not all(isinstance(text, str) and len(text) <= BESIDE_CHARACTERS_MAX for text in value.values()):
        raise BadForm("准入文件的附带说明过长或不是文字")
    return dict(value)


def _tidy(code: str) -> str:
    text = "".join(code.upper().replace("-", " ").split())
    if len(text) != CODE_CHARACTERS or set(text) - set(ALPHABET):
        raise CodeRefused()
    return text


def _stretch(code: str, division: str) -> bytes:
    """32 bytes that stand for a code; making them is slow on purpose, as the code is short."""
    salt = b"yimen-enrol:" + division.encode()
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, maxmem=2**25, dklen=32)


def _proof(stretched: bytes, purpose: str, body: dict[str, Any]) -> str:
    """Hex of what only someone who knows the code can put beside `body`."""
    rest = {name: value for name, value in body.items() if name != "code_proof"}
    message = purpose.encode() + b"\0" + canonical_json(rest)
    return hmac.new(stretched, message, hashlib.sha256).hexdigest()


def _proves(stretched: bytes, purpose: str, body: dict[str, Any]) -> bool:
    given = str(body.get("code_proof")).encode()
    return hmac.compare_digest(_proof(stretched, purpose, body).encode(), given)


def _sha256(statement: Statement) -> str:
    return hashlib.sha256(statement.body_bytes).hexdigest()
