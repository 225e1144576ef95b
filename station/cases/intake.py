"""Taking an application in: one transaction makes its cases, files, number, papers and letters.

If the receipt came out, everything is there and queued; if anything failed, nothing is, and the
number was not used up. The same token submitted twice gives the same receipt.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import peewee

from catalog_cache.calendar.workdays import NoDate
from catalog_cache.model import Item, Need, Power
from catalog_cache.opening import Days
from catalog_cache.situations import Merged, situation_label
from station.cases.basket import Chosen, line_key, may_miss, merged_list
from station.cases.clocks import local_day
from station.cases.counter_events import Noticed, Pledged, Received
from station.cases.errors import FormRefused, NumbersUsedUp
from station.cases.events import Event, new_event
from station.cases.fold import CaseView, Written, fold
from station.cases.ledger import cases_of, open_case, put, ref_of
from station.cases.models import Case, Document, Intake, next_value
from station.cases.numbers import SERIAL_MAX, ReceiptNumber, document_number
from station.cases.openings import check_open
from station.cases.papers import notice_paper, receipt_paper
from station.cases.parts import Actor, Agent, Body, FileRef, MaterialLine, NoticeLine, Pair, Party
from station.cases.place import Place
from station.cases.prints import keep_print, prints_of
from station.cases.terms import Held, Paper
from station.cases.uploads import Upload
from station.documents.check_words import query_code
from sync import attachments
from sync.clock import Stamp
from sync.rows import write

ITEMS_MAX = 20
SUPPLEMENT_WORKDAYS = 15  # what a notice gives the applicant; a county that rules otherwise changes it here


@dataclass(frozen=True)
class Checked:
    """What the clerk found for one line of the merged list."""

    state: Held
    reason: str = ""
    pages: int = 0
    files: tuple[Upload, ...] = ()


@dataclass(frozen=True)
class Application:
    """Everything one visit brings.

    token: of the draft, 32 hex characters. form: by item code, then field id. checked: by `line_key`
    of the merged list.
    """

    token: str
    chosen: Sequence[Chosen]
    applicant: Party
    agent: Agent | None
    form: Mapping[str, Mapping[str, str]]
    checked: Mapping[str, Checked]
    package: str = ""
    channel: str = "1"


@dataclass(frozen=True)
class TakenIn:
    """What came of it. is_repeat: it was taken in before under the same token."""

    intake: Intake
    cases: list[Case]
    documents: list[Document]
    is_repeat: bool = False


def take_in(place: Place, application: Application, by: Actor) -> TakenIn:
    """Take an application in. Raises FormRefused, PowerMissing, NotJoined, NumbersUsedUp, NotForPaper."""
    place.require_hall()
    if (found := taken_in(application.token)) is not None:
        return found
    _check(application, place.catalog.days)
    try:
        with write():
            return taken_in(application.token) or _Writing(place, application, by).write()
    except peewee.IntegrityError:
        found = taken_in(application.token)  # the same draft, submitted a moment earlier from another window
        if found is None:
            raise
        return found


def taken_in(token: str) -> TakenIn | None:
    """What became of a draft that was submitted; None if it was not."""
    intake: Intake | None = Intake.get_or_none(Intake.token == token)
    if intake is None:
        return None
    return TakenIn(intake, cases_of(intake), prints_of(intake), is_repeat=True)


def _check(application: Application, days: Days | None) -> None:
    if not 0 < len(application.chosen) <= ITEMS_MAX:
        raise FormRefused(f"一次可办 1 到 {ITEMS_MAX} 件事，现有 {len(application.chosen)} 件。")
    for one in application.chosen:
        check_open(one.item, days)
    for line in merged_list(application.chosen):
        checked = application.checked.get(line_key(line))
        if checked is None:
            raise FormRefused(f"还没有核对材料“{line.material.name}”。")
        if checked.state in (Held.MISSING, Held.DEFECTIVE) and not checked.reason.strip():
            raise FormRefused(f"材料“{line.material.name}”缺或不符，要写明原因。")
        if checked.state is Held.PLEDGED and line.material.need is not Need.TOLERANT:
            raise FormRefused(f"目录没有允许材料“{line.material.name}”容缺。")


def earliest_promise(place: Place, items: Iterable[Item], today: date) -> str:
    """The first day by which one of these items is promised to be done; "" when no date can be given.

    A material pledged for later must be in by then, and one paper serves all items that need it.
    """
    limits = [item.promised for item in items if item.promised]
    days = [place.calendar.deadline_on_paper(today, limit.value, limit.unit) for limit in limits]
    known = [day for day in days if not isinstance(day, NoDate)]
    return min(known).isoformat() if known else ""


class _Writing:
    """One intake while it is written, inside the transaction."""

    def __init__(self, place: Place, application: Application, by: Actor) -> None:
        self.place, self.application, self.by = place, application, by
        self.stamp: Stamp = place.stamp()
        self.day: date = local_day(self.stamp.at)
        self.catalog = place.catalog.version
        self.merged = merged_list(application.chosen)
        self.intake_id = place.new_id()
        self.case_ids = [place.new_id() for _ in application.chosen]
        self.number, self.running = self._number()
        self.query_word = query_code(place.below)
        self.refs: dict[str, list[FileRef]] = {}

    def write(self) -> TakenIn:
        """Everything, in order; the caller's transaction takes it back if any of it fails."""
        self.refs = {line_key(line): self._stored(line) for line in self.merged}
        events = [self._events_of(index) for index in range(len(self.case_ids))]
        views = [fold(case_id, made) for case_id, made in zip(self.case_ids, events, strict=True)]
        cases = [self._case(made) for made in events]
        for case, made in zip(cases, events, strict=True):
            for event in made:
                put(self.place, case, event)
        documents = self._papers(views, cases)
        return TakenIn(cases[0].intake, cases, documents)

    def _number(self) -> tuple[ReceiptNumber, int]:
        place = self.place
        serial = next_value(f"receipt-{place.division}-{place.terminal}-{self.day}")
        if serial > SERIAL_MAX:
            raise NumbersUsedUp(place.terminal)
        running = next_value(f"running-{place.division}-{place.terminal}")
        return ReceiptNumber(place.division, place.terminal, self.day, serial), running

    def _stored(self, line: Merged) -> list[FileRef]:
        uploads = self.application.checked[line_key(line)].files
        return [ref_of(attachments.store(one.data, one.media_type, one.name)) for one in uploads]

    def _case(self, events: Sequence[Event]) -> Case:
        received = events[0].body
        assert isinstance(received, Received)
        return open_case(received, events[0], self.place.require_hall(), self.application.token)

    def _events_of(self, index: int) -> list[Event]:
        lines = self._lines_of(index)
        files = [ref for line, _ in lines for ref in self.refs[line_key(line)]]
        events = [self._event(index, self._received(index, [held for _, held in lines]), files)]
        lacking = [(line, held) for line, held in lines if self._is_told(line, held)]
        if lacking:
            events.append(self._event(index, self._noticed(lacking)))
        pledged = [held.id for _, held in lines if held.state is Held.PLEDGED]
        if pledged:
            events.append(self._event(index, self._pledged(index, pledged)))
        return events

    def _event(self, index: int, body: Body, files: Sequence[FileRef] = ()) -> Event:
        event = new_event(self.place.new_id(), self.case_ids[index], self.stamp, self.by, body)
        return replace(event, node_id=self.place.node_id, files=tuple(files))

    def _lines_of(self, index: int) -> list[tuple[Merged, MaterialLine]]:
        """The lines of one case, under the names its own item gives them."""
        return [
            (line, self._material_line(line, material_id))
            for line in self.merged
            for source, material_id in line.sources
            if source == index
        ]

    def _material_line(self, line: Merged, material_id: str) -> MaterialLine:
        checked, material = self.application.checked[line_key(line)], line.material
        return MaterialLine(
            id=material_id,
            name=material.name,
            state=checked.state,
            reason=checked.reason.strip(),
            kind=material.kind,
            originals=material.originals,
            copies=material.copies,
            pages=checked.pages or sum(one.pages for one in checked.files),
            files=tuple(ref.sha256 for ref in self.refs[line_key(line)]),
        )

    def _received(self, index: int, materials: Sequence[MaterialLine]) -> Received:
        one, place, application = self.application.chosen[index], self.place, self.application
        labels = {field.id: field.label for field in one.item.form}
        values = application.form.get(one.item.code, {})
        return Received(
            intake_id=self.intake_id,
            receipt_number=self.number.plain,
            running=self.running,
            position=index + 1,
            total=len(self.case_ids),
            station=place.name,
            division=place.division,
            item_code=one.item.code,
            item_name=one.item.name,
            situation=situation_label(one.item, one.answers)[:300],
            package=application.package,
            answers=tuple(Pair(id=key, value=value) for key, value in one.answers.items()),
            applicant=application.applicant,
            agent=application.agent,
            form=tuple(
                Pair(id=key, value=value, label=labels[key]) for key, value in values.items() if value
            ),
            materials=tuple(materials),
            power=Power(one.item.power),
            catalog=self.catalog,
            channel=application.channel,
            query_word=self.query_word,
        )

    def _is_told(self, line: Merged, held: MaterialLine) -> bool:
        return held.state is not Held.IN and not may_miss(line, held.state)

    def _noticed(self, lacking: Sequence[tuple[Merged, MaterialLine]]) -> Noticed:
        deadline = self.place.calendar.deadline_on_paper(self.day, SUPPLEMENT_WORKDAYS, "workday")
        lines = tuple(
            NoticeLine(
                id=held.id,
                name=held.name,
                state=held.state,
                reason=held.reason or "按容缺办理，须按期补齐",
                standard=line.material.standard,
            )
            for line, held in lacking
        )
        return Noticed(
            number=1,
            lines=lines,
            deadline="" if isinstance(deadline, NoDate) else deadline.isoformat(),
            deadline_words=f"自告知之日起 {SUPPLEMENT_WORKDAYS} 个工作日内",
            contact=f"{self.place.name}任一窗口",
            document_number=document_number(self.number.plain, 2),
        )

    def _pledged(self, index: int, material_ids: Sequence[str]) -> Pledged:
        sharing = {
            source
            for line in self.merged
            if any(one == (index, material_id) for one in line.sources for material_id in material_ids)
            for source, _ in line.sources
        }
        items = [self.application.chosen[source].item for source in sharing]
        return Pledged(
            materials=tuple(material_ids),
            until=earliest_promise(self.place, items, self.day),
            until_words="不晚于承诺办结期限",
            consequence="逾期不补的，由审批部门依法处理，并如实告知申请人。",
            document_number=document_number(self.number.plain, 2),
        )

    def _papers(self, views: Sequence[CaseView], cases: Sequence[Case]) -> list[Document]:
        papers = [(Paper.RECEIPT, receipt_paper(self.place, views))]
        noticed = [view for view in views if view.all(Noticed)]
        notices: list[Written[Noticed]] = [view.all(Noticed)[0] for view in noticed]
        if notices:
            papers.append((Paper.NOTICE, notice_paper(self.place, noticed, notices)))
        Intake.update(papers=len(papers)).where(Intake.intake_id == self.intake_id).execute()
        return [keep_print(self.place, cases, kind, made, self.by) for kind, made in papers]
