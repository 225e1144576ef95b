"""A county of two nodes for the stories about cases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.database import AnyDatabase, ServerDatabase, open_database
from station.migrations import migrate
from tests.station.cases.samples import MORNING
from tests.station.cases.world import County


@pytest.fixture
def county(request: pytest.FixtureRequest, tmp_path: Path, database: AnyDatabase) -> Iterator[County]:
    """A village station that joined a hall; both on SQLite, then both on PostgreSQL."""
    halls = None
    if isinstance(database, ServerDatabase):
        url = request.getfixturevalue("postgres_cluster").make_database()
        halls = open_database(tmp_path, bytes(32), url)
        migrate(halls, now=MORNING)
    found = County(tmp_path, database, halls)
    yield found
    found.close()
