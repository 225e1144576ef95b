"""What a station may write into a report without harm to the desk that reads it."""

import html

import pytest

from station.corrections.errors import OddReport
from station.corrections.letters import State, Verdict
from station.corrections.service import Fault
from tests.station.cases.samples import OLD_WOMAN
from tests.station.cases.world import PASS_CARD, item
from tests.station.corrections.test_letters import at_hall, letter, reported
from tests.station.corrections.town import CODE, ID_CARD, Town, sends_form

DESK = "/publishing/corrections"
REPORT = "d" * 32
WIDE = OLD_WOMAN.translate({ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"})
SPACED = f"{OLD_WOMAN[:6]} {OLD_WOMAN[6:14]}-{OLD_WOMAN[14:]}"


@pytest.fixture(autouse=True)
def _people(town: Town) -> None:
    town.sits_down()


def from_village(town: Town, subject: str = REPORT, **given: str) -> None:
    """A report as a village could send it that runs a program of its own."""
    at_hall(town, letter(town.village.node.facts.node_id, reported(**given), subject))


@pytest.mark.parametrize("subject", ["", ".", "..", "x", "A" * 32, "a" * 33, "a" * 64])
def test_a_report_under_a_name_that_no_address_can_have_is_not_taken(town: Town, subject: str) -> None:
    with pytest.raises(OddReport):
        from_village(town, subject)

    assert town.hall.opens(f"{DESK}/").status_code == 200
    assert town.count() == 0


@pytest.mark.parametrize(
    "element", ["phone.x", "materials.none", "steps.0", "code.x", "nothing", "promised.value"]
)
def test_a_part_that_leads_nowhere_can_be_read_taken_up_and_closed(town: Town, element: str) -> None:
    from_village(town, element=element)

    assert town.hall.opens(f"{DESK}/{REPORT}").status_code == 200
    sent = town.hall.sends(f"{DESK}/{REPORT}", verdict="taken_up", seen="0")
    assert sent.status_code == 302
    town.publishes(item(phone="（0751）111 1111"), item(PASS_CARD))
    assert town.state(REPORT) is State.TAKEN_UP
    town.decides(REPORT, Verdict.MENDED)
    assert town.state(REPORT) is State.MENDED


def test_the_desk_names_a_station_as_the_register_does_whatever_it_calls_itself(town: Town) -> None:
    from_village(town, station="韶关市政务服务局")

    for path in (f"{DESK}/", f"{DESK}/{REPORT}"):
        page = town.hall.opens(path).text
        assert "韶关市政务服务局" not in page
        assert "示范村便民服务站" in page


@pytest.mark.parametrize("said", [f"李某 {SPACED} 没交", f"李某 {WIDE} 没交", f"{OLD_WOMAN}没交"])
def test_an_identity_number_is_refused_however_it_is_written(town: Town, said: str) -> None:
    answer = sends_form(town.village, said=said)

    assert (answer.status_code, "请去掉哪里不对里的身份证号码" in answer.text) == (422, True)
    assert town.count(town.village) == 0


def test_an_identity_number_that_came_all_the_same_is_shown_masked(town: Town) -> None:
    from_village(town, said=f"李某 {OLD_WOMAN} 没交", practice=SPACED, shown=OLD_WOMAN)

    for path in (f"{DESK}/", f"{DESK}/{REPORT}"):
        page = html.unescape(town.hall.opens(path).text)
        assert OLD_WOMAN not in page and SPACED not in page
        assert f"{OLD_WOMAN[:4]}**********{OLD_WOMAN[-4:]}" in page


def test_a_mobile_number_needs_a_persons_word_that_it_is_a_public_one(town: Town) -> None:
    asked = sends_form(town.village, element="phone", said="改成 13800138000 了")
    assert asked.status_code == 422 and "看起来像手机号码" in asked.text

    sent = sends_form(town.village, element="phone", said="改成 13800138000 了", public="1")
    assert sent.status_code == 302
    office = sends_form(town.village, element="phone", said="改成 0751-6660000 了")
    assert office.status_code == 302


@pytest.mark.parametrize(
    ("said", "told"), [("看不见\u2028的字", "看不见的控制字符"), (f"{OLD_WOMAN} 的件", "身份证号码")]
)
def test_the_halls_answer_is_held_to_the_same(town: Town, said: str, told: str) -> None:
    report_id = town.arrives()

    answer = town.hall.sends(f"{DESK}/{report_id}", verdict="refused", said=said, seen="0")

    assert (answer.status_code, told in answer.text) == (422, True)
    assert 'href="#said"' in answer.text
    assert town.state(report_id) is State.OPEN


def test_the_same_decision_sent_twice_is_one_answer(town: Town) -> None:
    report_id = town.arrives()
    given = {"verdict": "refused", "said": "上级文件仍要求", "seen": "0"}
    town.hall.sends(f"{DESK}/{report_id}", **given)

    again = town.hall.sends(f"{DESK}/{report_id}", **given)

    assert again.status_code == 409 and "刚答复过" in again.text
    assert town.row(report_id).answers == 1


def test_a_reply_sent_twice_is_one_reply(town: Town) -> None:
    report_id = town.arrives()
    town.decides(report_id, Verdict.ASKED, "哪个部门说的？")
    town.carries()
    town.village.sends(f"/corrections/{report_id}/reply", said="民政所")

    again = town.village.sends(f"/corrections/{report_id}/reply", said="民政所")
    assert again.status_code == 409


def test_nothing_is_sent_without_the_forms_token(town: Town) -> None:
    report_id = town.arrives()

    for counter, path in (
        (town.village, "/corrections/"),
        (town.village, f"/corrections/{report_id}/reply"),
        (town.hall, f"{DESK}/{report_id}"),
    ):
        assert counter.browser.post(path, data={"said": "x", "item": CODE}).status_code in (400, 403)
    assert town.count(town.village) == 1


def test_text_of_the_greatest_length_goes_through_both_pages(town: Town) -> None:
    said = "长" * 500
    report_id = town.arrives(fault=Fault(ID_CARD, said, said))

    assert said in town.hall.opens(f"{DESK}/{report_id}").text
    assert town.hall.opens(f"{DESK}/?q={'长' * 3000}").status_code == 200
    assert town.village.opens(f"/corrections/{report_id}").status_code == 200


@pytest.mark.parametrize("words", ["%F0%9F%98%80", "%ED%A0%80", "' OR 1=1 --", "_"])
def test_odd_words_in_the_search_find_nothing_and_break_nothing(town: Town, words: str) -> None:
    town.arrives()

    assert town.hall.opens(f"{DESK}/?q={words}").status_code == 200
