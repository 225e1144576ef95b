"""A window on the running station: pywebview in a child process, else the system's browser, else the address.

The window must be a process of its own: without a display its libraries end or abort the whole process,
and nothing can catch that. The server is the parent and outlives every window.
"""

import os
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import Protocol

EARLY_SECONDS = 8.0
LINUX_BACKENDS = ("gi", "PyQt6", "PySide6", "PyQt5", "PySide2")


class Shown(StrEnum):
    """How a person got to see the station."""

    WINDOW = "window"
    BROWSER = "browser"
    ADDRESS = "address"


class Child(Protocol):
    """A started process, as far as it is looked at here."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; raises subprocess.TimeoutExpired while it runs."""

    def terminate(self) -> None:
        """Ask it to end; nothing happens when it has ended already."""


@dataclass(frozen=True)
class Surroundings:
    """The machine around us; a test gives its own.

    has_module: whether a Python module is installed; early_seconds: an end sooner is "did not open".
    """

    platform: str
    environment: Mapping[str, str]
    has_module: Callable[[str], bool]
    start: Callable[[Sequence[str]], Child]
    browse: Callable[[str], bool]
    say: Callable[[str], None]
    early_seconds: float = EARLY_SECONDS


def this_machine(say: Callable[[str], None]) -> Surroundings:
    """The real surroundings."""
    return Surroundings(
        sys.platform, os.environ, lambda name: find_spec(name) is not None, _start, _browse, say
    )


def can_show_window(around: Surroundings) -> bool:
    """True when pywebview, a display and something to draw with are there. Being wrong costs a second."""
    if not around.has_module("webview"):
        return False
    if not around.platform.startswith("linux"):
        return True
    has_display = bool(around.environment.get("DISPLAY") or around.environment.get("WAYLAND_DISPLAY"))
    return has_display and any(around.has_module(name) for name in LINUX_BACKENDS)


def show(address: str, title: str, around: Surroundings) -> tuple[Shown, Child | None]:
    """Bring the station before a person in the best way this machine has; always says the address too."""
    around.say(f"{title}：{address}")
    if can_show_window(around):
        child = around.start([sys.executable, "-m", "station.desktop_window", address, title])
        if _stays(child, around.early_seconds):
            return Shown.WINDOW, child
        around.say("窗口没有打开，改用系统浏览器。")
    if around.browse(address):
        return Shown.BROWSER, None
    around.say("没有找到可用的浏览器，请在浏览器里打开上面的地址。")
    return Shown.ADDRESS, None


def wait_for(child: Child, seconds: float | None = None) -> int:
    """The window's exit code. A stop that arrives meanwhile closes the window too, then goes on upwards.

    Raises subprocess.TimeoutExpired when it is still there after `seconds`.
    """
    try:
        return child.wait(seconds)
    except (KeyboardInterrupt, SystemExit):
        child.terminate()
        raise


def _stays(child: Child, seconds: float) -> bool:
    """True when the window lives, or was closed in order, in its first seconds."""
    try:
        return wait_for(child, seconds) == 0
    except subprocess.TimeoutExpired:
        return True


def _start(command: Sequence[str]) -> Child:
    return subprocess.Popen(  # noqa: S603 - our own module, arguments of our own
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _browse(address: str) -> bool:
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
