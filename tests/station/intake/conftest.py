"""Windows for the stories about the six steps: one for all, wiped before each story, and fresh ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.station.intake.window import Window


@pytest.fixture(scope="session")
def long_open_window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """Opening takes a second; most stories can share."""
    found = Window(tmp_path_factory.mktemp("window"))
    yield found
    found.closes()


@pytest.fixture
def window(long_open_window: Window) -> Window:
    """An agent signed in at a village counter with three items in its catalog; nothing happened yet."""
    long_open_window.wipes()
    return long_open_window


@pytest.fixture
def fresh_window(tmp_path: Path) -> Iterator[Window]:
    """The same, for stories that move time, publish a catalog, talk to the hall, or change who sits there."""
    found = Window(tmp_path)
    yield found
    found.closes()
