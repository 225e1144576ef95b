"""How far a bundle is, on the terminal; Ctrl-C ends it where it may go on later."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from catalog_cache.distribution.sample_files import Progress
from sync.bundle_file import Step, Watch
from sync.errors import BundleStopped

WORDS: dict[Step, str] = {
    Step.WRITE: "写入",
    Step.READ_BACK: "读回核对",
    Step.COPY: "拷贝",
    Step.CHECK: "核对封签",
    Step.LETTERS: "收信",
    Step.FILES: "收附件",
}


@contextmanager
def shown(*, is_quiet: bool) -> Iterator[Watch]:
    """A watch for one export or import. On a terminal it draws; anywhere it lets Ctrl-C end things well."""
    meter = _Meter(is_drawn=not is_quiet and sys.stderr.isatty())
    before = signal.signal(signal.SIGINT, meter.stop)
    try:
        yield meter.watch
    finally:
        signal.signal(signal.SIGINT, before)
        meter.wipe()


@contextmanager
def counted(words: str, *, is_quiet: bool) -> Iterator["Counted"]:
    """For what goes file by file: draws "words 3/989", and asks to stop after Ctrl-C."""
    meter = _Meter(is_drawn=not is_quiet and sys.stderr.isatty())
    before = signal.signal(signal.SIGINT, meter.stop)
    try:
        yield Counted(words, meter)
    finally:
        signal.signal(signal.SIGINT, before)
        meter.wipe()


COUNTED_WORDS: dict[Step, str] = {Step.COPY: "目录文件", Step.FILES: "样表和空表"}


class Counted:
    """What such a piece of work tells, and asks."""

    def __init__(self, words: str, meter: "_Meter") -> None:
        self._words = words
        self._meter = meter

    def begins(self, step: Step) -> None:
        """What is counted from now on."""
        self._words = COUNTED_WORDS.get(step, self._words)

    def tell(self, progress: Progress) -> None:
        """So far."""
        size, size_all = progress.bytes / 1e6, progress.bytes_all / 1e6
        counts = f"{progress.files}/{progress.files_all}"
        self._meter.draw(f"{self._words} {counts}，{size:.1f}/{size_all:.1f} MB")

    def is_stopped(self) -> bool:
        """Whether somebody pressed Ctrl-C."""
        return self._meter.is_stopped


class _Meter:
    def __init__(self, *, is_drawn: bool) -> None:
        self._is_drawn = is_drawn
        self.is_stopped = False
        self._last = ""

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """At the next piece it ends."""
        self.is_stopped = True

    def watch(self, step: Step, done: int, total: int) -> None:
        """Raises BundleStopped after Ctrl-C."""
        if self.is_stopped:
            raise BundleStopped
        self.draw(f"{WORDS[step]} {100 * done // max(1, total)}%")

    def draw(self, text: str) -> None:
        """In place of what was drawn before."""
        if self._is_drawn and text != self._last:
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
            self._last = text

    def wipe(self) -> None:
        """The line is free again."""
        if self._last:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
