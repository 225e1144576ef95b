"""What a hall does with a case. Each act is one event, written and posted to the station at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from station.cases.counter_events import Noticed
from station.cases.errors import ActRefused
from station.cases.events import Event
from station.cases.fold import CaseView, Stage
from station.cases.hall_events import (
    Accepted,
    Decided,
    Dispatched,
    Extended,
    Prechecked,
    Refused,
    Resumed,
    Revoked,
    Routed,
    Stepped,
    Suspended,
)
from station.cases.ledger import case_row, ref_of, view_of, write_event
from station.cases.models import Case
from station.cases.parts import Actor, Body, FileRef, NoticeLine
from station.cases.place import Place
from station.cases.terms import Action, Outcome, StepKind, Way
from station.cases.uploads import Upload
from sync import attachments
from sync.moments import moment_text
from sync.rows import write

BEFORE = frozenset({Stage.RECEIVED, Stage.ARRIVED, Stage.SUPPLEMENT})
UNDER_REVIEW = frozenset({Stage.ACCEPTED, Stage.REVIEW})
ALLOWED: dict[type[Body], frozenset[Stage]] = {
    Prechecked: BEFORE,
    Noticed: BEFORE,
    Accepted: BEFORE | {Stage.TURNED_AWAY},
    Refused: BEFORE | {Stage.TURNED_AWAY},
    Routed: BEFORE | UNDER_REVIEW | {Stage.SUSPENDED},
    Stepped: UNDER_REVIEW,
    Suspended: UNDER_REVIEW,
    Resumed: frozenset({Stage.SUSPENDED}),
    Extended: UNDER_REVIEW,
    Decided: UNDER_REVIEW,
    Revoked: frozenset({Stage.DECIDED, Stage.HANDED_OUT}),
    Dispatched: frozenset({Stage.DECIDED}),
}
"""In which stages each act of a hall makes sense."""


@dataclass(frozen=True)
class Desk:
    """Who acts, where."""

    place: Place
    by: Actor


def acts_open(view: CaseView) -> frozenset[type[Body]]:
    """The acts that make sense now; a page offers these and no others."""
    return frozenset(kind for kind, stages in ALLOWED.items() if view.stage in stages)


def act(desk: Desk, case_id: str, body: Body, files: Sequence[Upload] = ()) -> Event:
    """Write one event of the hall. Raises UnknownCase, ActRefused. files: added to the event, sealed."""
    with write():
        case = case_row(case_id)
        check(desk.place, case, body)
        return write_event(desk.place, case, body, desk.by, files=_stored(files))


def check(place: Place, case: Case, body: Body) -> None:
    """Raises ActRefused unless this node may write this about the case now."""
    if case.hall != place.node_id:
        raise ActRefused(body.title, "这个办件由另一个大厅办理。")
    stage = view_of(case.case_id).stage
    if stage not in ALLOWED.get(type(body), frozenset()):
        raise ActRefused(body.title, f"办件现在是“{stage.label}”。")


def precheck(desk: Desk, case_id: str, outcome: Outcome, reason: str = "") -> Event:
    """预受理."""
    if outcome is not Outcome.PASS and not reason.strip():
        raise ActRefused("预审退回", "没有写明理由。", "请写明理由，办事人凭它改正。")
    return act(desk, case_id, Prechecked(outcome=outcome, reason=reason.strip()))


def accept(desk: Desk, case_id: str, *, document_number: str = "", basis: str = "") -> Event:
    """受理: both limits of the item, as the case's catalog version has them, run from now."""
    case = case_row(case_id)
    item = desk.place.item_as_of(case.item_code, case.catalog)
    body = Accepted(
        document_number=document_number,
        since=moment_text(desk.place.stamp().at),
        basis=basis,
        department=case.department,
        promised=item.promised if item else None,
        statutory=item.statutory if item else None,
    )
    return act(desk, case_id, body)


def refuse(
    desk: Desk, case_id: str, *, reason: str, remedy: str, basis: str = "", agency_instead: str = ""
) -> Event:
    """不予受理, with the reason, where to go instead, and the remedy."""
    if not reason.strip() or not remedy.strip():
        raise ActRefused("不予受理", "没有写明理由或救济途径。", "两项都要写明，会印在通知书上。")
    return act(
        desk,
        case_id,
        Refused(reason=reason.strip(), remedy=remedy.strip(), basis=basis, agency_instead=agency_instead),
    )


def notice(
    desk: Desk, case_id: str, lines: Sequence[NoticeLine], *, deadline: str = "", words: str = ""
) -> Event:
    """补正告知: everything missing, once. A second notice is possible but counted."""
    if not lines:
        raise ActRefused("告知补正", "没有列出要补正的材料。", "请至少选一项，并写明原因。")
    number = len(view_of(case_id).all(Noticed)) + 1
    body = Noticed(number=number, lines=tuple(lines), deadline=deadline, deadline_words=words)
    return act(desk, case_id, body)


def step(desk: Desk, case_id: str, kind: StepKind, action: Action, opinion: str = "") -> Event:
    """承办, 审核 or 批准, done now by the person at the desk."""
    now = moment_text(desk.place.stamp().at)
    body = Stepped(
        step=kind, action=action, opinion=opinion.strip(), person=desk.by.name, started_at=now, ended_at=now
    )
    return act(desk, case_id, body)


def decide(desk: Desk, case_id: str, body: Decided, result: Upload | None = None) -> Event:
    """办结, with the result file for the window that took the case in; then it is on its way there."""
    with write():
        case = case_row(case_id)
        check(desk.place, case, body)
        refs = _stored([result] if result else [])
        whole = Decided.from_dict(body.to_dict() | {"files": [ref.sha256 for ref in refs]})
        event = write_event(desk.place, case, whole, desk.by, files=refs)
        way = Way.ELECTRONIC if refs else Way.WINDOW
        write_event(desk.place, case, Dispatched(way=way), desk.by)
        return event


def revoke(desk: Desk, case_id: str, reason_code: int, reason: str, basis: str = "") -> Event:
    """快速纠错 for one of the thirteen reasons; the old decision stays readable."""
    if not 1 <= reason_code <= 13 or not reason.strip():
        raise ActRefused("撤销", "撤销情形应为 1 到 13，并写明理由。", "请选择情形并写明理由。")
    return act(desk, case_id, Revoked(reason_code=reason_code, reason=reason.strip(), basis=basis))


def _stored(files: Sequence[Upload]) -> list[FileRef]:
    return [ref_of(attachments.store(one.data, one.media_type, one.name)) for one in files]
