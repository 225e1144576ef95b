"""The county's side: a folder of signed files that any static web server, relay or stick may carry.

A publication adds files and then replaces timestamp.json, so that whoever reads the folder at any
moment, a power cut included, finds one whole version: the old one or the new one. Version numbers
only grow, past what a cut-off publication left behind. That two people agreed to the contents is
for the publishing desk to hold; here the keys decide.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from securesystemslib.signer import Signer
from tuf.api.metadata import MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from catalog_cache.errors import BadHandover, BadPack, PublishRefused, UpdateRefused
from catalog_cache.files import AlreadyHeld, NotAFile, Writer, only_one, write_whole
from catalog_cache.layering.layer_files import BASE, is_township_file
from catalog_cache.layering.layers import conflicts_between
from catalog_cache.pack import open_pack, read_pack
from catalog_cache.signatures.handover import Authority, Handover, new_roots, read_handover, whole_target
from catalog_cache.signatures.metadata import (
    S,
    expiry,
    published_at,
    require_sane_clock,
    require_signatures,
    signed_bytes,
    stamp,
)
from catalog_cache.signatures.shelf import newest_version, read_role, role_path, shelve_target
from catalog_cache.signatures.signing import CountySigners, county_path, county_role

FILES_MAX = 64
# A snapshot with less time left than this is signed again together with the timestamp.
SNAPSHOT_DUE = timedelta(days=45)
# Without a person nothing is signed after a longer pause than this: the clock may have leapt.
UNATTENDED_PAUSE_MAX = timedelta(days=60)
PACK = "pack.jsonl"
COMING = "coming"
"""Where a new root of the city's lies until the files that it signs for count."""
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class InForce:
    """What the folder publishes at this moment. files: the county's, by path."""

    timestamp: Timestamp
    snapshot: Snapshot
    county: Targets
    files: Mapping[str, TargetFile]

    @property
    def published_at(self) -> datetime | None:
        """When the county signed it, by the county's clock."""
        return published_at(self.timestamp)


@dataclass(frozen=True, slots=True)
class Published:
    """One publication. version: of the county's role; files: every path it lists."""

    version: int
    published_at: datetime
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Changes:
    """What one publication is asked to do. files: name to content; withdraw: names to take off; taken:
    what the city signed, to come into force together with it."""

    files: Mapping[str, bytes]
    withdraw: Collection[str] = ()
    taken: Handover | None = None


class Repository:
    """One county's folder of signed files. writer: puts one file in place, whole."""

    def __init__(self, folder: Path, writer: Writer = write_whole) -> None:
        self.folder = folder
        self._writer = writer

    @property
    def is_ready(self) -> bool:
        """Whether anything is published here yet."""
        return role_path(self.folder, "timestamp", None).exists()

    def root_json(self) -> bytes:
        """The newest root, as a file. Raises PublishRefused before the first handover."""
        version = read_role(self.folder, Root, "root").signed.version
        return role_path(self.folder, "root", version).read_bytes()

    def county_code(self) -> str:
        """The division this folder publishes for. Raises PublishRefused before the first handover."""
        return self._authority().code

    def in_force(self) -> InForce | None:
        """What is published now, its signatures checked; None before the first publication.

        A publication that was cut off just before the city's new root was in place is ended here.
        """
        if not self.is_ready:
            return None
        root = read_role(self.folder, Root, "root").signed
        try:
            return self._in_force_under(root)
        except PublishRefused:
            with suppress(BadHandover, UpdateRefused, NotAFile, OSError):
                roots, coming = new_roots(self.folder / COMING, root)
                found = self._in_force_under(coming)
                self._put_roots(self.folder, roots)
                return found
            raise

    def _in_force_under(self, root: Root) -> InForce:
        timestamp = self._checked(root, Timestamp, "timestamp", None)
        snapshot = self._checked(root, Snapshot, "snapshot", timestamp.snapshot_meta.version)
        targets = self._checked(root, Targets, "targets", _named(snapshot, "targets"))
        role = Authority(root, targets).role
        county = self._checked(targets, Targets, role, _named(snapshot, role))
        return InForce(timestamp, snapshot, county, dict(county.targets))

    def content(self, name: str) -> bytes:
        """One of the county's published files, checked against its signed hash. Raises PublishRefused."""
        now = self.in_force()
        target = now.files.get(county_path(self.county_code(), name)) if now else None
        if target is None:
            raise PublishRefused(f"还没有发布过 {name[:80]}。", "请先发布。")
        return self._whole(target)

    def city_file(self, path: str) -> bytes | None:
        """One of the city's files as the county took it over; None when the city signed none of that name."""
        target = self._authority().targets.targets.get(path)
        return None if target is None else self._whole(target)

    def publish(
        self,
        files: Mapping[str, bytes],
        signers: CountySigners,
        now: datetime,
        *,
        withdraw: Collection[str] = (),
        is_clock_checked: bool = False,
        handover: Path | None = None,
    ) -> Published:
        """Sign and publish the county's files; those not named stay as they are.

        files: name below county/<code>/ to content, such as {"pack.jsonl": …}; empty renews the
        signatures alone. withdraw: names to take off. handover: a folder of the city's, whose files come
        into force in the same step. Raises PublishRefused, BadHandover before anything counts.
        """
        taken = read_handover(handover, self._root_held()) if handover else None
        with signing_alone(self.folder):
            before = self.in_force()
            last = before.timestamp if before else None
            require_sane_clock(now, last, is_clock_checked=is_clock_checked)
            return self._publish(_Changes(files, withdraw, taken), before, signers, now)

    def refresh(self, snapshot: Signer, timestamp: Signer, now: datetime) -> datetime:
        """Sign again what says that nothing newer is being held back; returns when that goes stale.

        Needs no person: no content changes. The snapshot is signed again only when it is due. A clock
        that went back or leapt is refused, as a person has to look at it. Raises PublishRefused.
        """
        with signing_alone(self.folder):
            before = self.in_force()
            if before is None:
                raise PublishRefused("还没有发布过目录。", "请先签发目录。")
            require_sane_clock(now, before.timestamp, is_clock_checked=False, leap_max=UNATTENDED_PAUSE_MAX)
            root = read_role(self.folder, Root, "root").signed
            for role, signer in (("snapshot", snapshot), ("timestamp", timestamp)):
                if signer.public_key.keyid not in root.roles[role].keyids:
                    why = f"{role} 密钥已经换过，联机保存的是旧的。"
                    raise PublishRefused(why, "请重新运行 yimen catalog keys online。")
            return self._refresh(before, snapshot, timestamp, now)

    def _refresh(self, before: InForce, snapshot: Signer, timestamp: Signer, now: datetime) -> datetime:
        named = before.snapshot
        if named.expires - now < SNAPSHOT_DUE:
            named.version, named.expires = self._next("snapshot", named.version), expiry("snapshot", now)
            named.unrecognized_fields.update(stamp(now))
            self._write("snapshot", named.version, signed_bytes(named, [snapshot]))
        newer = Timestamp(
            before.timestamp.version + 1,
            expires=expiry("timestamp", now),
            snapshot_meta=MetaFile(named.version),
            unrecognized_fields=stamp(now),
        )
        self._write("timestamp", None, signed_bytes(newer, [timestamp]))
        return newer.expires

    def adopt(self, handover: Path, signers: CountySigners, now: datetime) -> Published:
        """Take over what the city signed (newer roots, its files, its delegation) and publish it.

        signers: the keys that the new root and delegation name. The root comes last: until then the
        folder stays valid under the old one. Raises BadHandover or PublishRefused.
        """
        taken = read_handover(handover, self._root_held())
        with signing_alone(self.folder):
            before = self.in_force()
            require_sane_clock(now, before.timestamp if before else None, is_clock_checked=True)
            return self._publish(_Changes({}, taken=taken), before, signers, now)

    def _root_held(self) -> Root | None:
        """The newest root this folder trusts; None before the first handover."""
        return read_role(self.folder, Root, "root").signed if newest_version(self.folder, "root") else None

    def _publish(
        self, changes: _Changes, before: InForce | None, signers: CountySigners, now: datetime
    ) -> Published:
        taken = changes.taken
        if taken and taken.authority.targets.version < newest_version(self.folder, "targets"):
            raise BadHandover("交接的市级文件比现有的旧。")
        authority = taken.authority if taken else self._authority()
        authority.require_fresh(now)
        authority.require_keys(signers)
        self._put_roots(self.folder / COMING, taken.roots if taken else {})
        for path, data in taken.files.items() if taken else ():
            shelve_target(self.folder, path, data, self._writer)
        listing = self._listing(authority.code, before, changes)
        if changes.files:
            self._require_fit(authority, listing)
        county = Targets(
            self._next(authority.role, before.county.version if before else 0),
            expires=expiry("county", now),
            targets=listing,
            unrecognized_fields=stamp(now),
        )
        snapshot = Snapshot(
            self._next("snapshot", before.snapshot.version if before else 0),
            expires=expiry("snapshot", now),
            meta={
                "targets.json": MetaFile(authority.targets.version),
                f"{authority.role}.json": MetaFile(county.version),
            },
            unrecognized_fields=stamp(now),
        )
        timestamp = Timestamp(
            before.timestamp.version + 1 if before else 1,
            expires=expiry("timestamp", now),
            snapshot_meta=MetaFile(snapshot.version),
            unrecognized_fields=stamp(now),
        )
        if taken:
            self._write("targets", taken.authority.targets.version, taken.targets)
        self._write(authority.role, county.version, signed_bytes(county, signers.county))
        self._write("snapshot", snapshot.version, signed_bytes(snapshot, [signers.snapshot]))
        self._write("timestamp", None, signed_bytes(timestamp, [signers.timestamp]))
        self._put_roots(self.folder, taken.roots if taken else {})
        return Published(county.version, now, tuple(county.targets))

    def _put_roots(self, folder: Path, roots: Mapping[int, bytes]) -> None:
        for number, root in roots.items():
            self._writer(role_path(folder, "root", number), root)

    def _listing(self, code: str, before: InForce | None, changes: _Changes) -> dict[str, TargetFile]:
        """Every file the new version lists; the new ones are on the shelf when this returns."""
        for name in (*changes.files, *changes.withdraw):
            if not _FILE_NAME.fullmatch(name):
                raise PublishRefused(f"{name[:80]} 不能作为文件名。", "请用小写字母、数字、点和横线。")
        dropped = {county_path(code, name) for name in changes.withdraw}
        kept = {
            path: target for path, target in (before.files if before else {}).items() if path not in dropped
        }
        if len(kept) + len(changes.files) > FILES_MAX:
            raise PublishRefused(f"一个县级目录最多 {FILES_MAX} 个签名文件。")
        marks = {name: _marks(name, data, code, before) for name, data in changes.files.items()}
        for name, data in changes.files.items():
            path = county_path(code, name)
            kept[path] = shelve_target(self.folder, path, data, self._writer, marks[name])
        return kept

    def _require_fit(self, authority: Authority, listing: Mapping[str, TargetFile]) -> None:
        """Refuse packs that do not fit over each other, each conflict with both sides named."""
        target = listing.get(county_path(authority.code, PACK))
        pack = read_pack(self._whole(target)) if target else None
        if pack is None or not (pack.meta.base or pack.changes or any(map(is_township_file, listing))):
            return
        base = authority.targets.targets.get(BASE)
        is_over_none = not (pack.meta.base or pack.changes)
        if is_over_none:
            base = None  # a county may go without the city's catalog, whatever the city signs
        elif pack.meta.base != (base.hashes["sha256"] if base else ""):
            raise PublishRefused("目录包所依的市级目录不是现行的一版。", "请重新检查草稿并送审，再签发。")
        above = [read_pack(self._whole(base)).layer] if base else []
        towns = [read_pack(self._whole(one)).layer for path, one in listing.items() if is_township_file(path)]
        found = conflicts_between([*above, pack.layer], towns)
        if found:
            why = "；".join(f"{one.name}（{one.code}）{one.message}" for one in found[:3])
            raise PublishRefused(f"与上级目录冲突 {len(found)} 处：{why}", "请按冲突报告改正后再签发。")

    def _whole(self, target: TargetFile) -> bytes:
        """A file of this folder, checked against its signed hash. Raises PublishRefused."""
        try:
            return whole_target(self.folder, target)
        except (NotAFile, OSError, UpdateRefused) as error:
            raise PublishRefused(
                f"已发布的 {target.path} 缺失或被改动。", "请从备份恢复发布文件夹。"
            ) from error

    def _authority(self) -> Authority:
        """The city's word in force; before the first publication the newest. A cut may have left a newer."""
        now = self.in_force()
        version = _named(now.snapshot, "targets") if now else newest_version(self.folder, "targets")
        root = read_role(self.folder, Root, "root").signed
        return Authority(root, self._checked(root, Targets, "targets", version))

    def _checked(self, delegator: Root | Targets, kind: type[S], role: str, version: int | None) -> S:
        """A role's metadata from this folder, signed as the city and root.json say. Raises PublishRefused."""
        metadata = read_role(self.folder, kind, role, version)
        try:
            require_signatures(delegator, role, metadata)
        except UpdateRefused as error:
            why = f"发布文件夹里的 {role} 不是授权的密钥所签。"
            raise PublishRefused(why, "请重新接收市级交接文件，或从备份恢复发布文件夹。") from error
        return metadata.signed

    def _next(self, role: str, version_in_force: int) -> int:
        """A version nobody has seen: past what is in force and past what a cut-off attempt left."""
        return max(newest_version(self.folder, role), version_in_force) + 1

    def _write(self, role: str, version: int | None, data: bytes) -> None:
        self._writer(role_path(self.folder, role, version), data)


def _named(snapshot: Snapshot, role: str) -> int:
    """The version of a role that a snapshot names. Raises PublishRefused."""
    meta = snapshot.meta.get(f"{role}.json")
    if meta is None:
        raise PublishRefused(f"发布文件夹里的 snapshot 没有列出 {role}。", "请从备份恢复发布文件夹。")
    return meta.version


def _marks(name: str, data: bytes, code: str, before: InForce | None) -> dict[str, object]:
    """What the listing says about a file beside its hash; a pack must be this county's and newer."""
    if name != PACK:
        return {}
    try:
        meta = open_pack(data).meta
    except BadPack as error:
        raise PublishRefused(error.why) from error
    if meta.publisher != county_role(code):
        raise PublishRefused(f"目录包的发布方是 {meta.publisher}，不是 {county_role(code)}。")
    held = before.files.get(county_path(code, PACK)) if before else None
    published = held.custom.get("version", 0) if held and isinstance(held.custom, dict) else 0
    if meta.version <= published and not (held and held.hashes["sha256"] == sha256(data).hexdigest()):
        raise PublishRefused(f"已发布第 {published} 版，不能再发布第 {meta.version} 版。")
    return {"version": meta.version}


@contextmanager
def signing_alone(folder: Path) -> Iterator[None]:
    """One signing in a folder at a time; what an earlier one left half written is cleared away.

    Raises PublishRefused while another program is at it.
    """
    try:
        with only_one(folder / ".signing"):
            for draft in folder.rglob(".*.new"):
                draft.unlink(missing_ok=True)
            yield
    except AlreadyHeld as error:
        raise PublishRefused("另一个程序正在发布。", "请稍等片刻再试。") from error
