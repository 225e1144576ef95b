"""What a city signed for a county, read from a folder that a person carried over, and checked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tuf.api.exceptions import LengthOrHashMismatchError
from tuf.api.metadata import Root, TargetFile, Targets

from catalog_cache.errors import BadHandover, BadPack, PublishRefused, UpdateRefused
from catalog_cache.files import NotAFile, read_plain
from catalog_cache.pack import decompressed
from catalog_cache.signatures.metadata import BYTES_MAX, TARGET_BYTES_MAX, read_metadata, require_signatures
from catalog_cache.signatures.shelf import (
    METADATA,
    TARGETS,
    has_compressed_form,
    newest_version,
    role_name,
    target_name,
)
from catalog_cache.signatures.signing import CountySigners

_ROOTS_MAX = 256


@dataclass(frozen=True, slots=True)
class Authority:
    """The city's word on who may publish."""

    root: Root
    targets: Targets

    @property
    def role(self) -> str:
        """The one county role the city delegates to. Raises PublishRefused."""
        roles = self.targets.delegations.roles if self.targets.delegations else None
        if not roles or len(roles) != 1:
            raise PublishRefused("市级文件没有授权县级发布。", "请向市级取得新的交接文件。")
        return next(iter(roles))

    @property
    def code(self) -> str:
        """The county's division code."""
        return self.role.removeprefix("county-")

    def require_fresh(self, now: datetime) -> None:
        """Refuse to publish under a city's word that stations would find stale. Raises PublishRefused."""
        for name, signed in (("根证书", self.root), ("市级文件", self.targets)):
            if signed.is_expired(now):
                why = f"{name}已于 {signed.expires:%Y-%m-%d} 过期，站点会拒绝新版本。"
                raise PublishRefused(why, "请市级续签，接收交接文件后再发布。")

    def require_keys(self, signers: CountySigners) -> None:
        """Refuse keys the city did not name, before anything is signed with them. Raises PublishRefused."""
        named = set(self.targets.get_delegated_role(self.role).keyids)
        if {signer.public_key.keyid for signer in signers.county} != named:
            raise PublishRefused(
                "县级签名密钥不是市级授权的那一把（组）。", "请核对密钥文件夹，或先接收市级交接文件。"
            )
        for role, signer in (("snapshot", signers.snapshot), ("timestamp", signers.timestamp)):
            if signer.public_key.keyid not in self.root.roles[role].keyids:
                raise PublishRefused(f"{role} 密钥不在根证书里。", "请核对密钥文件夹，或先接收市级交接文件。")


@dataclass(frozen=True, slots=True)
class Handover:
    """A checked handover. roots: those the county lacks, by version; files: the city's, by path."""

    authority: Authority
    roots: Mapping[int, bytes]
    targets: bytes
    files: Mapping[str, bytes]


def read_handover(folder: Path, held: Root | None) -> Handover:
    """Check a handover folder against the root the county holds already; None trusts its first root.

    Before a first one is taken, two people compare its `ceremony.fingerprint` by voice.
    Raises BadHandover.
    """
    word = read_word(folder, held)
    with _told_as_handover():
        targets = word.authority.targets.targets.items()
        return replace(word, files={name: whole_target(folder, target) for name, target in targets})


def read_word(folder: Path, held: Root | None) -> Handover:
    """The same without the files, which need not be there yet: what may be asked for. Raises BadHandover."""
    with _told_as_handover():
        roots, root = new_roots(folder, held)
        version = newest_version(folder, "targets")
        data = read_plain(folder / METADATA, role_name("targets", version), BYTES_MAX["targets"])
        metadata = read_metadata(Targets, data)
        require_signatures(root, "targets", metadata)
    return Handover(Authority(root, metadata.signed), roots, data, {})


@contextmanager
def _told_as_handover() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BadHandover("文件夹里的文件不全。") from error
    except (NotAFile, OSError) as error:
        raise BadHandover(f"文件读不出来：{error}。") from error
    except UpdateRefused as error:
        raise BadHandover(error.why) from error


def whole_target(folder: Path, target: TargetFile) -> bytes:
    """A signed file's bytes, length and hash checked; a relay may hold the compressed form alone.

    Raises NotAFile, OSError, UpdateRefused("mismatch").
    """
    try:
        data = _read_target(folder / TARGETS, target)
        target.verify_length_and_hashes(data)
    except (LengthOrHashMismatchError, BadPack) as error:
        raise UpdateRefused("mismatch", f"{target.path} 与签名不符。") from error
    return data


def _read_target(targets: Path, target: TargetFile) -> bytes:
    try:
        return read_plain(targets, target_name(target), TARGET_BYTES_MAX)
    except FileNotFoundError:
        if not has_compressed_form(target):
            raise
    return decompressed(
        read_plain(targets, target_name(target, is_compressed=True), TARGET_BYTES_MAX), target.length
    )


def new_roots(folder: Path, held: Root | None) -> tuple[dict[int, bytes], Root]:
    """Each newer root in a folder, checked by the one before it, and the last of them.

    Raises BadHandover, UpdateRefused, NotAFile, OSError.
    """
    newest = newest_version(folder, "root")
    if newest == 0 or newest > _ROOTS_MAX:
        raise BadHandover("文件夹里没有根证书，或版本号过大。")
    roots: dict[int, bytes] = {}
    root = held
    for version in range(held.version + 1 if held else 1, newest + 1):
        data = read_plain(folder / METADATA, role_name("root", version), BYTES_MAX["root"])
        metadata = read_metadata(Root, data)
        if metadata.signed.version != version:
            raise BadHandover(f"第 {version} 版根证书的版本号不符。")
        require_signatures(root or metadata.signed, "root", metadata)
        require_signatures(metadata.signed, "root", metadata)
        roots[version], root = data, metadata.signed
    if root is None or newest < root.version:
        raise BadHandover("交接的根证书比现有的旧。")
    return roots, root
