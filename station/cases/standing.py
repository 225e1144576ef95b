"""How a case stands for the eye, and what there is to do today; derived from events and mail, not stored."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext, lazy_gettext

from catalog_cache.model import Unit
from station.cases.clocks import WARN_AFTER_WORKDAYS, local_day, used_days
from station.cases.fold import Stage
from station.cases.models import Case
from station.cases.place import Place
from sync import outbox
from sync.outbox import LetterState

PLEDGE_WARN_DAYS = 3
LOOKED_AT_MAX = 500
MAIL_WORDS = {
    LetterState.MADE: (lazy_gettext("待发"), "a"),
    LetterState.SENT: (lazy_gettext("在途"), "b"),
    LetterState.ACKNOWLEDGED: (lazy_gettext("大厅已签收"), "g"),
}
STAGE_TONES = {
    Stage.ARRIVED: "g",
    Stage.SUPPLEMENT: "a",
    Stage.TURNED_AWAY: "r",
    Stage.ACCEPTED: "b",
    Stage.REVIEW: "b",
    Stage.SUSPENDED: "a",
    Stage.REFUSED: "r",
    Stage.DECIDED: "g",
    Stage.HANDED_OUT: "g",
    Stage.REVOKED: "r",
    Stage.WITHDRAWN: "q",
}


@dataclass(frozen=True)
class Standing:
    """One word for where a case is, and its tone: g, a, r, b or q."""

    word: str
    tone: str


@dataclass(frozen=True)
class Duty:
    """One line of the to-do list: what, how many, and the filter that shows them in the list of cases."""

    tag: str
    tone: str
    text: str
    count: int
    filter: str


def standing_of(case: Case, now: datetime) -> Standing:
    """Before the hall answered, how far the letters are; afterwards, what the hall said."""
    stage = Stage(case.stage)
    if stage is not Stage.RECEIVED:
        return Standing(gettext(stage.label), STAGE_TONES.get(stage, "q"))
    word, tone = MAIL_WORDS[mail_state(case.case_id, now)]
    return Standing(str(word), tone)


def mail_state(case_id: str, now: datetime) -> LetterState:
    """The state of the least travelled letter about a case."""
    states = {state.state for state in outbox.state_of(case_id, now)}
    order = (LetterState.MADE, LetterState.SENT, LetterState.ACKNOWLEDGED)
    return next((state for state in order if state in states), LetterState.ACKNOWLEDGED)


def duties(place: Place, today: date) -> list[Duty]:
    """What waits for somebody at this counter, most urgent first; nothing that counts zero."""
    found = [
        Duty(
            gettext("%(days)d 日告警", days=WARN_AFTER_WORKDAYS),
            "r",
            gettext("大厅还没有回音，请联网或用 U 盘带走"),
            len(unheard(place, today)),
            "unheard",
        ),
        Duty(
            gettext("补正"), "a", gettext("等办事人补交材料"), _count(place, Stage.SUPPLEMENT), "supplement"
        ),
        Duty(gettext("容缺"), "a", gettext("承诺就要到期"), len(pledges_due(place, today)), "pledge"),
        Duty(
            gettext("退回"),
            "r",
            gettext("大厅没有受理，请告诉办事人"),
            _count(place, Stage.TURNED_AWAY),
            "turned_away",
        ),
        Duty(gettext("出件"), "g", gettext("结果已到，待领取"), _count(place, Stage.DECIDED), "decided"),
    ]
    return [duty for duty in found if duty.count]


def unheard(place: Place, today: date) -> list[Case]:
    """Cases that the hall has not answered after three working days; the legal clock is five."""
    rows = (
        Case.select()
        .where(Case.origin == place.node_id, Case.stage == Stage.RECEIVED.value)
        .order_by(Case.received_at)
        .limit(LOOKED_AT_MAX)
    )
    return [case for case in rows if _is_overdue(place, local_day(case.received_at), today)]


def pledges_due(place: Place, today: date) -> list[Case]:
    """Cases whose pledge ends within three days or has ended."""
    until = (today + timedelta(days=PLEDGE_WARN_DAYS)).isoformat()
    return list(
        Case.select()
        .where(Case.origin == place.node_id, Case.pledge_until != "", Case.pledge_until <= until)
        .order_by(Case.pledge_until)
        .limit(LOOKED_AT_MAX)
    )


def _is_overdue(place: Place, received_on: date, today: date) -> bool:
    used = used_days(place.calendar, received_on, today, Unit.WORKDAY)
    counted = (
        used if isinstance(used, int) else (today - received_on).days
    )  # without a table, plain days warn
    return counted >= WARN_AFTER_WORKDAYS


def _count(place: Place, stage: Stage) -> int:
    return int(Case.select().where(Case.origin == place.node_id, Case.stage == stage.value).count())
