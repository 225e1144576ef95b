"""What the two databases must say at any moment, read beside the running nodes.

The nodes themselves have recovered their files by then; each reading is one snapshot of one database.
"""

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from station import audit
from station.cases.ledger import events_of, person_key, view_of
from station.cases.models import Case, CaseEvent, Document, Intake, Serial
from station.cases.numbers import parse_receipt, tidy
from station.database import EncryptedDatabase, check_integrity
from station.intake.models import Draft, DraftFile
from station.places import DATABASE_FILE
from sync import attachments, incidents, journal, outbox
from sync.chain import log_after
from sync.envelope import FIRST_PREV
from sync.inbox import APPLIED
from sync.outbox import LetterState
from sync.rows import using
from sync.tables import Arrival, Aside, InStream, LetterFile, OutLetter, OutStream, SealedFile
from tests.faults.desks import Application

LOST, DOUBLED, BROKEN = "lost", "doubled", "broken"
ONCE = ("case.received", "case.arrived", "case.accepted", "case.decided", "result.handed_out")
FOLDED_EACH_TIME = 5


@dataclass(frozen=True)
class Finding:
    """One promise that does not hold. kind: lost, doubled or broken; case: its receipt number or ""."""

    kind: str
    text: str
    case: str = ""


class Books:
    """One node's database, read from outside."""

    def __init__(self, folder: Path, node_key: bytes) -> None:
        self._path, self._key = folder / DATABASE_FILE, node_key

    @contextmanager
    def opened(self) -> Iterator[EncryptedDatabase]:
        """The node's tables, as one moment left them."""
        database = EncryptedDatabase(self._path, self._key)
        database.connect()
        try:
            with using(database), database.atomic():
                yield database
        finally:
            database.close_all()


def is_acknowledged(case_id: str) -> bool:
    """Whether everything posted about a case was acknowledged, files and all."""
    letters = outbox.state_of(case_id)
    return bool(letters) and all(letter.state is LetterState.ACKNOWLEDGED for letter in letters)


def station_findings(apps: Sequence[Application]) -> Iterator[Finding]:
    """What is wrong at the station after a restart."""
    yield from _confirmed(apps)
    yield from _numbers()
    for intake in Intake.select():
        yield from _visit(intake)
    yield from _said(apps, ("result.handed_out",))
    yield from common_findings()


def hall_findings(apps: Sequence[Application]) -> Iterator[Finding]:
    """What is wrong at the hall after a restart."""
    yield from _said(apps, ("case.accepted", "case.decided"))
    yield from common_findings()


def common_findings() -> Iterator[Finding]:
    """What holds at every node."""
    yield from _doubled()
    yield from _letters()
    yield from _arrivals()
    broken = audit.broken_at()
    if broken is not None:
        yield Finding(BROKEN, f"the audit chain breaks at line {broken}")
    newest = Case.select().order_by(Case.changed_at.desc()).limit(FOLDED_EACH_TIME)
    yield from itertools.chain.from_iterable(map(_folded, newest))


def hall_lacks(heard: Sequence[str]) -> Iterator[Finding]:
    """heard: hashes of letters that the station holds a signed acknowledgement for."""
    held = {row.hash for row in Arrival.select(Arrival.hash)}
    for name in set(heard) - held:
        yield Finding(LOST, f"letter {name[:16]} was acknowledged and is not at the hall")


def acknowledged_letters() -> list[str]:
    """Hashes of our letters that the other side signed for."""
    streams = {stream.id: stream.peer_has for stream in OutStream.select()}
    letters = OutLetter.select(OutLetter.hash, OutLetter.stream, OutLetter.seq)
    return [row.hash for row in letters if row.seq <= streams[row.stream_id]]


def settled_findings(
    database: EncryptedDatabase, apps: Sequence[Application], is_hall: bool
) -> Iterator[Finding]:
    """What is wrong at a node once everything has come to rest."""
    yield from (Finding(BROKEN, f"integrity: {text}") for text in check_integrity(database))
    yield from (Finding(BROKEN, f"incident: {row.kind} {row.detail}") for row in incidents.open_incidents())
    if Aside.select().exists():
        yield Finding(BROKEN, "letters lie aside")
    for letter in OutLetter.select(OutLetter.subject).distinct():
        if not is_acknowledged(letter.subject):
            yield Finding(LOST, f"letters about {letter.subject} were never acknowledged")
    for app in apps:
        yield from _finished(app, is_hall)
    known = {person_key(app.resident.id_number) for app in apps}
    for case in Case.select():
        if case.applicant_key not in known:
            yield Finding(BROKEN, "a case of nobody", case.receipt_number)
    yield from itertools.chain.from_iterable(map(_folded, Case.select()))
    if Draft.select().exists() or DraftFile.select().exists():
        yield Finding(BROKEN, "a draft is left over")


def stream_ends(is_sending: bool) -> set[tuple[str, int, str]]:
    """(instance, number, hash) of the last letter of each stream, as the sender or the receiver has it."""
    if is_sending:
        return {(row.instance, row.last_seq, row.last_hash) for row in OutStream.select() if row.last_seq}
    return {(row.instance, row.upto, row.head) for row in InStream.select()}


def _confirmed(apps: Sequence[Application]) -> Iterator[Finding]:
    for app in apps:
        if not app.is_confirmed:
            continue
        intake = Intake.get_or_none(Intake.receipt_number == tidy(app.number))
        case = Case.get_or_none(Case.case_id == app.case_id)
        if intake is None or case is None or case.intake != intake:
            yield Finding(LOST, f"{app.number} was confirmed and is gone", app.number)
            continue
        prints = Document.select().where(Document.intake == intake, Document.kind == "receipt")
        if app.paper_sha256 and app.paper_sha256 not in {row.sha256 for row in prints}:
            yield Finding(LOST, f"the receipt of {app.number} is gone or changed", app.number)


def _numbers() -> Iterator[Finding]:
    """Serials of each day and running numbers have no gap, and the counters stand where they end."""
    rows = list(Intake.select())
    counters = {row.name: row.value for row in Serial.select()}
    days: dict[str, list[int]] = {}
    for row in rows:
        number = parse_receipt(row.receipt_number)
        days.setdefault(f"receipt-{number.division}-{number.terminal}-{number.day}", []).append(number.serial)
        days.setdefault(f"running-{number.division}-{number.terminal}", []).append(row.running)
    for name, used in days.items():
        if sorted(used) != list(range(1, len(used) + 1)) or counters.get(name) != len(used):
            yield Finding(BROKEN, f"{name}: {sorted(used)} with the counter at {counters.get(name)}")
    for name in set(counters) - set(days):
        if name.startswith(("receipt-", "running-")):
            yield Finding(BROKEN, f"{name} was used up for nothing")


def _visit(intake: Intake) -> Iterator[Finding]:
    """A visit is there with all it has, or not at all."""
    number = str(intake.receipt_number)
    cases = list(Case.select().where(Case.intake == intake))
    papers = list(Document.select().where(Document.intake == intake))
    if len(cases) != 1 or not papers:
        yield Finding(BROKEN, f"half saved: {len(cases)} cases, {len(papers)} papers", number)
    for paper in papers:
        if hashlib.sha256(bytes(paper.pdf)).hexdigest() != paper.sha256:
            yield Finding(LOST, "a kept paper does not fit its hash", number)
    if Draft.get_or_none(Draft.token == intake.token) is not None:
        yield Finding(BROKEN, "the draft is still there beside its case", number)
    for case in cases:
        written = {row.kind for row in CaseEvent.select().where(CaseEvent.case_id == case.case_id)}
        if not {"case.received", "document.printed"} <= written:
            yield Finding(BROKEN, f"half saved: only {sorted(written)}", number)


def _doubled() -> Iterator[Finding]:
    """Nobody has two cases, and no case has an act twice."""
    applicants = Counter(case.applicant_key for case in Case.select(Case.applicant_key))
    for key, count in applicants.items():
        if count > 1:
            yield Finding(DOUBLED, f"one application became {count} cases", key[:16])
    numbers = Counter(row.receipt_number for row in Intake.select(Intake.receipt_number))
    for number, count in numbers.items():
        if count > 1:
            yield Finding(DOUBLED, f"{count} visits under one number", str(number))
    acts = Counter((row.case_id, row.kind) for row in CaseEvent.select(CaseEvent.case_id, CaseEvent.kind))
    for (case_id, kind), count in acts.items():
        if kind in ONCE and count > 1:
            yield Finding(DOUBLED, f"{kind} took effect {count} times", case_id)


def _letters() -> Iterator[Finding]:
    """Each event of ours has its letter, each letter its place in the chain and its files."""
    for stream in OutStream.select():
        rows = OutLetter.select().where(OutLetter.stream == stream).order_by(OutLetter.seq)
        seq, last = _chain((row.seq, row.hash, bytes(row.header)) for row in rows)
        if (seq, last) != (stream.last_seq, stream.last_hash) and stream.last_seq:
            yield Finding(BROKEN, f"our stream {stream.instance} breaks after {seq} of {stream.last_seq}")
    posted = {row.hash for row in OutLetter.select(OutLetter.hash)}
    events = CaseEvent.select().where(CaseEvent.path == "")
    reported = {row.envelope_hash for row in events}
    if posted != reported:
        yield Finding(
            BROKEN, f"{len(reported - posted)} events and {len(posted - reported)} letters lack the other"
        )
    whole = {row.sha256 for row in SealedFile.select().where(SealedFile.owner == "", SealedFile.is_whole)}
    for row in LetterFile.select():
        if row.sha256 not in whole:
            yield Finding(LOST, f"file {row.sha256[:16]} of a letter is gone")


def _arrivals() -> Iterator[Finding]:
    """What came in stands in its stream and in our log without a gap, and took effect."""
    for stream in InStream.select():
        rows = Arrival.select().where(Arrival.stream == stream).order_by(Arrival.seq)
        seq, last = _chain((row.seq, row.hash, bytes(row.header)) for row in rows)
        if (seq, last) != (stream.upto, stream.head):
            yield Finding(BROKEN, f"their stream {stream.instance} breaks after {seq} of {stream.upto}")
    tip, head, size = journal.tip(), FIRST_PREV, 0
    for row in Arrival.select().order_by(Arrival.log_size):
        head, size = log_after(head, row.hash), size + 1
        if (row.log_size, row.log_head) != (size, head):
            yield Finding(BROKEN, f"the log breaks at {size}")
        if row.state != APPLIED:
            yield Finding(BROKEN, f"a letter {row.kind} is {row.state}: {row.reason[:200]}")
    if size and (tip.size, tip.head) != (size, head):
        yield Finding(BROKEN, f"the log ends at {size}, its tip says {tip.size}")


def _chain(rows: Iterator[tuple[int, str, bytes]]) -> tuple[int, str]:
    """How far a stream holds together: each number follows, and each header names the one before."""
    seq, last = 0, FIRST_PREV
    for number, name, header in rows:
        is_next = number == seq + 1 and json.loads(header)["prev"] == last
        if not is_next or hashlib.sha256(header).hexdigest() != name:
            break
        seq, last = number, name
    return seq, last


def _folded(case: Case) -> Iterator[Finding]:
    """The line in the lists says what the events say."""
    view = view_of(case.case_id)
    if view.stage.value != case.stage:
        yield Finding(
            BROKEN, f"listed as {case.stage}, its events say {view.stage.value}", case.receipt_number
        )


def _said(apps: Sequence[Application], kinds: tuple[str, ...]) -> Iterator[Finding]:
    """What a page confirmed to a person is written down."""
    for app in apps:
        wanted = app.said.intersection(kinds)
        if wanted - {event.kind for event in events_of(app.case_id)}:
            yield Finding(LOST, f"{sorted(wanted)} was confirmed and is gone", app.number)


def _finished(app: Application, is_hall: bool) -> Iterator[Finding]:
    kinds = Counter(event.kind for event in events_of(app.case_id))
    for kind in ONCE:
        if kinds[kind] != 1:
            yield Finding(LOST if not kinds[kind] else DOUBLED, f"{kind}: {kinds[kind]} times", app.number)
            return
    view = view_of(app.case_id)
    decided, received = view.decided, view.received
    wanted: list[tuple[str, bytes]] = []
    if decided is not None and received is not None:
        wanted = [(sha256, app.result) for sha256 in decided.body.files]
        wanted += [(sha, app.scan) for line in received.body.materials for sha in line.files]
    if len(wanted) != 2:
        yield Finding(LOST, f"{len(wanted)} files instead of scan and result", app.number)
    for sha256, content in wanted:
        if (
            not attachments.is_whole(sha256)
            or attachments.read(sha256, view.files[sha256].key_b64) != content
        ):
            yield Finding(LOST, f"a file is not what was attached (hall: {is_hall})", app.number)
