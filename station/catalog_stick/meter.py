"""Who looks on while a catalog goes onto a stick or comes off it, and may end it."""

from typing import Protocol

from catalog_cache.distribution.sample_files import Progress
from sync.bundle_file import Step, Watch, unwatched
from sync.errors import BundleStopped


class Watcher(Protocol):
    """Who looks on, and may end it."""

    def begins(self, step: Step) -> None:
        """The next step, of which nothing is done yet."""

    def tell(self, progress: Progress) -> None:
        """So far."""

    def is_stopped(self) -> bool:
        """Whether it is to end at its next piece."""


class Meter:
    """A watcher for a job of the node: keeps how far it is, for a page."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self._watch: Watch = unwatched
        self._last = (Step.CHECK, 0, 1)
        self._is_stopped = False

    @property
    def step(self) -> Step:
        """What is under way."""
        return self._last[0]

    def watched_by(self, watch: Watch) -> None:
        """From now on told to this job."""
        self._watch = watch

    def begins(self, step: Step) -> None:
        """See Watcher."""
        self.progress = None
        self._note(step, 0, 1)

    def tell(self, progress: Progress) -> None:
        """See Watcher."""
        self.progress = progress
        self._note(self.step, progress.bytes, progress.bytes_all)

    def is_stopped(self) -> bool:
        """See Watcher."""
        self._note(*self._last)
        return self._is_stopped

    def _note(self, step: Step, done: int, total: int) -> None:
        self._last = (step, done, total)
        try:
            self._watch(step, done, total)
        except BundleStopped:
            self._is_stopped = True
