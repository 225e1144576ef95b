"""A person at a real browser. Every page that comes up is judged before anything else happens on it."""

from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response

from station.demo.county import Login

Judging = Callable[[Page], None]
Picture = Callable[[Page, str], None]
WAIT_MS = 20_000


class Visitor:
    """One browser session at one node: what a person reads and presses, and nothing a person cannot.

    judge is called with every page that comes up; picture with the pages that are worth one.
    """

    def __init__(self, context: BrowserContext, base: str, judge: Judging, picture: Picture) -> None:
        self.base = base
        self._judge, self._picture = judge, picture
        self._complaints: list[str] = []
        self._context = context
        context.set_default_timeout(WAIT_MS)
        context.on("request", self._note_request)
        context.on("response", self._note_response)
        self.page = context.new_page()
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self._complaints.append(f"script error: {error}"))

    def signs_in(self, login: Login) -> None:
        """Name and password on the sign-in page."""
        self.opens("/accounts/sign-in")
        self.fills(name=login.account, password=login.password)
        self.presses("登录")
        self.reads("换班")

    def opens(self, path: str) -> None:
        """Type an address."""
        self.page.goto(urljoin(self.base, path))
        self.arrives()

    def follows(self, name: str) -> None:
        """Press a link by what it is called."""
        self._go(self.page.get_by_role("link", name=name).first)

    def presses(self, name: str, within: str = "main") -> None:
        """Press the first button of that name (any for ""); `within` narrows the place, as CSS."""
        self._go(self.page.locator(within).get_by_role("button", name=name).first)

    def searches(self, words: str) -> None:
        """Type into the search box of the page and press its button."""
        box = self.page.locator("main [role=search] input[name=q]")
        box.fill(words)
        self._go(self.page.locator("main [role=search] button").first)

    def fills(self, **values: str) -> None:
        """Type into fields, named by their ids; `_` stands for `-` where an id has one."""
        for name, value in values.items():
            self.types(name, value)

    def types(self, field_id: str, value: str) -> None:
        """Type into one field."""
        self.page.locator(f"[id='{field_id}']").fill(value)

    def picks(self, field_id: str, value: str) -> None:
        """Choose from a list."""
        self.page.locator(f"[id='{field_id}']").select_option(value)

    def ticks(self, field_id: str) -> None:
        """Press the label of a box or a round button."""
        self.page.locator(f"label[for='{field_id}'], label:has([id='{field_id}'])").first.click()

    def attaches(self, field_id: str, name: str, media_type: str, data: bytes) -> None:
        """Choose a file."""
        field = self.page.locator(f"[id='{field_id}']")
        field.set_input_files({"name": name, "mimeType": media_type, "buffer": data})

    def fetches(self, name: str) -> bytes:
        """The file behind a link, as the browser of this person would save it."""
        link = self.page.get_by_role("link", name=name).first
        return self.downloads(link.get_attribute("href") or "")

    def downloads(self, path: str) -> bytes:
        """The file at an address of this node."""
        answer = self._context.request.get(urljoin(self.page.url, path))
        assert answer.ok, f"{answer.status} {path}"
        return answer.body()

    def reads(self, words: str) -> None:
        """These words stand on the page."""
        assert words in self.text, f"“{words}” is not on {self.page.url}: {self.text}"

    def shows(self, name: str) -> None:
        """This page is worth a picture."""
        self._picture(self.page, name)

    def leaves(self) -> None:
        """Close the browser session."""
        self._complain()
        self._context.close()

    @property
    def text(self) -> str:
        """Everything on the page that can be read."""
        return " ".join(self.page.inner_text("body").split())

    @property
    def strip(self) -> str:
        """The status strip."""
        return " ".join(self.page.inner_text(".strip").split())

    @property
    def path(self) -> str:
        """Where this person is."""
        return urlsplit(self.page.url).path

    def _go(self, target: Locator) -> None:
        with self.page.expect_navigation():
            target.click()
        self.arrives()

    def arrives(self) -> None:
        """A page came up: judge it. Called by everything above that leads to another page."""
        self._complain()
        self._judge(self.page)
        self._complain()

    def _complain(self) -> None:
        assert not self._complaints, f"at {self.page.url}: {self._complaints}"

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.hostname != "127.0.0.1":
            self._complaints.append(f"request to {request.url}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 500:
            self._complaints.append(f"{response.status} from {response.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        is_own_refusal = "Failed to load resource" in message.text and "status of 4" in message.text
        if message.type in ("error", "warning") and not is_own_refusal:
            self._complaints.append(f"console: {message.text}")
