"""A press that has published version 1, and a station that trusts its root."""

from pathlib import Path

import pytest

from tests.catalog_cache.press import Mirror, Press, Station


@pytest.fixture
def press(tmp_path: Path) -> Press:
    press = Press(tmp_path / "press")
    press.publishes(1)
    return press


@pytest.fixture
def far(tmp_path: Path, press: Press) -> Station:
    """A station far away, nothing installed yet."""
    return Station(tmp_path / "station", press)


@pytest.fixture
def mirror(tmp_path: Path, press: Press) -> Mirror:
    """A copy of the published folder as it is at the start of the test."""
    return Mirror(press, tmp_path / "mirror")
