"""What the window does with a result: find it, tell the applicant, hand it over against ID and signature.

The hand-over, its event, its letter to the hall and its paper are one transaction.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from station.cases import counter
from station.cases.clocks import local_day
from station.cases.counter_events import HandedOut
from station.cases.errors import ActRefused, UnknownFile
from station.cases.fold import CaseView, Stage
from station.cases.identity import read_id, read_name
from station.cases.ledger import case_row, view_of
from station.cases.models import Case, Document, Intake
from station.cases.numbers import document_number
from station.cases.papers import Reprint
from station.cases.parts import Actor
from station.cases.place import Place
from station.cases.prints import REPRINTS_MAX, keep_print
from station.cases.terms import Paper, PartyKind, Signature
from station.handout.errors import ReceiverRefused
from station.handout.paper import handover_paper
from sync import attachments
from sync.rows import write

UNCLAIMED_DAYS = 30
OWN = "本人"
AGENT = "代办人"
OTHER = "受托人"


def tray(node_id: str, which: str, now: datetime) -> Any:
    """The query of cases of this station whose result is here. which: waiting, unclaimed or done."""
    ours = Case.select(Case, Intake).join(Intake).where(Case.origin == node_id)
    if which == "done":
        return ours.where(Case.stage == Stage.HANDED_OUT.value).order_by(Case.changed_at.desc())
    waiting = ours.where(Case.stage == Stage.DECIDED.value)
    if which == "unclaimed":
        waiting = waiting.where(Case.changed_at < now - timedelta(days=UNCLAIMED_DAYS))
    return waiting.order_by(Case.changed_at)


def counts(node_id: str, now: datetime) -> dict[str, int]:
    """How many cases each list holds."""
    return {which: tray(node_id, which, now).count() for which in ("waiting", "unclaimed", "done")}


def is_complete(view: CaseView) -> bool:
    """Whether every file of the result is here, whole."""
    decided = view.decided
    return decided is not None and all(attachments.is_whole(sha256) for sha256 in decided.body.files)


def tell(place: Place, case_id: str, way: str, person: str, by: Actor) -> None:
    """Note that somebody was told. Raises ActRefused."""
    counter.tell(place, case_id, way, read_name(person), by)


def hand_out(place: Place, case_id: str, given: HandedOut, by: Actor) -> Document:
    """Hand the result over and keep its record, 送达回证.

    given: what the form says, without a document number. Raises ReceiverRefused, OddIdentity for a
    receiver who may not have it, ActRefused where there is no result to hand out.
    """
    with write():
        case, view = case_row(case_id), view_of(case_id)
        if view.stage is not Stage.DECIDED:
            raise ActRefused(given.title, f"办件现在是“{view.stage.label}”，没有待领取的结果。")
        if not is_complete(view):
            raise ActRefused(
                given.title, "结果文件还没有全部传到本站。", "请稍后再试；可到收发页立即联系大厅。"
            )
        sound = checked(view, given, place.stamp().at)
        number = _next_number(case)
        counter.hand_out(place, case_id, replace(sound, document_number=number), by)
        made = handover_paper(place, view_of(case_id))
        return keep_print(place, [case], Paper.HANDOUT, made, by)


def reprint(place: Place, case_id: str, reason: str, by: Actor) -> Document:
    """Print the record once more; it says 补打, how often, and why. Raises ActRefused, UnknownFile."""
    if not reason.strip():
        raise ActRefused("补打", "没有写明补打的原因。", "请写明原因，例如“领取人遗失”。")
    with write():
        case, last = case_row(case_id), record_of(case_id)
        if last is None:
            raise UnknownFile
        if last.copy >= REPRINTS_MAX:
            raise ActRefused("补打", f"这份文书已打印 {last.copy} 次。", "请联系站负责人核实原因。")
        again = Reprint(last.copy + 1, reason.strip()[:100])
        made = handover_paper(place, view_of(case_id), again)
        return keep_print(place, [case], Paper.HANDOUT, made, by, again)


def record_of(case_id: str) -> Document | None:
    """The latest print of the case's 送达回证."""
    prints = Document.select().where(Document.case_id == case_id, Document.kind == Paper.HANDOUT.value)
    found: Document | None = prints.order_by(Document.made_at.desc(), Document.copy.desc()).first()
    return found


def checked(view: CaseView, given: HandedOut, now: datetime) -> HandedOut:
    """The record with its values in plain form. Raises ReceiverRefused, OddIdentity."""
    number = read_id(given.id_kind, given.id_number, local_day(now))
    sound = replace(given, receiver=read_name(given.receiver), id_number=number)
    _check_relation(view, sound)
    if sound.signature is Signature.REFUSED and not (sound.witness and sound.note):
        raise ReceiverRefused(
            "witness" if not sound.witness else "note",
            "拒签时要有见证人，并写明拒收的理由。",
            "请请见证人在场，把姓名和理由填上。",
        )
    return sound


def _check_relation(view: CaseView, given: HandedOut) -> None:
    applicant, agent = view.applicant, view.agent
    if given.relation == OWN:
        is_same = applicant is not None and applicant.id_number == given.id_number
        if not is_same or (applicant is not None and applicant.kind is not PartyKind.PERSON):
            raise ReceiverRefused(
                "id_number",
                "证件号码与申请人的不一致，不能按“本人”领取。",
                "请核对证件原件；别人来领时，请选“代办人”或“受托人”。",
            )
    elif given.relation == AGENT:
        if agent is None or agent.id_number != given.id_number:
            raise ReceiverRefused(
                "id_number",
                "证件号码与收件时登记的代办人不一致。",
                "请核对证件原件；换了人来领时，请选“受托人”并写明委托书。",
            )
    elif not given.note:
        raise ReceiverRefused(
            "note", "受托人领取要写明凭什么领。", "请写明委托书的日期和委托人，并把委托书留存。"
        )


def _next_number(case: Case) -> str:
    """The number of one more paper of the intake, used up in the caller's transaction."""
    intake_id = case.intake.intake_id
    Intake.update(papers=Intake.papers + 1).where(Intake.intake_id == intake_id).execute()
    return document_number(case.receipt_number, Intake.get_by_id(intake_id).papers)
