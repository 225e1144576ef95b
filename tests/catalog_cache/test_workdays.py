"""Working days and the dates on which limits end, from the signed table."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_cache.calendar.holidays import Holiday, HolidayYear, read_table
from catalog_cache.calendar.workdays import NoDate, WorkCalendar
from catalog_cache.demonstration import holiday_table

CALENDAR = WorkCalendar(read_table(holiday_table()).years)
COVERED = st.dates(date(2025, 1, 1), date(2027, 6, 1))


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


def test_paper_carries_no_date_that_rests_on_a_notice_still_to_come():
    assert CALENDAR.deadline_on_paper(date(2026, 11, 23), 5, "workday") == date(2026, 11, 30)
    assert CALENDAR.deadline_on_paper(date(2026, 12, 28), 5, "workday") == NoDate(
        "2027 年的放假安排尚未公布，具体日期以公布后为准。"
    )
    assert isinstance(CALENDAR.deadline_on_paper(date(2027, 12, 28), 5, "workday"), NoDate)


def test_sixty_days_before_the_announced_years_end_the_table_asks_for_the_next_notice():
    assert CALENDAR.announced_until == date(2026, 12, 31)
    assert not CALENDAR.is_ending(date(2026, 11, 1))
    assert CALENDAR.is_ending(date(2026, 11, 2))
    assert CALENDAR.is_ending(date(2027, 1, 5))
    assert WorkCalendar().is_ending(date(2026, 1, 1)) and WorkCalendar().announced_until is None


def test_what_a_notice_says_of_the_december_before_is_the_newer_word():
    new_year = Holiday(
        name="元旦", first=date(2026, 12, 31), last=date(2027, 1, 3), work=(date(2026, 12, 26),)
    )
    table = [one for one in CALENDAR.years if one.year == 2026]
    table.append(HolidayYear(year=2027, provisional=False, source="2027年", holidays=(new_year,)))
    calendar = WorkCalendar(table)

    assert calendar.is_workday(date(2026, 12, 26)) and not calendar.is_workday(date(2026, 12, 31))
    assert calendar.deadline(date(2026, 12, 30), 1, "workday") == date(2027, 1, 4)


@settings(deadline=None)
@given(COVERED, st.integers(1, 120))
def test_a_deadline_is_a_working_day_with_exactly_that_many_working_days_behind_it(start, days):
    end = CALENDAR.deadline(start, days, "workday")

    assert isinstance(end, date) and CALENDAR.is_workday(end)
    passed = (start + timedelta(days=number) for number in range(1, (end - start).days + 1))
    assert sum(map(CALENDAR.is_workday, passed)) == days


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
