"""A hall set back to a backup, one of whose stations is two computers by now: a copied disk.

What only one of the two has of the hall comes back, and what the hall wrote meanwhile reaches both.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.rows import using
from sync.tables import OutLetter
from tests.tools.mail_pair import Pair, PairNode


@pytest.fixture
def twin(pair: Pair, tmp_path: Path) -> Iterator[PairNode]:
    """A copy of the station's disk, made when the hall had written r1 to it."""
    pair.hall.posts(pair.station, "r1")
    pair.exchange()
    other = pair.clone(tmp_path)
    yield other
    other.database.close_all()


def calls(pair: Pair, node: PairNode) -> None:
    with using(node.database):
        assert pair.courier_of(node).exchange().state == "ok"


def shown(node: PairNode) -> list[str]:
    """What it wrote of cases, each once, wherever it stands by now."""
    with using(node.database):
        rows = OutLetter.select().where(OutLetter.moved_to.is_null(), OutLetter.kind == "case.opened")
        return sorted(row.subject for row in rows)


def set_back_and_writes(pair: Pair, twin: PairNode, lost: list[str], written: list[str]) -> None:
    """Only the station has what the hall lost, and only its copy what the hall wrote under those numbers."""
    backup = pair.hall.backs_up()
    for subject in lost:
        pair.hall.posts(pair.station, subject)
    pair.exchange()
    pair.hall.is_set_back(backup)
    for subject in written:
        pair.hall.posts(pair.station, subject)
    calls(pair, twin)
    calls(pair, twin)


@pytest.mark.parametrize(
    ("lost", "written"),
    [
        (["r2"], ["x2"]),
        (["r2"], ["x2", "x3", "x4"]),
        (["r2", "r3", "r4", "r5"], ["x2", "x3", "x4", "x5"]),
        (["r2", "r3", "r4", "r5"], ["x2", "x3"]),
    ],
)
def test_what_only_one_of_two_copies_has_comes_back_and_what_only_the_other_has_reaches_both(
    pair: Pair, twin: PairNode, lost: list[str], written: list[str]
) -> None:
    set_back_and_writes(pair, twin, lost, written)

    for _ in range(4):
        calls(pair, pair.station)
        calls(pair, twin)

    assert shown(pair.hall) == ["r1", *lost, *written]
    assert sorted(pair.station.effect_rows()) == ["r1", *lost, *written]
    assert sorted(twin.effect_rows()) == ["r1", *lost, *written]
    assert pair.hall.quarantine() == []


def test_what_a_copy_wrote_under_a_number_at_which_all_had_come_back_comes_back_as_well(
    pair: Pair, twin: PairNode
) -> None:
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    at_the_hall, at_the_station = pair.hall.backs_up(), pair.station.backs_up()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    twin.posts(pair.hall, "t1")
    calls(pair, twin)
    calls(pair, twin)  # c1 and c2 come back to the copy, under their numbers
    pair.hall.is_set_back(at_the_hall)
    pair.station.is_set_back(at_the_station)
    pair.restarts_station()
    pair.station.posts(pair.hall, "n2")  # under the number of c2
    pair.exchange()

    for _ in range(3):
        calls(pair, twin)
        pair.exchange()

    assert shown(twin) == ["c1", "c2", "n2", "t1"]
    assert sorted(pair.hall.effect_rows()) == ["c1", "c2", "n2", "t1"]
