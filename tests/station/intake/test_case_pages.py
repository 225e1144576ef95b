"""The list of cases and one case: found by number, shown masked, with its proof and what can be done."""

import io

import pytest

from station.cases import review
from station.cases.fold import Stage
from station.cases.ledger import view_of
from station.cases.models import Case, Document
from station.cases.numbers import grouped
from station.cases.parts import Actor
from station.cases.place import place_of
from station.cases.review import Desk
from station.cases.terms import Outcome
from sync.attachments import sealed_range, wanted
from sync.exchange import give, receive_file, take
from tests.station.cases.samples import OLD_WOMAN
from tests.station.cases.world import BANK, ID_CARD, PDF, PHOTO


def carry(sender, receiver, ask=None):
    """One parcel, and the files the receiver then wants."""
    with sender.node.using():
        data = give(sender.node.mailbox, receiver.node.facts.node_id, ask).data
    with receiver.node.using():
        taken = take(receiver.node.mailbox, data, "link")
        needs = wanted(sender.node.facts.node_id, 100)
    for need in needs:
        with sender.node.using():
            piece = sealed_range(need.sha256, 0, 10**9)
        with receiver.node.using():
            receive_file(receiver.node.mailbox, sender.node.facts.node_id, need.sha256, 0, piece)
    return taken.manifest


def exchange(window):
    """The station calls the hall until both have everything."""
    for _ in range(3):
        carry(window.hall, window.counter, carry(window.counter, window.hall))


def lacking_case(window):
    """A case that lacks a material."""
    window.comes_to("materials")
    window.fills("go", {ID_CARD: "in", BANK: "missing", f"reason-{BANK}": "忘带", PHOTO: "in"})
    window.submits()
    with window.counter.node.using():
        return Case.get()


def test_a_case_is_found_by_its_number_however_it_was_typed(window):
    case = window.takes_in()

    for typed in (grouped(case.receipt_number), case.receipt_number.lower(), case.case_id):
        assert window.opens(f"/cases/?q={typed}").address == f"/cases/{case.case_id}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("4402", "应有 27 位"), ("440205100201-01-20261123-0001-0", "校验字符"), ("0" * 32, "没有编号为")],
)
def test_a_number_that_is_none_is_refused_beside_the_box(window, typed, said):
    page = window.opens(f"/cases/?q={typed}")

    assert page.status == 422
    assert said in window.summary()[0][1]


def test_lists_and_cases_show_masks_only(window):
    case = window.takes_in()

    for path in ("/cases/", f"/cases/{case.case_id}", "/guide/"):
        window.opens(path)
        assert "李䶮英" not in window.html and OLD_WOMAN not in window.html
    assert "李**" in window.opens("/cases/").text


def test_before_the_hall_answers_a_case_is_waiting_and_afterwards_its_proof_is_shown(fresh_window):
    case = fresh_window.takes_in()
    assert "待发" in fresh_window.opens(f"/cases/{case.case_id}").text

    exchange(fresh_window)
    page = fresh_window.opens(f"/cases/{case.case_id}")

    assert "大厅已全部签收" in page.text
    assert fresh_window.hall.node.keys.key_id in page.text
    with fresh_window.counter.node.using():
        assert view_of(case.case_id).official_number in page.text


def test_the_timeline_tells_what_the_hall_said(fresh_window):
    case = fresh_window.takes_in()
    exchange(fresh_window)
    with fresh_window.hall.node.using():
        desk = Desk(place_of(fresh_window.hall.node), Actor(name="审核甲"))
        review.precheck(desk, case.case_id, Outcome.REFUSE, "户籍不在本区")
    exchange(fresh_window)

    page = fresh_window.opens(f"/cases/{case.case_id}")
    assert "户籍不在本区" in page.text and "审核甲" in page.text
    assert "大厅没有受理，请告诉办事人" in fresh_window.opens("/guide/").text


def test_a_reprint_says_so_with_its_count_and_reason(window):
    case = window.takes_in()
    with window.counter.node.using():
        receipt = Document.get()
    for reason in ("办事人遗失", "打印不清"):
        window.opens(f"/cases/{case.case_id}")
        window.counter.sends(f"/cases/documents/{receipt.document_id}/reprint", reason=reason)

    with window.counter.node.using():
        prints = list(Document.select().order_by(Document.copy))
        printed = [w.body for w in view_of(case.case_id).all(type(view_of(case.case_id).timeline[-1].body))]
    assert [row.copy for row in prints] == [1, 2, 3]
    assert len({row.sha256 for row in prints}) == 3
    assert [(body.reprint, body.reason) for body in printed] == [(0, ""), (1, "办事人遗失"), (2, "打印不清")]
    assert "补打 2" in window.opens(f"/cases/{case.case_id}").text


def test_a_reprint_without_a_reason_is_refused(window):
    window.takes_in()
    with window.counter.node.using():
        receipt = Document.get()
    answer = window.counter.sends(f"/cases/documents/{receipt.document_id}/reprint", reason=" ")

    assert answer.status_code == 422 and "请填写补打原因" in answer.text


def test_the_first_print_stays_byte_for_byte(window):
    window.takes_in()
    with window.counter.node.using():
        receipt = Document.get()
    path = f"/cases/documents/{receipt.document_id}.pdf"

    assert window.counter.opens(path).data == window.counter.opens(path).data == bytes(receipt.pdf)


def test_what_was_missing_is_taken_in_later_with_its_scan(window):
    case = lacking_case(window)
    assert "等办事人补交材料" in window.opens("/guide/").text
    window.opens(f"/cases/{case.case_id}/supplement")
    window.fills("in", {"in": ["bank"], "file-bank": (io.BytesIO(PDF), "存折.pdf")})

    with window.counter.node.using():
        view = view_of(case.case_id)
        assert view.stage is Stage.RECEIVED
        assert len(view.materials["bank"].files) == 1


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "至少勾选一项"),
        ({"file-bank": (io.BytesIO(PDF), "a.pdf")}, "请勾选“已收”"),
        ({"in": ["bank"], "file-bank": (io.BytesIO(b"bad"), "a.pdf")}, "不是 PDF"),
    ],
)
def test_a_supplement_that_does_not_hold_is_refused(window, sent, said):
    case = lacking_case(window)
    window.opens(f"/cases/{case.case_id}/supplement")
    page = window.fills("in", sent)

    assert page.status == 422 and said in window.summary()[0][1]
    with window.counter.node.using():
        assert view_of(case.case_id).stage is Stage.SUPPLEMENT


def test_a_correction_is_a_new_line_and_the_old_value_stays(window):
    case = window.takes_in()
    window.opens(f"/cases/{case.case_id}/correct")
    window.fills("reason", {"applicant.phone": "13900000000", "reason": "号码抄错"})

    assert "改正联系电话" in window.page.text
    with window.counter.node.using():
        view = view_of(case.case_id)
        assert (view.applicant.phone, view.received.body.applicant.phone) == ("13900000000", "13800000000")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"applicant.phone": "1", "reason": "错"}, "applicant.phone"),
        ({"applicant.name": "", "reason": "错"}, "applicant.name"),
        ({"applicant.phone": "13900000000", "reason": ""}, "reason"),
        ({"reason": "没改"}, "reason"),
        ({"form.account": "长" * 201, "reason": "错"}, "form.account"),
    ],
)
def test_a_correction_that_does_not_hold_is_refused_at_its_field(window, sent, field):
    case = window.takes_in()
    window.opens(f"/cases/{case.case_id}/correct")
    page = window.fills("reason", sent)

    assert page.status == 422 and window.summary()[0][0] == field
    with window.counter.node.using():
        assert not view_of(case.case_id).all(type(None))
        assert view_of(case.case_id).applicant.phone == "13800000000"


def test_a_withdrawal_asks_twice(window):
    case = window.takes_in()
    window.opens(f"/cases/{case.case_id}")
    window.fills("withdraw_reason", {"withdraw_reason": "不办了"})
    assert window.page.status == 422 and "请勾选确认" in window.summary()[0][1]

    window.fills("withdraw_reason", {"withdraw_reason": "不办了", "sure": "1"})
    assert "已撤回" in window.page.text
    with window.counter.node.using():
        assert view_of(case.case_id).stage is Stage.WITHDRAWN


def test_after_three_working_days_without_an_answer_the_counter_is_warned(fresh_window):
    fresh_window.takes_in()
    fresh_window.counter.time.passes(days=3)
    fresh_window.counter.signs_in("agent")

    page = fresh_window.opens("/guide/")
    assert "大厅还没有回音" in page.text and "3 日告警" in page.text
    assert "高龄老人津贴申请" in fresh_window.opens("/cases/?show=unheard").text


def test_somebody_elses_case_is_none(window):
    assert window.opens("/cases/" + "0" * 32).status == 404
    assert window.opens("/cases/documents/" + "0" * 32 + ".pdf").status == 404
    assert window.opens("/cases/intakes/" + "0" * 32).status == 404


def test_an_administrator_does_not_read_cases(fresh_window):
    case = fresh_window.takes_in()
    fresh_window.counter.signs_in("boss")

    assert fresh_window.counter.opens(f"/cases/{case.case_id}").status_code == 403
