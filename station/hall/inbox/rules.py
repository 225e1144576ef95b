"""Which acts a case is open for: what `cases.review` allows, in the order in which a desk offers it."""

from catalog_cache.records import Choice
from station.cases.counter_events import Noticed
from station.cases.fold import CaseView
from station.cases.hall_events import Accepted, Decided, Dispatched, Prechecked, Refused, Stepped
from station.cases.parts import Body
from station.cases.review import acts_open
from station.cases.terms import Outcome


class Act(Choice):
    """What a reviewer can do here; the most likely one of each stage comes first."""

    ACCEPT = "accept", "受理"
    NOTICE = "notice", "告知补正"
    REFUSE = "refuse", "不予受理"
    PRECHECK = "precheck", "预审"
    DECIDE = "decide", "办结"
    STEP = "step", "记录审批环节"
    DISPATCH = "dispatch", "登记送出方式"


WRITES: dict[Act, type[Body]] = {
    Act.ACCEPT: Accepted,
    Act.NOTICE: Noticed,
    Act.REFUSE: Refused,
    Act.PRECHECK: Prechecked,
    Act.DECIDE: Decided,
    Act.STEP: Stepped,
    Act.DISPATCH: Dispatched,
}


def open_acts(view: CaseView) -> tuple[Act, ...]:
    """The acts this case is open for now. Once the files were found good, they are not looked at again."""
    if view.received is None:
        return ()
    allowed = acts_open(view)
    acts = tuple(act for act in Act if WRITES[act] in allowed)
    return tuple(act for act in acts if act is not Act.PRECHECK) if is_prechecked(view) else acts


def is_prechecked(view: CaseView) -> bool:
    """Whether somebody looked at the files and found them good enough."""
    return any(written.body.outcome is Outcome.PASS for written in view.all(Prechecked))


def is_dispatched(view: CaseView) -> bool:
    """Whether the result of the decision that stands is on its way."""
    sent, decided = view.last(Dispatched), view.decided
    return sent is not None and decided is not None and sent.place > decided.place


def why_not(view: CaseView) -> str:
    """Why an act is not open, for the person who asked for it."""
    if view.received is None:
        return "申请内容还没有送到大厅。"
    return f"办件现在是“{view.stage.label}”，可能同事刚刚办过。"
