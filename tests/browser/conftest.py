"""One running county and one browser for every story of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from station.demo.running import running
from tests.browser.town import CHROMIUM, Judge, Town, chromium

FIRST_PORT = 0  # any that are free


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser of this process: Playwright runs once in a thread and no more."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: no page was looked at by a browser")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Town]:
    """The demo's county as real processes, with a browser whose every page is judged by axe."""
    folder = tmp_path_factory.mktemp("county")
    with running(folder / "county", FIRST_PORT, lambda line: None) as county:
        yield Town(county, browser, Judge())
