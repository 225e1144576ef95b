"""A number used twice: both versions are kept, and a person says what becomes of the second."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import forks
from sync.rows import using
from sync.tables import Aside
from tests.tools.mail_pair import Pair, PairNode


@pytest.fixture
def forked(pair: Pair, tmp_path: Path) -> Iterator[tuple[Pair, PairNode]]:
    """The copy of a disk wrote under number 2, and so did the first PC; a stick of the copy came second."""
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    twin = pair.clone(tmp_path)
    pair.station.posts(pair.hall, "station-2")
    twin.posts(pair.hall, "twin-2")
    pair.exchange()
    pair.hall.takes_stick(twin.gives(pair.hall))
    yield pair, twin
    twin.database.close_all()


def versions(pair: Pair) -> list[forks.SecondVersion]:
    with using(pair.hall.database):
        row = Aside.get(Aside.why == "fork")
        return forks.second_versions(pair.hall.box, row.sender, row.instance)


def exchanges(pair: Pair, twin: PairNode) -> None:
    courier = pair.courier_of(twin)
    with using(twin.database):
        courier.exchange()


def test_both_versions_can_be_read_side_by_side(forked: tuple[Pair, PairNode]) -> None:
    [version] = versions(forked[0])

    assert version.first_read is not None and version.first_read.subject == "station-2"
    assert version.second_read is not None and version.second_read.subject == "twin-2"
    assert not version.came_otherwise


def test_an_accepted_second_version_takes_effect_once_though_the_copy_sends_it_again(
    forked: tuple[Pair, PairNode],
) -> None:
    pair, twin = forked
    [version] = versions(pair)
    with using(pair.hall.database):
        assert forks.accept(pair.hall.box, version.row.hash) == ""
        assert forks.accept(pair.hall.box, version.row.hash) == ""
    exchanges(pair, twin)

    assert pair.hall.effect_rows() == ["c1", "station-2", "twin-2"]
    assert versions(pair) == []


def test_one_set_aside_for_good_takes_no_effect_in_any_envelope(forked: tuple[Pair, PairNode]) -> None:
    pair, twin = forked
    [version] = versions(pair)
    with using(pair.hall.database):
        forks.refuse(version.row.hash, "窗口核对过，这份是误操作", pair.hall.now)
    exchanges(pair, twin)

    assert pair.hall.effect_rows() == ["c1", "station-2"]
    assert pair.hall.quarantine() == [("twin-2", "窗口核对过，这份是误操作")]
    with using(pair.hall.database):
        kept = Aside.get(Aside.hash == version.row.hash)
        assert (kept.decision, bool(kept.sealed)) == ("refused", True)


def test_one_that_came_in_another_stream_meanwhile_is_only_marked(forked: tuple[Pair, PairNode]) -> None:
    pair, twin = forked
    exchanges(pair, twin)
    [version] = versions(pair)
    assert version.came_otherwise

    with using(pair.hall.database):
        assert forks.accept(pair.hall.box, version.row.hash) == ""

    assert pair.hall.effect_rows() == ["c1", "station-2", "twin-2"]
    assert versions(pair) == []


def test_one_that_its_handler_refuses_waits_on(forked: tuple[Pair, PairNode]) -> None:
    pair, _ = forked
    pair.hall.refuses = lambda arrived: ValueError("没有这个办件") if arrived.subject == "twin-2" else None
    [version] = versions(pair)

    with using(pair.hall.database):
        reason = forks.accept(pair.hall.box, version.row.hash)

    assert "没有这个办件" in reason
    assert len(versions(pair)) == 1
