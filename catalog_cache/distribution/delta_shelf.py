"""The deltas of one published folder: made when first asked for, kept beside what they lead to.

Whoever holds the folder makes them, a hall, a relay or a stick: nothing about them is signed. Only
deltas to packs in force are made, the city's, the county's or a township's, so there are never more than
packs kept; those that lead to an earlier one are cleared away. A pair that no delta is worth making for
is remembered by an empty file.
"""

import json
import lzma
from collections.abc import Callable, Container
from contextlib import suppress
from pathlib import Path
from threading import Lock

from tuf.api.metadata import TargetFile, Targets

from catalog_cache.distribution.delta import HASH, make_delta
from catalog_cache.distribution.publish import Repository
from catalog_cache.errors import BadPack, PublishRefused
from catalog_cache.files import NotAFile, plain_path, read_plain, write_whole
from catalog_cache.pack import LINE_BYTES_MAX, decompressed
from catalog_cache.signatures.metadata import TARGET_BYTES_MAX
from catalog_cache.signatures.shelf import DELTAS, PACK_SUFFIX, TARGETS, delta_name, read_role, target_name

PREPARED = 5
KEPT_MAX = 64
_PATIENCE_SECONDS = 20.0


class DeltaShelf:
    """Deltas to the packs in force in one folder of `shelf`'s layout; threads may share it.

    kept_max: deltas in the folder at once. make: the delta between two packs, None where there is none.
    """

    def __init__(
        self,
        folder: Path,
        kept_max: int = KEPT_MAX,
        make: Callable[[bytes, bytes], bytes | None] = make_delta,
    ) -> None:
        self._folder, self._kept_max, self._delta_between = folder, kept_max, make
        self._making = Lock()

    def find(self, base: str, pack: str) -> Path | None:
        """The delta between two packs by SHA-256 (hex), made now if need be; None where there is none."""
        if not HASH.fullmatch(base) or not HASH.fullmatch(pack) or base == pack:
            return None
        path = self._kept(base, pack)
        if path is None and self._making.acquire(timeout=_PATIENCE_SECONDS):
            try:
                path = self._kept(base, pack) or self._make(base, pack)
            finally:
                self._making.release()
        return path if path is not None and path.stat().st_size else None

    def prepare(self, versions: int = PREPARED) -> list[Path]:
        """Make the deltas from the last few versions before anybody asks; those that are worth it."""
        found = [
            self.find(base, digest)
            for digest, target in self._in_force().items()
            for base in self._older(target)[:versions]
        ]
        return [path for path in found if path is not None]

    def _kept(self, base: str, pack: str) -> Path | None:
        with suppress(NotAFile, OSError):
            return plain_path(self._folder, f"{DELTAS}/{delta_name(base, pack)}")
        return None

    def _make(self, base: str, digest: str) -> Path | None:
        in_force = self._in_force()
        target = in_force.get(digest)
        if target is None:
            return None
        self._clear_others(in_force)
        old, new = self._content(target, base), self._content(target, digest)
        if old is None or new is None or len(self._all_kept()) >= self._kept_max:
            return None
        made = self._delta_between(old, new)
        is_worth_it = made is not None and len(made) < self._whole_bytes(target)
        path = self._folder / DELTAS / delta_name(base, digest)
        write_whole(path, made if made is not None and is_worth_it else b"")
        return path

    def _in_force(self) -> dict[str, TargetFile]:
        """The signed packs of this folder by SHA-256 (hex); none where nothing sound is published.

        In a folder that a city signs for a county nobody but the city signed: its newest file counts there.
        """
        with suppress(PublishRefused):
            now = Repository(self._folder).in_force()
            version = now.snapshot.meta["targets.json"].version if now else 0
            city = read_role(self._folder, Targets, "targets", version)
            listed = dict(city.signed.targets) | dict(now.files if now else {})
            packs = [target for path, target in listed.items() if path.endswith(PACK_SUFFIX)]
            return {target.hashes["sha256"]: target for target in packs}
        return {}

    def _content(self, target: TargetFile, digest: str) -> bytes | None:
        """A pack of this folder by its hash, plain; it is not checked here, the one who applies it will."""
        name = self._name(target, digest)
        with suppress(OSError, NotAFile):
            return read_plain(self._folder, name, TARGET_BYTES_MAX)
        with suppress(OSError, NotAFile, BadPack):
            return decompressed(read_plain(self._folder, f"{name}.xz", TARGET_BYTES_MAX))
        return None

    def _name(self, target: TargetFile, digest: str) -> str:
        folder, _, name = f"{TARGETS}/{target.path}".rpartition("/")
        return f"{folder}/{digest}.{name}"

    def _whole_bytes(self, target: TargetFile) -> int:
        """What the whole pack would cost on the line."""
        compressed = self._folder / TARGETS / target_name(target, is_compressed=True)
        return compressed.stat().st_size if compressed.exists() else target.length

    def _older(self, target: TargetFile) -> list[str]:
        """The other packs of the same name by hash, the newest version first."""
        plain = self._folder / TARGETS / target.path
        found: dict[str, int] = {}
        for path in plain.parent.glob(f"*.{plain.name}*"):
            digest = path.name[:64]
            if HASH.fullmatch(digest) and digest != target.hashes["sha256"]:
                found[digest] = max(found.get(digest, 0), _version(path))
        return sorted(found, key=lambda digest: found[digest], reverse=True)

    def _all_kept(self) -> list[Path]:
        return list((self._folder / DELTAS).glob("*/*.delta"))

    def _clear_others(self, in_force: Container[str]) -> None:
        for path in self._all_kept():
            if path.parent.name not in in_force:
                with suppress(OSError):
                    path.unlink()
                    path.parent.rmdir()


def _version(path: Path) -> int:
    """The version that a pack's first line tells; 0 for a file that has none."""
    with suppress(OSError, EOFError, ValueError, lzma.LZMAError):
        with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as file:
            head = json.loads(file.readline(LINE_BYTES_MAX))
        return int(head["version"]) if isinstance(head, dict) and "version" in head else 0
    return 0
