"""The side that calls: one full round of mail and files with the hall above.

Letters go first, and again before each piece of a file, so that a long scan never delays a new
case. Nothing is tried again in here: the report says how it ended, and whoever calls decides when
to call next (`pace.next_pause_seconds`).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from sync import outbox
from sync.clock import Clock
from sync.errors import SyncError
from sync.exchange import Extras, Given, Taken, give, take
from sync.freight import Freight
from sync.keys import NodeKeys
from sync.limits import ROUNDS_MAX
from sync.line import OK, Line, refusal_of
from sync.mailbox import Handler, Mailbox
from sync.manifest import Refusal, Want
from sync.moments import read_moment
from sync.pace import Outcome
from sync.register import peer
from sync.rows import write
from sync.transport import Answer, HttpTransport, Transport

PARCEL_HEADERS = {"Content-Type": "application/vnd.yimen.parcel"}


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
        self._freight: Freight | None = None

    def exchange(self) -> ExchangeReport:
        """Everything there is to give and take now, as far as the link carries.

        To be called with the node's database in use. Raises UnknownPeer when this node has not joined.
        """
        hall_id = peer(self._box.node_id).parent
        peer(hall_id)
        self._line = self._line or Line(self._box, hall_id, self._transport)
        self._line.reset()
        self._freight = self._freight or Freight(self._box, hall_id, self._line)
        run = _Run(self._box, hall_id, self._line, self._freight)
        run.all()
        return run.report


class _Run:
    """One exchange under way."""

    def __init__(self, box: Mailbox, hall_id: str, line: Line, freight: Freight) -> None:
        self._box, self._hall_id, self._line, self._freight = box, hall_id, line, freight
        self.report = ExchangeReport()
        self._wants: tuple[Want, ...] = ()
        self._awaited: tuple[str, ...] = ()

    def all(self) -> None:
        """Mail, then files both ways, then mail once more for the receipts."""
        self._freight.starts(self._let_mail_pass, self._stop)
        is_up = self._mail()
        while is_up and self._freight.carry(self._wants):
            is_up = self._mail()
        self.report.files_sent_bytes = self._freight.sent_bytes
        self.report.files_received_bytes = self._freight.received_bytes
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
            moved = left != lacking or taken.accepted or taken.acknowledged or taken.incidents
            if not moved or not (left or taken.accepted or taken.incidents or taken.manifest.more):
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

    def _let_mail_pass(self) -> bool:
        """Letters that were made meanwhile go first."""
        return outbox.waiting(self._hall_id) == 0 or self._mail()

    def _stop(self, answer: Answer) -> None:
        """The link broke, or the hall refused."""
        if answer.status == 0:
            self.report.state = "offline"
            self.report.outcome = Outcome.CUT if answer.was_reached else Outcome.OFFLINE
            self.report.why = refusal_of(answer)
            self._freight.breaks()
        else:
            self._refuse(refusal_of(answer))
            wait = answer.headers.get("retry-after", "")
            self.report.retry_after = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 6 else 0

    def _refuse(self, why: str) -> None:
        self.report.state, self.report.outcome, self.report.why = "refused", Outcome.REFUSED, why
