"""A county, a township and a village, each with a new catalog waiting, and a folder that is a stick."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.mailroom import carry
from tests.station.catalog_stick.hands import CONTENT, ITEMS
from tests.station.line import Line


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path)
    line.publishes_with_files(2, ITEMS, CONTENT)
    for node, name in ((line.county, "boss"), (line.township, "agent"), (line.village, "agent")):
        node.time.passes(days=10)
        node.signs_in(name)
    yield line
    line.closes()


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "usb"
    folder.mkdir()
    monkeypatch.setattr(carry, "sticks", lambda: [folder] if folder.is_dir() else [])
    return folder
