"""The side that calls: one full round of mail and files with the hall above.

Letters go first, and again before each piece of a file, so that a long scan never delays a new
case. Nothing is tried again in here: the report says how it ended, and whoever calls decides when
to call next (`pace.next_pause_seconds`).
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sync import budget, carriage, far_files, introductions, outbox
from sync.carriage import Load, Unloaded
from sync.clock import Clock
from sync.errors import SyncError
from sync.exchange import Extras, Given, Taken, give, take
from sync.flight import EXCHANGE_PATH, PARCEL_HEADERS, Flight
from sync.freight import Freight
from sync.keys import NodeKeys
from sync.limits import ROUNDS_MAX
from sync.line import OK, Line, error_of, refusal_of
from sync.mailbox import Handler, Mailbox
from sync.manifest import Refusal, Want
from sync.moments import read_moment
from sync.pace import Outcome
from sync.register import is_above, peer
from sync.rows import write
from sync.transport import Answer, HttpTransport, Transport

FEW_LETTERS = 8  # so many go with a full round as well


@dataclass
class ExchangeReport:
    """How one exchange ended. state: ok, offline or refused; why: in Chinese, when not ok.

    error: the name of the hall's refusal, if it named one.

    sent: letters the hall newly holds. received: letters that came. acknowledged: letters of ours
    whose acknowledgement came. Byte counts include HTTP headers, not TLS.
    latest: versions on offer. retry_after: seconds the hall asks us to stay away.
    is_over_budget: today's bytes are spent, and files wait until tomorrow.
    files_why: why files stay behind although letters went, in Chinese, or "".
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
    error: str = ""
    outcome: Outcome = Outcome.OK
    refused: list[Refusal] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)
    latest: dict[str, int] = field(default_factory=dict)
    retry_after: int = 0
    is_over_budget: bool = False
    files_why: str = ""

    def has_moved(self) -> bool:
        """Whether anything went through, either way."""
        letters = self.sent + self.received + self.acknowledged
        return letters + self.files_sent_bytes + self.files_received_bytes > 0


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
        opens: Callable[[], Transport] | None = None,
        daily_bytes_max: int = 0,
        latest: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        """The hall is the parent that the register names for this node, or one above it that answers there.

        daily_bytes_max: beyond it, both ways, files wait until the next day; 0 for no such budget.
        latest: see `Mailbox`.

        opens: makes a further connection to the hall, so that several parcels can be under way.
        With a `transport` of the caller's and no `opens`, one parcel follows the other. may_send:
        asked before each piece of a file, with its size in bytes, whether it may travel now.
        """
        self._box = Mailbox(keys, node_id, clock, handlers, latest)
        self._transport = transport or HttpTransport(hall_url)
        self._opens = opens if transport else lambda: HttpTransport(hall_url)
        self._daily_bytes_max = daily_bytes_max
        self._run: _Run | None = None
        self.may_send: Callable[[int], bool] = lambda _: True

    def exchange(self) -> ExchangeReport:
        """Everything there is to give and take now, as far as the link carries.

        To be called with the node's database in use. Raises UnknownPeer when this node has not joined.
        """
        parent = peer(self._box.node_id).parent
        peer(parent)
        introductions.post_due(self._box)
        run = self._run or _Run(self._box, parent, self._transport, self._opens)
        report = self._counted(run)
        if run.other and is_above(run.other, self._box.node_id):
            run = _Run(self._box, run.other, self._transport, self._opens)
            report = self._counted(run)
        self._run = run
        return report

    def _counted(self, run: "_Run") -> ExchangeReport:
        """One exchange within what is left of today's bytes."""
        report = run.all(self.may_send, self._daily_bytes_max)
        budget.note(self._box.clock.now(), report.bytes_up, report.bytes_down)
        return report


class _Run:
    """One exchange under way, and what is remembered from one to the next.

    _far: files of ours that a hall behind the relay lacks. _passed: what was passed on for others, each
    time once. is_unsure: letters left here and no answer came, so the hall is asked how far it is before more
    are sent.
    """

    def __init__(
        self, box: Mailbox, hall_id: str, transport: Transport, opens: Callable[[], Transport] | None
    ) -> None:
        self._box, self._hall_id = box, hall_id
        self._line = Line(box, hall_id, transport)
        self._freight = Freight(box, hall_id, self._line, opens)
        self._flight = Flight(box, hall_id, self._line, opens)
        self._is_unsure = outbox.is_handed(hall_id)
        self._round_trip_seconds = 0.0
        self._left_bytes: int | None = None
        self._stuck = 0
        self._starts()

    @property
    def other(self) -> str:
        """Who answered in the hall's place, "" when it was the hall itself."""
        return self._line.other

    def _starts(self) -> None:
        self.report = ExchangeReport()
        self._answers = 0
        self._wants: tuple[Want, ...] = ()
        self._awaited: tuple[str, ...] = ()
        self._brought = Unloaded()
        self._far: dict[str, Want] = {}
        self._passed: set[Want] = set()
        self._beside: tuple[Want, ...] = ()
        self._line.reset()

    def all(self, may_send: Callable[[int], bool], daily_bytes_max: int = 0) -> ExchangeReport:
        """Mail, then files both ways, then mail once more for the receipts."""
        self._starts()
        self._left_bytes = daily_bytes_max - budget.spent(self._box.clock.now()) if daily_bytes_max else None
        self._freight.may_send = lambda size_bytes: self._may_carry_files() and may_send(size_bytes)
        with self._freight.exchange(self._let_mail_pass, self._stop, self._all_wants):
            if self._waiting() == 0:
                self._freight.resumes()
            is_up = self._mail()
            self._stuck = self._waiting()
            while is_up and self._may_carry_files() and self._files():
                is_up = self._mail()
        report, line = self.report, self._line
        report.files_sent_bytes = self._freight.sent_bytes
        report.files_received_bytes = self._freight.received_bytes
        report.files_why = self._freight.why
        report.round_trips, report.bytes_up, report.bytes_down = (
            line.round_trips,
            line.bytes_up,
            line.bytes_down,
        )
        if report.outcome == Outcome.CUT and report.has_moved():
            report.outcome = Outcome.BROKEN_OFF
        return report

    def _files(self) -> bool:
        """Files both ways; True when one became whole. A relay is told of those it does not know of."""
        told = {want.sha256 for want in self._wants}
        far = tuple(want for want in self._far.values() if want.sha256 not in told)
        announced = far_files.announce(self._box, self._hall_id, self._line, far)
        far_files.seek(self._hall_id, self._line)
        passing = tuple(want for want in self._brought.wants if want not in self._passed)
        self._far, self._passed = {}, self._passed | set(passing)
        self._beside = (*announced, *passing)
        return self._freight.carry()

    def _all_wants(self) -> tuple[int, tuple[Want, ...]]:
        """How many full answers there were, and what the hall lacks, for itself or on its way through."""
        return self._answers, (*self._wants, *self._beside)

    def _mail(self) -> bool:
        """Rounds until neither side has more; False when the exchange cannot go on."""
        for _ in range(ROUNDS_MAX):
            lacking, own, was_unsure = self._waiting(), outbox.waiting(self._hall_id), self._is_unsure
            taken = self._round()
            left = outbox.waiting(self._hall_id)
            has_flown = taken is not None and left > FEW_LETTERS and (left < own or was_unsure)
            is_up = taken is not None and (not has_flown or self._fly())
            left = self._waiting()
            self.report.sent += max(0, lacking - left)
            if taken is None or not is_up:
                return False
            is_due = has_flown or (was_unsure and left > 0)  # only a full round tells the rest
            if not is_due and not (self._has_moved(taken, left - lacking) and self._has_more(taken, left)):
                return True
        return True

    def _has_moved(self, taken: Taken, difference: int) -> bool:
        """Whether another round could bring more than this one did. difference: in letters that wait."""
        news = taken.accepted or taken.acknowledged or taken.incidents
        return bool(difference or news or self._brought.has_moved())

    def _has_more(self, taken: Taken, left: int) -> bool:
        """Whether one side is known to have more, or has something to answer."""
        to_answer = taken.accepted or taken.incidents or self._brought.accepted or self._brought.held
        return bool(left or to_answer or taken.manifest.more)

    def _round(self) -> Taken | None:
        """One full question, alone on the line, with the next letters unless we are unsure."""
        nonce = os.urandom(16).hex()
        size_bytes = 0 if self._is_unsure else self._flight.parcel_bytes
        load = carriage.load_for(self._box, self._hall_id)
        extras = Extras(nonce, self._awaited, carried=load.sections, custody=load.custody)
        given = give(self._box, self._hall_id, extras=extras, size_bytes=size_bytes)
        self._lease(given, load)
        answer = self._line.request("POST", EXCHANGE_PATH, PARCEL_HEADERS, given.data)
        taken = self._land(given, answer)
        if taken is not None:
            self._is_unsure = False
            self._round_trip_seconds = answer.seconds
            self._note(taken)
            if taken.manifest.nonce == nonce:
                self._box.clock.attest(read_moment(taken.manifest.at))
            carriage.note_handed(self._box, load, taken.manifest.refused)
            self._unload(taken)
        else:
            self._unlease(load)
        return taken

    def _unload(self, taken: Taken) -> None:
        """The sections of the answer: mail from behind the hall, and what we carry."""
        self._brought = brought = carriage.unload(self._box, taken, self._hall_id)
        self._far |= {want.sha256: want for want in brought.far}
        self.report.received += brought.accepted
        self.report.acknowledged += brought.acknowledged
        self.report.refused += brought.refused
        self.report.incidents += brought.incidents

    def _waiting(self) -> int:
        """Letters the hall lacks, for itself or to be carried on."""
        return outbox.waiting(self._hall_id) + carriage.waiting(self._box, self._hall_id)

    def _fly(self) -> bool:
        """What is left of the letters, several parcels under way; then a full round can tell the rest."""
        return self._flight.fly(
            self._round_trip_seconds, self._lease, lambda g, a: self._land(g, a) is not None
        )

    def _land(self, given: Given, answer: Answer) -> Taken | None:
        """Take an answer in; None when there was none, or none that we could take."""
        if answer.status != OK:
            self._unlease(given)
            self._is_unsure |= answer.status == 0 and bool(given.letter_ids)
            self._stop(answer)
            return None
        try:
            taken = take(self._box, answer.body, "link", self._hall_id)
        except SyncError as error:
            self._unlease(given)
            self._refuse(str(error))
            return None
        self._count(taken)
        return taken

    def _lease(self, *parcels: Given | Load) -> None:
        letter_ids = [number for parcel in parcels for number in parcel.letter_ids]
        if letter_ids:
            with write():
                outbox.hand(letter_ids, self._box.clock.now())

    def _unlease(self, parcel: Given | Load) -> None:
        if parcel.letter_ids:
            with write():
                outbox.take_back(parcel.letter_ids)

    def _count(self, taken: Taken) -> None:
        report, told = self.report, taken.manifest
        report.received += taken.accepted
        report.acknowledged += taken.acknowledged
        report.refused += [*taken.refused, *told.refused]
        report.incidents += taken.incidents
        report.retry_after = told.retry_after

    def _note(self, taken: Taken) -> None:
        """What only a full answer says."""
        self._answers += 1
        self._wants, self._awaited = taken.manifest.wants, taken.manifest.awaits
        self.report.latest = taken.manifest.latest

    def _let_mail_pass(self) -> bool:
        """Letters that were made meanwhile go first; what the hall would not take does not go again."""
        if self._waiting() <= self._stuck:
            return True
        is_up = self._mail()
        self._stuck = self._waiting()
        return is_up

    def _may_carry_files(self) -> bool:
        """Whether today's budget is not spent yet, with what has passed in this exchange."""
        passed = self._line.bytes_up + self._line.bytes_down + self._freight.beside_bytes
        self.report.is_over_budget = self._left_bytes is not None and passed >= self._left_bytes
        return not self.report.is_over_budget

    def _stop(self, answer: Answer) -> None:
        """The link broke, or the hall refused."""
        if answer.status == 0:
            self.report.state = "offline"
            self.report.outcome = Outcome.CUT if answer.was_reached else Outcome.OFFLINE
            self.report.why = refusal_of(answer)
        else:
            self._refuse(refusal_of(answer))
            self.report.error = error_of(answer)
            wait = answer.headers.get("retry-after", "")
            self.report.retry_after = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 6 else 0

    def _refuse(self, why: str) -> None:
        self.report.state, self.report.outcome, self.report.why = "refused", Outcome.REFUSED, why
