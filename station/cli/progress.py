"""How far a bundle is, on the terminal; Ctrl-C ends it where it may go on later."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

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


class _Meter:
    def __init__(self, *, is_drawn: bool) -> None:
        self._is_drawn = is_drawn
        self._is_stopped = False
        self._last = ""

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """At the next piece it ends."""
        self._is_stopped = True

    def watch(self, step: Step, done: int, total: int) -> None:
        """Raises BundleStopped after Ctrl-C."""
        if self._is_stopped:
            raise BundleStopped
        text = f"{WORDS[step]} {100 * done // max(1, total)}%"
        if self._is_drawn and text != self._last:
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
            self._last = text

    def wipe(self) -> None:
        """The line is free again."""
        if self._last:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
