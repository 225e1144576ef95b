"""Time with its proof: what this node may say about when something happened.

The PC's wall clock may be years off (a dead CMOS battery) and may jump. The hall's signed answer
is the only thing that corrects it; in between, the monotonic source carries time forward. Order
never depends on any of this: it comes from the hash chain.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from threading import Lock

HALL_PROOF_MAX = timedelta(hours=24)
CHAIN_PROOF_MAX = timedelta(days=400)
TOLERANCE = timedelta(minutes=5)


class Proof(StrEnum):
    """How far a time can be relied on, best first."""

    HALL = "hall"  # a topmost hall's own clock, or carried forward from a hall's answer of the last 24 hours
    CHAIN = "chain"  # carried for longer, or the wall clock where it fits the last time a hall proved
    NONE = "none"  # the wall clock, and nothing speaks for it


@dataclass(frozen=True)
class Stamp:
    """A moment in UTC and what proves it."""

    at: datetime
    proof: Proof


class Clock:
    """The time of one node. The wall clock never moves it back; only a hall's answer may correct it."""

    def __init__(
        self,
        wall: Callable[[], datetime],
        monotonic: Callable[[], float],
        latest_attested: datetime | None = None,
    ) -> None:
        """wall: UTC-aware, may jump. monotonic: seconds, never jumps, counts sleep if it can.

        latest_attested: what `latest_attested()` said when this node last ran, or None.
        """
        self._wall = wall
        self._monotonic = monotonic
        self._attested = latest_attested
        self._base = wall() if latest_attested is None else max(wall(), latest_attested)
        self._base_ticks = monotonic()
        self._hall_ticks: float | None = None
        self._is_authority = False
        self._lock = Lock()

    def now(self) -> datetime:
        """UTC; never earlier than an earlier answer of this process, unless a hall corrected it."""
        return self.stamp().at

    def stamp(self) -> Stamp:
        """This moment and its proof."""
        with self._lock:
            return self._advance()

    def lead(self) -> None:
        """This node is the hall above which there is none: its own wall clock is what others go by."""
        with self._lock:
            self._is_authority = True

    def attest(self, at: datetime) -> None:
        """A hall's signed answer to a question we just asked says it is `at` (UTC-aware)."""
        with self._lock:
            here = self._advance().at
            is_near = timedelta(0) <= here - at <= TOLERANCE
            self._base = here if is_near else at  # a few seconds ahead are not worth a step back
            self._attested = at
            self._base_ticks = self._hall_ticks = self._monotonic()

    def learn(self, at: datetime) -> None:
        """Something a hall signed earlier (a bundle, a catalog) shows that it is not before `at`."""
        with self._lock:
            here = self._advance().at
            if self._attested is None or at > self._attested:
                self._attested = at
            if at > here:
                self._base, self._base_ticks = at, self._monotonic()

    def latest_attested(self) -> datetime | None:
        """The latest time a hall proved to this node, to be kept for the next start."""
        return self._attested

    def _advance(self) -> Stamp:
        ticks = self._monotonic()
        carried = self._base + timedelta(seconds=max(0.0, ticks - self._base_ticks))
        if self._hall_ticks is not None:
            is_fresh = ticks - self._hall_ticks <= HALL_PROOF_MAX.total_seconds()
            return Stamp(carried, Proof.HALL if is_fresh else Proof.CHAIN)
        wall = self._wall()
        self._base, self._base_ticks = max(carried, wall), ticks
        return Stamp(self._base, Proof.HALL if self._is_authority else self._proof_of(wall))

    def _proof_of(self, wall: datetime) -> Proof:
        if self._attested is None or self._base - wall > TOLERANCE:
            return Proof.NONE
        fits = self._attested - TOLERANCE <= wall <= self._attested + CHAIN_PROOF_MAX
        return Proof.CHAIN if fits else Proof.NONE


def system_clock(latest_attested: datetime | None = None) -> Clock:
    """The clock of this machine; its ticks go on while the machine sleeps where the system can tell."""
    return Clock(lambda: datetime.now(UTC), _ticks, latest_attested)


def _ticks() -> float:
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)
