"""Small secrets of the node itself (its signing and sealing keys), kept under the node key.

On SQLite the file is encrypted already; on PostgreSQL this second lock is the only one, so that a
database administrator cannot sign in the node's name.
"""

import os

import peewee
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from station.errors import DatabaseRefused
from sync.rows import Row, write


class KeptSecret(Row):
    """One secret by name; sealed = 12 bytes of nonce, then AES-GCM under the node key."""

    name = peewee.CharField(max_length=64, primary_key=True)
    sealed = peewee.BlobField()


TABLES: tuple[type[Row], ...] = (KeptSecret,)


def keep(node_key: bytes, name: str, secret: bytes) -> None:
    """Store or replace one secret."""
    nonce = os.urandom(12)
    sealed = nonce + AESGCM(node_key).encrypt(nonce, secret, name.encode())
    with write():
        KeptSecret.delete().where(KeptSecret.name == name).execute()
        KeptSecret.create(name=name, sealed=sealed)


def find(node_key: bytes, name: str) -> bytes | None:
    """One secret, or None. Raises DatabaseRefused when it was made under another node key."""
    row = KeptSecret.get_or_none(KeptSecret.name == name)
    if row is None:
        return None
    sealed = bytes(row.sealed)
    try:
        return AESGCM(node_key).decrypt(sealed[:12], sealed[12:], name.encode())
    except InvalidTag as error:
        raise DatabaseRefused("这个数据库属于另一个站点，钥匙对不上。") from error
