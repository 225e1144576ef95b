"""Complaints of other systems' users about queues: stuck, doubled, or said to be done when it was not.

Each test is named after the thread; docs/complaints.md is the list.
"""

import json
import os

import peewee
import pytest

from sync import outbox
from sync.chain import Place
from sync.exchange import take
from sync.limits import LEASE_SECONDS
from sync.manifest import Manifest
from sync.outbox import Letter, LetterState
from sync.pace import PAUSE_SECONDS_MAX, Outcome
from sync.parcel import Parcel
from sync.rows import using, write
from sync.tables import OutLetter
from sync.transport import Answer
from tests.sync.test_chain_and_pace import pause


def test_opencrvs_12292_a_record_in_flight_goes_back_to_queued_when_its_lease_ends(pair):
    """The program dies in the middle of sending; nobody is left to say that it failed."""
    pair.station.posts(pair.hall, "c1")
    with using(pair.station.database), write():
        outbox.hand([row.id for row in OutLetter.select()], pair.station.now)
    pair.restarts_station()
    assert pair.station.state("c1") == LetterState.SENT

    pair.passes(LEASE_SECONDS + 1)

    assert pair.station.state("c1") == LetterState.MADE
    assert pair.exchange().acknowledged == 1


def test_opencrvs_2576_one_stuck_item_does_not_stop_the_later_ones(pair):
    pair.hall.refuses = lambda arrived: ValueError("stuck") if arrived.subject == "c1" else None
    for subject in ("c1", "c2", "c3"):
        pair.station.posts(pair.hall, subject)

    pair.exchange()

    assert pair.hall.effect_rows() == ["c2", "c3"]
    assert [subject for subject, _ in pair.hall.quarantine()] == ["c1"]


def test_getodk_1017_a_case_stays_when_its_sending_failed(pair):
    pair.station.posts(pair.hall, "c1")
    for fate in ("lost", "unanswered", "lost"):
        pair.link.fate(fate, fate)
        pair.exchange()

    [kept] = pair.station.states("c1")
    assert kept.state == LetterState.MADE
    with using(pair.station.database):
        assert bytes(OutLetter.get().sealed) != b""


def test_collect_3517_the_same_case_from_a_slow_hall_is_one_case_with_one_receipt(pair):
    """Ten tries: the hall takes each of them, and no answer comes back before the last."""
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    first = pair.station.states("c1")[0].ack
    again = next(body for _, path, body, _ in pair.link.seen if path.endswith("exchange") and body)
    with using(pair.hall.database):
        takes = [take(pair.hall.box, again, "link", pair.station.node_id) for _ in range(10)]

    assert {(taken.accepted, taken.repeated) for taken in takes} == {(0, 1)}
    assert pair.hall.effect_rows() == ["c1"]
    assert pair.station.states("c1")[0].ack == first


def test_collect_6728_a_case_does_not_change_while_it_is_sent(pair):
    pair.station.posts(pair.hall, "c1", text="first")
    sent = pair.station.gives(pair.hall)

    pair.station.posts(pair.hall, "c1", text="second")

    [before] = Parcel.from_bytes(sent).envelopes
    both = Parcel.from_bytes(pair.station.gives(pair.hall)).envelopes
    assert both[0].header == before.header
    assert both[1].fields.prev == before.hash
    pair.exchange()
    assert [arrived.payload["text"] for arrived in pair.hall.effects] == ["first", "second"]


def test_central_669_what_comes_too_early_waits_for_what_it_builds_on(pair):
    pair.station.posts(pair.hall, "opened")
    first = pair.station.gives(pair.hall)
    pair.station.posts(pair.hall, "changed")
    parcel = Parcel.from_bytes(pair.station.gives(pair.hall))

    pair.hall.takes_stick(Parcel(parcel.manifest, parcel.envelopes[1:]).to_bytes())
    assert pair.hall.effect_rows() == []
    pair.hall.takes_stick(first)

    assert pair.hall.effect_rows() == ["opened", "changed"]


def test_commcare_1823_what_cannot_be_taken_is_kept_with_its_reason_and_can_be_tried_again(pair):
    pair.hall.refuses = lambda _: KeyError("a form this version does not know")
    posted = pair.station.posts(pair.hall, "c1")
    pair.exchange()
    [(_, reason)] = pair.hall.quarantine()

    pair.hall.refuses = lambda _: None
    with using(pair.hall.database):
        from sync import inbox

        assert inbox.retry(pair.hall.box, posted.envelope_hash) == ""

    assert "does not know" in reason
    assert pair.hall.effect_rows() == ["c1"]


def test_cht_8303_a_time_out_is_not_success(pair):
    """The hall has everything, and the answer never came: nothing is green before it did."""
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.station.posts(pair.hall, "c2")
    pair.link.fate("unanswered")

    report = pair.exchange()

    assert report.state == "offline"
    assert pair.hall.effect_rows() == ["c1", "c2"]
    assert pair.station.counts() == outbox.Counts(made=2, queued=1, sent=0, acknowledged=1)


@pytest.mark.parametrize("status", [200, 201, 204, 500])
def test_dhis2_24291_an_answer_that_says_nothing_turns_nothing_green(pair, status):
    """A proxy, a captive portal, a hall that answers before it imported."""
    pair.station.posts(pair.hall, "c1")
    pair.link.rewrite_answer = lambda _, answer: Answer(status, {}, b"OK")

    report = pair.exchange()

    assert report.state == "refused"
    assert pair.station.counts().acknowledged == 0


def test_dhis2_1225_an_old_case_arrives_under_the_catalog_it_was_made_with(pair):
    """The hall's catalog moved on to version 7; the case still names the one that was in use at the desk."""
    station = pair.station
    letter = Letter(
        to=pair.hall.node_id,
        kind="case.opened",
        subject="c1",
        payload={},
        stamp=station.clock.stamp(),
        catalog_version=3,
    )
    with using(station.database), write():
        outbox.post(station.keys, station.node_id, letter)

    assert pair.exchange().latest == {"catalog": 7}
    assert pair.hall.effects[0].catalog_version == 3
    assert station.state("c1") == LetterState.ACKNOWLEDGED


def test_erpnext_11461_what_has_not_arrived_is_seen_at_both_ends(pair):
    """Two of five letters never arrived: the hall knows the number it lacks, the station its count."""
    for number in range(5):
        pair.station.posts(pair.hall, f"c{number}")
    parcel = Parcel.from_bytes(pair.station.gives(pair.hall))
    pair.hall.takes_stick(Parcel(parcel.manifest, parcel.envelopes[:3]).to_bytes())

    told = Manifest.from_dict(json.loads(parcel.manifest.body_bytes))
    answer = Manifest.from_dict(
        json.loads(Parcel.from_bytes(pair.hall.gives(pair.station)).manifest.body_bytes)
    )
    assert (told.mine[0].last, answer.have[0].upto) == (5, 3)
    assert pair.station.counts().acknowledged == 0
    pair.exchange()
    assert len(pair.hall.effect_rows()) == pair.station.counts().acknowledged == 5


def test_erpnext_12971_a_repeat_inside_one_parcel_and_over_two_ways_is_no_second_posting(pair):
    pair.station.posts(pair.hall, "c1")
    parcel = Parcel.from_bytes(pair.station.gives(pair.hall))
    doubled = Parcel(parcel.manifest, parcel.envelopes * 2).to_bytes()

    taken = pair.hall.takes_stick(doubled)
    pair.link.fate("twice", "twice", "twice")
    pair.exchange()

    assert (taken.accepted, taken.repeated) == (1, 1)
    assert pair.hall.effect_rows() == ["c1"]


def test_openforms_312_sending_never_stops_by_itself_and_says_when_it_last_tried(pair):
    pair.station.posts(pair.hall, "c1")
    pair.link.fate(*["lost"] * 50)
    for _ in range(40):
        report = pair.exchange()
    assert (report.state, report.why) == ("offline", "连不上大厅。")
    assert pause(*[Outcome.OFFLINE] * 400) <= PAUSE_SECONDS_MAX
    assert pair.station.states("c1")[0].sent_at == pair.station.now

    pair.link.fate()

    assert pair.exchange().acknowledged == 1


def test_xroad_6_nothing_in_the_way_of_a_case_waits_for_an_outside_service(pair):
    """No time was ever proved to this station; its letter goes, and says that nothing proves its date."""
    assert pair.station.clock.stamp().proof == "none"
    pair.station.posts(pair.hall, "c1")

    pair.exchange()

    assert pair.hall.effects[0].stamp_made.proof == "none"
    assert pair.station.state("c1") == LetterState.ACKNOWLEDGED


def test_mosquitto_1855_nothing_is_acknowledged_that_was_not_saved(pair):
    """The hall's disk fails while it takes the letter in: no acknowledgement leaves, nothing is held."""
    pair.station.posts(pair.hall, "c1")
    sick = iter([True])

    def fails_once(_):
        return peewee.OperationalError("disk I/O error") if next(sick, False) else None

    pair.hall.refuses = fails_once
    with pytest.raises(peewee.OperationalError):
        pair.hall.takes_stick(pair.station.gives(pair.hall))
    with using(pair.hall.database):
        answer = Parcel.from_bytes(pair.hall.gives(pair.station))

    assert answer.acks == ()
    assert pair.hall.effect_rows() == []
    assert pair.exchange().acknowledged == 1


def test_morango_306_a_row_that_breaks_a_rule_is_kept_and_told_not_dropped(pair):
    pair.hall.refuses = lambda arrived: peewee.IntegrityError("UNIQUE") if arrived.subject == "c2" else None
    for subject in ("c1", "c2", "c3"):
        pair.station.posts(pair.hall, subject)

    pair.exchange()

    assert [subject for subject, _ in pair.hall.quarantine()] == ["c2"]
    assert pair.hall.effect_rows() == ["c1", "c3"]


def test_rabbitmq_1727_a_repeat_is_known_by_its_hash_not_left_to_the_consumer(pair):
    pair.station.posts(pair.hall, "c1")
    parcel = pair.station.gives(pair.hall)
    pair.hall.takes_stick(parcel)
    pair.hall.starts()  # nothing in memory helps it to remember

    again = pair.hall.takes_stick(parcel)

    assert (again.accepted, again.repeated) == (0, 1)
    assert Place.REPEAT == "repeat"
    assert pair.hall.effect_rows() == ["c1"]


def test_kolibri_8340_after_an_error_of_the_hall_the_next_contact_tries_again(pair):
    pair.station.posts(pair.hall, "c1")
    pair.link.rewrite_answer = lambda _, answer: Answer(500, {}, b"Internal Server Error")
    assert pair.exchange().state == "refused"
    assert pause(Outcome.OK, Outcome.REFUSED) < 5

    pair.link.rewrite_answer = lambda _, answer: answer

    assert pair.exchange().acknowledged == 1


def test_cht_7528_each_small_parcel_is_progress_kept(pair):
    """Many letters, the line lost on the way: the next contact goes on from there, not from the first."""
    for number in range(120):
        pair.station.posts(pair.hall, f"c{number}", text=os.urandom(1500).hex())
    pair.link.fate("ok", "ok", "ok", "ok", "lost")
    pair.exchange()
    held = len(pair.hall.effect_rows())

    pair.link.fate()
    before = len(pair.link.seen)
    pair.exchange()

    assert 0 < held < 120
    again = [body for _, path, body, _ in pair.link.seen[before:] if path.endswith("exchange")]
    first = min(envelope.fields.seq for body in again for envelope in Parcel.from_bytes(body).envelopes)
    assert first == held + 1
    assert pair.hall.effect_rows() == [f"c{number}" for number in range(120)]
