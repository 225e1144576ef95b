"""Relay, direct line and stick, one after the other or all at once: each letter counts once, in order."""

import os
from random import Random

from sync.outbox import LetterState
from sync.relay_tables import RELAY_TABLES, CarriedFile, CarriedLetter, CarriedWord
from sync.rows import using
from tests.tools.mail_trio import Trio

SEED = int(os.environ.get("YIMEN_SEED", "20261126"))


def by_stick(trio: Trio) -> None:
    """From the village to the county and back, past everybody."""
    trio.county.takes_stick(trio.village.gives(trio.county))
    trio.village.takes_stick(trio.county.gives(trio.village))


def test_what_the_township_holds_goes_directly_as_well_and_counts_once(trio):
    trio.village.posts(trio.county, "c1")
    trio.visits()

    trio.calls_county()
    assert trio.village.state("c1") == LetterState.ACKNOWLEDGED
    trio.passes_on()
    trio.visits()

    assert trio.county.effect_rows() == ["c1"]
    assert trio.village.incidents() == trio.county.incidents() == []


def test_a_letter_that_went_directly_is_not_given_to_the_township(trio):
    trio.calls_county()
    trio.village.posts(trio.county, "c1")
    trio.calls_county()

    trio.visits()

    with using(trio.township.database):
        assert CarriedLetter.select().count() == 0


def test_letters_follow_each_other_over_changing_ways(trio):
    ways = (trio.goes_round, trio.calls_county, lambda: by_stick(trio), trio.goes_round)
    for number, way in enumerate(ways):
        trio.village.posts(trio.county, f"c{number}")
        way()

    assert trio.county.effect_rows() == ["c0", "c1", "c2", "c3"]
    assert [arrived.path for arrived in trio.county.effects] == ["relay", "link", "usb", "relay"]
    assert trio.village.counts().acknowledged == 4


def test_a_township_left_behind_by_the_direct_line_catches_up(trio):
    """It holds c0 alone; the direct line brings c1; then c2 comes to the township, behind a gap."""
    trio.village.posts(trio.county, "c0")
    trio.visits()
    trio.village.posts(trio.county, "c1")
    trio.calls_county()
    trio.village.posts(trio.county, "c2")
    trio.goes_round()
    trio.goes_round()

    assert trio.county.effect_rows() == ["c0", "c1", "c2"]
    assert trio.village.counts().acknowledged == 3


def test_all_three_ways_at_once_in_any_order_deliver_each_letter_once(trio):
    print(f"seed {SEED}")
    chance = Random(SEED)
    steps = [trio.visits, trio.passes_on, trio.calls_county, lambda: by_stick(trio)]
    written = down = 0
    for _ in range(40):
        if chance.random() < 0.5:
            scan = trio.village.keeps(b"scan" * chance.randrange(9000))
            trio.village.posts(trio.county, f"c{written}", [scan])
            written += 1
        if chance.random() < 0.2:
            paper = trio.county.keeps(b"paper" * chance.randrange(9000))
            trio.county.posts(trio.village, f"d{down}", [paper])
            down += 1
        for link in (trio.to_county, trio.to_township, trio.direct):
            link.fate(*chance.choices(["ok", "lost", "unanswered", "twice"], [6, 1, 1, 1], k=3))
        chance.choice(steps)()
    for _ in range(3):
        for link in (trio.to_county, trio.to_township, trio.direct):
            link.fate()
        trio.goes_round()

    assert trio.county.effect_rows() == [f"c{number}" for number in range(written)]
    assert trio.village.effect_rows() == [f"d{number}" for number in range(down)]
    assert trio.village.counts().acknowledged == written
    assert trio.county.counts().acknowledged == down
    assert trio.village.incidents() == trio.county.incidents() == []
    with using(trio.township.database):
        left = [table.select().count() for table in (CarriedLetter, CarriedWord, CarriedFile)]
    assert left == [0, 0, 0]


def test_a_township_set_back_to_a_backup_says_less_and_is_given_the_rest_again(trio):
    trio.village.posts(trio.county, "c1")
    trio.visits()
    backup = trio.township.backs_up()
    trio.village.posts(trio.county, "c2")
    trio.visits()
    assert trio.in_custody() == [2]

    trio.township.is_set_back(backup)
    trio.to_township.hall = trio.township
    trio.township_courier = trio.courier(trio.township, trio.to_county)
    trio.visits()
    assert trio.in_custody() == [2]
    trio.passes_on()
    trio.visits()

    assert trio.county.effect_rows() == ["c1", "c2"]
    assert trio.village.counts().acknowledged == 2


def test_a_township_whose_disk_is_lost_is_given_everything_again(trio):
    for number in range(3):
        trio.village.posts(trio.county, f"c{number}", [trio.village.keeps(b"scan" * 999)])
    trio.visits()
    with using(trio.township.database):
        for table in RELAY_TABLES:
            table.delete().execute()

    trio.goes_round()

    assert trio.county.effect_rows() == ["c0", "c1", "c2"]
    assert trio.village.counts().acknowledged == 3


def test_a_file_lost_with_the_townships_disk_is_given_again_although_its_letter_had_arrived(trio):
    scan = b"scan" * 30_000
    trio.village.posts(trio.county, "c1", [trio.village.keeps(scan)])
    trio.visits()
    trio.to_county.rewrite_answer = trio.no_files
    trio.passes_on()
    trio.visits()
    assert trio.county.effect_rows() == ["c1"]
    with using(trio.township.database):
        for table in RELAY_TABLES:
            table.delete().execute()
    trio.to_county.rewrite_answer = lambda _, answer: answer
    trio.loses_files_of_others(trio.township)

    for _ in range(3):
        trio.goes_round()

    assert trio.county.reads(trio.county.effects[0]) == scan
    assert trio.village.state("c1") == LetterState.ACKNOWLEDGED


def test_a_county_set_back_to_a_backup_is_offered_again_what_it_lost_through_the_township(trio):
    trio.village.posts(trio.county, "c1")
    trio.goes_round()
    backup = trio.county.backs_up()
    trio.village.posts(trio.county, "c2")
    trio.goes_round()
    assert trio.village.counts().acknowledged == 2

    trio.county.is_set_back(backup)
    trio.passes(4000)
    for _ in range(3):
        trio.goes_round()

    assert trio.county.effect_rows() == ["c1", "c2"]
    assert "peer-set-back" in trio.village.incidents()


def test_a_village_set_back_to_a_backup_learns_of_it_through_the_township_and_nothing_is_lost(trio):
    trio.village.posts(trio.county, "c1")
    trio.goes_round()
    backup = trio.village.backs_up()
    trio.village.posts(trio.county, "c2")
    trio.goes_round()

    trio.village_is_set_back(backup)
    trio.village.posts(trio.county, "c3")
    for _ in range(4):
        trio.goes_round()

    assert sorted(trio.county.effect_rows()) == ["c1", "c2", "c3"]
    assert trio.village.state("c3") == LetterState.ACKNOWLEDGED
    assert trio.village.incidents() == ["sent-fork"]


def test_of_two_words_about_one_stream_the_township_keeps_the_one_that_came_last(trio):
    """Both ends are set back, the village twice: its stream begins again from an earlier number."""
    trio.village.posts(trio.county, "c1")
    trio.goes_round()
    village, county = trio.village.backs_up(), trio.county.backs_up()
    trio.village.posts(trio.county, "c2")
    trio.village.posts(trio.county, "c3")
    trio.visits()
    trio.passes_on()  # the township has the county's word up to 3, and the village does not fetch it

    trio.village_is_set_back(village)
    trio.county.is_set_back(county)
    trio.passes(4000)
    trio.goes_round()
    trio.village_is_set_back(village)
    trio.village.posts(trio.county, "d2")
    for _ in range(3):
        trio.goes_round()

    assert trio.village.state("d2") == LetterState.ACKNOWLEDGED
