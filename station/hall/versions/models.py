"""Which version was taken back, whose content came again instead, and why."""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class Withdrawn(Row):
    """One draft that brings an earlier version's content again. draft: its hash, as its review names it."""

    number = peewee.AutoField()
    draft = peewee.CharField(max_length=64, index=True)
    withdraws = peewee.IntegerField()
    restores = peewee.IntegerField()
    reason = peewee.CharField(max_length=300)
    made_by = peewee.CharField(max_length=64)
    made_at = MomentField()

    class Meta:
        table_name = "versions_withdrawn"


TABLES: tuple[type[Row], ...] = (Withdrawn,)
