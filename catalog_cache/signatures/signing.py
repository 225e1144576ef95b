"""Who signs what, how many must agree, and how long a signature stays fresh.

A city holds the root keys (2 of 3) and its targets keys (2 of 2); a county holds the keys of its own
role, of snapshot and of timestamp. What a county
shows the city is `CountyKeys`, public halves with a proof that the county holds the private ones.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.signer import Key, Signer, SSlibKey

from catalog_cache.errors import BadHandover

ROOT_KEYS, ROOT_THRESHOLD = 3, 2
CITY_KEYS, CITY_THRESHOLD = 2, 2
LIFETIME = {
    "root": timedelta(days=3 * 365),
    "city": timedelta(days=400),
    "county": timedelta(days=150),
    "snapshot": timedelta(days=90),
    "timestamp": timedelta(days=30),
}
HANDOVER_BYTES_MAX = 64 * 1024
_PURPOSE = b"yimen county keys v1\n"
_COUNTY_KEYS_MAX = 4
_RECEIPT_KEYS_MAX = 16
# y coordinates of the points of small order, canonical or not; a signature under them proves nothing.
_WEAK_POINTS = frozenset(
    bytes.fromhex(y)
    for y in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """Who signs the certificates on receipts, as root.json names it. key: 32 bytes, Ed25519."""

    node_id: str
    division: str
    key: bytes

    def to_dict(self) -> dict[str, str]:
        """The form in root.json, under "yimen"."receipt_keys"."""
        return {"node_id": self.node_id, "division": self.division, "key": self.key.hex()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read one entry. Raises BadHandover."""
        node_id, division, key = (data.get(name) for name in ("node_id", "division", "key"))
        if not (_is_text(r"[0-9a-f]{32}", node_id) and _is_text(r"[0-9]{12}", division)):
            raise BadHandover("凭证签名节点的编号或区划编码写法不对。")
        if not _is_text(r"[0-9a-f]{64}", key):
            raise BadHandover("凭证签名公钥不是 64 位十六进制。")
        return cls(str(node_id), str(division), _strong(bytes.fromhex(str(key))))


@dataclass(frozen=True, slots=True)
class CountySigners:
    """The county's unlocked keys, for the length of one signing."""

    county: tuple[Signer, ...]
    snapshot: Signer
    timestamp: Signer

    def all(self) -> tuple[Signer, ...]:
        """Every signer once."""
        return (*self.county, self.snapshot, self.timestamp)


@dataclass(frozen=True, slots=True)
class CountyKeys:
    """The public halves that a county asks its city to trust. code: the county's 12-digit division."""

    code: str
    county: tuple[Key, ...]
    snapshot: Key
    timestamp: Key
    receipt_keys: tuple[ReceiptKey, ...]

    @classmethod
    def of(cls, code: str, signers: CountySigners, receipt_keys: Sequence[ReceiptKey]) -> Self:
        """The public halves of `signers`."""
        county = tuple(signer.public_key for signer in signers.county)
        snapshot, timestamp = signers.snapshot.public_key, signers.timestamp.public_key
        return cls(code, county, snapshot, timestamp, tuple(receipt_keys))._checked()

    def to_request(self, signers: CountySigners) -> bytes:
        """A file for the city, signed by each key in it so that nobody can pass off another's key."""
        body = self._body()
        signatures = [signer.sign(_PURPOSE + _canonical(body)).to_dict() for signer in signers.all()]
        return _canonical({"body": body, "signatures": signatures})

    @classmethod
    def from_request(cls, raw: bytes) -> Self:
        """Read and check a county's file. Raises BadHandover."""
        document = _json_object(raw, HANDOVER_BYTES_MAX)
        try:
            keys = cls._from_body(document["body"])
            proofs = {entry["keyid"]: bytes.fromhex(entry["sig"]) for entry in document["signatures"]}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadHandover("密钥申请文件的格式不对。") from error
        message = _PURPOSE + _canonical(keys._body())
        for key in {*keys.county, keys.snapshot, keys.timestamp}:
            _prove(key, proofs.get(key.keyid, b""), message)
        return keys._checked()

    def _body(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "county": [_key_dict(key) for key in self.county],
            "snapshot": _key_dict(self.snapshot),
            "timestamp": _key_dict(self.timestamp),
            "receipt_keys": [key.to_dict() for key in self.receipt_keys],
        }

    @classmethod
    def _from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(
            str(body["code"]),
            tuple(_key_from_dict(entry) for entry in body["county"]),
            _key_from_dict(body["snapshot"]),
            _key_from_dict(body["timestamp"]),
            tuple(ReceiptKey.from_dict(entry) for entry in body["receipt_keys"]),
        )

    def _checked(self) -> Self:
        if not re.fullmatch(r"[0-9]{12}", self.code):
            raise BadHandover("区划编码应为 12 位数字。")
        if not 1 <= len({key.keyid for key in self.county}) == len(self.county) <= _COUNTY_KEYS_MAX:
            raise BadHandover(f"县级签名密钥应为 1 到 {_COUNTY_KEYS_MAX} 把，且不能重复。")
        if len(self.receipt_keys) > _RECEIPT_KEYS_MAX:
            raise BadHandover(f"凭证签名公钥最多 {_RECEIPT_KEYS_MAX} 把。")
        return self


def county_role(code: str) -> str:
    """The delegated role of a county, named by its 12-digit division code."""
    return f"county-{code}"


def county_path(code: str, name: str) -> str:
    """The signed path of one of a county's files."""
    return f"county/{code}/{name}"


def _key_dict(key: Key) -> dict[str, Any]:
    return {"keyid": key.keyid, **key.to_dict()}


def _key_from_dict(data: Mapping[str, Any]) -> Key:
    """A public key, only of our scheme and under its true id."""
    if data["keytype"] != "ed25519" or data["scheme"] != "ed25519":
        raise BadHandover("只接受 Ed25519 密钥。")
    raw = _strong(bytes.fromhex(data["keyval"]["public"]))
    key = SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(raw))
    if key.keyid != data["keyid"]:
        raise BadHandover("密钥编号与密钥不符。")
    return key


def _strong(raw: bytes) -> bytes:
    if raw[:-1] + bytes([raw[-1] & 0x7F]) in _WEAK_POINTS:
        raise BadHandover("这是一把弱密钥，谁都能冒用它签名。")
    return raw


def _prove(key: Key, signature: bytes, message: bytes) -> None:
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.keyval["public"]))
    try:
        public.verify(signature, message)
    except InvalidSignature as error:
        raise BadHandover(f"没有证明持有密钥 {key.keyid[:16]}。") from error


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _json_object(raw: bytes, size_bytes_max: int) -> dict[str, Any]:
    if len(raw) > size_bytes_max:
        raise BadHandover(f"文件超过 {size_bytes_max} 字节。")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadHandover("文件不是 JSON。") from error
    if not isinstance(document, dict):
        raise BadHandover("文件不是 JSON 对象。")
    return document


def _is_text(pattern: str, value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None
