"""Two villages and their county hall, each whole, with an editor at the desk; letters go by parcel."""

import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from catalog_cache.model import Item, Package
from station.cases.place import place_of
from station.corrections import book, service
from station.corrections.elements import entry_in
from station.corrections.letters import State
from station.corrections.models import Correction, CorrectionLetter
from station.corrections.service import Fault
from station.hall.corrections import service as desk
from station.hall.corrections.mending import close_mended
from station.hall.corrections.service import Decision
from sync.exchange import give, take
from tests.station.cases.samples import MORNING
from tests.station.cases.world import HOLIDAYS, PASS_CARD, item, pack
from tests.station.joined import join
from tests.tools.counter import Counter

CODE = "L05000000001"
ID_CARD = "materials.id-card"
FIRST = (item(), item(PASS_CARD))
FAULT = Fault(ID_CARD, "身份证早就只看原件", "窗口不收复印件")


class Town:
    """`hall` with "editor" at its browser, `village` with "agent" at its own, `other`: a second village."""

    def __init__(self, folder: Path) -> None:
        self.hall = Counter(folder / "county", level="county", division="440205000000")
        self.village = Counter(folder / "village")
        self.other = Counter(folder / "other", division="440205100202")
        self.hall.adds("editor", "编辑示例")
        self.version, self.items = 0, tuple[Item | Package, ...]()
        for counter in self.nodes:
            counter.time.at = MORNING
        for village in (self.village, self.other):
            join(village, self.hall)
        self.starts_anew()

    @property
    def nodes(self) -> tuple[Counter, Counter, Counter]:
        """All three."""
        return self.hall, self.village, self.other

    def starts_anew(self) -> None:
        """No report anywhere, and everybody has the catalog as it was, under a new number."""
        for counter in self.nodes:
            with counter.node.using():
                CorrectionLetter.delete().execute()
                Correction.delete().execute()
        if self.items != FIRST:
            self.publishes(*FIRST)
        for village in (self.village, self.other):
            self.takes_catalog(village)

    def sits_down(self) -> None:
        """An agent at the village's browser, the editor at the hall's."""
        self.village.signs_in()
        self.hall.signs_in("editor")

    def publishes(self, *items: Item | Package) -> int:
        """The next version is in force at the hall, which then does what publishing does."""
        self.version += 1
        self.items = items
        installs(self.hall, self.version, items)
        with self.hall.node.using():
            return close_mended(place_of(self.hall.node))

    def takes_catalog(self, village: Counter | None = None) -> None:
        """A village has the hall's catalog too."""
        village = village or self.village
        held = village.installation.current_catalog()
        if held is None or held.version != self.version:
            installs(village, self.version, self.items)

    def reports(self, village: Counter | None = None, fault: Fault = FAULT, code: str = CODE) -> str:
        """A clerk of a village reports a fault of an item or package; returns the id of the report."""
        village = village or self.village
        with village.node.using():
            place = place_of(village.node)
            given = secrets.token_hex(16)
            service.report(place, entry_in(place.catalog, code), fault, report_id=given, by="示例员")
        return given

    def arrives(self, village: Counter | None = None, fault: Fault = FAULT, code: str = CODE) -> str:
        """The same, and the hall has it."""
        report_id = self.reports(village, fault, code)
        self.carries(village)
        return report_id

    def carries(self, village: Counter | None = None) -> None:
        """A village and the hall give and take until nothing moves."""
        village = village or self.village
        for _ in range(2):
            for sender, receiver in ((village, self.hall), (self.hall, village)):
                with sender.node.using():
                    data = give(sender.node.mailbox, receiver.node.facts.node_id).data
                with receiver.node.using():
                    take(receiver.node.mailbox, data, "link")

    def decides(self, report_id: str, verdict: Any, said: str = "", another: str = "") -> None:
        """The editor decides."""
        with self.hall.node.using():
            seen = book.row(report_id).answers
            decision = Decision(verdict, said, another, seen)
            desk.decide(place_of(self.hall.node), report_id, decision, account="editor", by="编辑示例")

    def state(self, report_id: str, at: Counter | None = None) -> State:
        """How a report stands, at the hall unless told."""
        return State(self.row(report_id, at).state)

    def row(self, report_id: str, at: Counter | None = None) -> Correction:
        """The row of a report, at the hall unless told."""
        with (at or self.hall).node.using():
            return book.row(report_id)

    def count(self, at: Counter | None = None) -> int:
        """How many reports a node holds."""
        with (at or self.hall).node.using():
            return Correction.select().count()

    def closes(self) -> None:
        """Stop all nodes."""
        for counter in self.nodes:
            counter.closes()


def installs(counter: Counter, version: int, items: Sequence[Item | Package]) -> None:
    """A catalog and the holidays."""
    cache = counter.installation.catalog
    cache.install(pack(version, list(items)), MORNING)
    cache.install_holidays(HOLIDAYS)


def answer_form(page: str) -> str:
    """The hidden id of a form."""
    found = re.search(r'name="report" value="([0-9a-f]{32})"', page)
    assert found is not None
    return found[1]


def sends_form(village: Counter, **given: str) -> TestResponse:
    """An agent fills in the form of the allowance and sends it."""
    page = village.opens(f"/corrections/new?item={CODE}").text
    values = {"item": CODE, "report": answer_form(page), "element": ID_CARD, "said": "身份证早就只看原件"}
    return village.sends("/corrections/", {**values, **given})
