"""A county of two nodes for the stories about cases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.database import AnyDatabase
from tests.station.cases.world import County


@pytest.fixture
def county(tmp_path: Path, database: AnyDatabase) -> Iterator[County]:
    """A village station, on SQLite and on PostgreSQL in turn, that joined a hall."""
    found = County(tmp_path, database)
    yield found
    found.close()
