"""Small things a node keeps for itself: its secret keys, and short notes such as which root it trusts.

Secrets lie under the node key once more. On SQLite the file is encrypted already; on PostgreSQL this
second lock is the only one, so that a database administrator cannot sign in the node's name.
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


class KeptNote(Row):
    """One short text by name; nothing secret."""

    name = peewee.CharField(max_length=64, primary_key=True)
    text = peewee.CharField(max_length=400)


TABLES: tuple[type[Row], ...] = (KeptSecret, KeptNote)


def keep_secret(node_key: bytes, name: str, secret: bytes) -> None:
    """Store or replace one secret."""
    nonce = os.urandom(12)
    sealed = nonce + AESGCM(node_key).encrypt(nonce, secret, name.encode())
    with write():
        KeptSecret.delete().where(KeptSecret.name == name).execute()
        KeptSecret.create(name=name, sealed=sealed)


def forget_secret(name: str) -> None:
    """Remove one secret."""
    KeptSecret.delete().where(KeptSecret.name == name).execute()


def secret(node_key: bytes, name: str) -> bytes | None:
    """One secret, or None. Raises DatabaseRefused when it was made under another node key."""
    row = KeptSecret.get_or_none(KeptSecret.name == name)
    if row is None:
        return None
    sealed = bytes(row.sealed)
    try:
        return AESGCM(node_key).decrypt(sealed[:12], sealed[12:], name.encode())
    except InvalidTag as error:
        raise DatabaseRefused("这个数据库属于另一个站点，钥匙对不上。") from error


def keep_note(name: str, text: str) -> None:
    """Store or replace one note; an empty text removes it."""
    with write():
        KeptNote.delete().where(KeptNote.name == name).execute()
        if text:
            KeptNote.create(name=name, text=text[:400])


def note(name: str) -> str:
    """One note, "" when there is none."""
    row = KeptNote.get_or_none(KeptNote.name == name)
    return "" if row is None else str(row.text)
