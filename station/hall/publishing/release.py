"""The last step: an approved draft becomes a signed version that stations take."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from tuf.api.metadata import TargetFile

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.publish import PACK, Repository
from catalog_cache.distribution.sample_files import PackFiles
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.distribution.update import UpdateReport, update
from catalog_cache.files import AlreadyHeld, only_one
from catalog_cache.layering.layer_files import township_file, township_in
from catalog_cache.model import Item, Package
from catalog_cache.pack import Pack, PackMeta, open_pack, read_pack, write_pack
from catalog_cache.signatures.keyfile import open_key
from catalog_cache.signatures.shelf import METADATA, TARGETS, role_name
from catalog_cache.signatures.signing import CountySigners, county_path, county_role
from station import audit
from station.cases.place import place_of
from station.hall.corrections.mending import close_mended
from station.hall.holidays import service as holidays
from station.hall.publishing import base, draft, mail_words, nodes, review, towns
from station.hall.publishing.errors import NotPublished
from station.hall.publishing.models import Review, Version
from station.hall.samples.shelf import require_files
from station.mail_words import FILE, take_up
from station.places import CATALOG_FOLDER, REPOSITORY_FOLDER
from sync.rows import write

if TYPE_CHECKING:
    from station.node import Node

KEYS_FOLDER = "publishing-keys"
COUNTY_KEY, SNAPSHOT_KEY, TIMESTAMP_KEY = "county.pem", "snapshot.pem", "timestamp.pem"
VALID_DAYS = 150


@dataclass(frozen=True)
class Desk:
    """Where this hall publishes: its folder of signed files, its key files, and who it is."""

    repository: Repository
    keys_folder: Path
    metadata_dir: Path
    division: str
    name: str

    @classmethod
    def of(cls, node: "Node") -> "Desk":
        """The desk of a hall."""
        folder = node.settings.data_folder
        return cls(
            Repository(folder / REPOSITORY_FOLDER),
            folder / KEYS_FOLDER,
            folder / CATALOG_FOLDER / "metadata",
            node.facts.division,
            node.facts.name,
        )

    def missing(self) -> str:
        """What has to be prepared before anything can be published, in Chinese; "" when all is there."""
        names = (COUNTY_KEY, SNAPSHOT_KEY, TIMESTAMP_KEY)
        if any(not (self.keys_folder / name).is_file() for name in names):
            return "还没有签名密钥，请先运行 yimen catalog keys new。"
        if not self.repository.is_ready:
            return "还没有接收市级交接文件，请先运行 yimen catalog keys adopt。"
        return ""

    def published(self, name: str) -> bytes | None:
        """One of the county's files as it is in force, None when there is none. Raises PublishRefused."""
        in_force = self.repository.in_force()
        if in_force is None or county_path(self.division, name) not in in_force.files:
            return None
        return self.repository.content(name)


def open_signers(folder: Path, passphrase: str) -> CountySigners:
    """The county's keys for one signing; the passphrase is not kept anywhere. Raises KeyRefused."""
    county, snapshot, timestamp = (
        open_key(folder / name, passphrase) for name in (COUNTY_KEY, SNAPSHOT_KEY, TIMESTAMP_KEY)
    )
    return CountySigners((county,), snapshot, timestamp)


def publish(
    node: "Node", passphrase: str, *, by: str, now: datetime, is_clock_checked: bool = False
) -> Version:
    """Sign the approved draft and put it out. Raises NotPublished, KeyRefused, PublishRefused.

    The number is taken first, then the files go out, then the draft counts as published; after a
    power cut in between, `settle` tells from the files which of the two it was.
    """
    desk = Desk.of(node)
    if desk.missing():
        raise NotPublished(desk.missing(), "准备好之后再签发；草稿和审核结果都保留着。")
    signers = open_signers(desk.keys_folder, passphrase)
    try:
        with only_one(desk.repository.folder / ".release"):
            version = settle(desk) or _release(desk, signers, by, now, is_clock_checked)
    except AlreadyHeld as error:
        raise NotPublished("另一个人正在签发。", "请稍等片刻，看版本记录后再决定。") from error
    take_own(node, now)
    close_mended(place_of(node))
    DeltaShelf(desk.repository.folder).prepare()
    return version


def _release(desk: Desk, signers: CountySigners, by: str, now: datetime, is_clock_checked: bool) -> Version:
    with write():
        version, pack = _new_version(desk, _approved(), by, now)
        require_files(desk.repository.folder, PackFiles(pack).items_with_files())
        files = {PACK: pack, nodes.FILE: nodes.register_file(), **_words(desk, now), **holidays.files()}
        files |= towns.files(open_pack(pack).meta)
    try:
        desk.repository.publish(
            files, signers, now, withdraw=_silent_towns(desk, files), is_clock_checked=is_clock_checked
        )
    finally:
        settled = settle(desk)
    return settled or version


def _silent_towns(desk: Desk, files: Mapping[str, bytes]) -> list[str]:
    """The files of townships that no longer say anything."""
    return [township_file(code) for code in _towns_in_force(desk) if township_file(code) not in files]


def _towns_in_force(desk: Desk) -> list[str]:
    """The townships of which a layer is published."""
    in_force = desk.repository.in_force()
    paths = in_force.files if in_force else ()
    return [code for path in paths if (code := township_in(path))]


def _words(desk: Desk, now: datetime) -> dict[str, bytes]:
    """The mail's dictionary, beside the first version that has enough to make one from; then it stays."""
    in_force = desk.repository.in_force()
    if in_force is not None and county_path(desk.division, FILE) in in_force.files:
        return {}
    made = mail_words.make(draft.contents()[0], now)
    return {} if made is None else {FILE: made}


def settle(desk: Desk) -> Version | None:
    """Finish what was begun: a version whose files are out is published, another never was.

    Returns the one that turns out to be published, None when nothing was open.
    """
    settled = None
    for version in Version.select().where(Version.state == "signing"):
        target = _pack_in_force(desk)
        if target is not None and target.hashes["sha256"] == version.sha256:
            _settle_published(desk, version)
            settled = version
        else:
            version.delete_instance()
    return settled


def take_own(node: "Node", now: datetime) -> UpdateReport:
    """The hall uses what it published, by the same way as every station."""
    desk = Desk.of(node)
    source = FolderSource(desk.repository.folder)
    client = TufClient(desk.metadata_dir, source, None)
    if not (desk.metadata_dir / role_name("root", None)).exists():
        client.init((desk.repository.folder / METADATA / role_name("root", 1)).read_bytes())
    report = update(node.catalog, source, desk.metadata_dir, now)
    take_up(desk.metadata_dir, node.mailbox, now)
    return report


def history() -> list[Version]:
    """The published versions, newest first."""
    rows = Version.select(Version, Review).join(Review).where(Version.state == "published")
    return list(rows.order_by(Version.number.desc()))


def pack_of(desk: Desk, number: int) -> Pack:
    """A published version as it was signed. Raises NotPublished when it is not kept whole."""
    version = Version.get_or_none((Version.number == number) & (Version.state == "published"))
    if version is None:
        raise NotPublished("没有发布过这一版。", "请返回版本记录重新选择。")
    return _kept_pack(desk, version)


def _kept_pack(desk: Desk, version: Version) -> Pack:
    number, path = version.number, county_path(desk.division, f"{version.sha256}.{PACK}")
    try:
        data = (desk.repository.folder / TARGETS / path).read_bytes()
    except OSError as error:
        raise NotPublished(f"第 {number} 版的文件读不出来。", "请从备份恢复发布文件夹。") from error
    if sha256(data).hexdigest() != version.sha256:
        raise NotPublished(f"第 {number} 版的文件被改动过。", "请从备份恢复发布文件夹。")
    return read_pack(data)


def _approved() -> Review:
    """The approval that covers exactly the present draft."""
    found = review.current()
    if found is None or found.state != "approved":
        raise NotPublished("草稿还没有经第二人审核通过，或通过后又改过。", "请先送审，由另一位同事审核。")
    if found.decided_by == found.submitted_by or not found.decided_by:
        raise NotPublished("审核人与送审人是同一账号。", "请由另一位同事审核。")
    return found


def _new_version(desk: Desk, approved: Review, by: str, now: datetime) -> tuple[Version, bytes]:
    number = max(_last_number(), _number_in_force(desk)) + 1
    valid_until = now + timedelta(days=VALID_DAYS)
    above = base.held()
    meta = PackMeta(
        publisher=county_role(desk.division),
        publisher_name=desk.name,
        version=number,
        published_at=now.replace(microsecond=0),
        valid_until=valid_until.replace(microsecond=0),
        base=above.sha256 if above else "",
    )
    items, packages = draft.contents()
    own, changes = base.split(items)
    pack = write_pack(meta, own, packages, changes)
    version = Version.create(
        number=number,
        review=approved,
        sha256=sha256(pack).hexdigest(),
        entries=len(items) + len(packages),
        published_by=by,
        published_at=now,
        valid_until=valid_until,
    )
    return version, pack


def _settle_published(desk: Desk, version: Version) -> None:
    pack = _kept_pack(desk, version)
    with write():
        version.state = "published"
        version.save()
        version.review.state = "published"
        version.review.save()
        draft.settle([*pack.items, *pack.packages, *base.in_force(pack)])
        base.settle(pack)
        towns.settle({code: desk.repository.content(township_file(code)) for code in _towns_in_force(desk)})
        holidays.settle(desk.published(holidays.FILE))
        by, at = version.published_by, version.published_at
        audit.record(by, "catalog.published", str(version.number), now=at, sha256=version.sha256)


def _last_number() -> int:
    last = Version.select().order_by(Version.number.desc()).first()
    return last.number if last else 0


def _number_in_force(desk: Desk) -> int:
    target = _pack_in_force(desk)
    custom = target.custom if target is not None else None
    return int(custom.get("version", 0)) if isinstance(custom, dict) else 0


def _pack_in_force(desk: Desk) -> TargetFile | None:
    in_force = desk.repository.in_force()
    return in_force.files.get(county_path(desk.division, PACK)) if in_force else None


def entries_of(pack: Pack | None) -> dict[str, Item | Package]:
    """The entries of a pack by code; none for no pack."""
    if pack is None:
        return {}
    own: dict[str, Item | Package] = {item.code: item for item in pack.items}
    own |= {package.code: package for package in pack.packages}
    return own | base.spoken_of(pack.changes)
