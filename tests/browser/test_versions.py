"""The life of a version before a real browser and axe: an item closed, compared, previewed, taken back."""

from datetime import timedelta
from pathlib import Path

import pytest

from catalog_cache.model import Duty
from tests.browser.conftest import Arrives
from tests.station import test_fleet_catalogs as fleet
from tests.station.test_layers_desk import FIRST, ITEMS, MABA, LayeredDesk
from tests.tools.counter import Counter

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_an_item_is_closed_compared_previewed_and_the_version_taken_back(
    tmp_path: Path, arrives: Arrives
) -> None:
    desk = LayeredDesk(Counter(tmp_path / "hall", level="county", division="440205000000"), tmp_path)
    desk.has_its_keys()
    desk.publishes(*ITEMS)
    fleet.joins(desk.hall)
    fleet.says(desk.hall, fleet.ONE, 1)
    day = desk.hall.time.at.date() + timedelta(days=30)
    editor = arrives(desk.hall.app, "editor")

    editor.opens(f"/publishing/entries/{FIRST.code}")
    editor.follows("停用这一事项")
    editor.types("on", "明天")
    editor.presses("在草稿里停用")
    editor.reads("请填写停用原因")
    editor.fills(why="政策到期", instead="区政务服务中心 3 号窗口", on=str(day))
    editor.presses("在草稿里停用")
    editor.reads("已在草稿里停用")
    desk.says(FIRST.code, duties=(Duty(office="民政局", task="换下墙上的指南"),))
    desk.signs_in("editor")
    desk.sends(f"layers/townships/{MABA}", code=FIRST.code, hours="逢墟日")
    editor.opens("/publishing/agenda")
    editor.reads("停止办理")
    editor.presses("标为完成")
    editor.reads("这里没有分工")
    editor.follows("已完成")
    editor.reads("换下墙上的指南")
    editor.presses("撤销")
    editor.reads("改回未完成")

    editor.opens("/publishing/preview/")
    editor.picks("division", MABA)
    editor.types("day", str(day))
    editor.presses("打开预览")
    editor.searches(FIRST.name)
    editor.reads("已停办")
    editor.follows(FIRST.name)
    editor.reads("预览，不是正式目录")
    editor.reads("原因：政策到期")
    editor.follows("离开预览")
    desk.signs_what_is_there()

    editor.opens("/publishing/history")
    editor.follows("看改动")
    editor.picks("kind", "state")
    editor.presses("比较")
    editor.reads("计划取消日期")
    editor.opens("/fleet/catalogs?show=behind")
    editor.reads("占 0%")

    editor.opens("/publishing/history")
    editor.follows("恢复这一版")
    editor.presses("把草稿换成第 1 版")
    editor.reads("请填写撤回原因")
    editor.reads("逢墟日")
    editor.ticks("lines")
    editor.types("reason", "日期写错了")
    editor.presses("把草稿换成第 1 版")
    editor.reads("请送审、签发")
    desk.signs_what_is_there()
    editor.opens("/publishing/history")
    editor.reads("撤回第 2 版，恢复第 1 版的内容。原因：日期写错了")
    editor.leaves()
    desk.hall.closes()
