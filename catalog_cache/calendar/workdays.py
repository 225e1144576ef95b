"""Working days from the signed holiday table, and the dates on which legal limits end.

Weekends rest unless the table makes them work; other days work unless the table lets them rest.
Outside the years of the table there is no date at all: the paper then prints the rule in words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from catalog_cache.calendar.holidays import HolidayYear, require_sound
from catalog_cache.model import Unit

DAYS_MAX = 3650
WARN_DAYS = 60
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NoDate:
    """Why no date can be printed; the reason is Chinese and can stand on paper."""

    reason: str


class WorkCalendar:
    """Answers about working days within the years of one table."""

    def __init__(self, years: Iterable[HolidayYear] = ()) -> None:
        """Raises BadRecord when the years contradict themselves."""
        ordered = sorted(years, key=lambda year: year.year)
        require_sound(ordered)
        self._years = {year.year: year for year in ordered}
        # A later notice may reach back into December; what it says there is the newer word.
        self._works: dict[date, bool] = {}
        for year in ordered:
            self._works.update(dict.fromkeys(year.rest, False) | dict.fromkeys(year.work, True))

    @property
    def years(self) -> tuple[HolidayYear, ...]:
        """The table, earliest year first."""
        return tuple(self._years[number] for number in sorted(self._years))

    @property
    def ends_on(self) -> date | None:
        """The last day of the last year held; None for an empty table."""
        return date(max(self._years), 12, 31) if self._years else None

    @property
    def announced_until(self) -> date | None:
        """The last day of the last year whose notice is out; None where there is none."""
        announced = [number for number, year in self._years.items() if not year.provisional]
        return date(max(announced), 12, 31) if announced else None

    def is_ending(self, today: date) -> bool:
        """Whether the announced years end within WARN_DAYS or have ended: the next notice is due."""
        until = self.announced_until
        return until is None or (until - today).days < WARN_DAYS

    def covers(self, day: date) -> bool:
        """Whether the table knows this day."""
        return day.year in self._years

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day. Asking outside the table is the caller's mistake."""
        assert self.covers(day), f"{day} is outside the table"
        return self._works.get(day, day.weekday() < 5)

    def deadline(self, start: date, days: int, unit: Unit | str) -> date | NoDate:
        """The last day of a limit that starts on `start`. NoDate outside the table.

        unit: workday or day. The day on which a limit starts is not counted (民法典 art. 201 para. 1);
        counting begins on the day after, for working days on the first working day after it, and days
        off are not counted at all (行政许可法 art. 82). Natural days count days off as well, but where
        the last of them is one, the limit ends on the next working day (民法典 art. 203 para. 1). A
        weekend day worked in exchange for a holiday is a working day for both. A limit of 0 days ends
        on the day it starts: decided on the spot.
        """
        assert 0 <= days <= DAYS_MAX and unit in tuple(Unit), (days, unit)
        if days == 0:
            return start
        if unit == Unit.WORKDAY:
            return self._after_workdays(start, days)
        return self.workday_from(start + days * _DAY)

    def deadline_on_paper(self, start: date, days: int, unit: Unit | str) -> date | NoDate:
        """The same for paper: no date that rests on a year whose notice is not out yet."""
        end = self.deadline(start, days, unit)
        return end if isinstance(end, NoDate) else self.on_paper(start, end)

    def on_paper(self, start: date, end: date) -> date | NoDate:
        """A date counted from `start`, where every year it rests on was announced; else the reason."""
        unknown = self.provisional_years(start, end)
        if not unknown:
            return end
        return NoDate(f"{unknown[0]} 年的放假安排尚未公布，具体日期以公布后为准。")

    def provisional_years(self, start: date, end: date) -> tuple[int, ...]:
        """Years from start to end whose table is not announced yet: a date in them is to be marked 暂定."""
        touched = range(start.year, end.year + 1)
        return tuple(year for year in touched if year in self._years and self._years[year].provisional)

    def workday_from(self, day: date) -> date | NoDate:
        """This day if people work on it, else the next on which they do. NoDate outside the table."""
        while self.covers(day):
            if self.is_workday(day):
                return day
            day += _DAY
        return self._no_date(day)

    def _after_workdays(self, start: date, days: int) -> date | NoDate:
        day, left = start, days
        while left:
            day += _DAY
            if not self.covers(day):
                return self._no_date(day)
            left -= self.is_workday(day)
        return day

    def _no_date(self, day: date) -> NoDate:
        return NoDate(f"节假日表未包含 {day.year} 年，无法推算具体日期。")
