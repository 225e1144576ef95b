"""What a city signed for a county as one file (ZIP) for a stick, with the samples of its items, and back.

    metadata/1.root.json … 4.targets.json   every root, and the newest of the city's files
    targets/city/<sha256>.base.jsonl.xz     what that file lists
    files/<sha256>                          samples and blank forms that the city's catalog names

Nothing here is believed: the signed files are checked against the root that the county holds, each sample
against the hash in a catalog that was checked so. Both sides know the same narrow form, without comments,
links, 64-bit sizes or two entries of one name, so that a file made to mislead is refused before it is read.
"""

import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from tuf.api.metadata import Targets

from catalog_cache.distribution.sample_files import FILES_MAX, PackFiles, wanted_files
from catalog_cache.errors import BadHandover, NotServed, PublishRefused, UpdateRefused
from catalog_cache.files import NotAFile, read_plain, sync_folder, write_whole
from catalog_cache.layering.layer_files import BASE
from catalog_cache.model import Attachment
from catalog_cache.signatures.handover import whole_target
from catalog_cache.signatures.metadata import BYTES_MAX, TARGET_BYTES_MAX
from catalog_cache.signatures.shelf import (
    FILES,
    METADATA,
    TARGETS,
    carried_name,
    newest_version,
    read_role,
    role_name,
)

FILE_BYTES_MAX = 4 * 1024**3 - 1
"""The largest file on a stick with FAT32, as most of them are sold."""
SIGNED_MAX = 400
SIGNED_BYTES_MAX = 128 * 1024 * 1024
SIGNED_NAME = re.compile(
    rf"{METADATA}/[1-9][0-9]{{0,8}}\.(root|targets)\.json|{TARGETS}/city/[0-9a-f]{{64}}\.[a-z0-9._-]{{1,70}}"
)
_SAMPLE_NAME = re.compile(rf"{FILES}/([0-9a-f]{{64}})")
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError, struct.error)
_MADE_AT = (1980, 1, 1, 0, 0, 0)
_END = struct.Struct("<4s4H2IH")
_ENTRY_BYTES, _LOCAL_BYTES = 46, 30
# A longer list of contents than this is no handover; it is refused before anything is made of it.
_LIST_BYTES_MAX = (SIGNED_MAX + FILES_MAX) * 256


@dataclass(frozen=True, slots=True)
class Packed:
    """What went into one file. bytes: its size; samples: how many; left_out: names of those for which there
    was no room; missing: names of those that the city does not have whole itself."""

    bytes: int
    samples: int
    left_out: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def write_handover(folder: Path, samples: Path, out: IO[bytes], bytes_max: int = FILE_BYTES_MAX) -> Packed:
    """Write a county's folder, and the samples its catalog names, into an empty file.

    samples: the folder where they lie, each under its SHA-256; those of items open for intake go first.
    bytes_max: of the whole file. Raises PublishRefused.
    """
    names = _signed_names(folder)
    done: dict[str, list[str]] = {"in": [], "left_out": [], "missing": []}
    with zipfile.ZipFile(out, "w", allowZip64=False) as archive:
        room = _Room(bytes_max - _END.size)
        for name in names:
            data = _read(folder, name)
            if not room.takes(name, len(data)):
                raise PublishRefused(f"市级文件超过 U 盘上一个文件的上限 {bytes_max} 字节。", "请改用联网。")
            archive.writestr(zipfile.ZipInfo(name, _MADE_AT), data)
        for file in _samples_named(folder):
            name = f"{FILES}/{file.sha256}"
            sample = _whole_sample(samples, file)
            fate = "missing" if sample is None else "in" if room.takes(name, file.size) else "left_out"
            if sample is not None and fate == "in":
                archive.writestr(zipfile.ZipInfo(name, _MADE_AT), sample)
            done[fate].append(file.name)
    return Packed(out.tell(), len(done["in"]), tuple(done["left_out"]), tuple(done["missing"]))


def save_handover(folder: Path, samples: Path, path: Path, bytes_max: int = FILE_BYTES_MAX) -> Packed:
    """The same as a file, such as on a stick: there whole, or as it was before. Raises PublishRefused,
    OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with draft.open("wb+") as out:
            packed = write_handover(folder, samples, out, bytes_max)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)
    return packed


class HandoverZip:
    """Such a file, open for reading; its list of contents is looked through first. Close it at the end."""

    requests = bytes_read = 0

    def __init__(self, file: IO[bytes]) -> None:
        """Raises BadHandover."""
        try:
            _require_short_list(file)
            self._archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise BadHandover("文件不是完整的市级目录交接包。") from error
        self._signed, self._samples = _sorted_out(self._archive)
        self._reading: tuple[str, int, IO[bytes]] | None = None

    def close(self) -> None:
        """The file itself stays open for whoever opened it."""
        self._archive.close()

    @property
    def samples(self) -> frozenset[str]:
        """Which samples it holds, by SHA-256, as it says."""
        return frozenset(self._samples)

    def lay(self, into: Path) -> None:
        """Put its signed files into an empty folder; no name leads out of it. Raises BadHandover, OSError
        for a disk that cannot be written."""
        room = SIGNED_BYTES_MAX
        for name, entry in self._signed.items():
            data = self._content(entry, room)
            room -= len(data)
            write_whole(into / name, data)

    def piece(self, name: str, start: int, size: int) -> bytes:
        """See `sources.Source`; made for reading one sample after the other."""
        if name not in self._samples:
            raise NotServed(f"{FILES}/{name}")
        try:
            file = self._at(name, start)
            data = file.read(size)
        except _BROKEN as error:
            raise UpdateRefused("content", f"交接包里的样表 {name[:8]}… 读不出来。") from error
        self._reading = name, start + len(data), file
        return data

    def _at(self, name: str, start: int) -> IO[bytes]:
        if self._reading is not None and self._reading[:2] == (name, start):
            return self._reading[2]
        file = self._archive.open(self._samples[name])
        file.seek(start)
        return file

    def _content(self, entry: zipfile.ZipInfo, room: int) -> bytes:
        try:
            with self._archive.open(entry) as file:
                data = file.read(room + 1)
        except _BROKEN as error:
            raise BadHandover("文件不是完整的市级目录交接包。") from error
        if len(data) > room:
            raise BadHandover(f"交接包解开后超过 {SIGNED_BYTES_MAX // 1024**2} MiB。")
        return data


class _Room:
    """How much of a ZIP's room is left. bytes_left: with its list of contents."""

    def __init__(self, bytes_left: int) -> None:
        self._left = bytes_left

    def takes(self, name: str, size: int) -> bool:
        """Whether one more file fits; then its room is taken."""
        needed = size + _LOCAL_BYTES + _ENTRY_BYTES + 2 * len(name)
        fits = needed <= self._left
        self._left -= needed if fits else 0
        return fits


def _require_short_list(file: IO[bytes]) -> None:
    """Refuse a ZIP with a comment, with 64-bit sizes, or with a list of contents that would fill the memory.

    The library reads the whole list before anybody can look; it finds the same end that is read here.
    """
    size = file.seek(0, 2)
    if size < _END.size or size > FILE_BYTES_MAX:
        raise zipfile.BadZipFile
    file.seek(size - _END.size)
    mark, _, _, here, entries, list_bytes, _, comment_bytes = _END.unpack(file.read(_END.size))
    if mark != b"PK\5\6" or comment_bytes or here != entries:
        raise zipfile.BadZipFile
    if entries > SIGNED_MAX + FILES_MAX or list_bytes > _LIST_BYTES_MAX:
        raise BadHandover(f"交接包里超过 {SIGNED_MAX + FILES_MAX} 个文件。")
    file.seek(max(size - _END.size - 20, 0))
    if file.read(4) == b"PK\6\7":
        raise zipfile.BadZipFile


def _sorted_out(
    archive: zipfile.ZipFile,
) -> tuple[dict[str, zipfile.ZipInfo], dict[str, zipfile.ZipInfo]]:
    """The entries of signed files by name, and of samples by SHA-256. Raises BadHandover for any other."""
    signed: dict[str, zipfile.ZipInfo] = {}
    samples: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name, sample = entry.filename, _SAMPLE_NAME.fullmatch(entry.filename)
        is_known = bool(sample) or SIGNED_NAME.fullmatch(name) is not None
        kinds = (zipfile.ZIP_STORED,) if sample else _KINDS
        if not is_known or entry.compress_type not in kinds or name in signed:
            raise BadHandover(f"交接包里有不该有的文件 {name[:80]}。")
        if sample and sample[1] in samples:
            raise BadHandover(f"交接包里有不该有的文件 {name[:80]}。")
        room = samples if sample else signed
        room[sample[1] if sample else name] = entry
    if len(signed) > SIGNED_MAX or len(samples) > FILES_MAX:
        raise BadHandover(f"交接包里超过 {SIGNED_MAX + FILES_MAX} 个文件。")
    return signed, samples


def _signed_names(folder: Path) -> list[str]:
    version = newest_version(folder, "targets")
    city = read_role(folder, Targets, "targets", version).signed
    names = [f"{METADATA}/{role_name('root', n)}" for n in range(1, newest_version(folder, "root") + 1)]
    names.append(f"{METADATA}/{role_name('targets', version)}")
    return names + [f"{TARGETS}/{carried_name(target)}" for target in city.targets.values()]


def _samples_named(folder: Path) -> Iterator[Attachment]:
    """What the county's catalog of the city names, those of items open for intake first."""
    target = read_role(folder, Targets, "targets").signed.targets.get(BASE)
    if target is None:
        return
    try:
        pack = PackFiles(whole_target(folder, target))
    except (NotAFile, OSError, UpdateRefused) as error:
        raise PublishRefused(f"{BASE} 读不出来。", "请从备份恢复发布文件夹。") from error
    yield from wanted_files(pack, [item.code for item in pack.items_with_files() if item.is_open])


def _whole_sample(samples: Path, file: Attachment) -> bytes | None:
    try:
        data = read_plain(samples, file.sha256, file.size)
    except (NotAFile, OSError):
        return None
    return data if sha256(data).hexdigest() == file.sha256 else None


def _read(folder: Path, name: str) -> bytes:
    try:
        return read_plain(folder, name, max(TARGET_BYTES_MAX, BYTES_MAX["targets"]))
    except (NotAFile, OSError) as error:
        raise PublishRefused(f"{name} 读不出来。", "请从备份恢复发布文件夹。") from error
