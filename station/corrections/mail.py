"""Letters about wrong guides that came: checked against who may say what, then written into the book.

Any refusal raised here sets the letter aside with its reason; the rest of the stream goes on.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from station.cases.clocks import local_day, utc_day_start
from station.cases.place import Place
from station.cases.terms import HEX32
from station.corrections import book
from station.corrections.errors import NotYourReport, OddReport, TooManyReports
from station.corrections.letters import CLOSED, Answered, Letter, Replied, Reported, read_letter
from station.corrections.models import Correction
from sync.mailbox import RETURNED, Handler
from sync.mailbox import Arrived as Came
from sync.register import find_peer

KIND = "correction."
REPORTS_A_DAY_MAX = 20
TAKEN_A_DAY_MAX = 2 * REPORTS_A_DAY_MAX  # a PC that was replaced does not know what it sent today
OPEN_PER_STATION_MAX = 500


def handlers(place: Callable[[], Place]) -> dict[str, Handler]:
    """What this room takes in, and takes up again, by the beginning of the kind."""

    def take(letter: Came) -> None:
        """One letter of another node, at the place as it is now."""
        take_letter(place(), letter)

    def back(ours: Came) -> None:
        """One letter of ours that came back."""
        take_back(place(), ours)

    return {KIND: take, f"{RETURNED}{KIND}": back}


def take_letter(place: Place, came: Came) -> None:
    """Write down one letter of another node.

    Raises OddReport, NotYourReport, UnknownReport, TooManyReports.
    """
    letter = read_letter(came.kind, came.payload)
    if isinstance(letter, Reported):
        _take_report(place, letter, came)
        return
    found = book.row(came.subject)
    _check_writer(place, found, letter, came)
    if book.is_full(found.report_id):
        raise OddReport(came.kind, f"一条报错最多 {book.LETTERS_MAX} 封信件。")
    book.keep(found.report_id, letter, came.sender)


def take_back(place: Place, ours: Came) -> None:
    """Write one letter of ours down again, after this database was lost or set back. Raises as above."""
    letter = read_letter(ours.kind, ours.payload)
    if ours.sender != place.node_id:
        raise NotYourReport(ours.kind, ours.sender)
    if isinstance(letter, Reported) and book.find(ours.subject) is None:
        hall = str(ours.header["to"])
        book.open_row(ours.subject, letter, ours.sender, hall, book.moment_of(letter))
    book.keep(book.row(ours.subject).report_id, letter, ours.sender)


def sent_on_day_of(station: str, letter_at: Reported) -> int:
    """How many reports of a station are dated on the same day in China as this one."""
    day = local_day(book.moment_of(letter_at))
    start = utc_day_start(day)
    return count_between(station, start, start + timedelta(days=1))


def count_between(station: str, start: object, end: object) -> int:
    """How many reports of a station were written from `start` to before `end`, both UTC."""
    of_day = (Correction.made_at >= start) & (Correction.made_at < end)
    return int(Correction.select().where(Correction.station == station, of_day).count())


def _take_report(place: Place, letter: Reported, came: Came) -> None:
    if not re.fullmatch(HEX32, came.subject):
        raise OddReport(came.kind, "报错的编号不对。")
    known = book.find(came.subject)
    if not place.is_hall or (known is not None and known.station != came.sender):
        raise NotYourReport(came.kind, came.sender)
    if known is not None:
        return
    if (
        sent_on_day_of(came.sender, letter) >= TAKEN_A_DAY_MAX
        or _open_of(came.sender) >= OPEN_PER_STATION_MAX
    ):
        raise TooManyReports(REPORTS_A_DAY_MAX)
    known_as = find_peer(came.sender)  # what a station calls itself is not to be relied upon
    named = replace(letter, station=known_as.name) if known_as else letter
    book.open_row(came.subject, named, came.sender, place.node_id, came.received_at)
    book.keep(came.subject, letter, came.sender)


def _open_of(station: str) -> int:
    closed = [state.value for state in CLOSED]
    return int(
        Correction.select().where(Correction.station == station, Correction.state.not_in(closed)).count()
    )


def _check_writer(place: Place, found: Correction, letter: Letter, came: Came) -> None:
    """A station replies about its own reports, its hall answers them; nobody else."""
    writer, reader = (
        (found.hall, found.station) if isinstance(letter, Answered) else (found.station, found.hall)
    )
    assert isinstance(letter, Answered | Replied), "reports are taken before"
    if (came.sender, place.node_id) != (writer, reader):
        raise NotYourReport(came.kind, came.sender)
