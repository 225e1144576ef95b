"""Counting one day of a station. Plain values in, a sheet out; nothing of Flask."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from station.cases.clocks import local_day, utc_day_start
from station.cases.fold import Stage
from station.cases.models import Case, Document, Intake
from station.cases.numbers import parse_receipt
from station.cases.terms import Paper
from station.errors import InputRefused
from sync import outbox
from sync.outbox import LetterState

FIRST_PAPERS = (Paper.RECEIPT, Paper.ACCEPTANCE, Paper.NOTICE, Paper.REFUSAL)


@dataclass(frozen=True)
class Sheet:
    """One day. missing_numbers: receipt serials of the day that nothing was found for.

    unprinted: receipt numbers whose paper was never made. acknowledged + waiting = cases, unless a letter
    is missing. why: the difference in words, one line a cause; empty when it is 0.
    """

    day: date
    station: str
    intakes: int
    first_number: str
    last_number: str
    missing_numbers: tuple[str, ...]
    cases: int
    acknowledged: int
    waiting: int
    unposted: tuple[str, ...]
    papers: dict[str, int]
    reprints: int
    unprinted: tuple[str, ...]
    handed_out: int
    why: tuple[str, ...]

    @property
    def difference(self) -> int:
        """What does not add up; 0 on a good day."""
        return len(self.missing_numbers) + len(self.unposted) + len(self.unprinted)

    def as_json(self) -> dict[str, Any]:
        """The sheet for --json."""
        return asdict(self) | {"day": self.day.isoformat(), "difference": self.difference}


def read_day(text: str, *, now: datetime) -> date:
    """The day asked for, today for "". Raises InputRefused for no date, or one still to come."""
    today = local_day(now)
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError as error:
        raise InputRefused("日期", "不是日期。", "请写成 2026-11-22 的样子。") from error
    if not date(2000, 1, 1) <= day <= today:
        raise InputRefused("日期", "这一天还没有到，或太早。", "请选今天或以前的日期。")
    return day


def sheet_of(node_id: str, station: str, day: date, *, now: datetime) -> Sheet:
    """The sheet of a day, as things stand now; with the node's tables in use."""
    since, until = utc_day_start(day), utc_day_start(day + timedelta(days=1))
    ours = (Intake.origin == node_id) & (Intake.received_at >= since) & (Intake.received_at < until)
    intakes = list(Intake.select().where(ours).order_by(Intake.received_at, Intake.running))
    cases = list(Case.select().join(Intake).where(ours))
    today = (Document.made_at >= since) & (Document.made_at < until)
    papers = list(Document.select(Document.kind, Document.copy, Document.intake).where(today))
    states = {case.receipt_number + case.case_id: _first_state(case.case_id, now) for case in cases}
    closed = (Case.stage == Stage.HANDED_OUT.value) & (Case.changed_at >= since) & (Case.changed_at < until)
    numbers = [intake.receipt_number for intake in intakes]
    missing, unprinted = _gaps(numbers), _unprinted(intakes)
    unposted = tuple(key[:-32] for key, state in states.items() if state is None)
    return Sheet(
        day=day,
        station=station,
        intakes=len(intakes),
        first_number=numbers[0] if numbers else "",
        last_number=numbers[-1] if numbers else "",
        missing_numbers=missing,
        cases=len(cases),
        acknowledged=sum(state is LetterState.ACKNOWLEDGED for state in states.values()),
        waiting=sum(state in (LetterState.MADE, LetterState.SENT) for state in states.values()),
        unposted=unposted,
        papers=_count(papers),
        reprints=sum(paper.copy > 1 for paper in papers),
        unprinted=unprinted,
        handed_out=Case.select().where(closed).count(),
        why=_reasons(missing, unposted, unprinted),
    )


def _first_state(case_id: str, now: datetime) -> LetterState | None:
    """How far the letter that reports the case has come; None when there is none."""
    posted = outbox.state_of(case_id, now)
    return posted[0].state if posted else None


def _gaps(numbers: Sequence[str]) -> tuple[str, ...]:
    """The serials of the day, for each terminal, that no receipt carries."""
    taken: dict[str, set[int]] = {}
    for number in map(parse_receipt, numbers):
        taken.setdefault(number.terminal, set()).add(number.serial)
    return tuple(
        f"{terminal}-{serial:04d}"
        for terminal, serials in sorted(taken.items())
        for serial in range(1, max(serials) + 1)
        if serial not in serials
    )


def _unprinted(intakes: Sequence[Intake]) -> tuple[str, ...]:
    """The intakes for which no first paper was ever made."""
    kinds = [paper.value for paper in FIRST_PAPERS]
    printed = Document.select(Document.intake).where(Document.kind.in_(kinds), Document.intake.in_(intakes))
    rows: Any = printed.tuples()
    done = {row[0] for row in rows} if intakes else set()
    return tuple(one.receipt_number for one in intakes if one.intake_id not in done)


def _count(papers: Sequence[Document]) -> dict[str, int]:
    """First copies by the Chinese name of the paper."""
    counted = {
        paper.label: sum(one.kind == paper.value and one.copy == 1 for one in papers) for paper in Paper
    }
    return {label: count for label, count in counted.items() if count}


def _reasons(missing: Sequence[str], unposted: Sequence[str], unprinted: Sequence[str]) -> tuple[str, ...]:
    told = (
        (missing, "收件号不连续，缺：%(numbers)s"),
        (unposted, "没有进入发送队列的收件号：%(numbers)s"),
        (unprinted, "没有打印凭证或告知书的收件号：%(numbers)s"),
    )
    return tuple(text % {"numbers": "、".join(numbers)} for numbers, text in told if numbers)
