"""Reads the forms of a page the way a browser without JavaScript would fill them in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form as it stands on the page: what a plain submit would send."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    def filled(self, answers: Mapping[str, str]) -> list[tuple[str, str]]:
        """The pairs to send: the form's own values, with `answers` in their place or beside them."""
        values = {name: list(given) for name, given in self.fields.items()}
        values.update({name: [given] for name, given in answers.items()})
        return [(name, value) for name, given in values.items() for value in given]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._area: str | None = None
        self._link: str | None = None
        self._button: tuple[str, str] | None = None
        self._said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and "href" in given:
            self._link, self._said = given["href"], []
        elif self._form is not None:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        name = given.get("name", "")
        if tag == "button":
            self._button, self._said = (name, given.get("value", "")), []
        elif tag == "input" and name:
            self._input(name, given)
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select:
            self._form.choices.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in given or self._select not in self._form.fields:
                self._form.fields[self._select] = [given.get("value", "")]
        elif tag == "textarea" and name:
            self._area, self._said = name, []

    def _input(self, name: str, given: dict[str, str]) -> None:
        assert self._form is not None
        kind, value = given.get("type", "text"), given.get("value", "")
        if kind == "file":
            self._form.files.append(name)
        elif kind in ("radio", "checkbox"):
            self._form.choices.setdefault(name, []).append(value or "on")
            if "checked" in given:
                self._form.fields.setdefault(name, []).append(value or "on")
        elif kind == "submit":
            self._form.buttons.append((name, value, value))
        else:
            self._form.fields[name] = [value]

    def handle_endtag(self, tag: str) -> None:
        said = " ".join("".join(self._said).split())
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area and self._form is not None:
            self._form.fields[self._area] = ["".join(self._said).strip("\n")]
            self._area = None
        elif tag == "a" and self._link is not None:
            self.links.append((self._link, said))
            self._link = None
        elif tag == "button" and self._button and self._form is not None:
            self._form.buttons.append((*self._button, said))
            self._button = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        self._said.append(data)


@dataclass(frozen=True)
class Page:
    """What a person can see and press on one page."""

    address: str
    status: int
    text: str
    forms: list[Form]
    links: list[tuple[str, str]]

    @classmethod
    def read(cls, address: str, status: int, html: str) -> "Page":
        """Parse one answer of a node."""
        reader = _Reader()
        reader.feed(html)
        return cls(address, status, " ".join("".join(reader.text).split()), reader.forms, reader.links)

    def form(self, *, having: str) -> Form:
        """The first form with a field, choice, file or button of that name; LookupError without one."""
        for form in self.forms:
            names = {*form.fields, *form.choices, *form.files, *(name for name, _, _ in form.buttons)}
            if having in names:
                return form
        raise LookupError(f"no form with {having} on {self.address}: {self.text[:300]}")

    def link(self, containing: str) -> str:
        """The address of the first link whose address contains the text. Raises LookupError without one."""
        for address, _ in self.links:
            if containing in address:
                return address
        raise LookupError(f"no link with {containing} on {self.address}: {self.text[:300]}")
