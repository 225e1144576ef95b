"""The demo's county with a browser in front of it, and the judge of its pages."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, Page, sync_playwright

from station.demo.plan import COUNTY, DemoNode
from station.demo.running import RunningCounty
from tests.browser.visitor import Judging, Picture, Visitor

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
PASSING = re.compile(r'[0-9a-f]{8,}|\d+|name="csrf" value="[^"]*"|(?<=>)[^<]*\S[^<]*(?=<)')
IS_WITHIN = "() => document.documentElement.scrollWidth <= window.innerWidth"
RUN_AXE = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"


@dataclass
class Town:
    """A running county, one browser, and what is done with every page that comes up in it."""

    county: RunningCounty
    browser: Browser
    judge: Judging
    picture: Picture = lambda page, name: None

    def at(self, address: str, **options: Any) -> Visitor:
        """A new browser session at an address."""
        context = self.browser.new_context(
            viewport={"width": 1366, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai", **options
        )
        # axe needs timers, which a browser without scripts has not; the same pages are judged in others
        judge = self.judge if options.get("java_script_enabled", True) else lambda page: None
        return Visitor(context, address, judge, self.picture)

    def visitor(self, node: DemoNode, account: str = "", **options: Any) -> Visitor:
        """A new browser session at a node; signed in when an account is named."""
        visitor = self.at(self.county.url(node), **options)
        if account:
            visitor.signs_in(self.county.county.login(node, account))
        return visitor

    @contextmanager
    def hall_is_down(self) -> Iterator[None]:
        """Pull the hall's plug; it starts again afterwards."""
        process = self.county.process(COUNTY)
        process.kill()
        try:
            yield
        finally:
            process.start()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(ARGUMENTS), env={**os.environ, "LANGUAGE": "zh_CN"}
        )
        yield browser
        browser.close()


class Judge:
    """axe-core with WCAG 2.0 to 2.2 A and AA and its best practices.

    A page that differs from one it has seen in words and figures only is not judged again.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def __call__(self, page: Page) -> None:
        """Fail with what is wrong with this page."""
        likeness = sha256(PASSING.sub("x", page.content()).encode()).hexdigest()
        if likeness not in self._seen:
            judge_by_axe(page)
            self._seen.add(likeness)


def judge_by_axe(page: Page) -> None:
    """Fail with what axe-core finds on this page, or when it is wider than its window."""
    page.evaluate(AXE)
    assert page.evaluate(IS_WITHIN), f"{page.url} has to be scrolled sideways"
    found = page.evaluate(RUN_AXE, list(RULES))["violations"]
    assert not found, "\n".join([page.url, *(_told(violation) for violation in found)])


def _told(violation: dict[str, Any]) -> str:
    nodes = [f"    {node['html'][:200]} {node.get('failureSummary')}" for node in violation["nodes"][:5]]
    return "\n".join([f"  {violation['id']}: {violation['help']}", *nodes])
