"""The link to the parent: one exchange at a time, and what the last ones said."""

import random
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from station import kept, ring
from sync.courier import Courier, ExchangeReport
from sync.keys import NodeKeys
from sync.pace import Outcome, next_pause_seconds
from sync.transport import HttpTransport, Transport

if TYPE_CHECKING:
    from station.node import Node

LAST_CONTACT = "link-last-contact"
FORGOTTEN = "WrongKey"  # what a hall says to a key that it does not have on record
HISTORY_MAX = 20
MIB = 1024 * 1024
CONTACT_KEPT_EVERY = timedelta(minutes=5)


@dataclass
class Link:
    """How it stands with the parent. state: silent before the first try, then ok, offline or refused.

    latest: versions the parent has on offer, by name, as it last said.
    """

    state: str = "silent"
    why: str = ""
    last_try_at: datetime | None = None
    last_contact_at: datetime | None = None
    next_try_at: datetime | None = None
    latest: dict[str, int] = field(default_factory=dict)
    history: list[Outcome] = field(default_factory=list)
    _busy: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _courier: tuple[str, Courier] | None = field(default=None, repr=False)
    _newest_letter: int | None = field(default=None, repr=False)
    _contact_kept_at: datetime | None = field(default=None, repr=False)
    _chance: random.Random = field(default_factory=random.Random, repr=False)

    @property
    def is_up(self) -> bool:
        """True when the parent answered the last time."""
        return self.state == "ok"

    @property
    def is_refused(self) -> bool:
        """True when the parent answered, and would not talk to us."""
        return self.state == "refused"

    def recall(self) -> None:
        """Take up the last contact of an earlier run; with the node's tables in use."""
        text = kept.note(LAST_CONTACT)
        self.last_contact_at = datetime.fromisoformat(text) if text else None

    def exchange(self, node: "Node") -> ExchangeReport:
        """One exchange with the parent now; waits for one under way. Offline is an ordinary answer."""
        with self._busy:
            self.last_try_at = node.clock.now()
            if not node.facts.parent_url or node.parent() is None:
                return ExchangeReport("offline", why="本站还没有加入上级大厅。", outcome=Outcome.OFFLINE)
            report = self._courier_for(node).exchange()
            old = ring.earlier_keys(node.node_key) if report.error == FORGOTTEN else None
            if old is not None:
                report = self._under_an_earlier_key(node, old)
            self._note(report, node.clock.now())
            return report

    def is_news(self, newest_letter: int) -> bool:
        """Whether a letter was written since the last time this was asked; the first time none was."""
        before, self._newest_letter = self._newest_letter, newest_letter
        return before is not None and newest_letter > before

    def hang_up(self) -> None:
        """Let the next exchange begin as somebody who has just come: under other keys, or another name."""
        with self._busy:
            self._courier = None

    def pause_seconds(self, idle_seconds: float, now: datetime, retry_after: int = 0) -> float:
        """How long to wait before the next try."""
        seconds = next_pause_seconds(self.history, self._chance, idle_seconds, retry_after)
        self.next_try_at = now + timedelta(seconds=seconds)
        return seconds

    def _under_an_earlier_key(self, node: "Node", old: NodeKeys) -> ExchangeReport:
        """A hall set back to before our change of keys learns of it by our letters, under the old key."""
        box, transport = node.mailbox, transport_to(node, node.facts.parent_url)
        url, handlers = node.facts.parent_url, box.handlers
        return Courier(old, box.node_id, url, handlers, box.clock, transport, latest=box.latest).exchange()

    def _courier_for(self, node: "Node") -> Courier:
        """The courier to the parent's present address; it keeps its connection from call to call."""
        url = node.facts.parent_url
        if self._courier is None or self._courier[0] != url:
            box, opens = node.mailbox, lambda: transport_to(node, url)
            most = node.settings.daily_mib * MIB
            who = (box.keys, box.node_id, url, box.handlers, box.clock)
            self._courier = (url, Courier(*who, opens(), opens, most, box.latest))
        return self._courier[1]

    def _note(self, report: ExchangeReport, now: datetime) -> None:
        self.state, self.why = report.state, report.why
        is_quiet = report.outcome is Outcome.OK and not report.has_moved()
        self.history = [*self.history, Outcome.QUIET if is_quiet else report.outcome][-HISTORY_MAX:]
        if report.state == "ok":
            self.latest, self.last_contact_at = dict(report.latest), now
            if self._contact_kept_at is None or now - self._contact_kept_at >= CONTACT_KEPT_EVERY:
                kept.keep_note(LAST_CONTACT, now.isoformat())
                self._contact_kept_at = now


def transport_to(node: "Node", url: str) -> Transport:
    """HTTP to a hall, its certificate checked against our own authority where one is set."""
    return HttpTransport(url, node.settings.parent_ca or True)
