"""Who may read the lines of a bundle: its addressee, and whom the addressee gives the key of this one.

The lines name who wrote about which matter and when; on a lost stick nobody is to see that. They are
sealed under a fresh key, which the label carries wrapped to the addressee. AES-GCM encrypts as AES-CTR
does from counter 2 on, so that openssl alone opens them for a stranger who was given the key; the
bundle's own seal, which covers all bytes, takes the place of the tag there.
"""

import base64
from dataclasses import dataclass
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.canonical import canonical_json, read_json
from sync.codec import LEVEL_STORED, compress, decompress, from_base64, is_hex
from sync.errors import BadForm, CannotOpen
from sync.keys import ENC_BYTES, NodeKeys, pae, seal_to
from sync.sealing import KEY_BYTES, TAG_BYTES, new_key

KEY_INFO = "application/vnd.yimen.bundle-key"
LINES_INFO = "application/vnd.yimen.bundle-lines"
LABEL_BYTES_MAX = 8 * 1024
LINES_BYTES_MAX = 16 * 1024**2
_NONCE = bytes(12)  # a bundle's key seals its lines and nothing else
_FIELDS = {"v", "from", "to", "kem", "enc"}


@dataclass(frozen=True)
class Label:
    """What everybody may read of a bundle. enc: its key, wrapped to the recipient under `kem`."""

    sender: str
    recipient: str
    kem: str
    enc: bytes

    def to_line(self) -> bytes:
        """The one line that `zstd -dc` prints."""
        enc = base64.b64encode(self.enc).decode()
        fields = {"v": 1, "from": self.sender, "to": self.recipient, "kem": self.kem, "enc": enc}
        return canonical_json({"bundle": fields}) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Raises BadForm."""
        if not line.endswith(b"\n"):
            raise BadForm("U 盘包的标签没有写完")
        value = read_json(line[:-1]).get("bundle")
        if not isinstance(value, dict) or set(value) != _FIELDS or value["v"] != 1:
            raise BadForm("U 盘包标签的字段或版本不对")
        if not is_hex(value["from"], 32) or not is_hex(value["to"], 32):
            raise BadForm("U 盘包标签的收发方不对")
        return cls(value["from"], value["to"], *_read_enc(value["kem"], value["enc"]))

    def bind(self, purpose: str) -> bytes:
        """The bytes that tie key and lines to sender and recipient."""
        return pae(purpose, canonical_json([self.sender, self.recipient]))


def seal_lines(lines: bytes, sender: str, recipient: str, sealing_public: bytes) -> tuple[Label, bytes]:
    """The label, and the lines compressed and sealed under a fresh key. Raises OddKey."""
    key, bare = new_key(), Label(sender, recipient, "", b"")
    kem, enc = seal_to(sealing_public, key, bare.bind(KEY_INFO))
    sealed = AESGCM(key).encrypt(_NONCE, compress(lines, LEVEL_STORED), bare.bind(LINES_INFO))
    return Label(sender, recipient, kem, enc), sealed


def bundle_key(keys: NodeKeys, label: Label) -> bytes:
    """The 32 bytes that open the lines of this bundle, for its recipient. Raises CannotOpen."""
    key = keys.unseal(label.kem, label.enc, label.bind(KEY_INFO))
    if len(key) != KEY_BYTES:
        raise CannotOpen("U 盘包的信件清单")
    return key


def open_lines(key: bytes, label: Label, sealed: bytes) -> bytes:
    """The JSON lines. Raises CannotOpen, TooLarge, BadForm."""
    try:
        packed = AESGCM(key).decrypt(_NONCE, sealed, label.bind(LINES_INFO))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("U 盘包的信件清单") from error
    return decompress(packed, LINES_BYTES_MAX, "U 盘包的信件清单")


def _read_enc(kem: Any, enc: Any) -> tuple[str, bytes]:
    if not isinstance(kem, str) or kem not in ENC_BYTES or not isinstance(enc, str):
        raise BadForm("U 盘包标签里封好的密钥不对")
    data = from_base64(enc)
    if len(data) != ENC_BYTES[kem] + KEY_BYTES + TAG_BYTES:
        raise BadForm("U 盘包标签里封好的密钥长度不对")
    return kem, data
