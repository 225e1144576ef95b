"""One window for the stories about the six steps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.station.intake.window import Window


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """An agent signed in at a village counter; its catalog has three items."""
    found = Window(tmp_path)
    yield found
    found.closes()
