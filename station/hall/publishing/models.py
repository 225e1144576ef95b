"""The draft of the next catalog, who looked at it, and what was published."""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class DraftEntry(Row):
    """One item or package of the draft.

    record: its JSON; sha256: of that JSON; published: the JSON of the version in force, "" for a new
    entry; above: what the city says of the item, "" for the county's own. An entry that was in force
    stays, marked is_removed, until the version without it is out.
    """

    code = peewee.CharField(max_length=50, primary_key=True)
    kind = peewee.CharField(max_length=8)
    name = peewee.CharField(max_length=120, index=True)
    theme = peewee.CharField(max_length=40)
    status = peewee.CharField(max_length=12)
    record = peewee.TextField()
    sha256 = peewee.CharField(max_length=64)
    published = peewee.TextField(default="")
    above = peewee.TextField(default="")
    is_changed = peewee.BooleanField(default=True, index=True)
    is_removed = peewee.BooleanField(default=False)
    edited_by = peewee.CharField(max_length=64)
    edited_at = MomentField()

    class Meta:
        table_name = "publishing_draft"


class BaseEntry(Row):
    """One item or package of the city's catalog, as the county took it over. record: its JSON."""

    code = peewee.CharField(max_length=50, primary_key=True)
    kind = peewee.CharField(max_length=8)
    name = peewee.CharField(max_length=120)
    record = peewee.TextField()

    class Meta:
        table_name = "publishing_base"


class TownLine(Row):
    """What one township says of one item: where and when it is done there, whether it is on its list."""

    township = peewee.CharField(max_length=12)
    code = peewee.CharField(max_length=50)
    name = peewee.CharField(max_length=120)
    place = peewee.CharField(max_length=200, default="")
    hours = peewee.CharField(max_length=200, default="")
    is_on = peewee.BooleanField(default=False)
    edited_by = peewee.CharField(max_length=64)
    edited_at = MomentField()

    class Meta:
        table_name = "publishing_town_line"
        indexes = ((("township", "code"), True),)


class Review(Row):
    """One draft sent to a second person. draft: its hash, so that an approval covers exactly these words.

    state: waiting, approved, returned, published.
    """

    number = peewee.AutoField()
    draft = peewee.CharField(max_length=64, index=True)
    state = peewee.CharField(max_length=10, default="waiting")
    note = peewee.CharField(max_length=500, default="")
    added = peewee.IntegerField(default=0)
    changed = peewee.IntegerField(default=0)
    removed = peewee.IntegerField(default=0)
    submitted_by = peewee.CharField(max_length=64)
    submitted_at = MomentField()
    decided_by = peewee.CharField(max_length=64, default="")
    decided_at = MomentField(null=True)
    decision = peewee.CharField(max_length=500, default="")

    class Meta:
        table_name = "publishing_review"


class Version(Row):
    """One version of the catalog. state: signing until its files are out, then published, or dropped."""

    number = peewee.IntegerField(primary_key=True)
    state = peewee.CharField(max_length=10, default="signing")
    review = peewee.ForeignKeyField(Review, on_delete="RESTRICT")
    sha256 = peewee.CharField(max_length=64)
    entries = peewee.IntegerField()
    published_by = peewee.CharField(max_length=64)
    published_at = MomentField()
    valid_until = MomentField()

    class Meta:
        table_name = "publishing_version"


TABLES: tuple[type[Row], ...] = (DraftEntry, BaseEntry, TownLine, Review, Version)
