"""How many bytes a link may carry on one day, counted where a restart does not forget them.

A day is a day in China. Beyond the budget files wait until tomorrow; letters go on, because they are
small and somebody waits for them.
"""

from datetime import datetime, timedelta

from sync.moments import CHINA
from sync.rows import write
from sync.tables_kept import DayBytes

DAYS_KEPT = 400


def day_of(now: datetime) -> str:
    """The local day, such as 2026-11-22."""
    return now.astimezone(CHINA).date().isoformat()


def spent(now: datetime) -> int:
    """Bytes that passed today, both ways."""
    row = DayBytes.get_or_none(DayBytes.day == day_of(now))
    return 0 if row is None else row.up + row.down


def note(now: datetime, up: int, down: int) -> None:
    """So many bytes passed: up to the hall, down from it."""
    if up + down == 0:
        return
    with write():
        DayBytes.insert(day=day_of(now), up=0, down=0).on_conflict_ignore().execute()
        more = {"up": DayBytes.up + up, "down": DayBytes.down + down}
        DayBytes.update(more).where(DayBytes.day == day_of(now)).execute()


def forget_old_days(now: datetime) -> None:
    """Days of more than a year ago; inside the caller's transaction."""
    DayBytes.delete().where(DayBytes.day < day_of(now - timedelta(days=DAYS_KEPT))).execute()
