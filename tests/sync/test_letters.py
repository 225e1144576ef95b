"""A letter from a station takes effect at its hall once, in order, whatever the link does."""

import pytest

from sync import outbox
from sync.clock import Proof
from sync.errors import BadForm, FileIncomplete, NoSuchFile, TooLarge, UnknownPeer
from sync.limits import FILES_PER_LETTER_MAX, PAYLOAD_BYTES_MAX
from sync.outbox import Letter, LetterState
from sync.rows import using, write
from sync.tables import OutLetter, SealedFile


def test_a_posted_letter_arrives_with_all_that_was_said(pair):
    pair.station.posts(pair.hall, "c1", name="王䶮")

    report = pair.exchange()

    [arrived] = pair.hall.effects
    assert (report.state, report.sent, report.acknowledged) == ("ok", 1, 1)
    assert (arrived.sender, arrived.seq, arrived.kind, arrived.subject) == (
        pair.station.node_id,
        1,
        "case.opened",
        "c1",
    )
    assert arrived.payload == {"text": "高龄津贴", "files": [], "name": "王䶮"}
    assert arrived.path == "link"
    assert arrived.stamp_made.proof == Proof.NONE


def test_an_exchange_with_nothing_new_does_nothing_again(pair):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()

    report = pair.exchange()

    assert (report.sent, report.received, report.acknowledged, report.round_trips) == (0, 0, 0, 1)
    assert pair.hall.effect_rows() == ["c1"]


def test_one_letter_on_a_known_link_takes_one_round_trip(pair):
    pair.exchange()
    pair.station.posts(pair.hall, "c1")

    assert pair.exchange().round_trips == 1


@pytest.mark.parametrize("fate", ["lost", "unanswered", "twice"])
def test_whatever_happens_to_a_request_the_effect_comes_once(pair, fate):
    pair.exchange()
    pair.station.posts(pair.hall, "c1")
    pair.link.fate(fate)

    pair.exchange()
    pair.exchange()

    assert pair.hall.effect_rows() == ["c1"]
    assert pair.station.state("c1") == LetterState.ACKNOWLEDGED


def test_being_offline_is_an_ordinary_answer_and_the_letter_is_queued_again(pair):
    pair.station.posts(pair.hall, "c1")
    pair.link.fate("lost")

    report = pair.exchange()

    assert (report.state, report.why) == ("offline", "连不上大厅。")
    assert pair.station.state("c1") == LetterState.MADE
    assert pair.station.counts().queued == 1


def test_after_a_lost_answer_the_next_heartbeat_brings_the_same_acknowledgement(pair):
    pair.exchange()
    pair.station.posts(pair.hall, "c1")
    pair.link.fate("unanswered")
    pair.exchange()
    lost = pair.link.seen[-1]

    pair.exchange()

    [state] = pair.station.states("c1")
    assert state.ack.signature in lost[3].body
    assert pair.hall.effect_rows() == ["c1"]


def test_many_letters_go_in_several_parcels_and_keep_their_order(pair):
    subjects = [f"c{number}" for number in range(40)]
    for subject in subjects:
        pair.station.posts(pair.hall, subject, noise="".join(chr(0x4E00 + i * 7 % 5000) for i in range(1500)))

    report = pair.exchange()

    assert pair.hall.effect_rows() == subjects
    assert report.round_trips > 3
    assert pair.station.counts() == outbox.Counts(made=40, queued=0, sent=0, acknowledged=40)


def test_the_hall_answers_by_the_same_road(pair):
    pair.exchange()
    pair.hall.posts(pair.station, "r1")

    report = pair.exchange()

    assert (report.received, pair.station.effect_rows()) == (1, ["r1"])
    assert pair.hall.state("r1") == LetterState.ACKNOWLEDGED


def test_a_handler_may_answer_in_the_same_round_trip(pair):
    pair.exchange()
    pair.hall.refuses = lambda arrived: pair.hall.posts(pair.station, "r-" + arrived.subject) and None
    pair.station.posts(pair.hall, "c1")

    pair.exchange()

    assert pair.station.effect_rows() == ["r-c1"]


def test_a_letter_that_was_rolled_back_leaves_no_number_behind(pair):
    with using(pair.station.database), pytest.raises(RuntimeError), write():
        pair.station.posts(pair.hall, "c0")
        raise RuntimeError("the case could not be saved")
    pair.station.posts(pair.hall, "c1")

    pair.exchange()

    assert [arrived.seq for arrived in pair.hall.effects] == [1]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"payload": {"text": "字" * PAYLOAD_BYTES_MAX}}, TooLarge),
        ({"payload": {"amount": 1.5}}, BadForm),
        ({"to": "f" * 32}, UnknownPeer),
        ({"kind": "Case Opened"}, BadForm),
        ({"subject": "../etc"}, BadForm),
        ({"catalog_version": -1}, BadForm),
        ({"files": ["0" * 64]}, NoSuchFile),
        ({"files": ["0" * 64] * (FILES_PER_LETTER_MAX + 1)}, BadForm),
    ],
)
def test_a_letter_that_cannot_travel_is_refused_before_anything_is_kept(pair, wrong, refusal):
    good = {"to": pair.hall.node_id, "kind": "case.opened", "subject": "c1", "payload": {}}
    letter = Letter(**{**good, "stamp": pair.station.clock.stamp(), **wrong})

    with using(pair.station.database), pytest.raises(refusal) as refused, write():
        outbox.post(pair.station.keys, pair.station.node_id, letter)

    assert refused.value.next_step
    with using(pair.station.database):
        assert OutLetter.select().count() == 0


def test_a_letter_may_not_name_a_file_that_is_still_arriving(pair):
    with using(pair.station.database), write(), pytest.raises(FileIncomplete):
        SealedFile.create(owner="", sha256="1" * 64, size=5)
        letter = Letter(
            to=pair.hall.node_id,
            kind="case.opened",
            subject="c1",
            payload={},
            stamp=pair.station.clock.stamp(),
            files=["1" * 64],
        )
        outbox.post(pair.station.keys, pair.station.node_id, letter)


def test_in_flight_ends_with_its_lease_even_if_the_program_died(pair):
    pair.exchange()
    pair.station.posts(pair.hall, "c1")
    with using(pair.station.database), write():
        outbox.hand([row.id for row in OutLetter.select()], pair.station.clock.now())

    assert pair.station.state("c1") == LetterState.SENT
    pair.restarts_station()
    pair.passes(121)
    assert pair.station.state("c1") == LetterState.MADE
    assert pair.station.counts() == outbox.Counts(made=1, queued=1, sent=0, acknowledged=0)


def test_the_answer_carries_proved_time_and_the_latest_versions(pair):
    pair.station.now = pair.station.now.replace(year=2019)
    pair.restarts_station()

    report = pair.exchange()

    assert pair.station.clock.now() == pair.hall.now
    assert pair.station.clock.stamp().proof == Proof.HALL
    assert report.latest == {"catalog": 7}


def test_the_open_letters_are_those_without_a_full_acknowledgement(pair):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.station.posts(pair.hall, "c2")

    with using(pair.station.database):
        assert [letter.subject for letter in outbox.letters()] == ["c2", "c1"]
        assert [letter.subject for letter in outbox.letters(is_open_only=True)] == ["c2"]
