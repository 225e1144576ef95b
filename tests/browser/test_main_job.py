"""The main job through the pages: county, village with the hall down, link, hall again, catalog."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.demo.plan import COUNTY, LINKED_VILLAGE, TOWNSHIP
from tests.browser import papers
from tests.browser.case_steps import ID_NUMBER, NAME, Taken, contacts, takes_in
from tests.browser.catalog_steps import ITEM, ITEM_NAME, publishes, takes_back
from tests.browser.hall_steps import decides, hands_out, opens_the_case
from tests.browser.town import Town
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def agent(town: Town) -> Iterator[Visitor]:
    """The village's agent after the county published a new version, which this station has taken."""
    publishes(town, 2, "table")
    found = town.visitor(LINKED_VILLAGE, "agent")
    contacts(found, "第 2 版")
    yield found
    found.leaves()


@pytest.fixture(scope="module")
def taken(town: Town, agent: Visitor) -> Taken:
    """A case, taken in while nobody answers at the hall, then sent when somebody does."""
    with town.hall_is_down():
        found = takes_in(agent)
        agent.opens("/mailroom/")
        agent.presses("立即联系大厅")
        assert "待发 2" in agent.strip and "大厅已签收 0" in agent.strip
        assert "离线" in agent.strip
        agent.shows("mail")
        agent.opens(found.case_path)
        assert "大厅已签收" not in agent.page.inner_text("#custody tbody")
    return found


@pytest.fixture(scope="module")
def acknowledged(agent: Visitor, taken: Taken) -> Taken:
    """The same case after the hall signed for it and for its scans."""
    contacts(agent, "大厅已签收 2")
    return taken


@pytest.fixture(scope="module")
def result(town: Town, acknowledged: Taken) -> bytes:
    """The file that the reviewer attached to the decision."""
    reviewer = town.visitor(COUNTY, "reviewer")
    opens_the_case(reviewer)
    data = decides(reviewer)
    reviewer.leaves()
    return data


@pytest.fixture(scope="module")
def record(agent: Visitor, acknowledged: Taken, result: bytes) -> bytes:
    """The signature record of the hand-out."""
    agent.opens("/mailroom/")
    agent.presses("立即联系大厅")
    return hands_out(agent)


def test_a_published_change_is_what_the_counter_promises(agent: Visitor) -> None:
    agent.opens(f"/guide/items/{ITEM}")

    agent.reads("8 个工作日")


def test_a_case_taken_in_with_the_hall_down_has_its_number_and_its_receipt(taken: Taken) -> None:
    assert taken.receipt.startswith(b"%PDF")
    assert taken.number in papers.words_of(taken.receipt)
    assert ID_NUMBER not in papers.words_of(taken.receipt)


def test_the_receipt_stands_alone_at_any_other_station(town: Town, taken: Taken, tmp_path: Path) -> None:
    code = papers.qr_text(papers.picture_of(taken.receipt, tmp_path))
    anybody = town.visitor(TOWNSHIP)
    anybody.opens("/verify/")
    anybody.presses("验真")
    assert "请粘贴" in anybody.page.inner_text(".error")
    anybody.types("text", code[:-4] + "AAAA")
    anybody.presses("验真")
    anybody.reads("没有通过验真")
    anybody.types("text", code)
    anybody.presses("验真")

    anybody.reads("这张凭证是真的")
    anybody.reads(taken.number)
    anybody.leaves()


def test_acknowledged_is_shown_only_after_the_hall_signed(agent: Visitor, acknowledged: Taken) -> None:
    agent.opens(acknowledged.case_path)

    assert agent.page.inner_text("#custody tbody").count("大厅已签收") >= 2
    agent.shows("case")


def test_the_result_is_handed_out_against_a_record(agent: Visitor, record: bytes, result: bytes) -> None:
    assert NAME in papers.words_of(record)
    assert ITEM_NAME in papers.words_of(record)
    assert agent.fetches("高龄津贴审核确认表.pdf") == result


def test_what_was_handed_out_is_in_the_days_sheet(agent: Visitor, record: bytes) -> None:
    agent.opens("/day-end/")

    agent.reads("差额 0")


def test_a_change_by_hand_reaches_the_station(town: Town, agent: Visitor, record: bytes) -> None:
    publishes(town, 3, "0751-0000199")
    contacts(agent, "第 3 版")
    agent.opens(f"/guide/items/{ITEM}")

    agent.reads("0751-0000199")


def test_a_version_taken_back_is_taken_back_at_the_station(town: Town, agent: Visitor, record: bytes) -> None:
    takes_back(town, 4, 2, "电话登记错了")
    contacts(agent, "第 4 版")
    agent.opens("/guide/")
    agent.reads("撤回了第 3 版，恢复第 2 版的内容。原因：电话登记错了")
    agent.opens(f"/guide/items/{ITEM}")

    assert "0751-0000199" not in agent.text
