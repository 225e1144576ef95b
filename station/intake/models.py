"""Drafts: what was typed so far, in plain tables of the encrypted file; nothing of it travels."""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class Draft(Row):
    """One visit before it is submitted. step: how far it came (1 to 6); data: JSON; label: masked."""

    token = peewee.CharField(max_length=32, primary_key=True)
    account = peewee.CharField(max_length=64)
    label = peewee.CharField(max_length=200, default="")
    applicant_shown = peewee.CharField(max_length=120, default="")
    step = peewee.IntegerField(default=1)
    data = peewee.TextField()
    changed_at = MomentField(index=True)


class DraftFile(Row):
    """One scan that waits with its draft. line: the key of the merged material line."""

    file_id = peewee.CharField(max_length=32, primary_key=True)
    draft = peewee.ForeignKeyField(Draft, backref="files", on_delete="CASCADE")
    line = peewee.CharField(max_length=40, index=True)
    name = peewee.CharField(max_length=120)
    media_type = peewee.CharField(max_length=40)
    pages = peewee.IntegerField()
    size = peewee.IntegerField()
    data = peewee.BlobField()
    added_at = MomentField()


TABLES: tuple[type[Row], ...] = (Draft, DraftFile)
