"""The last step: an approved draft becomes a signed version that stations take."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.publish import PACK
from catalog_cache.distribution.sample_files import PackFiles
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.distribution.update import HOLIDAYS, UpdateReport, update
from catalog_cache.files import AlreadyHeld, only_one
from catalog_cache.layering.layer_files import BASE, township_file, township_in
from catalog_cache.model import Item, Package
from catalog_cache.pack import Pack, PackMeta, read_pack, write_pack
from catalog_cache.signatures.shelf import METADATA, role_name
from catalog_cache.signatures.signing import county_path
from station import audit
from station.cases.place import place_of
from station.hall.corrections.mending import close_mended
from station.hall.holidays import city as city_holidays
from station.hall.holidays import service as holidays
from station.hall.publishing import arrivals, base, draft, mail_words, nodes, review, towns
from station.hall.publishing.desk import Desk, Passphrases, open_city_signers, open_signers
from station.hall.publishing.errors import NotPublished
from station.hall.publishing.models import Review, Version
from station.hall.samples.shelf import require_files
from station.hall.versions import withdrawn
from station.mail_words import FILE, take_up
from sync.rows import snapshot, write

if TYPE_CHECKING:
    from station.node import Node

VALID_DAYS = timedelta(days=150)


@dataclass(frozen=True)
class Made:
    """The next version before its signature. beside: the files that are signed with its pack, by name."""

    approved: Review
    meta: PackMeta
    pack: bytes
    beside: Mapping[str, bytes]
    entries: int


PutOut = Callable[[Made, datetime], object]
"""Puts a version out, whole or not at all; the time is that of signing."""


def publish(
    node: "Node",
    passphrase: str,
    *,
    by: str,
    now: datetime,
    is_clock_checked: bool = False,
    second: str = "",
) -> Version:
    """Sign the approved draft and put it out. Raises NotPublished, KeyRefused, PublishRefused.

    The number is taken first, then the files go out, then the draft counts as published; after a
    power cut in between, `settle` tells from the files which of the two it was. second: the second
    keeper's passphrase at a city, "" for the same.
    """
    desk = Desk.of(node)
    if desk.missing():
        raise NotPublished(desk.missing(), "准备好之后再签发；草稿和审核结果都保留着。")
    put_out = _way_out(desk, Passphrases(passphrase, second), is_clock_checked)
    try:
        with only_one(desk.repository.folder / ".release"):
            version = settle(desk) or _release(desk, put_out, by, now)
    except AlreadyHeld as error:
        raise NotPublished("另一个人正在签发。", "请稍等片刻，看版本记录后再决定。") from error
    if not desk.is_city:
        take_own(node, now)
        close_mended(place_of(node))
        DeltaShelf(desk.repository.folder).prepare()
    return version


def sign_for_the_rest(node: "Node", words: Passphrases, *, by: str, now: datetime) -> list[str]:
    """Sign the base in force for counties that lack it, as after a new county's ceremony; their codes.

    Raises NotPublished, KeyRefused, PublishRefused.
    """
    desk, latest = Desk.of(node), next(iter(history()), None)
    if desk.missing() or latest is None:
        raise NotPublished(desk.missing() or "还没有签发过市级目录。", "准备好之后再签。")
    files = {BASE: desk.city.base(latest.sha256)} | city_holidays.files(desk.city, has_draft=False)
    signed = desk.city.publish(files, open_city_signers(desk.keys_folder, words), now)
    audit.record(by, "catalog.signed_for_counties", str(latest.number), now=now, counties=signed)
    return signed


def _way_out(desk: Desk, words: Passphrases, is_clock_checked: bool) -> PutOut:
    """How a pack gets out of this desk; the keys are opened here. Raises KeyRefused."""
    if desk.is_city:
        both = open_city_signers(desk.keys_folder, words)

        def put_out_for_all(made: Made, now: datetime) -> object:
            files = {BASE: made.pack, **made.beside}
            return desk.city.publish(files, both, now, is_clock_checked=is_clock_checked)

        return put_out_for_all
    signers = open_signers(desk.keys_folder, words.first)
    _require_base_at_hand(desk)

    def put_out(made: Made, now: datetime) -> object:
        about_mail = {nodes.FILE: nodes.register_file(), **_words(desk, now)}
        files = {**about_mail, **made.beside, PACK: made.pack}
        return desk.repository.publish(
            files,
            signers,
            now,
            withdraw=_silent_towns(desk, files),
            is_clock_checked=is_clock_checked,
            handover=arrivals.to_sign_with(desk.repository, made.meta.base),
        )

    return put_out


def is_base_moved(desk: Desk) -> bool:
    """Whether a newer base of the city's took the place of the one that the draft lies over, before any
    version with it was signed. Raises BadHandover, PublishRefused."""
    held = base.held()
    if held is None or arrivals.to_sign_with(desk.repository, held.sha256) is not None:
        return False
    in_force = desk.repository.city_file(BASE)
    return in_force is None or sha256(in_force).hexdigest() != held.sha256


def _require_base_at_hand(desk: Desk) -> None:
    if is_base_moved(desk):
        raise NotPublished(
            "草稿所依的市级目录已经有更新的一版。", "请在“市级目录”页接收新的一版，重新送审后再签发。"
        )


def _release(desk: Desk, put_out: PutOut, by: str, now: datetime) -> Version:
    made = make_version(desk, now)
    require_files(desk.repository.folder, PackFiles(made.pack).items_with_files())
    version = _begin(made, by, now)
    try:
        put_out(made, now)
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
        if desk.has_in_force(version.sha256):
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
    return read_pack(pack_bytes(desk, number))


def pack_bytes(desk: Desk, number: int) -> bytes:
    """The same as the bytes that were signed. Raises NotPublished."""
    version = Version.get_or_none((Version.number == number) & (Version.state == "published"))
    if version is None:
        raise NotPublished("没有发布过这一版。", "请返回版本记录重新选择。")
    return _kept_bytes(desk, version)


def _kept_bytes(desk: Desk, version: Version) -> bytes:
    number = version.number
    try:
        data = desk.kept_bytes(version.sha256)
    except OSError as error:
        raise NotPublished(f"第 {number} 版的文件读不出来。", "请从备份恢复发布文件夹。") from error
    if sha256(data).hexdigest() != version.sha256:
        raise NotPublished(f"第 {number} 版的文件被改动过。", "请从备份恢复发布文件夹。")
    return data


def _approved() -> Review:
    """The approval that covers exactly the present draft."""
    found = review.current()
    if found is None or found.state != "approved":
        raise NotPublished("草稿还没有经第二人审核通过，或通过后又改过。", "请先送审，由另一位同事审核。")
    if found.decided_by == found.submitted_by or not found.decided_by:
        raise NotPublished("审核人与送审人是同一账号。", "请由另一位同事审核。")
    return found


def make_version(desk: Desk, now: datetime) -> Made:
    """The next version, with exactly what was approved. Raises NotPublished.

    All of it is read as of one moment: what somebody saves meanwhile is not in it, and need not wait.
    """
    with snapshot():
        approved = _approved()
        meta = _next_meta(desk, approved, now)
        items, packages = draft.contents()
        own, changes = base.split(items)
        beside = city_holidays.files(desk.city) if desk.is_city else _beside(meta)
    pack = write_pack(meta, own, packages, changes)
    return Made(approved, meta, pack, beside, len(items) + len(packages))


def _beside(meta: PackMeta) -> dict[str, bytes]:
    """What a county's approval covers besides its pack."""
    return {**holidays.files(), **towns.files(meta)}


def _next_meta(desk: Desk, approved: Review, now: datetime) -> PackMeta:
    number = max(last_number(), desk.number_in_force()) + 1
    above = base.held()
    return PackMeta(
        publisher=desk.publisher,
        publisher_name=desk.name,
        version=number,
        published_at=now.replace(microsecond=0),
        valid_until=(now + VALID_DAYS).replace(microsecond=0),
        base=above.sha256 if above else "",
        withdrawal=withdrawn.told(approved.draft, last_number()),
    )


def _begin(made: Made, by: str, now: datetime) -> Version:
    """Take the number; the review has to stand as it did when the pack was made. Raises NotPublished."""
    with write():
        if review.review_of(made.approved.number).state != "approved":
            raise NotPublished("审核结果刚被别人改过。", "请看审核页，需要时重新送审。")
        version: Version = Version.create(
            number=made.meta.version,
            review=made.approved,
            sha256=sha256(made.pack).hexdigest(),
            entries=made.entries,
            published_by=by,
            published_at=now,
            valid_until=now + VALID_DAYS,
        )
    return version


def _settle_published(desk: Desk, version: Version) -> None:
    pack = read_pack(_kept_bytes(desk, version))
    with write():
        version.state = "published"
        version.save()
        version.review.state = "published"
        version.review.save()
        draft.settle([*pack.items, *pack.packages, *base.in_force(pack)], now=version.published_at)
        base.settle(pack)
        if desk.is_city:
            holidays.settle(desk.city.beside(version.sha256, HOLIDAYS))
        else:
            _settle_beside(desk)
        by, at = version.published_by, version.published_at
        audit.record(by, "catalog.published", str(version.number), now=at, sha256=version.sha256)


def _settle_beside(desk: Desk) -> None:
    """What a county signed together with its pack."""
    towns.settle({code: desk.repository.content(township_file(code)) for code in _towns_in_force(desk)})
    holidays.settle(desk.published(holidays.FILE))


def last_number() -> int:
    """The number of the newest version, 0 for none."""
    last = Version.select().order_by(Version.number.desc()).first()
    return last.number if last else 0


def entries_of(pack: Pack | None) -> dict[str, Item | Package]:
    """The entries of a pack by code; none for no pack."""
    if pack is None:
        return {}
    own: dict[str, Item | Package] = {item.code: item for item in pack.items}
    own |= {package.code: package for package in pack.packages}
    return own | base.spoken_of(pack.changes)
