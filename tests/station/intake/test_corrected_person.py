"""What was typed wrongly about a person is corrected everywhere at once."""

from station.cases.ledger import view_of
from station.cases.models import Case
from tests.station.intake.window import ALLOWANCE_CODE, WHO


def address_in_form(page):
    """What the common form holds for the shared address."""
    form = page.form(having=f"form-{ALLOWANCE_CODE}.account")
    return form.fields["form-applicant.address"]


def test_a_corrected_address_reaches_the_form_that_was_filled_in_from_it(window):
    window.comes_to("who")
    window.fills("id_number", {**WHO, "address": "马坝镇错误路 1 号", "id_number": "1"})
    assert window.summary()

    page = window.fills("id_number", WHO)

    assert address_in_form(page) == ["马坝镇示范村 1 号"]


def test_what_the_form_says_of_its_own_stays(window):
    page = window.comes_to("form")
    account = f"form-{ALLOWANCE_CODE}.account"
    own = {"form-applicant.address": "韶关市浈江区 2 号", account: "6228000000000000000"}
    window.fills(account, own)
    window.opens(page.address.replace("/form", "/who"))

    page = window.fills("id_number", {**WHO, "address": "马坝镇示范村 3 号"})

    assert address_in_form(page) == ["韶关市浈江区 2 号"]


def test_the_reason_for_a_lack_goes_when_the_material_came_after_all(window):
    window.comes_to("materials")
    first = window.line_keys()[0]
    states = dict.fromkeys(window.line_keys(), "in")
    window.fills("go", {**states, first: "missing", f"reason-{first}": "下次带来"})
    window.opens(window.page.address.replace("/confirm", "/materials"))
    window.fills("go", states)
    window.submits()

    with window.counter.node.using():
        view = view_of(Case.get().case_id)
        assert {line.reason for line in view.materials.values()} == {""}
