"""Moments mean the same in signed JSON, in SQLite and in PostgreSQL."""

from datetime import UTC, datetime, timedelta, timezone

import peewee
import pytest

from sync.errors import BadForm
from sync.moments import MomentField, moment_text, read_moment
from sync.rows import Row, using

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Meeting(Row):
    """A row that happens at some time."""

    at = MomentField(null=True)


@pytest.fixture
def database():
    with using(peewee.SqliteDatabase(":memory:")) as database:
        database.create_tables([Meeting])
        yield


def test_a_moment_is_written_as_the_protocol_prints_it_and_reads_back():
    beijing = timezone(timedelta(hours=8))

    assert moment_text(datetime(2026, 11, 22, 17, 41, tzinfo=beijing)) == "2026-11-22T09:41:00Z"
    assert read_moment("2026-11-22T12:00:00Z") == NOON


@pytest.mark.parametrize(
    "text", ["", "2026-11-22 12:00:00", "2026-13-22T12:00:00Z", "2026-1-22T12:00:00ZZ", 7, None]
)
def test_another_writing_is_refused(text):
    with pytest.raises(BadForm):
        read_moment(text)


def test_rows_keep_the_time_zone_and_the_microseconds(database):
    exact = NOON + timedelta(microseconds=7)
    Meeting.create(at=exact)
    Meeting.create(at=None)

    assert [row.at for row in Meeting.select().order_by(Meeting.id)] == [exact, None]


def test_rows_sort_and_compare_in_order_of_time(database):
    for seconds in (3, 0.5, 2, 0):
        Meeting.create(at=NOON + timedelta(seconds=seconds))
    late = Meeting.select().where(Meeting.at > NOON + timedelta(seconds=1)).order_by(Meeting.at)

    assert [row.at.second for row in late] == [2, 3]
