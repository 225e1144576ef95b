"""送达回证 of one case, made from its events, so that a reprint says what the first print said."""

from station.cases.clocks import local_text
from station.cases.counter_events import HandedOut, Told
from station.cases.fold import CaseView, Written
from station.cases.hall_events import Decided
from station.cases.identity import mask, masked_party
from station.cases.numbers import grouped
from station.cases.papers import FIRST_PRINT, Reprint
from station.cases.parts import Party
from station.cases.place import Place
from station.cases.terms import PartyKind, Signature
from station.documents.given import Document, Issue, Office, Person
from station.documents.handover import HandedOver, Handover, build_handover


def handover_paper(place: Place, view: CaseView, reprint: Reprint = FIRST_PRINT) -> Document:
    """The record of a case that was handed out."""
    received, given, decided = view.received, view.handed_out, view.decided
    assert received and given and decided and view.applicant, "only what was handed out has a record"
    told = view.last(Told)
    is_refused = given.body.signature is Signature.REFUSED
    situation = f"（情形：{received.body.situation}）" if received.body.situation else ""
    return build_handover(
        Handover(
            issue=_issue(place, given, reprint, received.body.catalog),
            case_number=grouped(received.body.receipt_number),
            official_number=view.official_number,
            item_name=received.body.item_name + situation,
            applicant=_applicant(view.applicant),
            receiver=_receiver(given.body, view),
            documents=(_result(decided.body),),
            place=place.name,
            way=given.body.way.label,
            signature_note=given.body.signature.label,
            told_at=local_text(told.event.at) if told else "",
            refusal=given.body.note if is_refused else "",
            witness=given.body.witness,
        )
    )


def _result(body: Decided) -> HandedOver:
    return HandedOver(body.result or body.end.label, body.licence_number or body.document_number)


def _issue(place: Place, given: Written[HandedOut], reprint: Reprint, catalog: int) -> Issue:
    return Issue(
        number=given.body.document_number,
        office=Office(place.name, place.division),
        clerk=given.event.by.name,
        stamp=given.event.stamp,
        catalog_version=catalog,
        copy=reprint.copy,
        reprint_reason=reprint.reason,
        is_specimen=place.is_demo,
    )


def _applicant(party: Party) -> Person:
    number = party.id_number if party.kind is PartyKind.FIRM else mask("id", party.id_number)
    return Person(masked_party(party.kind, party.name), party.id_kind.label, number)


def _receiver(body: HandedOut, view: CaseView) -> Person:
    """With the full name: it is what the receiver signs under. The phone is the one given at the intake."""
    people = (view.applicant, view.agent)
    known = next((one for one in people if one and one.id_number == body.id_number), None)
    phone = mask("phone", known.phone) if known and known.phone else ""
    return Person(body.receiver, body.id_kind.label, mask("id", body.id_number), phone, body.relation)
