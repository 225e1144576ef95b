"""A township that lies, a village that is not what it was, a store that is full: time is lost, no letter."""

import os
from dataclasses import replace

import pytest

from sync import register, relay, tables
from sync.errors import SyncError
from sync.outbox import LetterState
from sync.parcel import Parcel
from sync.relay_tables import CarriedLetter, CarriedManifest, CarriedWord
from sync.rows import using
from sync.tables import Acknowledgement
from tests.tools.mail_pair import PairNode
from tests.tools.mail_trio import Trio


def tampers(trio: Trio, change) -> None:
    """The township changes each letter it holds."""
    with using(trio.township.database):
        for row in CarriedLetter.select():
            change(row)
            row.save()


def rewrites_sections(trio: Trio, change) -> None:
    """The township changes the sections of its parcels to the county."""

    def rewrite(path: str, body: bytes) -> bytes:
        if not body or not path.endswith("/exchange"):
            return body
        parcel = Parcel.from_bytes(body)
        return replace(parcel, carried=tuple(change(parcel.carried))).to_bytes()

    trio.to_county.rewrite = rewrite


def test_an_altered_letter_is_refused_by_the_county_and_goes_directly(trio):
    trio.village.posts(trio.county, "c1")
    trio.visits()
    tampers(trio, lambda row: setattr(row, "sealed", os.urandom(len(row.sealed))))

    trio.passes_on()
    trio.visits()
    assert trio.county.effects == []
    assert trio.village.state("c1") == LetterState.SENT
    trio.calls_county()

    assert trio.county.effect_rows() == ["c1"]
    assert trio.village.state("c1") == LetterState.ACKNOWLEDGED


def test_a_dropped_letter_never_turns_green_and_goes_directly(trio):
    trio.village.posts(trio.county, "c1")
    trio.visits()
    with using(trio.township.database):
        CarriedLetter.delete().execute()
    trio.passes_on()
    trio.visits()

    assert trio.village.state("c1") != LetterState.ACKNOWLEDGED
    trio.calls_county()
    assert trio.county.effect_rows() == ["c1"]


def test_reordered_and_repeated_letters_take_effect_once_in_order(trio):
    for number in range(4):
        trio.village.posts(trio.county, f"c{number}")
    trio.visits()
    rewrites_sections(
        trio, lambda parts: [replace(part, envelopes=part.envelopes[::-1] * 2) for part in parts]
    )

    trio.passes_on()
    trio.visits()

    assert trio.county.effect_rows() == ["c0", "c1", "c2", "c3"]
    assert trio.village.counts().acknowledged == 4


def test_letters_of_one_village_in_the_section_of_another_are_still_its_own(trio):
    other = trio.adds_village(4)
    trio.village.posts(trio.county, "mine")
    other.posts(trio.county, "theirs")
    trio.visits()
    trio.visits(other)
    rewrites_sections(
        trio,
        lambda parts: [
            replace(one, envelopes=another.envelopes)
            for one, another in zip(parts, reversed(parts), strict=True)
        ],
    )

    trio.passes_on()

    senders = {arrived.subject: arrived.sender for arrived in trio.county.effects}
    assert senders == {"mine": trio.village.node_id, "theirs": other.node_id}


def test_an_old_manifest_of_the_county_makes_nobody_believe_that_it_lost_something(trio):
    trio.village.posts(trio.county, "c1")
    trio.goes_round()
    with using(trio.township.database):
        old = CarriedManifest.get(CarriedManifest.sender == trio.county.node_id)
    trio.village.posts(trio.county, "c2")
    trio.goes_round()
    assert trio.village.counts().acknowledged == 2
    with using(trio.township.database):
        CarriedManifest.delete().where(CarriedManifest.sender == trio.county.node_id).execute()
        facts = {name: value for name, value in old.__data__.items() if name != "id"}
        CarriedManifest.create(**facts | {"passed_content": ""})

    trio.visits()

    with using(trio.village.database):
        assert tables.OutStream.get().peer_has == 2
    assert trio.village.incidents() == []


def test_a_township_cannot_acknowledge_in_the_countys_name(trio):
    """It signs the county's words with its own key."""
    trio.village.posts(trio.county, "c1")
    trio.visits()
    trio.passes_on()
    with using(trio.township.database):
        word = CarriedWord.get(CarriedWord.recipient == trio.village.node_id)
        forged = trio.township.keys.sign(bytes(word.body))
        key_id = trio.township.keys.key_id
        CarriedWord.update(signature=forged, key_id=key_id).where(CarriedWord.id == word.id).execute()

    report = trio.visits()

    with using(trio.village.database):
        assert Acknowledgement.select().count() == 0
    assert trio.village.state("c1") == LetterState.SENT
    assert report.refused != []


def test_custody_of_a_letter_that_is_not_ours_counts_for_nothing_and_is_told(trio):
    trio.village.posts(trio.county, "c1")
    trio.visits()
    with using(trio.township.database):
        relay.CarriedStream.update(head="e" * 64, upto=9).execute()

    trio.visits()

    assert trio.in_custody() == []
    assert trio.village.incidents() == ["carried-fork"]


def test_a_copied_disk_behind_the_township_is_seen_and_both_versions_are_kept(trio):
    trio.village.posts(trio.county, "c1")
    trio.goes_round()
    backup = trio.village.backs_up()
    trio.village.posts(trio.county, "first")
    trio.visits()
    trio.village_is_set_back(backup)
    trio.village.posts(trio.county, "second")

    for _ in range(4):
        trio.goes_round()

    assert sorted(trio.county.effect_rows()) == ["c1", "first", "second"]
    assert "received-fork" in trio.county.incidents()
    assert trio.village.state("second") == LetterState.ACKNOWLEDGED


def test_mail_of_a_village_that_the_county_withdrew_waits_for_a_person(trio):
    trio.village.posts(trio.county, "c1")
    trio.goes_round()
    trio.village.posts(trio.county, "c2")
    trio.visits()
    with using(trio.county.database):
        register.revoke(trio.village.node_id, 1, trio.county.now)

    trio.passes_on()

    assert trio.county.effect_rows() == ["c1"]
    assert [subject for subject, _ in trio.county.quarantine()] == ["c2"]


def test_a_village_that_the_township_withdrew_hands_it_nothing_more(trio):
    with using(trio.township.database):
        register.revoke(trio.village.node_id, 0, trio.township.now)
    trio.village.posts(trio.county, "c1")

    assert trio.visits().state == "refused"
    with using(trio.township.database):
        assert CarriedLetter.select().count() == 0


def test_a_full_township_refuses_politely_and_takes_more_when_it_has_room(trio, monkeypatch):
    monkeypatch.setattr(relay, "CARRIED_LETTERS_PER_CHILD_MAX", 2)
    for number in range(5):
        trio.village.posts(trio.county, f"c{number}")

    report = trio.visits()
    assert "代转的信件积压太多" in report.refused[0].why
    assert trio.in_custody() == [2]
    for _ in range(3):
        trio.goes_round()

    assert trio.county.effect_rows() == [f"c{number}" for number in range(5)]
    assert trio.village.counts().acknowledged == 5


def test_a_village_cannot_write_into_the_section_of_another(trio):
    other = trio.adds_village(4)
    other.posts(trio.county, "theirs")
    stolen = []
    trio.to_township.rewrite = lambda path, body: stolen.append(body) or body if body else body
    trio.visits(other)
    [laden] = [one for one in map(parcel_or_none, stolen) if one and one.carried and one.carried[0].envelopes]

    def smuggle(path: str, body: bytes) -> bytes:
        own = parcel_or_none(body)
        return replace(own, carried=laden.carried).to_bytes() if own else body

    with using(trio.township.database):
        CarriedLetter.delete().execute()
    trio.to_township.rewrite = smuggle
    trio.visits()

    with using(trio.township.database):
        assert CarriedLetter.select().count() == 0


def test_a_township_is_not_given_mail_for_villages_of_another_one(trio):
    far = PairNode(5, "village", trio.folder)
    with using(trio.county.database):
        register.remember(replace(far.record, parent="aa" * 16), b"", trio.county.now)
    trio.county.posts(far, "d1")

    trio.passes_on()

    with using(trio.township.database):
        assert CarriedLetter.select().count() == 0


def test_a_relay_reads_nothing_of_what_it_carries(trio):
    trio.village.posts(trio.county, "ab" * 8, [trio.village.keeps("身份证".encode() * 50)], text="王小明")
    trio.visits()

    with using(trio.township.database):
        rows = [*CarriedLetter.select().tuples(), *tables.FileChunk.select().tuples()]
    stored = b"".join(part if isinstance(part, bytes) else str(part).encode() for row in rows for part in row)
    assert "王小明".encode() not in stored
    assert "身份证".encode() not in stored
    assert ("ab" * 8).encode() in stored


@pytest.mark.parametrize("fate", ["lost", "unanswered", "twice"])
def test_a_cut_between_village_and_township_or_above_costs_nothing(trio, fate):
    for number in range(3):
        trio.village.posts(trio.county, f"c{number}", [trio.village.keeps(b"scan" * 900)])
        trio.to_township.fate("ok", "ok", fate)
        trio.to_county.fate("ok", "ok", fate)
        trio.goes_round()
    for _ in range(2):
        trio.goes_round()

    assert trio.county.effect_rows() == ["c0", "c1", "c2"]
    assert trio.village.counts().acknowledged == 3


def parcel_or_none(body: bytes) -> Parcel | None:
    try:
        return Parcel.from_bytes(body)
    except SyncError:  # a login, or a piece of a file
        return None
