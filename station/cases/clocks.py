"""The legal clocks of a case, as pure functions: from dates to a date, or to a reason why there is none.

* Notice clock: 5 working days from the day the materials were received at the station; within them
  the applicant must be told, once and in full, what is missing.
* Limits (promised and statutory) run from acceptance. The day of acceptance is not counted; neither
  is any day on which a special procedure ran, its first and its last day included. Suspensions are
  kept as intervals; no date is ever moved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from catalog_cache.calendar.workdays import NoDate, WorkCalendar
from catalog_cache.model import Limit, Unit
from catalog_cache.records import Choice
from station.cases.counter_events import Noticed, Supplemented
from station.cases.fold import CLOSED, CaseView
from station.cases.hall_events import Extended, Resumed, Suspended
from station.cases.terms import day_of
from sync.moments import CHINA

NOTICE_WORKDAYS = 5
WARN_AFTER_WORKDAYS = 3
_DAY = timedelta(days=1)
_SPAN_DAYS_MAX = 3650


class Alarm(Choice):
    """How urgent a clock is."""

    CALM = "calm", "正常"
    SOON = "soon", "临期"
    LATE = "late", "超期"
    STOPPED = "stopped", "已停止"


@dataclass(frozen=True)
class Interval:
    """Days on which a special procedure ran, both included; until is None while it runs."""

    since: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the procedure ran on this day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class ClockFace:
    """One clock as a page shows it. used: days of its unit so far, or a reason why they cannot be counted."""

    start: date
    total: int
    unit: Unit
    used: int | NoDate
    deadline: date | NoDate
    alarm: Alarm


def local_day(at: datetime) -> date:
    """The day in China on which a UTC moment falls."""
    return at.astimezone(CHINA).date()


def local_text(at: datetime) -> str:
    """A UTC moment as people in China read it, to the minute."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def utc_day_start(day: date) -> datetime:
    """The UTC moment at which a day begins in China."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA).astimezone(UTC)


def limit_date(
    calendar: WorkCalendar, start: date, limit: Limit, suspensions: Sequence[Interval] = ()
) -> date | NoDate:
    """The last day of a limit that starts on `start`, which is not counted itself.

    `WorkCalendar.deadline` names the rules and their articles. Days of a special procedure are not
    counted (行政许可法 art. 45), nor can the limit end on one; a procedure that began only after the limit
    had run out does not bring it back. NoDate while a procedure runs, and outside the holiday table.
    """
    if not suspensions or limit.value == 0:
        return calendar.deadline(start, limit.value, limit.unit)
    day, left = start, limit.value
    for _ in range(_SPAN_DAYS_MAX):
        day += _DAY
        if not calendar.covers(day):
            return NoDate(f"节假日表未包含 {day.year} 年，无法推算具体日期。")
        if any(span.until is None and span.since <= day for span in suspensions):
            return NoDate("特别程序尚未结束，期限暂停计算。")
        left -= _counts(calendar, day, limit.unit, suspensions)
        if left <= 0 and _counts(calendar, day, Unit.WORKDAY, suspensions):
            return day
    return NoDate("期限超过十年，请核对时限设置。")


def used_days(
    calendar: WorkCalendar, start: date, today: date, unit: Unit, suspensions: Sequence[Interval] = ()
) -> int | NoDate:
    """Days of the unit that have passed after `start`, today included."""
    used, day = 0, start
    if (today - start).days > _SPAN_DAYS_MAX:
        return NoDate("起算日与今天相差超过十年，请核对本机日期。")
    while day < today:
        day += _DAY
        if unit is Unit.WORKDAY and not calendar.covers(day):
            return NoDate(f"节假日表未包含 {day.year} 年，无法计算已用天数。")
        used += _counts(calendar, day, unit, suspensions)
    return used


def notice_clock(calendar: WorkCalendar, start: date, today: date, *, is_stopped: bool = False) -> ClockFace:
    """The 5-working-day clock in which the applicant must be told what is missing."""
    deadline = calendar.deadline(start, NOTICE_WORKDAYS, Unit.WORKDAY)
    used = used_days(calendar, start, today, Unit.WORKDAY)
    alarm = Alarm.STOPPED if is_stopped else _alarm(deadline, used, today, WARN_AFTER_WORKDAYS)
    return ClockFace(start, NOTICE_WORKDAYS, Unit.WORKDAY, used, deadline, alarm)


def notice_clock_of(view: CaseView, calendar: WorkCalendar, today: date) -> ClockFace | None:
    """The notice clock of a case; None before it was received.

    It starts when the materials were received at the station, wherever they are now, and again when
    the last open notice was answered. A verdict, an open notice or a closed case stops it.
    """
    if view.received is None:
        return None
    answers = [w.event.at for w in view.all(Supplemented) if w.body.against]
    start = max([view.received.event.at, *answers]) if view.all(Noticed) else view.received.event.at
    is_stopped = bool(view.verdict or view.open_notices or view.stage in CLOSED)
    return notice_clock(calendar, local_day(start), today, is_stopped=is_stopped)


def limits_of(view: CaseView, calendar: WorkCalendar, today: date) -> dict[str, ClockFace]:
    """The clocks "promised" and "statutory" of an accepted case, as far as the item has them."""
    accepted = view.accepted
    if accepted is None:
        return {}
    limits = {"promised": accepted.body.promised, "statutory": accepted.body.statutory}
    start = local_day(datetime.fromisoformat(accepted.body.since))
    return {
        name: _limit_face(view, calendar, start, today, limit)
        for name, limit in limits.items()
        if limit is not None
    }


def suspensions_of(view: CaseView) -> list[Interval]:
    """The special procedures of a case as intervals of days."""
    ended = {written.body.suspension: day_of(written.body.until) for written in view.all(Resumed)}
    return [
        Interval(since, ended.get(written.event.event_id))
        for written in view.all(Suspended)
        if (since := day_of(written.body.since)) is not None
    ]


def _limit_face(view: CaseView, calendar: WorkCalendar, start: date, today: date, limit: Limit) -> ClockFace:
    spans, added = suspensions_of(view), [w.body.added for w in view.all(Extended)]
    total = limit.value + sum(more.value for more in added)
    until = local_day(view.decided.event.at) if view.decided else today
    used = used_days(calendar, start, until, limit.unit, spans)
    deadline: date | NoDate = NoDate("延长的时间与时限单位不同，请人工核算。")
    if all(more.unit is limit.unit for more in added):
        deadline = limit_date(calendar, start, Limit(value=total, unit=limit.unit), spans)
    alarm = _alarm(deadline, used, until, total - max(1, total // 5))
    if view.stage in CLOSED and alarm is not Alarm.LATE:
        alarm = Alarm.STOPPED
    return ClockFace(start, total, limit.unit, used, deadline, alarm)


def _alarm(deadline: date | NoDate, used: int | NoDate, today: date, warn_after: int) -> Alarm:
    if isinstance(deadline, NoDate) or isinstance(used, NoDate):
        return Alarm.CALM
    if today > deadline:
        return Alarm.LATE
    return Alarm.SOON if used >= warn_after else Alarm.CALM


def _counts(calendar: WorkCalendar, day: date, unit: Unit, suspensions: Iterable[Interval]) -> int:
    if any(span.covers(day) for span in suspensions):
        return 0
    return 1 if unit is Unit.DAY else int(calendar.is_workday(day))
