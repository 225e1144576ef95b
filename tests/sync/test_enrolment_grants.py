"""What a station takes for the hall's answer to its request to join: the one for it, unaltered."""

import json
from dataclasses import replace
from random import Random

import pytest

from sync import enrolment
from sync.errors import (
    GrantRefused,
)
from sync.keys import sign_statement
from tests.sync.offices import COUNTY, NOW, VILLAGE, Hall, Station


@pytest.fixture
def hall() -> Hall:
    return Hall.of_the_county()


@pytest.fixture
def station() -> Station:
    return Station.of_the_village()


def test_a_false_hall_that_does_not_know_the_code_is_refused(hall, station):
    asked = station.asks(hall.gives_code())
    false_hall = Hall("ee" * 16, "county", "假大厅", COUNTY)
    with false_hall.at_work():
        code = enrolment.make_code(VILLAGE, NOW, chance=Random(1)).text
        enrolment.EnrolCode.update(request_sha256="").execute()
    lure = false_hall.grants(Station.of_the_village().asks(code))
    body = json.loads(lure.body_bytes) | {"request": enrolment._sha256(asked)}

    with pytest.raises(GrantRefused):
        station.accepts(sign_statement(false_hall.keys, enrolment.GRANT_KIND, body))
    assert station.knows() == []


def test_a_grant_for_somebody_else_or_an_earlier_request_is_refused(hall, station):
    granted = hall.grants(station.asks(hall.gives_code()))
    station.asks("2222-2222")

    with pytest.raises(GrantRefused):
        station.accepts(granted)


def test_a_grant_after_the_keys_changed_is_refused(hall, station):
    granted = hall.grants(station.asks(hall.gives_code()))
    station.changes_keys()

    with pytest.raises(GrantRefused):
        station.accepts(granted)


def test_an_altered_grant_is_refused(hall, station):
    granted = hall.grants(station.asks(hall.gives_code()))
    altered = granted.body_bytes.replace("龙岗".encode(), "虎岗".encode())

    with pytest.raises(GrantRefused):
        station.accepts(replace(granted, body_bytes=altered))
    assert station.knows() == []


def test_a_request_is_not_taken_for_a_grant(hall, station):
    asked = station.asks(hall.gives_code())

    with pytest.raises(GrantRefused):
        station.accepts(asked)
