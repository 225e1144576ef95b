"""Who may say what about a case: a letter that oversteps is refused with its reason and changes nothing."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from station.cases.counter_events import Withdrawn
from station.cases.errors import NotYourCase, OddEvent, UnknownCase
from station.cases.fold import Stage
from station.cases.ledger import view_of
from station.cases.mail import take_letter
from station.cases.models import Case, CaseEvent
from sync.clock import Proof, Stamp
from sync.mailbox import Arrived
from tests.station.cases.samples import Story, decided, received
from tests.station.cases.world import item, pack, takes_in

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def letter(sender, body, subject="c" * 32, **changed):
    """A verified letter as the mail hands it over."""
    event = Story(subject).says(body)
    payload = json.loads(json.dumps(event.as_payload()))
    values = {
        "sender": sender,
        "instance": "0" * 16,
        "seq": 1,
        "kind": event.kind,
        "subject": subject,
        "payload": payload,
        "files": [],
        "header": {},
        "envelope_hash": "e" * 64,
        "stamp_made": Stamp(NOW, Proof.HALL),
        "received_at": NOW,
        "path": "usb",
        "catalog_version": 37,
    }
    return Arrived(**(values | changed))


def test_the_hall_writes_down_how_a_case_came(county):
    with county.hall.at_work():
        take_letter(county.hall.place, letter(county.station.node_id, received()))

        arrived = view_of("c" * 32).timeline[-2].body
        assert arrived.path.value == "usb"
        assert arrived.arrived_at == "2026-11-23T02:00:00Z"


def test_the_hall_is_told_of_a_case_that_the_city_decides(county):
    with county.hall.at_work():
        place = county.hall.place
        place.catalogs.install(pack(99, [item(level="city", code=received().item_code)]), NOW)
        take_letter(place, letter(county.station.node_id, dataclasses.replace(received(), catalog=99)))

        bodies = [written.body for written in view_of("c" * 32).timeline]
        told = [flag.text for body in bodies for flag in getattr(body, "flags", ())]
        assert any("请转送" in text for text in told), told


@pytest.mark.parametrize("spoiled", [{"path": "usb"}])
def test_another_station_cannot_speak_about_a_case_that_is_not_its_own(county, spoiled):
    with county.hall.at_work():
        take_letter(county.hall.place, letter(county.station.node_id, received()))
        before = CaseEvent.select().count()
        for body in (received(), Withdrawn(reason="冒充")):
            with pytest.raises(NotYourCase):
                take_letter(county.hall.place, letter("9" * 32, body, **spoiled))
        assert CaseEvent.select().count() == before
        assert view_of("c" * 32).stage is not Stage.WITHDRAWN


def test_a_station_cannot_write_what_only_a_hall_may(county):
    with county.hall.at_work():
        take_letter(county.hall.place, letter(county.station.node_id, received()))
        for kind in ("case.arrived", "case.revoked"):
            odd = letter(county.station.node_id, received(), kind=kind)
            with pytest.raises((NotYourCase, OddEvent)):
                take_letter(county.hall.place, odd)


def test_a_station_takes_no_cases_from_others(county):
    with county.station.at_work(), pytest.raises(NotYourCase):
        take_letter(county.station.place, letter(county.hall.node_id, received()))


def test_only_its_hall_answers_a_station(county):
    done = takes_in(county.station)
    with county.station.at_work():
        with pytest.raises(NotYourCase):
            take_letter(county.station.place, letter("9" * 32, decided(), done.cases[0].case_id))
        assert view_of(done.cases[0].case_id).stage is Stage.RECEIVED


def test_an_answer_to_a_case_nobody_knows_is_refused(county):
    with county.station.at_work(), pytest.raises(UnknownCase):
        take_letter(county.station.place, letter(county.hall.node_id, decided()))


def test_a_kind_from_the_future_is_kept_and_shown(county):
    with county.hall.at_work():
        take_letter(county.hall.place, letter(county.station.node_id, received()))
        future = letter(county.station.node_id, Withdrawn(reason="x"), kind="case.later")
        future = dataclasses.replace(future, payload=future.payload | {"event": "f" * 32})
        take_letter(county.hall.place, future)

        assert [event.kind for event in view_of("c" * 32).unread] == ["case.later"]


@pytest.mark.parametrize(
    "changed",
    [
        {"payload": {}},
        {"files": [{"name": "1", "size": 1, "sha256": "a" * 64}]},
        {"payload": {"body": {}, "event": "x"}},
    ],
)
def test_a_letter_that_does_not_hold_leaves_no_case(county, changed):
    with county.hall.at_work():
        with pytest.raises(OddEvent) as caught:
            take_letter(county.hall.place, letter(county.station.node_id, received(), **changed))
        assert caught.value.next_step
        assert Case.select().count() == 0


def test_a_receipt_number_with_a_wrong_check_character_is_refused(county):
    number = received().receipt_number
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    with county.hall.at_work(), pytest.raises(OddEvent, match="校验"):
        take_letter(county.hall.place, letter(county.station.node_id, received(receipt_number=wrong)))


def test_the_same_receipt_number_of_another_intake_is_flagged(county):
    with county.hall.at_work():
        take_letter(county.hall.place, letter(county.station.node_id, received()))
        twin = letter(county.station.node_id, received(intake_id="2" * 32), "d" * 32)
        twin = dataclasses.replace(twin, payload=twin.payload | {"event": "d" * 32})
        take_letter(county.hall.place, twin)

        kinds = {flag.kind for flag in view_of("d" * 32).flags}
        assert {"number_repeated", "division"} == kinds
