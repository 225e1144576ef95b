"""A version came into force: reports that were taken up are closed where the element reads otherwise now."""

from station.cases.place import Place
from station.corrections import book
from station.corrections.elements import digest_of
from station.corrections.letters import State, Verdict
from station.corrections.models import Correction
from station.hall.corrections.service import Decision, answer, entry_in_use
from sync.rows import write

LOOKED_AT_ONCE = 100
BY_ITSELF = "系统自动"
GONE = "这一版起，目录里没有它了。"


def close_mended(place: Place, looked_at_once: int = LOOKED_AT_ONCE) -> int:
    """Tell the stations of each report that the version in use mends; returns how many were closed.

    Doing it twice does nothing more: what is closed is not looked at again. A report whose element still
    reads as before stays open, whatever else of its item was changed; the desk can close it by hand.
    looked_at_once: reports in one transaction, so that mail and pages get their turn in between.
    """
    if place.is_copy or place.catalogs is None or place.catalogs.current() is None:
        return 0  # a copy writes to nobody, and nothing reads otherwise where nothing can be read
    closed, last = 0, ""
    while rows := _taken_up(place, last, looked_at_once):
        last = rows[-1].report_id
        with write():
            closed += sum(_is_closed_now(place, one.report_id) for one in rows)
    return closed


def _taken_up(place: Place, after: str, count: int) -> list[Correction]:
    """Reports that were taken up, in the order of their ids."""
    taken = Correction.select(Correction.report_id).where(
        Correction.hall == place.node_id,
        Correction.state == State.TAKEN_UP.value,
        Correction.report_id > after,
    )
    return list(taken.order_by(Correction.report_id).limit(count))


def _is_closed_now(place: Place, report_id: str) -> bool:
    """Close one report if its element changed; somebody may have decided otherwise meanwhile."""
    found = book.find(report_id)
    if found is None or found.state != State.TAKEN_UP:
        return False
    entry = entry_in_use(place, found.item_code)
    if digest_of(entry, found.element) == found.before:
        return False
    answer(place, found, Decision(Verdict.MENDED, "" if entry else GONE), BY_ITSELF)
    return True
