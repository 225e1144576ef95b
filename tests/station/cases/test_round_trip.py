"""A case goes to the hall in real envelopes, and the hall's answers come back to the counter."""

import pytest

from station.cases import counter, review
from station.cases.counter_events import HandedOut
from station.cases.errors import ActRefused, UnknownFile
from station.cases.fold import Stage
from station.cases.hall_events import Accepted, Decided, Extended, Resumed, Suspended
from station.cases.intake import Checked
from station.cases.ledger import case_row, find_cases, view_of
from station.cases.models import Case
from station.cases.parts import NoticeLine
from station.cases.terms import Action, End, Held, Outcome, Special, StepKind
from sync.outbox import LetterState, state_of
from tests.station.cases.samples import CLERK
from tests.station.cases.world import BANK, ID_CARD, PASS_CARD, PDF, item, scan, takes_in

BAD_COPY = NoticeLine(
    id="bank", name="银行账户", state=Held.DEFECTIVE, reason="复印件看不清", standard="户名和账号清晰"
)
PERSON = HandedOut(receiver="李䶮英", id_number="440299194203150021")


def sent(county, *items, **given):
    """A case that arrived at the hall and was answered."""
    done = takes_in(county.station, *(items or (item(),)), **given)
    county.exchange()
    return done.cases[0].case_id


def at(office, case_id):
    """The case as this office sees it."""
    with office.at_work():
        return view_of(case_id)


def test_the_hall_gets_the_case_whole_and_gives_it_the_official_number(county):
    case_id = sent(county, changed={ID_CARD: Checked(Held.IN, files=(scan(),))})

    with county.hall.at_work():
        view, row = view_of(case_id), case_row(case_id)
        sha256 = view.materials["id-card"].files[0]
        assert counter.file_of(view, sha256)[1] == PDF
        assert (row.stage, row.department, row.applicant_shown) == ("arrived", "曲江区民政局", "李**")
        assert row.origin == county.station.node_id
    assert at(county.station, case_id).official_number == row.official_number
    assert len(row.official_number) == 43
    assert row.official_number.startswith("11440205MB2D0000104L05000000001")


def test_the_counter_sees_that_everything_was_acknowledged(county):
    case_id = sent(county, changed={ID_CARD: Checked(Held.IN, files=(scan(),))})

    with county.station.at_work():
        states = state_of(case_id)
        assert {state.state for state in states} == {LetterState.ACKNOWLEDGED}
        assert all(state.ack for state in states)
        assert case_row(case_id).stage == "arrived"


def test_mail_that_comes_twice_takes_effect_once(county):
    case_id = sent(county)
    for _ in range(3):
        county.exchange()

    assert [event.kind for event in at(county.hall, case_id).timeline].count("case.arrived") == 1
    with county.hall.at_work():
        assert Case.select().count() == 1


def test_official_numbers_count_up_by_item_and_day(county):
    first = sent(county)
    second = sent(county, token="b" * 32)

    numbers = [at(county.hall, case_id).official_number[-12:] for case_id in (first, second)]
    assert numbers == ["202611230001", "202611230002"]


def test_both_numbers_find_the_case_on_both_sides(county):
    case_id = sent(county)
    view = at(county.hall, case_id)

    for office in (county.hall, county.station):
        with office.at_work():
            for number in (view.official_number, view.received.body.receipt_number, case_id):
                assert [case.case_id for case in find_cases(number)] == [case_id]


def test_a_basket_arrives_as_linked_cases_and_its_receipt_belongs_to_both(county):
    done = takes_in(county.station, item(), item(PASS_CARD))
    county.exchange()

    for case in done.cases:
        kinds = [event.kind for event in at(county.hall, case.case_id).timeline]
        assert kinds.count("document.printed") == 1
    with county.hall.at_work():
        assert len({row.intake_id for row in Case.select()}) == 1


def test_the_whole_way_from_acceptance_to_the_hand_out(county):
    case_id = sent(county)
    with county.hall.at_work():
        desk = county.hall.desk()
        review.precheck(desk, case_id, Outcome.PASS)
        review.accept(desk, case_id, document_number="曲民受〔2026〕1 号")
        review.step(desk, case_id, StepKind.REVIEW, Action.PASS, "材料齐全")
        review.decide(desk, case_id, Decided(end=End.DONE, result="高龄津贴审批表"), scan("审批表.pdf"))
    county.exchange()

    with county.station.at_work():
        view = view_of(case_id)
        assert view.stage is Stage.DECIDED
        assert view.accepted.body.promised.value == 10
        assert counter.file_of(view, view.decided.body.files[0])[1] == PDF
        counter.tell(county.station.place, case_id, "电话", "李䶮英", CLERK)
        counter.hand_out(county.station.place, case_id, PERSON, CLERK)
    county.exchange()

    assert at(county.hall, case_id).stage is Stage.HANDED_OUT
    assert {office: len(at(office, case_id).timeline) for office in (county.hall, county.station)} == {
        county.hall: 10,
        county.station: 10,
    }


def test_a_notice_goes_down_and_the_missing_paper_comes_up(county):
    case_id = sent(county)
    with county.hall.at_work():
        review.notice(county.hall.desk(), case_id, [BAD_COPY])
    county.exchange()
    with county.station.at_work():
        assert view_of(case_id).stage is Stage.SUPPLEMENT
        assert list(counter.lacking_lines(view_of(case_id))) == ["bank"]
        counter.supplement(
            county.station.place, case_id, {"bank": Checked(Held.IN, files=(scan("存折.pdf"),))}, CLERK
        )
    county.exchange()

    view = at(county.hall, case_id)
    assert view.stage is Stage.ARRIVED
    with county.hall.at_work():
        assert counter.file_of(view, view.materials["bank"].files[0])[1] == PDF


def test_a_part_of_what_is_missing_leaves_the_notice_open(county):
    case_id = sent(
        county, changed={BANK: Checked(Held.MISSING, "没带"), ID_CARD: Checked(Held.MISSING, "没带")}
    )
    with county.station.at_work():
        counter.supplement(county.station.place, case_id, {"bank": Checked(Held.IN)}, CLERK)
        assert view_of(case_id).open_notices
        counter.supplement(county.station.place, case_id, {"id-card": Checked(Held.IN)}, CLERK)
        assert not view_of(case_id).open_notices


def test_the_same_matter_again_is_flagged_and_nothing_is_merged(county):
    first = sent(county)
    again = sent(county, token="b" * 32)

    flags = at(county.hall, again).flags
    assert [(flag.kind, flag.case_id) for flag in flags] == [("duplicate", first)]
    assert at(county.hall, first).flags == ()
    assert at(county.hall, again).stage is Stage.ARRIVED


def test_a_case_outside_the_power_of_the_station_is_kept_and_turned_away_with_the_reason(county):
    county.hall.installs(2, [item(power="consult"), item(PASS_CARD)])
    county.station.installs(9, [item()])
    case_id = sent(county)

    view = at(county.station, case_id)
    assert view.stage is Stage.TURNED_AWAY
    assert "只有“咨询”权限" in view.timeline[-1].body.reason
    assert view.official_number


def test_a_case_is_judged_by_the_catalog_it_was_made_with(county):
    county.hall.installs(2, [item(power="consult"), item(PASS_CARD)])
    case_id = sent(county)

    assert at(county.station, case_id).stage is Stage.ARRIVED


def test_an_item_the_hall_never_heard_of_is_turned_away(county):
    county.station.installs(9, [item(code="L05999999999")])
    done = takes_in(county.station, item(code="L05999999999"), form={})
    county.exchange()

    view = at(county.station, done.cases[0].case_id)
    assert view.stage is Stage.TURNED_AWAY
    assert view.official_number == ""


def test_a_withdrawal_and_a_correction_are_new_events_on_both_sides(county):
    case_id = sent(county)
    with county.station.at_work():
        place = county.station.place
        counter.correct(
            place, case_id, {"applicant.phone": "13900000000", "form.account": "6"}, "号码抄错", CLERK
        )
        counter.withdraw(place, case_id, "不办了", CLERK)
    county.exchange()

    view = at(county.hall, case_id)
    assert (view.stage, view.applicant.phone, view.form["account"]) == (Stage.WITHDRAWN, "13900000000", "6")
    assert view.received.body.applicant.phone == "13800000000"


def test_special_procedures_stop_and_start_the_limits(county):
    case_id = sent(county)
    with county.hall.at_work():
        desk = county.hall.desk()
        review.accept(desk, case_id)
        begun = review.act(
            desk, case_id, Suspended(procedure=Special.EXPERT, since="2026-11-24", reason="评审")
        )
        assert view_of(case_id).stage is Stage.SUSPENDED
        review.act(desk, case_id, Resumed(suspension=begun.event_id, until="2026-11-26"))
        review.act(
            desk, case_id, Extended(added={"value": 5, "unit": "workday"} and item().promised, reason="复杂")
        )
    county.exchange()

    assert at(county.station, case_id).stage is Stage.ACCEPTED


def test_a_revoked_decision_can_be_made_anew(county):
    case_id = sent(county)
    with county.hall.at_work():
        desk = county.hall.desk()
        review.accept(desk, case_id)
        review.decide(desk, case_id, Decided(end=End.DONE))
        review.revoke(desk, case_id, 3, "证照信息错误")
    county.exchange()

    assert at(county.station, case_id).stage is Stage.REVOKED


@pytest.mark.parametrize(
    "act",
    [
        lambda desk, case_id: review.decide(desk, case_id, Decided(end=End.DONE)),
        lambda desk, case_id: review.step(desk, case_id, StepKind.HANDLE, Action.PASS),
        lambda desk, case_id: review.revoke(desk, case_id, 1, "错"),
        lambda desk, case_id: review.revoke(desk, case_id, 14, "错"),
        lambda desk, case_id: review.refuse(desk, case_id, reason="", remedy="复议"),
        lambda desk, case_id: review.precheck(desk, case_id, Outcome.REFUSE),
        lambda desk, case_id: review.notice(desk, case_id, []),
    ],
)
def test_what_makes_no_sense_now_is_refused_and_writes_nothing(county, act):
    case_id = sent(county)
    with county.hall.at_work():
        before = len(view_of(case_id).timeline)
        with pytest.raises(ActRefused) as caught:
            act(county.hall.desk(), case_id)
        assert caught.value.what.startswith("不能") and caught.value.next_step
        assert len(view_of(case_id).timeline) == before


def test_a_page_is_told_which_acts_make_sense(county):
    case_id = sent(county)

    assert Accepted in review.acts_open(at(county.hall, case_id))
    assert Decided not in review.acts_open(at(county.hall, case_id))


def test_a_counter_cannot_hand_out_what_is_not_there_nor_twice(county):
    case_id = sent(county)
    with county.station.at_work(), pytest.raises(ActRefused, match="没有待领取的结果"):
        counter.hand_out(county.station.place, case_id, PERSON, CLERK)
    with county.hall.at_work():
        review.accept(county.hall.desk(), case_id)
        review.decide(county.hall.desk(), case_id, Decided(end=End.DONE))
    county.exchange()
    with county.station.at_work():
        counter.hand_out(county.station.place, case_id, PERSON, CLERK)
        with pytest.raises(ActRefused, match="已领取"):
            counter.hand_out(county.station.place, case_id, PERSON, CLERK)


@pytest.mark.parametrize(
    "act",
    [
        lambda place, case_id: counter.supplement(place, case_id, {}, CLERK),
        lambda place, case_id: counter.supplement(place, case_id, {"id-card": Checked(Held.IN)}, CLERK),
        lambda place, case_id: counter.withdraw(place, case_id, " ", CLERK),
        lambda place, case_id: counter.correct(
            place, case_id, {"applicant.phone": "13800000000"}, "错", CLERK
        ),
        lambda place, case_id: counter.correct(place, case_id, {"applicant.kind": "firm"}, "错", CLERK),
        lambda place, case_id: counter.correct(place, case_id, {"applicant.phone": "1"}, "", CLERK),
    ],
)
def test_an_empty_act_of_the_counter_is_refused(county, act):
    case_id = sent(county)
    with county.station.at_work(), pytest.raises(ActRefused):
        act(county.station.place, case_id)


def test_a_hall_acts_only_on_its_own_cases_and_a_station_on_its_own(county):
    case_id = sent(county)
    with county.station.at_work(), pytest.raises(ActRefused, match="另一个大厅"):
        review.accept(county.station.desk(), case_id)
    with county.hall.at_work(), pytest.raises(ActRefused, match="不是本站"):
        counter.withdraw(county.hall.place, case_id, "不办了", CLERK)


def test_a_file_that_is_not_here_says_so(county):
    case_id = sent(county)
    with county.hall.at_work(), pytest.raises(UnknownFile):
        counter.file_of(view_of(case_id), "0" * 64)
