"""A PC died; a new one joins in its place, and both sides' letters are on it afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sync import enrolment, register
from sync.errors import EnrolmentRefused, GrantRefused
from sync.keys import NodeKeys, Statement
from sync.outbox import LetterState
from sync.register import PeerKey, record_of
from sync.rows import using
from sync.tables import Arrival, OutLetter, Session
from tests.tools.mail_pair import NOW, Pair, PairNode

DEAD = "02" * 16


@dataclass
class Scene:
    """What is left of the old PC, the new one, and the hall between them."""

    old: Pair
    new: PairNode

    @property
    def hall(self) -> PairNode:
        return self.old.hall

    def asks(self, replaces: str = DEAD) -> Statement:
        """The hall makes a code, the new PC asks with it."""
        with using(self.hall.database):
            code = enrolment.make_code(self.new.record.division, NOW, replaces=replaces)
        with using(self.new.database):
            return enrolment.request(self.new.keys, self.new.record, code.text, NOW)

    def grants(self, asked: Statement) -> Statement:
        with using(self.hall.database):
            return enrolment.grant(self.hall.keys, self.hall.record, asked, NOW)

    def accepts(self, granted: Statement) -> None:
        with using(self.new.database):
            taken = enrolment.accept(self.new.keys, granted, NOW, self.new.node_id)
        self.new.node_id, self.new.record = taken.node.node_id, taken.node
        self.new.starts()

    def replaces(self) -> None:
        self.accepts(self.grants(self.asks()))

    def exchange(self) -> list[str]:
        """The new PC talks to the hall; returns what it took up again of its own."""
        again: list[str] = []
        self.new.handlers["returned:case."] = lambda ours: again.append(ours.subject)
        courier = self.old.courier_of(self.new)
        for _ in range(2):
            with using(self.new.database):
                report = courier.exchange()
            assert report.state == "ok", report.why
        return again


@pytest.fixture
def scene(pair: Pair) -> Iterator[Scene]:
    """Three cases and two answers went over the line before the PC died."""
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(b"scan" * 5000)])
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    pair.hall.posts(pair.station, "r1", [pair.hall.keeps(b"result" * 4000)])
    pair.exchange()
    pair.station.posts(pair.hall, "c3")
    pair.exchange()
    pair.hall.posts(pair.station, "r2")
    with using(pair.hall.database):
        theirs = register.Peer.node_id == pair.station.node_id
        register.Peer.update(parent=pair.hall.node_id).where(theirs).execute()
    new = PairNode(9, "village", pair.folder)
    new.record = record_of(new.keys, new.node_id, "village", "新电脑", pair.station.record.division)
    yield Scene(pair, new)
    new.database.close_all()


def test_the_new_pc_is_the_same_station_and_has_the_letters_of_both_sides(scene: Scene) -> None:
    scene.replaces()

    again = scene.exchange()

    assert scene.new.node_id == DEAD
    assert again == ["c1", "c2", "c3"]
    assert scene.new.effect_rows() == ["r1", "r2"]
    assert scene.new.reads(scene.new.effects[0]) == b"result" * 4000
    assert scene.hall.effect_rows() == ["c1", "c2", "c3"]


def test_the_old_letters_are_green_and_new_ones_get_numbers_of_their_own(scene: Scene) -> None:
    scene.replaces()
    scene.exchange()

    scene.new.posts(scene.hall, "c4")
    scene.exchange()

    assert {scene.new.state(f"c{n}") for n in (1, 2, 3, 4)} == {LetterState.ACKNOWLEDGED}
    assert scene.hall.effect_rows() == ["c1", "c2", "c3", "c4"]
    with using(scene.hall.database):
        assert Arrival.select().where(Arrival.state == "quarantined").count() == 0


def test_a_scan_the_hall_holds_is_on_the_new_pc(scene: Scene) -> None:
    scene.replaces()
    kept = []
    scene.new.handlers["returned:case."] = kept.append
    courier = scene.old.courier_of(scene.new)
    for _ in range(3):
        with using(scene.new.database):
            courier.exchange()

    assert scene.new.reads(kept[0]) == b"scan" * 5000


def test_what_was_written_to_the_dead_pc_is_sealed_for_the_new_one(scene: Scene) -> None:
    scene.replaces()

    with using(scene.hall.database):
        waiting = OutLetter.select().where(OutLetter.moved_to.is_null())
        assert {row.stream.is_current for row in waiting} == {True}
        assert [row.subject for row in waiting.order_by(OutLetter.seq)] == ["r1", "r2"]


def test_the_dead_pc_is_shut_out_at_once_should_it_wake_up(scene: Scene) -> None:
    scene.replaces()
    with using(scene.hall.database):
        assert Session.select().where(Session.node_id == DEAD).count() == 0
    scene.old.station.posts(scene.hall, "late")

    report = scene.old.exchange()

    assert report.state == "refused"
    assert "late" not in scene.hall.effect_rows()


def test_a_stick_of_the_dead_pc_waits_for_a_person(scene: Scene) -> None:
    scene.old.station.posts(scene.hall, "late")
    stick = scene.old.station.gives(scene.hall)
    scene.replaces()

    scene.hall.takes_stick(stick)

    assert [subject for subject, _ in scene.hall.quarantine()] == ["late"]


def test_the_same_request_again_gets_the_same_grant(scene: Scene) -> None:
    asked = scene.asks()

    first, again = scene.grants(asked), scene.grants(asked)

    assert first == again
    with using(scene.hall.database):
        assert PeerKey.select().where(PeerKey.node_id == DEAD).count() == 2


def test_a_pc_that_has_mail_of_its_own_takes_nobody_s_place(scene: Scene) -> None:
    scene.new.knows(scene.hall)
    granted = scene.grants(scene.asks())
    scene.new.posts(scene.hall, "own")

    with pytest.raises(GrantRefused, match="已经有自己的信件"):
        scene.accepts(granted)
    with using(scene.new.database):
        assert register.peer("09" * 16)


def test_only_a_pc_of_the_same_level_and_place_can_take_it(scene: Scene) -> None:
    facts = (scene.new.keys, scene.new.node_id, "township", "镇中心", scene.new.record.division)
    scene.new.record = record_of(*facts)
    asked = scene.asks()

    with pytest.raises(EnrolmentRefused, match="级别或区划"):
        scene.grants(asked)


def test_a_node_that_is_none_of_the_hall_s_cannot_be_replaced(scene: Scene) -> None:
    asked = scene.asks(replaces="77" * 16)

    with pytest.raises(EnrolmentRefused, match="不是本大厅登记"):
        scene.grants(asked)


def test_a_stranger_s_keys_do_not_enter_by_a_wrong_code(scene: Scene) -> None:
    scene.asks()
    stranger = NodeKeys.generate()
    record = record_of(stranger, "aa" * 16, "village", "冒充", scene.new.record.division)
    with using(scene.new.database):
        asked = enrolment.request(stranger, record, "2222-2222", NOW)

    with pytest.raises(EnrolmentRefused):
        scene.grants(asked)
    with using(scene.hall.database):
        [key] = PeerKey.select().where(PeerKey.node_id == DEAD)
        assert key.revoked_at is None
