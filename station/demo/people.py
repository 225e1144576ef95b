"""What people do at their desks, page by page, as the demo's check and the fault tests need it."""

import re
import time
from dataclasses import dataclass

from station.cases.identity import card_check
from station.demo.county import Login
from station.demo.forms import Form, Page
from station.demo.person import PageRefused, Person

PDF = "application/pdf"
WORK = "/mailroom/stick/progress"
CASE_LINK = re.compile(r"/cases/([0-9a-f]{32})$")
DOCUMENT_LINK = re.compile(r"/cases/documents/[0-9a-f]{32}\.pdf$")
NUMBER = re.compile(r"\d{12}-[0-9A-Z]+-\d{8}-\d{4}-[0-9A-Z]")


@dataclass(frozen=True)
class Resident:
    """An invented applicant. Her ID number carries an area code that was never given to anybody."""

    name: str = "李䶮英"
    phone: str = "13800000000"
    address: str = "马坝镇示范路 1 号"
    bank_account: str = "6228000000000000000"
    birth: str = "1940-01-01"
    serial: int = 2

    @property
    def id_number(self) -> str:
        """18 characters with a true check digit."""
        first17 = f"440299{self.birth.replace('-', '')}{self.serial:03d}"
        return first17 + card_check(first17)


@dataclass(frozen=True)
class Confirmed:
    """What the page after the last step said: number, cases, and where the papers are."""

    number: str
    case_id: str
    papers: tuple[str, ...]


class DeskPerson(Person):
    """Somebody with an account of a node. look_seconds: between two looks at work that takes its time."""

    look_seconds = 0.5

    def sign_in(self, login: Login) -> Page:
        """Open the node with a name and a password."""
        page = self.open("/accounts/sign-in")
        answers = {"name": login.account, "password": login.password}
        return self.submit(page, page.form(having="password"), answers)

    def contact(self) -> Page:
        """Press "contact the hall now"."""
        page = self.open("/mailroom/")
        return self.submit(page, _form_to(page, "/mailroom/contact"), {})

    def export_bundle(self, to: str = "") -> bytes:
        """The stick's file, through the browser's download. to: node id, where there are several."""
        page = self.open("/mailroom/stick")
        form = _form_to(page, "/mailroom/stick/export")
        try:
            return self.download(page, form, {"folder": ""} | ({"to": to} if to else {}))
        except PageRefused as shown:
            if not shown.page.address.endswith(WORK):
                raise
            self._await_work(shown.page)
            return self.fetch(WORK + "/file")

    def import_bundle(self, data: bytes) -> Page:
        """Take a stick's file in by upload."""
        page = self.open("/mailroom/stick")
        form = _form_to(page, "/mailroom/stick/import")
        files = {"bundle": ("stick.ymb", data, "application/octet-stream")}
        return self._await_work(self.submit(page, form, {}, files))

    def _await_work(self, page: Page) -> Page:
        """On a busy machine the page shows how far it is: look again until it is over."""
        while any(form.action.endswith(WORK + "/stop") for form in page.forms):
            time.sleep(self.look_seconds)
            page = self.open(WORK)
        return page


class Counter(DeskPerson):
    """A clerk or village agent."""

    def search(self, words: str) -> Page:
        """The home page with what was found."""
        return self.open(f"/guide/?q={words}")

    def take_in(self, code: str, resident: Resident, scan: bytes, answers: dict[str, str]) -> Confirmed:
        """The six steps for one item; `answers`: situation question id to value."""
        page = self.open(f"/guide/items/{code}")
        page = self.submit(page, _form_to(page, "/intake/start"), {"item": code})
        page = self._situations(page, code, answers)
        page = self.submit(page, page.form(having="id_number"), _who(resident))
        page = self.submit(page, _form_to(page, "/form"), _form_answers(page, resident))
        page = self._materials(page, scan)
        page = self.submit(page, _form_to(page, "/confirm"), {})
        return _confirmed(page)

    def _situations(self, page: Page, code: str, answers: dict[str, str]) -> Page:
        for _ in range(len(answers) + 2):
            if not page.address.endswith("/situations"):
                return page
            form = _form_to(page, "/situations")
            asked = {f"q-{code}-{name}": value for name, value in answers.items()}
            given = {name: value for name, value in asked.items() if name in form.choices}
            page = self.submit(page, form, {**given, "go": "next"})
        return page

    def _materials(self, page: Page, scan: bytes) -> Page:
        form = _form_to(page, "/materials")
        lines = [name for name in form.choices if f"pages-{name}" in form.fields]
        answers = dict.fromkeys(lines, "in") | {f"pages-{name}": "1" for name in lines} | {"go": "next"}
        return self.submit(page, form, answers, {form.files[0]: ("scan.pdf", scan, PDF)})

    def hand_out(self, case_id: str, resident: Resident) -> Page:
        """Give the result to the applicant against ID and signature."""
        page = self.open(f"/handout/{case_id}")
        answers = {
            "relation": "本人",
            "receiver": resident.name,
            "id_number": resident.id_number,
            "signature": "signed",
        }
        return self.submit(page, _form_to(page, "/hand-out"), answers)


class Reviewer(DeskPerson):
    """A reviewer at the hall."""

    def act(self, case_id: str, act: str, answers: dict[str, str], result: bytes | None = None) -> Page:
        """One act of the case desk: accept, decide, ..."""
        page = self.open(f"/inbox/{case_id}/{act}")
        files = {"file": ("result.pdf", result, PDF)} if result is not None else None
        return self.submit(page, _form_to(page, f"/{act}"), answers, files)


class CatalogPerson(DeskPerson):
    """An editor or publisher at the hall."""

    def change(self, code: str, answers: dict[str, str]) -> Page:
        """Edit one item in its form."""
        page = self.open(f"/publishing/entries/{code}")
        return self.submit(page, page.form(having="seen"), answers)

    def send_to_review(self, note: str) -> Page:
        """Submit the draft; the page of the review comes back."""
        for path in ("/publishing/diff", "/publishing/"):
            page = self.open(path)
            for form in page.forms:
                if form.action.endswith("/publishing/submit"):
                    return self.submit(page, form, {"note": note})
        raise LookupError("no page offers to send the draft to review")

    def approve(self, review_path: str) -> Page:
        """Approve what somebody else sent."""
        page = self.open(review_path)
        return self.submit(page, page.form(having="words"), {"words": "已核对", "decision": "approve"})

    def sign(self, passphrase: str) -> Page:
        """Sign and publish the approved draft; at a city for both keepers, whose words are the same here."""
        page = self.open("/publishing/sign")
        form = page.form(having="passphrase")
        asked: tuple[str, ...] = ("passphrase", "second")
        answers = {name: passphrase for name in asked if name in form.fields}
        return self.submit(page, form, answers)

    def take_the_citys(self) -> Page:
        """Look at the city's address, read what moved, lay the draft over it; what was read comes back."""
        page = self.open("/publishing/layers/")
        self.submit(page, _form_to(page, "/look"), {})
        news = self.open("/publishing/layers/news")
        self.submit(news, _form_to(news, "/take-over"), {})
        return news


def _form_to(page: Page, ending: str) -> Form:
    for form in page.forms:
        if form.action.partition("?")[0].endswith(ending):
            return form
    raise LookupError(f"no form to {ending} on {page.address}: {page.text[:400]}")


def _who(resident: Resident) -> dict[str, str]:
    return {
        "name": resident.name,
        "id_kind": "idcard",
        "id_number": resident.id_number,
        "phone": resident.phone,
        "address": resident.address,
        "go": "next",
    }


def _form_answers(page: Page, resident: Resident) -> dict[str, str]:
    """What a clerk types into the empty fields of the one form."""
    form = _form_to(page, "/form")
    known = {"birth": resident.birth, "bank_account": resident.bank_account, "phone": resident.phone}
    answers = {"go": "next"}
    for name, given in form.fields.items():
        if name.startswith("form-") and not given[0]:
            options = [option for option in form.choices.get(name, []) if option]
            word = next((value for key, value in known.items() if key in name), "")
            answers[name] = options[0] if options else word
    return answers


def _confirmed(page: Page) -> Confirmed:
    number, case = NUMBER.search(page.text), None
    for address, _ in page.links:
        case = case or CASE_LINK.search(address)
    if number is None or case is None:
        raise LookupError(f"{page.address} confirms nothing: {page.text[:400]}")
    papers = tuple(address for address, _ in page.links if DOCUMENT_LINK.search(address))
    return Confirmed(number[0], case[1], papers)
