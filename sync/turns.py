"""Writers of one process take turns, first come, first served.

SQLite lets one writer in at a time and makes the others try again after pauses of up to 100 ms, in no
order. In a process with many threads that costs more than the writing itself, and a question that came
after a parcel could be answered before the parcel was taken in.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that is handed on in the order in which it was asked for."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    @contextmanager
    def mine(self, seconds_most: float) -> Iterator[None]:
        """My turn, while the block runs. Who waited for longer than this goes on without one."""
        is_mine = self._wait(seconds_most)
        try:
            yield
        finally:
            if is_mine:
                self._hand_on()

    def _wait(self, seconds_most: float) -> bool:
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        return gate.acquire(timeout=seconds_most) or not self._give_up(gate)

    def _give_up(self, gate: threading.Lock) -> bool:
        """Leave the line; False when the turn came at this very moment."""
        with self._mutex:
            if gate in self._waiting:
                self._waiting.remove(gate)
                return True
            return False

    def _hand_on(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
