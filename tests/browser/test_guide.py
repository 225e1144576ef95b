"""The guide in a browser: found by what people say, read in large type, with the sample beside the blank."""

import pytest

from station.demo.plan import LINKED_VILLAGE
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

ITEM = "442099003001"


@pytest.mark.parametrize(
    ("words", "marked"),
    [("gljt", "高龄津贴"), ("老人钱", "老人钱"), ("退役军人", "退役军人")],
)
def test_a_clerk_sees_by_which_characters_a_line_was_found(town: Town, words: str, marked: str) -> None:
    agent = town.visitor(LINKED_VILLAGE, "agent")
    agent.opens(f"/guide/?q={words}")

    assert marked in agent.page.locator("mark").all_inner_texts()
    agent.leaves()


@pytest.mark.parametrize("elder", ["0", "1"])
def test_the_sample_stands_beside_the_blank_in_both_sizes(town: Town, elder: str) -> None:
    agent = town.visitor(LINKED_VILLAGE, "agent")
    agent.opens(f"/guide/items/{ITEM}?elder={elder}")
    agent.follows("看空白表和样表")
    agent.reads("样表（填好的样子）")

    row = agent.page.locator("tr", has_text="申请人姓名")
    assert row.locator("td").all_inner_texts() == ["空白", "李桂香"]
    agent.leaves()
