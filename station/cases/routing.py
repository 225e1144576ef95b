"""Which hall a case goes to, and what is said where that is not the hall of the implementing agency.

Letters reach the nearest hall above a station, also through a township. A matter of the city, or of an
agency of another county, still goes to that hall; then paper and pages say so, and the hall is told.
"""

from catalog_cache.divisions import load_divisions
from catalog_cache.model import Item, Level
from sync.register import Peer, find_peer

AGENCY_DIVISION = slice(2, 8)  # of an 18-character credit code
PREFIX_DIGITS = {Level.CITY: 4, Level.COUNTY: 6}


def routing_note(hall: Peer | None, item: Item) -> str:
    """Why somebody else than `hall` decides, in Chinese; "" where it is the hall of the agency.

    hall: the one that the case goes to. What townships and villages implement is decided by the hall above.
    """
    if hall is None or item.level not in PREFIX_DIGITS or _is_hall_of(hall, item):
        return ""
    agency = item.agency.name if item.agency else item.department or item.level.label
    return (
        f"“{item.name}”由{agency}（{item.level.label}）办理；它的大厅不在本站的上级线路上，"
        f"办件先送{hall.name}，由其转送。"
    )


def forwarding_note(own_id: str, item: Item) -> str:
    """The same for the hall that has got the case; "" where it decides itself."""
    hall = find_peer(own_id)
    if hall is None or not routing_note(hall, item):
        return ""
    agency = item.agency.name if item.agency else item.department or item.level.label
    return f"本事项由{agency}（{item.level.label}）办理，本厅代收，请转送。"


def _is_hall_of(hall: Peer, item: Item) -> bool:
    if hall.level != item.level.value:
        return False
    code = item.agency.code[AGENCY_DIVISION] if item.agency else ""
    digits = PREFIX_DIGITS[item.level]
    is_known = bool(code) and f"{code}000000" in load_divisions()
    return not is_known or code[:digits] == hall.division[:digits]
