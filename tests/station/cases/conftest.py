"""A county of two nodes for the stories about cases: both on SQLite, then both on PostgreSQL.

Making a database takes seconds on PostgreSQL, emptying it a moment, so the two databases of each
kind are made once and emptied before each story. Keys, clocks and catalogs are new every time.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.database import AnyDatabase, ServerDatabase, open_database
from station.migrations import migrate
from station.tables import all_tables
from sync.rows import using
from tests.station.cases.samples import MORNING
from tests.station.cases.world import County

Pair = tuple[AnyDatabase, AnyDatabase]


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The station's and the hall's, with every table."""
    folder, opened = tmp_path_factory.mktemp("county"), []
    for name in ("station", "hall"):
        url = None
        if request.param == "postgres":
            url = request.getfixturevalue("postgres_cluster").make_database()
        opened.append(open_database(folder / f"{name}.db", bytes(32), url))
        migrate(opened[-1], now=MORNING)
    yield opened[0], opened[1]
    for database in opened:
        database.close_all()


@pytest.fixture
def county(databases: Pair, tmp_path: Path) -> Iterator[County]:
    """A village station that joined a hall; nothing was taken in yet."""
    for database in databases:
        _empty(database)
    found = County(tmp_path, *databases)
    with using(databases[0]):
        yield found
    found.close()


def _empty(database: AnyDatabase) -> None:
    names = [f'"{table._meta.table_name}"' for table in all_tables()]
    if isinstance(database, ServerDatabase):
        database.execute_sql(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
        return
    database.execute_sql("PRAGMA foreign_keys = OFF")
    with database.atomic():
        for name in names:
            database.execute_sql(f"DELETE FROM {name}")
    database.execute_sql("PRAGMA foreign_keys = ON")
