"""The station is shown in the best way a machine has, and never ends with its window."""

import subprocess
from collections.abc import Sequence

import pytest

from station.desktop import Shown, Surroundings, can_show_window, show

ADDRESS = "http://127.0.0.1:8300"
LINUX_DESKTOP = {"DISPLAY": ":0"}


class Window:
    """A window process; `ends_with` None stays open."""

    def __init__(self, ends_with: int | None) -> None:
        self.ends_with = ends_with

    def wait(self, timeout: float | None = None) -> int:
        if self.ends_with is None:
            raise subprocess.TimeoutExpired("window", timeout or 0)
        return self.ends_with


class Machine:
    """A machine with some modules, maybe a display, maybe a browser."""

    def __init__(
        self, modules: Sequence[str], environment: dict[str, str], ends_with: int | None = None
    ) -> None:
        self.said: list[str] = []
        self.browsed: list[str] = []
        self.started: list[Sequence[str]] = []
        self.has_browser = True
        self.ends_with = ends_with
        self.around = Surroundings(
            "linux", environment, lambda name: name in modules, self.start, self.browse, self.said.append
        )

    def start(self, command: Sequence[str]) -> Window:
        self.started.append(command)
        return Window(self.ends_with)

    def browse(self, address: str) -> bool:
        self.browsed.append(address)
        return self.has_browser


def test_a_desktop_with_everything_shows_a_window() -> None:
    machine = Machine(["webview", "gi"], LINUX_DESKTOP)

    assert show(ADDRESS, "示范村", machine.around)[0] is Shown.WINDOW
    assert machine.started[0][-2:] == [ADDRESS, "示范村"]
    assert machine.browsed == []


@pytest.mark.parametrize("code", [1, 3, -6])
def test_a_window_that_dies_at_once_gives_way_to_the_browser(code: int) -> None:
    machine = Machine(["webview", "gi"], LINUX_DESKTOP, ends_with=code)

    assert show(ADDRESS, "示范村", machine.around) == (Shown.BROWSER, None)
    assert machine.browsed == [ADDRESS]


@pytest.mark.parametrize(
    ("modules", "environment"), [([], LINUX_DESKTOP), (["webview"], LINUX_DESKTOP), (["webview", "gi"], {})]
)
def test_no_window_is_tried_where_it_cannot_work(modules: list[str], environment: dict[str, str]) -> None:
    machine = Machine(modules, environment)

    assert not can_show_window(machine.around)
    assert show(ADDRESS, "示范村", machine.around)[0] is Shown.BROWSER
    assert machine.started == []


def test_without_any_browser_the_address_is_told() -> None:
    machine = Machine([], {})
    machine.has_browser = False

    assert show(ADDRESS, "示范村", machine.around) == (Shown.ADDRESS, None)
    assert any(ADDRESS in line for line in machine.said)
