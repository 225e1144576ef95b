"""Legal limits over random calendars and suspensions, against a count that walks day by day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from catalog_cache.calendar.holidays import Holiday, HolidayYear
from catalog_cache.calendar.workdays import NoDate, WorkCalendar
from catalog_cache.model import Limit, Unit
from station.cases.clocks import Interval, limit_date, used_days

DAY = timedelta(days=1)
YEARS = (2026, 2027, 2028, 2029)
UNITS = st.sampled_from(list(Unit))
STARTS = st.dates(date(2026, 1, 1), date(2028, 6, 30))
COUNTS = st.integers(1, 60)


@st.composite
def years(draw: st.DrawFn, number: int) -> HolidayYear:
    """One year: up to eight holidays that do not touch, some with weekend days worked in exchange."""
    holidays: list[Holiday] = []
    opens, end = date(number, 1, 1), date(number, 12, 31)
    for _ in range(draw(st.integers(0, 8))):
        first = opens + draw(st.integers(2, 50)) * DAY
        last = first + draw(st.integers(0, 8)) * DAY
        if last + 10 * DAY > end:
            break
        near = [last + offset * DAY for offset in (1, 2, 3, 4, 5, 6, 7)]
        weekend = [day for day in near if day.weekday() >= 5]
        work = tuple(draw(st.lists(st.sampled_from(weekend), unique=True, max_size=2)))
        holidays.append(Holiday(name="节日", first=first, last=last, work=work))
        opens = last + 8 * DAY
    return HolidayYear(year=number, provisional=False, source="test", holidays=tuple(holidays))


CALENDARS = st.tuples(*(years(number) for number in YEARS)).map(WorkCalendar)


@st.composite
def spans(draw: st.DrawFn, start: date) -> list[Interval]:
    """Up to four ended procedures around a start; they may overlap."""
    made = []
    for _ in range(draw(st.integers(0, 4))):
        since = start + draw(st.integers(-5, 60)) * DAY
        made.append(Interval(since, since + draw(st.integers(0, 25)) * DAY))
    return made


CASES = STARTS.flatmap(lambda start: st.tuples(st.just(start), spans(start)))


def is_working(calendar: WorkCalendar, day: date) -> bool:
    """The same question asked of the notices themselves."""
    for year in calendar.years:
        for holiday in year.holidays:
            if day in holiday.work:
                return True
            if holiday.first <= day <= holiday.last:
                return False
    return day.isoweekday() not in (6, 7)


def counted_slowly(calendar: WorkCalendar, start: date, limit: Limit, stops: list[Interval]) -> date:
    """The last day by laying out every day after the start and striking what does not count."""
    days = [start + number * DAY for number in range(1, 500)]
    open_days = [day for day in days if not any(stop.since <= day <= (stop.until or day) for stop in stops)]
    working = [day for day in open_days if is_working(calendar, day)]
    if limit.unit is Unit.WORKDAY:
        return working[limit.value - 1]
    return next(day for day in working if day >= open_days[limit.value - 1])


@given(CALENDARS, CASES, COUNTS, UNITS)
def test_a_limit_ends_where_a_slow_count_ends(calendar, case, count, unit):
    start, stops = case
    limit = Limit(value=count, unit=unit)

    assert limit_date(calendar, start, limit, stops) == counted_slowly(calendar, start, limit, stops)


@given(CALENDARS, CASES, COUNTS, UNITS)
def test_a_limit_never_ends_on_a_day_off_or_within_a_procedure(calendar, case, count, unit):
    start, stops = case
    end = limit_date(calendar, start, Limit(value=count, unit=unit), stops)

    assert isinstance(end, date) and end > start and is_working(calendar, end)
    assert not any(stop.covers(end) for stop in stops)


@given(CALENDARS, CASES, COUNTS, UNITS)
def test_one_day_more_or_one_procedure_more_never_ends_earlier(calendar, case, count, unit):
    start, stops = case
    limit, longer = Limit(value=count, unit=unit), Limit(value=count + 1, unit=unit)
    end, later = limit_date(calendar, start, limit, stops), limit_date(calendar, start, longer, stops)

    assert later >= end
    assert unit is Unit.DAY or later > end
    assert limit_date(calendar, start, limit, stops[:-1]) <= end


@given(CALENDARS, CASES, COUNTS, UNITS)
def test_a_later_start_never_ends_earlier(calendar, case, count, unit):
    start, stops = case
    limit = Limit(value=count, unit=unit)

    assert limit_date(calendar, start + DAY, limit, stops) >= limit_date(calendar, start, limit, stops)


@given(CALENDARS, CASES, COUNTS)
def test_on_the_last_day_exactly_the_limit_is_used_and_the_day_before_less(calendar, case, count):
    start, stops = case
    end = limit_date(calendar, start, Limit(value=count, unit=Unit.WORKDAY), stops)

    assert used_days(calendar, start, end, Unit.WORKDAY, stops) == count
    assert used_days(calendar, start, end - DAY, Unit.WORKDAY, stops) == count - 1
    assert used_days(calendar, start, start, Unit.WORKDAY, stops) == 0


@given(CALENDARS, CASES, COUNTS, UNITS)
def test_the_order_and_the_overlap_of_procedures_do_not_matter(calendar, case, count, unit):
    start, stops = case
    limit = Limit(value=count, unit=unit)

    assert limit_date(calendar, start, limit, [*reversed(stops), *stops]) == limit_date(
        calendar, start, limit, stops
    )


@given(CALENDARS, st.dates(date(2029, 11, 1), date(2029, 12, 31)), UNITS)
def test_past_the_table_there_is_never_a_date(calendar, start, unit):
    assert isinstance(limit_date(calendar, start, Limit(value=90, unit=unit)), NoDate)


@given(CALENDARS, STARTS, COUNTS, UNITS)
def test_a_procedure_that_still_runs_stops_a_limit_that_has_not_ended(calendar, start, count, unit):
    limit = Limit(value=count, unit=unit)
    end = limit_date(calendar, start, limit)

    assert isinstance(limit_date(calendar, start, limit, [Interval(end)]), NoDate)
    assert limit_date(calendar, start, limit, [Interval(end + DAY)]) == end
