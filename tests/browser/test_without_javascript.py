"""A browser that runs no scripts, large type, and another language: the same work."""

import pytest

from station.demo.plan import COUNTY, LINKED_VILLAGE, TOWNSHIP, UNLINKED_VILLAGE
from tests.browser.case_steps import takes_in
from tests.browser.town import Town
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

ELDERLY = ["/guide/?q=gljt", "/guide/items/442099003001", "/cases/", "/handout/", "/mailroom/", "/day-end/"]
TARGETS = "main button:visible, main .btn:visible, main input:visible, main select:visible"


def test_a_case_is_taken_in_without_a_script(town: Town) -> None:
    agent = town.visitor(UNLINKED_VILLAGE, "agent", java_script_enabled=False)
    taken = takes_in(agent)

    assert taken.receipt.startswith(b"%PDF")
    withdraws_nothing(agent)
    agent.leaves()


def withdraws_nothing(agent: Visitor) -> None:
    """Withdrawing without a reason and without the tick is refused; so is a correction without a reason."""
    agent.page.get_by_text("撤回申请").click()
    agent.presses("撤回")
    assert agent.page.locator("main [role=alert]").count() == 1
    agent.follows("更正")
    agent.presses("更正")
    assert agent.page.locator("main [role=alert]").count() == 1


def test_old_eyes_and_hands_find_large_type_and_large_targets(town: Town) -> None:
    agent = town.visitor(LINKED_VILLAGE, "agent")
    agent.opens("/guide/?elder=1")
    for path in ELDERLY:
        agent.opens(path)
        assert agent.page.locator("html.elder").count() == 1
        small = [box for box in boxes(agent) if box["height"] < 47]
        assert not small, (path, small)
    agent.leaves()


def boxes(person: Visitor) -> list[dict[str, float]]:
    """Where the things to press are, and how large."""
    found = person.page.locator(TARGETS)
    held = [found.nth(place) for place in range(found.count())]
    plain = [one for one in held if one.get_attribute("type") not in ("radio", "checkbox", "file", "hidden")]
    return [box for one in plain if (box := one.bounding_box()) is not None]


def test_english_pages_are_as_sound(town: Town) -> None:
    clerk = town.visitor(TOWNSHIP, "clerk")
    for path in ("/accounts/me?lang=en", "/day-end/", "/accounts/"):
        clerk.opens(path)
        assert clerk.page.locator("html[lang=en]").count() == 1
    clerk.leaves()


def test_the_reviewers_pages_fit_large_type_too(town: Town) -> None:
    reviewer = town.visitor(COUNTY, "reviewer")
    for path in ("/inbox/?elder=1", "/fleet/", "/mailroom/"):
        reviewer.opens(path)
    reviewer.leaves()
