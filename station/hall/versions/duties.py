"""What of who does what is done: called so by one person, taken off by anybody at the desk, and logged."""

from datetime import datetime

from station import audit
from station.hall.versions.agenda import Task
from station.hall.versions.models import DutyMark
from sync.rows import write


def marks() -> dict[str, DutyMark]:
    """Everything that is done, by the key of its line."""
    return {row.key: row for row in DutyMark.select()}


def call_done(task: Task, *, by: str, now: datetime) -> bool:
    """Mark a line as done; False when somebody has before, whose mark stays."""
    with write():
        made = DutyMark.insert(key=task.key, code=task.code, done_by=by, done_at=now)
        if not made.on_conflict_ignore().as_rowcount().execute():
            return False
        _log("duty.done", task, by, now)
    return True


def take_off(task: Task, *, by: str, now: datetime) -> bool:
    """Undo that, whoever did it; False when the line is not marked."""
    with write():
        if not DutyMark.delete().where(DutyMark.key == task.key).execute():
            return False
        _log("duty.undone", task, by, now)
    return True


def _log(act: str, task: Task, by: str, now: datetime) -> None:
    duty = task.duty
    day = str(duty.due_on or "")
    audit.record(by, act, task.code, now=now, office=duty.office, task=duty.task, due_on=day)
