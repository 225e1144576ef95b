"""County and township on PostgreSQL: the same mail by way of the township, both ways."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.outbox import LetterState
from sync.relay_tables import CarriedFile, CarriedLetter, CarriedWord
from sync.rows import using
from tests.tools.mail_trio import Trio

pytestmark = pytest.mark.postgres


@pytest.fixture
def trio(tmp_path: Path, postgres_cluster) -> Iterator[Trio]:
    """A village on SQLite, everybody else on PostgreSQL."""
    trio = Trio(tmp_path, (postgres_cluster.make_database(), postgres_cluster.make_database()))
    yield trio
    trio.closes()


def test_letters_and_files_go_up_and_down_and_the_township_keeps_nothing(trio):
    scan, paper = b"scan" * 30_000, b"paper" * 30_000
    trio.village.posts(trio.county, "c1", [trio.village.keeps(scan)])
    trio.goes_round()
    trio.county.posts(trio.village, "d1", [trio.county.keeps(paper)])
    for _ in range(2):
        trio.passes_on()
        trio.visits()
    trio.passes_on()

    assert trio.county.reads(trio.county.effects[0]) == scan
    assert trio.village.reads(trio.village.effects[0]) == paper
    assert trio.village.state("c1") == trio.county.state("d1") == LetterState.ACKNOWLEDGED
    with using(trio.township.database):
        assert [table.select().count() for table in (CarriedLetter, CarriedWord, CarriedFile)] == [0, 0, 0]


def test_a_file_whose_letter_went_directly_goes_by_the_township(trio):
    scan = b"scan" * 30_000
    trio.village.posts(trio.county, "c1", [trio.village.keeps(scan)])
    trio.calls_county_for_letters_only()
    for _ in range(3):
        trio.goes_round()

    assert trio.county.reads(trio.county.effects[0]) == scan
    assert trio.village.state("c1") == LetterState.ACKNOWLEDGED


def test_the_other_way_as_well(trio):
    paper = b"paper" * 30_000
    trio.county.posts(trio.village, "d1", [trio.county.keeps(paper)])
    trio.calls_county_for_letters_only()
    for _ in range(3):
        trio.goes_round()

    assert trio.village.reads(trio.village.effects[0]) == paper
    assert trio.county.state("d1") == LetterState.ACKNOWLEDGED
