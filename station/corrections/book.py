"""The book of reports: letters are written down once, and the row of a report follows from them.

What a report comes to depends on its letters alone, not on the order in which they came: after a loss,
own letters and those of the other side come back in any order.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from station.cases.terms import MOMENT
from station.corrections.errors import UnknownReport
from station.corrections.letters import Answered, Letter, Replied, Reported, State, Verdict, read_letter
from station.corrections.models import Correction, CorrectionLetter
from sync.canonical import canonical_json
from sync.tables import locked

LETTERS_MAX = 100


def find(report_id: str) -> Correction | None:
    """The row of a report, or None."""
    found: Correction | None = Correction.get_or_none(Correction.report_id == report_id)
    return found


def row(report_id: str) -> Correction:
    """The row of a report. Raises UnknownReport."""
    found = find(report_id)
    if found is None:
        raise UnknownReport
    return found


def row_to_change(report_id: str) -> Correction:
    """The same, ours alone until the transaction ends: of two who answer at once, one comes second.

    Raises UnknownReport.
    """
    found: Correction | None = locked(Correction.select().where(Correction.report_id == report_id)).first()
    if found is None:
        raise UnknownReport
    return found


def letters_of(report_id: str) -> list[Letter]:
    """Every letter of a report, the report itself first, then answers and replies in their turn."""
    rows = CorrectionLetter.select().where(CorrectionLetter.report_id == report_id)
    kept = [read_letter(one.kind, json.loads(one.payload)) for one in rows.order_by(CorrectionLetter.number)]
    return in_turn(kept)


def in_turn(letters: Iterable[Letter]) -> list[Letter]:
    """Letters in the order of what they say: an answer by its number, a reply behind its question."""
    held = list(letters)
    replies = [one for one in held if isinstance(one, Replied)]
    found: list[Letter] = [one for one in held if isinstance(one, Reported)]
    answers = [one for one in held if isinstance(one, Answered)]
    for answer in sorted(answers, key=lambda one: (one.number, one.at, one.event)):
        found += [answer, *(reply for reply in replies if reply.question == answer.event)]
    return found


def open_row(report_id: str, reported: Reported, station: str, hall: str, came_at: datetime) -> Correction:
    """The row of a new report; its letter still has to be kept."""
    at = moment_of(reported)
    return Correction.create(
        report_id=report_id,
        station=station,
        hall=hall,
        station_name=reported.station,
        item_code=reported.item,
        item_name=reported.name,
        catalog=reported.catalog,
        element=reported.element,
        label=reported.label,
        shown=reported.shown,
        said=reported.said,
        practice=reported.practice,
        by=reported.by,
        made_at=at,
        came_at=came_at,
        state=State.OPEN.value,
        changed_at=at,
    )


def keep(report_id: str, letter: Letter, node_id: str) -> bool:
    """Write one letter down and bring the row up to date; False when it is here already."""
    known = (CorrectionLetter.report_id == report_id) & (CorrectionLetter.event == letter.event)
    if CorrectionLetter.select().where(known).exists():
        return False
    CorrectionLetter.create(
        event=letter.event,
        report_id=report_id,
        kind=letter.kind,
        node_id=node_id,
        payload=canonical_json(letter.to_dict()).decode(),
    )
    _refresh(report_id)
    return True


def is_full(report_id: str) -> bool:
    """Whether a report has as many letters as one may have."""
    held = CorrectionLetter.select().where(CorrectionLetter.report_id == report_id).count()
    return bool(held >= LETTERS_MAX)


def question_of(report_id: str) -> Answered | None:
    """The question of the hall that waits for a reply, or None."""
    last = letters_of(report_id)[-1:]
    asked = last[0] if last else None
    return asked if isinstance(asked, Answered) and asked.verdict is Verdict.ASKED else None


def moment_of(letter: Letter) -> datetime:
    """When a letter was written, UTC."""
    return datetime.strptime(letter.at, MOMENT).replace(tzinfo=UTC)


def _refresh(report_id: str) -> None:
    """Let the row say what the letters come to: the last answer counts, until it is replied to."""
    held = letters_of(report_id)
    answers = [one for one in held if isinstance(one, Answered)]
    values: dict[str, object] = {"state": State.OPEN.value, "changed_at": moment_of(held[-1])}
    if answers:
        last = answers[-1]
        is_replied = isinstance(held[-1], Replied)
        values |= {
            "state": State.OPEN.value if is_replied else last.verdict.value,
            "answer": last.said,
            "version": last.version,
            "answers": last.number,
            "before": last.before,
            "another": last.another,
        }
    Correction.update(**values).where(Correction.report_id == report_id).execute()
