"""What a reviewer does with a case. Plain values in, one event out, posted to the station with it.

Each act locks the case, looks at it again, refuses what its state does not allow, and then writes
event, letter, list line and audit line in one transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from catalog_cache.calendar.workdays import NoDate
from catalog_cache.model import Item, Unit
from station import audit
from station.accounts.models import Account
from station.cases import review
from station.cases.clocks import Alarm, local_day, notice_clock_of
from station.cases.counter_events import Noticed
from station.cases.errors import ActRefused, UnknownCase
from station.cases.events import Event
from station.cases.fold import CaseView
from station.cases.hall_events import Accepted, Decided, Dispatched, Refused
from station.cases.ledger import view_of
from station.cases.models import Case, next_counted
from station.cases.parts import Actor, NoticeLine
from station.cases.place import Place
from station.cases.terms import Action, End, Outcome, StepKind, Way
from station.cases.uploads import Upload
from station.hall.inbox.errors import NotYourDesk
from station.hall.inbox.rules import WRITES, Act, open_acts, why_not
from sync.moments import moment_text
from sync.rows import write
from sync.tables import locked

REMEDY = (
    "如不服本决定，可以自收到本通知书之日起六十日内依法申请行政复议，"
    "或者自收到本通知书之日起六个月内依法向人民法院提起行政诉讼。"
)
ACCEPTED_BY_SILENCE = "收到材料后五个工作日内未告知补正，自收到材料之日起即为受理。"
DEADLINE_WORKDAYS_MAX = 60


@dataclass(frozen=True)
class Desk:
    """Who sits here: this node, and the reviewer."""

    place: Place
    reviewer: Account

    @property
    def review(self) -> review.Desk:
        """The desk as the cases know it: the reviewer as events name them."""
        actor = Actor(name=self.reviewer.display_name, account=self.reviewer.name)
        return review.Desk(self.place, actor)

    @property
    def today(self) -> date:
        """The day in China."""
        return local_day(self.place.clock.now())

    def open_case(self, case_id: str) -> Case:
        """The line of a case of this desk. Raises UnknownCase, NotYourDesk."""
        return self._mine(Case.get_or_none(Case.case_id == case_id), case_id)

    def locked_case(self, case_id: str) -> Case:
        """The same, held until the transaction ends."""
        return self._mine(locked(Case.select().where(Case.case_id == case_id)).first(), case_id)

    def item_of(self, case: Case) -> Item | None:
        """The item as the case saw it; None when no kept catalog has it."""
        return self.place.item_as_of(case.item_code, case.catalog)

    def _mine(self, case: Case | None, case_id: str) -> Case:
        if case is None or case.hall != self.place.node_id:
            raise UnknownCase(case_id)
        if not is_of_department(self.reviewer.department, case.department):
            raise NotYourDesk(case.department)
        return case


@dataclass(frozen=True)
class Refusal:
    """Why an application is not accepted, and what the applicant can do about it."""

    reason: str
    basis: str
    remedy: str
    agency_instead: str = ""


@dataclass(frozen=True)
class Notice:
    """Everything that is missing, once and in full. deadline_workdays: from today, which is not counted."""

    lines: Sequence[NoticeLine]
    deadline_workdays: int
    contact: str = ""


@dataclass(frozen=True)
class Decision:
    """How a case ends. valid_until: YYYY-MM-DD or ""."""

    end: End
    result: str = ""
    licence_number: str = ""
    valid_until: str = ""
    validity: str = ""
    reason: str = ""


def is_of_department(reviewer: str, department: str) -> bool:
    """Whether a reviewer may see a department's cases.

    A reviewer without a department sees all; "民政局" also answers for "曲江区民政局".
    """
    return not reviewer or department.endswith(reviewer)


def precheck(desk: Desk, case_id: str, outcome: Outcome, reason: str) -> Event:
    """Look at the files before acceptance: good enough, or turned away."""
    with _acting(desk, case_id, Act.PRECHECK):
        return review.precheck(desk.review, case_id, outcome, reason)


def accept(desk: Desk, case_id: str, basis: str) -> Event:
    """受理. Both limits run from now; when nobody told the applicant in time, from the day of receipt."""
    with _acting(desk, case_id, Act.ACCEPT) as (case, view):
        item = desk.item_of(case)
        body = Accepted(
            document_number=_document_number(desk, case, "受"),
            since=moment_text(since_when(desk, view)),
            basis=basis,
            department=case.department,
            promised=item.promised if item else None,
            statutory=item.statutory if item else None,
        )
        return review.act(desk.review, case_id, body)


def since_when(desk: Desk, view: CaseView) -> datetime:
    """From when an acceptance counts: now, or the receipt when the five days passed in silence."""
    clock = notice_clock_of(view, desk.place.calendar, desk.today)
    if view.received and clock and clock.alarm is Alarm.LATE and not view.all(Noticed):
        return view.received.event.at
    return desk.place.clock.now()


def refuse(desk: Desk, case_id: str, given: Refusal) -> Event:
    """不予受理, with its basis and the remedy."""
    with _acting(desk, case_id, Act.REFUSE) as (case, _):
        body = Refused(document_number=_document_number(desk, case, "不受"), **vars(given))
        return review.act(desk.review, case_id, body)


def notice(desk: Desk, case_id: str, given: Notice) -> Event:
    """Tell what is missing. The number says how often this applicant has been told."""
    with _acting(desk, case_id, Act.NOTICE) as (case, view):
        until = desk.place.calendar.deadline_on_paper(desk.today, given.deadline_workdays, Unit.WORKDAY)
        body = Noticed(
            number=len(view.all(Noticed)) + 1,
            lines=tuple(given.lines),
            deadline="" if isinstance(until, NoDate) else until.isoformat(),
            deadline_words=f"自本告知书作出之日起 {given.deadline_workdays} 个工作日内",
            contact=given.contact,
            document_number=_document_number(desk, case, "补"),
        )
        return review.act(desk.review, case_id, body)


def step(desk: Desk, case_id: str, kind: StepKind, action: Action, opinion: str) -> Event:
    """One step of the decision, with the opinion of who took it."""
    with _acting(desk, case_id, Act.STEP):
        return review.step(desk.review, case_id, kind, action, opinion)


def decide(desk: Desk, case_id: str, given: Decision, upload: Upload | None) -> Event:
    """办结, with the result file if there is one; both go to the station at once."""
    with _acting(desk, case_id, Act.DECIDE) as (case, _):
        body = Decided(document_number=_document_number(desk, case, "办"), **vars(given))
        return review.decide(desk.review, case_id, body, upload)


def dispatch(desk: Desk, case_id: str, way: Way, courier: str = "", courier_number: str = "") -> Event:
    """Say in which other way the result travels: by post, or kept at the hall's own window."""
    with _acting(desk, case_id, Act.DISPATCH):
        body = Dispatched(way=way, courier=courier, courier_number=courier_number)
        return review.act(desk.review, case_id, body)


@contextmanager
def _acting(desk: Desk, case_id: str, act: Act) -> Iterator[tuple[Case, CaseView]]:
    """One transaction around an act, with the case held and looked at again. Raises ActRefused."""
    with write():
        case = desk.locked_case(case_id)
        view = view_of(case_id)
        if act not in open_acts(view):
            raise ActRefused(act.label, why_not(view))
        yield case, view
        audit.record(desk.reviewer.name, WRITES[act].kind, case_id, now=desk.place.clock.now())


def _document_number(desk: Desk, case: Case, word: str) -> str:
    """Such as 民政局受〔2026〕12号: counted by department, kind of document and year, without gaps."""
    year = f"〔{desk.today.year}〕"
    office = f"{case.department or desk.place.name}{word}{year}"
    return f"{office[:48]}{next_counted(f'document:{office}'[:80], year)}号"
