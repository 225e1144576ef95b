"""A version came into force: reports that were taken up are closed where the element reads otherwise now."""

from station.cases.place import Place
from station.corrections.elements import digest_of
from station.corrections.letters import State, Verdict
from station.corrections.models import Correction
from station.hall.corrections.service import Decision, answer, item_in_use
from sync.rows import write

CLOSED_AT_ONCE = 1000
BY_ITSELF = "系统自动"


def close_mended(place: Place) -> int:
    """Tell the stations of each report that the version in use mends; returns how many were closed.

    Doing it twice does nothing more: what is closed is not looked at again. A report whose element still
    reads as before stays open, whatever else of its item was changed; the desk can close it by hand.
    """
    if place.catalogs is None or place.catalogs.current() is None:
        return 0  # nothing reads otherwise where nothing can be read
    closed = 0
    with write():
        taken = Correction.select().where(
            Correction.hall == place.node_id, Correction.state == State.TAKEN_UP.value
        )
        for found in list(taken.order_by(Correction.changed_at).limit(CLOSED_AT_ONCE)):
            if digest_of(item_in_use(place, found.item_code), found.element) != found.before:
                answer(place, found, Decision(Verdict.MENDED), BY_ITSELF)
                closed += 1
    return closed
