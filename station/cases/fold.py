"""What a case is: the fold of its events.

The fold is pure and forgiving: any prefix folds, an event met twice counts once, a kind not known
here stays in the timeline. Facts written by the station and facts written by the hall are kept
apart and only brought together when asked, so that the order in which two nodes' events were mixed
changes neither the stage nor the materials.
"""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from catalog_cache.records import Choice
from station.cases.counter_events import (
    Corrected,
    HandedOut,
    Noticed,
    Pledged,
    Printed,
    Received,
    Supplemented,
    Withdrawn,
)
from station.cases.events import Event
from station.cases.hall_events import (
    Accepted,
    Arrived,
    Decided,
    Prechecked,
    Refused,
    Resumed,
    Revoked,
    Routed,
    Stepped,
    Suspended,
)
from station.cases.parts import Agent, Body, FileRef, Flag, MaterialLine, Party
from station.cases.terms import Held, Outcome

Said = TypeVar("Said", bound=Body)


class Stage(Choice):
    """Where a case stands, as the people around it say it."""

    UNKNOWN = "unknown", "未收到申请内容"
    RECEIVED = "received", "已收件"
    ARRIVED = "arrived", "大厅已签收"
    SUPPLEMENT = "supplement", "待补正"
    TURNED_AWAY = "turned_away", "预审不通过"
    ACCEPTED = "accepted", "已受理"
    REFUSED = "refused", "不予受理"
    REVIEW = "review", "审批中"
    SUSPENDED = "suspended", "特别程序中"
    DECIDED = "decided", "已办结"
    REVOKED = "revoked", "已撤销"
    HANDED_OUT = "handed_out", "已领取"
    WITHDRAWN = "withdrawn", "已撤回"


CLOSED = frozenset(
    {Stage.TURNED_AWAY, Stage.REFUSED, Stage.DECIDED, Stage.REVOKED, Stage.HANDED_OUT, Stage.WITHDRAWN}
)
"""Stages in which nothing more is decided."""


@dataclass(frozen=True)
class Written(Generic[Said]):
    """A body, the event it came in, and that event's place in the case."""

    event: Event
    body: Said
    place: int


@dataclass
class CaseView:
    """One case as its events leave it.

    timeline: every event once, in the order met. materials: the latest line of each material.
    form and applicant: with corrections applied; the old values stay in their events.
    """

    case_id: str
    timeline: list[Event] = field(default_factory=list)
    files: dict[str, FileRef] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    materials: dict[str, MaterialLine] = field(default_factory=dict)
    applicant: Party | None = None
    _said: dict[type[Body], list[Written[Any]]] = field(default_factory=dict)

    def all(self, kind: type[Said]) -> list[Written[Said]]:
        """Every event of one kind, with its body."""
        return self._said.get(kind, [])

    def first(self, kind: type[Said]) -> Written[Said] | None:
        """The first event of one kind."""
        return next(iter(self.all(kind)), None)

    def last(self, kind: type[Said]) -> Written[Said] | None:
        """The latest event of one kind."""
        return self.all(kind)[-1] if self.all(kind) else None

    def latest_of(self, *kinds: type[Body]) -> Written[Any] | None:
        """The latest event of several kinds, by its place in the case."""
        found = [self._said[kind][-1] for kind in kinds if kind in self._said]
        return max(found, key=lambda written: written.place, default=None)

    @property
    def received(self) -> Written[Received] | None:
        """What the station took in; None while only other events are here."""
        return self.first(Received)

    @property
    def agent(self) -> Agent | None:
        """Who acts for the applicant."""
        return self.received.body.agent if self.received else None

    @property
    def official_number(self) -> str:
        """The hall's number, "" before it arrived."""
        arrived = self.first(Arrived)
        return arrived.body.official_number if arrived else ""

    @property
    def department(self) -> str:
        """The department that has it now."""
        routed, arrived = self.last(Routed), self.first(Arrived)
        return routed.body.department if routed else arrived.body.department if arrived else ""

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What the hall noticed at arrival."""
        return tuple(flag for written in self.all(Arrived) for flag in written.body.flags)

    @property
    def unread(self) -> list[Event]:
        """Events of kinds that this program does not know."""
        return [event for event in self.timeline if event.body is None]

    @property
    def open_notices(self) -> list[Written[Noticed]]:
        """Notices of which some line has not come in since; what was pledged does not hold a case up."""
        return [notice for notice in self.all(Noticed) if self.still_asked(notice)]

    def still_asked(self, notice: Written[Noticed]) -> set[str]:
        """The ids of a notice's lines that no supplement has answered."""
        answers = (w.body for w in self.all(Supplemented) if notice.event.event_id in w.body.against)
        given = {line.id for body in answers for line in body.materials}
        return {line.id for line in notice.body.lines if line.state is not Held.PLEDGED} - given

    @property
    def open_pledges(self) -> list[Written[Pledged]]:
        """Pledges with a material that has not come in since."""
        return [pledge for pledge in self.all(Pledged) if self._lacks(pledge.body.materials)]

    @property
    def open_suspension(self) -> Written[Suspended] | None:
        """The special procedure that is running."""
        ended = {written.body.suspension for written in self.all(Resumed)}
        running = [w for w in self.all(Suspended) if w.event.event_id not in ended]
        return running[-1] if running else None

    @property
    def verdict(self) -> Written[Accepted] | Written[Refused] | None:
        """The latest word on acceptance."""
        return self.latest_of(Accepted, Refused)

    @property
    def accepted(self) -> Written[Accepted] | None:
        """The acceptance, unless it was refused afterwards."""
        verdict = self.verdict
        return verdict if verdict and isinstance(verdict.body, Accepted) else None

    @property
    def decided(self) -> Written[Decided] | None:
        """The decision, unless it was revoked afterwards."""
        ending: Written[Any] | None = self.latest_of(Decided, Revoked)
        return ending if ending and isinstance(ending.body, Decided) else None

    @property
    def handed_out(self) -> Written[HandedOut] | None:
        """The hand-out of the decision that stands."""
        given, decided = self.last(HandedOut), self.decided
        return given if given and decided else None

    @property
    def stage(self) -> Stage:
        """Where the case stands; decided from facts, not from which event came last."""
        if self.latest_of(Decided, Revoked) is not None:
            return self._stage_at_the_end()
        if self.all(Withdrawn):
            return Stage.WITHDRAWN
        if self.verdict is not None:
            return self._stage_under_review()
        return self._stage_before_acceptance()

    def printed(self, number: str) -> list[Written[Printed]]:
        """The prints of one document, the first print first."""
        return [written for written in self.all(Printed) if written.body.number == number]

    def _stage_at_the_end(self) -> Stage:
        if self.decided is None:
            return Stage.REVOKED
        return Stage.HANDED_OUT if self.handed_out else Stage.DECIDED

    def _stage_under_review(self) -> Stage:
        if self.accepted is None:
            return Stage.REFUSED
        if self.open_suspension is not None:
            return Stage.SUSPENDED
        return Stage.REVIEW if self.all(Stepped) else Stage.ACCEPTED

    def _stage_before_acceptance(self) -> Stage:
        precheck = self.last(Prechecked)
        if precheck and precheck.body.outcome is Outcome.REFUSE:
            return Stage.TURNED_AWAY
        if self.received is None:
            return Stage.ARRIVED if self.all(Arrived) else Stage.UNKNOWN
        if self.open_notices:
            return Stage.SUPPLEMENT
        return Stage.ARRIVED if self.all(Arrived) else Stage.RECEIVED

    def _lacks(self, material_ids: Iterable[str]) -> bool:
        held = (self.materials.get(material_id) for material_id in material_ids)
        return any(line is None or line.state is not Held.IN for line in held)


def fold(case_id: str, events: Iterable[Event]) -> CaseView:
    """The case that these events make. Events already met are passed over."""
    view, met = CaseView(case_id), set()
    for event in events:
        if event.event_id not in met:
            met.add(event.event_id)
            _take(view, event)
    return view


def _take(view: CaseView, event: Event) -> None:
    view.timeline.append(event)
    view.files.update({ref.sha256: ref for ref in event.files})
    if event.body is None:
        return
    written = Written(event, event.body, len(view.timeline))
    view._said.setdefault(type(event.body), []).append(written)
    effect = _EFFECTS.get(type(event.body))
    if effect is not None:
        effect(view, event.body)


def _receive(view: CaseView, body: Received) -> None:
    if view.applicant is None:
        view.applicant = body.applicant
        view.form.update({pair.id: pair.value for pair in body.form})
        view.materials.update({line.id: line for line in body.materials})


def _supplement(view: CaseView, body: Supplemented) -> None:
    view.materials.update({line.id: line for line in body.materials})


def _correct(view: CaseView, body: Corrected) -> None:
    for change in body.changes:
        area, _, name = change.field.partition(".")
        if area == "form":
            view.form[name] = change.new
        elif area == "applicant" and view.applicant is not None and name in CORRECTABLE:
            changed: dict[str, Any] = {name: change.new}
            view.applicant = dataclasses.replace(view.applicant, **changed)


CORRECTABLE = ("name", "id_number", "phone", "address", "legal_person")
"""Fields of the applicant that a correction may change."""

_EFFECTS: dict[type[Body], Callable[[CaseView, Any], None]] = {
    Received: _receive,
    Supplemented: _supplement,
    Corrected: _correct,
}
