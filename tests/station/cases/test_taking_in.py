"""Taking an application in is one transaction: everything is there, or nothing is."""

import json
from threading import Barrier, Thread

import pytest

from catalog_cache.errors import BadAnswer
from station.cases.basket import Chosen
from station.cases.errors import FormRefused, NotJoined, NumbersUsedUp, PowerMissing
from station.cases.fold import Stage
from station.cases.intake import Checked, take_in
from station.cases.ledger import find_cases, view_of
from station.cases.models import Case, CaseEvent, Document, Intake, Serial
from station.cases.numbers import grouped, parse_receipt
from station.cases.terms import Held
from station.documents.verify import text_in_file
from sync.outbox import LetterState, counts, state_of
from sync.register import Peer
from sync.tables import OutLetter, SealedFile
from tests.station.cases.samples import CLERK
from tests.station.cases.world import (
    BANK,
    ID_CARD,
    PASS_CARD,
    PASSPORT,
    PHOTO,
    application,
    item,
    scan,
    takes_in,
)

TABLES = (Case, CaseEvent, Intake, Document, OutLetter, SealedFile)
LACKS = {
    BANK: Checked(Held.MISSING, "存折忘在家里"),
    PHOTO: Checked(Held.PLEDGED),
}


def rows():
    """How many rows there are of everything an intake writes."""
    return {table.__name__: table.select().count() for table in TABLES}


def test_a_complete_application_gives_a_receipt_a_number_and_letters_in_the_queue(county):
    done = takes_in(county.station)

    with county.station.at_work():
        number = parse_receipt(done.intake.receipt_number)
        assert (number.division, number.serial, done.intake.running) == ("440205100201", 1, 1)
        assert [document.kind for document in done.documents] == ["receipt"]
        assert bytes(done.documents[0].pdf).startswith(b"%PDF")
        assert [state.kind for state in state_of(done.cases[0].case_id)] == [
            "case.received",
            "document.printed",
        ]
        assert {state.state for state in state_of(done.cases[0].case_id)} == {LetterState.MADE}
        assert view_of(done.cases[0].case_id).stage is Stage.RECEIVED


def test_the_list_shows_a_mask_and_the_receipt_carries_a_proof_without_the_name(county):
    done = takes_in(county.station)

    proof = text_in_file(bytes(done.documents[0].pdf))
    assert done.cases[0].applicant_shown == "李**"
    assert proof.startswith("YM1:")


def test_a_basket_has_one_receipt_and_one_case_for_each_item_with_each_material_once(county):
    done = takes_in(
        county.station, item(), item(PASS_CARD), changed={ID_CARD: Checked(Held.IN, files=(scan(),))}
    )

    with county.station.at_work():
        views = [view_of(case.case_id) for case in done.cases]
        assert len({case.receipt_number for case in done.cases}) == 1
        assert SealedFile.select().count() == 1
        assert [view.materials[key].files for view, key in zip(views, ("id-card", "card"), strict=True)]
        assert {view.materials[key].copies for view, key in zip(views, ("id-card", "card"), strict=True)} == {
            2
        }
        assert len(find_cases(grouped(done.intake.receipt_number))) == 2


def test_what_is_missing_is_told_once_with_its_standard_and_a_date(county):
    done = takes_in(county.station, changed=LACKS)

    with county.station.at_work():
        view = view_of(done.cases[0].case_id)
        notice = view.open_notices[0].body
        assert [line.name for line in notice.lines] == ["银行账户", "近期免冠相片"]
        assert notice.lines[0].reason == "存折忘在家里"
        assert notice.lines[0].standard == "银行账户应清晰"
        assert notice.deadline == "2026-12-14"
        assert notice.document_number.endswith("-2")
        assert view.open_pledges[0].body.until == "2026-12-07"
        assert [document.kind for document in done.documents] == ["notice", "receipt"] or len(
            done.documents
        ) == 2


def test_an_optional_material_that_is_not_brought_makes_no_notice(county):
    done = takes_in(county.station, item(PASS_CARD), changed={PHOTO: Checked(Held.MISSING, "没带")})

    assert [document.kind for document in done.documents] == ["receipt"]


def test_the_same_draft_submitted_twice_gives_the_same_receipt(county):
    first = takes_in(county.station)
    second = takes_in(county.station)

    with county.station.at_work():
        assert second.is_repeat and not first.is_repeat
        assert second.intake.receipt_number == first.intake.receipt_number
        assert Case.select().count() == 1
        assert takes_in(county.station, token="b" * 32).intake.running == 2


def test_numbers_have_no_gap_and_start_again_each_day(county):
    first = takes_in(county.station, token="1" * 32)
    second = takes_in(county.station, token="2" * 32)
    county.station.passes(days=1)
    third = takes_in(county.station, token="3" * 32)

    serials = [parse_receipt(done.intake.receipt_number).serial for done in (first, second, third)]
    assert (serials, third.intake.running) == ([1, 2, 1], 3)


class Lightning(Exception):
    """The power goes."""


def _struck_stations(county):
    """Stations in which the power goes at the n-th random number asked for: between every two steps."""
    place = county.station.place
    for strike in range(1, 30):
        calls = iter(range(1, 1000))

        def new_id(strike=strike, calls=calls):
            if next(calls) == strike:
                raise Lightning
            return place.new_id()

        yield type(place)(**(vars(place) | {"new_id": new_id}))


def test_when_the_power_goes_between_any_two_steps_nothing_is_left_and_the_number_is_not_used_up(county):
    asked = application(
        "a" * 32, item(), item(PASS_CARD), changed=LACKS | {ID_CARD: Checked(Held.IN, files=(scan(),))}
    )
    strikes = 0
    with county.station.at_work():
        before = rows()
        for place in _struck_stations(county):
            try:
                done = take_in(place, asked, CLERK)
                break
            except Lightning:
                strikes += 1
                assert rows() == before
                assert Serial.select().count() == 0
        assert strikes >= 8
        assert parse_receipt(done.intake.receipt_number).serial == 1


@pytest.mark.parametrize("table", TABLES)
def test_when_any_table_fails_nothing_is_left(county, table):
    asked = application(changed={ID_CARD: Checked(Held.IN, files=(scan(),))})
    with county.station.at_work():
        before = rows()
        name = table._meta.table_name
        table._meta.database.obj.execute_sql(f'ALTER TABLE "{name}" RENAME TO "away"')
        with pytest.raises(Exception, match="(?i)no such table|does not exist"):
            take_in(county.station.place, asked, CLERK)
        table._meta.database.obj.execute_sql(f'ALTER TABLE "away" RENAME TO "{name}"')
        assert rows() == before
        assert Serial.select().count() == 0


def refusal(county, asked, error=FormRefused):
    """What the clerk reads; nothing may be left behind."""
    with county.station.at_work():
        with pytest.raises(error) as caught:
            take_in(county.station.place, asked, CLERK)
        assert not any(rows().values())
    assert caught.value.next_step
    return f"{caught.value.what}{caught.value.why}{caught.value.next_step}"


def test_an_item_that_may_only_be_explained_is_refused_with_where_to_go(county):
    said = refusal(county, application("a" * 32, item(PASSPORT)), PowerMissing)

    assert "“咨询”权限" in said and "出入境大厅" in said and "0751-1110000" in said


@pytest.mark.parametrize(
    "changed", [{"status": "suspended"}, {"status": "incomplete"}, {"counter_only": True}]
)
def test_an_item_that_is_not_open_is_refused(county, changed):
    assert "不能在这里收件" in refusal(county, application("a" * 32, item(**changed)), PowerMissing)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({BANK: Checked(Held.MISSING, " ")}, "“银行账户”缺或不符，要写明原因"),
        ({BANK: Checked(Held.PLEDGED)}, "没有允许材料“银行账户”容缺"),
    ],
)
def test_a_material_line_that_does_not_hold_is_named(county, changed, said):
    assert said in refusal(county, application(changed=changed))


def test_a_material_nobody_looked_at_is_named(county):
    assert "还没有核对材料“居民身份证”" in refusal(county, application(checked={}))


def test_an_empty_basket_and_one_of_twenty_one_are_refused(county):
    asked = application()
    assert "现有 0 件" in refusal(county, type(asked)(**(vars(asked) | {"chosen": []})))
    assert "现有 21 件" in refusal(county, type(asked)(**(vars(asked) | {"chosen": asked.chosen * 21})))


def test_an_open_question_is_refused(county):
    asked = application()
    with county.station.at_work(), pytest.raises(BadAnswer, match="还没有回答"):
        take_in(county.station.place, type(asked)(**(vars(asked) | {"chosen": [Chosen(item(), {})]})), CLERK)


def test_a_station_without_a_hall_keeps_the_draft_and_says_so(county):
    with county.station.at_work():
        Peer.update(parent="").where(Peer.node_id == county.station.node_id).execute()

    assert "还没有入网" in refusal(county, application(), NotJoined)


def test_the_ten_thousandth_receipt_of_a_day_is_refused_and_uses_nothing_up(county):
    with county.station.at_work():
        name = "receipt-440205100201-01-2026-11-23"
        Serial.create(name=name, value=9999)
        with pytest.raises(NumbersUsedUp):
            take_in(county.station.place, application(), CLERK)
        assert Serial.get_by_id(name).value == 9999


def test_what_is_stored_is_what_was_said(county):
    done = takes_in(county.station)

    with county.station.at_work():
        stored = json.loads(CaseEvent.get(CaseEvent.kind == "case.received").payload)["body"]
        assert stored["applicant"]["name"] == "李䶮英"
        assert stored["situation"] == "80–89 周岁"
        assert stored["query_word"] and stored["catalog"] == 1
        assert {pair["id"]: pair["value"] for pair in stored["form"]}["account"] == "6228000000000000000"
        assert counts().queued == 2
        assert done.cases[0].item_name == "高龄老人津贴申请"


def _together(county, *tokens):
    """Several windows of one station press the button at the same moment."""
    barrier, done = Barrier(len(tokens)), {}

    def press(index, token):
        with county.station.at_work():
            barrier.wait()
            done[index] = take_in(county.station.place, application(token), CLERK).intake.receipt_number
            county.station.database.close()

    threads = [Thread(target=press, args=one) for one in enumerate(tokens)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [done[index] for index in range(len(tokens))]


def test_two_windows_at_once_get_two_numbers_without_a_gap(county):
    numbers = _together(county, "1" * 32, "2" * 32, "3" * 32)

    assert sorted(parse_receipt(number).serial for number in numbers) == [1, 2, 3]


def test_one_draft_pressed_twice_at_once_is_one_receipt(county):
    assert len(set(_together(county, "1" * 32, "1" * 32))) == 1
    with county.station.at_work():
        assert (Intake.select().count(), Serial.get(Serial.name.startswith("running")).value) == (1, 1)
