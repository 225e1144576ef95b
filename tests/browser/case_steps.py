"""Steps 2 to 4: a case is taken in with the hall down, acknowledged, decided, and handed out."""

import re
import time
from dataclasses import dataclass

from station.cases.identity import card_check
from tests.browser import papers
from tests.browser.catalog_steps import ITEM, ITEM_NAME
from tests.browser.visitor import Visitor

NAME = "李䶮英"
FIRST17 = "44029919400101002"  # an area code that was never given to anybody
ID_NUMBER = FIRST17 + card_check(FIRST17)
NUMBER = re.compile(r"\d{12}-[0-9A-Z]+-\d{8}-\d{4}-[0-9A-Z]")
CONTACTS_MAX = 30


@dataclass(frozen=True)
class Taken:
    """What the clerk holds after the last press: the number, the receipt, and where the case is."""

    number: str
    receipt: bytes
    case_path: str


def contacts(person: Visitor, expected: str) -> None:
    """Press "contact the hall now" until the strip says what is expected."""
    person.opens("/mailroom/")
    for _ in range(CONTACTS_MAX):
        person.presses("立即联系大厅")
        if expected in person.strip:
            return
        time.sleep(0.5)
    raise AssertionError(f"{expected} never came: {person.strip}")


def finds(agent: Visitor) -> None:
    """By initials; the guide lists what to bring once its questions are answered."""
    agent.opens("/guide/")
    agent.searches("没有这种事")
    agent.reads("没有找到")
    agent.searches("gljt")
    agent.reads(ITEM_NAME)
    agent.follows(ITEM_NAME)
    for answer in ("age-80", "pay-card", "who-self"):
        agent.ticks(f"q-{ITEM}-{answer}")
        agent.page.locator("main form button.plain").first.scroll_into_view_if_needed()
        agent.presses("看要带什么")
    agent.reads("居民户口簿")
    agent.shows("guide")


def answers_situations(agent: Visitor) -> None:
    """Straight from the list: the intake asks what the guide did not; an open question is told."""
    agent.opens("/guide/?q=gljt")
    agent.presses("收件")  # of the first item found
    agent.presses("下一步")
    agent.reads("请回答")
    for answer in ("age-80", "pay-card", "who-self"):
        agent.ticks(f"q-{ITEM}-{answer}")
        agent.presses("下一步")
    assert agent.path.endswith("/who"), agent.path


def says_who(agent: Visitor) -> None:
    """Nothing, one digit wrong, then right."""
    agent.presses("下一步")
    agent.reads("要处理")
    wrong = ID_NUMBER[:-1] + ("1" if ID_NUMBER[-1] != "1" else "2")
    agent.fills(name=NAME, id_number=wrong, phone="13800000000", address="马坝镇示范路 1 号")
    agent.presses("下一步")
    agent.reads("校验码对不上")
    agent.fills(id_number=ID_NUMBER)
    agent.presses("下一步")
    assert agent.path.endswith("/form"), agent.text


def fills_the_form(agent: Visitor) -> None:
    """What was known is there already; what is missing is told."""
    assert agent.page.locator("[id='form-applicant.name']").input_value() == NAME
    assert agent.page.locator("[id='form-applicant.idno']").input_value() == ID_NUMBER
    agent.presses("下一步")
    agent.reads("要处理")
    agent.types(f"form-{ITEM}.birth", "1940-01-01")
    agent.types("form-applicant.bank_account", "6228000000000000000")
    agent.picks(f"form-{ITEM}.band", "80—89周岁")
    agent.presses("下一步")
    assert agent.path.endswith("/materials"), agent.text


def checks_materials(agent: Visitor) -> None:
    """Nothing, a lack without its reason, then all in, one with a scan."""
    agent.presses("下一步")
    agent.reads("要处理")
    lines = agent.page.locator("fieldset.line")
    keys = [lines.nth(place).get_attribute("id") or "" for place in range(lines.count())]
    for key in keys:
        agent.ticks(f"{key}-in")
    agent.attaches(f"file-{keys[0]}", "申请表（签名）.png", "image/png", papers.scan())
    agent.ticks(f"{keys[2]}-missing")
    agent.presses("下一步")
    agent.reads("选择“缺”时要写明原因")
    agent.shows("materials")
    agent.ticks(f"{keys[2]}-in")
    agent.attaches(f"file-{keys[1]}", "身份证.pdf", "application/pdf", papers.result())
    agent.presses("下一步")
    assert agent.path.endswith("/confirm"), agent.text


def confirms(agent: Visitor) -> Taken:
    """One press: number, receipt, queue."""
    agent.shows("confirm")
    agent.presses("确认收件并打印")
    agent.reads("已收件")
    agent.shows("receipt")
    found = NUMBER.search(agent.text)
    assert found is not None
    receipt = agent.fetches("打印收件凭证")
    agent.follows(ITEM_NAME)
    return Taken(found[0], receipt, agent.path)


def takes_in(agent: Visitor) -> Taken:
    """From the search box to the receipt."""
    finds(agent)
    answers_situations(agent)
    says_who(agent)
    fills_the_form(agent)
    checks_materials(agent)
    return confirms(agent)
