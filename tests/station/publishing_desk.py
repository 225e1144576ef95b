"""A county with its desk ready: keys made, the city's ceremony held, an editor and a publisher at work."""

import json
from pathlib import Path
from typing import Any

from catalog_cache.demonstration import worked_items
from catalog_cache.model import Item
from catalog_cache.signatures.keyfile import new_key
from station.hall.publishing import keys
from station.hall.publishing.desk import COUNTY_NAMES, KEYS_FOLDER
from tests.tools.counter import Counter

CHEAP = 16
PASSPHRASE = "青山绿水 三江六岸 2026"
ITEMS = worked_items()[:6]


class PublishingDesk:
    """The county hall as its editor and its publisher use it, page by page."""

    passphrase = PASSPHRASE

    def __init__(self, hall: Counter, folder: Path) -> None:
        self.hall, self.folder = hall, folder
        hall.adds("editor", "编辑示例")
        hall.adds("publisher", "发布示例")
        self.signs_in("editor")

    def has_its_keys(self) -> None:
        """County keys, the city's ceremony and the handover, as the two would do it."""
        city = keys.CityDesk(self.folder / "city-keys", self.folder / "handover", lambda name: PASSPHRASE)
        now = self.hall.time.at
        county = self.hall.node.settings.data_folder / KEYS_FOLDER
        for name in COUNTY_NAMES:
            new_key(county / name, PASSPHRASE, CHEAP)
        for name in (*keys.ROOT_NAMES, *keys.CITY_NAMES):
            new_key(city.keys_folder / name, PASSPHRASE, CHEAP)
        with self.hall.node.using():
            request = keys.make_county_keys(self.hall.node, PASSPHRASE, by="boss", now=now)
            keys.hold_ceremony(city, request, {}, now)
            keys.adopt(self.hall.node, city.out, PASSPHRASE, by="boss", now=now)

    def signs_in(self, name: str) -> None:
        """Somebody else sits down."""
        self.hall.browser.get("/accounts/sign-out")
        self.hall.browser = self.hall.app.test_client()
        assert self.hall.signs_in(name).status_code == 302

    def imports(self, items: list[Any], name: str = "items.json", **fields: str) -> Any:
        """Upload a table of items."""
        dicts = [item.to_dict() if isinstance(item, Item) else item for item in items]
        return self.uploads(json.dumps(dicts, ensure_ascii=False).encode(), name, **fields)

    def uploads(self, data: bytes, name: str = "items.csv", **fields: str) -> Any:
        from io import BytesIO

        return self.hall.sends("/publishing/import", {"table": (BytesIO(data), name), **fields})

    def opens(self, path: str = "") -> str:
        """The text of one of the desk's pages."""
        answer = self.hall.opens(f"/publishing/{path}")
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def sends(self, path: str, **fields: Any) -> Any:
        return self.hall.sends(f"/publishing/{path}", fields)

    def has_approval(self) -> None:
        """The editor sends the draft, the publisher approves it and stays at the desk."""
        self.signs_in("editor")
        sent = self.sends("submit")
        assert sent.status_code == 302, sent.text
        self.signs_in("publisher")
        decided = self.sends(sent.location.removeprefix("/publishing/"), decision="approve")
        assert decided.status_code == 302, decided.text

    def has_keys_and_publishes(self) -> None:
        """Version 1 with what the draft holds."""
        self.has_its_keys()
        self.has_approval()
        assert self.sends("sign", passphrase=PASSPHRASE).status_code == 302
        self.signs_in("editor")

    def publishes(self, *items: Item) -> Any:
        """From import to signature."""
        self.signs_in("editor")
        self.imports(list(items or ITEMS))
        self.has_approval()
        return self.sends("sign", passphrase=PASSPHRASE)
