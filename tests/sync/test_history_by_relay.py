"""Letters given back travel through a township like any other mail."""

from tests.tools.mail_pair import taken_up


def is_set_back(trio, backup: bytes) -> None:
    trio.village.is_set_back(backup)
    trio.village_courier = trio.courier(trio.village, trio.to_township)


def test_a_restored_village_gets_its_letters_back_through_the_township(trio):
    backup = trio.village.backs_up()
    for number in (1, 2, 3):
        trio.village.posts(trio.county, f"c{number}")
    trio.goes_round()
    trio.goes_round()
    is_set_back(trio, backup)
    again = taken_up(trio.village)

    for _ in range(4):
        trio.goes_round()

    assert again == ["c1", "c2", "c3"]
    assert [arrived.subject for arrived in trio.county.effects] == ["c1", "c2", "c3"]
    assert trio.village.counts().queued == 0


def test_a_restored_county_gets_its_answers_back_through_the_township(trio):
    trio.village.posts(trio.county, "c1")
    trio.goes_round()
    backup = trio.county.backs_up()
    trio.county.posts(trio.village, "r1")
    trio.goes_round()
    trio.goes_round()
    assert [arrived.subject for arrived in trio.village.effects] == ["r1"]
    trio.county.is_set_back(backup)
    again = taken_up(trio.county)

    for _ in range(4):
        trio.goes_round()

    assert again == ["r1"]
    assert [arrived.subject for arrived in trio.village.effects] == ["r1"]
