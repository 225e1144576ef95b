"""The letters on their way to the other side, and what proves that they arrived."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from station.cases.models import Case
from station.cases.numbers import grouped
from station.cases.telling import title_of
from station.mailroom.errors import NoSuchLetter
from sync import inbox, incidents, outbox
from sync.envelope import Envelope
from sync.keys import Statement
from sync.outbox import Counts, LetterState, PostedState
from sync.parcel import RECEIPT_KIND
from sync.register import Peer
from sync.tables import (
    Arrival,
    FileReceipt,
    Incident,
    LetterFile,
    OutLetter,
)


@dataclass(frozen=True)
class LetterLine:
    """One letter in the list. name: 16 hex characters of its hash are shown; number: of the receipt.

    carrier: name of the station that carries it on, and signed that it holds it since carried_at; or "".
    """

    name: str
    title: str
    number: str
    recipient: str
    state: LetterState
    made_at: datetime
    handed_at: datetime | None
    acked_at: datetime | None
    missing_files: int
    carrier: str
    carried_at: datetime | None


@dataclass(frozen=True)
class FileProof:
    """One attachment of a letter: held by the recipient since `at`, or still on its way (None)."""

    sha256: str
    size: int
    at: datetime | None
    receipt: Statement | None


@dataclass(frozen=True)
class LetterProof:
    """Everything that shows where a letter is. header: the signed bytes of the envelope, as text.

    custody: the manifest in which a relay signs that it holds the letter, until the recipient has it.
    """

    line: LetterLine
    instance: str
    seq: int
    sent_as: str
    header: str
    signature: bytes
    ack: Statement | None
    custody: Statement | None
    files: tuple[FileProof, ...]


@dataclass(frozen=True)
class Desk:
    """The figures on top of the page."""

    counts: Counts
    quarantined: int
    incidents: int


def desk(now: datetime) -> Desk:
    """How many letters stand where, and what waits for a person."""
    held = Arrival.select().where(Arrival.state == inbox.QUARANTINED).count()
    return Desk(outbox.counts(now=now), held, len(incidents.open_incidents()))


def lines_of(rows: Iterable[OutLetter], now: datetime) -> list[LetterLine]:
    """What a list shows of these letters."""
    found = list(rows)
    states = {
        state.envelope_hash: state
        for subject in {row.subject for row in found}
        for state in outbox.state_of(subject, now)
    }
    numbers = numbers_of({row.subject for row in found})
    names = {peer.node_id: peer.name for peer in Peer.select()}
    return [_line(row, states[row.origin], numbers, names) for row in found if row.origin in states]


def proof_of(name: str, now: datetime) -> LetterProof:
    """One letter with its proof of custody. Raises NoSuchLetter."""
    row = outbox.letters().where(OutLetter.origin == name).first()
    if row is None:
        raise NoSuchLetter
    [line] = lines_of([row], now)
    [state] = [one for one in outbox.state_of(row.subject, now) if one.envelope_hash == name]
    return LetterProof(
        line=line,
        instance=row.stream.instance,
        seq=row.seq,
        sent_as=row.hash,
        header=Envelope(bytes(row.header), bytes(row.signature), b"").header.decode(),
        signature=bytes(row.signature),
        ack=state.ack,
        custody=state.custody,
        files=tuple(_file_proof(file, row.stream.recipient) for file in _files(row)),
    )


def numbers_of(case_ids: Iterable[str]) -> dict[str, str]:
    """Receipt numbers, as printed, of those ids that are cases here."""
    rows = Case.select(Case.case_id, Case.receipt_number).where(Case.case_id.in_(list(case_ids)))
    return {row.case_id: grouped(row.receipt_number) for row in rows}


def quarantine() -> list[tuple[Arrival, str, str]]:
    """Letters that came and wait for a person: the letter, its title, and the number of its case."""
    held = inbox.quarantined()
    numbers = numbers_of({arrival.subject for arrival in held})
    return [(arrival, title_of(arrival.kind), numbers.get(arrival.subject, "")) for arrival in held]


def require_held(name: str) -> None:
    """Raises NoSuchLetter unless a letter of that hash waits for a person."""
    if name not in {arrival.hash for arrival in inbox.quarantined()}:
        raise NoSuchLetter


def open_incidents() -> list[Incident]:
    """What the mail noticed and nobody has looked at yet."""
    return incidents.open_incidents()


def _line(row: OutLetter, state: PostedState, numbers: dict[str, str], names: dict[str, str]) -> LetterLine:
    return LetterLine(
        name=row.origin,
        title=title_of(row.kind),
        number=numbers.get(row.subject, ""),
        recipient=names.get(row.stream.recipient, row.stream.recipient[:8]),
        state=state.state,
        made_at=state.made_at,
        handed_at=state.sent_at,
        acked_at=state.acked_at,
        missing_files=len(state.missing_files),
        carrier=names.get(state.carrier, state.carrier[:8]),
        carried_at=state.carried_at,
    )


def _files(row: OutLetter) -> list[LetterFile]:
    return list(LetterFile.select().where(LetterFile.letter == row).order_by(LetterFile.id))


def _file_proof(file: LetterFile, recipient: str) -> FileProof:
    found = FileReceipt.get_or_none(FileReceipt.by == recipient, FileReceipt.sha256 == file.sha256)
    if found is None:
        return FileProof(file.sha256, file.size, None, None)
    receipt = Statement(RECEIPT_KIND, bytes(found.body), found.key_id, bytes(found.signature))
    return FileProof(file.sha256, file.size, found.at, receipt)
