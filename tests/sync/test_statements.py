"""The few statements that are written once store and find exactly what peewee would."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sync.rows import using, write
from sync.statements import insert, prepared
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


@prepared
def _of_kind(kind: Any, limit: Any) -> Any:
    return (
        Incident.select().where(Incident.kind == kind, Incident.at == AT).order_by(Incident.id).limit(limit)
    )


@prepared
def _name(kind: Any, detail: Any) -> Any:
    return Incident.update(kind=kind).where(Incident.detail == detail)


def test_a_query_that_is_written_once_finds_what_each_of_its_values_asks_for(pair):
    with using(pair.hall.database), write():
        for number in range(3):
            Incident.create(kind="odd", detail=str(number), at=AT)
        Incident.create(kind="even", detail="x", at=AT)

        assert [row.detail for row in _of_kind.rows("odd", 2)] == ["0", "1"]
        assert [row.detail for row in _of_kind.rows("odd", 9)] == ["0", "1", "2"]
        assert _of_kind.first("even", 9).at == AT
        assert _of_kind.first("none", 9) is None and _of_kind.rows("none", 9) == []
        assert _of_kind.value("even", 9) == Incident.get(kind="even").id


def test_a_query_that_is_written_once_asks_the_database_that_is_in_use(pair):
    with using(pair.hall.database), write():
        Incident.create(kind="odd", detail="of the hall", at=AT)
    with using(pair.station.database):
        assert _of_kind.rows("odd", 9) == []
    with using(pair.hall.database):
        assert [row.detail for row in _of_kind.rows("odd", 9)] == ["of the hall"]


def test_values_travel_as_values_and_not_as_sql(pair):
    odd = "x'; DROP TABLE incident; -- ?%s"
    with using(pair.hall.database), write():
        insert(Incident, kind="odd", detail=odd, at=AT)
        _name.change("?", odd)

        assert [row.detail for row in _of_kind.rows("?", 9)] == [odd]


def test_a_column_that_is_none_is_our_own_mistake(pair):
    with using(pair.hall.database), pytest.raises(KeyError), write():
        insert(Incident, colour="red")
