"""The pages about layers before a real browser and axe: the county's desk, and the guide with its sources."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog_cache.layer import Change
from catalog_cache.model import Limit
from tests.browser.conftest import Arrives
from tests.catalog_cache.layered import CITY, COUNTY, TOWN, pack
from tests.station.cases.samples import MORNING
from tests.station.cases.world import AGENCY, item
from tests.station.intake.window import ALLOWANCE_CODE, WHO, Window
from tests.station.test_layers_desk import FIRST, ITEMS, MABA, LayeredDesk
from tests.tools.counter import Counter

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_an_editor_takes_an_item_up_and_reads_the_conflict_report(tmp_path: Path, arrives: Arrives) -> None:
    desk = LayeredDesk(Counter(tmp_path / "hall", level="county", division="440205000000"), tmp_path)
    desk.has_its_keys()
    desk.city_publishes(1, *ITEMS)
    editor = arrives(desk.hall.app, "editor")
    editor.opens("/publishing/layers/")
    editor.presses("认领")
    editor.reads("已认领")
    assert FIRST.promised is not None
    desk.takes_up(FIRST.code)
    longer = Limit(value=FIRST.promised.value + 5, unit=FIRST.promised.unit)
    desk.says(FIRST.code, promised=longer)
    editor.opens("/publishing/layers/conflicts")
    editor.reads("只能缩短")
    editor.follows(FIRST.name)
    assert editor.page.url.endswith("#promised-value")
    editor.opens("/publishing/")
    editor.leaves()
    desk.hall.closes()


def test_an_editor_enters_what_a_township_lists(tmp_path: Path, arrives: Arrives) -> None:
    desk = LayeredDesk(Counter(tmp_path / "hall", level="county", division="440205000000"), tmp_path)
    desk.has_its_keys()
    desk.city_publishes(1, *ITEMS)
    editor = arrives(desk.hall.app, "editor")
    editor.opens("/publishing/layers/townships")
    editor.opens(f"/publishing/layers/townships/{MABA}")
    editor.types("code", "NONE")
    editor.types("hours", "逢墟日")
    editor.presses("保存")
    editor.reads("目录里没有这个编码")
    editor.types("code", FIRST.code)
    editor.ticks("is_on")
    editor.presses("保存")
    editor.reads("随下一版目录签发")
    editor.leaves()
    desk.hall.closes()


def test_an_agent_reads_the_sources_and_is_told_who_cannot_be_served(
    tmp_path: Path, arrives: Arrives
) -> None:
    window = Window(tmp_path)
    install_layers(window, level="city", agency={**AGENCY, "name": "韶关市民政局"})
    agent = arrives(window.counter.app, "agent")
    agent.opens(f"/guide/items/{ALLOWANCE_CODE}?q-{ALLOWANCE_CODE}-age=80")
    agent.page.locator("details").last.click()
    agent.reads("来源：马坝镇")
    agent.arrives()
    window.comes_to("who")
    agent.opens(window.page.address)
    agent.fills(**{name: WHO[name] for name in ("name", "id_number", "phone")})
    agent.picks("residence", "city:440204000000")
    agent.presses("下一步")
    agent.reads("请到浈江区的政务服务中心或镇村服务站申请")
    agent.leaves()
    window.closes()


def test_an_agent_reads_that_the_case_is_handed_on(tmp_path: Path, arrives: Arrives) -> None:
    window = Window(tmp_path)
    install_layers(window, level="city", agency={**AGENCY, "name": "韶关市民政局"})
    window.comes_to("confirm")
    agent = arrives(window.counter.app, "agent")
    agent.opens(window.page.address)
    agent.reads("由其转送")
    agent.leaves()
    window.closes()


def install_layers(window: Window, **given: Any) -> None:
    """City, county and township speak of the item."""
    base = pack(CITY, items=[item(**given)])
    near = Change(ALLOWANCE_CODE, {"place": "区政务服务中心"}, tolerant=("bank",))
    town = pack(TOWN, changes=[Change(ALLOWANCE_CODE, {"hours": "逢墟日全天"})])
    county = pack(replace(COUNTY, version=9), base=base, changes=[near])
    window.counter.installation.catalog.install(county, MORNING, [base, town])
