"""What has had its time goes, what proves it stays, and nothing undelivered is ever touched."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from station.database import AnyDatabase
from sync import attachments, incidents, register, retention, session
from sync.errors import FileErased
from sync.incidents import Cause
from sync.outbox import LetterState
from sync.retention import Periods
from sync.rows import write
from sync.tables import Arrival, Aside, FileChunk, InKey, OutKey, OutLetter, SealedFile, Session
from tests.sync.post import Post
from tests.tools.mail_node import MailNode

SCAN = b"scan " * 40_000
SENT_DAYS, ARRIVED_DAYS = 6, 9
PERIODS = Periods(SENT_DAYS, ARRIVED_DAYS, incident_days=5)


class LongPost(Post):
    """A hall that leads the time, a village that learns it, and a stick that goes to and fro for months."""

    def __init__(self, folder: Path, database: AnyDatabase) -> None:
        hall, village = MailNode(1, "county", folder, database=database), MailNode(2, "village", folder)
        super().__init__(folder, hall, village)
        hall.box.clock.lead()
        village.joins(hall)

    def round_trip(self) -> None:
        self.goes()
        self.comes_back()

    def days_pass(self, count: int, *, node: MailNode | None = None) -> retention.Swept:
        """Every day a stick comes from the hall, and the node keeps house once; the last round is told."""
        node = node or self.village
        swept = retention.Swept(None)
        for _ in range(count):
            for each in (self.hall, self.village):
                each.now += timedelta(days=1)
            with self.village.at_work():
                self.village.box.clock.learn(self.hall.now)
            with node.at_work():
                swept = retention.sweep(node.box.clock, PERIODS)
        return swept


@pytest.fixture
def post(tmp_path: Path, database: AnyDatabase) -> Iterator[LongPost]:
    yield LongPost(tmp_path, database)


def letters(node: MailNode) -> list[OutLetter]:
    with node.at_work():
        return list(OutLetter.select().order_by(OutLetter.id))


def erased(node: MailNode) -> list[bool]:
    """Of each letter sent, whether its sealed bytes are gone."""
    return [not bytes(letter.sealed) for letter in letters(node)]


def chunks(node: MailNode) -> int:
    with node.at_work():
        return FileChunk.select().count()


def test_a_delivered_letter_and_its_file_go_after_the_period_and_the_proof_stays(post):
    village, hall = post.village, post.hall
    village.writes(hall, "c1", {"applicant": "张示例"}, [SCAN])
    post.round_trip()
    post.days_pass(SENT_DAYS)
    assert erased(village) == [False]
    [before] = letters(village)
    post.days_pass(1)

    [after] = letters(village)
    assert (erased(village), chunks(village)) == ([True], 0)
    assert (after.header, after.signature, after.hash) == (before.header, before.signature, before.hash)
    assert hashlib.sha256(bytes(after.header)).hexdigest() == after.hash
    assert village.states("c1") == [LetterState.ACKNOWLEDGED]
    with village.at_work(), pytest.raises(FileErased) as refusal:
        attachments.read(SealedFile.get().sha256, "")
    assert "大厅调阅" in refusal.value.next_step
    assert hall.reads_file(hall.arrived[0]) == SCAN


def test_the_stream_goes_on_after_what_was_erased(post):
    post.village.writes(post.hall, "c1", {})
    post.round_trip()
    post.days_pass(SENT_DAYS + 1)
    post.village.writes(post.hall, "c2", {})
    post.round_trip()

    assert post.hall.subjects() == ["c1", "c2"]
    assert post.village.incidents() == post.hall.incidents() == []


def test_a_letter_whose_file_has_no_receipt_stays_for_good(post):
    post.village.writes(post.hall, "c1", {}, [SCAN])
    post.village.exports(post.hall, post.stick, size_bytes_max=100_000)
    post.hall.imports(post.stick)
    post.comes_back()
    assert post.village.states("c1") == [LetterState.SENT]
    post.days_pass(3 * SENT_DAYS)

    assert erased(post.village) == [False]
    assert chunks(post.village) > 0


def test_a_letter_nobody_acknowledged_stays_for_good(post):
    post.village.writes(post.hall, "c1", {})
    post.goes()  # its answer was lost
    post.days_pass(3 * SENT_DAYS)

    assert erased(post.village) == [False]


def test_where_nobody_proved_the_time_nothing_is_erased(post):
    village = post.village
    village.writes(post.hall, "c1", {})
    post.round_trip()
    fresh = MailNode(3, "village", village.folder)
    with village.at_work():
        for _ in range(3):
            fresh.now += timedelta(days=400)
            swept = retention.sweep(fresh.box.clock, PERIODS)

    assert swept == retention.Swept(None)
    assert erased(village) == [False]


def test_a_clock_that_jumps_to_2035_makes_nothing_old(post):
    post.village.writes(post.hall, "c1", {})
    post.round_trip()
    post.hall.writes(post.village, "r1", {})
    post.comes_back()
    post.goes()
    post.days_pass(3)
    post.days_pass(1, node=post.hall)
    for node in (post.hall, post.village):
        node.now = datetime(2035, 1, 1, tzinfo=UTC)
    post.comes_back()  # the wrong hall proves its wrong time to the village
    post.days_pass(1)
    post.days_pass(1, node=post.hall)

    assert erased(post.village) == erased(post.hall) == [False]
    with post.hall.at_work():
        assert [bytes(row.sealed) != b"" for row in Arrival.select()] == [True]


def test_a_clock_that_is_put_right_again_keeps_things_longer(post):
    post.village.writes(post.hall, "c1", {})
    post.round_trip()
    post.days_pass(1)
    post.hall.now -= timedelta(days=300)
    post.days_pass(SENT_DAYS)

    assert erased(post.village) == [False]


def test_what_came_and_took_effect_goes_after_its_own_period(post):
    post.village.writes(post.hall, "c1", {})
    post.round_trip()
    post.days_pass(ARRIVED_DAYS, node=post.hall)
    with post.hall.at_work():
        assert bytes(Arrival.get().sealed)
    swept = post.days_pass(1, node=post.hall)

    assert swept.arrivals == 1
    with post.hall.at_work():
        row = Arrival.get()
    assert (bytes(row.sealed), hashlib.sha256(bytes(row.header)).hexdigest()) == (b"", row.hash)
    assert post.village.states("c1") == [LetterState.ACKNOWLEDGED]
    post.village.writes(post.hall, "c2", {})
    post.goes()
    assert post.hall.subjects() == ["c1", "c2"]


def test_what_waits_for_a_person_or_for_its_turn_is_never_erased(post, tmp_path):
    post.village.writes(post.hall, "c1", {})
    post.village.exports(post.hall, post.stick)
    with post.hall.at_work():
        register.revoke(post.village.node_id, 0, post.hall.now)
    post.hall.imports(post.stick)
    with post.hall.at_work():
        facts = {"sender": post.village.node_id, "instance": "ab" * 8, "header": b"h", "signature": b"s"}
        for number, why in enumerate(("early", "fork")):
            Aside.create(
                seq=number, hash=str(number), why=why, sealed=b"sealed", received_at=post.hall.now, **facts
            )
    for _ in range(2):
        post.days_pass(ARRIVED_DAYS, node=post.hall)

    with post.hall.at_work():
        assert [row.state for row in Arrival.select() if bytes(row.sealed)] == ["quarantined"]
        assert [bytes(row.sealed) for row in Aside.select()] == [b"sealed"] * 2


def test_a_hall_set_back_within_the_period_gets_everything_again_and_the_period_begins_anew(tmp_path):
    post = LongPost(tmp_path, None)
    backup = post.hall.backs_up()
    post.village.writes(post.hall, "c1", {}, [SCAN])
    post.round_trip()
    post.days_pass(SENT_DAYS - 2)
    post.hall.is_set_back(backup)
    post.round_trip()
    post.days_pass(SENT_DAYS)
    assert erased(post.village) == [False], "the hall has it no more: it is not delivered"
    post.round_trip()
    post.days_pass(SENT_DAYS)
    assert erased(post.village) == [False]
    post.days_pass(1)

    assert post.hall.subjects() == ["c1"]
    assert erased(post.village) == [True]


def test_a_hall_set_back_further_than_the_period_still_gets_all_that_is_left(tmp_path):
    post = LongPost(tmp_path, None)
    backup = post.hall.backs_up()
    post.village.writes(post.hall, "c1", {})
    post.round_trip()
    post.days_pass(SENT_DAYS + 1)
    post.village.writes(post.hall, "c2", {})
    post.round_trip()
    post.hall.is_set_back(backup)
    for _ in range(3):
        post.round_trip()
    post.village.writes(post.hall, "c3", {})
    post.round_trip()

    assert post.hall.subjects() == ["c2", "c3"]
    assert post.village.incidents() == [Cause.PEER_SET_BACK]
    assert post.village.states("c2") == post.village.states("c3") == [LetterState.ACKNOWLEDGED]


def test_what_the_node_still_wants_to_open_stays_as_long_as_it_says_so(post):
    post.village.writes(post.hall, "c1", {}, [SCAN])
    post.round_trip()
    post.days_pass(1)
    for days, in_use in ((SENT_DAYS + 1, True), (1, False)):
        for _ in range(days):
            post.hall.now += timedelta(days=1)
            with post.village.at_work():
                post.village.box.clock.learn(post.hall.now)
                asked = set if in_use else (lambda _: set())
                retention.sweep(post.village.box.clock, PERIODS, in_use=asked)
        assert (chunks(post.village) > 0) is in_use


def test_keys_of_epochs_nobody_needs_go_and_the_newest_stays(post):
    village, hall = post.village, post.hall
    village.writes(hall, "c1", {})
    post.round_trip()
    with village.at_work():
        other = MailNode(4, "county", village.folder)
        key = register.Peer.get(register.Peer.node_id == hall.node_id).sealing_key
        register.Peer.update(sealing_key=other.keys.sealing_public).where(
            register.Peer.node_id == hall.node_id
        ).execute()
        village.writes(hall, "lost", {})  # the hall had another key for a day
        register.Peer.update(sealing_key=key).where(register.Peer.node_id == hall.node_id).execute()
    village.writes(hall, "c3", {})
    village.exports(hall, post.stick)
    hall.imports(post.stick)
    post.comes_back()
    assert hall.subjects() == ["c1", "c3"]
    post.days_pass(SENT_DAYS + 1)

    with village.at_work():
        assert [row.epoch for row in OutKey.select()] == [3]
    post.days_pass(ARRIVED_DAYS + 1, node=hall)
    with hall.at_work():
        assert [row.epoch for row in InKey.select().order_by(InKey.epoch)] == [2, 3], (
            "the second letter waits for a person"
        )


def test_a_round_ends_sessions_and_forgets_incidents_long_resolved(post):
    hall = post.hall
    with hall.at_work(), write():
        incidents.report(Cause.RECEIVED_FORK, "old", hall.now)
        incidents.resolve(incidents.open_incidents()[0].id, hall.now)
        incidents.report(Cause.RECEIVED_FORK, "open", hall.now)
        answer = session.answer_nonce(
            post.village.keys,
            post.village.node_id,
            hall.node_id,
            session.new_nonce(hall.keys, hall.now),
            hall.now,
        )
        session.open_session(hall.keys, hall.node_id, answer, hall.now)
    post.days_pass(6, node=hall)

    with hall.at_work():
        assert Session.select().count() == 0
        assert [row.detail for row in incidents.open_incidents()] == ["open"]
    assert hall.incidents() == [Cause.RECEIVED_FORK]


def test_one_round_does_a_bounded_share_and_the_next_ones_the_rest(post, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 4)
    monkeypatch.setattr(retention, "BATCHES_MAX", 2)
    with post.village.at_work(), write():
        for number in range(20):
            post.village.writes(post.hall, f"c{number}", {})
    post.round_trip()
    post.days_pass(SENT_DAYS + 1)
    assert sum(erased(post.village)) == 8
    post.days_pass(3)

    assert sum(erased(post.village)) == 20


def test_unless_told_otherwise_a_letter_stays_longer_than_any_halls_backup_is_old():
    assert Periods() == Periods(sent_days=60, arrived_days=400, incident_days=400)


def test_the_figures_say_what_waits_for_its_time_and_what_is_gone(post):
    post.village.writes(post.hall, "c1", {})
    post.round_trip()
    post.days_pass(1)
    with post.village.at_work():
        assert (retention.figures().settled, retention.figures().erased) == (1, 0)
    post.days_pass(SENT_DAYS)
    with post.village.at_work():
        assert (retention.figures().settled, retention.figures().erased) == (0, 1)
