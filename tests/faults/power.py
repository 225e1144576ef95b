"""Pulls the plug of a node at planned moments: SIGKILL to its whole process group.

The plan is seeded: which node, during which step, and how far into it. How long a step takes on this
machine is learned from the runs without a cut, so that a moment falls anywhere in it, and sometimes
shortly after it.
"""

import random
import statistics
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

from station.demo.processes import NodeProcess

STATION, HALL = "station", "hall"
WAKING = "waking"
REACH = 1.15  # how far beyond a step's usual length a moment may lie
WAKING_SHARE = 0.15
READY = 5
FIRST_GUESS_SECONDS = 0.3
STEPS = (
    *("start", "answers", "who", "form", "materials", "confirm", "papers", "send", "look", "accept"),
    *("decide", "fetch", "hand out", "report", WAKING),
)
WEIGHTS: dict[str, dict[str, int]] = {
    STATION: {
        "start": 1,
        "answers": 1,
        "who": 1,
        "form": 1,
        "materials": 3,
        "confirm": 9,
        "papers": 1,
        "send": 5,
        "fetch": 5,
        "hand out": 5,
        "report": 3,
    },
    HALL: {"confirm": 1, "send": 7, "look": 1, "accept": 5, "decide": 6, "fetch": 5, "report": 4},
}


@dataclass(frozen=True)
class Moment:
    """One planned cut. fraction: of the usual length of the step, from its start."""

    number: int
    victim: str
    step: str
    fraction: float


@dataclass(frozen=True)
class Cut:
    """One cut that happened. step: what was really going on then."""

    victim: str
    step: str


class Schedule:
    """The moments to come, station and hall in turn. Some nodes are cut again as they wake.

    A few moments of each node are held ready, and the first one whose step comes up is used: so a job
    meets several of them.
    """

    def __init__(self, seed: int, count: int | None) -> None:
        """count: None for moments without end."""
        self.left = count
        self._chance = random.Random(seed)
        self._turn = STATION
        self._used = 0
        self._ready = {victim: [self._step_of(victim) for _ in range(READY)] for victim in WEIGHTS}

    @property
    def is_over(self) -> bool:
        """Whether every moment was used."""
        return self.left == 0

    def due(self, step: str) -> Moment | None:
        """The moment that belongs to a step that begins now, if one does."""
        ready = self._ready[self._turn]
        if self.is_over or step not in ready:
            return None
        ready.remove(step)
        ready.append(self._step_of(self._turn))
        victim, self._turn = self._turn, HALL if self._turn == STATION else STATION
        return self._moment(victim, step)

    def due_waking(self, victim: str) -> Moment | None:
        """Perhaps a second cut while the node comes up."""
        if self.is_over or self._chance.random() >= WAKING_SHARE:
            return None
        return self._moment(victim, WAKING)

    def _moment(self, victim: str, step: str) -> Moment:
        self._used += 1
        self.left = None if self.left is None else self.left - 1
        return Moment(self._used, victim, step, self._chance.uniform(0, REACH))

    def _step_of(self, victim: str) -> str:
        weights = WEIGHTS[victim]
        return self._chance.choices(list(weights), list(weights.values()))[0]


class Lengths:
    """How long each step usually takes, from its last runs without a cut."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=9))

    def note(self, step: str, seconds: float) -> None:
        """One run without a cut."""
        self._seen[step].append(seconds)

    def usual(self, step: str) -> float:
        """Median seconds."""
        return statistics.median(self._seen[step]) if self._seen[step] else FIRST_GUESS_SECONDS


class Plug:
    """Cuts one node at a time. `step` is told by whoever does the work, for the record."""

    def __init__(self, nodes: Mapping[str, NodeProcess]) -> None:
        self.nodes = nodes
        self.step = ""
        self.cuts: Counter[tuple[str, str]] = Counter()
        self._timer: threading.Timer | None = None
        self._cut: Cut | None = None

    @property
    def is_armed(self) -> bool:
        """Whether a cut is to come, or came and was not taken notice of yet."""
        return self._timer is not None

    @property
    def has_cut(self) -> bool:
        """Whether a node was cut and nobody took notice yet."""
        return self._cut is not None

    def arm(self, moment: Moment, delay_seconds: float) -> None:
        """Cut its node after a while, whatever is going on then."""
        assert not self.is_armed, "one moment after the other"
        self._timer = threading.Timer(delay_seconds, self._pull, (moment,))
        self._timer.daemon = True
        self._timer.start()

    def taken(self) -> Cut | None:
        """The cut that happened, once the node is dead for certain; None when there was none."""
        if self._cut is None or self._timer is None:
            return None
        self._timer.join()
        cut, self._cut, self._timer = self._cut, None, None
        self.cuts[(cut.victim, cut.step)] += 1
        return cut

    def forget(self) -> None:
        """Take back a cut that is still to come."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        if self._cut is None:
            self._timer = None

    def _pull(self, moment: Moment) -> None:
        self._cut = Cut(moment.victim, self.step)
        self.nodes[moment.victim].kill()
