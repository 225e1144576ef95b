"""The side that calls: one full round of mail and files with the hall above.

Letters go first, and again before each piece of a file, so that a long scan never delays a new
case. Nothing is tried again in here: the report says how it ended, and whoever calls decides when
to call next (`pace.next_pause_seconds`).
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from sync import attachments, outbox
from sync.clock import Clock
from sync.errors import SyncError
from sync.exchange import Extras, Given, Taken, give, receive_file, take
from sync.keys import NodeKeys
from sync.limits import CHUNK_BYTES_START, ROUNDS_MAX
from sync.line import OK, Line, refusal_of
from sync.mailbox import Handler, Mailbox
from sync.manifest import Refusal, Want
from sync.moments import read_moment
from sync.pace import Outcome, next_chunk_bytes
from sync.register import peer
from sync.rows import write
from sync.transport import Answer, HttpTransport, Transport

PARCEL_HEADERS = {"Content-Type": "application/vnd.yimen.parcel"}
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK_TYPE = "application/offset+octet-stream"
SETBACKS_MAX = 8  # damaged or misplaced pieces of one file before it waits for the next exchange


@dataclass
class ExchangeReport:
    """How one exchange ended. state: ok, offline or refused; why: in Chinese, when not ok.

    sent: letters the hall newly holds. received: letters that came. acknowledged: letters of ours
    whose acknowledgement came. Byte counts include HTTP headers, not TLS.
    latest: versions on offer. retry_after: seconds the hall asks us to stay away.
    """

    state: str = "ok"
    sent: int = 0
    received: int = 0
    acknowledged: int = 0
    files_sent_bytes: int = 0
    files_received_bytes: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    round_trips: int = 0
    why: str = ""
    outcome: Outcome = Outcome.OK
    refused: list[Refusal] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)
    latest: dict[str, int] = field(default_factory=dict)
    retry_after: int = 0


class Courier:
    """A node's way to the hall above it. One exchange at a time."""

    def __init__(
        self,
        keys: NodeKeys,
        node_id: str,
        hall_url: str,
        handlers: Mapping[str, Handler],
        clock: Clock,
        transport: Transport | None = None,
    ) -> None:
        """The hall is the parent that the register names for this node."""
        self._box = Mailbox(keys, node_id, clock, handlers)
        self._transport = transport or HttpTransport(hall_url)
        self._line: Line | None = None
        self._chunk_bytes = CHUNK_BYTES_START

    def exchange(self) -> ExchangeReport:
        """Everything there is to give and take now, as far as the link carries.

        To be called with the node's database in use. Raises UnknownPeer when this node has not joined.
        """
        hall_id = peer(self._box.node_id).parent
        peer(hall_id)
        self._line = self._line or Line(self._box, hall_id, self._transport)
        self._line.reset()
        run = _Run(self._box, hall_id, self._line, self._chunk_bytes)
        run.all()
        self._chunk_bytes = run.chunk_bytes
        return run.report


class _Run:
    """One exchange under way."""

    def __init__(self, box: Mailbox, hall_id: str, line: Line, chunk_bytes: int) -> None:
        self._box, self._hall_id, self._line = box, hall_id, line
        self.chunk_bytes = chunk_bytes
        self.report = ExchangeReport()
        self._wants: tuple[Want, ...] = ()
        self._awaited: tuple[str, ...] = ()

    def all(self) -> None:
        """Mail, then files both ways, then mail once more for the receipts."""
        is_up = self._mail()
        while is_up and self._files():
            is_up = self._mail()
        self.report.round_trips = self._line.round_trips
        self.report.bytes_up, self.report.bytes_down = self._line.bytes_up, self._line.bytes_down

    def _mail(self) -> bool:
        """Rounds until neither side has more; False when the exchange cannot go on."""
        for _ in range(ROUNDS_MAX):
            lacking = outbox.waiting(self._hall_id)
            taken = self._round()
            if taken is None:
                return False
            left = outbox.waiting(self._hall_id)
            self.report.sent += max(0, lacking - left)
            moved = left < lacking or taken.accepted or taken.acknowledged or taken.incidents
            if not moved or not (left or taken.accepted or taken.manifest.more):
                return True
        return True

    def _round(self) -> Taken | None:
        nonce = os.urandom(16).hex()
        given = give(self._box, self._hall_id, extras=Extras(nonce, self._awaited))
        self._lease(given)
        answer = self._line.request("POST", "/sync/v1/exchange", PARCEL_HEADERS, given.data)
        if answer.status != OK:
            self._unlease(given)
            self._stop(answer)
            return None
        try:
            taken = take(self._box, answer.body, "link", self._hall_id)
        except SyncError as error:
            self._unlease(given)
            self._refuse(str(error))
            return None
        if taken.manifest.nonce == nonce:
            self._box.clock.attest(read_moment(taken.manifest.at))
        self._note(taken)
        return taken

    def _lease(self, given: Given) -> None:
        if given.letter_ids:
            with write():
                outbox.hand(given.letter_ids, self._box.clock.now())

    def _unlease(self, given: Given) -> None:
        if given.letter_ids:
            with write():
                outbox.take_back(given.letter_ids)

    def _note(self, taken: Taken) -> None:
        report, told = self.report, taken.manifest
        self._wants, self._awaited = told.wants, told.awaits
        report.received += taken.accepted
        report.acknowledged += taken.acknowledged
        report.refused += [*taken.refused, *told.refused]
        report.incidents += taken.incidents
        report.latest, report.retry_after = told.latest, told.retry_after

    def _files(self) -> bool:
        """Files both ways; True when something changed hands, so that receipts are due."""
        moved = False
        for want in self._wants:
            if attachments.may_fetch(self._hall_id, want.sha256) and attachments.is_whole(want.sha256):
                moved |= self._upload(want)
            if self.report.state != "ok":
                return False
        for want in attachments.wanted(self._hall_id, ROUNDS_MAX):
            moved |= self._download(want)
            if self.report.state != "ok":
                return False
        return moved

    def _upload(self, want: Want) -> bool:
        """Send a file from where the hall holds it; True when the hall has all of it."""
        offset, size_bytes, setbacks = want.held, attachments.sealed_size(want.sha256), 0
        while offset < size_bytes and setbacks < SETBACKS_MAX:
            if not self._let_mail_pass():
                return False
            data = attachments.sealed_range(want.sha256, offset, self.chunk_bytes)
            answer = self._line.request("PATCH", f"/files/{want.sha256}", _chunk_headers(offset, data), data)
            reached = _offset_of(answer)
            if answer.status not in (204, 409, 460) or reached is None:
                self._stop(answer)
                return False
            is_through = answer.status == 204
            setbacks += not is_through
            self.report.files_sent_bytes += len(data) if is_through else 0
            self.chunk_bytes = next_chunk_bytes(len(data), answer.seconds, is_through)
            offset = reached
        return offset >= size_bytes

    def _download(self, want: Want) -> bool:
        """Take a file from where we hold it; True when we have all of it."""
        offset, setbacks = want.held, 0
        while not attachments.is_whole(want.sha256) and setbacks < SETBACKS_MAX:
            if not self._let_mail_pass():
                return False
            headers = {"Range": f"bytes={offset}-{offset + self.chunk_bytes - 1}"}
            answer = self._line.request("GET", f"/files/{want.sha256}", headers)
            if answer.status != 206 or not answer.body:
                self._stop(answer)
                return False
            held = receive_file(self._box, self._hall_id, want.sha256, offset, answer.body)
            is_through = held == offset + len(answer.body)
            setbacks += not is_through
            self.report.files_received_bytes += len(answer.body)
            self.chunk_bytes = next_chunk_bytes(len(answer.body), answer.seconds, is_through)
            offset = held
        return attachments.is_whole(want.sha256)

    def _let_mail_pass(self) -> bool:
        """Letters that were made meanwhile go first."""
        return outbox.waiting(self._hall_id) == 0 or self._mail()

    def _stop(self, answer: Answer) -> None:
        """The link broke, or the hall refused."""
        if answer.status == 0:
            self.report.state = "offline"
            self.report.outcome = Outcome.CUT if answer.was_reached else Outcome.OFFLINE
            self.report.why = refusal_of(answer)
            self.chunk_bytes = next_chunk_bytes(self.chunk_bytes, 0.0, is_through=False)
        else:
            self._refuse(refusal_of(answer))
            wait = answer.headers.get("retry-after", "")
            self.report.retry_after = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 6 else 0

    def _refuse(self, why: str) -> None:
        self.report.state, self.report.outcome, self.report.why = "refused", Outcome.REFUSED, why


def _chunk_headers(offset: int, data: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    own = {"Content-Type": CHUNK_TYPE, "Upload-Offset": str(offset), "Upload-Checksum": f"sha256 {digest}"}
    return TUS | own


def _offset_of(answer: Answer) -> int | None:
    text = answer.headers.get("upload-offset", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
