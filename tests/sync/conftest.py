"""A station and a hall that exchange mail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.mail_pair import Pair


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """An enrolled station and hall, nothing sent yet."""
    pair = Pair(tmp_path)
    yield pair
    pair.closes()
