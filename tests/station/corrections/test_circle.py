"""A report goes up once, the hall's answer comes back, and the version that mends it closes it."""

import secrets

import pytest

from station.cases.place import place_of
from station.corrections import service
from station.corrections.errors import DecisionRefused, ReplyRefused, TooManyReports
from station.corrections.letters import State, Verdict
from station.corrections.mail import REPORTS_A_DAY_MAX
from station.corrections.service import Fault
from station.corrections.words import told
from station.hall.corrections import listing, mending
from sync import outbox
from sync.exchange import give, take
from tests.station.cases.samples import MORNING
from tests.station.cases.world import ALLOWANCE, PASS_CARD, item
from tests.station.corrections.town import CODE, FAULT, Town, installs

MENDED = item(materials=[{**ALLOWANCE["materials"][0], "copies": 0}, *ALLOWANCE["materials"][1:]])


def test_a_report_made_offline_waits_and_is_at_the_hall_once_the_line_is_back(town: Town) -> None:
    report_id = town.reports()
    with town.village.node.using():
        assert [one.kind for one in outbox.state_of(report_id)] == ["correction.reported"]
    assert town.count() == 0

    town.carries()
    town.carries()

    row = town.row(report_id)
    assert (town.count(), row.state, row.catalog, row.element) == (1, State.OPEN, town.version, FAULT.element)
    assert (row.said, row.practice) == (FAULT.said, FAULT.practice)
    assert "复印件份数 1" in row.shown
    assert row.station == town.village.node.facts.node_id


def test_a_parcel_that_comes_twice_leaves_one_report(town: Town) -> None:
    town.reports()
    with town.village.node.using():
        data = give(town.village.node.mailbox, town.hall.node.facts.node_id).data
    with town.hall.node.using():
        for _ in range(2):
            take(town.hall.node.mailbox, data, "link")

    assert town.count() == 1


def test_the_same_button_pressed_twice_makes_one_report_and_one_letter(town: Town) -> None:
    given = secrets.token_hex(16)
    with town.village.node.using():
        place = place_of(town.village.node)
        for _ in range(2):
            service.report(place, place.catalog.item(CODE), FAULT, report_id=given, by="示例员")
        assert len(outbox.state_of(given)) == 1

    assert town.count(town.village) == 1


def test_what_was_taken_up_is_closed_by_the_version_in_which_the_element_changed(town: Town) -> None:
    report_id = town.arrives()
    town.decides(report_id, Verdict.TAKEN_UP)
    town.carries()
    assert town.state(report_id, town.village) is State.TAKEN_UP

    town.publishes(MENDED, item(PASS_CARD))
    town.carries()

    row = town.row(report_id, town.village)
    assert (row.state, row.version) == (State.MENDED, town.version)
    assert told(row, town.version - 1) == (f"第 {town.version} 版改正，本站还没收到这一版", "b")
    assert told(row, town.version) == (f"已在第 {town.version} 版改正", "g")


@pytest.mark.parametrize(
    ("element", "changed", "is_closed"),
    [
        ("promised", item(phone="（0751）111 1111"), False),
        ("phone", item(phone="（0751）111 1111"), True),
        ("other", item(phone="（0751）111 1111"), True),
        ("materials", MENDED, True),
        ("fees", MENDED, False),
        ("materials.old-cert", item(materials=ALLOWANCE["materials"][:3], questions=[]), True),
    ],
)
def test_only_a_change_of_that_element_closes_a_report(
    town: Town, element: str, changed: object, is_closed: bool
) -> None:
    report_id = town.arrives(fault=Fault(element, "不对"))
    town.decides(report_id, Verdict.TAKEN_UP)

    town.publishes(changed, item(PASS_CARD))

    assert town.state(report_id) is (State.MENDED if is_closed else State.TAKEN_UP)


def test_an_item_that_leaves_the_catalog_closes_what_was_taken_up_about_it(town: Town) -> None:
    report_id = town.arrives()
    town.decides(report_id, Verdict.TAKEN_UP)

    town.publishes(item(PASS_CARD))

    assert town.state(report_id) is State.MENDED


def test_all_are_closed_however_few_are_looked_at_together(town: Town) -> None:
    mended = [town.arrives() for _ in range(2)]
    other = town.arrives(fault=Fault("promised", "不对"))
    for report_id in (*mended, other):
        town.decides(report_id, Verdict.TAKEN_UP)
    installs(town.hall, town.version + 1, (MENDED, item(PASS_CARD)))
    town.version, town.items = town.version + 1, (MENDED, item(PASS_CARD))

    with town.hall.node.using():
        assert mending.close_mended(place_of(town.hall.node), looked_at_once=1) == 2
    assert [town.state(one) for one in (*mended, other)] == [State.MENDED, State.MENDED, State.TAKEN_UP]


def test_closing_twice_tells_the_station_once(town: Town) -> None:
    report_id = town.arrives()
    town.decides(report_id, Verdict.TAKEN_UP)
    closed = town.publishes(MENDED, item(PASS_CARD))
    with town.hall.node.using():
        again = mending.close_mended(place_of(town.hall.node))

    assert (closed, again, town.row(report_id).answers) == (1, 0, 2)


def test_a_refusal_reaches_the_station_with_its_reason(town: Town) -> None:
    report_id = town.arrives()
    town.decides(report_id, Verdict.REFUSED, "省里的文件仍要求一份")
    town.carries()

    row = town.row(report_id, town.village)
    assert (row.state, row.answer) == (State.REFUSED, "省里的文件仍要求一份")


def test_a_question_is_answered_and_the_report_is_open_again(town: Town) -> None:
    report_id = town.arrives()
    town.decides(report_id, Verdict.ASKED, "哪个部门说的？")
    town.carries()
    with town.village.node.using():
        place = place_of(town.village.node)
        assert service.asked_count(place) == 1
        service.reply(place, report_id, "民政所电话通知", by="示例员")
        with pytest.raises(ReplyRefused):
            service.reply(place, report_id, "再说一遍", by="示例员")
    town.carries()

    assert town.state(report_id) is State.OPEN
    town.decides(report_id, Verdict.REFUSED, "已向部门核实")
    town.carries()
    assert town.state(report_id, town.village) is State.REFUSED


def test_what_ends_a_report_ends_those_that_repeat_it_and_those_that_repeat_them(town: Town) -> None:
    first, second, third = town.arrives(), town.arrives(town.other), town.arrives(town.other)
    town.decides(third, Verdict.DUPLICATE, another=second)
    town.decides(second, Verdict.DUPLICATE, another=first)
    town.decides(first, Verdict.TAKEN_UP)
    town.carries(town.other)
    assert town.state(second, town.other) is State.DUPLICATE

    town.publishes(MENDED, item(PASS_CARD))
    town.carries(town.other)

    assert [town.row(one).version for one in (first, second, third)] == [town.version] * 3
    assert town.state(second, town.other) is town.state(third, town.other) is State.MENDED


def test_a_refusal_taken_back_goes_for_those_that_repeat_the_report_too(town: Town) -> None:
    first, second = town.arrives(), town.arrives(town.other)
    town.decides(second, Verdict.DUPLICATE, another=first)
    town.decides(first, Verdict.REFUSED, "文件仍要求")
    assert town.state(second) is State.REFUSED

    town.decides(first, Verdict.TAKEN_UP)
    assert town.state(second) is State.DUPLICATE

    town.publishes(MENDED, item(PASS_CARD))
    town.carries(town.other)
    assert town.state(second, town.other) is State.MENDED


def test_a_report_can_only_repeat_one_that_still_has_to_end(town: Town) -> None:
    first, second = town.arrives(), town.arrives(town.other)
    town.decides(second, Verdict.DUPLICATE, another=first)

    for another in (second, first, "0" * 32, ""):
        with pytest.raises(DecisionRefused):
            town.decides(first, Verdict.DUPLICATE, another=another)


def test_an_item_that_the_hall_no_longer_has_can_still_be_answered(town: Town) -> None:
    town.sits_down()
    town.publishes(item(PASS_CARD))
    report_id = town.arrives()

    assert "没有这个事项" in town.hall.opens(f"/publishing/corrections/{report_id}").text
    town.decides(report_id, Verdict.MENDED)
    town.carries()
    assert (town.row(report_id, town.village).version, town.count()) == (town.version, 1)


def test_two_editors_who_decide_at_once_are_told_so(town: Town) -> None:
    town.sits_down()
    report_id = town.arrives()
    page = town.hall.opens(f"/publishing/corrections/{report_id}").text
    assert 'name="seen" value="0"' in page
    town.decides(report_id, Verdict.TAKEN_UP)

    answer = town.hall.sends(f"/publishing/corrections/{report_id}", verdict="refused", said="不对", seen="0")

    assert answer.status_code == 409
    assert "别人刚答复过" in answer.text
    assert town.state(report_id) is State.TAKEN_UP


def test_the_day_has_room_for_so_many_reports_and_tomorrow_for_more(town: Town) -> None:
    for _ in range(REPORTS_A_DAY_MAX):
        town.reports()
    with pytest.raises(TooManyReports):
        town.reports()

    town.village.time.passes(days=1)
    town.reports()
    town.carries()
    assert town.count() == REPORTS_A_DAY_MAX + 1


def test_how_many_stations_say_the_same_counts_each_once(town: Town) -> None:
    ids = [town.arrives(), town.arrives(), town.arrives(town.other)]
    town.arrives(fault=Fault("other", "别的"))

    with town.hall.node.using():
        hall = town.hall.node.facts.node_id
        lines = listing.lines_of(listing.query_for(hall, "open"), MORNING.date())
        counted = {line.row.report_id: line.stations for line in lines}
        assert [counted[one] for one in ids] == [2, 2, 2]
        assert sorted(counted.values()) == [1, 2, 2, 2]
        assert listing.counts(hall)["open"] == 4
