"""Who may say what about a report, and what a letter may hold: what does not hold leaves nothing behind."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from station.cases.place import place_of
from station.corrections import book, service
from station.corrections.errors import NotYourReport, OddReport, TooManyReports, UnknownReport
from station.corrections.letters import SAID_LENGTH_MAX, Answered, Letter, Replied, Reported, State, Verdict
from station.corrections.mail import TAKEN_A_DAY_MAX, take_back, take_letter
from station.corrections.models import Correction
from sync.clock import Proof, Stamp
from sync.mailbox import Arrived
from sync.moments import moment_text
from sync.outbox import Letter as Sent
from sync.outbox import post
from sync.rows import write
from tests.station.cases.samples import MORNING
from tests.station.corrections.town import CODE, Town

STRANGER, REPORT = "9" * 32, "c" * 32
AT = moment_text(MORNING)


def reported(**given: Any) -> Reported:
    values = {
        "event": "1" * 32,
        "at": AT,
        "by": "示例员",
        "station": "示范村便民服务站",
        "item": CODE,
        "name": "高龄老人津贴申请",
        "catalog": 1,
        "element": "phone",
        "label": "咨询电话",
        "said": "打不通",
    }
    return Reported(**(values | given))


def answered(**given: Any) -> Answered:
    values = {
        "event": "2" * 32,
        "at": AT,
        "by": "编辑",
        "number": 1,
        "verdict": Verdict.REFUSED,
        "said": "对的",
    }
    return Answered(**(values | given))


def letter(sender: str, body: Letter, subject: str = REPORT, **changed: Any) -> Arrived:
    """A verified letter as the mail hands it over."""
    found = Arrived(
        sender=sender,
        instance="0" * 16,
        seq=1,
        kind=body.kind,
        subject=subject,
        payload=body.to_dict(),
        files=[],
        header={"to": "8" * 32},
        envelope_hash="e" * 64,
        stamp_made=Stamp(MORNING, Proof.HALL),
        received_at=MORNING,
        path="link",
        catalog_version=1,
    )
    return replace(found, **changed)


def at_hall(town: Town, came: Arrived) -> None:
    with town.hall.node.using():
        take_letter(place_of(town.hall.node), came)


def test_a_station_takes_no_reports(town: Town) -> None:
    with town.village.node.using(), pytest.raises(NotYourReport):
        take_letter(place_of(town.village.node), letter(STRANGER, reported()))


def test_nobody_writes_over_the_report_of_another_station(town: Town) -> None:
    at_hall(town, letter(town.village.node.facts.node_id, reported()))

    with pytest.raises(NotYourReport):
        at_hall(town, letter(STRANGER, reported(said="别的", event="3" * 32)))
    assert town.row(REPORT).said == "打不通"


def test_only_the_hall_answers_and_only_the_station_replies(town: Town) -> None:
    report_id = town.arrives()
    village, hall = town.village.node, town.hall.node
    with village.using(), pytest.raises(NotYourReport):
        take_letter(place_of(village), letter(STRANGER, answered(), report_id))
    for sender in (STRANGER, village.facts.node_id):
        with pytest.raises(NotYourReport):
            at_hall(town, letter(sender, answered(), report_id))
    reply = Replied(event="4" * 32, at=AT, by="某", question="2" * 32, said="某事")
    with pytest.raises(NotYourReport):
        at_hall(town, letter(STRANGER, reply, report_id))
    assert hall.facts.node_id == town.row(report_id).hall
    assert town.state(report_id) is State.OPEN


def test_an_answer_about_a_report_nobody_knows_is_refused(town: Town) -> None:
    village = town.village.node
    with village.using(), pytest.raises(UnknownReport):
        take_letter(place_of(village), letter(town.hall.node.facts.node_id, answered()))


@pytest.mark.parametrize(
    "changed",
    [
        {"said": "长" * (SAID_LENGTH_MAX + 1)},
        {"said": ""},
        {"said": "铃\x07"},
        {"item": "../../etc"},
        {"element": "materials.../x"},
        {"element": "__class__.x y"},
        {"catalog": -1},
        {"catalog": "1"},
        {"at": "2026-02-30T00:00:00Z"},
        {"event": "E" * 32},
        {"surprise": "x"},
    ],
)
def test_a_letter_that_does_not_hold_leaves_no_report(town: Town, changed: dict[str, Any]) -> None:
    came = letter(town.village.node.facts.node_id, reported())

    with pytest.raises(OddReport) as caught:
        at_hall(town, replace(came, payload=came.payload | changed))

    assert caught.value.next_step
    assert town.count() == 0


def test_a_kind_from_the_future_is_set_aside_and_the_stream_goes_on(town: Town) -> None:
    node = town.village.node
    with node.using(), write():
        later = Sent(
            to=town.hall.node.facts.node_id,
            kind="correction.sung",
            subject=REPORT,
            payload={"v": 9},
            stamp=node.clock.stamp(),
        )
        post(node.keys, node.facts.node_id, later)

    report_id = town.arrives()

    assert town.state(report_id) is State.OPEN


def test_a_station_that_floods_the_hall_is_cut_off_for_that_day(town: Town) -> None:
    for number in range(TAKEN_A_DAY_MAX):
        at_hall(town, letter(STRANGER, reported(event=f"{number:032x}"), f"{number:032x}"))

    with pytest.raises(TooManyReports):
        at_hall(town, letter(STRANGER, reported(event="a" * 32), "a" * 32))
    tomorrow = moment_text(MORNING + timedelta(days=1))
    at_hall(town, letter(STRANGER, reported(event="b" * 32, at=tomorrow), "b" * 32))
    at_hall(town, letter(town.village.node.facts.node_id, reported()))
    assert town.count() == TAKEN_A_DAY_MAX + 2


def test_letters_that_come_back_after_a_loss_tell_the_same_in_any_order(town: Town) -> None:
    """The village lost its tables; what it said comes back from the hall, what the hall said comes again."""
    report_id = town.arrives()
    for words in ("哪个部门？", "几月的事？"):
        town.decides(report_id, Verdict.ASKED, words)
        town.carries()
        with town.village.node.using():
            service.reply(place_of(town.village.node), report_id, f"答{words}", by="示例员")
        town.carries()
    town.decides(report_id, Verdict.TAKEN_UP)
    town.carries()
    with town.village.node.using():
        village, hall = town.village.node.facts.node_id, town.hall.node.facts.node_id
        before, row = book.letters_of(report_id), book.row(report_id)
        _loses_everything()
        place = place_of(town.village.node)
        for one in (before[0], *reversed(before[1:]), before[0]):
            is_own = not isinstance(one, Answered)
            took = take_back if is_own else take_letter
            took(place, letter(village if is_own else hall, one, report_id, header={"to": hall}))

        assert book.letters_of(report_id) == before
        assert vars(book.row(report_id))["__data__"] == vars(row)["__data__"] | {"came_at": row.made_at}


def test_a_letter_of_somebody_else_does_not_come_back_as_ours(town: Town) -> None:
    with town.village.node.using(), pytest.raises(NotYourReport):
        take_back(place_of(town.village.node), letter(STRANGER, reported()))


def test_closed_reports_go_after_their_time_and_open_ones_stay(town: Town) -> None:
    closed, still_open = town.arrives(), town.arrives()
    town.decides(closed, Verdict.REFUSED, "对的")
    now = town.hall.time.at
    with town.hall.node.using():
        assert service.forget_closed(now) == 0
        assert service.forget_closed(now + timedelta(days=1)) == 1
        assert [row.report_id for row in Correction.select()] == [still_open]
        assert book.letters_of(closed) == []


def _loses_everything() -> None:
    book.CorrectionLetter.delete().execute()
    Correction.delete().execute()
