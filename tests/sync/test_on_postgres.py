"""The hall at size: the same mail on PostgreSQL, with several processes' worth of connections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sync.outbox import LetterState
from sync.rows import using
from sync.tables import Arrival, InStream, LogTip
from tests.tools.mail_pair import Pair

pytestmark = pytest.mark.postgres


@pytest.fixture
def pair(tmp_path: Path, postgres_cluster) -> Iterator[Pair]:
    """A station on SQLite and a hall on PostgreSQL."""
    pair = Pair(tmp_path, postgres_cluster.make_database())
    yield pair
    pair.closes()


def test_mail_and_files_go_both_ways(pair):
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(b"scan" * 50_000)])
    pair.exchange()
    pair.hall.posts(pair.station, "r1", [pair.hall.keeps(b"licence" * 20_000)])
    pair.exchange()

    assert pair.hall.reads(pair.hall.effects[0]) == b"scan" * 50_000
    assert pair.station.reads(pair.station.effects[0]) == b"licence" * 20_000
    assert pair.station.state("c1") == pair.hall.state("r1") == LetterState.ACKNOWLEDGED
    assert pair.hall.counts().acknowledged == 1


def test_poison_is_undone_and_the_others_go_on(pair):
    pair.hall.refuses = lambda arrived: ValueError("bad") if arrived.subject == "c2" else None
    for subject in ("c1", "c2", "c3"):
        pair.station.posts(pair.hall, subject)

    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "c3"]
    assert [subject for subject, _ in pair.hall.quarantine()] == ["c2"]


def test_a_handler_that_breaks_a_database_rule_spoils_only_its_own_letter(pair):
    def breaks(arrived):
        if arrived.subject == "c1":
            LogTip.create(id=1, size=0, head="")
            LogTip.create(id=1, size=0, head="")

    pair.hall.refuses = breaks
    pair.station.posts(pair.hall, "c1")
    pair.station.posts(pair.hall, "c2")

    pair.exchange()

    assert pair.hall.effect_rows() == ["c2"]


def test_a_restored_station_and_early_letters(pair):
    backup = pair.station.backs_up()
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "c2"]


def test_the_same_parcel_in_eight_connections_at_once_counts_once(pair):
    for number in range(5):
        pair.station.posts(pair.hall, f"c{number}")
    others = [pair.adds_station(number) for number in (3, 4)]
    for other in others:
        other.station.posts(pair.hall, f"o{other.station.node_id[:2]}")
    parcels = [pair.station.gives(pair.hall)] * 6 + [other.station.gives(pair.hall) for other in others]

    def takes(parcel: bytes) -> None:
        pair.hall.takes_stick(parcel)
        pair.hall.database.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(takes, parcels))

    assert sorted(pair.hall.effect_rows()) == ["c0", "c1", "c2", "c3", "c4", "o03", "o04"]
    with using(pair.hall.database):
        sizes = [row.log_size for row in Arrival.select().order_by(Arrival.log_size)]
        assert sizes == list(range(1, 8)) == list(range(1, LogTip.get().size + 1))
        assert {row.upto for row in InStream.select()} == {5, 1}
    for other in others:
        other.station.database.close_all()


def test_two_who_post_to_the_same_node_for_the_first_time_share_one_stream(pair):
    def posts(subject: str) -> None:
        pair.hall.posts(pair.station, subject)
        pair.hall.database.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(posts, [f"r{number}" for number in range(6)]))
    pair.exchange()

    assert sorted(pair.station.effect_rows()) == [f"r{number}" for number in range(6)]
    assert len({arrived.instance for arrived in pair.station.effects}) == 1
