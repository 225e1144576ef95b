"""An agent at the counter of a village that joined its hall, filling in forms as a plain browser does."""

import re
from html import unescape
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from station.cases import models
from station.cases.models import Case
from station.demo.forms import Form, Page
from station.intake import models as draft_models
from sync import tables as mail
from tests.station.cases.samples import MORNING, OLD_WOMAN
from tests.station.cases.world import HOLIDAYS, PASS_CARD, PASSPORT, item, pack
from tests.station.joined import join
from tests.tools.counter import Counter

PACKAGE = {
    "code": "PKG-OLD",
    "name": "老人优待一件事",
    "lead": "曲江区民政局",
    "members": ["L05000000001", "L20000000002", "L01000000003"],
    "order": "parallel",
    "kind": "package",
}
WHO = {
    "name": "李䶮英",
    "id_number": OLD_WOMAN,
    "phone": "13800000000",
    "address": "马坝镇示范村 1 号",
    "has_agent": "0",
}
ALLOWANCE_CODE = "L05000000001"


class Window:
    """The agent's browser. Every answer is kept as `page`."""

    def __init__(self, folder: Path) -> None:
        self.hall = Counter(folder / "county", level="county", division="440205000000")
        self.counter = Counter(folder / "village")
        for counter in (self.hall, self.counter):
            counter.time.at = MORNING
            cache = counter.installation.catalog
            cache.install(pack(1, [item(), item(PASS_CARD), item(PASSPORT)]), MORNING)
            cache.install_holidays(HOLIDAYS)
        join(self.counter, self.hall)
        self.counter.signs_in("agent")
        self.page = Page("", 0, "", [], [])
        self.answer: TestResponse | None = None

    def opens(self, path: str) -> Page:
        """Follow a link."""
        return self._take(self.counter.browser.get(path, follow_redirects=True))

    def finds(self, words: str) -> Page:
        """Type into the search box."""
        return self.opens(f"/guide/?q={words}")

    def presses(self, having: str, _button: tuple[str, str] | None = None, **given: Any) -> Page:
        """Fill in the form that has such a field and send it, with the button pressed."""
        form = self.page.form(having=having)
        return self._send(form, given, _button)

    def fills(self, having: str, values: dict[str, Any], button: tuple[str, str] = ("go", "next")) -> Page:
        """The same, for field names that are no Python words."""
        return self._send(self.page.form(having=having), values, button)

    def _send(self, form: Form, given: dict[str, Any], button: tuple[str, str] | None) -> Page:
        values: dict[str, Any] = {name: list(held) for name, held in form.fields.items()}
        values |= given
        if button:
            values[button[0]] = button[1]
        address = form.action or self.page.address
        return self._take(
            self.counter.browser.post(
                address, data=values, content_type="multipart/form-data", follow_redirects=True
            )
        )

    def _take(self, answer: TestResponse) -> Page:
        self.answer = answer
        html = answer.text if answer.mimetype == "text/html" else ""
        self.page = Page.read(answer.request.path, answer.status_code, html)
        return self.page

    @property
    def html(self) -> str:
        """The last page as it came."""
        assert self.answer is not None
        return unescape(self.answer.text)

    def summary(self) -> list[tuple[str, str]]:
        """The error summary: (field id, message)."""
        found = re.search(r'<section class="error".*?</section>', self.html, re.S)
        return re.findall(r'<a href="#([^"]+)">([^<]+)</a>', found[0]) if found else []

    # -- the six steps

    def starts(self, *codes: str) -> Page:
        """Press the button beside an item."""
        self.opens("/guide/")
        answer = self.counter.sends("/intake/start", {"item": list(codes or (ALLOWANCE_CODE,))})
        return self.opens(answer.headers["Location"])

    def comes_to(self, step: str, *codes: str) -> Page:
        """Fill in everything before a step."""
        self.starts(*codes)
        self.fills("asked", {f"q-{ALLOWANCE_CODE}-age": "80"})
        if step == "who":
            return self.page
        self.fills("id_number", WHO)
        if step == "form":
            return self.page
        self.fills(
            f"form-{ALLOWANCE_CODE}.account", {f"form-{ALLOWANCE_CODE}.account": "6228000000000000000"}
        )
        if step == "materials":
            return self.page
        self.fills("go", dict.fromkeys(self.line_keys(), "in"))
        return self.page

    def line_keys(self) -> list[str]:
        """The names of the material lines on the page."""
        return [name for name in self.page.form(having="go").choices if re.fullmatch(r"m[0-9a-f]{12}", name)]

    def submits(self) -> Page:
        """Press the last button."""
        return self._send(self._confirm_form(), {}, None)

    def _confirm_form(self) -> Form:
        return next(form for form in self.page.forms if form.action.endswith("/confirm"))

    def takes_in(self, *codes: str) -> Case:
        """The whole way; returns the first case."""
        self.comes_to("confirm", *codes)
        self.submits()
        with self.counter.node.using():
            return Case.select().order_by(Case.position).get()

    def wipes(self) -> None:
        """Make the tables of the counter as if nothing had been taken in."""
        with self.counter.node.using():
            for table in reversed([*models.TABLES, *draft_models.TABLES, *mail.TABLES]):
                table.delete().execute()

    def closes(self) -> None:
        """Stop both nodes."""
        for counter in (self.counter, self.hall):
            counter.closes()
