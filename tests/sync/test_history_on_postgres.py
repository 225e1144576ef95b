"""Letters given back, second versions, a replaced PC and new keys, at a hall on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import enrolment, epochs, forks, rotation
from sync.keys import NodeKeys
from sync.outstream import Sender
from sync.register import Peer, peer, record_of
from sync.rows import using, write
from sync.tables import Aside
from tests.tools.mail_pair import NOW, Pair, PairNode, taken_up

pytestmark = pytest.mark.postgres


@pytest.fixture
def pair(tmp_path: Path, postgres_cluster) -> Iterator[Pair]:
    """A station on SQLite and its hall on PostgreSQL."""
    pair = Pair(tmp_path, postgres_cluster.make_database())
    with using(pair.hall.database):
        theirs = Peer.node_id == pair.station.node_id
        Peer.update(parent=pair.hall.node_id).where(theirs).execute()
    yield pair
    pair.closes()


def test_a_restored_station_gets_its_letters_and_scans_back(pair: Pair) -> None:
    backup = pair.station.backs_up()
    for number in range(70):
        pair.station.posts(pair.hall, f"c{number}")
    pair.station.posts(pair.hall, "scan", [pair.station.keeps(b"scan" * 9000)])
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()
    again = taken_up(pair.station)

    pair.exchange()
    pair.exchange()

    assert again == [*(f"c{number}" for number in range(70)), "scan"]
    assert pair.station.counts().acknowledged == 71


def test_a_hall_takes_its_own_letters_up_again(pair: Pair) -> None:
    """Its database cannot be laid back by a file copy here, so it forgets what it wrote row by row."""
    pair.hall.posts(pair.station, "r1")
    pair.exchange()
    pair.hall.posts(pair.station, "r2")
    pair.exchange()
    with using(pair.hall.database), write():
        for table in ("acknowledgement", "letterfile", "letter_file"):
            if pair.hall.database.table_exists(table):
                pair.hall.database.execute_sql(f"DELETE FROM {table}")  # noqa: S608
        pair.hall.database.execute_sql("DELETE FROM out_letter WHERE seq > 1")
        pair.hall.database.execute_sql(
            "UPDATE out_stream SET last_seq = 1, peer_has = 1, last_hash = (SELECT hash FROM out_letter)"
        )
        epochs.begin("ab" * 8, NOW)
    again = taken_up(pair.hall)

    pair.exchange()
    pair.exchange()

    assert again == ["r2"]
    assert pair.station.incidents() == ["peer-restored"]


def test_a_second_version_is_accepted_once(pair: Pair, tmp_path: Path) -> None:
    pair.station.posts(pair.hall, "c0")
    pair.exchange()
    twin = pair.clone(tmp_path)
    pair.station.posts(pair.hall, "station-1")
    twin.posts(pair.hall, "twin-1")
    pair.exchange()
    pair.hall.takes_stick(twin.gives(pair.hall))

    with using(pair.hall.database):
        name = str(Aside.get().hash)
        assert forks.accept(pair.hall.box, name) == forks.accept(pair.hall.box, name) == ""

    assert pair.hall.effect_rows() == ["c0", "station-1", "twin-1"]
    twin.database.close_all()


def test_a_new_pc_takes_the_place_of_a_dead_one(pair: Pair) -> None:
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    pair.hall.posts(pair.station, "r1", [pair.hall.keeps(b"result" * 4000)])
    pair.exchange()
    new = PairNode(9, "village", pair.folder)
    new.record = record_of(new.keys, new.node_id, "village", "新电脑", pair.station.record.division)
    with using(pair.hall.database):
        code = enrolment.make_code(new.record.division, NOW, replaces=pair.station.node_id)
    with using(new.database):
        asked = enrolment.request(new.keys, new.record, code.text, NOW)
    with using(pair.hall.database):
        granted = enrolment.grant(pair.hall.keys, pair.hall.record, asked, NOW)
    with using(new.database):
        new.node_id = enrolment.accept(new.keys, granted, NOW, new.node_id).node.node_id
    new.starts()
    again = taken_up(new)
    courier = pair.courier_of(new)
    for _ in range(2):
        with using(new.database):
            courier.exchange()

    assert again == ["c1"]
    assert new.effect_rows() == ["r1"]
    new.database.close_all()


def test_a_station_changes_its_keys(pair: Pair) -> None:
    pair.exchange()
    node, new = pair.station, NodeKeys.generate()
    node.keys.beside = (new,)
    with using(node.database), write():
        rotation.announce(Sender(node.node_id, node.keys), new, node.clock.stamp())
    node.handlers[rotation.KEPT] = lambda arrived: rotation.read_kept(new, arrived) and None

    pair.exchange()

    with using(pair.hall.database):
        assert peer(node.node_id).record.key_id == new.key_id
    with using(node.database):
        assert rotation.unconfirmed(node.node_id, new) == []
