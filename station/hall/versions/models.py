"""Which version was taken back and why, and which lines of who does what are done."""

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


class DutyMark(Row):
    """One line of who does what that somebody called done. key: of the very words of the line, its day
    among them; done_by: an account. Taken off again, it is gone here and stands in the log.
    """

    key = peewee.CharField(max_length=64, primary_key=True)
    code = peewee.CharField(max_length=50)
    done_by = peewee.CharField(max_length=64)
    done_at = MomentField()

    class Meta:
        table_name = "versions_duty_mark"


TABLES: tuple[type[Row], ...] = (Withdrawn, DutyMark)
