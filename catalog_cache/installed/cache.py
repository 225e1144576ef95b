"""The catalogs kept on this PC: one in use, older ones beside it, swapped in one step.

    <folder>/current.json        which version is in use, and the hashes of every version kept
    <folder>/7.pack              version 7 as it was signed, compressed
    <folder>/7.1.layer           the city's pack that version 7 lies over, 7.2.layer the township's over it
    <folder>/7.sqlite            all of it, built for searching; can be built again from the packs
    <folder>/holidays.json       the signed holiday table in use

A version that does not build never replaces one that works.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any

from catalog_cache.calendar.holidays import read_table
from catalog_cache.calendar.workdays import WorkCalendar
from catalog_cache.errors import (
    BadPack,
    BadRecord,
    BuildFailed,
    LayersClash,
    OlderCatalog,
    UnknownVersion,
)
from catalog_cache.files import write_whole
from catalog_cache.installed.build import build
from catalog_cache.installed.catalog import Catalog
from catalog_cache.layering.layered import LAYERS_MAX, LayeredPack
from catalog_cache.pack import PackReader, compressed, decompressed, open_pack
from catalog_cache.records import written_moment

FORMAT = "yimen-cache/1"
_POINTER = "current.json"
_DRAFT = re.compile(r"\.([0-9]{1,10})\.(?:sqlite|pack|[12]\.layer)\.")
_EMPTY: dict[str, Any] = {"format": FORMAT, "current": None, "previous": None, "versions": {}}
_HOLIDAYS = "holidays.json"


@dataclass(frozen=True, slots=True)
class Installed:
    """What installing did. is_new: False when this very version was in use already."""

    version: int
    is_new: bool
    entries: int


@dataclass(frozen=True, slots=True)
class Health:
    """One finding about a kept version. message: Chinese, "" when all is well."""

    version: int
    message: str


class CatalogCache:
    """The folder of installed catalogs of one node. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = RLock()
        self._open: dict[int, Catalog] = {}
        self._calendar = WorkCalendar()
        self._calendar_stamp = (0, 0)

    def current(self) -> Catalog | None:
        """The catalog in use; the last good one when it cannot be read; None when there is none."""
        pointer = self._pointer()
        for version in (pointer["current"], pointer["previous"]):
            if version is not None:
                try:
                    return self._opened(version, pointer)
                except (BuildFailed, BadPack, LayersClash, UnknownVersion):
                    continue
        return None

    def version(self, version: int) -> Catalog:
        """A kept version, such as the one a case was taken in with. Raises UnknownVersion."""
        return self._opened(version, self._pointer())

    def versions(self) -> list[int]:
        """The versions kept here, oldest first."""
        return sorted(int(version) for version in self._pointer()["versions"])

    def pack(self, version: int) -> bytes:
        """A kept pack as it was signed, plain. Raises UnknownVersion; BadPack when it changed since."""
        return self._kept_pack(version, self._pointer())

    def packed(self, version: int) -> bytes:
        """The same in its compressed form, as it lies on disk. Raises what `pack` raises."""
        self.pack(version)
        return self._pack_path(version).read_bytes()

    def install(self, data: bytes, now: datetime, layers: Sequence[bytes] = ()) -> Installed:
        """Put a verified pack in use. data: plain, its signature already checked; now: UTC.

        layers: the packs of the city and the township it belongs with, checked as well. Raises
        BadPack, LayersClash, BuildFailed, or OlderCatalog; the catalog in use then stays as it is.
        """
        pack = open_pack(data)
        whole = laid(pack, layers)
        version, digest = pack.meta.version, sha256(data).hexdigest()
        with self._lock:
            pointer = self._pointer()
            if self._is_in_use(pointer, version, digest):
                return Installed(version, is_new=False, entries=self._opened(version, pointer).count)
            try:
                entries = self._build_and_try(whole)
                for number, layer in enumerate(layers, start=1):
                    write_whole(self._layer_path(version, number), compressed(layer))
                write_whole(self._pack_path(version), compressed(data))
                self._point_at(version, _facts(pack, digest, now, layers))
            except OSError as error:
                raise BuildFailed(f"写不进目录文件夹：{error.strerror}。") from error
            self._tidy(version)
        return Installed(version, is_new=True, entries=entries)

    def install_holidays(self, data: bytes) -> WorkCalendar:
        """Put a verified holiday table in use. Raises BadRecord; the table in use then stays."""
        read_table(data)
        path = self._folder / _HOLIDAYS
        with self._lock:
            if not path.is_file() or path.read_bytes() != data:
                write_whole(path, data)
            return self.calendar()

    def holidays(self) -> bytes | None:
        """The holiday table in use, as it lies here; None before any came."""
        try:
            return (self._folder / _HOLIDAYS).read_bytes()
        except OSError:
            return None

    def calendar(self) -> WorkCalendar:
        """The working days in use; an empty calendar, which gives no date, before any table came."""
        path = self._folder / _HOLIDAYS
        with self._lock:
            try:
                about = path.stat()
                stamp = (about.st_mtime_ns, about.st_size)
                if stamp != self._calendar_stamp:
                    self._calendar = WorkCalendar(read_table(path.read_bytes()).years)
                    self._calendar_stamp = stamp
            except (OSError, BadRecord):
                self._calendar, self._calendar_stamp = WorkCalendar(), (0, 0)
            return self._calendar

    def prune(self, referenced: Iterable[int]) -> list[int]:
        """Forget versions that no case refers to; the one in use and the one before it stay.

        Returns what was removed. Files are removed only after the pointer no longer names them.
        """
        with self._lock:
            pointer = self._pointer()
            keep = {*referenced, pointer["current"], pointer["previous"]}
            gone = [version for version in self.versions() if version not in keep]
            if gone:
                kept = {v: facts for v, facts in pointer["versions"].items() if int(v) not in gone}
                self._write_pointer(pointer | {"versions": kept})
            for version in gone:
                self._close(version)
                self._pack_path(version).unlink(missing_ok=True)
                self._sqlite_path(version).unlink(missing_ok=True)
                for number in range(1, LAYERS_MAX):
                    self._layer_path(version, number).unlink(missing_ok=True)
        return gone

    def check(self) -> list[Health]:
        """Look at every kept version: the pack against its hash, the search file by opening it."""
        pointer = self._pointer()
        return [Health(version, self._trouble(version, pointer)) for version in self.versions()]

    def close(self) -> None:
        """Close all open files."""
        with self._lock:
            for version in list(self._open):
                self._close(version)

    def _kept_pack(self, version: int, pointer: Mapping[str, Any]) -> bytes:
        if str(version) not in pointer["versions"]:
            raise UnknownVersion(version)
        try:
            plain = decompressed(self._pack_path(version).read_bytes())
        except OSError as error:
            raise BadPack(f"第 {version} 版目录包读不出来：{error.strerror}。") from error
        if sha256(plain).hexdigest() != pointer["versions"][str(version)]["sha256"]:
            raise BadPack(f"第 {version} 版目录包与安装时不同。")
        return plain

    def _kept_layers(self, version: int, pointer: Mapping[str, Any]) -> list[bytes]:
        """The packs this version was laid together with, as they were then."""
        digests = pointer["versions"][str(version)].get("layers", ())
        try:
            paths = [self._layer_path(version, number) for number in range(1, len(digests) + 1)]
            plain = [decompressed(path.read_bytes()) for path in paths]
        except OSError as error:
            raise BadPack(f"第 {version} 版所依的上下级目录读不出来：{error.strerror}。") from error
        if [sha256(one).hexdigest() for one in plain] != list(digests):
            raise BadPack(f"第 {version} 版所依的上下级目录与安装时不同。")
        return plain

    def _opened(self, version: int, pointer: Mapping[str, Any]) -> Catalog:
        with self._lock:
            if version not in self._open:
                self._open[version] = self._open_or_rebuild(version, pointer)
            return self._open[version]

    def _open_or_rebuild(self, version: int, pointer: Mapping[str, Any]) -> Catalog:
        if str(version) not in pointer["versions"]:
            raise UnknownVersion(version)
        try:
            return self._catalog(version)
        except BuildFailed:
            pack = open_pack(self._kept_pack(version, pointer))
            build(laid(pack, self._kept_layers(version, pointer)), self._sqlite_path(version))
            return self._catalog(version)

    def _is_in_use(self, pointer: Mapping[str, Any], version: int, digest: str) -> bool:
        """Whether there is nothing to do. Raises OlderCatalog for a step back or a changed version."""
        held = pointer["current"]
        if held is None or version > held:
            return False
        facts = pointer["versions"].get(str(version), {})
        if version == held and facts.get("sha256") == digest:
            return True
        raise OlderCatalog(version, held)

    def _build_and_try(self, pack: PackReader | LayeredPack) -> int:
        """Build, open and ask once, before anything points at the new file."""
        version = pack.meta.version
        self._folder.mkdir(parents=True, exist_ok=True)
        build(pack, self._sqlite_path(version))
        catalog = self._catalog(version)
        try:
            first = catalog.summaries(limit=1)
            if first and first[0].code not in {hit.code for hit in catalog.search(first[0].code)}:
                raise BuildFailed("检索文件查不到自己的第一条。")
            return catalog.count
        finally:
            catalog.close()

    def _tidy(self, version: int) -> None:
        """Close what nobody asks any more, and sweep away drafts that a power cut left behind."""
        for catalog in self._open.values():
            catalog.close()
        for path in self._folder.glob(".*.new"):
            draft = _DRAFT.match(path.name)
            if draft and int(draft[1]) <= version:
                path.unlink(missing_ok=True)

    def _point_at(self, version: int, facts: Mapping[str, Any]) -> None:
        """Swap. The pointer is read once more: another process may have installed meanwhile."""
        pointer = self._pointer()
        if pointer["current"] is not None and pointer["current"] > version:
            raise OlderCatalog(version, pointer["current"])
        self._write_pointer(
            {
                "format": FORMAT,
                "current": version,
                "previous": pointer["current"],
                "versions": {**pointer["versions"], str(version): facts},
            }
        )

    def _pointer(self) -> dict[str, Any]:
        """What current.json says; a broken one is made again from the packs in the folder."""
        try:
            pointer = json.loads((self._folder / _POINTER).read_bytes())
        except FileNotFoundError:
            return dict(_EMPTY)
        except ValueError:
            return self._recovered_pointer()
        is_ours = isinstance(pointer, dict) and pointer.get("format") == FORMAT
        return pointer if is_ours else self._recovered_pointer()

    def _recovered_pointer(self) -> dict[str, Any]:
        """The pointer as the packs themselves tell it, the newest in use."""
        versions = {}
        for path in self._folder.glob("*.pack"):
            try:
                plain = decompressed(path.read_bytes())
                pack = open_pack(plain)
            except (OSError, BadPack):
                continue
            if path == self._pack_path(pack.meta.version):
                layers = self._found_layers(pack.meta.version)
                versions[str(pack.meta.version)] = _facts(pack, sha256(plain).hexdigest(), None, layers)
        newest = sorted(map(int, versions), reverse=True) + [None, None]
        return _EMPTY | {"current": newest[0], "previous": newest[1], "versions": versions}

    def _found_layers(self, version: int) -> list[bytes]:
        """The layers that lie beside a pack, for a pointer that is made again."""
        paths = [self._layer_path(version, number) for number in range(1, LAYERS_MAX)]
        try:
            return [decompressed(path.read_bytes()) for path in paths if path.exists()]
        except (OSError, BadPack):
            return []

    def _write_pointer(self, pointer: Mapping[str, Any]) -> None:
        text = json.dumps(pointer, ensure_ascii=False, indent=1, sort_keys=True)
        write_whole(self._folder / _POINTER, text.encode())

    def _trouble(self, version: int, pointer: Mapping[str, Any]) -> str:
        try:
            self._kept_pack(version, pointer)
            self._kept_layers(version, pointer)
            self._opened(version, pointer)
        except (BadPack, BuildFailed, LayersClash) as error:
            return error.why
        return ""

    def _close(self, version: int) -> None:
        if version in self._open:
            self._open.pop(version).close()

    def _catalog(self, version: int) -> Catalog:
        return Catalog(self._sqlite_path(version), self.calendar)

    def _pack_path(self, version: int) -> Path:
        return self._folder / f"{version}.pack"

    def _layer_path(self, version: int, number: int) -> Path:
        return self._folder / f"{version}.{number}.layer"

    def _sqlite_path(self, version: int) -> Path:
        return self._folder / f"{version}.sqlite"


def laid(pack: PackReader, layers: Sequence[bytes]) -> PackReader | LayeredPack:
    """A pack with those above and below it; alone it is the whole catalog. Raises BadPack."""
    return LayeredPack([pack, *map(open_pack, layers)]) if layers else pack


def _facts(
    pack: PackReader, digest: str, installed_at: datetime | None, layers: Sequence[bytes]
) -> dict[str, Any]:
    meta = pack.meta.to_dict()
    listed = {name: meta[name] for name in ("publisher", "published_at", "valid_until")}
    told = {"layers": [sha256(layer).hexdigest() for layer in layers]} if layers else {}
    at = installed_at and written_moment(installed_at)
    return {"sha256": digest, "installed_at": at, **listed, **told}
