"""Holiday notices as people at the county enter them."""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class HolidayDraft(Row):
    """One year's notice. record: its JSON; sha256: of that JSON; published: the JSON in force, or ""."""

    year = peewee.IntegerField(primary_key=True)
    record = peewee.TextField()
    sha256 = peewee.CharField(max_length=64)
    published = peewee.TextField(default="")
    edited_by = peewee.CharField(max_length=64)
    edited_at = MomentField()

    class Meta:
        table_name = "holiday_draft"


TABLES: tuple[type[Row], ...] = (HolidayDraft,)
