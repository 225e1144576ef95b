"""Tables of what a node remembers for its own housekeeping; no other node hears of them."""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class StickLoad(Row):
    """What a bundle of the last days carries to a node, so that the next one goes on after it.

    name: of a stream its instance, then `upto` is a number; of a file its hash, then it is its size.
    """

    id = peewee.AutoField()
    peer = peewee.CharField(max_length=32)
    name = peewee.CharField(max_length=64)
    upto = peewee.BigIntegerField()
    at = MomentField()


class KeptTime(Row):
    """The one row that says how far retention has counted; see `sync.retention`."""

    id = peewee.AutoField()
    at = MomentField()


class DayBytes(Row):
    """Bytes that passed between this node and the one above it on a local day, up and down."""

    day = peewee.CharField(max_length=10, primary_key=True)
    up = peewee.BigIntegerField()
    down = peewee.BigIntegerField()
