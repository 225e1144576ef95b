"""Payloads and files that only the recipient reads.

A payload is compressed, then sealed with AES-256-GCM-SIV under the stream key of its epoch; the
number in the stream is the nonce. SIV, because a copied disk would use a number twice: then an
observer learns at most whether two letters are the same, and keys and contents stay safe. The
stream key is wrapped to the recipient once an epoch (HPKE). A file has a key of its own, which
travels inside a payload.
"""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from sync.canonical import canonical_json
from sync.codec import Dictionary, compress, decompress
from sync.dictionary import needed_by
from sync.errors import CannotOpen
from sync.keys import NodeKeys, pae, seal_to

WRAP_INFO = "application/vnd.yimen.stream-key"
PAYLOAD_INFO = "application/vnd.yimen.payload"
FILE_INFO = b"application/vnd.yimen.file"
KEY_BYTES = 32
TAG_BYTES = 16
_FILE_NONCE = bytes(12)  # a file key seals one file


@dataclass(frozen=True)
class Address:
    """What a stream key and every payload under it are bound to."""

    sender: str
    instance: str
    recipient: str
    epoch: int

    def bind(self, purpose: str) -> bytes:
        """The bytes that stand for this address in one use of it."""
        return pae(purpose, canonical_json([self.sender, self.instance, self.recipient, self.epoch]))


def new_key() -> bytes:
    """32 bytes from the system's random source."""
    return os.urandom(KEY_BYTES)


def wrap_key(key: bytes, address: Address, sealing_public: bytes) -> tuple[str, bytes]:
    """The stream key sealed to the recipient: name of the KEM, and enc + ciphertext + tag. Raises OddKey."""
    return seal_to(sealing_public, key, address.bind(WRAP_INFO))


def unwrap_key(keys: NodeKeys, kem: str, wrapped: bytes, address: Address) -> bytes:
    """The stream key. Raises CannotOpen."""
    key = keys.unseal(kem, wrapped, address.bind(WRAP_INFO))
    if len(key) != KEY_BYTES:
        raise CannotOpen("封好的密钥")
    return key


def seal_payload(
    key: bytes, address: Address, seq: int, plain: bytes, dictionary: Dictionary | None = None
) -> bytes:
    """Compressed and sealed; the same arguments give the same bytes."""
    packed = compress(plain, dictionary=dictionary)
    return AESGCMSIV(key).encrypt(seq.to_bytes(12), packed, address.bind(PAYLOAD_INFO))


def open_payload(key: bytes, address: Address, seq: int, sealed: bytes, size_bytes: int) -> bytes:
    """The plain payload, which must be `size_bytes` long.

    Raises CannotOpen, NoSuchDictionary, TooLarge, BadForm.
    """
    try:
        packed = AESGCMSIV(key).decrypt(seq.to_bytes(12), sealed, address.bind(PAYLOAD_INFO))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("信封里的内容") from error
    plain = decompress(packed, size_bytes, "信封里的内容", needed_by(packed))
    if len(plain) != size_bytes:
        raise CannotOpen("信封里的内容")
    return plain


def seal_file(data: bytes) -> tuple[bytes, bytes]:
    """A fresh key, and the file sealed under it (16 bytes longer)."""
    key = new_key()
    return key, AESGCMSIV(key).encrypt(_FILE_NONCE, data, FILE_INFO)


def open_file(key: bytes, sealed: bytes) -> bytes:
    """The plain file. Raises CannotOpen."""
    try:
        return AESGCMSIV(key).decrypt(_FILE_NONCE, sealed, FILE_INFO)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("附件") from error
