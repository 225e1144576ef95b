"""The papers of an intake, made from the folded cases, so that a reprint says what the first print said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from catalog_cache.calendar.workdays import NoDate
from catalog_cache.model import CopyKind, Item, Limit, Unit
from station.cases.clocks import NOTICE_WORKDAYS, local_day, local_text
from station.cases.counter_events import Noticed, Pledged, Received
from station.cases.fold import CaseView, Written
from station.cases.identity import mask, masked_party
from station.cases.numbers import grouped, parse_receipt
from station.cases.parts import Agent, MaterialLine, Party
from station.cases.place import Place
from station.cases.terms import Authority, Held, PartyKind, day_of
from station.documents import given
from station.documents.given import Document, Due, Issue, MaterialState, Office, Person
from station.documents.notice import Notice, build_notice
from station.documents.proof import CERTIFICATE_BYTES, ProofLine, ReceiptProof, seal_proof
from station.documents.receipt import Receipt, build_receipt

FROM_ACCEPTANCE = {Unit.WORKDAY: "自受理之日起算，不含节假日", Unit.DAY: "自受理之日起算"}


@dataclass(frozen=True)
class Reprint:
    """Which print of a paper this is, and why it is printed again."""

    copy: int = 1
    reason: str = ""


FIRST_PRINT = Reprint()


def receipt_paper(place: Place, views: Sequence[CaseView], reprint: Reprint = FIRST_PRINT) -> Document:
    """收件凭证 of a whole intake. views: its cases in their order."""
    first = _received(views[0])
    items = _items(place, views)
    number = parse_receipt(first.body.receipt_number)
    return build_receipt(
        Receipt(
            issue=_issue(place, first, number.shown, items, reprint),
            applicant=_person(views[0].applicant or first.body.applicant),
            agent=_agent(first.body.agent),
            items=_item_lines(views),
            materials=tuple(_material(line, views) for line in merged_lines(views)),
            legal_notes=tuple(note for item in items for note in item.receipt_notes),
            next_steps=_next_steps(views, items),
            terms=_terms(place, first, items),
            fee=_fee(items),
            query_code=first.body.query_word,
            serial=number.serial,
            qr_text=_proof(place, views),
        )
    )


def notice_paper(
    place: Place,
    views: Sequence[CaseView],
    notices: Sequence[Written[Noticed]],
    reprint: Reprint = FIRST_PRINT,
) -> Document:
    """一次性告知书: the notices of several cases of one intake that carry one document number."""
    first, notice = _received(views[0]), notices[0].body
    items = _items(place, views)
    issue = _issue(place, first, notice.document_number, items, reprint)
    told = given.Issue(**{**vars(issue), "stamp": notices[0].event.stamp, "clerk": notices[0].event.by.name})
    lines = {line.name: line for written in notices for line in written.body.lines}
    materials = tuple(
        given.MaterialLine(
            line.name, "", 1, None, MaterialState(line.state.value), line.reason, line.standard
        )
        for line in lines.values()
    )
    due = Due("补正期限", notice.deadline_words, day_of(notice.deadline))
    return build_notice(
        Notice(
            issue=told,
            receipt_number=grouped(first.body.receipt_number),
            received_on=local_text(first.event.at),
            applicant=_person(views[0].applicant or first.body.applicant),
            agent=_agent(first.body.agent),
            items=_item_lines(views),
            materials=materials,
            ordinal=notice.number,
            due=due,
            legal_notes=tuple(note for item in items for note in item.receipt_notes),
            contact=notice.contact or f"{place.name}任一窗口",
        )
    )


def merged_lines(views: Iterable[CaseView]) -> list[MaterialLine]:
    """The materials of all cases of an intake, the same one once."""
    found: dict[str, MaterialLine] = {}
    for view in views:
        for line in view.materials.values():
            found.setdefault(line.name, line)
    return list(found.values())


def _received(view: CaseView) -> Written[Received]:
    received = view.received
    assert received is not None, "papers are made of cases that were taken in"
    return received


def _issue(
    place: Place, first: Written[Received], number: str, items: Sequence[Item], reprint: Reprint
) -> Issue:
    phones = [item.phone for item in items if item.phone]
    complaints = [item.complaint_phone for item in items if item.complaint_phone]
    office = Office(
        name=first.body.station,
        division=first.body.division,
        phone=phones[0] if phones else "",
        complaint_phone=complaints[0] if complaints else "",
    )
    return Issue(
        number=number,
        office=office,
        clerk=first.event.by.name,
        stamp=first.event.stamp,
        catalog_version=first.body.catalog,
        copy=reprint.copy,
        reprint_reason=reprint.reason,
        is_specimen=place.is_demo,
    )


def _items(place: Place, views: Sequence[CaseView]) -> list[Item]:
    found = (place.item_as_of(_received(v).body.item_code, _received(v).body.catalog) for v in views)
    return [item for item in found if item is not None]


def _item_lines(views: Sequence[CaseView]) -> tuple[given.ItemLine, ...]:
    bodies = [_received(view).body for view in views]
    return tuple(given.ItemLine(body.item_code, body.item_name, body.situation) for body in bodies)


def _person(party: Party) -> Person:
    return Person(
        name=masked_party(party.kind, party.name),
        id_label=party.id_kind.label,
        id_number=party.id_number if party.kind is PartyKind.FIRM else mask("id", party.id_number),
        phone=mask("phone", party.phone),
    )


def _agent(agent: Agent | None) -> Person | None:
    if agent is None:
        return None
    by = agent.authority.label + ("代办" if agent.authority is Authority.KIN else "")
    return Person(
        mask("name", agent.name),
        agent.id_kind.label,
        mask("id", agent.id_number),
        mask("phone", agent.phone),
        by,
    )


def _material(line: MaterialLine, views: Sequence[CaseView]) -> given.MaterialLine:
    form = "核对原件，收复印件" if line.kind is CopyKind.CHECK_ORIGINAL else line.kind.label
    copies = max(line.originals, line.copies, 1)
    pages = line.pages if line.state is Held.IN and line.pages else None
    return given.MaterialLine(
        line.name, form, copies, pages, MaterialState(line.state.value), _note(line, views)
    )


def _note(line: MaterialLine, views: Sequence[CaseView]) -> str:
    if line.state is Held.PLEDGED:
        days = [w.body.until for v in views for w in v.all(Pledged) if w.body.until]
        return f"{days[0]} 前补齐" if days else "按容缺承诺补齐"
    if line.state is Held.IN:
        return ""
    numbers = [w.body.document_number for v in views for w in v.all(Noticed)]
    return f"见告知书 …{numbers[0][-8:]}" if numbers else line.reason


def _next_steps(views: Sequence[CaseView], items: Sequence[Item]) -> tuple[str, ...]:
    lacking = [str(place) for place, line in enumerate(merged_lines(views), 1) if line.state is not Held.IN]
    names = dict.fromkeys(agency for item in items if (agency := department_of(item)))
    offices = "、".join(names) or "上级大厅"
    if lacking:
        return (f"请补齐第 {'、'.join(lacking)} 项，交到本站任一窗口", f"本站会把已收材料先送{offices}")
    return (f"材料已按清单收齐，本站送{offices}，是否受理以其通知为准", "请留意电话，凭本凭证查询和领取")


def department_of(item: Item) -> str:
    """Who decides on an item."""
    return item.department or (item.agency.name if item.agency else "")


def _terms(place: Place, first: Written[Received], items: Sequence[Item]) -> tuple[Due, ...]:
    start = local_day(first.event.at)
    deadline = place.calendar.deadline_on_paper(start, NOTICE_WORKDAYS, "workday")
    notice = _due("一次告知", f"收到材料之日起 {NOTICE_WORKDAYS} 个工作日内", deadline)
    if place.is_catalog_expired:
        return (notice, Due("办结时限", "本站目录已过有效期，请以大厅告知为准"))
    return (notice, *(term for item in items for term in _limits(item, len(items) > 1)))


def _limits(item: Item, is_named: bool) -> tuple[Due, ...]:
    named = f"（{item.name}）" if is_named else ""
    limits = (("承诺办结", item.promised), ("法定办结", item.statutory))
    return tuple(Due(label + named, spoken_limit(limit)) for label, limit in limits if limit is not None)


def spoken_limit(limit: Limit) -> str:
    """A limit in words, as it stands on paper."""
    if limit.value == 0:
        return "当场办结"
    return f"{limit.value} {limit.unit.label}，{FROM_ACCEPTANCE[limit.unit]}"


def _due(label: str, rule: str, deadline: date | NoDate) -> Due:
    if isinstance(deadline, NoDate):
        return Due(label, rule, None, deadline.reason.rstrip("。"))
    return Due(label, rule, deadline)


def _fee(items: Sequence[Item]) -> str:
    fees = [f"{item.name}：{fee.name} {fee.standard}" for item in items for fee in item.fees]
    return "；".join(fees) + "。" if fees else "不收费。"


def _proof(place: Place, views: Sequence[CaseView]) -> str:
    """The text of the QR code; "" while no hall has vouched for this station's key."""
    if len(place.certificate) != CERTIFICATE_BYTES:
        return ""
    first = _received(views[0])
    lines = tuple(
        ProofLine(
            _received(view).body.item_code,
            view.case_id,
            _received(view).body.situation[:60],
            tuple((line.id, MaterialState(line.state.value)) for line in _received(view).body.materials),
        )
        for view in views
    )
    number = parse_receipt(first.body.receipt_number).shown
    proof = ReceiptProof(number, first.event.at, first.event.proof, first.body.catalog, lines)
    return seal_proof(proof, place.keys, place.certificate)
