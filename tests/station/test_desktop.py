"""The station is shown in the best way a machine has, and never ends with its window.

Windows are real child processes; in the stories of the command only the drawing library is a stand-in.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from station.desktop import EARLY_SECONDS, Shown, Surroundings, can_show_window, show, wait_for
from station.lockfile import ADDRESS_FILE
from tests.station.test_server import read

ADDRESS = "http://127.0.0.1:8300"
LINUX_DESKTOP = {"DISPLAY": ":0"}


WEBVIEW = '''"""Stands in for pywebview: tells what it was asked, and stays open like a window."""
import json, os, pathlib, sys, time
settings = {"ALLOW_DOWNLOADS": False}
renderer = "stand-in"

def create_window(title, url, **options):
    if os.environ["WINDOW"] == "dies":
        os.abort()
    seen = {"pid": os.getpid(), "title": title, "url": url}
    file = pathlib.Path(os.environ["WINDOW"])
    file.with_suffix(".new").write_text(json.dumps(seen | settings))
    file.with_suffix(".new").rename(file)
    return object()

def start(**options):
    time.sleep(60)
'''
BROWSER = """#!/bin/sh
echo "$1" > "$BROWSED"
"""


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
        self.windows: list[subprocess.Popen[bytes]] = []
        self.around = Surroundings(
            "linux", environment, lambda name: name in modules, self.start, self.browse, self.said.append,
            early_seconds=5.0,
        )  # fmt: skip

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """A process that stays for a minute, or ends as it was told: below zero is by that signal."""
        self.started.append(command)
        process = subprocess.Popen([sys.executable, "-c", _program(self.ends_with)])
        self.windows.append(process)
        return process

    def browse(self, address: str) -> bool:
        self.browsed.append(address)
        return self.has_browser


def _program(ends_with: int | None) -> str:
    if ends_with is None:
        return "import time; time.sleep(60)"
    return (
        f"raise SystemExit({ends_with})"
        if ends_with >= 0
        else f"import os; os.kill(os.getpid(), {-ends_with})"
    )


def end(process: "subprocess.Popen[bytes] | subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def test_a_desktop_with_everything_shows_a_window() -> None:
    machine = Machine(["webview", "gi"], LINUX_DESKTOP)

    shown, _ = show(ADDRESS, "示范村", machine.around)
    end(machine.windows[0])

    assert shown is Shown.WINDOW
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


def test_a_stop_while_the_window_is_awaited_closes_the_window_too() -> None:
    window = Machine([], {}).start(["window"])

    def stop(number: int, stack: object) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(SystemExit):
            wait_for(window)
        assert window.wait(10) == -signal.SIGTERM
    finally:
        signal.signal(signal.SIGALRM, before)
        end(window)


class Desktop:
    """`yimen desktop` as a process, on a machine whose drawing library and browser are stand-ins."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.window, self.browsed = folder / "window.json", folder / "browsed"
        (folder / "modules").mkdir(exist_ok=True)
        (folder / "modules" / "webview.py").write_text(WEBVIEW)
        (folder / "modules" / "gi.py").write_text("")
        (folder / "browser").write_text(BROWSER)
        (folder / "browser").chmod(0o700)
        paths = f"{folder / 'modules'}{os.pathsep}{Path.cwd()}"
        self.environment = os.environ | {
            "PYTHONPATH": paths, "DISPLAY": ":0", "WINDOW": str(self.window), "BROWSED": str(self.browsed),
            "BROWSER": str(folder / "browser"),
        } | environment  # fmt: skip
        command = [sys.executable, "-m", "station.cli", "desktop", "--port", "0", "--dir"]
        self.process = subprocess.Popen(
            [*command, str(folder / "node")], env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def seen(self, file: Path) -> str:
        """What a stand-in wrote, once it has."""
        deadline = time.monotonic() + 40
        while not (file.exists() and file.read_text()):
            assert time.monotonic() < deadline and self.process.poll() is None
            time.sleep(0.05)
        return file.read_text()

    def address(self) -> str:
        """Where the node is."""
        return self.seen(self.folder / "node" / ADDRESS_FILE).split("/setup")[0]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture
def desktops(tmp_path: Path) -> Iterator[list[Desktop]]:
    started: list[Desktop] = []
    yield started
    for one in started:
        end(one.process)
        if one.window.exists():
            _kill(json.loads(one.window.read_text())["pid"])


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _is_gone(pid: int) -> bool:
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_station_outlives_its_window(tmp_path: Path, desktops: list[Desktop]) -> None:
    desktops.append(desktop := Desktop(tmp_path))
    window, address = json.loads(desktop.seen(desktop.window)), desktop.address()
    assert window["url"].startswith(address)
    assert window["ALLOW_DOWNLOADS"] is True

    time.sleep(EARLY_SECONDS + 1)  # past the first seconds, in which an end counts as "did not open"
    os.kill(window["pid"], signal.SIGKILL)

    assert _is_gone(window["pid"])
    assert json.loads(read(f"{address}/healthz"))["service"] == "yimen"
    assert not desktop.browsed.exists()
    assert desktop.stop() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_station_that_is_stopped_takes_its_window_along(tmp_path: Path, desktops: list[Desktop]) -> None:
    desktops.append(desktop := Desktop(tmp_path))
    window = json.loads(desktop.seen(desktop.window))

    assert desktop.stop() == 0
    assert _is_gone(window["pid"])


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for the browser")
@pytest.mark.parametrize("environment", [{"WINDOW": "dies"}, {"DISPLAY": "", "WAYLAND_DISPLAY": ""}])
def test_where_no_window_opens_the_browser_does(
    tmp_path: Path, desktops: list[Desktop], environment: dict[str, str]
) -> None:
    desktops.append(desktop := Desktop(tmp_path, **environment))

    address = desktop.address()
    assert desktop.seen(desktop.browsed).startswith(address)
    assert json.loads(read(f"{address}/healthz"))["service"] == "yimen"
    assert desktop.stop() == 0
