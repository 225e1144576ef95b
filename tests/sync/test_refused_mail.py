"""What is altered, misdirected or poisonous is named; what stands beside it goes on."""

from dataclasses import replace

import peewee
import pytest

from sync import exchange, inbox
from sync.errors import (
    BadForm,
    BadSignature,
    NotAddressed,
    TooLarge,
    UnknownPeer,
    WrongKey,
)
from sync.keys import NodeKeys, sign_statement
from sync.limits import EARLY_PER_STREAM_MAX, STREAMS_PER_SENDER_MAX
from sync.manifest import MANIFEST_KIND
from sync.outbox import LetterState
from sync.parcel import Parcel
from sync.register import revoke
from sync.rows import using, write
from sync.tables import Arrival, Aside, InKey, InStream


def parcel_of(pair, *subjects):
    for subject in subjects:
        pair.station.posts(pair.hall, subject)
    return Parcel.from_bytes(pair.station.gives(pair.hall))


def with_envelopes(parcel, *envelopes):
    return Parcel(parcel.manifest, tuple(envelopes), parcel.acks, parcel.receipts).to_bytes()


def flip(data, at=-1):
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


@pytest.mark.parametrize(
    "problem",
    [
        BadForm("没有这个事项"),
        KeyError("item"),
        ValueError("bad"),
        TypeError("worse"),
        peewee.IntegrityError("twice"),
    ],
)
def test_a_poisonous_letter_is_set_down_with_its_reason_and_the_others_go_on(pair, problem):
    pair.hall.refuses = lambda arrived: problem if arrived.subject == "c2" else None
    for subject in ("c1", "c2", "c3"):
        pair.station.posts(pair.hall, subject)

    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "c3"]
    [(subject, reason)] = pair.hall.quarantine()
    assert subject == "c2"
    assert str(problem)[:5] in reason
    assert pair.station.state("c2") == LetterState.ACKNOWLEDGED


def test_a_quarantined_letter_can_be_tried_again_and_then_takes_effect_once(pair):
    pair.hall.refuses = lambda _: ValueError("the item is not in this catalog yet")
    posted = pair.station.posts(pair.hall, "c1")
    pair.exchange()

    with using(pair.hall.database):
        assert "not in this catalog" in inbox.retry(pair.hall.box, posted.envelope_hash)
        pair.hall.refuses = lambda _: None
        assert inbox.retry(pair.hall.box, posted.envelope_hash) == ""
        assert inbox.retry(pair.hall.box, posted.envelope_hash) == ""

    assert pair.hall.effect_rows() == ["c1"]
    assert pair.hall.quarantine() == []


def test_a_kind_nobody_handles_waits_for_an_update(pair):
    parcel = parcel_of(pair, "c1")
    del pair.hall.handlers["case."]

    pair.hall.takes_stick(parcel.to_bytes())

    [(_, reason)] = pair.hall.quarantine()
    assert "case.opened" in reason


def test_when_the_database_fails_nothing_is_kept_and_all_of_it_is_tried_again(pair):
    pair.hall.refuses = lambda _: peewee.OperationalError("disk full")
    data = parcel_of(pair, "c1").to_bytes()

    with pytest.raises(peewee.OperationalError):
        pair.hall.takes_stick(data)
    pair.hall.refuses = lambda _: None
    pair.hall.takes_stick(data)

    assert pair.hall.effect_rows() == ["c1"]


@pytest.mark.parametrize("part", ["header", "signature", "sealed"])
def test_an_altered_envelope_is_refused_and_the_true_one_still_accepted(pair, part):
    parcel = parcel_of(pair, "c1")
    [true] = parcel.envelopes
    changed = getattr(true, part).replace(b"case.opened", b"case.closed") if part == "header" else None
    false = replace(true, **{part: changed or flip(getattr(true, part))})

    taken = pair.hall.takes_stick(with_envelopes(parcel, false))
    assert (taken.accepted, len(taken.refused)) == (0, 1)
    assert pair.hall.effect_rows() == []

    assert pair.hall.takes_stick(parcel.to_bytes()).accepted == 1
    assert pair.hall.effect_rows() == ["c1"]


def test_a_broken_envelope_stops_its_stream_but_not_its_neighbours(pair):
    other = pair.adds_station(3)
    other.station.posts(pair.hall, "o1")
    pair.hall.takes_stick(other.station.gives(pair.hall))
    parcel = parcel_of(pair, "c1", "c2", "c3")
    first, second, third = parcel.envelopes

    taken = pair.hall.takes_stick(with_envelopes(parcel, first, replace(second, signature=bytes(64)), third))

    assert pair.hall.effect_rows() == ["o1", "c1"]
    assert (taken.accepted, taken.aside) == (1, 1)
    pair.exchange()
    assert pair.hall.effect_rows() == ["o1", "c1", "c2", "c3"]
    other.station.database.close_all()


def test_a_letter_ahead_of_its_turn_is_held_and_applied_when_the_gap_closes(pair):
    parcel = parcel_of(pair, "c1", "c2", "c3")
    first, second, third = parcel.envelopes

    assert pair.hall.takes_stick(with_envelopes(parcel, third, second)).aside == 2
    assert pair.hall.effect_rows() == []
    pair.hall.takes_stick(with_envelopes(parcel, first))

    assert pair.hall.effect_rows() == ["c1", "c2", "c3"]
    with using(pair.hall.database):
        assert Aside.select().count() == 0


def test_the_same_envelope_twice_in_one_parcel_counts_once(pair):
    parcel = parcel_of(pair, "c1")

    taken = pair.hall.takes_stick(with_envelopes(parcel, *parcel.envelopes, *parcel.envelopes))

    assert (taken.accepted, taken.repeated) == (1, 1)


def test_mail_for_another_hall_is_refused(pair):
    other = pair.adds_station(3).station
    pair.station.knows(other)
    pair.station.posts(other, "c1")
    parcel = parcel_of(pair)
    foreign = Parcel.from_bytes(pair.station.gives(other))

    with pytest.raises(NotAddressed):
        pair.hall.takes_stick(foreign.to_bytes())
    taken = pair.hall.takes_stick(with_envelopes(parcel, *foreign.envelopes))
    assert (taken.accepted, len(taken.refused)) == (0, 1)
    other.database.close_all()


def test_mail_of_a_node_nobody_registered_is_refused(pair):
    stranger = pair.adds_station(3).station
    stranger.posts(pair.hall, "c1")
    pair.hall.forgets(stranger)

    with pytest.raises(UnknownPeer):
        pair.hall.takes_stick(stranger.gives(pair.hall))
    stranger.database.close_all()


def test_a_manifest_signed_by_another_key_is_refused_as_a_whole(pair):
    parcel = parcel_of(pair, "c1")
    with using(pair.station.database):
        body = exchange.give(pair.station.box, pair.hall.node_id).manifest.to_dict()
    forged = sign_statement(NodeKeys.generate(), MANIFEST_KIND, body)

    with pytest.raises(WrongKey):
        pair.hall.takes_stick(replace(parcel, manifest=forged).to_bytes())
    altered = replace(parcel.manifest, signature=bytes(64))
    with pytest.raises(BadSignature):
        pair.hall.takes_stick(replace(parcel, manifest=altered).to_bytes())
    assert pair.hall.effect_rows() == []


def test_a_caller_cannot_bring_a_parcel_in_anothers_name(pair):
    data = parcel_of(pair, "c1").to_bytes()
    other = pair.adds_station(3).station

    with using(pair.hall.database), pytest.raises(NotAddressed):
        exchange.take(pair.hall.box, data, "link", other.node_id)
    other.database.close_all()


def test_letters_of_a_revoked_station_wait_for_a_person(pair):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    with using(pair.hall.database):
        revoke(pair.station.node_id, 1, pair.hall.now)
    pair.station.posts(pair.hall, "c2")

    assert pair.exchange().state == "refused"
    pair.hall.takes_stick(pair.station.gives(pair.hall))

    assert pair.hall.effect_rows() == ["c1"]
    [(subject, reason)] = pair.hall.quarantine()
    assert subject == "c2"
    assert "停用" in reason


def test_letters_made_before_the_revocation_still_count(pair):
    pair.station.posts(pair.hall, "c1")
    pair.station.posts(pair.hall, "c2")
    with using(pair.hall.database):
        revoke(pair.station.node_id, 1, pair.hall.now)

    pair.hall.takes_stick(pair.station.gives(pair.hall))

    assert pair.hall.effect_rows() == ["c1"]
    assert [subject for subject, _ in pair.hall.quarantine()] == ["c2"]


def test_a_letter_that_claims_to_be_anothers_again_does_not_silence_it(pair):
    """A relay sees hashes; a header that names one of another sender has no power over it."""
    other = pair.adds_station(3).station
    parcel = parcel_of(pair, "c1")
    [victim] = parcel.envelopes
    other.posts_again(pair.hall, "x1", victim.hash)
    pair.hall.takes_stick(other.gives(pair.hall))

    pair.hall.takes_stick(parcel.to_bytes())

    assert pair.hall.effect_rows() == ["x1", "c1"]
    other.database.close_all()


def test_a_payload_that_does_not_open_is_kept_and_the_stream_goes_on(pair):
    pair.station.posts(pair.hall, "c1")
    pair.hall.takes_stick(pair.station.gives(pair.hall))
    with using(pair.hall.database):
        InStream.update(upto=0, head="0" * 64).execute()
        Arrival.delete().execute()
        InKey.update(enc=bytes(1168)).execute()
    pair.station.posts(pair.hall, "c2")

    pair.hall.takes_stick(pair.station.gives(pair.hall))

    assert [subject for subject, _ in pair.hall.quarantine()] == ["c1", "c2"]


def test_early_letters_are_held_within_a_bound_and_asked_for_again(pair):
    parcel = parcel_of(pair, "c1", "c2", "c3")
    held = {"sender": pair.station.node_id, "instance": parcel.envelopes[0].fields.instance, "why": "early"}
    blank = {"header": b"", "signature": b"", "sealed": b"", "received_at": pair.hall.now}
    with using(pair.hall.database), write():
        for number in range(EARLY_PER_STREAM_MAX):
            Aside.create(seq=1000 + number, hash=f"{number:064x}", **held, **blank)

    pair.hall.takes_stick(with_envelopes(parcel, *parcel.envelopes[1:]))

    with using(pair.hall.database):
        assert Aside.select().count() == EARLY_PER_STREAM_MAX
    pair.exchange()
    assert pair.hall.effect_rows() == ["c1", "c2", "c3"]


def test_a_sender_cannot_open_streams_without_end(pair):
    with using(pair.hall.database), write():
        for number in range(STREAMS_PER_SENDER_MAX):
            InStream.create(sender=pair.station.node_id, instance=f"{number:016x}", head="0" * 64)

    taken = pair.hall.takes_stick(parcel_of(pair, "c1").to_bytes())

    assert taken.accepted == 0
    assert "信件流太多" in taken.refused[0].why


def test_the_sender_learns_why_its_letter_was_not_taken(pair):
    pair.exchange()
    pair.station.posts(pair.hall, "c1")
    with using(pair.hall.database), write():
        for number in range(STREAMS_PER_SENDER_MAX):
            InStream.create(sender=pair.station.node_id, instance=f"{number:016x}", head="0" * 64)

    report = pair.exchange()

    assert "信件流太多" in report.refused[0].why
    assert pair.station.state("c1") != LetterState.ACKNOWLEDGED


def test_bytes_that_are_no_parcel_are_refused_in_words(pair):
    for data, refusal in ((b"", BadForm), (b"\0" * 40, BadForm), (bytes(2**20 + 1), TooLarge)):
        with pytest.raises(refusal) as refused:
            pair.hall.takes_stick(data)
        assert refused.value.what and refused.value.next_step
