"""Every form, sent with nothing or with nonsense, says what is wrong, and says it to a screen reader too."""

import pytest

from station.demo.plan import COUNTY, TOWNSHIP, DemoNode
from tests.browser.town import Town
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

FORMS = [
    ("/accounts/password", "更改", {"old": "不对的旧密码", "new": "短"}),
    ("/accounts/", "添加", {}),
    ("/accounts/clerk", "重设", {}),
    ("/setup/join", "加入", {}),
    ("/mailroom/stick", "导入", {}),
    ("/verify/", "验真", {"text": "不是凭证"}),
]
ADDRESSES = ["/cases/?q=abc", "/handout/?number=abc", "/guide/items/000000000000", "/没有这一页"]


@pytest.fixture(scope="module")
def clerk(town: Town) -> Visitor:
    """The township's clerk."""
    return town.visitor(TOWNSHIP, "clerk")


@pytest.mark.parametrize(("path", "button", "values"), FORMS)
def test_a_form_sent_empty_or_wrong_says_so(
    clerk: Visitor, path: str, button: str, values: dict[str, str]
) -> None:
    clerk.opens(path)
    clerk.fills(**values)
    clerk.presses(button)

    assert clerk.page.locator("main [role=alert]").count() == 1
    assert_links_lead_to_fields(clerk)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_leads_nowhere_says_so(clerk: Visitor, address: str) -> None:
    clerk.opens(address)

    assert clerk.page.locator("main [role=alert]").count() == 1


@pytest.mark.parametrize(("node", "path"), [(TOWNSHIP, "/accounts/recover"), (COUNTY, "/accounts/sign-in")])
def test_the_door_says_what_is_missing(town: Town, node: DemoNode, path: str) -> None:
    stranger = town.visitor(node)
    stranger.opens(path)
    stranger.presses("")

    assert stranger.page.locator("main [role=alert]").count() == 1
    stranger.leaves()


def test_a_station_is_not_stopped_without_a_reason(town: Town) -> None:
    admin = town.visitor(COUNTY, "county-admin")
    admin.opens("/fleet/")
    admin.follows("停用 马坝镇便民服务中心")
    admin.presses("停用")

    assert admin.page.locator("main [role=alert]").count() == 1
    assert_links_lead_to_fields(admin)
    admin.leaves()


def assert_links_lead_to_fields(person: Visitor) -> None:
    """Each line of the error summary leads to something on the page."""
    links = person.page.locator(".error li a")
    for place in range(links.count()):
        target = (links.nth(place).get_attribute("href") or "").removeprefix("#")
        assert person.page.locator(f"[id='{target}']").count() == 1, target
