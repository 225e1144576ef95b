"""What a node proves with and opens with: one Ed25519 signing key and one HPKE sealing key.

There is one signing form in the whole product: the DSSE pre-authentication encoding `pae` over
exact bytes; a signed dict travels as a Statement, in the standard DSSE JSON form, so that a
stranger's tool can check it. Sealing is HPKE (RFC 9180) with ML-KEM-768 + X25519, or plain X25519
where a library lacks ML-KEM; the name of the one used travels with what was sealed.
"""

import base64
import hashlib
import json
import os
import re
from dataclasses import dataclass
from typing import Any, Self

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from sync.canonical import canonical_json, read_json
from sync.codec import from_base64
from sync.curve import is_canonical_prime_order
from sync.errors import BadForm, BadSignature, CannotOpen, OddKey, TooLarge, WrongKey, WrongKind

HYBRID = "mlkem768-x25519"
CLASSIC = "x25519"
ENC_BYTES = {HYBRID: 1120, CLASSIC: 32}
_KEM = {HYBRID: hpke.KEM.MLKEM768_X25519, CLASSIC: hpke.KEM.X25519}
STATEMENT_BYTES_MAX = 1024 * 1024
_MAGIC = b"YMK1"
_MLKEM_PUBLIC_BYTES = 1184
_MEDIA_TYPE = re.compile(r"[a-z0-9./+-]{1,100}")
_KEY_ID = re.compile(r"[0-9a-f]{16}")


class NodeKeys:
    """The private keys of one node. `to_bytes` is a secret: it is kept only inside the vault."""

    def __init__(self, signing_seed: bytes, x25519_secret: bytes, mlkem_seed: bytes | None) -> None:
        """signing_seed, x25519_secret: 32 bytes each; mlkem_seed: 64 bytes, or None for plain X25519."""
        self._seeds = (signing_seed, x25519_secret, mlkem_seed or b"")
        self._signer = Ed25519PrivateKey.from_private_bytes(signing_seed)
        self._x25519 = X25519PrivateKey.from_private_bytes(x25519_secret)
        self._mlkem = None if mlkem_seed is None else MLKEM768PrivateKey.from_seed_bytes(mlkem_seed)
        self.beside: tuple[NodeKeys, ...] = ()  # earlier or next ones of the same node; they open, too
        self.signing_public: bytes = self._signer.public_key().public_bytes_raw()
        self.key_id: str = key_id_of(self.signing_public)

    @classmethod
    def generate(cls) -> Self:
        """Fresh keys from the system's random source."""
        return cls(os.urandom(32), os.urandom(32), os.urandom(64) if _has_mlkem() else None)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Keys from `to_bytes`. Raises BadForm."""
        if data[:4] != _MAGIC or len(data) not in (68, 132):
            raise BadForm("密钥文件的长度或开头不对")
        return cls(data[4:36], data[36:68], data[68:] or None)

    def to_bytes(self) -> bytes:
        """68 or 132 secret bytes: magic, Ed25519 seed, X25519 secret, ML-KEM seed."""
        return _MAGIC + b"".join(self._seeds)

    @property
    def sealing_public(self) -> bytes:
        """1,216 bytes (ML-KEM-768 then X25519), or 32 bytes of X25519 alone."""
        x25519 = self._x25519.public_key().public_bytes_raw()
        return x25519 if self._mlkem is None else self._mlkem.public_key().public_bytes_raw() + x25519

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519 over `message` as it is; pass it through `pae` first."""
        return self._signer.sign(message)

    def unseal(self, kem: str, sealed: bytes, info: bytes) -> bytes:
        """Open what `seal_to` made for our public key, or for one beside it, under the same `info`.

        Raises CannotOpen.
        """
        for keys in (self, *self.beside):
            try:
                return keys._unseal(kem, sealed, info)
            except CannotOpen:
                continue
        raise CannotOpen("封好的密钥")

    def _unseal(self, kem: str, sealed: bytes, info: bytes) -> bytes:
        if kem not in _KEM or (kem == HYBRID and self._mlkem is None) or len(sealed) < ENC_BYTES[kem] + 16:
            raise CannotOpen("封好的密钥")
        private: X25519PrivateKey | hpke.MLKEM768X25519PrivateKey = self._x25519
        if kem == HYBRID and self._mlkem is not None:
            private = hpke.MLKEM768X25519PrivateKey(self._mlkem, self._x25519)
        try:
            return _suite(kem).decrypt(sealed, private, info=info)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("封好的密钥") from error


def seal_to(public: bytes, plaintext: bytes, info: bytes) -> tuple[str, bytes]:
    """Seal `plaintext` to a `sealing_public`; returns the name of the KEM and enc + ciphertext + tag.

    A sender whose library lacks ML-KEM seals to the X25519 part of a hybrid key.
    Raises OddKey for a key that `accept_sealing_key` would refuse.
    """
    kem = HYBRID if len(public) != 32 and _has_mlkem() else CLASSIC
    try:
        return kem, _suite(kem).encrypt(plaintext, _load_sealing(public, kem), info=info)
    except ValueError as error:
        raise OddKey("加密公钥的长度或内容不对") from error


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` (64 bytes) is by `public` (32 bytes, accepted before) over `message`."""
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id_of(signing_public: bytes) -> str:
    """16 hex characters that name a signing key."""
    return hashlib.sha256(signing_public).hexdigest()[:16]


def pae(kind: str, body: bytes) -> bytes:
    """The bytes that are signed: DSSE v1, each part preceded by its length in bytes."""
    name = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(body), body)


def accept_public_key(raw: bytes) -> bytes:
    """A signing key from outside, unchanged, if signatures under it can mean anything.

    `cryptography` loads small-order keys and then accepts forged signatures under them, so a key
    must be canonical and of prime order. Raises OddKey.
    """
    if len(raw) != 32:
        raise OddKey("签名公钥应为 32 字节")
    if not is_canonical_prime_order(raw):
        raise OddKey("签名公钥不是规范的素数阶点，用它签的名可以伪造")
    return raw


def accept_sealing_key(raw: bytes) -> bytes:
    """A sealing key from outside, unchanged, if it opens for its owner alone. Raises OddKey."""
    if len(raw) not in (32, _MLKEM_PUBLIC_BYTES + 32):
        raise OddKey("加密公钥应为 32 或 1216 字节")
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(raw[-32:]))
        if len(raw) > 32 and _has_mlkem():
            MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_BYTES])
    except ValueError as error:
        raise OddKey("加密公钥是低阶点或内容不对") from error
    return raw


@dataclass(frozen=True)
class Statement:
    """`body_bytes` of `kind`, signed by the key named `key_id`. Not verified until `open_statement`."""

    kind: str
    body_bytes: bytes
    key_id: str
    signature: bytes

    def to_dict(self) -> dict[str, Any]:
        """The DSSE envelope as a dict, to stand inside other JSON."""
        signature = {"keyid": self.key_id, "sig": base64.b64encode(self.signature).decode()}
        payload = base64.b64encode(self.body_bytes).decode()
        return {"payloadType": self.kind, "payload": payload, "signatures": [signature]}

    def to_json(self) -> str:
        """The DSSE envelope as canonical JSON text."""
        return canonical_json(self.to_dict()).decode()

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Read a DSSE envelope with one signature. Raises BadForm, TooLarge."""
        try:
            kind, payload, [signature] = value["payloadType"], value["payload"], value["signatures"]
            key_id, text = signature["keyid"], signature["sig"]
        except (KeyError, TypeError, ValueError) as error:
            raise BadForm("不是带一个签名的 DSSE 文件") from error
        if not all(isinstance(part, str) for part in (kind, payload, key_id, text)):
            raise BadForm("DSSE 文件的字段应为文字")
        if len(payload) > STATEMENT_BYTES_MAX:
            raise TooLarge("签名文件", len(payload), STATEMENT_BYTES_MAX)
        if _MEDIA_TYPE.fullmatch(kind) is None or _KEY_ID.fullmatch(key_id) is None:
            raise BadForm("签名文件的种类或密钥编号不是有效的写法")
        return cls(kind, from_base64(payload), key_id, from_base64(text))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a DSSE envelope from JSON text. Raises BadForm, TooLarge."""
        if len(text) > STATEMENT_BYTES_MAX:
            raise TooLarge("签名文件", len(text), STATEMENT_BYTES_MAX)
        try:
            return cls.from_dict(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise BadForm("签名文件不是有效的 JSON") from error


def sign_statement(keys: NodeKeys, kind: str, body: dict[str, Any]) -> Statement:
    """Sign `body` as `kind`, a media type such as application/vnd.yimen.ack+json."""
    data = canonical_json(body)
    return Statement(kind, data, keys.key_id, keys.sign(pae(kind, data)))


def open_statement(statement: Statement, public: bytes, kind: str) -> dict[str, Any]:
    """The body, once kind, key and signature are the expected ones.

    public: the signer's 32 bytes from our own records, never from the statement.
    Raises WrongKind, WrongKey, BadSignature, BadForm.
    """
    if statement.kind != kind:
        raise WrongKind(kind, statement.kind)
    if statement.key_id != key_id_of(public):
        raise WrongKey(key_id_of(public), statement.key_id)
    if not verify(public, statement.signature, pae(kind, statement.body_bytes)):
        raise BadSignature("签名文件")
    return read_json(statement.body_bytes)


def _load_sealing(public: bytes, kem: str) -> X25519PublicKey | hpke.MLKEM768X25519PublicKey:
    x25519 = X25519PublicKey.from_public_bytes(public[-32:])
    if kem == CLASSIC:
        return x25519
    return hpke.MLKEM768X25519PublicKey(MLKEM768PublicKey.from_public_bytes(public[:-32]), x25519)


def _suite(kem: str) -> hpke.Suite:
    return hpke.Suite(_KEM[kem], hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def _has_mlkem() -> bool:
    try:
        MLKEM768PrivateKey.from_seed_bytes(bytes(64))
    except UnsupportedAlgorithm:
        return False
    return True
