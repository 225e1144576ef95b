"""Working days and the dates on which limits end, from the signed table."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_cache.demonstration import holiday_table
from catalog_cache.errors import BadRecord
from catalog_cache.workdays import NoDate, WorkCalendar, read_table

CALENDAR = WorkCalendar(read_table(holiday_table()).years)
COVERED = st.dates(date(2025, 1, 1), date(2027, 6, 1))


def changed(**changes: object) -> bytes:
    table = json.loads(holiday_table())
    table["years"][0] |= changes
    return json.dumps(table).encode()


def test_the_day_of_receipt_is_not_counted():
    assert CALENDAR.deadline(date(2026, 11, 23), 1, "workday") == date(2026, 11, 24)


def test_twenty_working_days_step_over_national_day_and_count_the_make_up_saturday():
    # 1 to 7 October 2026 rest, Saturday 10 October works.
    assert CALENDAR.deadline(date(2026, 9, 30), 1, "workday") == date(2026, 10, 8)
    assert CALENDAR.deadline(date(2026, 9, 30), 3, "workday") == date(2026, 10, 10)
    assert CALENDAR.is_workday(date(2026, 9, 20)) and not CALENDAR.is_workday(date(2026, 9, 25))


def test_natural_days_that_end_on_a_day_of_rest_end_on_the_next_working_day():
    assert CALENDAR.deadline(date(2026, 9, 24), 10, "day") == date(2026, 10, 8)
    assert CALENDAR.deadline(date(2026, 11, 23), 2, "day") == date(2026, 11, 25)


def test_a_limit_of_nothing_ends_at_once_even_on_a_day_of_rest():
    assert CALENDAR.deadline(date(2026, 10, 1), 0, "workday") == date(2026, 10, 1)


def test_outside_the_table_there_is_a_reason_and_no_date():
    answer = CALENDAR.deadline(date(2027, 12, 20), 20, "workday")

    assert answer == NoDate("节假日表未包含 2028 年，无法推算具体日期。")
    assert isinstance(CALENDAR.deadline(date(2024, 12, 30), 1, "workday"), NoDate)
    assert isinstance(CALENDAR.deadline(date(2027, 12, 31), 1, "day"), NoDate)
    assert isinstance(WorkCalendar().deadline(date(2026, 1, 5), 1, "workday"), NoDate)


def test_a_year_not_yet_announced_is_told_as_provisional():
    assert CALENDAR.provisional_years(date(2026, 12, 20), date(2027, 1, 10)) == (2027,)
    assert CALENDAR.provisional_years(date(2025, 12, 20), date(2026, 1, 10)) == ()
    assert CALENDAR.ends_on == date(2027, 12, 31)


@settings(deadline=None)
@given(COVERED, st.integers(1, 120))
def test_a_deadline_is_a_working_day_with_exactly_that_many_working_days_behind_it(start, days):
    end = CALENDAR.deadline(start, days, "workday")

    assert isinstance(end, date) and CALENDAR.is_workday(end)
    assert CALENDAR.workdays_between(start, end) == days


@settings(deadline=None)
@given(COVERED, st.integers(1, 119))
def test_a_longer_limit_ends_later(start, days):
    assert CALENDAR.deadline(start, days + 1, "workday") > CALENDAR.deadline(start, days, "workday")


@settings(deadline=None)
@given(COVERED, st.integers(1, 120))
def test_natural_days_never_end_before_their_number_and_only_move_over_rest(start, days):
    end = CALENDAR.deadline(start, days, "day")
    skipped = [start + timedelta(days=days + extra) for extra in range((end - start).days - days)]

    assert CALENDAR.is_workday(end)
    assert not any(CALENDAR.is_workday(day) for day in skipped)


@settings(deadline=None)
@given(COVERED, st.integers(1, 40), st.integers(1, 40))
def test_a_limit_in_two_parts_ends_where_the_whole_ends(start, first, second):
    middle = CALENDAR.deadline(start, first, "workday")

    assert CALENDAR.deadline(middle, second, "workday") == CALENDAR.deadline(start, first + second, "workday")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rest": ["2025-01-01", "2025-01-01"]}, "重复"),
        ({"rest": ["2026-01-01"]}, "不在 2025 年"),
        ({"work": ["2025-01-01"], "rest": ["2025-01-01"]}, "既放假又上班"),
        ({"work": ["2025-01-06"]}, "本来就是工作日"),
        ({"year": 2026}, "重复|不在 2026 年"),
        ({"rest": ["2025-1-1"]}, "应为日期"),
        ({"rest": ["2025-02-30"]}, "应为日期"),
        ({"provisional": 1}, "应为 true 或 false"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_with_the_reason(changes, told):
    with pytest.raises(BadRecord, match=told):
        read_table(changed(**changes))


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"format":"other","years":[]}'])
def test_what_is_no_table_is_refused(data):
    with pytest.raises(BadRecord):
        read_table(data)
