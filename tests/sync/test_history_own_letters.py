"""A station set back to a backup gets its own later letters back, once, as they were."""

from collections.abc import Iterator

import pytest

from sync.errors import BadForm
from sync.outbox import LetterState
from sync.outstream import Sender, write_again
from sync.rows import using, write
from sync.tables import Arrival, FileReceipt, OutLetter, OutStream, Recall
from tests.tools.mail_pair import Pair, PairNode, taken_up


@pytest.fixture
def lost(pair: Pair) -> Iterator[Pair]:
    """A station whose backup knows c1, and whose hall holds c1 to c4."""
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    backup = pair.station.backs_up()
    for number in (2, 3, 4):
        pair.station.posts(pair.hall, f"c{number}")
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()
    yield pair


def letters_of(node: PairNode) -> list[tuple[str, int, bool]]:
    with using(node.database):
        rows = OutLetter.select(OutLetter, OutStream).join(OutStream).where(OutLetter.moved_to.is_null())
        return [(row.subject, row.seq, row.stream.is_current) for row in rows.order_by(OutLetter.seq)]


def test_the_lost_letters_come_back_under_their_old_numbers_and_are_green(lost: Pair) -> None:
    again = taken_up(lost.station)

    lost.exchange()

    assert again == ["c2", "c3", "c4"]
    assert letters_of(lost.station) == [(f"c{number}", number, False) for number in (1, 2, 3, 4)]
    assert {lost.station.state(f"c{number}") for number in (1, 2, 3, 4)} == {LetterState.ACKNOWLEDGED}
    assert lost.hall.effect_rows() == ["c1", "c2", "c3", "c4"]


def test_nothing_comes_back_twice_however_often_they_talk(lost: Pair) -> None:
    again = taken_up(lost.station)

    for _ in range(4):
        lost.exchange()

    assert again == ["c2", "c3", "c4"]
    with using(lost.hall.database):
        assert OutLetter.select().where(OutLetter.kind == "mail.returned").count() == 3
    with using(lost.station.database):
        assert [(row.after, row.upto) for row in Recall.select()] == [(4, 4)]


def test_a_station_that_talks_to_the_hall_for_days_gets_all_of_a_whole_life_back(pair: Pair) -> None:
    backup = pair.station.backs_up()
    for number in range(150):
        pair.station.posts(pair.hall, f"c{number}", text="材料" * 500)
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()
    again = taken_up(pair.station)

    pair.exchange()
    pair.exchange()

    assert again == [f"c{number}" for number in range(150)]
    assert pair.station.counts().acknowledged == pair.station.counts().made == 150
    assert pair.station.incidents() == ["sent-ahead"]


def test_what_was_written_before_the_first_contact_goes_out_beside_what_comes_back(lost: Pair) -> None:
    lost.station.posts(lost.hall, "new")  # takes number 2, which the hall knows as c2
    again = taken_up(lost.station)

    lost.exchange()
    lost.exchange()

    assert again == ["c2", "c3", "c4"]
    assert lost.hall.effect_rows() == ["c1", "c2", "c3", "c4", "new"]
    assert lost.station.state("new") == lost.station.state("c2") == LetterState.ACKNOWLEDGED
    assert ("new", 1, True) in letters_of(lost.station)
    assert ("c2", 2, False) in letters_of(lost.station)


def test_a_letter_with_scans_comes_back_with_its_scans_and_their_receipts(pair: Pair) -> None:
    backup = pair.station.backs_up()
    scan = pair.station.keeps(b"scan" * 9000)
    pair.station.posts(pair.hall, "c1", [scan])
    pair.exchange()
    pair.station.is_set_back(backup)
    pair.restarts_station()

    pair.exchange()
    pair.exchange()

    assert pair.station.state("c1") == LetterState.ACKNOWLEDGED
    with using(pair.station.database):
        assert FileReceipt.select().where(FileReceipt.by == pair.hall.node_id).count() == 1
        letter = OutLetter.get(OutLetter.subject == "c1")
    assert b'"files":[{' in bytes(letter.header)


def test_returned_letters_survive_a_lost_answer_and_a_cut(lost: Pair) -> None:
    again = taken_up(lost.station)
    lost.link.fate("ok", "ok", "unanswered", "lost", "unanswered")
    for _ in range(5):
        lost.exchange()

    assert again == ["c2", "c3", "c4"]
    assert lost.station.counts().acknowledged == 4


def test_they_come_back_on_a_stick_as_well(lost: Pair) -> None:
    again = taken_up(lost.station)

    for _ in range(3):
        lost.hall.takes_stick(lost.station.gives(lost.hall))
        lost.station.takes_stick(lost.hall.gives(lost.station))

    assert again == ["c2", "c3", "c4"]
    assert lost.station.counts().acknowledged == 4


def test_a_handler_that_fails_leaves_the_letter_kept_and_told(lost: Pair) -> None:
    def fails(_: object) -> None:
        raise BadForm("办件簿写不进去")

    lost.station.handlers["returned:case."] = fails
    lost.exchange()

    assert lost.station.counts().acknowledged == 4
    reasons = [reason for _, reason in lost.station.quarantine()]
    assert len(reasons) == 3 and all("办件簿写不进去" in reason for reason in reasons)


def test_a_letter_that_waited_for_a_matter_takes_effect_when_the_matter_comes_back(lost: Pair) -> None:
    known: list[str] = []

    def answers(arrived: object) -> Exception | None:
        return None if arrived.subject in known else BadForm("没有这个办件")  # type: ignore[attr-defined]

    lost.station.refuses = answers
    lost.station.handlers["returned:case."] = lambda ours: known.append(ours.subject)
    lost.hall.posts(lost.station, "c3")  # an answer about a case that this disk forgot
    lost.exchange()
    lost.exchange()

    assert lost.station.effect_rows() == ["c3"]
    assert lost.station.quarantine() == []


def test_a_station_cannot_be_given_a_letter_it_never_wrote(lost: Pair) -> None:
    other = lost.adds_station(3)
    other.station.posts(lost.hall, "theirs")
    other.exchange()
    with using(lost.hall.database):
        theirs = Arrival.get(Arrival.subject == "theirs")
        Arrival.update(header=theirs.header, signature=theirs.signature, sealed=theirs.sealed).where(
            Arrival.subject == "c2"
        ).execute()
    again = taken_up(lost.station)

    lost.exchange()

    assert "theirs" not in again
    assert [subject for subject, *_ in letters_of(lost.station) if subject == "theirs"] == []
    other.station.database.close_all()


def test_nobody_gets_back_what_another_station_wrote(lost: Pair) -> None:
    other = lost.adds_station(3)
    with using(lost.station.database):
        instance = OutStream.get().instance
    with using(other.station.database):
        Recall.create(peer=lost.hall.node_id, instance=instance, after=0, upto=4)

    other.exchange()

    with using(lost.hall.database):
        assert OutLetter.select().where(OutLetter.kind == "mail.returned").count() == 0
    other.station.database.close_all()


def test_what_came_back_can_be_offered_again_when_the_hall_loses_it_too(pair: Pair) -> None:
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    station_backup, hall_backup = pair.station.backs_up(), pair.hall.backs_up()
    for number in (2, 3):
        pair.station.posts(pair.hall, f"c{number}")
    pair.exchange()
    pair.station.is_set_back(station_backup)
    pair.restarts_station()
    pair.exchange()
    pair.hall.is_set_back(hall_backup)

    pair.exchange()
    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "c2", "c3"]
    assert {pair.station.state(f"c{number}") for number in (1, 2, 3)} == {LetterState.ACKNOWLEDGED}
    assert pair.station.counts().queued == pair.hall.counts().queued == 0


def test_a_letter_that_came_back_without_its_key_stops_no_other_from_being_written_anew(lost: Pair) -> None:
    lost.exchange()
    with using(lost.station.database), write():
        OutLetter.update(epoch=9).where(OutLetter.subject == "c3").execute()  # whose key nobody has any more
        sender = Sender(lost.station.node_id, lost.station.keys)

        written = write_again(sender, lost.hall.node_id, lost.station.now)

    assert written == 3
    assert {subject for subject, _, is_current in letters_of(lost.station) if is_current} == {
        "c1",
        "c2",
        "c4",
    }
