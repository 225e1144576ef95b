"""One signed event: a header that anybody may check, and a sealed payload that the recipient opens.

The signature covers the exact header bytes (canonical JSON) under `pae`. The header names the
sealed bytes by their hash: a relay verifies what it carries without opening it, and a resident's
data can be erased later while the chain still verifies. The hash of
the header bytes is the envelope's name and the `prev` of the one that follows.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from sync.canonical import canonical_json, read_json
from sync.clock import Proof
from sync.codec import from_base64, is_hex
from sync.errors import BadForm, BadSignature, TooLarge, WrongKey
from sync.keys import ENC_BYTES, NodeKeys, key_id_of, pae, verify
from sync.limits import (
    CARRIED_BYTES_MAX,
    FILE_BYTES_MAX,
    FILES_PER_LETTER_MAX,
    HEADER_BYTES_MAX,
    PAYLOAD_BYTES_MAX,
)
from sync.moments import read_moment

ENVELOPE_KIND = "application/vnd.yimen.envelope+json"
SUITE = "ed25519-sha256"
RETURNED_KIND = "mail.returned"  # carries another envelope back to its writer
FIRST_PREV = "0" * 64
SEALED_FILE_BYTES_MAX = FILE_BYTES_MAX + 64
EPOCH_MAX = 2**31 - 1  # what an integer column of PostgreSQL holds
_KIND = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_SUBJECT = re.compile(r"[0-9A-Za-z_.-]{0,64}")
_HEX_FIELDS = {"key": 16, "from": 32, "instance": 16, "to": 32, "prev": 64}
_PLAIN_FIELDS = {"key", "instance", "seq", "prev", "kind", "subject", "catalog", "made_at", "proof"}
_PLAIN_FIELDS |= {"size"}
_FIELDS = _PLAIN_FIELDS | {"v", "suite", "from", "to", "files", "seal"}


@dataclass(frozen=True)
class FileEntry:
    """One attachment as the header names it: a neutral name, and size and SHA-256 of the sealed bytes."""

    name: str
    size: int
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the header."""
        return {"name": self.name, "sha256": self.sha256, "size": self.size}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Raises BadForm."""
        if not isinstance(value, dict) or set(value) != {"name", "sha256", "size"}:
            raise BadForm("信封的附件清单字段不对")
        _expect(is_hex(value["sha256"], 64), "信封的附件哈希不对")
        _expect(_is_count(value["size"], SEALED_FILE_BYTES_MAX), "信封的附件大小不对")
        _expect(isinstance(value["name"], str) and len(value["name"]) <= 64, "信封的附件名不对")
        return cls(value["name"], value["size"], value["sha256"])


@dataclass(frozen=True)
class Seal:
    """How the payload is sealed. The wrapped stream key stands in the first envelope of an epoch only.

    sha256: of the sealed bytes. enc: what `keys.seal_to` made.
    """

    epoch: int
    sha256: str
    kem: str | None = None
    enc: bytes | None = None

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the header."""
        fields: dict[str, Any] = {"epoch": self.epoch, "sha256": self.sha256}
        if self.kem is not None and self.enc is not None:
            fields |= {"kem": self.kem, "enc": base64.b64encode(self.enc).decode()}
        return fields

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Raises BadForm."""
        if not isinstance(value, dict) or set(value) - {"epoch", "sha256", "kem", "enc"}:
            raise BadForm("信封的封装字段不对")
        _expect(_is_count(value.get("epoch"), EPOCH_MAX), "信封的密钥期号不对")
        _expect(is_hex(value.get("sha256"), 64), "信封的密文哈希不对")
        if "kem" not in value and "enc" not in value:
            return cls(value["epoch"], value["sha256"])
        kem, enc = value.get("kem"), value.get("enc")
        if not isinstance(kem, str) or not isinstance(enc, str) or kem not in ENC_BYTES:
            raise BadForm("信封的封装方式不认识")
        return cls(value["epoch"], value["sha256"], kem, _encapsulated(enc, ENC_BYTES[kem] + 48))


@dataclass(frozen=True)
class Header:
    """What the signature covers. Field names are those of the JSON, but for `sender` (from) and
    `recipient` (to). made_at: seconds, UTC. size: of the plain payload.

    again: the hash of the envelope that first carried this letter, when a stream had to be opened
    anew (fork, restored backup) and the letter was put into it again; it takes effect once.
    """

    key: str
    sender: str
    instance: str
    recipient: str
    seq: int
    prev: str
    kind: str
    subject: str
    catalog: int
    made_at: str
    proof: str
    size: int
    files: tuple[FileEntry, ...]
    seal: Seal
    again: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The header as its JSON object."""
        fields = {name: getattr(self, name) for name in _PLAIN_FIELDS}
        fields |= {"v": 1, "suite": SUITE, "from": self.sender, "to": self.recipient}
        fields |= {"files": [entry.to_dict() for entry in self.files], "seal": self.seal.to_dict()}
        return fields if self.again is None else fields | {"again": self.again}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        """Read and check every field. Raises BadForm."""
        if set(value) - {"again"} != _FIELDS:
            raise BadForm("信封的字段不全或多余")
        _expect(
            value["v"] == 1 and value["v"] is not True and value["suite"] == SUITE,
            "信封的版本或签名算法不认识",
        )
        _check_chain(value)
        _check_content(value)
        names = {name: value[name] for name in _PLAIN_FIELDS}
        return cls(
            sender=value["from"],
            recipient=value["to"],
            files=tuple(FileEntry.from_dict(entry) for entry in value["files"]),
            seal=Seal.from_dict(value["seal"]),
            again=value.get("again"),
            **names,
        )


@dataclass(frozen=True)
class Envelope:
    """Header bytes, their signature, and the sealed payload. Unverified until `check_envelope`."""

    header: bytes
    signature: bytes
    sealed: bytes

    @cached_property
    def fields(self) -> Header:
        """The header, read. Raises BadForm, TooLarge."""
        if len(self.header) > HEADER_BYTES_MAX:
            raise TooLarge("信封头", len(self.header), HEADER_BYTES_MAX)
        return Header.from_dict(read_json(self.header))

    @cached_property
    def hash(self) -> str:
        """The envelope's name: SHA-256 of the header bytes, hex."""
        return hashlib.sha256(self.header).hexdigest()


def sign_envelope(keys: NodeKeys, header: Header, sealed: bytes) -> Envelope:
    """Close an envelope. The header must name `keys` and the hash of `sealed`.

    Raises BadForm for a header that nobody would accept.
    """
    fields = header.to_dict()
    Header.from_dict(fields)
    data = canonical_json(fields)
    return Envelope(data, keys.sign(pae(ENVELOPE_KIND, data)), sealed)


def check_envelope(envelope: Envelope, public: bytes) -> Header:
    """The header, once key, signature and sealed bytes are the expected ones.

    public: the sender's 32 bytes from our own register. Raises BadForm, WrongKey, BadSignature.
    """
    header = envelope.fields
    if header.key != key_id_of(public):
        raise WrongKey(key_id_of(public), header.key)
    if not verify(public, envelope.signature, pae(ENVELOPE_KIND, envelope.header)):
        raise BadSignature("信封")
    if hashlib.sha256(envelope.sealed).hexdigest() != header.seal.sha256:
        raise BadSignature("信封里的内容")
    return header


def _check_chain(value: dict[str, Any]) -> None:
    for name, chars in _HEX_FIELDS.items():
        _expect(is_hex(value[name], chars), f"信封的 {name} 不对")
    _expect(_is_count(value["seq"], 2**53 - 1) and value["seq"] > 0, "信封的流水号不对")
    _expect((value["seq"] == 1) == (value["prev"] == FIRST_PREV), "信封的前一封哈希不对")
    _expect("again" not in value or is_hex(value["again"], 64), "信封的原信封哈希不对")


def _check_content(value: dict[str, Any]) -> None:
    _expect(isinstance(value["kind"], str) and _KIND.fullmatch(value["kind"]) is not None, "信封的种类不对")
    subject = value["subject"]
    _expect(isinstance(subject, str) and _SUBJECT.fullmatch(subject) is not None, "信封的事由编号不对")
    _expect(_is_count(value["catalog"], 2**53 - 1), "信封的目录版本不对")
    most = CARRIED_BYTES_MAX if value["kind"] == RETURNED_KIND else PAYLOAD_BYTES_MAX
    _expect(_is_count(value["size"], most), "信封的内容大小不对")
    _expect(value["proof"] in list(Proof), "信封的时间依据不认识")
    _expect(isinstance(value["files"], list), "信封的附件清单不对")
    _expect(len(value["files"]) <= FILES_PER_LETTER_MAX, "信封的附件太多")
    read_moment(value["made_at"])


def _expect(is_right: bool, detail: str) -> None:
    if not is_right:
        raise BadForm(detail)


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _encapsulated(text: str, size_bytes: int) -> bytes:
    data = from_base64(text)
    if len(data) != size_bytes:
        raise BadForm("信封的封装密钥长度不对")
    return data
