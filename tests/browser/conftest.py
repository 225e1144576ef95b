"""One running county and one browser for every story of this folder."""

from collections.abc import Iterator

import pytest

from station.demo.running import running
from tests.browser.town import Judge, Town, chromium

FIRST_PORT = 0  # any that are free


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The demo's county as real processes, with a browser whose every page is judged by axe."""
    folder = tmp_path_factory.mktemp("county")
    with running(folder / "county", FIRST_PORT, lambda line: None) as county, chromium() as browser:
        yield Town(county, browser, Judge())
