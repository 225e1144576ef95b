"""How the tables of a node come to their present shape, one numbered step after the other.

Each step is a module `m0001_...` with `up(database)`, run in one transaction together with its
line in `schema_version`. A step that shipped is never edited: a new shape is a new step. A database
that knows a later step than this program is refused.
"""

from datetime import datetime
from types import ModuleType

import peewee

from station.database import AnyDatabase
from station.errors import DatabaseNewer
from station.migrations import m0001_first_tables
from sync.moments import MomentField
from sync.rows import Row, using, write

STEPS: tuple[ModuleType, ...] = (m0001_first_tables,)


class SchemaVersion(Row):
    """One step that was taken."""

    number = peewee.IntegerField(primary_key=True)
    name = peewee.CharField(max_length=80)
    taken_at = MomentField()


def migrate(database: AnyDatabase, *, now: datetime) -> list[int]:
    """Take the missing steps; returns their numbers. Raises DatabaseNewer, and then touches nothing."""
    with using(database):
        taken = version_of(database)
        if taken > len(STEPS):
            raise DatabaseNewer(taken, len(STEPS))
        missing = [(number, step) for number, step in enumerate(STEPS, start=1) if number > taken]
        for number, step in missing:
            with write():
                database.create_tables([SchemaVersion], safe=True)
                step.up(database)
                SchemaVersion.create(number=number, name=step.__name__.rpartition(".")[2], taken_at=now)
        return [number for number, _ in missing]


def version_of(database: AnyDatabase) -> int:
    """The latest step this database took, 0 for an empty one."""
    with using(database):
        if not database.table_exists(SchemaVersion._meta.table_name):
            return 0
        return int(SchemaVersion.select(peewee.fn.MAX(SchemaVersion.number)).scalar() or 0)
