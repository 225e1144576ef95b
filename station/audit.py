"""Who did what, when: an append-only log in which each line holds the hash of the line before.

Written in the transaction of the act itself. A line taken out or changed breaks the chain from
there on, which `broken_at` and `yimen doctor` show. No resident's name or number goes in here:
`subject` is a case id, an account name or a file name.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

import peewee

from sync.moments import MomentField, moment_text
from sync.rows import Row, write

FIRST = "0" * 64
DETAIL_LENGTH_MAX = 4000


class AuditLine(Row):
    """One act. hash covers every other column and the hash of the line before."""

    number = peewee.BigIntegerField(primary_key=True)
    at = MomentField(index=True)
    account = peewee.CharField(max_length=64)
    act = peewee.CharField(max_length=64, index=True)
    subject = peewee.CharField(max_length=200, index=True)
    detail = peewee.TextField()
    previous = peewee.CharField(max_length=64)
    hash = peewee.CharField(max_length=64)


TABLES: tuple[type[Row], ...] = (AuditLine,)


def record(account: str, act: str, subject: str = "", *, now: datetime, **detail: Any) -> AuditLine:
    """Add one line, inside the caller's transaction where there is one.

    act: a dotted name such as "account.added"; detail: small JSON values without personal data.
    """
    with write():
        _one_writer_at_a_time()
        last = AuditLine.select().order_by(AuditLine.number.desc()).first()
        line = AuditLine(
            number=1 if last is None else last.number + 1,
            at=now,
            account=account[:64],
            act=act,
            subject=subject[:200],
            detail=_short_json(detail),
            previous=FIRST if last is None else last.hash,
        )
        line.hash = _hash(line)
        line.save(force_insert=True)
        return line


def broken_at() -> int | None:
    """The number of the first line that does not fit the one before it, or None."""
    previous, expected = FIRST, 1
    for line in AuditLine.select().order_by(AuditLine.number).iterator():
        if line.number != expected or line.previous != previous or line.hash != _hash(line):
            return int(expected)
        previous, expected = line.hash, expected + 1
    return None


def _hash(line: AuditLine) -> str:
    parts = [
        line.number,
        moment_text(line.at),
        line.account,
        line.act,
        line.subject,
        line.detail,
        line.previous,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _short_json(detail: dict[str, Any]) -> str:
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str)
    assert len(text) <= DETAIL_LENGTH_MAX, "an audit line holds a few words, not a document"
    return text


def _one_writer_at_a_time() -> None:
    """SQLite's write transaction is alone already; PostgreSQL needs to be asked."""
    database: Any = AuditLine._meta.database.obj
    if isinstance(database, peewee.PostgresqlDatabase):
        database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (0x59494D45,))
