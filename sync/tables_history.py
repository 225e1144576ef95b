"""Tables about lost days: whose database was restored, and which of our own letters others still have."""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class PeerEpoch(Row):
    """An epoch that another node named, and when it first did; the latest row is its present one."""

    id = peewee.AutoField()
    peer = peewee.CharField(max_length=32)
    epoch = peewee.CharField(max_length=16)
    told_at = MomentField()

    class Meta:
        indexes = ((("peer", "epoch"), True),)


class Recall(Row):
    """A stream of ours of which `peer` holds more than this disk remembers: up to `upto`.

    after: up to where we have it without a gap, from before or because it came back. ahead: numbers beyond
    the gap that came back already, in decimal, between spaces.
    """

    id = peewee.AutoField()
    peer = peewee.CharField(max_length=32)
    instance = peewee.CharField(max_length=16)
    after = peewee.BigIntegerField()
    upto = peewee.BigIntegerField()
    ahead = peewee.TextField(default="")

    class Meta:
        indexes = ((("peer", "instance"), True),)
