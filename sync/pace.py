"""When to call again, and how much to send at once; decided on numbers alone.

After a cut we call again at once: the link is there, only the connection died. Refusals and dead
links are met with growing pauses, spread by chance, so that a hall that comes back is not met by
all its stations in the same second.
"""

from collections.abc import Sequence
from enum import StrEnum
from random import Random

from sync.limits import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN

PAUSE_SECONDS_FIRST = 2.0
PAUSE_SECONDS_MAX = 300.0
CHUNK_SECONDS = 1.5  # a new case overtakes a file after about this long


class Outcome(StrEnum):
    """How one exchange ended."""

    OK = "ok"
    CUT = "cut"  # the connection stood and died
    OFFLINE = "offline"  # no connection at all
    REFUSED = "refused"


def next_pause_seconds(
    history: Sequence[Outcome], chance: Random, idle_seconds: float, retry_after: int = 0
) -> float:
    """Seconds until the next exchange. history: outcomes, latest last; retry_after: the hall's wish, or 0."""
    failures = 0
    for outcome in reversed(history):
        if outcome == Outcome.OK:
            break
        failures += 1
    if failures == 0:
        pause = idle_seconds * (0.9 + 0.2 * chance.random())
    elif history[-1] == Outcome.CUT and failures <= 2:
        pause = 0.0
    else:
        most = min(PAUSE_SECONDS_MAX, PAUSE_SECONDS_FIRST * 2.0 ** min(failures - 1, 16))
        pause = most * (0.5 + 0.5 * chance.random())
    return max(pause, retry_after * (1.0 + 0.2 * chance.random()))


def next_chunk_bytes(size_bytes: int, seconds: float, is_through: bool) -> int:
    """The next chunk's size, after one of `size_bytes` took `seconds` or was lost."""
    if not is_through:
        return max(CHUNK_BYTES_MIN, size_bytes // 2)
    fitting = size_bytes * CHUNK_SECONDS / max(seconds, 0.001)
    step = 2 * size_bytes if fitting >= 2 * size_bytes else max(size_bytes // 2, int(fitting))
    return max(CHUNK_BYTES_MIN, min(CHUNK_BYTES_MAX, step))
