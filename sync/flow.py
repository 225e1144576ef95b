"""How large the pieces of files are and how many are under way; decided on numbers alone.

Enough is under way that the link never waits for an answer: about what it carries in a round trip
and one piece's time. More would only stand in a queue, before every letter posted meanwhile. A
piece is all or nothing, so where cuts are frequent pieces are small.
"""

import math
from collections import deque

from sync.limits import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, CHUNK_BYTES_START, LANES_MAX

PIECE_SECONDS = 0.5  # a piece takes about this long, and half a round trip where that is more
PIECES_BETWEEN_CUTS = 64  # at least; what a cut destroys is then a small part of what passed
RATES_KEPT = 8
GAP_SECONDS_MAX = 2.0


class Flow:
    """One direction of one link. chunk_bytes: of the next piece. under_way: pieces at once.

    rate: bytes a second, as far as known; 0 at first.
    """

    def __init__(self) -> None:
        self.chunk_bytes = CHUNK_BYTES_START
        self.under_way = 2
        self.rate = 0.0
        self._rates: deque[float] = deque(maxlen=RATES_KEPT)
        self._since_cut = 0
        self._between_cuts: int | None = None

    def through(self, size_bytes: int, ahead_bytes: int, seconds: float, round_trip_seconds: float) -> None:
        """A piece got its answer. ahead_bytes: what was under way when it left, itself included."""
        self._since_cut += size_bytes
        if self._between_cuts is not None:
            self._between_cuts = max(self._between_cuts, self._since_cut)
        self._rates.append(ahead_bytes / max(seconds, 0.001))
        self.rate = max(self._rates)
        fitting = self.rate * max(PIECE_SECONDS, round_trip_seconds / 2)
        self.chunk_bytes = self._bounded(min(fitting, 2 * self.chunk_bytes))
        pieces = math.ceil(self.rate * round_trip_seconds / self.chunk_bytes) + 1
        self.under_way = min(LANES_MAX, max(2, pieces))

    def gap_seconds(self, size_bytes: int) -> float:
        """How long the link is busy with such a piece; the next one is not needed earlier.

        Pieces that leave together arrive together, and then the link has nothing to do until the
        answers are back; and a cut catches all of them half-way.
        """
        return min(GAP_SECONDS_MAX, size_bytes / self.rate) if self.rate else 0.0

    def cut(self) -> None:
        """The link broke with pieces under way."""
        known = self._between_cuts
        self._between_cuts = self._since_cut if known is None else (known + self._since_cut) // 2
        self._since_cut = 0
        self.chunk_bytes = self._bounded(self.chunk_bytes)

    def _bounded(self, size_bytes: float) -> int:
        """The nearest power of two within the limits."""
        if self._between_cuts is not None:
            size_bytes = min(size_bytes, self._between_cuts / PIECES_BETWEEN_CUTS)
        size_bytes = max(CHUNK_BYTES_MIN, min(CHUNK_BYTES_MAX, size_bytes))
        return 1 << round(math.log2(size_bytes))
