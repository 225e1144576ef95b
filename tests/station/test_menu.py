"""The menu shows a person where they are, and nothing that leads nowhere."""

import re
from pathlib import Path

import pytest

from tests.station.intake.window import ALLOWANCE_CODE, Window
from tests.tools.counter import Counter


def lit(page: str) -> list[str]:
    """The entries of the menu that are marked as the place where one is."""
    return re.findall(r'aria-current="page">([^<]+)</a>', page)


@pytest.fixture
def window(tmp_path: Path) -> Window:
    return Window(tmp_path)


def test_the_window_stays_lit_through_guide_and_intake(window: Window) -> None:
    window.opens(f"/guide/items/{ALLOWANCE_CODE}")
    assert lit(window.html) == ["窗口"]
    window.starts()
    assert lit(window.html) == ["窗口"]
    window.comes_to("who")
    assert lit(window.html) == ["窗口"]
    window.opens("/cases/")
    assert lit(window.html) == ["办件"]


def test_only_a_node_with_stations_below_it_has_an_entry_for_them(station: Counter, hall: Counter) -> None:
    for counter, is_shown in ((station, False), (hall, True)):
        counter.signs_in("boss")
        assert ('href="/fleet/"' in counter.opens("/accounts/me").text) is is_shown
