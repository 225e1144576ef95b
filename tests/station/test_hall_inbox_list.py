"""The reviewer's list: what waits, since when, and for how much longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.cases.intake import Checked
from station.cases.terms import Held
from tests.station.cases.world import ALLOWANCE, PASS_CARD, item
from tests.station.hall_desk import HallDesk, row_of
from tests.tools.counter import Counter

NAME = "高龄老人津贴申请"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[HallDesk]:
    found = HallDesk(tmp_path)
    yield found
    found.closes()


def test_a_case_shows_station_times_materials_and_a_masked_applicant(desk: HallDesk) -> None:
    desk.takes_in()
    desk.passes(hours=5)
    desk.carries("usb")

    row = row_of(desk.opens().text, NAME)

    assert "李**" in row and "李䶮英" not in row
    assert "11-23 09:30 → 11-23 14:30" in row
    assert "U 盘" in row and "材料 3/3" in row and "80–89 周岁" in row


@pytest.mark.parametrize(
    ("days", "text", "tone"),
    [(0, "剩 5 天", "bar g"), (3, "剩 2 天", "bar a"), (9, "超期 2 天", "bar r")],
)
def test_the_notice_clock_runs_from_the_receipt_at_the_station(
    desk: HallDesk, days: int, text: str, tone: str
) -> None:
    desk.takes_in()
    desk.passes(days=days)
    desk.carries()

    row = row_of(desk.opens().text, NAME)

    assert text in row and tone in row and "5 日告知期" in row


def test_after_acceptance_the_promised_limit_counts_instead(desk: HallDesk) -> None:
    desk.accepts(desk.arrives())

    row = row_of(desk.opens().text, NAME)

    assert "剩 10 天" in row and "承诺时限" in row and "已受理" in row


def test_a_case_past_its_limit_is_red(desk: HallDesk) -> None:
    desk.accepts(desk.arrives())
    desk.passes(days=21)

    row = row_of(desk.opens().text, NAME)

    assert "超期" in row and "bar r" in row


def test_those_longest_at_the_station_come_first(desk: HallDesk) -> None:
    desk.takes_in(item(PASS_CARD), token="b" * 32)
    desk.passes(days=1)
    desk.takes_in()
    desk.carries()

    page = desk.opens().text

    assert page.index("老年人优待证办理") < page.index(NAME)


def test_a_pledged_material_is_told(desk: HallDesk) -> None:
    desk.arrives(photo=Checked(Held.PLEDGED, "明天补"))

    assert "容缺 1" in row_of(desk.opens().text, NAME)


def test_the_same_person_asking_twice_is_pointed_out_and_nothing_merged(desk: HallDesk) -> None:
    desk.arrives()
    desk.arrives(token="b" * 32)

    page = desk.opens().text

    assert "核对是否重复" in page
    assert page.count(f"<b>{NAME}</b>") == 2


@pytest.mark.parametrize("words", ["津贴", "示范村", "4402051002", "440205100201-01-20261123-0001"])
def test_a_case_is_found_by_item_station_or_the_start_of_its_number(desk: HallDesk, words: str) -> None:
    desk.arrives()

    assert NAME in desk.opens(f"?q={words}").text


def test_signs_that_mean_something_to_the_database_find_nothing(desk: HallDesk) -> None:
    desk.arrives()

    assert "没有符合条件的办件" in desk.opens("?q=%25_%25").text


def test_the_list_can_be_narrowed_to_a_state(desk: HallDesk) -> None:
    desk.accepts(desk.arrives())

    assert NAME in desk.opens("?group=review").text
    assert NAME not in desk.opens("?group=new").text


def test_a_page_holds_twenty_cases_and_leads_on(desk: HallDesk) -> None:
    for number in range(21):
        desk.takes_in(token=f"{number:032x}")
    desk.carries()

    first, second = desk.opens().text, desk.opens("?page=2").text

    assert first.count(f"<b>{NAME}</b>") == 20 and second.count(f"<b>{NAME}</b>") == 1
    assert "第 1 页，共 2 页，21 条" in first


@pytest.mark.parametrize("page", ["0", "-1", "x", "9999999999"])
def test_a_page_number_that_is_none_is_refused(desk: HallDesk, page: str) -> None:
    answer = desk.opens(f"?page={page}")

    assert answer.status_code == 422 and "页码" in answer.text


def test_a_reviewer_sees_only_the_cases_of_the_own_department(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.hall.adds("reviewer", "残联审核员", name="other", department="残联")
    desk.hall.signs_in("other")

    assert NAME not in desk.opens().text
    assert desk.opens(case_id).status_code == 403
    assert desk.accepts(case_id).status_code == 403


def test_a_short_department_name_answers_for_the_long_one(desk: HallDesk) -> None:
    desk.arrives()
    desk.hall.adds("reviewer", "民政审核员", name="civil", department="民政局")
    desk.hall.signs_in("civil")

    assert NAME in desk.opens().text


def test_an_administrator_who_is_no_reviewer_sees_no_cases(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.hall.signs_in("boss")

    assert desk.opens().status_code == 403
    assert desk.opens(case_id).status_code == 403


def test_an_empty_inbox_says_so(hall: Counter) -> None:
    hall.signs_in("reviewer")

    assert "这里现在没有办件" in hall.opens("/inbox/").text


def test_a_department_can_be_picked_by_who_sees_them_all(desk: HallDesk) -> None:
    desk.arrives()

    assert ALLOWANCE["department"] in desk.opens().text
    assert NAME not in desk.opens("?department=残联").text
