"""What the hall decides about a report: each decision is one letter to the station that sent the report.

A report that was taken up is closed by itself once a version is in force in which the element reads
otherwise; see `mending`. What ends a report ends those that repeat it; a refusal taken back opens them.
"""

from dataclasses import dataclass, replace

from peewee import Case

from catalog_cache.errors import NoCatalog, UnknownItem
from station import audit
from station.cases.place import Place
from station.corrections import book
from station.corrections.elements import Entry, digest_of, entry_in
from station.corrections.errors import DecisionRefused
from station.corrections.letters import CLOSED, Answered, State, Verdict
from station.corrections.models import Correction
from station.corrections.service import put
from sync.moments import moment_text
from sync.rows import write

REPEATS_MAX = 500
OFFERED_MAX = 100
NEEDS_WORDS = (Verdict.REFUSED, Verdict.ASKED)


@dataclass(frozen=True)
class Decision:
    """What an editor chose. another: the report that this one repeats; seen: `answers` when it was read."""

    verdict: Verdict
    said: str = ""
    another: str = ""
    seen: int = 0


def open_verdicts(found: Correction) -> list[Verdict]:
    """What can be decided now: nothing once it is mended; a refusal can be taken back."""
    if found.state == State.MENDED:
        return []
    if found.state == State.REFUSED:
        return [Verdict.TAKEN_UP, Verdict.MENDED]
    return [verdict for verdict in Verdict if verdict.value != found.state]


def decide(place: Place, report_id: str, decision: Decision, *, account: str, by: str) -> Correction:
    """Answer the station. account: who decides, for the log; by: the same as people call them.

    Raises UnknownReport, DecisionRefused, NoCatalog.
    """
    with write():
        found = book.row_to_change(report_id)
        _check(place, found, decision)
        answer(place, found, decision, by)
        audit.record(account, f"correction.{decision.verdict.value}", report_id, now=place.stamp().at)
    return book.row(report_id)


def answer(place: Place, found: Correction, decision: Decision, by: str) -> None:
    """One answer, and what follows from it for those that repeat this report; in a transaction."""
    _say(place, found, decision, by)
    is_end = State(decision.verdict.value) in CLOSED
    if not is_end and found.state != State.REFUSED:
        return
    for one in _repeats(found):
        verdict = decision.verdict if is_end else Verdict.DUPLICATE  # a refusal was taken back
        _say(place, one, replace(decision, verdict=verdict, another=one.another), by)


def _say(place: Place, found: Correction, decision: Decision, by: str) -> None:
    letter = Answered(
        event=place.new_id(),
        at=moment_text(place.stamp().at),
        by=by,
        number=found.answers + 1,
        verdict=decision.verdict,
        said=decision.said,
        version=place.catalog.version if decision.verdict is Verdict.MENDED else 0,
        before=_digest(place, found) if decision.verdict is Verdict.TAKEN_UP else "",
        another=decision.another,
    )
    put(place, found, letter, to=found.station)


def repeatable(found: Correction) -> list[Correction]:
    """The reports about the same item that this one may repeat, those about the same part first."""
    done = [*(state.value for state in CLOSED), State.DUPLICATE.value]
    others = Correction.select().where(
        Correction.item_code == found.item_code,
        Correction.report_id != found.report_id,
        Correction.state.not_in(done),
    )
    is_elsewhere = Case(None, ((Correction.element == found.element, 0),), 1)
    first = others.order_by(is_elsewhere, Correction.came_at, Correction.report_id)
    return list(first.limit(OFFERED_MAX))


def entry_in_use(place: Place, code: str) -> Entry | None:
    """An item or package as the catalog in force at this hall has it; None when it has it not."""
    try:
        return entry_in(place.catalog, code)
    except (NoCatalog, UnknownItem):
        return None


def _check(place: Place, found: Correction, decision: Decision) -> None:
    if not place.is_hall or found.hall != place.node_id:
        raise DecisionRefused("这条报错不归本大厅处理。")
    if decision.seen != found.answers:
        raise DecisionRefused("您打开页面之后，别人刚答复过。")
    if decision.verdict not in open_verdicts(found) or book.is_full(found.report_id):
        raise DecisionRefused("按这条报错现在的状态，不能这样处理。")
    if decision.verdict in NEEDS_WORDS and not decision.said:
        raise DecisionRefused("没有写明给站点的话。")
    others = {row.report_id for row in repeatable(found)}
    if decision.verdict is Verdict.DUPLICATE and decision.another not in others:
        raise DecisionRefused("没有选出与哪一条相同。")


def _repeats(found: Correction) -> list[Correction]:
    """Those that repeat a report, and those that repeat them, as far as they stand or fell with it."""
    states = [State.DUPLICATE.value, *([found.state] if found.state == State.REFUSED else [])]
    reached, seen = [found], {found.report_id}
    for one in reached:  # grows while it is read
        same = Correction.select().where(Correction.another == one.report_id, Correction.state.in_(states))
        new = [row for row in same.order_by(Correction.report_id) if row.report_id not in seen]
        reached += new[: REPEATS_MAX - len(reached)]
        seen |= {row.report_id for row in new}
    return reached[1:]


def _digest(place: Place, found: Correction) -> str:
    return digest_of(entry_in_use(place, found.item_code), found.element)
