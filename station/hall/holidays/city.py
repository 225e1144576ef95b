"""The legal calendar at a city: the same notice for every county below, signed with the city's catalog.

The city's table decides on the years that it announced, at every station of every county. It comes into force
at a county with the county's next version; until then the county may take a year of it into its own draft.
"""

from collections.abc import Mapping

from catalog_cache.calendar.holidays import HolidayTable, HolidayYear, combined, read_table, write_table
from catalog_cache.distribution.city import CityRepository
from catalog_cache.distribution.update import HOLIDAYS
from station.hall.holidays.models import HolidayDraft
from station.hall.holidays.service import YearChange, by_year, changes, city_table, read, spoken
from station.hall.publishing import arrivals, base
from station.hall.publishing.desk import Desk


def in_force(city: CityRepository) -> dict[int, HolidayYear]:
    """What this city announced, by year. Raises PublishRefused."""
    years = combined(*(read_table(data) for data in city.contents(HOLIDAYS)))
    published = (row.published for row in HolidayDraft.select() if row.published)
    return {year.year: year for year in years} | {one.year: one for one in map(read, published)}


def files(city: CityRepository, *, has_draft: bool = True) -> dict[str, bytes]:
    """The table to be signed for every county: what is in force, and the draft over it.

    has_draft: False for what is in force alone. Nothing while this desk never entered a year, as each
    county then keeps the table of its ceremony. Raises PublishRefused.
    """
    rows = list(HolidayDraft.select().order_by(HolidayDraft.year))
    records = [row.record if has_draft else row.published for row in rows]
    entered = {one.year: one for one in map(read, filter(None, records))}
    return {HOLIDAYS: write_table((in_force(city) | entered).values())} if entered else {}


def with_next_version(desk: Desk) -> list[YearChange]:
    """What of the city's new table comes into force with this county's next version, as a review shows it.

    Nothing while a newer base waits that the draft does not lie over, and nothing of what the draft says
    itself. Raises BadPack, BadRecord, PublishRefused.
    """
    held = base.held()
    if desk.is_city or arrivals.to_sign_with(desk.repository, held.sha256 if held else "") is None:
        return []
    news, above, own = arrivals.waiting(desk.repository), city_table(desk.metadata_dir), changes()
    found = coming(news.files, above) if news else []
    before = by_year(above)
    told = [YearChange(one.year, _spoken(before.get(one.year)), spoken(one)) for one in found]
    return [one for one in told if not any(one.after == other.after for other in own)]


def _spoken(notice: HolidayYear | None) -> tuple[str, ...]:
    return spoken(notice) if notice is not None and not notice.provisional else ()


def coming(waiting: Mapping[str, bytes], above: HolidayTable | None) -> list[HolidayYear]:
    """The years that the city announced anew and that count with a county's next version, latest first.

    waiting: the city's files that wait there, by path; above: the city's table in force. Raises BadRecord.
    """
    data, held = waiting.get(HOLIDAYS), by_year(above)
    years = read_table(data).years if data else ()
    found = [one for one in years if not one.provisional and held.get(one.year) != one]
    return sorted(found, key=lambda one: -one.year)
