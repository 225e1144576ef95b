"""How a hall keeps its footing when all its stations come back at once.

Requests wait for a free thread of the web server. When the wait would get too long, those whose turn has come
are refused at once, which costs next to nothing, and told when to come back: spread by chance, and the later
the more were told so before them. Nobody is refused for good, for each one served brings that moment nearer.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from sync.errors import TooBusy
from sync.limits import BUSY_WAIT_SECONDS, COME_BACK_SECONDS_MAX, WAIT_SECONDS_MAX

SECONDS_EACH_FIRST = 0.05  # of a request, until some were measured
WEIGHT_OF_NEW = 0.1


@dataclass(frozen=True)
class Load:
    """waiting: requests not begun yet. turned_away: refused ones that will come back.

    seconds_each: what a request takes on average; places: how many are served at once.
    """

    waiting: int
    turned_away: int
    seconds_each: float
    places: int

    @property
    def wait_seconds(self) -> float:
        """How long one that comes now would wait."""
        return self.waiting * self.seconds_each / self.places

    @property
    def all_seconds(self) -> float:
        """How long it takes until those who wait and those who were turned away are served."""
        return (self.waiting + self.turned_away) * self.seconds_each / self.places


def is_too_much(load: Load) -> bool:
    """Whether the next request is refused."""
    return load.wait_seconds > WAIT_SECONDS_MAX


def come_back_seconds(load: Load, chance: Random) -> int:
    """When a caller should come again: 0 for whenever it likes, else spread over the time the work takes."""
    if load.all_seconds <= BUSY_WAIT_SECONDS:
        return 0
    return min(COME_BACK_SECONDS_MAX, 1 + int(load.all_seconds * (0.5 + chance.random())))


class Gauge:
    """The load of one process of a hall, measured."""

    def __init__(
        self, places: int, chance: Random | None = None, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """places: threads that serve. ticks: monotonic seconds."""
        self.waiting: Callable[[], int] = lambda: 0  # set by the web server, which alone knows
        self._places = places
        self._chance = chance or Random()  # noqa: S311 - it spreads callers and guards nothing
        self._ticks = ticks
        self._lock = threading.Lock()
        self._turned_away = 0
        self._seconds_each = SECONDS_EACH_FIRST

    @property
    def load(self) -> Load:
        """As it is now."""
        return Load(self.waiting(), self._turned_away, self._seconds_each, self._places)

    def retry_after(self) -> int:
        """What a caller that was served is told: seconds to stay away, 0 when there is no hurry to spread."""
        return come_back_seconds(self.load, self._chance)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """One request. Raises TooBusy instead when there are too many."""
        with self._lock:
            load = self.load
            if is_too_much(load):
                self._turned_away += 1
                raise TooBusy(max(1, come_back_seconds(load, self._chance)))
        began = self._ticks()
        try:
            yield
        finally:
            self._note(self._ticks() - began)

    def _note(self, seconds: float) -> None:
        with self._lock:
            self._turned_away = max(0, self._turned_away - 1)
            self._seconds_each += WEIGHT_OF_NEW * (seconds - self._seconds_each)
