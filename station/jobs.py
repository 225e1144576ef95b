"""Work that may take longer than a page should: done in a thread, watched and stopped from a page.

One at a time and node. A page waits for it a moment; what is done by then is answered at once, else
the person sees how far it is.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from station.errors import DiskFull, SomethingBroke, StationError
from station.reserve import is_disk_full
from sync.bundle_file import Step, Watch
from sync.errors import BundleStopped, SyncError

if TYPE_CHECKING:
    from station.node import Node

log = logging.getLogger("station.jobs")


class Job:
    """One piece of work. step, done, total: how far it is; result or refusal: what came of it.

    kind: what sort of work, for the page that shows it. stack: what has to be put away after it.
    about: what the work itself tells of how far it is, for its own page.
    """

    def __init__(
        self, kind: str, work: Callable[[Watch], Any], stack: ExitStack, about: object = None
    ) -> None:
        self.kind = kind
        self.stack = stack
        self.about = about
        self.step: Step | None = None
        self.done = self.total = 0
        self.result: Any = None
        self.refusal: StationError | SyncError | None = None
        self._work = work
        self._is_to_stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_over(self) -> bool:
        """Whether there is a result or a refusal."""
        return self._thread is not None and not self._thread.is_alive()

    @property
    def percent(self) -> int:
        """Of the present step."""
        return 100 * self.done // max(1, self.total)

    def begin(self, node: "Node") -> None:
        """Work in a thread of its own, with the node's tables in use."""
        self._thread = threading.Thread(target=self._run, args=(node,), name=f"job-{self.kind}", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Give it a moment; whether it is over then."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self.is_over

    def stop(self) -> None:
        """It ends at its next piece."""
        self._is_to_stop.set()

    def watch(self, step: Step, done: int, total: int) -> None:
        """Note how far it is. Raises BundleStopped after `stop`."""
        self.step, self.done, self.total = step, done, total
        if self._is_to_stop.is_set():
            raise BundleStopped

    def _run(self, node: "Node") -> None:
        try:
            with node.using():
                self.result = self._work(self.watch)
        except (StationError, SyncError) as refusal:
            self.refusal = refusal
        except Exception as error:  # the outermost loop of this thread: told on the page
            log.exception("job %s failed", self.kind)
            self.refusal = DiskFull() if is_disk_full(error) else SomethingBroke(self.kind)
            if is_disk_full(error):
                node.reserve.release()
        finally:
            node.database.close()
            if self.refusal is not None:
                self.stack.close()


class Jobs:
    """The one job of a node. wait_seconds: so long a page waits for it; most are over by then."""

    def __init__(self, wait_seconds: float = 2.0) -> None:
        self.wait_seconds = wait_seconds
        self.current: Job | None = None
        self._lock = threading.Lock()

    def start(
        self,
        node: "Node",
        kind: str,
        work: Callable[[Watch], Any],
        stack: ExitStack,
        about: object = None,
    ) -> Job | None:
        """Begin; None while another one is under way. stack: closed when the work is refused or forgotten."""
        with self._lock:
            if self.current is not None and not self.current.is_over:
                return None
            self._put_away()
            self.current = Job(kind, work, stack, about)
            self.current.begin(node)
            return self.current

    def forget(self) -> None:
        """What it came to was told."""
        with self._lock:
            if self.current is not None and self.current.is_over:
                self._put_away()

    def stop(self, wait_seconds: float = 20.0) -> None:
        """End it, before the database closes."""
        if self.current is not None:
            self.current.stop()
            self.current.wait(wait_seconds)
            self.forget()

    def _put_away(self) -> None:
        if self.current is not None:
            self.current.stack.close()
        self.current = None
