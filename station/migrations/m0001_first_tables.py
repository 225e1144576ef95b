"""The tables of the first release: all there are, as the models describe them."""

from functools import cache

import peewee

from station.database import AnyDatabase
from station.tables import all_tables


def up(database: AnyDatabase) -> None:
    """Make every table; parents before children."""
    for statement, values in _statements(type(database).__name__):
        database.execute_sql(statement, values)


@cache
def _statements(_kind: str) -> list[tuple[str, tuple[object, ...]]]:
    """In the words of the kind of database in use, written once a process: a demo founds five nodes."""
    queries = []
    for table in peewee.sort_models(all_tables()):  # type: ignore[attr-defined]
        queries += [table._schema._create_table(), *table._schema._create_indexes()]
    return [(statement, tuple(values)) for statement, values in (query.query() for query in queries)]
