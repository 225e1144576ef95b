"""The city's side: whom every station trusts from its first day, and who may speak for a county.

All of it happens away from the network, with the keys brought together on one PC. The result is a
folder of signed files that a county takes over (`Repository.adopt`); no key of the city is needed
for the county to publish afterwards, and none of the county's for the city to sign.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from securesystemslib.signer import Key, Signer
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    Targets,
    Timestamp,
)

from catalog_cache.errors import BadHandover, PublishRefused, UpdateRefused
from catalog_cache.files import Writer, write_whole
from catalog_cache.signatures.metadata import (
    BYTES_MAX,
    expiry,
    read_metadata,
    require_sane_clock,
    require_signatures,
    signed_bytes,
    stamp,
)
from catalog_cache.signatures.shelf import newest_version, read_role, role_path, shelve_target
from catalog_cache.signatures.signing import (
    CITY_KEYS,
    CITY_THRESHOLD,
    ROOT_KEYS,
    ROOT_THRESHOLD,
    CountyKeys,
    ReceiptKey,
    county_path,
    county_role,
)

_CITY_FILE = re.compile(r"city/[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class CitySigners:
    """The city's unlocked keys. root: two or three of three; targets: both."""

    root: tuple[Signer, ...]
    targets: tuple[Signer, ...]


@dataclass(frozen=True, slots=True)
class RootChange:
    """What a new root says differently; None keeps what stands."""

    county: CountyKeys | None = None
    root_keys: tuple[Key, ...] | None = None
    city_keys: tuple[Key, ...] | None = None


def ceremony(
    folder: Path,
    county: CountyKeys,
    signers: CitySigners,
    files: Mapping[str, bytes],
    now: datetime,
    writer: Writer = write_whole,
) -> bytes:
    """Sign the first root and the city's first files into `folder`; returns root.json.

    files: path ("city/holidays.json") to content. All three root keys must be present this once.
    Raises PublishRefused when the folder already holds a root, or keys are missing.
    """
    if newest_version(folder, "root"):
        raise PublishRefused("这个文件夹里已经有根证书。", "请换一个空文件夹，或使用“更新根证书”。")
    _require_distinct(signers.root, ROOT_KEYS, "根密钥")
    _require_distinct(signers.targets, CITY_KEYS, "市级密钥")
    root = Root(expires=expiry("root", now), consistent_snapshot=True, unrecognized_fields=stamp(now))
    _set_keys(root, "root", [signer.public_key for signer in signers.root], ROOT_THRESHOLD)
    _set_keys(root, "targets", [signer.public_key for signer in signers.targets], CITY_THRESHOLD)
    _trust_county(root, county)
    targets = Targets(expires=expiry("city", now), unrecognized_fields=stamp(now))
    targets.delegations = _delegation(county)
    _shelve_city_files(folder, targets, files, writer)
    writer(role_path(folder, "targets", 1), _signed(targets, signers.targets, root, "targets"))
    data = _signed(root, signers.root, root, "root")
    writer(role_path(folder, "root", 1), data)
    return data


def renew_city(
    folder: Path,
    signers: Sequence[Signer],
    files: Mapping[str, bytes],
    now: datetime,
    *,
    county: CountyKeys | None = None,
    is_clock_checked: bool = False,
) -> int:
    """Sign a new version of the city's files; returns it. county: replaces the county's own keys.

    files: those that change or are new; the others stay. Raises PublishRefused.
    """
    root = read_role(folder, Root, "root").signed
    targets = read_role(folder, Targets, "targets").signed
    require_sane_clock(now, targets, is_clock_checked=is_clock_checked)
    _next(targets, "city", now)
    if county is not None:
        targets.delegations = _delegation(county)
    _shelve_city_files(folder, targets, files, write_whole)
    data = _signed(targets, signers, root, "targets")
    write_whole(role_path(folder, "targets", targets.version), data)
    return targets.version


def renew_root(
    folder: Path,
    signers: Sequence[Signer],
    change: RootChange,
    now: datetime,
    *,
    is_clock_checked: bool = False,
) -> bytes:
    """Sign the next root.json and return it.

    signers: two of the old root keys, and two of the new when those change. Raises PublishRefused.
    """
    old = read_role(folder, Root, "root").signed
    root = read_role(folder, Root, "root").signed
    require_sane_clock(now, old, is_clock_checked=is_clock_checked)
    receipt_keys = root.unrecognized_fields.get("yimen", {}).get("receipt_keys", [])
    _next(root, "root", now)
    root.unrecognized_fields["yimen"]["receipt_keys"] = receipt_keys
    if change.root_keys is not None:
        _set_keys(root, "root", change.root_keys, ROOT_THRESHOLD)
    if change.city_keys is not None:
        _set_keys(root, "targets", change.city_keys, CITY_THRESHOLD)
    if change.county is not None:
        _trust_county(root, change.county)
    data = _signed(root, signers, root, "root")
    _require_signed(old, "root", data)
    write_whole(role_path(folder, "root", root.version), data)
    return data


def revoke_county(
    folder: Path, signers: CitySigners, now: datetime, *, is_clock_checked: bool = False
) -> bytes:
    """End what a county may publish, by the city's word alone; returns root.json.

    A new root takes snapshot and timestamp from the county's keys, a new city file names no county.
    The folder is then whole: whoever reads it, by link or stick, learns that the county's keys count
    no more, keeps the catalog in use, and takes nothing newer until a county is named again. A second
    time renews the signatures. signers.root: two at least. Raises PublishRefused.
    """
    _require_distinct(signers.targets, CITY_KEYS, "市级密钥")
    root = read_role(folder, Root, "root").signed
    targets = read_role(folder, Targets, "targets").signed
    require_sane_clock(now, targets, is_clock_checked=is_clock_checked)
    if targets.delegations is not None:
        root = _root_without_county(folder, root, signers, now)
        _next(targets, "city", now)
        targets.delegations = None
        data = _signed(targets, signers.targets, root, "targets")
        write_whole(role_path(folder, "targets", targets.version), data)
    _sign_for_nobody(folder, root, targets, signers.targets, now)
    return role_path(folder, "root", root.version).read_bytes()


def _root_without_county(folder: Path, root: Root, signers: CitySigners, now: datetime) -> Root:
    """The next root, in which the city's own keys stand where the county's stood."""
    old = read_role(folder, Root, "root").signed
    receipt_keys = root.unrecognized_fields.get("yimen", {}).get("receipt_keys", [])
    _next(root, "root", now)
    root.unrecognized_fields["yimen"]["receipt_keys"] = receipt_keys
    for role in ("snapshot", "timestamp"):
        _set_keys(root, role, [signer.public_key for signer in signers.targets], CITY_THRESHOLD)
    data = _signed(root, signers.root, root, "root")
    _require_signed(old, "root", data)
    write_whole(role_path(folder, "root", root.version), data)
    return root


def _sign_for_nobody(
    folder: Path, root: Root, targets: Targets, signers: Sequence[Signer], now: datetime
) -> None:
    """A snapshot that names the city's file alone, and a timestamp that names it."""
    snapshot = Snapshot(
        newest_version(folder, "snapshot") + 1,
        expires=expiry("snapshot", now),
        meta={"targets.json": MetaFile(targets.version)},
        unrecognized_fields=stamp(now),
    )
    is_there = role_path(folder, "timestamp", None).exists()
    last = read_role(folder, Timestamp, "timestamp", None).signed.version if is_there else 0
    timestamp = Timestamp(
        last + 1,
        expires=expiry("timestamp", now),
        snapshot_meta=MetaFile(snapshot.version),
        unrecognized_fields=stamp(now),
    )
    data = _signed(snapshot, signers, root, "snapshot")
    write_whole(role_path(folder, "snapshot", snapshot.version), data)
    write_whole(role_path(folder, "timestamp", None), _signed(timestamp, signers, root, "timestamp"))


def receipt_keys(root_json: bytes) -> tuple[ReceiptKey, ...]:
    """Whose certificates on receipts the root vouches for. Raises BadHandover, UpdateRefused("format").

    The signatures of the root are not checked here: whoever holds a root.json trusts it already.
    """
    if len(root_json) > BYTES_MAX["root"]:
        raise UpdateRefused("limit", "根证书文件过大。")
    extra = read_metadata(Root, root_json).signed.unrecognized_fields.get("yimen", {})
    entries = extra.get("receipt_keys", []) if isinstance(extra, dict) else []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadHandover("根证书里的凭证公钥写法不对。")
    return tuple(ReceiptKey.from_dict(entry) for entry in entries)


def fingerprint(root_json: bytes) -> str:
    """A short form of a root to read out over the phone: five groups of four."""
    digest = sha256(root_json).hexdigest()[:20]
    return " ".join(digest[start : start + 4] for start in range(0, 20, 4))


def _trust_county(root: Root, county: CountyKeys) -> None:
    _set_keys(root, "snapshot", [county.snapshot], 1)
    _set_keys(root, "timestamp", [county.timestamp], 1)
    root.unrecognized_fields["yimen"]["receipt_keys"] = [key.to_dict() for key in county.receipt_keys]


def _set_keys(root: Root, role: str, keys: Sequence[Key], threshold: int) -> None:
    for keyid in list(root.roles[role].keyids):
        root.revoke_key(keyid, role)
    for key in keys:
        root.add_key(key, role)
    root.roles[role].threshold = threshold


def _delegation(county: CountyKeys) -> Delegations:
    """The one delegation: all of a county's keys must sign, and its word on its paths is final."""
    role = DelegatedRole(
        county_role(county.code),
        [key.keyid for key in county.county],
        len(county.county),
        True,
        [county_path(county.code, "*")],
    )
    return Delegations({key.keyid: key for key in county.county}, {role.name: role})


def _shelve_city_files(folder: Path, targets: Targets, files: Mapping[str, bytes], writer: Writer) -> None:
    for name in files:
        if not _CITY_FILE.fullmatch(name):
            raise PublishRefused(f"{name[:80]} 不是市级文件的名称，应形如 city/holidays.json。")
    for name, data in files.items():
        targets.targets[name] = shelve_target(folder, name, data, writer)


def _next(signed: Signed, lifetime: str, now: datetime) -> None:
    signed.version += 1
    signed.expires = expiry(lifetime, now)
    signed.unrecognized_fields.update(stamp(now))


def _signed(signed: Signed, signers: Sequence[Signer], delegator: Root, role: str) -> bytes:
    data = signed_bytes(signed, signers)
    _require_signed(delegator, role, data)
    return data


def _require_signed(delegator: Root, role: str, data: bytes) -> None:
    try:
        require_signatures(delegator, role, Metadata.from_bytes(data))
    except UpdateRefused as error:
        raise PublishRefused(f"{role} 的签名人数不够，或有人用错了密钥。") from error


def _require_distinct(signers: Sequence[Signer], count: int, label: str) -> None:
    if len({signer.public_key.keyid for signer in signers}) != count or len(signers) != count:
        raise PublishRefused(f"{label}须有 {count} 把，且各不相同。", "请带齐各自保管的密钥后重新签发。")
