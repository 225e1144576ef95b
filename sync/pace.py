"""When to call again, and how much to send at once; decided on numbers alone.

After a cut we call again at once: the link is there, only the connection died. Refusals and dead
links are met with growing pauses, spread by chance, so that a hall that comes back is not met by
all its stations in the same second.
"""

from collections.abc import Sequence
from enum import StrEnum
from random import Random

from sync.limits import (
    KIB,
    PARCEL_BYTES_MIN,
    PARCEL_BYTES_TARGET,
    PARCELS_UNDER_WAY_MAX,
)

PAUSE_SECONDS_FIRST = 2.0
PAUSE_SECONDS_MAX = 300.0
IDLE_SECONDS_MAX = 2100.0  # 41 heartbeats a day and the few before them, of 1 kB each: below 50 kB
RETRY_AFTER_SECONDS_MAX = 3600  # a hall that asks for more is mistaken; nobody stays away for years
PARCEL_SECONDS = (0.25, 0.75)  # parcels that follow one another faster may be larger, slower ones smaller


class Outcome(StrEnum):
    """How one exchange ended."""

    OK = "ok"
    QUIET = "quiet"  # orderly, and nothing had to be carried
    CUT = "cut"  # the connection stood and died
    BROKEN_OFF = "broken-off"  # it died too, but something had gone through before
    OFFLINE = "offline"  # no connection at all
    REFUSED = "refused"


def next_pause_seconds(
    history: Sequence[Outcome], chance: Random, idle_seconds: float, retry_after: int = 0
) -> float:
    """Seconds until the next exchange. history: outcomes, latest last; retry_after: the hall's wish, or 0.

    idle_seconds: after an exchange that carried something. Each quiet one after it doubles the pause.
    """
    failures = _failures(history)
    if history and history[-1] == Outcome.BROKEN_OFF:
        pause = 0.0  # progress, not an orderly end, shows that the link is alive
    elif failures == 0:
        pause = _idle(history, idle_seconds) * (0.9 + 0.2 * chance.random())
    elif history[-1] == Outcome.CUT and failures <= 2:
        pause = 0.0
    else:
        most = min(PAUSE_SECONDS_MAX, PAUSE_SECONDS_FIRST * 2.0 ** min(failures - 1, 16))
        pause = most * (0.5 + 0.5 * chance.random())
    asked = min(retry_after, RETRY_AFTER_SECONDS_MAX)
    return max(pause, asked * (1.0 + 0.2 * chance.random()))


def _failures(history: Sequence[Outcome]) -> int:
    """How many ended badly since the last that did not."""
    failures = 0
    for outcome in reversed(history):
        if outcome in (Outcome.OK, Outcome.QUIET, Outcome.BROKEN_OFF):
            break
        failures += 1
    return failures


def _idle(history: Sequence[Outcome], idle_seconds: float) -> float:
    """The pause after an orderly end: twice as long after each one that found nothing, up to a bound."""
    quiet = 0
    for outcome in reversed(history):
        if outcome is not Outcome.QUIET:
            break
        quiet += 1
    return min(max(IDLE_SECONDS_MAX, idle_seconds), idle_seconds * 2.0 ** min(quiet, 16))


def next_parcel_bytes(size_bytes: int, spacing_seconds: float, is_through: bool) -> int:
    """The next parcels' size; spacing_seconds: between the last two answers of a flight.

    It grows slowly and falls fast: where the link was cut once it will be cut again.
    """
    if not is_through:
        return max(PARCEL_BYTES_MIN, size_bytes // 2)
    quick, slow = PARCEL_SECONDS
    if spacing_seconds < quick:
        return min(PARCEL_BYTES_TARGET, size_bytes + KIB)
    return max(PARCEL_BYTES_MIN, size_bytes - KIB) if spacing_seconds > slow else size_bytes


def window(round_trip_seconds: float, spacing_seconds: float) -> int:
    """How many parcels to have under way, so that the link never waits for an answer.

    One is being sent and one is ready behind it; the rest are those that fit into a round trip.
    """
    return min(PARCELS_UNDER_WAY_MAX, 2 + int(round_trip_seconds / max(spacing_seconds, 0.001)))
