"""Where a hall publishes: its folder of signed files, its key files, and who it is.

A county has one repository. A city has a folder for each of its counties, and two keys that sign for all.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from securesystemslib.signer import Signer
from tuf.api.metadata import TargetFile

from catalog_cache.distribution.city import COUNTIES, CityRepository
from catalog_cache.distribution.publish import PACK, Repository
from catalog_cache.errors import PublishRefused
from catalog_cache.layering.layer_files import BASE
from catalog_cache.model import Level
from catalog_cache.signatures.keyfile import open_key
from catalog_cache.signatures.shelf import TARGETS, marked_version
from catalog_cache.signatures.signing import CITY_KEYS, CountySigners, county_path, county_role
from station.places import CATALOG_FOLDER, REPOSITORY_FOLDER

if TYPE_CHECKING:
    from station.node import Node

KEYS_FOLDER = "publishing-keys"
COUNTY_KEY, SNAPSHOT_KEY, TIMESTAMP_KEY = "county.pem", "snapshot.pem", "timestamp.pem"
COUNTY_NAMES = (COUNTY_KEY, SNAPSHOT_KEY, TIMESTAMP_KEY)
CITY_NAMES = tuple(f"city-{number}.pem" for number in range(1, CITY_KEYS + 1))


@dataclass(frozen=True)
class Desk:
    """Where this hall publishes: its folder of signed files, its key files, and who it is.

    A county has one repository; a city has a folder for each of its counties, in `city`.
    """

    repository: Repository
    city: CityRepository
    keys_folder: Path
    metadata_dir: Path
    division: str
    name: str
    level: str

    @classmethod
    def of(cls, node: "Node") -> "Desk":
        """The desk of a hall."""
        folder = node.settings.data_folder
        return cls(
            Repository(folder / REPOSITORY_FOLDER),
            CityRepository(folder / REPOSITORY_FOLDER / COUNTIES),
            folder / KEYS_FOLDER,
            folder / CATALOG_FOLDER / "metadata",
            node.facts.division,
            node.facts.name,
            node.facts.level,
        )

    @property
    def is_city(self) -> bool:
        """Whether what is published here is the base for the counties below."""
        return self.level == Level.CITY

    @property
    def publisher(self) -> str:
        """Who its packs say they are from."""
        return f"{Level.CITY}-{self.division}" if self.is_city else county_role(self.division)

    def missing(self) -> str:
        """What has to be prepared before anything can be published, in Chinese; "" when all is there."""
        names = CITY_NAMES if self.is_city else COUNTY_NAMES
        has_keys = all((self.keys_folder / name).is_file() for name in names)
        if self.is_city:
            return self._missing_at_city(has_keys)
        if not has_keys:
            return "还没有签名密钥，请先运行 yimen catalog keys new。"
        if not self.repository.is_ready:
            return "还没有接收市级交接文件，请先运行 yimen catalog keys adopt。"
        return ""

    def _missing_at_city(self, has_keys: bool) -> str:
        try:
            has_counties = bool(self.city.named())
        except PublishRefused as error:
            return f"{error.why}{error.next_step}"
        if not has_counties:
            return "还没有授权任何县，请先为县举行密钥仪式：yimen catalog keys ceremony。"
        if not has_keys:
            return "本机没有市级密钥，请两位保管人把 city-1.pem 和 city-2.pem 放进 publishing-keys 文件夹。"
        return ""

    def published(self, name: str) -> bytes | None:
        """One of the county's files as it is in force, None when there is none. Raises PublishRefused."""
        in_force = self.repository.in_force()
        if in_force is None or county_path(self.division, name) not in in_force.files:
            return None
        return self.repository.content(name)

    def has_in_force(self, digest: str) -> bool:
        """Whether this pack counts. digest: SHA-256, hex. Raises PublishRefused."""
        if self.is_city:
            return self.city.lists(digest)
        target = self.pack_in_force()
        return target is not None and target.hashes["sha256"] == digest

    def pack_in_force(self) -> TargetFile | None:
        """A county's pack as its folder lists it; None before the first. Raises PublishRefused."""
        in_force = self.repository.in_force()
        return in_force.files.get(county_path(self.division, PACK)) if in_force else None

    def number_in_force(self) -> int:
        """The number of the version that counts; 0 before the first. Raises PublishRefused."""
        if self.is_city:
            return self.city.number_in_force()
        target = self.pack_in_force()
        return (marked_version(target) or 0) if target else 0

    def kept_bytes(self, digest: str) -> bytes:
        """A pack as it lies on the shelf, in force or not. Raises OSError."""
        if not self.is_city:
            path = county_path(self.division, f"{digest}.{PACK}")
            return (self.repository.folder / TARGETS / path).read_bytes()
        folder, _, name = BASE.rpartition("/")
        paths = [one.folder / TARGETS / folder / f"{digest}.{name}" for one in self.city.counties()]
        there = next((path for path in paths if path.is_file()), None)
        if there is None:
            raise FileNotFoundError(digest)
        return there.read_bytes()


@dataclass(frozen=True)
class Passphrases:
    """What opens the key files for one signing; kept nowhere. second: of the city's second keeper, "" for
    the same."""

    first: str
    second: str = ""


def open_city_signers(folder: Path, words: Passphrases) -> tuple[Signer, ...]:
    """The city's two keys for one signing, each by its keeper's passphrase. Raises KeyRefused."""
    both = (words.first, words.second or words.first)
    return tuple(open_key(folder / name, word) for name, word in zip(CITY_NAMES, both, strict=True))


def open_signers(folder: Path, passphrase: str) -> CountySigners:
    """The county's keys for one signing; the passphrase is not kept anywhere. Raises KeyRefused."""
    county, snapshot, timestamp = (open_key(folder / name, passphrase) for name in COUNTY_NAMES)
    return CountySigners((county,), snapshot, timestamp)
