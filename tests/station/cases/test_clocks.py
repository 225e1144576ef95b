"""The legal clocks against dates counted by hand on the calendar of autumn 2026."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_cache.calendar.workdays import NoDate, WorkCalendar
from catalog_cache.model import Limit, Unit
from station.cases.clocks import (
    Alarm,
    Interval,
    limit_date,
    limits_of,
    local_day,
    local_text,
    notice_clock,
    notice_clock_of,
    used_days,
)
from station.cases.counter_events import Noticed
from station.cases.fold import fold
from station.cases.hall_events import Extended, Resumed, Suspended
from station.cases.terms import Special
from tests.station.cases.samples import (
    CALENDAR,
    CASE,
    Story,
    accepted,
    decided,
    notice_line,
    received,
    supplemented,
)


def workdays(count):
    """A limit in working days."""
    return Limit(value=count, unit=Unit.WORKDAY)


@pytest.mark.parametrize(
    ("start", "deadline"),
    [
        (date(2026, 11, 23), date(2026, 11, 30)),  # Monday: the weekend lies between
        (date(2026, 11, 21), date(2026, 11, 27)),  # Saturday
        (date(2026, 9, 30), date(2026, 10, 13)),  # the golden week, with the make-up Saturday of 10 October
        (date(2026, 12, 31), date(2027, 1, 8)),  # over New Year
    ],
)
def test_the_notice_clock_ends_on_the_fifth_working_day(start, deadline):
    assert notice_clock(CALENDAR, start, start).deadline == deadline


@pytest.mark.parametrize(
    ("today", "used", "alarm"),
    [
        (date(2026, 11, 23), 0, Alarm.CALM),
        (date(2026, 11, 25), 2, Alarm.CALM),
        (date(2026, 11, 26), 3, Alarm.SOON),
        (date(2026, 11, 30), 5, Alarm.SOON),
        (date(2026, 12, 1), 6, Alarm.LATE),
    ],
)
def test_the_notice_clock_warns_after_three_working_days(today, used, alarm):
    face = notice_clock(CALENDAR, date(2026, 11, 23), today)

    assert (face.used, face.alarm) == (used, alarm)


def test_the_day_is_the_day_in_china():
    assert local_day(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == date(2026, 11, 23)
    assert local_text(datetime(2026, 11, 22, 1, 41, tzinfo=UTC)) == "2026-11-22 09:41"


def test_days_of_a_special_procedure_are_not_counted():
    spans = [Interval(date(2026, 11, 25), date(2026, 11, 27))]

    assert limit_date(CALENDAR, date(2026, 11, 23), workdays(5)) == date(2026, 11, 30)
    assert limit_date(CALENDAR, date(2026, 11, 23), workdays(5), spans) == date(2026, 12, 3)


def test_overlapping_procedures_are_counted_once():
    spans = [
        Interval(date(2026, 11, 25), date(2026, 11, 26)),
        Interval(date(2026, 11, 26), date(2026, 11, 27)),
    ]

    assert limit_date(CALENDAR, date(2026, 11, 23), workdays(5), spans) == date(2026, 12, 3)


def test_natural_days_run_over_weekends_but_end_on_a_working_day():
    limit = Limit(value=5, unit=Unit.DAY)

    assert limit_date(CALENDAR, date(2026, 11, 23), limit) == date(2026, 11, 30)  # Saturday moves to Monday
    assert limit_date(
        CALENDAR, date(2026, 11, 23), limit, [Interval(date(2026, 11, 24), date(2026, 11, 24))]
    ) == date(2026, 11, 30)


def test_while_a_procedure_runs_there_is_no_date_but_a_reason():
    answer = limit_date(CALENDAR, date(2026, 11, 23), workdays(5), [Interval(date(2026, 11, 25))])

    assert isinstance(answer, NoDate) and "暂停" in answer.reason


def test_outside_the_holiday_table_there_is_no_date_but_a_reason():
    for spans in ([], [Interval(date(2027, 12, 30), date(2027, 12, 30))]):
        answer = limit_date(CALENDAR, date(2027, 12, 29), workdays(5), spans)
        assert isinstance(answer, NoDate) and "2028" in answer.reason
    assert isinstance(notice_clock(WorkCalendar(), date(2026, 11, 23), date(2026, 11, 30)).used, NoDate)


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(1, 30), st.integers(0, 40), st.integers(0, 20)
)
def test_a_suspension_never_shortens_a_limit_and_the_used_days_reach_it(start, count, offset, length):
    begin = date.fromordinal(start.toordinal() + offset)
    spans = [Interval(begin, date.fromordinal(begin.toordinal() + length))]

    deadline = limit_date(CALENDAR, start, workdays(count), spans)

    assert isinstance(deadline, date)
    assert deadline >= limit_date(CALENDAR, start, workdays(count))
    assert used_days(CALENDAR, start, deadline, Unit.WORKDAY, spans) == count


def test_limits_run_from_acceptance_with_suspensions_and_extensions():
    story = Story()
    story.says(received())
    story.says(accepted())
    start = story.says(Suspended(procedure=Special.EXPERT, since="2026-11-25", reason="专家评审"))
    story.says(Resumed(suspension=start.event_id, until="2026-11-27"))
    story.says(Extended(added=workdays(5), reason="案情复杂"))

    faces = limits_of(fold(CASE, story.events), CALENDAR, date(2026, 12, 1))

    assert faces["promised"].deadline == date(2026, 12, 17)
    assert faces["promised"].used == 3
    assert faces["statutory"].total == 25


def test_an_extension_in_another_unit_gives_a_reason_not_a_wrong_date():
    story = Story()
    for body in (received(), accepted(), Extended(added=Limit(value=5, unit=Unit.DAY), reason="案情复杂")):
        story.says(body)

    assert isinstance(
        limits_of(fold(CASE, story.events), CALENDAR, date(2026, 12, 1))["promised"].deadline, NoDate
    )


def test_a_decision_in_time_stops_the_clocks_for_good():
    story = Story()
    for body in (received(), accepted(), decided()):
        story.says(body)

    faces = limits_of(fold(CASE, story.events), CALENDAR, date(2027, 6, 1))

    assert {face.alarm for face in faces.values()} == {Alarm.STOPPED}


def test_there_are_no_limits_before_acceptance():
    story = Story()
    story.says(received())

    assert limits_of(fold(CASE, story.events), CALENDAR, date(2026, 12, 1)) == {}


def test_the_notice_clock_of_a_case_counts_from_the_station_stops_for_a_notice_and_starts_again():
    story = Story()
    story.says(received())
    running = notice_clock_of(fold(CASE, story.events), CALENDAR, date(2026, 11, 27))
    notice = story.says(Noticed(number=1, lines=(notice_line(),)))
    stopped = notice_clock_of(fold(CASE, story.events), CALENDAR, date(2026, 12, 30))
    story.says(supplemented(notice.event_id, "bank"))
    again = notice_clock_of(fold(CASE, story.events), CALENDAR, date(2026, 12, 30))

    assert (running.start, running.alarm) == (date(2026, 11, 23), Alarm.SOON)
    assert stopped.alarm is Alarm.STOPPED
    assert again.alarm is Alarm.LATE


def test_a_case_that_was_never_received_has_no_notice_clock():
    assert notice_clock_of(fold(CASE, []), CALENDAR, date(2026, 11, 23)) is None
