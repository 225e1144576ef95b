"""The proof of who held which letter about a case. What happened to it is told by station.cases.telling."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from station.cases.clocks import local_text
from station.cases.models import CaseEvent
from station.cases.telling import title_of
from station.cases.terms import Path
from sync import outbox
from sync.outbox import LetterState
from sync.tables import Arrival


@dataclass(frozen=True)
class Proofed:
    """One letter about the case. state: what is certain about it; hash_start: how its name begins."""

    title: str
    from_station: bool
    at: str
    how: str
    hash_start: str
    state: str
    tone: str


def proofs_of(case_id: str, own_id: str, now: datetime) -> list[Proofed]:
    """Each letter that carried an event: taken in here, or sent from here and acknowledged or not."""
    rows = list(CaseEvent.select().where(CaseEvent.case_id == case_id).order_by(CaseEvent.number))
    hashes = [row.envelope_hash for row in rows if row.envelope_hash]
    taken = {row.origin: row for row in Arrival.select().where(Arrival.origin.in_(hashes))}
    sent = {state.envelope_hash: state for state in outbox.state_of(case_id, now)}
    return [proof for row in rows if (proof := _proof(row, own_id, taken, sent)) is not None]


def _proof(
    row: CaseEvent, own_id: str, taken: dict[str, Arrival], sent: dict[str, outbox.PostedState]
) -> Proofed | None:
    start, title = row.envelope_hash[:12], title_of(row.kind)
    if row.node_id != own_id and row.envelope_hash in taken:
        arrival = taken[row.envelope_hash]
        how = gettext(Path(arrival.path).label)
        state = gettext("大厅已签收，日志第 %(size)d 条", size=arrival.log_size or 0)
        return Proofed(title, True, local_text(arrival.received_at), how, start, state, "g")
    letter = sent.get(row.envelope_hash)
    if letter is None:
        return None
    words = {
        LetterState.MADE: (gettext("待送"), "q"),
        LetterState.SENT: (gettext("已交出，等站点签收"), "a"),
        LetterState.ACKNOWLEDGED: (gettext("站点已签收"), "g"),
    }
    at = letter.acked_at or letter.sent_at or letter.made_at
    return Proofed(title, False, local_text(at), "", start, *words[letter.state])
