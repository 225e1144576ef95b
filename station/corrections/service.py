"""What a station does about a wrong guide: report it, answer the hall's question, see what became of it.

A report and its letter are written in one transaction, network or not; the hall's answers come as mail.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from station.cases.clocks import local_day, utc_day_start
from station.cases.place import Place
from station.corrections import book
from station.corrections.elements import Entry, element_of, named_by
from station.corrections.errors import OddReport, ReplyRefused, TooManyReports, UnknownReport
from station.corrections.letters import CLOSED, Answered, Letter, Replied, Reported, State, read_letter
from station.corrections.mail import REPORTS_A_DAY_MAX, count_between
from station.corrections.models import Correction, CorrectionLetter
from sync import outbox
from sync.moments import moment_text
from sync.rows import write
from sync.tables import OutLetter

SHOWN_AT_ITEM_MAX = 5
FORGOTTEN_AT_ONCE = 500
TOLD_AGAIN_MAX = 1000


@dataclass(frozen=True)
class Fault:
    """What a clerk says is wrong with a guide. element: its path; practice: what is really done, or ""."""

    element: str
    said: str
    practice: str = ""


def report(place: Place, entry: Entry, fault: Fault, *, report_id: str, by: str) -> Correction:
    """Write a report down and queue it for the hall; the same report_id again gives the same report.

    entry: the item or package of the catalog in use whose guide is wrong.
    report_id: 32 random hex characters, drawn when the form was shown. by: as the clerk is called.
    Raises NotJoined, CopyClosed, TooManyReports, OddReport.
    """
    hall = place.require_hall()
    with write():
        known = book.find(report_id)
        if known is not None:
            return known
        if left_today(place) <= 0:
            raise TooManyReports(REPORTS_A_DAY_MAX)
        letter = _reported(place, entry, fault, by)
        found = book.open_row(report_id, letter, place.node_id, hall, place.stamp().at)
        put(place, found, letter, to=hall)
    return found


def reply(place: Place, report_id: str, said: str, *, by: str) -> None:
    """Answer the hall's question. Raises UnknownReport, ReplyRefused, CopyClosed."""
    with write():
        found, question = book.row_to_change(report_id), book.question_of(report_id)
        if question is None or found.station != place.node_id:
            raise ReplyRefused
        letter = Replied(
            event=place.new_id(), at=moment_text(place.stamp().at), by=by, question=question.event, said=said
        )
        read_letter(letter.kind, letter.to_dict())
        put(place, found, letter, to=found.hall)


def tell_again(place: Place, station_id: str) -> int:
    """Write to a station whose PC was replaced the last answers that were erased here after their time.

    In the caller's transaction. Returns how many were told.
    """
    gone = OutLetter.select(OutLetter.subject).where(
        OutLetter.erased_at.is_null(False), OutLetter.kind == Answered.kind
    )
    answered = Correction.select().where(
        Correction.station == station_id, Correction.hall == place.node_id, Correction.report_id.in_(gone)
    )
    rows = list(answered.order_by(Correction.changed_at.desc()).limit(TOLD_AGAIN_MAX))
    for found in rows:
        answers = [one for one in book.letters_of(found.report_id) if isinstance(one, Answered)]
        post(place, found, answers[-1], to=station_id)
    return len(rows)


def put(place: Place, found: Correction, letter: Letter, *, to: str) -> None:
    """Post a letter of ours about a report and write it down, inside the caller's transaction."""
    post(place, found, letter, to=to)
    book.keep(found.report_id, letter, place.node_id)


def post(place: Place, found: Correction, letter: Letter, *, to: str) -> None:
    """Post a letter of ours about a report, inside the caller's transaction. Raises CopyClosed."""
    place.refuse_copy()
    sent = outbox.Letter(
        to=to,
        kind=letter.kind,
        subject=found.report_id,
        payload=letter.to_dict(),
        stamp=place.stamp(),
        catalog_version=found.catalog,
    )
    outbox.post(place.keys, place.node_id, sent)


def left_today(place: Place) -> int:
    """How many more reports this station may send today."""
    start = utc_day_start(local_day(place.stamp().at))
    return REPORTS_A_DAY_MAX - count_between(place.node_id, start, start + timedelta(days=1))


def own(place: Place, by: str = "") -> Any:
    """The query of this station's reports, those with news first. by: of one clerk alone."""
    mine = Correction.select().where(Correction.station == place.node_id)
    if by:
        mine = mine.where(Correction.by == by)
    return mine.order_by(Correction.changed_at.desc(), Correction.report_id)


def own_row(place: Place, report_id: str) -> Correction:
    """One report of this station. Raises UnknownReport."""
    found = book.row(report_id)
    if found.station != place.node_id:
        raise UnknownReport
    return found


def about(place: Place, item_code: str) -> list[Correction]:
    """The latest reports of this station about an item, newest first."""
    return list(own(place).where(Correction.item_code == item_code).limit(SHOWN_AT_ITEM_MAX))


def asked_count(place: Place) -> int:
    """How many reports of this station wait for its reply."""
    return int(own(place).where(Correction.state == State.ASKED.value).count())


def forget_closed(before: datetime) -> int:
    """Delete reports that were closed before a moment, letters and all; returns how many they were."""
    closed = [state.value for state in CLOSED]
    old = Correction.select(Correction.report_id).where(
        Correction.state.in_(closed), Correction.changed_at < before
    )
    ids = [row.report_id for row in old.limit(FORGOTTEN_AT_ONCE)]
    with write():
        CorrectionLetter.delete().where(CorrectionLetter.report_id.in_(ids)).execute()
        Correction.delete().where(Correction.report_id.in_(ids)).execute()
    return len(ids)


def _reported(place: Place, entry: Entry, fault: Fault, by: str) -> Reported:
    found = element_of(entry, fault.element, named_by(place.catalog))
    if found is None:
        raise OddReport(Reported.kind, "这个事项里没有所选的部分。")
    letter = Reported(
        event=place.new_id(),
        at=moment_text(place.stamp().at),
        by=by,
        station=place.name,
        item=entry.code,
        name=entry.name,
        catalog=place.catalog.version,
        element=found.path,
        label=found.label,
        shown=found.shown,
        said=fault.said,
        practice=fault.practice,
    )
    read_letter(letter.kind, letter.to_dict())  # what would be refused there is refused here
    return letter
