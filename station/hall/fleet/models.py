"""When each station was last heard, whatever it had to say."""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class Contact(Row):
    """The last word of one station. waiting: letters it held back then; catalog: its version, 0 unknown.

    at, path: when we heard it last, and on what way. catalog_at: when it first named that version;
    said_at: when it did so last; said_path: how that came here.
    """

    node_id = peewee.CharField(max_length=32, primary_key=True)
    at = MomentField()
    path = peewee.CharField(max_length=8)
    waiting = peewee.IntegerField(default=0)
    catalog = peewee.IntegerField(default=0)
    catalog_at = MomentField(null=True)
    said_at = MomentField(null=True)
    said_path = peewee.CharField(max_length=8, default="")


TABLES: tuple[type[Row], ...] = (Contact,)
