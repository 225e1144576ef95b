"""A county hall with a reviewer at its pages, and a village whose cases come to it by parcel."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from catalog_cache.model import Item
from station.cases.basket import line_key, merged_list
from station.cases.fold import CaseView
from station.cases.intake import Application, Checked, TakenIn, take_in
from station.cases.ledger import view_of
from station.cases.mail import handlers
from station.cases.place import place_of
from station.cases.terms import Held
from station.cases.uploads import Upload
from sync.attachments import sealed_range, wanted
from sync.exchange import give, receive_file, take
from tests.station.cases.samples import CLERK, MORNING
from tests.station.cases.world import HOLIDAYS, PASS_CARD, application, item, pack
from tests.station.joined import join
from tests.tools.counter import Counter

PDF = b"%PDF-1.4\n1 0 obj<</Type /Page>>endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60 + b"IEND\xaeB`\x82"


class HallDesk:
    """Two nodes on real encrypted files, joined; the reviewer "reviewer" sits at the hall's browser."""

    def __init__(self, folder: Path) -> None:
        self.hall = Counter(folder / "county", level="county", division="440205000000")
        self.village = Counter(folder / "village")
        for counter in (self.hall, self.village):
            counter.time.at = MORNING
            self.installs(counter, item(), item(PASS_CARD))
        join(self.village, self.hall)
        self.hall.signs_in("reviewer")

    def installs(self, counter: Counter, *items: Item) -> None:
        """The catalog and the holidays; the handlers of cases listen to the mail."""
        cache = counter.installation.catalog
        cache.install(pack(1, list(items)), MORNING)
        cache.install_holidays(HOLIDAYS)
        counter.node.handlers.update(handlers(lambda: place_of(counter.node)))

    def takes_in(self, *items: Item, token: str = "a" * 32, **changed: Checked) -> TakenIn:
        """The village takes an application in. changed: by material, such as `bank=Checked(...)`."""
        asked = application(token, *items)
        keys = {source[1]: line_key(line) for line in merged_list(asked.chosen) for source in line.sources}
        found = {keys[name.replace("_", "-")]: checked for name, checked in changed.items()}
        return self.asks_for(replace(asked, checked={**asked.checked, **found}))

    def asks_for(self, asked: Application) -> TakenIn:
        """The village takes exactly this in."""
        with self.village.node.using():
            return take_in(place_of(self.village.node), asked, CLERK)

    def arrives(self, *items: Item, token: str = "a" * 32, path: str = "link", **changed: Checked) -> str:
        """A case taken in at the village and carried to the hall; returns its case id."""
        taken = self.takes_in(*items, token=token, **changed)
        self.carries(path)
        return str(taken.cases[0].case_id)

    def carries(self, path: str = "link", *, with_files: bool = True) -> None:
        """Both sides give and take until nothing moves."""
        for _ in range(3):
            self._carries_one_way(self.village, self.hall, path, with_files)
            self._carries_one_way(self.hall, self.village, path, with_files)

    def _carries_one_way(self, sender: Counter, receiver: Counter, path: str, with_files: bool) -> None:
        with sender.node.using():
            data = give(sender.node.mailbox, receiver.node.facts.node_id).data
        with receiver.node.using():
            take(receiver.node.mailbox, data, path)
            needs = wanted(sender.node.facts.node_id, 100) if with_files else []
        for need in needs:
            with sender.node.using():
                piece = sealed_range(need.sha256, 0, 10**9)
            with receiver.node.using():
                receive_file(receiver.node.mailbox, sender.node.facts.node_id, need.sha256, 0, piece)

    def passes(self, **span: float) -> None:
        """Time goes by at both ends; the reviewer signs in again."""
        for counter in (self.hall, self.village):
            counter.time.passes(**span)
        self.hall.signs_in("reviewer")

    def opens(self, path: str = "") -> TestResponse:
        """A page of the inbox."""
        return self.hall.opens(f"/inbox/{path}")

    def does(self, case_id: str, act: str, form: dict[str, Any] | None = None, **fields: Any) -> TestResponse:
        """Send the form of one act."""
        return self.hall.sends(f"/inbox/{case_id}/{act}", form, **fields)

    def accepts(self, case_id: str) -> TestResponse:
        """受理 as a reviewer does it."""
        return self.does(case_id, "accept", basis="《老年人权益保障法》第三十三条")

    def view(self, case_id: str) -> CaseView:
        """The case as the hall knows it."""
        with self.hall.node.using():
            return view_of(case_id)

    def view_at_village(self, case_id: str) -> CaseView:
        """The case as the station knows it."""
        with self.village.node.using():
            return view_of(case_id)

    def closes(self) -> None:
        """Stop both nodes."""
        self.hall.closes()
        self.village.closes()


def scanned(data: bytes = PDF, media_type: str = "application/pdf", name: str = "身份证.pdf") -> Checked:
    """A material that came with a scan."""
    return Checked(Held.IN, pages=1, files=(Upload(data, media_type, name),))


def row_of(page: str, name: str) -> str:
    """The line of the table that names `name`."""
    rows = re.findall(r"<tr>.*?</tr>", page, re.S)
    return next(row for row in rows if name in row)
