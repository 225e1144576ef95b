"""The book of events: written here with the letter that reports them, read back as a case.

Writing an event, its letter to the other side and what lists show of it is one transaction.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from catalog_cache.model import Power
from station.cases.counter_events import Received
from station.cases.errors import OddNumber, UnknownCase
from station.cases.events import Event, new_event, read_event
from station.cases.fold import CaseView, fold
from station.cases.hall_events import Arrived
from station.cases.identity import masked_party
from station.cases.models import Case, CaseEvent, Intake
from station.cases.numbers import OFFICIAL_LENGTH, RECEIPT_LENGTH, parse_receipt, tidy
from station.cases.parts import Actor, Body, FileRef
from station.cases.place import Place
from sync.attachments import StoredFile
from sync.canonical import canonical_json
from sync.outbox import Letter, Posted, post
from sync.rows import write

SYSTEM = Actor(name="系统自动")


def write_event(
    place: Place,
    case: Case,
    body: Body,
    by: Actor,
    *,
    files: Sequence[FileRef] = (),
    also: Iterable[str] = (),
) -> Event:
    """Write an event of ours, post it to the other side of the case, and bring the lists up to date.

    also: further cases of the same intake that the event speaks of; one letter carries it for all.
    """
    with write():
        event = replace(new_event(place.new_id(), case.case_id, place.stamp(), by, body), files=tuple(files))
        return put(place, case, replace(event, node_id=place.node_id), also=also)


def put(place: Place, case: Case, event: Event, *, also: Iterable[str] = ()) -> Event:
    """Write and post an event that was made already, inside the caller's transaction. Raises CopyClosed."""
    posted = post_event(place, case, event)
    for case_id in dict.fromkeys((case.case_id, *also)):
        keep(case_id, event, envelope_hash=posted.envelope_hash)
        refresh(case_id, event)
    return event


def post_event(place: Place, case: Case, event: Event) -> Posted:
    """The letter of an event to the other side of its case. Raises CopyClosed."""
    place.refuse_copy()
    letter = Letter(
        to=other_side(place, case),
        kind=event.kind,
        subject=case.case_id,
        payload=event.as_payload(),
        stamp=event.stamp,
        files=tuple(ref.sha256 for ref in event.files),
        catalog_version=case.catalog,
    )
    return post(place.keys, place.node_id, letter)


def keep(case_id: str, event: Event, *, path: str = "", envelope_hash: str = "") -> bool:
    """Store one event of one case; False when it is here already."""
    values = {
        "case_id": case_id,
        "event_id": event.event_id,
        "kind": event.kind,
        "node_id": event.node_id,
        "payload": canonical_json(event.as_payload()).decode(),
        "path": path,
        "envelope_hash": envelope_hash,
    }
    known = (CaseEvent.case_id == case_id) & (CaseEvent.event_id == event.event_id)
    if CaseEvent.select().where(known).exists():
        return False
    CaseEvent.create(**values)
    return True


def put_last(case_id: str, rows: Iterable[CaseEvent]) -> None:
    """Write these events of a case down again behind all others, in this order."""
    for row in rows:
        row.delete_instance()
        values = {name: getattr(row, name) for name in CaseEvent._meta.fields if name != "number"}
        CaseEvent.create(**values)


def events_of(case_id: str) -> list[Event]:
    """The events of a case in the order in which they came to be here."""
    rows = CaseEvent.select().where(CaseEvent.case_id == case_id).order_by(CaseEvent.number)
    return [read_event(row.kind, row.case_id, json.loads(row.payload), row.node_id) for row in rows]


def view_of(case_id: str) -> CaseView:
    """The case as its events leave it."""
    return fold(case_id, events_of(case_id))


def refresh(case_id: str, event: Event) -> CaseView:
    """Bring the line of a case in the lists up to date after an event."""
    view = view_of(case_id)
    arrived, pledges = view.first(Arrived), view.open_pledges
    values: dict[str, object] = {
        "stage": view.stage.value,
        "official_number": view.official_number,
        "department": view.department,
        "pledge_until": min((w.body.until for w in pledges if w.body.until), default=""),
        "changed_at": event.at,
    }
    if arrived:
        values["arrived_at"] = arrived.event.at
    if view.applicant is not None:
        values["applicant_shown"] = masked_party(view.applicant.kind, view.applicant.name)
        values["applicant_key"] = person_key(view.applicant.id_number)
    Case.update(**values).where(Case.case_id == case_id).execute()
    return view


def open_intake(body: Received, event: Event, token: str | None = None) -> Intake:
    """The intake a received case belongs to; made by the first of its cases."""
    found: Intake | None = Intake.get_or_none(Intake.intake_id == body.intake_id)
    if found is not None:
        return found
    return Intake.create(
        intake_id=body.intake_id,
        receipt_number=body.receipt_number,
        running=body.running,
        origin=event.node_id,
        token=token,
        clerk=event.by.name,
        received_at=event.at,
    )


def open_case(body: Received, event: Event, hall: str, token: str | None = None) -> Case:
    """The line of a new case; its event still has to be written."""
    return Case.create(
        case_id=event.case_id,
        intake=open_intake(body, event, token),
        position=body.position,
        receipt_number=body.receipt_number,
        item_code=body.item_code,
        item_name=body.item_name,
        origin=event.node_id,
        hall=hall,
        station_name=body.station,
        division=body.division,
        applicant_shown=masked_party(body.applicant.kind, body.applicant.name),
        applicant_key=person_key(body.applicant.id_number),
        stage="received",
        catalog=body.catalog,
        received_at=event.at,
        changed_at=event.at,
    )


def case_row(case_id: str) -> Case:
    """The line of one case. Raises UnknownCase."""
    found: Case | None = Case.get_or_none(Case.case_id == case_id)
    if found is None:
        raise UnknownCase(case_id)
    return found


def cases_of(intake: Intake) -> list[Case]:
    """The cases of an intake in their order."""
    return list(Case.select().where(Case.intake == intake).order_by(Case.position))


def find_cases(number: str) -> list[Case]:
    """The cases under a receipt number, an official number, or a case id. Raises OddNumber, UnknownCase."""
    plain = tidy(number)
    if len(plain) in (OFFICIAL_LENGTH, 32):
        rows = list(Case.select().where((Case.official_number == plain) | (Case.case_id == plain.lower())))
    elif len(plain) >= RECEIPT_LENGTH:
        wanted = parse_receipt(plain[:RECEIPT_LENGTH]).plain  # a document number may follow the receipt's
        rows = list(Case.select().where(Case.receipt_number == wanted).order_by(Case.position))
    else:
        raise OddNumber(number, f"收件编号应有 {RECEIPT_LENGTH} 位，办件编号应有 {OFFICIAL_LENGTH} 位。")
    if not rows:
        raise UnknownCase(number)
    return rows


def other_side(place: Place, case: Case) -> str:
    """Who hears of what is written here: the hall of the station, or the station of the hall."""
    return str(case.origin if case.hall == place.node_id else case.hall)


def ref_of(stored: StoredFile) -> FileRef:
    """A stored file as events carry it."""
    return FileRef(
        sha256=stored.sha256,
        size=stored.size,
        key_b64=stored.key_b64,
        plain_sha256=stored.plain_sha256,
        plain_size=stored.plain_size,
        media_type=stored.media_type,
        name=stored.name,
    )


def person_key(id_number: str) -> str:
    """The same person gives the same key; it is not shown and not sent."""
    return hashlib.sha256(id_number.encode()).hexdigest()


def power_rank(power: Power) -> int:
    """Powers from least to most."""
    return list(Power).index(power)
