"""The tables of the first release: all there are, as the models describe them."""

from station.database import AnyDatabase
from station.tables import all_tables


def up(database: AnyDatabase) -> None:
    """Make every table; parents before children."""
    database.create_tables(all_tables(), safe=True)
