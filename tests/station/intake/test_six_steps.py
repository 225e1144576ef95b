"""From the search box to the printed receipt, through the pages, without a script."""

import io

import pytest

from station.cases.fold import Stage
from station.cases.ledger import view_of
from station.cases.models import Case, Document, Intake
from station.cases.terms import Held
from station.intake.models import Draft, DraftFile
from sync.outbox import counts
from tests.station.cases.world import BANK, ID_CARD, PDF, PHOTO
from tests.station.intake.window import ALLOWANCE_CODE, WHO

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60 + b"IEND\xaeB`\x82"


def scan(data=PDF, name="身份证.pdf"):
    """What a browser sends for a chosen file."""
    return (io.BytesIO(data), name)


def test_the_search_says_why_it_found_something_and_what_this_station_may_do(window):
    page = window.finds("gljt")

    assert "高龄老人津贴申请" in page.text
    assert "本站可收件" in page.text and "首字母 gljt" in page.text
    assert ("", "", "收件高龄老人津贴申请") in [button for form in page.forms for button in form.buttons]


def test_what_may_only_be_explained_has_no_button_but_a_guide(window):
    page = window.finds("护照")

    assert "只能咨询" in page.text and "看指南" in page.text
    assert not any(form.action.endswith("/start") for form in page.forms)


def test_a_resident_is_served_with_the_hall_down(window):
    window.comes_to("confirm")
    page = window.submits()

    assert "已收件，请打印凭证" in page.text
    assert window.opens(page.link("/documents/")).status == 200
    assert window.answer.data.startswith(b"%PDF")
    with window.counter.node.using():
        assert counts().queued == 2
        assert view_of(Case.get().case_id).stage is Stage.RECEIVED
        assert Draft.select().count() == DraftFile.select().count() == 0


def test_two_matters_are_taken_in_together_and_the_common_is_asked_once(window):
    page = window.comes_to("form", ALLOWANCE_CODE, "L20000000002")
    assert sum("居住地址" in str(form.fields) or True for form in page.forms)
    assert window.html.count("居住地址") == 1 and "2 事共用" in page.text

    window.takes_in(ALLOWANCE_CODE, "L20000000002")

    with window.counter.node.using():
        assert (Intake.select().count(), Case.select().count()) == (1, 2)


def test_the_form_is_prefilled_with_what_was_said_before(window):
    page = window.comes_to("form")

    assert page.form(having="form-applicant.address").fields["form-applicant.address"] == [WHO["address"]]


def test_a_scan_travels_from_the_form_into_the_case(window):
    window.comes_to("materials")
    window.fills("go", dict.fromkeys(window.line_keys(), "in") | {f"file-{ID_CARD}": scan()}, ("go", "save"))
    assert "身份证.pdf" in window.page.text and "1 页" in window.page.text
    window.fills("go", {})
    window.submits()

    with window.counter.node.using():
        assert len(view_of(Case.get().case_id).materials["id-card"].files) == 1


def test_what_is_missing_is_told_on_paper(window):
    window.comes_to("materials")
    window.fills("go", {ID_CARD: "in", BANK: "missing", f"reason-{BANK}": "忘在家里", PHOTO: "pledged"})
    assert "一次性告知书" in window.page.text
    window.submits()

    assert "打印一次性告知书" in window.page.text
    with window.counter.node.using():
        assert sorted(row.kind for row in Document.select()) == ["notice", "receipt"]
        assert view_of(Case.get().case_id).materials["photo"].state is Held.PLEDGED


def test_pressing_the_last_button_twice_gives_the_same_receipt(window):
    window.comes_to("confirm")
    form = window._confirm_form()
    first = window._send(form, {}, None)
    second = window._send(form, {}, None)

    assert second.address == first.address
    with window.counter.node.using():
        assert Intake.select().count() == 1


def test_a_draft_is_there_after_the_program_stopped(window):
    window.comes_to("materials")
    window.fills("go", {ID_CARD: "in", f"file-{ID_CARD}": scan()}, ("go", "save"))
    page = window.opens("/guide/")

    assert "未完成的草稿" in page.text and "李**" in page.text and "第 5 步" in page.text
    assert "李䶮英" not in window.html
    again = window.opens(page.link("/intake/"))
    assert again.form(having="go").fields[ID_CARD] == ["in"]


def test_a_draft_that_is_given_up_leaves_nothing(window):
    window.comes_to("materials")
    window.fills("go", {ID_CARD: "in", f"file-{ID_CARD}": scan()}, ("go", "save"))
    form = next(form for form in window.page.forms if form.action.endswith("/discard"))
    window._send(form, {}, None)

    with window.counter.node.using():
        assert Draft.select().count() == DraftFile.select().count() == 0


def test_another_matter_joins_the_basket_and_leaves_it(window):
    page = window.comes_to("who")
    token = page.address.split("/")[2]
    window.opens(f"/guide/?q=优待证&draft={token}")
    window.fills("code", {}, ("go", "add"))
    assert "老年人优待证办理" in window.page.text
    window.fills("go", {}, ("go", "remove:L20000000002"))

    assert "老年人优待证办理" not in window.page.text


def test_a_later_question_is_asked_not_complained_about(window):
    page = window.starts()
    assert window.summary() == [] and "老人多大年龄" in page.text

    window.fills("asked", {})
    assert window.summary() == [(f"q-{ALLOWANCE_CODE}-age", "请回答：老人多大年龄？")]


def test_every_page_of_the_way_can_be_opened_again(window):
    page = window.comes_to("confirm")
    token = page.address.split("/")[2]

    for step in ("items", "situations", "who", "form", "materials", "confirm"):
        assert window.opens(f"/intake/{token}/{step}").status == 200


@pytest.mark.parametrize(
    ("data", "name"), [(PDF, "a.pdf"), (PNG, "b.png"), (b"\xff\xd8\xff" + b"0" * 9 + b"\xff\xd9", "c.jpg")]
)
def test_pdf_png_and_jpeg_are_taken(window, data, name):
    window.comes_to("materials")
    window.fills("go", {ID_CARD: "in", f"file-{ID_CARD}": scan(data, name)}, ("go", "save"))

    assert window.summary() == []
    with window.counter.node.using():
        assert DraftFile.get().size == len(data)


def test_a_scan_can_be_looked_at_and_taken_away(window):
    window.comes_to("materials")
    window.fills("go", {ID_CARD: "in", f"file-{ID_CARD}": scan()}, ("go", "save"))
    shown = window.counter.opens(window.page.link("/scans/"))
    assert (shown.data, shown.mimetype) == (PDF, "application/pdf")
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]

    button = next(
        value for form in window.page.forms for name, value, _ in form.buttons if "remove:" in value
    )
    window.fills("go", {}, ("go", button))
    with window.counter.node.using():
        assert DraftFile.select().count() == 0


@pytest.mark.parametrize(
    ("step", "having", "values"),
    [
        ("who", "id_number", {"name": "李", "id_number": "4402"}),
        ("form", f"form-{ALLOWANCE_CODE}.account", {f"form-{ALLOWANCE_CODE}.account": "62"}),
        ("materials", "go", {BANK: "missing"}),
    ],
)
def test_what_the_script_keeps_is_there_however_unfinished(window, step, having, values):
    page = window.comes_to(step)
    window.fills(having, values, ("go", "keep"))
    assert window.answer.status_code == 204

    form = window.opens(page.address).form(having=having)
    name, value = next(iter(values.items()))
    assert form.fields[name] == [value]
