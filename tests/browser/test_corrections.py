"""A wrong guide before a real browser and axe: the station's form and list, the hall's inbox and page."""

from pathlib import Path

import pytest

from tests.browser.conftest import Arrives
from tests.browser.visitor import Visitor
from tests.station.cases.world import ALLOWANCE, PASS_CARD, item
from tests.station.corrections.test_packages import MATTER
from tests.station.corrections.town import CODE, FIRST, ID_CARD, Town

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
SAID = "民政所说复印件不用收"
MENDED = item(materials=[{**ALLOWANCE["materials"][0], "copies": 0}, *ALLOWANCE["materials"][1:]])


def test_a_report_is_made_asked_about_taken_up_and_mended(tmp_path: Path, arrives: Arrives) -> None:
    town = Town(tmp_path)
    town.publishes(*FIRST, MATTER)
    town.takes_catalog()
    agent, editor = arrives(town.village.app, "agent"), arrives(town.hall.app, "editor")
    _reports(agent)
    town.arrives(town.other)
    town.carries()
    _asks(editor)
    town.carries()
    _replies(agent)
    town.carries()
    _takes_up(editor)
    town.publishes(MENDED, item(PASS_CARD))
    town.carries()
    _reads_the_end(agent, town.version)
    agent.leaves()
    editor.leaves()
    town.closes()


def _reports(agent: Visitor) -> None:
    """From the guide; what is missing is told first. A joint matter has parts of its own."""
    agent.opens(f"/guide/packages/{MATTER.code}")
    agent.follows("报告指南有误")
    agent.picks("element", "members")
    agent.opens(f"/guide/items/{CODE}")
    agent.follows("报告指南有误")
    agent.presses("报给大厅")
    agent.reads("请选择哪一处不对")
    agent.picks("element", ID_CARD)
    agent.fills(said=SAID, practice="问 13800138000")
    agent.presses("报给大厅")
    agent.reads("看起来像手机号码")
    agent.ticks("public")
    agent.presses("报给大厅")
    agent.reads("已记下")
    agent.follows("我报的错")
    agent.reads("等大厅处理")


def _asks(editor: Visitor) -> None:
    """The list says how many stations say so; a question needs words."""
    editor.follows("报错")
    editor.reads("2 个站")
    _opens_the_village_s(editor)
    editor.ticks("verdict-asked")
    editor.presses("答复站点")
    editor.reads("请填写给站点的话")
    editor.fills(said="哪个部门说的？")
    editor.ticks("verdict-asked")
    editor.presses("答复站点")
    editor.reads("已答复")


def _opens_the_village_s(editor: Visitor) -> None:
    with editor.page.expect_navigation():
        editor.page.locator("table tr", has_text=SAID).locator("a.btn").click()
    editor.arrives()


def _replies(agent: Visitor) -> None:
    """The first page of the window says that the hall asked."""
    agent.follows("窗口")
    agent.reads("大厅问了 1 条")
    agent.follows("我报的错")
    agent.follows("回答")
    agent.fills(said="民政所电话通知")
    agent.presses("回答大厅")
    agent.reads("补充说明已记下")


def _takes_up(editor: Visitor) -> None:
    """What the station replied stands on the page."""
    editor.opens("/publishing/corrections/")
    _opens_the_village_s(editor)
    editor.ticks("verdict-taken_up")
    editor.presses("答复站点")
    editor.reads("已采纳，等新版本")


def _reads_the_end(agent: Visitor, version: int) -> None:
    """The version that mends it is named, before it is here."""
    agent.opens("/corrections/")
    agent.reads(f"第 {version} 版改正，本站还没收到这一版")
    agent.follows("查看")
    agent.reads("系统自动")
