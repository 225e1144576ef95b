"""The first start of a new station, and how it joins its hall, page by page."""

import re

from station.demo.plan import COUNTY
from station.demo.processes import NodeProcess
from tests.browser.town import Town
from tests.browser.visitor import Visitor

SETUP = re.compile(r"http://127\.0\.0\.1:\d+(/setup/\?code=\S+)")
VILLAGE = "440205104001"
PASSWORD = "四块旧木板 一扇不锁的门"


def setup_address(process: NodeProcess) -> str:
    """What the program says when it starts without a node: where to go, with the one-time code."""
    found = SETUP.search((process.folder / "serve.log").read_text("utf-8"))
    assert found is not None
    return found[1]


def says_where(boss: Visitor, address: str) -> None:
    """Level and place; nothing chosen is told."""
    boss.opens("/setup/")
    assert "只能" in boss.text or "设置" in boss.text
    boss.opens(address)
    boss.presses("下一步")
    boss.reads("请选择级别")
    boss.ticks("level-village")
    boss.presses("下一步")
    boss.opens("/setup/place?words=没有这个地方")
    boss.reads("没有找到")
    boss.opens("/setup/place?words=沙溪社区")
    boss.shows("wizard")
    boss.presses("选这里")


def says_who(boss: Visitor) -> str:
    """Name, administrator, and the recovery code that is shown this once; returns it."""
    boss.fills(name="")
    boss.presses("下一步")
    boss.reads("请填写站点名称")
    boss.fills(name="沙溪社区便民服务站")
    boss.presses("下一步")
    boss.presses("建立站点")
    boss.reads("要处理")
    boss.fills(name="站长", display_name="站长 示例员", password=PASSWORD, again=PASSWORD)
    boss.presses("建立站点")
    boss.reads("只显示这一次")
    return boss.page.inner_text("#recovery-code")


def code_for(town: Town, division: str) -> str:
    """The hall's administrator makes a one-time code."""
    admin = town.visitor(COUNTY, "county-admin")
    admin.opens("/fleet/")
    admin.presses("生成入网码")
    admin.reads("要处理")
    admin.fills(division=division)
    admin.presses("生成入网码")
    code = admin.page.inner_text(".code")
    admin.leaves()
    return code


def joins(boss: Visitor, hall: str, code: str) -> None:
    """A wrong code is told; the right one joins."""
    boss.follows("下一步")
    boss.fills(parent_url=hall, join_code="0000-0000")
    boss.presses("加入")
    boss.reads("要处理")
    boss.fills(parent_url=hall, join_code=code)
    boss.presses("加入")
    boss.reads("已加入")
