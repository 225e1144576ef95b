"""A catalog carried by hand: written at the hall, taken in at a village, by two people at two browsers."""

from pathlib import Path

import pytest

from station.mailroom import carry
from tests.browser.conftest import Arrives
from tests.station.line import Line
from tests.tools.sample_files import with_files

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
ITEMS, CONTENT = with_files(10, 24, 20261126, shrink=4)


def test_the_catalog_is_written_at_the_hall_and_taken_at_the_village(
    tmp_path: Path, arrives: Arrives, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "YIMEN-USB"
    monkeypatch.setattr(carry, "sticks", lambda: [stick] if stick.is_dir() else [])
    line = Line(tmp_path)
    line.publishes_with_files(2, ITEMS, CONTENT)
    for node in (line.county, line.village):
        node.time.passes(days=10)
    agent = arrives(line.village.app, "agent")
    agent.opens("/mailroom/stick")
    agent.follows("目录：从 U 盘更新或写到 U 盘")
    agent.reads("没有找到存有目录的 U 盘")
    stick.mkdir()
    boss = arrives(line.county.app, "boss")
    boss.opens("/mailroom/stick/catalog")
    boss.shows("write")
    boss.presses("写出目录")
    boss.reads("可以拔盘")
    boss.shows("written")
    boss.leaves()
    agent.follows("再找一次")
    agent.shows("take")
    agent.presses("更新目录")
    agent.reads("样表和空表都齐了")
    agent.shows("taken")
    agent.leaves()
    line.closes()
