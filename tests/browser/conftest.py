"""One running county and one browser for every story of this folder."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from station.demo.running import running
from tests.browser.town import CHROMIUM, Judge, Town, chromium
from tests.browser.visitor import Visitor
from tests.tools.counter import PASSWORD

Arrives = Callable[[Flask, str], Visitor]

FIRST_PORT = 0  # any that are free


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser of this process: Playwright runs once in a thread and no more."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: no page was looked at by a browser")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, browser: Browser, prepared: Path) -> Iterator[Town]:
    """The demo's county as real processes, with a browser whose every page is judged by axe."""
    folder = Path(shutil.copytree(prepared, tmp_path_factory.mktemp("county") / "county"))
    with running(folder, FIRST_PORT, lambda line: None) as county:
        yield Town(county, browser, Judge())


@pytest.fixture
def arrives(browser: Browser) -> Iterator[Arrives]:
    """Sit down at a browser in front of an application, under one account."""
    with _served() as serve:

        def sits_down(app: Flask, account: str) -> Visitor:
            context = browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN")
            visitor = Visitor(context, serve(app), Judge(), lambda page, name: None)
            visitor.opens("/accounts/sign-in")
            visitor.fills(name=account, password=PASSWORD)
            visitor.presses("登录")
            return visitor

        yield sits_down


@contextmanager
def _served() -> Iterator[Callable[[Flask], str]]:
    """Applications on free ports of this machine, until the test is over."""
    servers = []

    def serve(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
