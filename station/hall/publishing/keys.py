"""Setting up who may sign: the county's key files, the city's ceremony, and the handover between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from securesystemslib.signer import Signer

from catalog_cache.calendar.holidays import read_table
from catalog_cache.demonstration import holiday_table
from catalog_cache.distribution.publish import Published
from catalog_cache.errors import KeyRefused
from catalog_cache.layering.layer_files import BASE
from catalog_cache.signatures.ceremony import CitySigners, RootChange, ceremony, renew_city, renew_root
from catalog_cache.signatures.keyfile import new_key, open_key
from catalog_cache.signatures.signing import ROOT_KEYS, ROOT_THRESHOLD, CountyKeys, ReceiptKey
from station import audit
from station.hall.publishing import base
from station.hall.publishing.desk import CITY_NAMES, COUNTY_NAMES, Desk, open_signers
from station.hall.publishing.release import take_own
from station.node import Node

ROOT_NAMES = tuple(f"root-{number}.pem" for number in range(1, ROOT_KEYS + 1))
HOLIDAYS = "city/holidays.json"
# Asks the keeper of one key file for its passphrase; the name of the file goes in.
Ask = Callable[[str], str]


def make_county_keys(node: Node, passphrase: str, *, by: str, now: datetime) -> bytes:
    """Make this county's three key files; returns the request for the city, public halves only.

    With the keys there already, the same request again. Raises KeyRefused.
    """
    folder = Desk.of(node).keys_folder
    made = [name for name in COUNTY_NAMES if not (folder / name).exists()]
    for name in made:
        new_key(folder / name, passphrase)
    signers = open_signers(folder, passphrase)
    if made:
        audit.record(by, "catalog.keys_made", now=now)
    receipt = ReceiptKey(node.facts.node_id, node.facts.division, node.keys.signing_public)
    return CountyKeys.of(node.facts.division, signers, [receipt]).to_request(signers)


@dataclass(frozen=True)
class CityDesk:
    """Where a city signs. keys_folder: its five key files; out: the handover; ask: for passphrases."""

    keys_folder: Path
    out: Path
    ask: Ask

    def signer(self, name: str) -> Signer:
        """The key of this file. Raises KeyRefused."""
        return open_key(self.keys_folder / name, self.ask(name))

    def signers(self, names: Sequence[str]) -> tuple[Signer, ...]:
        """The keys of these files. Raises KeyRefused."""
        return tuple(self.signer(name) for name in names)


def hold_ceremony(city: CityDesk, request: bytes, files: Mapping[str, bytes], now: datetime) -> bytes:
    """The city's ceremony: makes its five key files, signs the first root and files; returns root.json.

    request: the county's. files: path ("city/divisions.csv") to content; the holiday table that comes
    with the program is added when none is named. Raises BadHandover, KeyRefused, PublishRefused.
    """
    county = CountyKeys.from_request(request)
    for name in (*ROOT_NAMES, *CITY_NAMES):
        if not (city.keys_folder / name).exists():
            new_key(city.keys_folder / name, city.ask(name))
    signers = CitySigners(city.signers(ROOT_NAMES), city.signers(CITY_NAMES))
    return ceremony(city.out, county, signers, {HOLIDAYS: holiday_table(), **_sound(files)}, now)


def renew_files(city: CityDesk, request: bytes | None, files: Mapping[str, bytes], now: datetime) -> int:
    """Sign the city's files again; returns their version. request: the county's new keys, None to keep."""
    county = CountyKeys.from_request(request) if request is not None else None
    return renew_city(city.out, city.signers(CITY_NAMES), _sound(files), now, county=county)


def _sound(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files to sign; a holiday table that stations would refuse is refused here. Raises BadRecord."""
    if HOLIDAYS in files:
        read_table(files[HOLIDAYS])
    return files


def renew_trust(city: CityDesk, request: bytes | None, now: datetime) -> bytes:
    """Sign the next root with those root keys that are here, two at least; returns root.json."""
    names = [name for name in ROOT_NAMES if (city.keys_folder / name).exists()]
    if len(names) < ROOT_THRESHOLD:
        raise KeyRefused("根密钥不足两把。", "请带齐至少两把根密钥后重新签发。")
    county = CountyKeys.from_request(request) if request is not None else None
    return renew_root(city.out, city.signers(names), RootChange(county=county), now)


def adopt(node: Node, handover: Path, passphrase: str, *, by: str, now: datetime) -> Published:
    """Take over the city's folder and publish under it; this hall then trusts its own repository.

    Raises KeyRefused, BadHandover, PublishRefused.
    """
    desk = Desk.of(node)
    signers = open_signers(desk.keys_folder, passphrase)
    published = desk.repository.adopt(handover, signers, now)
    above = desk.repository.city_file(BASE)
    if above is not None:
        base.follow(above, by=by, now=now)
    audit.record(by, "catalog.handover_adopted", now=now, version=published.version)
    take_own(node, now)
    return published
