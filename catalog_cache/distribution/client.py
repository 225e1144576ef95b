"""A small client of The Update Framework on the public metadata API of python-tuf.

The library's own client cannot work offline, asks the PC what time it is, and keeps symbolic links.
This one keeps plain files under plain names (root.json, timestamp.json …), written whole after they
were checked, and can be cut off anywhere: what it kept is always something it had checked.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from tuf.api.metadata import TargetFile, Targets

from catalog_cache.distribution.delta import DELTA_BYTES_MAX, apply_delta
from catalog_cache.distribution.sources import Source
from catalog_cache.errors import BadDelta, BadPack, NotServed, SourceUnreachable, UpdateRefused
from catalog_cache.files import NotAFile, read_plain, write_whole
from catalog_cache.pack import decompressed
from catalog_cache.signatures.metadata import BYTES_MAX, TARGET_BYTES_MAX
from catalog_cache.signatures.shelf import delta_name, has_compressed_form, role_name, target_name
from catalog_cache.signatures.trust import Trust, check_target

ROOTS_MAX = 256
ROOT_HISTORY = "root_history"
"""Folder beside the metadata with every root that was believed, for whoever starts from an older one."""
ROLES_VISITED_MAX = 32
_RESUMABLE_BYTES_MIN = 64 * 1024
_XZ_MARGIN_BYTES = 4096
_DELTA_TRIES = 2
T = TypeVar("T")


class TufClient:
    """One station's view of one repository.

    metadata_dir: where the checked metadata is kept. reference_time: the latest attested time, None
    when nobody ever vouched for one; is_strict: judge expiry by exactly that time and learn nothing.
    """

    def __init__(
        self, metadata_dir: Path, source: Source, reference_time: datetime | None, *, is_strict: bool = False
    ) -> None:
        self.metadata_dir = metadata_dir
        self._source = source
        self._reference_time = reference_time
        self._is_strict = is_strict
        self._trust: Trust | None = None

    @property
    def attested_at(self) -> datetime | None:
        """The latest time that believed metadata, or the caller, vouches for."""
        return self._trust.attested_at if self._trust else self._reference_time

    @property
    def trust(self) -> Trust:
        """What is believed after `refresh`."""
        assert self._trust is not None, "refresh first"
        return self._trust

    def init(self, root: bytes) -> None:
        """Start from a root.json received in person. Raises UpdateRefused when it does not hold, or
        when another one is trusted already."""
        if len(root) > BYTES_MAX["root"]:
            raise UpdateRefused("limit", "根证书文件过大。")
        version = Trust(root, None).root.version
        held = self._kept("root")
        if held is not None and held != root:
            raise UpdateRefused("content", "本机已有根证书；更换根证书须在新的数据文件夹里进行。")
        self._keep_root(version, root)

    def refresh(self) -> None:
        """Bring the four top roles up to date. Raises CatalogError; what was checked before then is kept."""
        root = self._kept("root")
        if root is None:
            raise UpdateRefused("missing", "本机还没有根证书。")
        trust = Trust(root, self._reference_time, is_strict=self._is_strict)
        self._trust = trust
        self._follow_roots(trust)
        self._follow_timestamp(trust)
        self._follow_snapshot(trust)
        self._load_targets(trust, "targets", "root")

    def find(self, path: str) -> TargetFile:
        """The signed length and hash of one file. Raises UpdateRefused, "missing" when nobody may list it."""
        trust = self.trust
        waiting, visited = [("targets", "root")], set[str]()
        while waiting and len(visited) <= ROLES_VISITED_MAX:
            role, parent = waiting.pop()
            if role in visited:
                continue
            visited.add(role)
            targets = self._load_targets(trust, role, parent)
            if path in targets.targets:
                return targets.targets[path]
            children, is_final = _children(targets, path)
            waiting = ([] if is_final else waiting) + [(child, role) for child in reversed(children)]
        raise UpdateRefused("missing", f"签名目录里没有 {path[:120]}。")

    def download(self, path: str) -> bytes:
        """One signed file, checked; refreshes first when that was not done. Raises CatalogError."""
        if self._trust is None or self._trust.snapshot is None:
            self.refresh()
        return self.fetch(self.find(path))

    def fetch(self, target: TargetFile) -> bytes:
        """The bytes behind `find`: the compressed form where there is one, on any doubt the plain one."""
        if target.length > TARGET_BYTES_MAX:
            raise UpdateRefused("limit", f"{target.path} 声明的长度过大。")
        if has_compressed_form(target):
            # The .xz is only transport: whatever is wrong with it, the plain file is what was signed.
            with suppress(NotServed, UpdateRefused, BadPack):
                return self._received(target, is_compressed=True)
        return self._received(target, is_compressed=False)

    def fetch_by_delta(self, target: TargetFile, base: bytes) -> bytes | None:
        """The bytes behind `find`, made of a file held here; None where on any doubt `fetch` must do it."""
        digest, held = target.hashes.get("sha256", ""), sha256(base).hexdigest()
        if held == digest and len(base) == target.length:
            return base
        name = delta_name(held, digest)
        with suppress(NotServed, UpdateRefused, SourceUnreachable, BadDelta):
            pack = apply_delta(self._delta(name), base, digest, target.length)
            check_target(target, pack)
            return pack
        return None

    def kept(self, role: str) -> bytes:
        """The file of a role as it was checked and kept. Raises UpdateRefused("missing")."""
        data = self._kept(role)
        if data is None:
            raise UpdateRefused("missing", f"本机没有保存 {role}。")
        return data

    def _follow_roots(self, trust: Trust) -> None:
        for _ in range(ROOTS_MAX):
            try:
                data = self._source.metadata(role_name("root", trust.root.version + 1), BYTES_MAX["root"])
            except NotServed:
                break
            trust.accept_root(data)
            self._keep_root(trust.root.version, data)
        trust.require_fresh_root()

    def _follow_timestamp(self, trust: Trust) -> None:
        self._recall("timestamp", trust.recall_timestamp)
        data = self._source.metadata(role_name("timestamp", None), BYTES_MAX["timestamp"])
        if trust.accept_timestamp(data):
            self._keep("timestamp", data)

    def _follow_snapshot(self, trust: Trust) -> None:
        if self._recall("snapshot", trust.recall_snapshot):
            return
        assert trust.timestamp is not None
        expected = trust.timestamp.snapshot_meta
        version = expected.version if trust.root.consistent_snapshot else None
        data = self._source.metadata(role_name("snapshot", version), expected.length or BYTES_MAX["snapshot"])
        trust.accept_snapshot(data)
        self._keep("snapshot", data)

    def _load_targets(self, trust: Trust, role: str, parent: str) -> Targets:
        """A targets role: from belief, from disk while it is the version named, else from the source."""
        known = trust.targets(role, parent) or self._recall(
            role, lambda data: trust.accept_targets(role, parent, data)
        )
        if known:
            return known
        expected = trust.expected(role)
        version = expected.version if trust.root.consistent_snapshot else None
        data = self._source.metadata(role_name(role, version), expected.length or BYTES_MAX["targets"])
        targets = trust.accept_targets(role, parent, data)
        self._keep(role, data)
        return targets

    def _recall(self, role: str, believe: Callable[[bytes], T]) -> T | None:
        """Believe again what is on disk; None when it is not there, or a newer root or version ended it."""
        data = self._kept(role)
        try:
            return believe(data) if data is not None else None
        except UpdateRefused:
            return None

    def _received(self, target: TargetFile, *, is_compressed: bool) -> bytes:
        name = target_name(
            target, is_compressed=is_compressed, is_hashed=bool(self.trust.root.consistent_snapshot)
        )
        size_max = target.length + (_XZ_MARGIN_BYTES if is_compressed else 0)
        part = self.metadata_dir / "incoming" / f"{name.replace('/', '_')[-120:]}.part"
        is_large = target.length >= _RESUMABLE_BYTES_MIN
        data = self._source.target(name, size_max, part if is_large else None)
        part.unlink(missing_ok=True)
        plain = decompressed(data, target.length) if is_compressed else data
        check_target(target, plain)
        return plain

    def _delta(self, name: str) -> bytes:
        """A delta as it came; a broken line gets a second chance, for the whole pack costs far more."""
        part = self.metadata_dir / "incoming" / f"{sha256(name.encode()).hexdigest()}.part"
        for _ in range(_DELTA_TRIES - 1):
            with suppress(SourceUnreachable):
                return self._taken(name, part)
        return self._taken(name, part)

    def _taken(self, name: str, part: Path) -> bytes:
        data = self._source.delta(name, DELTA_BYTES_MAX, part)
        part.unlink(missing_ok=True)
        return data

    def _kept(self, role: str) -> bytes | None:
        try:
            return read_plain(self.metadata_dir, role_name(role, None), max(BYTES_MAX.values()))
        except FileNotFoundError:
            return None
        except (NotAFile, OSError) as error:
            raise UpdateRefused("content", f"本机保存的 {role} 读不出来：{error}。") from error

    def _keep_root(self, version: int, data: bytes) -> None:
        write_whole(self.metadata_dir / ROOT_HISTORY / role_name("root", version), data)
        self._keep("root", data)

    def _keep(self, role: str, data: bytes) -> None:
        write_whole(self.metadata_dir / role_name(role, None), data)


def _children(targets: Targets, path: str) -> tuple[list[str], bool]:
    """Whom a role delegates a path to, in order, and whether the search ends with them."""
    names = []
    for name, is_terminating in targets.delegations.get_roles_for_target(path) if targets.delegations else ():
        names.append(name)
        if is_terminating:
            return names, True
    return names, False
