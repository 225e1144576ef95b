"""The few statements that are written once store and find exactly what peewee would."""

from datetime import UTC, datetime

import pytest

from sync.rows import using, write
from sync.statements import change, fetch_one, insert
from sync.tables import Aside, Incident

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_an_inserted_row_is_the_one_peewee_would_have_made(pair):
    facts = {"sender": "a" * 32, "instance": "b" * 16, "seq": 3, "why": "early", "received_at": AT}
    parts = {"header": b"\x00h", "signature": b"s", "sealed": b"", "origin": "", "decision": "", "reason": ""}
    with using(pair.hall.database), write():
        insert(Aside, hash="1" * 64, **facts, **parts)
        Aside.create(hash="2" * 64, **facts, **parts)
        ours, theirs = Aside.select().order_by(Aside.id).dicts()

    assert {**ours, "hash": "", "id": 0} == {**theirs, "hash": "", "id": 0}


def test_values_travel_as_values_and_not_as_sql(pair):
    odd = "x'; DROP TABLE incident; -- ?%s"
    with using(pair.hall.database), write():
        insert(Incident, kind="odd", detail=odd, at=AT)
        change("UPDATE incident SET kind = ? WHERE detail = ?", ["?", odd])

        assert fetch_one("SELECT kind, detail FROM incident WHERE kind = ?", ["?"]) == ("?", odd)
        assert fetch_one("SELECT kind FROM incident WHERE kind = ?", ["none"]) is None


def test_a_column_that_is_none_is_our_own_mistake(pair):
    with using(pair.hall.database), pytest.raises(KeyError), write():
        insert(Incident, colour="red")
