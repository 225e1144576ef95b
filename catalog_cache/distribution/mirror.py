"""What a station took and checked, laid out again for the stations below it: the relay's folder.

A township hands on what it holds itself, byte for byte; nothing is signed here. The folder has the
layout of `shelf`, so that it is served, copied to a stick and asked for deltas like the county's own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tuf.api.metadata import Snapshot, TargetFile, Targets, Timestamp

from catalog_cache.distribution.client import ROOT_HISTORY
from catalog_cache.distribution.update import PACK, signed_file
from catalog_cache.files import Writer, read_plain, write_whole
from catalog_cache.pack import compressed
from catalog_cache.signatures.metadata import BYTES_MAX, read_metadata
from catalog_cache.signatures.shelf import (
    METADATA,
    PACK_SUFFIX,
    TARGETS,
    has_compressed_form,
    marked_version,
    role_name,
    role_path,
    target_name,
)

PACKS_KEPT = 5
_ROLE_BYTES_MAX = max(BYTES_MAX.values())


class Kept(Protocol):
    """What a mirror needs of `CatalogCache`."""

    def pack(self, version: int) -> bytes:
        """A kept pack as it was signed, plain."""

    def packed(self, version: int) -> bytes:
        """The same, compressed."""


class Mirror:
    """One relay's folder. metadata_dir, cache: what this station believes and holds; writer: puts one file
    in place, whole."""

    def __init__(self, metadata_dir: Path, cache: Kept, folder: Path, writer: Writer = write_whole) -> None:
        self._metadata_dir = metadata_dir
        self._cache = cache
        self._folder = folder
        self._write = writer

    def take_over(self) -> bool:
        """Lay out what this station holds, after an update that went well; whether there was news.

        timestamp.json goes last: until then stations below find what they found before. Raises OSError,
        ValueError or CatalogError when this station's own files cannot be read or written.
        """
        timestamp = self._kept("timestamp")
        if timestamp == self._served():
            return False
        roles = dict(self._roles(read_metadata(Timestamp, timestamp).signed))
        for path, target in self._listed(roles):
            self._lay(path, target)
        for root in sorted((self._metadata_dir / ROOT_HISTORY).glob("*.root.json")):
            self._put(self._folder / METADATA / root.name, root.read_bytes())
        for name, data in roles.items():
            self._put(self._folder / METADATA / name, data)
        self._write(role_path(self._folder, "timestamp", None), timestamp)
        self._forget_old_packs()
        return True

    def _roles(self, timestamp: Timestamp) -> Iterator[tuple[str, bytes]]:
        """File name and content of each role that the timestamp leads to."""
        snapshot = self._kept("snapshot")
        yield role_name("snapshot", timestamp.snapshot_meta.version), snapshot
        for file, meta in read_metadata(Snapshot, snapshot).signed.meta.items():
            role = file.removesuffix(".json")
            yield role_name(role, meta.version), self._kept(role)

    def _listed(self, roles: dict[str, bytes]) -> Iterator[tuple[str, TargetFile]]:
        for name, data in roles.items():
            if not name.endswith(f".{role_name('snapshot', None)}"):
                yield from read_metadata(Targets, data).signed.targets.items()

    def _lay(self, path: str, target: TargetFile) -> None:
        """One signed file in its smaller form; what this station never took is left out."""
        is_packed = has_compressed_form(target)
        place = self._folder / TARGETS / target_name(target, is_compressed=is_packed)
        if place.exists():
            return
        if path.endswith(f"/{PACK}"):
            version = marked_version(target) or 0
            self._write(place, self._cache.packed(version) if is_packed else self._cache.pack(version))
        elif (data := signed_file(self._metadata_dir, path, target.length)) is not None:
            self._write(place, compressed(data) if is_packed else data)

    def _put(self, path: Path, data: bytes) -> None:
        if not path.exists():
            self._write(path, data)

    def _kept(self, role: str) -> bytes:
        return read_plain(self._metadata_dir, role_name(role, None), _ROLE_BYTES_MAX)

    def _served(self) -> bytes | None:
        path = role_path(self._folder, "timestamp", None)
        return path.read_bytes() if path.exists() else None

    def _forget_old_packs(self) -> None:
        """Of each pack the last few stay, for deltas from them."""
        by_name: dict[Path, list[Path]] = {}
        for path in (self._folder / TARGETS).rglob(f"*{PACK_SUFFIX}*"):
            by_name.setdefault(path.with_name(path.name.split(".")[1]), []).append(path)
        for packs in by_name.values():
            for path in sorted(packs, key=lambda path: path.stat().st_mtime_ns)[:-PACKS_KEPT]:
                path.unlink(missing_ok=True)
