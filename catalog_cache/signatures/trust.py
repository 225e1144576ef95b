"""What a station believes of its publishers, and the only ways it comes to believe more.

A pure core: bytes in, belief or refusal out; nothing of disk or network. It follows the client
workflow of The Update Framework, with one difference asked for by stations without a clock: whether
something is stale is judged against the latest time that somebody trusted vouched for.
"""

from datetime import datetime
from typing import TypeVar

from tuf.api.exceptions import LengthOrHashMismatchError
from tuf.api.metadata import MetaFile, Root, Signed, Snapshot, TargetFile, Targets, Timestamp

from catalog_cache.errors import UpdateRefused
from catalog_cache.signatures.metadata import published_at, read_metadata, require_signatures

TopLevel = TypeVar("TopLevel", Timestamp, Snapshot)


class Trust:
    """Belief that starts with a root.json handed over in person.

    reference_time: the latest attested time the caller knows, None when there is none.
    is_strict: judge by exactly that time; otherwise signed times, once believed, move it forward.
    """

    def __init__(self, root: bytes, reference_time: datetime | None, *, is_strict: bool = False) -> None:
        """Raises UpdateRefused when the root does not stand by itself."""
        metadata = read_metadata(Root, root)
        require_signatures(metadata.signed, "root", metadata)
        self.root = metadata.signed
        self.timestamp: Timestamp | None = None
        self.snapshot: Snapshot | None = None
        self.attested_at = reference_time
        self._is_strict = is_strict
        self._targets: dict[tuple[str, str], Targets] = {}
        self._learn(self.root)

    def accept_root(self, data: bytes) -> None:
        """Take the next root: signed by the old keys and the new, one version higher. It may be stale."""
        metadata = read_metadata(Root, data)
        require_signatures(self.root, "root", metadata)
        require_signatures(metadata.signed, "root", metadata)
        if metadata.signed.version != self.root.version + 1:
            why = f"根证书应为第 {self.root.version + 1} 版，收到第 {metadata.signed.version} 版。"
            raise UpdateRefused("rollback", why)
        self.root = metadata.signed
        self._learn(self.root)

    def require_fresh_root(self) -> None:
        """The last root of the chain must not be stale."""
        self._require_fresh("root", self.root)

    def recall_timestamp(self, data: bytes) -> None:
        """Believe again what was believed before a restart; a root that changed its key ends that."""
        self.timestamp = self._signed_by_root(Timestamp, data)

    def accept_timestamp(self, data: bytes) -> bool:
        """Take a newer timestamp; False when it is the version already held, which then stays."""
        new, held = self._signed_by_root(Timestamp, data), self.timestamp
        if held is not None:
            _require_no_rollback("timestamp", new.version, held.version)
            if new.version == held.version:
                self._require_fresh("timestamp", held)
                return False
            _require_no_rollback("snapshot", new.snapshot_meta.version, held.snapshot_meta.version)
        self._require_fresh("timestamp", new)
        self.timestamp = new
        return True

    def recall_snapshot(self, data: bytes) -> bool:
        """Believe the snapshot of before again; True when it is the one the timestamp names, and fresh."""
        self.snapshot = self._signed_by_root(Snapshot, data)
        is_named = self.snapshot.version == self._expected_snapshot().version
        return is_named and not self._is_stale(self.snapshot)

    def accept_snapshot(self, data: bytes) -> None:
        """Take the snapshot the timestamp names; no role in it may vanish or step back."""
        expected = self._expected_snapshot()
        _require_match(expected, data, "snapshot")
        new = self._signed_by_root(Snapshot, data)
        if new.version != expected.version:
            why = f"snapshot 应为第 {expected.version} 版，收到第 {new.version} 版。"
            raise UpdateRefused("rollback" if new.version < expected.version else "mismatch", why)
        for name, held in (self.snapshot.meta if self.snapshot else {}).items():
            if name not in new.meta:
                raise UpdateRefused("rollback", f"新的 snapshot 里少了 {name}。")
            _require_no_rollback(name, new.meta[name].version, held.version)
        self._require_fresh("snapshot", new)
        self.snapshot = new

    def expected(self, role: str) -> MetaFile:
        """Which version of a targets role the snapshot names. Raises UpdateRefused("missing")."""
        assert self.snapshot is not None, "snapshot first"
        found = self.snapshot.meta.get(f"{role}.json")
        if found is None:
            raise UpdateRefused("missing", f"snapshot 里没有 {role}。")
        return found

    def accept_targets(self, role: str, parent: str, data: bytes) -> Targets:
        """Take a targets role as its parent delegates it; under another parent it is checked anew."""
        expected = self.expected(role)
        _require_match(expected, data, role)
        metadata = read_metadata(Targets, data)
        require_signatures(self.root if parent == "root" else self._held(parent), role, metadata)
        targets = metadata.signed
        if targets.version != expected.version:
            why = f"{role} 应为第 {expected.version} 版，收到第 {targets.version} 版。"
            raise UpdateRefused("rollback" if targets.version < expected.version else "mismatch", why)
        self._learn(targets)
        self._require_fresh(role, targets)
        self._targets[role, parent] = targets
        return targets

    def targets(self, role: str, parent: str) -> Targets | None:
        """A targets role already accepted from that parent."""
        return self._targets.get((role, parent))

    def _held(self, role: str) -> Targets:
        return next(targets for (name, _), targets in self._targets.items() if name == role)

    def _expected_snapshot(self) -> MetaFile:
        assert self.timestamp is not None, "timestamp first"
        return self.timestamp.snapshot_meta

    def _signed_by_root(self, kind: type[TopLevel], data: bytes) -> TopLevel:
        metadata = read_metadata(kind, data)
        require_signatures(self.root, kind.type, metadata)
        self._learn(metadata.signed)
        return metadata.signed

    def _learn(self, signed: Signed) -> None:
        at = None if self._is_strict else published_at(signed)
        if at is not None and (self.attested_at is None or at > self.attested_at):
            self.attested_at = at

    def _is_stale(self, signed: Signed) -> bool:
        return self.attested_at is not None and signed.is_expired(self.attested_at)

    def _require_fresh(self, role: str, signed: Signed) -> None:
        if self._is_stale(signed):
            why = f"{role} 已于 {signed.expires:%Y-%m-%d} 过期（可信时间 {self.attested_at:%Y-%m-%d}）。"
            raise UpdateRefused("expired", why)


def check_target(target: TargetFile, data: bytes) -> None:
    """A file's bytes against its signed length and hashes. Raises UpdateRefused("mismatch")."""
    _require_match(target, data, target.path)


def _require_match(signed: MetaFile | TargetFile, data: bytes, name: str) -> None:
    try:
        signed.verify_length_and_hashes(data)
    except LengthOrHashMismatchError as error:
        raise UpdateRefused("mismatch", f"{name[:120]} 的长度或摘要与签名不符。") from error


def _require_no_rollback(name: str, offered: int, held: int) -> None:
    if offered < held:
        raise UpdateRefused("rollback", f"{name} 是第 {offered} 版，本机已见过第 {held} 版，不退回旧版。")
