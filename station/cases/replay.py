"""Our own events, given back by the other side after this database was lost or set back.

Each is written into the book again, once, in its old place: before what was written here since the
loss. Every number it used counts as used, so that none is given to anybody else.
"""

import json
import re
from collections.abc import Callable

from station.cases import ledger
from station.cases.counter_events import Printed, Received
from station.cases.errors import NotYourCase, OddNumber
from station.cases.events import Event, read_event
from station.cases.hall_events import Arrived
from station.cases.ledger import case_row
from station.cases.mail import KINDS_TAKEN, cases_meant
from station.cases.models import Case, CaseEvent, Intake, raise_to
from station.cases.numbers import OFFICIAL_LENGTH, grouped, parse_receipt
from station.cases.place import Place
from station.cases.terminal import know_terminal
from sync.attachments import is_whole
from sync.homecoming import written_since
from sync.mailbox import RETURNED, Handler
from sync.mailbox import Arrived as Letter
from sync.tables import OutLetter

_COUNTED = re.compile(r"(?P<office>.+〔\d{4}〕)(?P<serial>\d{1,15})号")
_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")


def handlers(place: Callable[[], Place]) -> dict[str, Handler]:
    """What this room takes up again, by the beginning of the kind."""

    def take(ours: Letter) -> None:
        """One letter of ours that came back, at the place as it is now."""
        take_back(place(), ours)

    return {f"{RETURNED}{kind}": take for kind in KINDS_TAKEN}


def take_back(place: Place, ours: Letter) -> None:
    """Write one event of ours down again. Raises OddEvent, NotYourCase, UnknownCase."""
    event = read_event(ours.kind, ours.subject, ours.payload, ours.sender)
    if ours.sender != place.node_id:
        raise NotYourCase(ours.kind, ours.sender)
    if isinstance(event.body, Received) and not _is_known(event.case_id):
        ledger.open_case(event.body, event, str(ours.header["to"]))
    for case_id in cases_meant(case_row(ours.subject), event):
        if ledger.keep(case_id, event, envelope_hash=ours.envelope_hash):
            ledger.put_last(case_id, _written_since(case_id, ours))
            ledger.refresh(case_id, event)
    _use_up_numbers(event)


def tell_again(place: Place, station_id: str) -> int:
    """Write to a station once more what was erased here after its time; its disk, and so its copy, is gone.

    In the caller's transaction. Events whose files are gone as well stay untold. Returns how many were told.
    """
    erased = OutLetter.select(OutLetter.origin).where(OutLetter.erased_at.is_null(False))
    own = CaseEvent.select(CaseEvent).join(Case, on=(Case.case_id == CaseEvent.case_id))
    ours = own.where(Case.origin == station_id, CaseEvent.node_id == place.node_id)
    told = 0
    for row in ours.where(CaseEvent.envelope_hash.in_(erased)).order_by(CaseEvent.number):
        event = read_event(row.kind, row.case_id, json.loads(row.payload), row.node_id)
        if all(is_whole(ref.sha256) for ref in event.files):
            posted = ledger.post_event(place, case_row(row.case_id), event)
            CaseEvent.update(envelope_hash=posted.envelope_hash).where(
                CaseEvent.number == row.number
            ).execute()
            told += 1
    return told


def _is_known(case_id: str) -> bool:
    return bool(Case.select().where(Case.case_id == case_id).exists())


def _written_since(case_id: str, ours: Letter) -> list[CaseEvent]:
    """Events of ours in this case that came after the one that is back."""
    rows = CaseEvent.select().where(CaseEvent.case_id == case_id, CaseEvent.node_id == ours.sender)
    own = list(rows.order_by(CaseEvent.number))
    newer = written_since(ours, [row.envelope_hash for row in own])
    return [row for row in own if row.envelope_hash in newer]


def _use_up_numbers(event: Event) -> None:
    body = event.body
    if isinstance(body, Received):
        _use_up_receipt(body)
    elif isinstance(body, Arrived):
        _use_up_official(body.official_number)
    elif isinstance(body, Printed):
        _use_up_paper(body.number)
    _use_up_counted(str(getattr(body, "document_number", "")))


def _use_up_receipt(body: Received) -> None:
    try:
        number = parse_receipt(body.receipt_number)
    except OddNumber:
        return
    know_terminal(number.terminal)
    raise_to(f"receipt-{number.division}-{number.terminal}-{number.day}", number.serial)
    raise_to(f"running-{number.division}-{number.terminal}", body.running)


def _use_up_official(number: str) -> None:
    day = _DAY.fullmatch(number[-12:-4])
    if len(number) == OFFICIAL_LENGTH and day is not None and number[-4:].isdigit():
        raise_to(f"official-{number[:-12]}-{'-'.join(day.groups())}", int(number[-4:]))


def _use_up_paper(number: str) -> None:
    """The second and later papers of an intake are numbered after its receipt."""
    receipt, _, ordinal = number.rpartition("-")
    for intake in Intake.select().where(Intake.receipt_number == receipt.replace("-", "")):
        if ordinal.isdigit() and receipt == grouped(intake.receipt_number) and int(ordinal) > intake.papers:
            Intake.update(papers=int(ordinal)).where(Intake.intake_id == intake.intake_id).execute()


def _use_up_counted(number: str) -> None:
    counted = _COUNTED.fullmatch(number)
    if counted is not None:
        raise_to(f"document:{counted['office']}"[:80], int(counted["serial"]))
