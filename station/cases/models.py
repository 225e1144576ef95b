"""The tables of a case. Events are the truth; Intake and Case are what lists are made from."""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class Serial(Row):
    """A counter whose numbers are used up in the transaction of what they number, so none is lost."""

    name = peewee.CharField(max_length=80, primary_key=True)
    value = peewee.BigIntegerField(default=0)


class Intake(Row):
    """One visit to a counter: one receipt, one or several cases. token: of the draft it came from."""

    intake_id = peewee.CharField(max_length=32, primary_key=True)
    receipt_number = peewee.CharField(max_length=40, index=True)
    running = peewee.BigIntegerField()
    origin = peewee.CharField(max_length=32, index=True)
    token = peewee.CharField(max_length=32, null=True, unique=True)
    clerk = peewee.CharField(max_length=60)
    received_at = MomentField(index=True)
    papers = peewee.IntegerField(default=1)


class Case(Row):
    """One resident, one item: the fold of its events as far as lists need it.

    origin, hall: node ids. applicant_shown is masked; applicant_key finds the same person again.
    pledge_until: the earliest day of an open pledge, "" for none.
    """

    case_id = peewee.CharField(max_length=32, primary_key=True)
    intake = peewee.ForeignKeyField(Intake, backref="cases")
    position = peewee.IntegerField()
    receipt_number = peewee.CharField(max_length=40, index=True)
    official_number = peewee.CharField(max_length=50, default="", index=True)
    item_code = peewee.CharField(max_length=50, index=True)
    item_name = peewee.CharField(max_length=120)
    origin = peewee.CharField(max_length=32, index=True)
    hall = peewee.CharField(max_length=32)
    station_name = peewee.CharField(max_length=120)
    division = peewee.CharField(max_length=12, index=True)
    department = peewee.CharField(max_length=100, default="", index=True)
    applicant_shown = peewee.CharField(max_length=120)
    applicant_key = peewee.CharField(max_length=64, index=True)
    stage = peewee.CharField(max_length=16, index=True)
    catalog = peewee.BigIntegerField()
    received_at = MomentField(index=True)
    arrived_at = MomentField(null=True)
    pledge_until = peewee.CharField(max_length=10, default="")
    changed_at = MomentField(index=True)


class CaseEvent(Row):
    """One event as it was written. path: how it came, "" for our own. payload: canonical JSON."""

    number = peewee.BigAutoField()
    case_id = peewee.CharField(max_length=32, index=True)
    event_id = peewee.CharField(max_length=32)
    kind = peewee.CharField(max_length=40)
    node_id = peewee.CharField(max_length=32)
    payload = peewee.TextField()
    path = peewee.CharField(max_length=8, default="")
    envelope_hash = peewee.CharField(max_length=64, default="")

    class Meta:
        indexes = ((("case_id", "event_id"), True),)


class Document(Row):
    """One print of one paper, byte for byte. copy: 1 for the first print, more for a reprint."""

    document_id = peewee.CharField(max_length=32, primary_key=True)
    intake = peewee.ForeignKeyField(Intake, backref="documents")
    case_id = peewee.CharField(max_length=32, default="", index=True)
    kind = peewee.CharField(max_length=16)
    number = peewee.CharField(max_length=60)
    copy = peewee.IntegerField(default=1)
    sha256 = peewee.CharField(max_length=64)
    pdf = peewee.BlobField()
    pages = peewee.IntegerField()
    warning = peewee.CharField(max_length=1000, default="")
    made_at = MomentField()

    class Meta:
        indexes = ((("number", "copy"), True),)


SKIPPED = 1000  # more than one day of any department
_SKIP = "skipped:"

TABLES: tuple[type[Row], ...] = (Serial, Intake, Case, CaseEvent, Document)


def next_value(name: str) -> int:
    """The next number of a counter, from 1, inside the caller's transaction."""
    Serial.insert(name=name, value=0).on_conflict_ignore().execute()
    Serial.update(value=Serial.value + 1).where(Serial.name == name).execute()
    return int(Serial.get_by_id(name).value)


def next_counted(name: str, period: str) -> int:
    """The next number of a counter whose name holds its period (a day, a year); see `skip_ahead`."""
    raise_to(name, _skipped(period))
    return next_value(name)


def skip_ahead(period: str) -> None:
    """Leave room in every counter of a period for the numbers that a backup does not know of."""
    for row in Serial.select().where(Serial.name.contains(period), ~Serial.name.startswith(_SKIP)):
        raise_to(row.name, row.value + SKIPPED)
    raise_to(f"{_SKIP}{period}", _skipped(period) + SKIPPED)


def _skipped(period: str) -> int:
    row = Serial.get_or_none(Serial.name == f"{_SKIP}{period}")
    return 0 if row is None else int(row.value)


def raise_to(name: str, value: int) -> None:
    """A counter's numbers up to `value` are used, whoever used them; inside the caller's transaction."""
    Serial.insert(name=name, value=0).on_conflict_ignore().execute()
    Serial.update(value=value).where(Serial.name == name, Serial.value < value).execute()
