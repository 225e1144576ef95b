"""Several requests under way to one hall, each on a connection of its own.

Only the network waits in other threads; whoever uses this reads and writes the database in its own.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from time import sleep
from typing import Generic, Self, TypeVar

from sync.limits import PARCELS_UNDER_WAY_MAX
from sync.line import Line
from sync.transport import Answer, Transport

Name = TypeVar("Name")


class Lanes(Generic[Name]):
    """To be used in a `with` block, at whose end the further connections are closed.

    width: how many requests can be under way. Without a way to open connections it is 1, and a
    request is made where it is sent, in the caller's thread.
    """

    def __init__(
        self,
        line: Line,
        opens: Callable[[], Transport] | None,
        width: int = PARCELS_UNDER_WAY_MAX,
        *,
        is_beside: bool = False,
    ) -> None:
        """line: the connection there is; what passes beside it is counted there in the end.

        is_beside: that connection is left free for others.
        """
        self._line, self._opens = line, opens
        self._free = [] if is_beside else [line]
        self._opened: list[Line] = []
        self._threads: ThreadPoolExecutor | None = None
        self._flying: dict[Future[Answer], tuple[Name, Line]] = {}
        self._made: list[tuple[Name, Answer]] = []
        self.width = width if opens else 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for what is under way, and let the further connections go."""
        if self._threads is not None:
            self._threads.shutdown(wait=True)
        for lane in self._opened:
            self._line.add(lane)
            lane.close()

    @property
    def under_way(self) -> int:
        """How many requests have not been given back by `next`."""
        return len(self._flying) + len(self._made)

    def send(
        self,
        name: Name,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        wait_seconds: float = 0.0,
    ) -> None:
        """Make a request; `next` gives its answer under this name. Never more than `width` at once.

        wait_seconds: until it leaves, where it can wait beside the caller.
        """
        assert self.under_way < self.width, "the caller keeps count"
        if self._opens is None:
            self._made.append((name, self._line.request(method, path, headers, body)))
            return
        self._threads = self._threads or ThreadPoolExecutor(self.width, thread_name_prefix="lane")
        lane = self._free.pop() if self._free else self._open(self._opens)
        asked = self._threads.submit(_request, lane, wait_seconds, method, path, headers, body)
        self._flying[asked] = (name, lane)

    def next(self) -> tuple[Name, Answer]:
        """The answer that comes first; waits for it."""
        landed = self.next_within(None)
        assert landed is not None, "without a limit there is an answer"
        return landed

    def next_within(self, seconds: float | None) -> tuple[Name, Answer] | None:
        """The answer that comes first, or None when none came in that time."""
        if self._made:
            return self._made.pop(0)
        done, _ = wait(self._flying, timeout=seconds, return_when=FIRST_COMPLETED)
        if not done:
            return None
        answer = done.pop()
        name, lane = self._flying.pop(answer)
        self._free.append(lane)
        return name, answer.result()

    def _open(self, opens: Callable[[], Transport]) -> Line:
        lane = self._line.beside(opens())
        self._opened.append(lane)
        return lane


def _request(
    lane: Line, wait_seconds: float, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    sleep(wait_seconds)
    return lane.request(method, path, headers, body)
