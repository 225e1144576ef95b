"""The draft of the next catalog, who looked at it, and what was published."""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class DraftEntry(Row):
    """One item or package of the draft.

    record: its JSON; sha256: of that JSON; published: the JSON of the version in force, "" for a new
    entry; above: what the city says of the item, "" for the county's own; above_sha256: of that.
    An entry that was in force stays, marked is_removed, until the version without it is out.

    What the desk counts and compares on every page stands in the index, so that it reads no record.
    """

    code = peewee.CharField(max_length=50, primary_key=True)
    kind = peewee.CharField(max_length=8)
    name = peewee.CharField(max_length=120)
    theme = peewee.CharField(max_length=40)
    status = peewee.CharField(max_length=12)
    sha256 = peewee.CharField(max_length=64)
    above_sha256 = peewee.CharField(max_length=64, default="")
    is_in_force = peewee.BooleanField(default=False)
    is_changed = peewee.BooleanField(default=True, index=True)
    is_removed = peewee.BooleanField(default=False)
    edited_by = peewee.CharField(max_length=64)
    edited_at = MomentField()
    record = peewee.TextField()
    published = peewee.TextField(default="")
    above = peewee.TextField(default="")

    class Meta:
        table_name = "publishing_draft"
        indexes = (
            (
                ("kind", "code", "sha256", "above_sha256", "is_removed", "is_changed")
                + ("is_in_force", "name", "status", "edited_by"),
                False,
            ),
        )


class EntryFacts(Row):
    """What is known of one entry of the draft by itself, so that no page reads every record.

    They hold for the entry with these two hashes under the rules of this edition, and for no other.
    promised: the JSON of the limit, "" for none; missing, exchange: names of fields; errors, warnings:
    how many `findings` (JSON) has of each; clashes: with the city's words.
    """

    code = peewee.CharField(max_length=50, primary_key=True)
    sha256 = peewee.CharField(max_length=64)
    above_sha256 = peewee.CharField(max_length=64)
    edition = peewee.CharField(max_length=16)
    errors = peewee.IntegerField()
    warnings = peewee.IntegerField()
    clashes = peewee.IntegerField()
    percent = peewee.IntegerField()
    missing_count = peewee.IntegerField()
    exchange_count = peewee.IntegerField()
    is_open = peewee.BooleanField()
    name = peewee.CharField(max_length=120)
    department = peewee.CharField(max_length=200)
    theme = peewee.CharField(max_length=40)
    promised = peewee.TextField()
    missing = peewee.TextField()
    exchange = peewee.TextField()
    findings = peewee.TextField()

    class Meta:
        table_name = "publishing_facts"
        indexes = (
            (
                ("code", "sha256", "above_sha256", "edition", "errors", "warnings", "clashes")
                + ("percent", "missing_count", "exchange_count", "name", "department", "theme"),
                False,
            ),
        )


class EntryTie(Row):
    """One word of an entry that others are compared by: a code it names, or a shared word of its form.

    field: of the entry, or "form"; place: which of them; shape: of a shared word, what it stands for.
    """

    code = peewee.CharField(max_length=50)
    field = peewee.CharField(max_length=16)
    place = peewee.IntegerField()
    word = peewee.CharField(max_length=120)
    shape = peewee.TextField(default="")

    class Meta:
        table_name = "publishing_tie"
        primary_key = peewee.CompositeKey("code", "field", "place")


class BaseEntry(Row):
    """One item or package of the city's catalog, as the county took it over. record: its JSON."""

    code = peewee.CharField(max_length=50, primary_key=True)
    kind = peewee.CharField(max_length=8)
    name = peewee.CharField(max_length=120)
    record = peewee.TextField()

    class Meta:
        table_name = "publishing_base"
        indexes = ((("kind", "code"), False),)


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


TABLES: tuple[type[Row], ...] = (
    *(DraftEntry, EntryFacts, EntryTie, BaseEntry),
    *(TownLine, Review, Version),
)
