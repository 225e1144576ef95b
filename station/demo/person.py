"""A person at a browser: signs in, reads pages, fills in forms. Speaks plain HTTP to a running node."""

from collections.abc import Mapping
from urllib.parse import urljoin

import requests

from station.demo.forms import Form, Page

TIMEOUT_SECONDS = 60


class PageRefused(Exception):
    """A page answered with an error; holds what a person would have read."""

    def __init__(self, page: Page) -> None:
        super().__init__(f"{page.address} -> {page.status}: {page.text[:600]}")
        self.page = page


class Person:
    """One browser session at one node: follows redirects, keeps cookies, sends hidden fields."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._session = requests.Session()
        self._session.trust_env = False

    def open(self, path: str) -> Page:
        """Read one page. Raises PageRefused when it answers with an error."""
        return self._page(self._session.get(urljoin(self.base, path), timeout=TIMEOUT_SECONDS))

    def fetch(self, path: str) -> bytes:
        """A file behind a link, such as a PDF. Raises PageRefused when there is none."""
        answer = self._session.get(urljoin(self.base, path), timeout=TIMEOUT_SECONDS)
        if answer.status_code != 200:
            raise PageRefused(Page.read(answer.url, answer.status_code, answer.text))
        return answer.content

    def submit(
        self,
        page: Page,
        form: Form,
        answers: Mapping[str, str],
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> Page:
        """Send a form as a browser would; `files` maps a field to (name, content, media type)."""
        address = urljoin(page.address, form.action) if form.action else page.address
        pairs = form.filled(answers)
        if form.method == "get":
            return self._page(self._session.get(address, params=pairs, timeout=TIMEOUT_SECONDS))
        return self._page(
            self._session.post(address, data=pairs, files=dict(files or {}), timeout=TIMEOUT_SECONDS)
        )

    def download(self, page: Page, form: Form, answers: Mapping[str, str]) -> bytes:
        """Press a button that answers with a file. Raises PageRefused when a page comes instead."""
        address = urljoin(page.address, form.action)
        answer = self._session.post(address, data=form.filled(answers), timeout=TIMEOUT_SECONDS)
        if answer.status_code != 200 or "text/html" in answer.headers.get("Content-Type", ""):
            raise PageRefused(Page.read(answer.url, answer.status_code, answer.text))
        return answer.content

    def _page(self, answer: requests.Response) -> Page:
        answer.encoding = "utf-8"
        page = Page.read(answer.url, answer.status_code, answer.text)
        if answer.status_code >= 400:
            raise PageRefused(page)
        return page
