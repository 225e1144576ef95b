"""A city with its own desk and two key keepers, and counties that it granted."""

from pathlib import Path
from typing import Any

from catalog_cache.signatures.keyfile import new_key
from station.hall.publishing import keys, release
from station.hall.publishing.desk import COUNTY_NAMES, KEYS_FOLDER, Desk
from tests.station.publishing_desk import CHEAP, PASSPHRASE
from tests.station.test_layers_desk import LayeredDesk
from tests.tools.counter import Counter

CITY, QUJIANG, ZHENJIANG = "440200000000", "440205000000", "440204000000"
FIRST_WORD, SECOND_WORD = "第一位保管人的口令 2026", "第二位保管人的口令 2026"


class County(LayeredDesk):
    """A county's desk below a city that has one too."""

    def __init__(self, folder: Path, division: str = QUJIANG) -> None:
        super().__init__(Counter(folder / f"hall-{division}", level="county", division=division), folder)
        self.division = division

    def asks_for_trust(self) -> bytes:
        """Its keys, and the request for the city."""
        for name in COUNTY_NAMES:
            new_key(self.hall.settings.data_folder / KEYS_FOLDER / name, PASSPHRASE, CHEAP)
        with self.hall.node.using():
            return keys.make_county_keys(self.hall.node, PASSPHRASE, by="boss", now=self.hall.time.at)

    def adopts(self, handover: Path) -> None:
        """The first time, after two people read the fingerprint to each other."""
        with self.hall.node.using():
            keys.adopt(self.hall.node, handover, PASSPHRASE, by="boss", now=self.hall.time.at)

    def brings_by_stick(self, data: bytes) -> Any:
        """The file that the city's page gave, uploaded at the county's."""
        from io import BytesIO

        return self.hall.sends("/publishing/layers/receive", {"handover": (BytesIO(data), "city.zip")})

    def takes_over(self) -> None:
        """The editor lays the draft over the city's new catalog."""
        answer = self.sends("layers/take-over")
        assert answer.status_code == 302, answer.text


class City(LayeredDesk):
    """The city's desk. Its two keys have a passphrase each, and so two keepers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Counter(folder / "city", level="city", division=CITY), folder)
        self.keys_folder = self.hall.settings.data_folder / KEYS_FOLDER
        for name, word in zip(keys.CITY_NAMES, (FIRST_WORD, SECOND_WORD), strict=True):
            new_key(self.keys_folder / name, word, CHEAP)
        for name in keys.ROOT_NAMES:
            new_key(self.keys_folder / name, FIRST_WORD, CHEAP)

    @property
    def desk(self) -> Desk:
        return release.Desk.of(self.hall.node)

    def folder_of(self, county: County) -> Path:
        """What the city signed for a county."""
        return self.desk.city.folder / county.division

    def grants(self, county: County) -> None:
        """The ceremony for a county, and the county's taking over."""
        desk = keys.CityDesk(self.keys_folder, self.folder_of(county), self._ask)
        keys.hold_ceremony(desk, county.asks_for_trust(), {}, self.hall.time.at)
        county.adopts(self.folder_of(county))

    def _ask(self, name: str) -> str:
        return SECOND_WORD if name == keys.CITY_NAMES[1] else FIRST_WORD

    def signs(self, first: str = FIRST_WORD, second: str = SECOND_WORD) -> Any:
        """Both keepers at the page for signing."""
        return self.sends("sign", passphrase=first, second=second)

    def publishes(self, *items: Any) -> Any:
        """From a whole table to both signatures, an editor and a publisher at work."""
        self.signs_in("editor")
        self.imports(list(items), whole="1")
        self.has_approval()
        answer = self.signs()
        assert answer.status_code == 302, answer.text
        return answer

    def file_for(self, county: County) -> bytes:
        """What goes to a county by stick."""
        answer = self.hall.opens(f"/publishing/counties/{county.division}/handover.zip")
        assert answer.status_code == 200
        return bytes(answer.data)
