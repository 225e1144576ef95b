"""The lists of 收发 and 出件 say the same on SQLite and on PostgreSQL."""

from station.cases.counter_events import HandedOut
from station.cases.hall_events import Decided
from station.cases.review import accept, decide
from station.cases.terms import End
from station.cases.uploads import Upload
from station.handout import service
from station.mailroom import letters
from sync import outbox
from sync.outbox import LetterState
from tests.station.cases.samples import CLERK, OLD_WOMAN
from tests.station.cases.world import PDF, County, takes_in


def decides(county: County, case_id: str) -> None:
    with county.hall.at_work():
        accept(county.hall.desk(), case_id)
        done = Decided(end=End.DONE, result="高龄津贴审批表")
        decide(county.hall.desk(), case_id, done, Upload(PDF, "application/pdf", "审批表.pdf"))


def test_the_queue_empties_as_the_hall_acknowledges(county: County) -> None:
    takes_in(county.station)
    with county.station.at_work():
        waiting = letters.lines_of(outbox.letters(is_open_only=True), county.station.now)
    county.exchange()

    with county.station.at_work():
        assert waiting and all(line.state is not LetterState.ACKNOWLEDGED for line in waiting)
        assert letters.lines_of(outbox.letters(is_open_only=True), county.station.now) == []
        made = letters.lines_of(outbox.letters(is_open_only=False), county.station.now)
        assert [line.name for line in made] == [line.name for line in waiting]
        assert letters.desk(county.station.now).counts.acknowledged == len(made)
        assert letters.proof_of(made[0].name, county.station.now).ack is not None


def test_a_result_moves_from_waiting_to_done(county: County) -> None:
    case_id = takes_in(county.station).cases[0].case_id
    county.exchange()
    decides(county, case_id)
    county.exchange()

    station = county.station
    with station.at_work():
        before = service.counts(station.node_id, station.now)
        given = HandedOut(receiver="李䶮英", id_number=OLD_WOMAN)
        made = service.hand_out(station.place, case_id, given, CLERK)
        after = service.counts(station.node_id, station.now)

    assert (before["waiting"], after["waiting"], after["done"]) == (1, 0, 1)
    assert made.number.endswith("-2")
