"""A notice of what is missing (一次性告知): its lines, its day, and that a second one is deliberate."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.cases.counter_events import Noticed
from station.cases.fold import Stage
from station.cases.intake import Checked
from station.cases.terms import Held
from tests.station.hall_desk import HallDesk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[HallDesk]:
    found = HallDesk(tmp_path)
    yield found
    found.closes()


def notice_form(**changed: str) -> dict[str, str]:
    return {
        "pick-bank": "1",
        "state-bank": "defective",
        "reason-bank": "卡号看不清",
        "standard-bank": "卡号清晰可辨",
        "workdays": "5",
        "contact": "0751-0000102",
        **changed,
    }


def test_a_notice_names_the_lines_their_standard_and_a_day_in_working_days(desk: HallDesk) -> None:
    case_id = desk.arrives()

    desk.does(case_id, "notice", notice_form())
    desk.carries()

    [notice] = desk.view_at_village(case_id).all(Noticed)
    [line] = notice.body.lines
    assert (line.name, line.state, line.standard) == ("银行账户", Held.DEFECTIVE, "卡号清晰可辨")
    assert notice.body.deadline == "2026-11-30"
    assert desk.view(case_id).stage is Stage.SUPPLEMENT


def test_a_notice_without_a_line_is_refused(desk: HallDesk) -> None:
    case_id = desk.arrives()

    answer = desk.does(case_id, "notice", workdays="5", contact="0751-0000102")

    assert answer.status_code == 422 and "至少勾选一项" in answer.text
    assert not desk.view(case_id).all(Noticed)


def test_a_line_of_a_notice_says_what_is_wrong_and_what_would_be_right(desk: HallDesk) -> None:
    form = notice_form() | {"reason-bank": "", "standard-bank": ""}

    answer = desk.does(desk.arrives(), "notice", form)

    assert 'href="#reason-bank"' in answer.text and 'href="#standard-bank"' in answer.text


@pytest.mark.parametrize("workdays", ["", "0", "61", "-3", "五", "999"])
def test_a_deadline_is_one_to_sixty_working_days(desk: HallDesk, workdays: str) -> None:
    answer = desk.does(desk.arrives(), "notice", notice_form(workdays=workdays))

    assert answer.status_code == 422 and 'href="#workdays"' in answer.text


def test_a_second_notice_is_flagged_and_needs_a_tick(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.does(case_id, "notice", notice_form())

    assert "第 2 次告知" in desk.opens(f"{case_id}/notice").text
    assert desk.does(case_id, "notice", notice_form()).status_code == 422
    desk.does(case_id, "notice", notice_form(sure="1"))

    assert [written.body.number for written in desk.view(case_id).all(Noticed)] == [1, 2]


def test_what_the_station_found_missing_is_ticked_already(desk: HallDesk) -> None:
    case_id = desk.arrives(bank=Checked(Held.MISSING, "没有带来"))

    page = desk.opens(f"{case_id}/notice").text

    assert 'name="pick-bank" id="pick-bank" value="1" checked' in page
    assert "没有带来" in page


def test_an_unanswered_notice_needs_a_deliberate_tick_before_acceptance(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.does(case_id, "notice", notice_form())

    assert desk.accepts(case_id).status_code == 422
    assert desk.does(case_id, "accept", basis="依据", sure="1").status_code == 302


# refusal and precheck
