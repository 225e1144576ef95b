"""UTC moments as text: the one writing in signed JSON, and a column that sorts and is the same on
SQLite and PostgreSQL (whose plain timestamp column would silently drop the time zone)."""

import re
from datetime import UTC, datetime, timedelta, timezone

import peewee

from sync.errors import BadForm

CHINA = timezone(timedelta(hours=8), "CST")
"""Civil time of all of China, all year."""
_TO_THE_SECOND = "%Y-%m-%dT%H:%M:%SZ"
_EXACT = "%Y-%m-%dT%H:%M:%S.%fZ"
# from 1900, where every system writes four digits, to 2999, so that adding to a moment stays a moment
_WRITING = re.compile(r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")


def moment_text(at: datetime) -> str:
    """20 characters, such as 2026-11-22T09:41:00Z; `at` is timezone-aware, its fraction is dropped."""
    return _utc(at).strftime(_TO_THE_SECOND)


def read_moment(text: object) -> datetime:
    """The UTC moment that `moment_text` wrote. Raises BadForm."""
    try:
        if isinstance(text, str) and _WRITING.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise BadForm("时间应写成 2026-11-22T09:41:00Z 的样子")


class MomentField(peewee.CharField):
    """A UTC-aware datetime, kept as 27 characters whose order as text is their order in time."""

    def __init__(self, **options: object) -> None:
        super().__init__(max_length=27, **options)

    def db_value(self, value: datetime | str | None) -> str | None:
        """The text that is stored; an aware datetime or None goes in."""
        return value if value is None or isinstance(value, str) else _utc(value).strftime(_EXACT)

    def python_value(self, value: str | None) -> datetime | None:
        """The UTC-aware datetime that comes out."""
        return None if value is None else datetime.fromisoformat(value)


def _utc(at: datetime) -> datetime:
    assert at.tzinfo is not None, "moments carry their time zone"
    return at.astimezone(UTC)
