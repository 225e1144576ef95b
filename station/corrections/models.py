"""Reports that a guide is wrong, as both the station that wrote them and the hall that answers keep them."""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class Correction(Row):
    """One report. The first columns never change; those from `state` on follow from its letters.

    element: path of what is wrong, such as "materials.id-card"; shown: how it read at the station; version:
    that mended it, 0 while none did; answers: how many the hall has given; before: digest of the element
    when it was taken up; another: the report that this one repeats. came_at: when this node had it;
    changed_at: when the last of its letters was written, by its writer's clock.
    """

    report_id = peewee.CharField(max_length=32, primary_key=True)
    station = peewee.CharField(max_length=32, index=True)
    hall = peewee.CharField(max_length=32)
    station_name = peewee.CharField(max_length=120)
    item_code = peewee.CharField(max_length=50, index=True)
    item_name = peewee.CharField(max_length=120)
    catalog = peewee.IntegerField()
    element = peewee.CharField(max_length=110)
    label = peewee.CharField(max_length=140)
    shown = peewee.TextField()
    said = peewee.TextField()
    practice = peewee.TextField()
    by = peewee.CharField(max_length=60)
    made_at = MomentField(index=True)
    came_at = MomentField()
    state = peewee.CharField(max_length=10, index=True)
    answer = peewee.TextField(default="")
    version = peewee.IntegerField(default=0)
    answers = peewee.IntegerField(default=0)
    before = peewee.CharField(max_length=64, default="")
    another = peewee.CharField(max_length=32, default="", index=True)
    changed_at = MomentField()

    class Meta:
        table_name = "correction"


class CorrectionLetter(Row):
    """One letter of a report, ours or theirs. event: its own id; number: the order in which they came."""

    number = peewee.AutoField()
    event = peewee.CharField(max_length=32)
    report_id = peewee.CharField(max_length=32)
    kind = peewee.CharField(max_length=40)
    node_id = peewee.CharField(max_length=32)
    payload = peewee.TextField()

    class Meta:
        table_name = "correction_letter"
        indexes = ((("report_id", "event"), True),)


TABLES: tuple[type[Row], ...] = (Correction, CorrectionLetter)
