"""A city and a county with keys of their own, the folder the county publishes, and stations that read it."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from securesystemslib.signer import CryptoSigner, Signer
from tuf.api.metadata import Metadata, MetaFile, Signed, Snapshot, Timestamp

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.publish import Published, Repository
from catalog_cache.distribution.sources import Source
from catalog_cache.distribution.update import UpdateReport, open_source, update
from catalog_cache.errors import UpdateRefused
from catalog_cache.files import Writer, write_whole
from catalog_cache.installed.cache import CatalogCache
from catalog_cache.model import Item
from catalog_cache.pack import PackMeta, write_pack
from catalog_cache.signatures.ceremony import CitySigners, ceremony
from catalog_cache.signatures.metadata import S, signed_bytes
from catalog_cache.signatures.shelf import read_role, role_path
from catalog_cache.signatures.signing import CountyKeys, CountySigners, ReceiptKey, county_path, county_role

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
CODE = "440205000000"
PACK_PATH = county_path(CODE, "pack.jsonl")
HOLIDAYS = (Path(__file__).parents[2] / "catalog_cache/reference/holidays.json").read_bytes()


def new_signer() -> Signer:
    return CryptoSigner.generate_ed25519()


def new_county_signers(keys: int = 1) -> CountySigners:
    return CountySigners(tuple(new_signer() for _ in range(keys)), new_signer(), new_signer())


def public_hex(signer: Signer) -> str:
    return str(signer.public_key.keyval["public"])


def pack_of(version: int, *names: str, at: datetime = START) -> bytes:
    """A small catalog whose items carry the given names."""
    meta = PackMeta(
        publisher=county_role(CODE),
        publisher_name="曲江区政务服务中心",
        version=version,
        published_at=at,
        valid_until=at + timedelta(days=180),
    )
    fixed = {"item_type": "20", "theme": "社会保障", "level": "village"}
    named = enumerate(names or ("高龄津贴",))
    return write_pack(
        meta, [Item.from_dict({"code": f"L2000000{n:04}", "name": name} | fixed) for n, name in named]
    )


class Press:
    """Those who publish. `now` is their clock; tests move it by hand."""

    def __init__(self, folder: Path, writer: Writer = write_whole, now: datetime = START) -> None:
        self.now = now
        self.root_signers = tuple(new_signer() for _ in range(3))
        self.city_signers = tuple(new_signer() for _ in range(2))
        self.county = new_county_signers()
        self.hall_key = new_signer()
        self.city_folder = folder / "city"
        self.folder = folder / "published"
        self.repository = Repository(self.folder, writer)
        city = CitySigners(self.root_signers, self.city_signers)
        files = {"city/holidays.json": HOLIDAYS}
        self.root = ceremony(self.city_folder, self.county_keys(), city, files, self.now)
        self.repository.adopt(self.city_folder, self.county, self.now)

    def county_keys(self, signers: CountySigners | None = None) -> CountyKeys:
        receipt = ReceiptKey("c0" * 16, CODE, bytes.fromhex(public_hex(self.hall_key)))
        return CountyKeys.of(CODE, signers or self.county, [receipt])

    def publishes(self, version: int, *names: str, days: float = 1) -> Published:
        """A new catalog, some days after the last publication."""
        self.now += timedelta(days=days)
        files = {"pack.jsonl": pack_of(version, *names, at=self.now)}
        return self.repository.publish(files, self.county, self.now)

    def renews(self, days: float = 1) -> Published:
        """New signatures, no new content."""
        self.now += timedelta(days=days)
        return self.repository.publish({}, self.county, self.now)

    def copies_to(self, folder: Path) -> Path:
        """The folder as it is now, on a stick or in an attacker's hands."""
        shutil.copytree(self.folder, folder)
        return folder


class Station:
    """Somebody far away who was handed root.json in person."""

    def __init__(self, folder: Path, press: Press) -> None:
        self.press = press
        self.metadata_dir = folder / "metadata"
        self.cache = CatalogCache(folder / "catalog")
        self.attested_at: datetime | None = None
        TufClient(self.metadata_dir, open_source(press.folder), None).init(press.root)

    def client(self, source: Source | Path | None = None, *, clock: datetime | None = None) -> TufClient:
        """A client over the press's folder; clock: judge strictly by that time."""
        place = source if source is not None else self.press.folder
        origin = open_source(place) if isinstance(place, Path) else place
        return TufClient(self.metadata_dir, origin, clock or self.attested_at, is_strict=clock is not None)

    def updates(self, source: Source | str | Path | None = None) -> UpdateReport:
        """One attempt, by default from the press's folder; the station remembers what time it learned."""
        place = source if source is not None else self.press.folder
        report = update(self.cache, place, self.metadata_dir, START, reference_time=self.attested_at)
        self.attested_at = report.attested_at
        return report

    def version(self, role: str) -> int:
        """The version of a role that this station keeps."""
        return int(Metadata.from_file(str(self.metadata_dir / f"{role}.json")).signed.version)

    def knows(self, name: str) -> bool:
        """Whether the catalog in use has an item of that name."""
        catalog = self.cache.current()
        return catalog is not None and any(item.name == name for item in catalog.items())


def refusal(client: TufClient, path: str = PACK_PATH) -> str:
    """The reason for which a client refuses to take a file; "" when it takes it."""
    try:
        client.download(path)
    except UpdateRefused as error:
        return error.reason
    return ""


class Mirror:
    """A copy of the folder in the hands of somebody who may hold one of the keys, or none."""

    def __init__(self, press: Press, folder: Path) -> None:
        self.press = press
        self.folder = press.copies_to(folder)

    def read(self, kind: type[S], role: str, version: int | None = 0) -> S:
        """The signed part of a role, to be changed and written back."""
        return read_role(self.folder, kind, role, version).signed

    def writes(self, role: str, signed: Signed, *signers: Signer) -> None:
        """Put a role into the mirror under its own version, signed by these keys."""
        version = None if role == "timestamp" else signed.version
        write_whole(role_path(self.folder, role, version), signed_bytes(signed, signers))

    def names(self, snapshot: Snapshot) -> None:
        """Sign a snapshot, and a newer timestamp that names it, with the county's own two keys."""
        self.writes("snapshot", snapshot, self.press.county.snapshot)
        timestamp = self.read(Timestamp, "timestamp", None)
        timestamp.version += 1
        timestamp.snapshot_meta = MetaFile(snapshot.version)
        self.writes("timestamp", timestamp, self.press.county.timestamp)
