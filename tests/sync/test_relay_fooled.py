"""What a relay, its villages and a copied disk can say, and what nobody believes."""

from dataclasses import replace

import pytest

from sync import relay
from sync.errors import SyncError
from sync.exchange import give
from sync.keys import sign_statement
from sync.manifest import MANIFEST_KIND, Carried
from sync.outbox import LetterState
from sync.parcel import Parcel
from sync.relay_tables import CarriedLetter
from sync.rows import using
from sync.tables import Incident


def held_at(node) -> int:
    with using(node.database):
        return int(CarriedLetter.select().count())


def alters_sections(change):
    """A rewriting of parcels on their way to the relay: each letter of each section."""

    def rewrite(path, body):
        if not path.endswith("exchange") or not body:
            return body
        parcel = Parcel.from_bytes(body)
        sections = [
            replace(section, envelopes=tuple(change(one) for one in section.envelopes))
            for section in parcel.carried
        ]
        return replace(parcel, carried=tuple(sections)).to_bytes()

    return rewrite


def test_a_relay_does_not_store_what_nobody_signed(trio):
    trio.village.posts(trio.county, "c1")
    trio.to_township.rewrite = alters_sections(lambda one: replace(one, signature=bytes(64)))

    trio.visits()

    assert held_at(trio.township) == 0
    assert trio.in_custody() == []
    trio.to_township.rewrite = lambda _, body: body
    trio.goes_round()
    assert trio.village.state("c1") == LetterState.ACKNOWLEDGED


def test_a_relays_word_alone_makes_nothing_green(trio):
    """It signs that it holds everything, and that is the end of it: it never hands it on."""
    trio.village.posts(trio.county, "c1")
    for _ in range(3):
        trio.visits()

    assert trio.in_custody() == [1]
    assert trio.village.state("c1") == LetterState.SENT
    assert trio.village.counts().acknowledged == 0
    trio.goes_round()
    assert trio.village.state("c1") == LetterState.ACKNOWLEDGED
    assert trio.county.effect_rows() == ["c1"]


def test_custody_of_another_letter_under_our_number_counts_for_nothing_and_is_told(trio):
    """The township holds what a copy of the village's disk wrote: ours is still offered to the county."""
    trio.village.posts(trio.county, "c1")
    with using(trio.village.database):
        own = give(trio.village.box, trio.county.node_id).manifest.mine[0]
        asked = give(trio.village.box, trio.township.node_id)
    with using(trio.township.database):
        told = give(trio.township.box, trio.village.node_id, asked.manifest).manifest
    false = replace(told, carried=(Carried(trio.county.node_id, own.instance, 1, "f" * 64),))
    signed = sign_statement(trio.township.keys, MANIFEST_KIND, false.to_dict())
    trio.to_township.rewrite_answer = lambda path, answer: (
        replace(answer, body=Parcel(signed).to_bytes())
        if path.endswith("exchange") and answer.status == 200
        else answer
    )
    trio.visits()

    assert trio.in_custody() == []
    with using(trio.village.database):
        assert [row.kind for row in Incident.select()] == ["carried-fork"]
    trio.to_township.rewrite_answer = lambda _, answer: answer
    trio.goes_round()
    assert trio.county.effect_rows() == ["c1"]


def test_a_relay_has_room_for_so_much_of_one_village_and_says_so(trio, monkeypatch):
    monkeypatch.setattr(relay, "CARRIED_LETTERS_PER_CHILD_MAX", 2)
    other = trio.adds_village(4)
    for number in range(5):
        trio.village.posts(trio.county, f"c{number}")
    other.posts(trio.county, "other")

    report = trio.visits()
    trio.visits(other)

    assert any("积压太多" in refusal.why for refusal in report.refused)
    assert held_at(trio.township) == 3
    assert trio.in_custody() == [2]
    for _ in range(4):
        trio.goes_round()
    assert trio.village.counts().acknowledged == 5
    other.database.close_all()


def test_a_relay_lets_go_of_nothing_before_the_county_says_that_it_has_it(trio):
    trio.village.posts(trio.county, "c1")
    trio.visits()
    trio.to_county.fate("ok", "ok", "unanswered")
    trio.passes_on()

    assert held_at(trio.township) == 1
    trio.to_county.fate()
    trio.passes_on()
    trio.passes_on()
    assert held_at(trio.township) == 0
    assert trio.county.effect_rows() == ["c1"]


def test_a_section_is_taken_only_from_its_author(trio):
    """A village hands the township what another village wrote, under its own name in the line."""
    other = trio.adds_village(4)
    other.posts(trio.county, "stolen")
    with using(other.database):
        section = give(other.box, trio.county.node_id).parcel
    with using(trio.township.database), pytest.raises(SyncError):
        relay.hold(trio.township.box, section, trio.village.node_id)
    assert held_at(trio.township) == 0
    other.database.close_all()
