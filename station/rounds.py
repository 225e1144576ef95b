"""What an open node does by itself: exchange with its parent, look for a newer catalog, keep house.

One thread, outside every request. Being offline is an ordinary answer; any other trouble is recorded
and tried again later, so that a mistake in one round never ends the rounds.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from station import chores
from station.reserve import is_disk_full

if TYPE_CHECKING:
    from station.node import Node

log = logging.getLogger("station.rounds")
FIRST_SECONDS = 1.0
Act = Callable[["Node"], float]


@dataclass
class Round:
    """One thing done again and again. act: does it and returns the seconds until the next time."""

    name: str
    act: Act
    wait_seconds: float = FIRST_SECONDS


class Rounds:
    """The rounds of one open node; `start` once, `stop` before its database closes."""

    def __init__(
        self,
        node: "Node",
        ticks: Callable[[], float],
        rounds: Sequence[tuple[str, Act]] = chores.ROUNDS,
    ) -> None:
        """ticks: monotonic seconds. rounds: by name, as `Round` has them."""
        self._node = node
        self._ticks = ticks
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)
        self._rounds = [Round(name, act) for name, act in rounds]
        self._due = {one.name: ticks() + one.wait_seconds for one in self._rounds}

    def start(self) -> None:
        """Begin; the first round comes after a second."""
        self._thread.start()

    def wake(self) -> None:
        """Exchange and look for a catalog now."""
        self._wake.set()

    def stop(self, wait_seconds: float = 20.0) -> None:
        """End after the round under way."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(wait_seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            pause = max(0.05, min(self._due.values()) - self._ticks())
            if self._wake.wait(pause):
                self._wake.clear()
                self._due |= dict.fromkeys(chores.WOKEN, self._ticks())
            if not self._stop.is_set():
                self._do_what_is_due()
        self._node.database.close()

    def _do_what_is_due(self) -> None:
        for one in self._rounds:
            if self._due[one.name] <= self._ticks() and not self._stop.is_set():
                self._due[one.name] = self._ticks() + self._seconds_after(one)

    def _seconds_after(self, one: Round) -> float:
        try:
            with self._node.using():
                return one.act(self._node)
        except Exception as error:  # the outermost loop: recorded, and tried again later
            log.exception("round %s failed", one.name)
            if is_disk_full(error):
                self._node.reserve.release()
            return chores.AFTER_TROUBLE_SECONDS
