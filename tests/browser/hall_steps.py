"""Step 4: the reviewer decides; the station hands the result out against a signature record."""

from tests.browser import papers
from tests.browser.case_steps import ID_NUMBER, NAME
from tests.browser.catalog_steps import ITEM_NAME
from tests.browser.visitor import Visitor


def opens_the_case(reviewer: Visitor) -> None:
    """From the inbox to the desk; the scan is there to be looked at."""
    reviewer.opens("/inbox/?q=没有这个词")
    reviewer.reads("没有符合条件")
    reviewer.opens("/inbox/")
    reviewer.shows("inbox")
    reviewer.follows(f"审核 {ITEM_NAME}")
    scan = reviewer.page.locator("img.photo").first
    scan.scroll_into_view_if_needed()
    reviewer.page.wait_for_function("() => document.querySelector('img.photo').naturalWidth > 0")
    reviewer.shows("desk")


def meets_refusals(reviewer: Visitor, case_address: str) -> None:
    """Each act of the desk, sent with nothing in it, says what is missing."""
    for act, button in (("notice", "发出补正告知"), ("refuse", "确认不予受理"), ("precheck", "确认预审")):
        reviewer.opens(f"{case_address}/{act}")
        if act == "refuse":
            reviewer.fills(basis="")
        reviewer.presses(button)
        reviewer.reads("要处理")


def decides(reviewer: Visitor) -> bytes:
    """Accept, then decide with a result attached; returns the result."""
    desk = reviewer.path
    meets_refusals(reviewer, desk)
    reviewer.opens(desk)
    reviewer.follows("受理")
    reviewer.fills(basis="")
    reviewer.presses("确认受理")
    reviewer.reads("要处理")
    reviewer.fills(basis="《中华人民共和国老年人权益保障法》第三十三条")
    reviewer.presses("确认受理")
    reviewer.follows("办结")
    reviewer.fills(result="")
    reviewer.presses("确认办结")
    reviewer.reads("要处理")
    data = papers.result()
    reviewer.fills(result="高龄津贴审核确认表")
    reviewer.attaches("file", "高龄津贴审核确认表.pdf", "application/pdf", data)
    reviewer.presses("确认办结")
    reviewer.reads("办理结果")
    return data


def hands_out(agent: Visitor) -> bytes:
    """Tell the resident, hand out against ID and signature; returns the signature record."""
    agent.opens("/handout/")
    agent.shows("tray")
    agent.follows("办理领取")
    agent.presses("记下通知")
    agent.reads("要处理")
    agent.fills(person=NAME)
    agent.presses("记下通知")
    agent.presses("登记领取")
    agent.reads("要处理")
    agent.fills(receiver=NAME, id_number=ID_NUMBER[:-1] + "X")
    agent.presses("登记领取")
    agent.reads("要处理")
    agent.fills(id_number=ID_NUMBER)
    agent.presses("登记领取")
    agent.reads("已领取")
    agent.shows("handed-out")
    return agent.fetches("打印送达回证")
