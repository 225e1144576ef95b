"""A township carries its villages' mail to the county and back, unopened, however long it is offline."""

from sync.outbox import LetterState
from sync.relay_tables import RELAY_TABLES, CarriedLetter
from sync.rows import using


def held_at(node) -> list[str]:
    """Hashes of the letters a relay holds."""
    with using(node.database):
        return [row.hash for row in CarriedLetter.select().order_by(CarriedLetter.id)]


def test_a_letter_reaches_the_county_through_the_township_and_turns_green_by_the_countys_word(trio):
    trio.village.posts(trio.county, "c1")

    trio.visits()
    assert trio.county.effects == []
    assert trio.village.state("c1") == LetterState.SENT
    trio.passes_on()
    assert [arrived.path for arrived in trio.county.effects] == ["relay"]
    assert trio.village.state("c1") == LetterState.SENT
    trio.visits()

    assert trio.village.state("c1") == LetterState.ACKNOWLEDGED
    assert trio.village.states("c1")[0].ack.body_bytes.count(trio.county.node_id.encode()) == 2


def test_the_countys_answer_comes_down_the_same_way(trio):
    trio.village.posts(trio.county, "c1")
    trio.goes_round()
    trio.county.posts(trio.village, "c1")

    trio.passes_on()
    assert trio.county.state("c1") == LetterState.SENT
    trio.visits()
    assert [arrived.subject for arrived in trio.village.effects] == ["c1"]
    trio.passes_on()

    assert trio.county.state("c1") == LetterState.ACKNOWLEDGED


def test_a_letter_in_the_townships_custody_is_signed_for_and_not_offered_again(trio):
    for number in range(5):
        trio.village.posts(trio.county, f"c{number}")
    trio.visits()

    assert trio.in_custody() == [5]
    first_bytes = trio.to_township.wire_bytes()
    trio.visits()
    assert trio.to_township.wire_bytes() - first_bytes < first_bytes / 2
    assert len(held_at(trio.township)) == 5


def test_a_township_offline_for_days_keeps_everything_and_brings_it_all(trio):
    trio.to_county.fate(*["lost"] * 6)
    for day in range(3):
        trio.village.posts(trio.county, f"c{day}")
        trio.visits()
        assert trio.passes_on().state == "offline"
        trio.passes(86400)
    for _ in range(3):
        trio.passes_on()

    trio.passes_on()
    trio.visits()

    assert trio.county.effect_rows() == ["c0", "c1", "c2"]
    assert trio.village.counts().acknowledged == 3


def test_what_arrived_and_is_known_to_have_arrived_leaves_the_township(trio):
    trio.village.posts(trio.county, "c1", [trio.village.keeps(b"scan" * 500)])
    trio.goes_round()
    trio.county.posts(trio.village, "c1", [trio.county.keeps(b"paper" * 500)])
    for _ in range(3):
        trio.passes_on()
        trio.visits()

    assert trio.village.state("c1") == trio.county.state("c1") == LetterState.ACKNOWLEDGED
    with using(trio.township.database):
        left = {table.__name__: table.select().count() for table in RELAY_TABLES}
    assert left["CarriedLetter"] == left["CarriedWord"] == left["CarriedFile"] == 0


def test_files_go_up_and_down_by_way_of_the_township(trio):
    scan, paper = b"scan" * 30_000, b"paper" * 30_000
    trio.village.posts(trio.county, "c1", [trio.village.keeps(scan)])
    trio.goes_round()
    assert trio.county.reads(trio.county.effects[0]) == scan
    assert trio.village.state("c1") == LetterState.ACKNOWLEDGED

    trio.county.posts(trio.village, "c1", [trio.county.keeps(paper)])
    trio.passes_on()
    trio.visits()

    assert trio.village.reads(trio.village.effects[0]) == paper


def test_a_file_that_the_township_does_not_have_yet_stops_nothing(trio):
    trio.county.posts(trio.village, "c1", [trio.county.keeps(b"paper" * 30_000)])
    trio.calls_county_for_letters_only()
    trio.village.posts(trio.county, "c2")

    assert trio.visits().state == "ok"
    assert trio.in_custody() == [1]
    trio.passes_on()
    trio.visits()
    assert trio.village.state("c2") == LetterState.ACKNOWLEDGED


def test_several_villages_are_carried_side_by_side(trio):
    others = [trio.adds_village(number) for number in (4, 5, 6)]
    for number, village in enumerate(others):
        for letter in range(3):
            village.posts(trio.county, f"v{number}-{letter}")
        trio.visits(village)

    trio.passes_on()
    for village in others:
        trio.visits(village)

    assert len(trio.county.effects) == 9
    assert [village.counts().acknowledged for village in others] == [3, 3, 3]
