"""Everything that is left to chance, drawn from one seed.

The mail takes its keys, salts, nonces and names from the system's random source; inside `seeded` it
gets them from a generator instead, in this process only. The library's HPKE cannot be told its chance,
so the sender's side of it is written out here (RFC 9180, base mode, X25519); the recipient's side stays
the library's, which is how we know that this one is right.
"""

import hashlib
import hmac
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from random import Random
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync import sealing
from sync.keys import CLASSIC, NodeKeys

_KEM_ID, _KDF_ID, _AEAD_ID = b"\x00\x20", b"\x00\x01", b"\x00\x02"
_KEM_SUITE = b"KEM" + _KEM_ID
_SUITE = b"HPKE" + _KEM_ID + _KDF_ID + _AEAD_ID


@contextmanager
def seeded(seed: str) -> Iterator[None]:
    """Inside, nothing that the mail does depends on anything but `seed`."""
    source = Random(seed)  # noqa: S311
    with (
        patch.object(os, "urandom", source.randbytes),
        patch.object(random, "_urandom", source.randbytes),  # what `secrets` draws from
        patch.object(sealing, "seal_to", seal_to),
    ):
        yield


@lru_cache(maxsize=256)
def keys_of(number: int) -> NodeKeys:
    """The keys of the node with that number; the same ones in every run."""
    source = Random(f"keys {number}")  # noqa: S311
    return NodeKeys(source.randbytes(32), source.randbytes(32), None)


def seal_to(public: bytes, plaintext: bytes, info: bytes) -> tuple[str, bytes]:
    """As `keys.seal_to` for a plain X25519 key, with chance from os.urandom."""
    ephemeral = X25519PrivateKey.from_private_bytes(os.urandom(32))
    enc = ephemeral.public_key().public_bytes_raw()
    shared = _encapsulate(ephemeral.exchange(X25519PublicKey.from_public_bytes(public)), enc + public)
    context = b"\x00" + _extract(_SUITE, b"", b"psk_id_hash", b"") + _extract(_SUITE, b"", b"info_hash", info)
    secret = _extract(_SUITE, shared, b"secret", b"")
    key = _expand(_SUITE, secret, b"key", context, 32)
    nonce = _expand(_SUITE, secret, b"base_nonce", context, 12)
    return CLASSIC, enc + AESGCM(key).encrypt(nonce, plaintext, b"")


def _encapsulate(agreed: bytes, context: bytes) -> bytes:
    prk = _extract(_KEM_SUITE, b"", b"eae_prk", agreed)
    return _expand(_KEM_SUITE, prk, b"shared_secret", context, 32)


def _extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, hashlib.sha256)


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, size_bytes: int) -> bytes:
    labelled = size_bytes.to_bytes(2) + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\x01", hashlib.sha256)[:size_bytes]
