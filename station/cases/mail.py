"""Letters about cases that came from the other side: checked against who may say what, then written down.

Any refusal raised here sets the letter aside with its reason; the rest of the stream goes on.
"""

from collections.abc import Callable
from datetime import timedelta

from catalog_cache.codes import implementation_code_of
from catalog_cache.model import Item
from station.cases import ledger
from station.cases.clocks import local_day
from station.cases.counter_events import Printed, Received
from station.cases.errors import NotYourCase, OddEvent, OddNumber
from station.cases.events import Event, read_event
from station.cases.hall_events import Arrived, Prechecked
from station.cases.ledger import SYSTEM, case_row, power_rank, write_event
from station.cases.models import Case, Intake, next_counted
from station.cases.numbers import official_number, parse_receipt
from station.cases.papers import department_of
from station.cases.parts import HALL, STATION, Flag
from station.cases.place import Place
from station.cases.routing import forwarding_note
from station.cases.terms import Outcome, Path
from sync.mailbox import Arrived as Letter
from sync.mailbox import Handler
from sync.moments import moment_text
from sync.register import Peer

DUPLICATE_DAYS = 180
FLAGS_MAX = 10
KINDS_TAKEN = ("case.", "document.", "result.", "paper.")


def handlers(place: Callable[[], Place]) -> dict[str, Handler]:
    """What this room takes in, by the beginning of the kind. place: asked when a letter comes."""

    def take(letter: Letter) -> None:
        """One letter, at the place as it is now."""
        take_letter(place(), letter)

    return dict.fromkeys(KINDS_TAKEN, take)


def take_letter(place: Place, letter: Letter) -> None:
    """Write down one event from another node. Raises OddEvent, NotYourCase, UnknownCase."""
    event = read_event(letter.kind, letter.subject, letter.payload, letter.sender)
    _check_files(letter, event)
    if isinstance(event.body, Received):
        _take_in(place, letter, event, event.body)
        return
    case = case_row(letter.subject)
    _check_writer(place, case, letter, event)
    for case_id in cases_meant(case, event):
        if ledger.keep(case_id, event, path=letter.path, envelope_hash=letter.envelope_hash):
            ledger.refresh(case_id, event)


def _take_in(place: Place, letter: Letter, event: Event, body: Received) -> None:
    """A new case at the hall: kept as it is, answered with its official number and what was noticed."""
    known: Case | None = Case.get_or_none(Case.case_id == event.case_id)
    if not place.takes_cases or (known is not None and known.origin != letter.sender):
        raise NotYourCase(letter.kind, letter.sender)
    if known is not None:
        return
    _check_number(body, letter)
    case = ledger.open_case(body, event, place.node_id)
    ledger.keep(event.case_id, event, path=letter.path, envelope_hash=letter.envelope_hash)
    item = place.item_as_of(body.item_code, body.catalog)
    _answer(place, case, body, item, letter)


def _answer(place: Place, case: Case, body: Received, item: Item | None, letter: Letter) -> None:
    arrived = Arrived(
        official_number=_official_number(place, item),
        department=department_of(item) if item else "",
        arrived_at=moment_text(letter.received_at),
        path=Path(letter.path),
        flags=tuple(_flags(place, case, body, item, letter))[:FLAGS_MAX],
    )
    write_event(place, case, arrived, SYSTEM)
    refusal = _power_refusal(body, item)
    if refusal:
        write_event(place, case, Prechecked(outcome=Outcome.REFUSE, reason=refusal), SYSTEM)


def _official_number(place: Place, item: Item | None) -> str:
    code = implementation_code_of(item) if item else ""
    if not code:
        return ""
    today = local_day(place.stamp().at)
    return official_number(code, today, next_counted(f"official-{code}-{today}", str(today)))


def _power_refusal(body: Received, item: Item | None) -> str:
    """Why the station should not have taken this in; "" when it was within its power."""
    if item is None:
        return "大厅目录中没有这个事项，不能由服务站收件。"
    if not item.is_open:
        return (
            f"按目录，服务站对“{item.name}”只有“{item.power.label}”权限，或该事项现不开放，不能由服务站收件。"
        )
    if power_rank(body.power) > power_rank(item.power):
        return f"服务站使用了“{body.power.label}”权限，目录只给了“{item.power.label}”。"
    return ""


def _flags(place: Place, case: Case, body: Received, item: Item | None, letter: Letter) -> list[Flag]:
    flags = [
        Flag(kind="duplicate", text=_duplicate_text(other), case_id=other.case_id)
        for other in _duplicates(case)
    ]
    twins = Intake.select().where(
        Intake.receipt_number == body.receipt_number, Intake.intake_id != body.intake_id
    )
    if twins.exists():
        flags.append(
            Flag(kind="number_repeated", text="收件编号与另一次收件相同，该站数据可能被复制或恢复过。")
        )
    sender: Peer | None = Peer.get_or_none(Peer.node_id == letter.sender)
    if sender is not None and sender.division != body.division:
        flags.append(Flag(kind="division", text=f"收件编号的区划与该站登记的区划 {sender.division} 不同。"))
    if item is not None and body.catalog != letter.catalog_version:
        flags.append(Flag(kind="catalog", text="信封与内容写的目录版本不同。"))
    if item is not None and (note := forwarding_note(place.node_id, item)):
        flags.append(Flag(kind="routing", text=note))
    return flags


def _duplicates(case: Case) -> list[Case]:
    """Earlier cases of the same person and item; only shown to the reviewer, never merged."""
    since = case.received_at - timedelta(days=DUPLICATE_DAYS)
    return list(
        Case.select()
        .where(
            Case.applicant_key == case.applicant_key,
            Case.item_code == case.item_code,
            Case.case_id != case.case_id,
            Case.received_at >= since,
            Case.stage.not_in(("withdrawn", "turned_away", "refused", "revoked")),
        )
        .order_by(Case.received_at.desc())
        .limit(5)
    )


def _duplicate_text(other: Case) -> str:
    day = local_day(other.received_at)
    return f"同一申请人 {day} 在{other.station_name}申请过同一事项，请核对是否重复。"


def _check_number(body: Received, letter: Letter) -> None:
    try:
        parse_receipt(body.receipt_number)
    except OddNumber as error:
        raise OddEvent(letter.kind, error.why) from error


def _check_files(letter: Letter, event: Event) -> None:
    """The signed header and the sealed payload must speak of the same files."""
    announced = {str(entry["sha256"]) for entry in letter.files}
    if announced != {ref.sha256 for ref in event.files}:
        raise OddEvent(letter.kind, "信封上写的附件与内容里写的不一致。")


def _check_writer(place: Place, case: Case, letter: Letter, event: Event) -> None:
    """A station speaks of its own cases, a hall of those sent to it; each in its own words."""
    side = {case.hall: HALL, case.origin: STATION}.get(letter.sender)
    is_ours = place.node_id in (case.hall, case.origin) and letter.sender != place.node_id
    if side is None or not is_ours:
        raise NotYourCase(letter.kind, letter.sender)
    if event.body is not None and side not in type(event.body).writers:
        raise NotYourCase(letter.kind, letter.sender)


def cases_meant(case: Case, event: Event) -> list[str]:
    """The case of the letter, and for a paper the other cases of its intake that it names."""
    if not isinstance(event.body, Printed):
        return [case.case_id]
    siblings = Case.select(Case.case_id).where(
        Case.case_id.in_(list(event.body.cases)), Case.intake == case.intake
    )
    return list(dict.fromkeys((case.case_id, *(row.case_id for row in siblings))))
