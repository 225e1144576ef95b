"""The people of the main job. Each step looks first and does only what is not done yet.

That is what a person does when the lights come back on. An impatient person sends the same form once
more without looking; `press_again` is that person.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

from station.demo.county import Login
from station.demo.forms import Form, Page
from station.demo.people import DeskPerson, Resident
from station.demo.person import PageRefused

ITEM, WORDS = "442099003001", "gljt"
DRAFT = re.compile(r"/intake/([0-9a-f]{32})/")
CASE = re.compile(r"/cases/([0-9a-f]{32})$")
PAPER = re.compile(r"/cases/documents/[0-9a-f]{32}\.pdf$")
NUMBER = re.compile(r"\d{12}-\d{2}-\d{8}-\d{4}-[0-9A-Z]")
PDF = "application/pdf"
Files = Mapping[str, tuple[str, bytes, str]]


class Broken(Exception):
    """A promise did not hold; the text says which."""


@dataclass
class Application:
    """One resident's errand and what the pages said of it so far.

    number, case_id, visit, paper: from the page that confirmed it, "" before. said: acts confirmed so far.
    """

    resident: Resident
    scan: bytes = field(repr=False)
    result: bytes = field(repr=False)
    draft: str = ""
    number: str = ""
    case_id: str = ""
    visit: str = ""
    paper: str = ""
    paper_sha256: str = ""
    said: set[str] = field(default_factory=set)

    @property
    def is_confirmed(self) -> bool:
        """Whether a page showed its receipt number."""
        return self.number != ""


@dataclass(frozen=True)
class Press:
    """A form as it was sent."""

    address: str
    answers: Mapping[str, str]
    files: Files


class Desk:
    """A person at a node: signs in anew after each restart, and remembers the last form sent."""

    def __init__(self, address: str, login: Login) -> None:
        self._address, self._login = address, login
        self._last: Press | None = None
        self._person = DeskPerson(address)

    def sign_in(self) -> None:
        """Open the node; at a locked station this opens the data."""
        self._person = DeskPerson(self._address)
        page = self._person.sign_in(self._login)
        if "/accounts/sign-in" in page.address:
            raise Broken(f"nobody can sign in: {page.text[:300]}")

    def open(self, path: str) -> Page:
        """Read a page."""
        return self._person.open(path)

    def fetch(self, path: str) -> bytes:
        """A file behind a link."""
        return self._person.fetch(path)

    def contact(self) -> None:
        """Press "contact the hall now"."""
        page = self.open("/mailroom/")
        self.press(page, "/mailroom/contact", {})

    def press(self, page: Page, ending: str, answers: Mapping[str, str], files: Files | None = None) -> Page:
        """Fill in the form that goes to an address with this ending, and send it."""
        form = form_to(page, ending)
        self._last = Press(urljoin(page.address, form.action), answers, files or {})
        return self._person.submit(page, form, answers, files)

    def forget_press(self) -> None:
        """A new step begins: what was sent before is not repeated any more."""
        self._last = None

    def press_again(self) -> str:
        """Send the last form once more, unseen; returns what came of it in a word."""
        if self._last is None:
            return "nothing"
        page, last = self.open("/"), self._last
        form = Form(last.address, "post", {"csrf": page.form(having="csrf").fields["csrf"]})
        try:
            self._person.submit(page, form, last.answers, last.files)
        except PageRefused as refused:
            if refused.page.status >= 500:
                raise
            return "refused"
        return "taken"


class Village(Desk):
    """The agent of a village station."""

    def start(self, app: Application) -> None:
        """Find the item by its initials and begin; or go on with the draft that lies on the desk."""
        home = self.open(f"/guide/?q={WORDS}")
        found = next((match for link, _ in home.links if (match := DRAFT.search(link))), None)
        if found is None:
            guide = self.open(home.link(ITEM))
            page = self.press(guide, "/intake/start", {"item": ITEM})
            found = DRAFT.search(page.address)
        if found is None:
            raise Broken("starting an intake leads to no draft")
        app.draft = found[1]

    def answers(self, app: Application) -> None:
        """The questions about the situation, one after the other."""
        page = self._step(app, "situations")
        chosen = {"age": "80", "pay": "card", "who": "self"}
        for _ in range(len(chosen) + 1):
            if page.address.endswith("/situations"):
                form = form_to(page, "/situations")
                given = {f"q-{ITEM}-{name}": value for name, value in chosen.items()}
                asked = {name: value for name, value in given.items() if name in form.choices}
                page = self.press(page, "/situations", {**asked, "go": "next"})
        _expect(page, "/who")

    def who(self, app: Application) -> None:
        """The applicant, from her identity card."""
        one = app.resident
        typed = {"name": one.name, "id_kind": "idcard", "id_number": one.id_number, "phone": one.phone}
        page = self._step(app, "who")
        _expect(self.press(page, "/who", {**typed, "address": one.address, "go": "next"}), "/form")

    def form(self, app: Application) -> None:
        """The fields that nobody knows yet."""
        page = self._step(app, "form")
        form = form_to(page, "/form")
        known = {"form-applicant.bank_account": app.resident.bank_account}
        answers = {"go": "next"}
        for name, given in form.fields.items():
            if name.startswith("form-") and not given[0]:
                options = [option for option in form.choices.get(name, []) if option]
                typed = app.resident.birth if "birth" in name else app.resident.phone
                answers[name] = options[0] if options else known.get(name, typed)
        _expect(self.press(page, "/form", answers), "/materials")

    def materials(self, app: Application) -> None:
        """Every material is there; one of them is scanned, unless its scan is there already."""
        page = self._step(app, "materials")
        form = form_to(page, "/materials")
        lines = [name for name in form.choices if f"pages-{name}" in form.fields]
        is_scanned = any("/scans/" in link for link, _ in page.links)
        files = {} if is_scanned else {form.files[0]: ("scan.pdf", app.scan, PDF)}
        answers = dict.fromkeys(lines, "in") | {"go": "next"}
        _expect(self.press(page, "/materials", answers, files), "/confirm")

    def confirm(self, app: Application) -> None:
        """Submit. From the moment the page shows the receipt number, nothing may be lost any more."""
        page = self._step(app, "confirm")
        if not page.address.endswith("/confirm"):
            _take_down(app, page)  # it was taken in before the lights went out
            return
        _take_down(app, self.press(page, "/confirm", {}))

    def papers(self, app: Application) -> None:
        """Print the receipt: the same bytes each time."""
        data = self.fetch(app.paper)
        digest = hashlib.sha256(data).hexdigest()
        if not data.startswith(b"%PDF-"):
            raise Broken(f"the receipt of {app.number} is no PDF")
        if app.paper_sha256 not in ("", digest):
            raise Broken(f"the receipt of {app.number} changed")
        app.paper_sha256 = digest

    def shows(self, app: Application) -> None:
        """The page of the visit and its receipt are what they were. Raises Broken."""
        page = self.open(app.visit)
        if app.number not in page.text:
            raise Broken(f"{app.visit} does not show {app.number}")
        if app.paper_sha256:
            self.papers(app)

    def has_result(self, app: Application) -> bool:
        """Whether the result lies in the tray, with all its files."""
        try:
            page = self.open(f"/handout/{app.case_id}")
        except PageRefused as refused:
            if refused.page.status == 404:  # not decided yet, as far as is known here
                return False
            raise
        return any(form.action.endswith("/hand-out") for form in page.forms) or _is_handed_out(page)

    def hand_out(self, app: Application) -> None:
        """Give the result to the applicant, against ID and signature."""
        page = self.open(f"/handout/{app.case_id}")
        if not _is_handed_out(page):
            given = {"relation": "本人", "receiver": app.resident.name, "signature": "signed"}
            page = self.press(page, "/hand-out", {**given, "id_number": app.resident.id_number})
        if not _is_handed_out(page):
            raise Broken(f"handing out {app.number}: {page.text[:300]}")
        app.said.add("result.handed_out")

    def _step(self, app: Application, step: str) -> Page:
        return self.open(f"/intake/{app.draft}/{step}")


class County(Desk):
    """The reviewer at the hall."""

    def look(self, app: Application) -> None:
        """Open the case and every scan of it. Raises Broken when one is not what the agent attached."""
        page = self.open(f"/inbox/{app.case_id}")
        scans = {link for link, _ in page.links if "/files/" in link}
        if not scans:
            raise Broken(f"{app.number} has no scan at the hall")
        for link in scans:
            if self.fetch(link) not in (app.scan, app.result):
                raise Broken(f"{app.number}: the hall shows another scan")

    def accept(self, app: Application) -> None:
        """受理, unless it was done."""
        self._act(app, "accept", {"basis": "《广东省老年人权益保障条例》第三十条"})
        app.said.add("case.accepted")

    def decide(self, app: Application) -> None:
        """办结 with a result file, unless it was done."""
        file = ("result.pdf", app.result, PDF)
        answers = {"end": "6", "result": "高龄津贴", "reason": "符合条件"}
        self._act(app, "decide", answers, {"file": file})
        app.said.add("case.decided")

    def _act(
        self, app: Application, act: str, answers: Mapping[str, str], files: Files | None = None
    ) -> None:
        address = f"/inbox/{app.case_id}/{act}"
        desk = self.open(f"/inbox/{app.case_id}")
        if any(link == address for link, _ in desk.links):
            desk = self.press(self.open(address), f"/{act}", answers, files)
        if any(link == address for link, _ in desk.links):
            raise Broken(f"{act} of {app.number} has no effect: {desk.text[:300]}")


def form_to(page: Page, ending: str) -> Form:
    """The form of a page that goes to an address with this ending. Raises Broken without one."""
    for form in page.forms:
        if form.action.partition("?")[0].endswith(ending):
            return form
    raise Broken(f"no form to {ending} on {page.address}: {page.text[:300]}")


def _is_handed_out(page: Page) -> bool:
    return any(link.endswith("/record.pdf") for link, _ in page.links)


def _expect(page: Page, ending: str) -> None:
    if not page.address.endswith(ending):
        raise Broken(f"expected to come to {ending}, got {page.address}: {page.text[:300]}")


def _take_down(app: Application, page: Page) -> None:
    """Write down what the confirming page says; a page that confirms another number is a broken promise."""
    number, links = NUMBER.search(page.text), [link for link, _ in page.links]
    case = next((match[1] for link in links if (match := CASE.search(link))), "")
    paper = next((link for link in links if PAPER.search(link)), "")
    if number is None or not case or not paper:
        raise Broken(f"{page.address} confirms nothing: {page.text[:300]}")
    if app.number not in ("", number[0]):
        raise Broken(f"{app.number} became {number[0]}")
    app.visit, app.number, app.case_id, app.paper = page.address, number[0], case, paper
