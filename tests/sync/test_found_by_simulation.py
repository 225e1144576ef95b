"""Troubles that nobody thought of and the simulator found, each as the shortest story that shows it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync import bundle, outbox
from sync.outbox import LetterState
from sync.rows import using
from sync.tables import OutLetter, Recall
from tests.tools.mail_pair import Pair, PairNode


@pytest.fixture
def twin(pair: Pair, tmp_path: Path) -> Iterator[PairNode]:
    """A copy of the station's disk, made when it had written c1."""
    pair.station.posts(pair.hall, "c1")
    other = pair.clone(tmp_path)
    yield other
    other.database.close_all()


def calls(pair: Pair, node: PairNode) -> str:
    with using(node.database):
        return pair.courier_of(node).exchange().state


def at_most(requests: int) -> Callable[[str, bytes], bytes]:
    """For a link: an exchange that goes on and on is one that hangs."""
    left = iter(range(requests))

    def count(_: str, body: bytes) -> bytes:
        assert next(left, None) is not None, "the exchange does not come to an end"
        return body

    return count


def test_a_file_of_a_letter_that_comes_back_to_a_disk_that_has_it_ends_the_exchange(
    pair: Pair,
) -> None:
    scan = pair.station.keeps(b"scan" * 3000)
    pair.exchange()
    backup = pair.station.backs_up()
    pair.station.posts(pair.hall, "c2", [scan])
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()
    pair.link.rewrite = at_most(100)

    assert [pair.exchange().state for _ in range(3)] == ["ok", "ok", "ok"]
    assert pair.station.state("c2") == LetterState.ACKNOWLEDGED


def test_an_acknowledgement_never_stands_beside_a_letter_that_it_does_not_name(
    pair: Pair, twin: PairNode
) -> None:
    backup = pair.hall.backs_up()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    pair.hall.is_set_back(backup)
    twin.posts(pair.hall, "twin-2")
    calls(pair, twin)

    for _ in range(3):
        pair.exchange()

    with using(pair.station.database):
        for letter in OutLetter.select().where(OutLetter.moved_to.is_null()):
            [state] = outbox.state_of(letter.subject)
            assert state.ack is not None
            told = json.loads(state.ack.body_bytes)
            named = OutLetter.get(OutLetter.stream == letter.stream_id, OutLetter.seq == told["upto"])
            assert named.hash == told["head"]


def test_letters_come_back_to_a_disk_that_is_set_back_a_second_time(pair: Pair) -> None:
    pair.station.posts(pair.hall, "c1")
    backup = pair.station.backs_up()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    for _ in range(2):
        pair.station.is_set_back(backup)
        pair.restarts_station()
        pair.exchange()

    assert pair.station.state("c2") == LetterState.ACKNOWLEDGED
    assert pair.station.quarantine() == []


def test_what_came_back_for_the_sake_of_a_copy_does_not_hide_what_is_still_missing(
    pair: Pair, twin: PairNode
) -> None:
    for number in (2, 3):
        pair.station.posts(pair.hall, f"c{number}")
    pair.exchange()
    backup = pair.station.backs_up()
    pair.station.posts(pair.hall, "c4")
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()
    pair.exchange()  # c4 comes back to the station, and goes to its copy as well

    for _ in range(3):
        calls(pair, twin)

    with using(twin.database):
        assert {row.subject for row in OutLetter.select()} == {"c1", "c2", "c3", "c4"}
        assert not Recall.select().where(Recall.after < Recall.upto).exists()


def test_a_letter_that_came_back_reaches_a_hall_that_is_set_back_afterwards(pair: Pair) -> None:
    at_the_hall = pair.hall.backs_up()
    pair.station.posts(pair.hall, "c1")
    at_the_station = pair.station.backs_up()
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    pair.station.is_set_back(at_the_station)
    pair.restarts_station()
    pair.exchange()  # c2 comes back into its old stream, c1 has moved into a new one

    pair.hall.is_set_back(at_the_hall)
    for _ in range(2):
        pair.exchange()

    assert sorted(pair.hall.effect_rows()) == ["c1", "c2"]


def test_what_only_one_of_two_disks_has_of_a_restored_hall_comes_back_from_that_one(
    pair: Pair, twin: PairNode
) -> None:
    pair.hall.posts(pair.station, "first")
    pair.exchange()
    backup = pair.hall.backs_up()
    pair.hall.posts(pair.station, "lost")
    pair.exchange()
    pair.hall.is_set_back(backup)
    pair.hall.posts(pair.station, "new")
    calls(pair, twin)  # the other disk has the number that was given twice as well, with another letter

    for _ in range(3):
        pair.exchange()

    with using(pair.hall.database):
        assert {row.subject for row in OutLetter.select()} >= {"lost", "new"}
    assert {"lost", "new"} <= set(pair.station.effect_rows())


def test_where_a_letter_that_comes_back_follows_another_one_than_ours_that_one_is_asked_for_too(
    pair: Pair, twin: PairNode
) -> None:
    pair.hall.posts(pair.station, "first")
    pair.exchange()
    backup = pair.hall.backs_up()
    for subject in ("lost1", "lost2", "lost3"):
        pair.hall.posts(pair.station, subject)
    pair.exchange()
    pair.hall.is_set_back(backup)
    pair.hall.posts(pair.station, "new1")
    pair.hall.posts(pair.station, "new2")
    calls(pair, twin)  # and agrees with the hall about numbers that are other letters on the first disk

    for _ in range(3):
        pair.exchange()

    every = {"first", "lost1", "lost2", "lost3", "new1", "new2"}
    with using(pair.hall.database):
        assert {row.subject for row in OutLetter.select().where(OutLetter.moved_to.is_null())} >= every
        assert not Recall.select().where(Recall.after < Recall.upto).exists()
    assert every <= set(pair.station.effect_rows())


def test_a_stick_is_written_while_a_file_is_still_on_its_way_back(pair: Pair, tmp_path: Path) -> None:
    backup = pair.station.backs_up()
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(b"scan" * 3000)])
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()
    pair.link.fate(*["ok"] * 4, *["lost"] * 20)
    pair.exchange()  # the letter is back, its file is not

    with using(pair.station.database):
        written = bundle.export_bundle(tmp_path, pair.station.box, pair.hall.node_id)

    assert written.files == 0
    assert pair.station.counts().made == 1
