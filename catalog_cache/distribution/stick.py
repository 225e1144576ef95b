"""A published folder copied to a stick: what counts now, in the same layout, checked after copying."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tuf.api.metadata import Targets

from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.publish import PACK, Repository
from catalog_cache.distribution.sample_files import PackFiles, Progress, wanted_files
from catalog_cache.errors import PublishRefused, UpdateRefused
from catalog_cache.files import NotAFile, plain_path, read_plain, write_whole
from catalog_cache.layering.layer_files import BASE
from catalog_cache.model import Attachment
from catalog_cache.pack import open_pack
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
from catalog_cache.signatures.signing import county_role

DELTAS_CARRIED = 3
_MISSING_TOLD = 20
_DRAFT = re.compile(r"\..+\.[0-9]+\.new")


@dataclass(frozen=True, slots=True)
class CopiedFiles:
    """The samples and forms on the stick. missing: names of some that this folder does not have."""

    files: int
    bytes: int
    missing: tuple[str, ...] = ()
    is_stopped: bool = False


@dataclass(frozen=True, slots=True)
class Copied:
    """What lies on the stick now. is_stopped: the catalog there before still counts."""

    files: int
    bytes: int
    is_stopped: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """What goes onto a stick. names: below the published folder, timestamp.json last, of bytes in all."""

    names: tuple[str, ...]
    bytes: int
    files: tuple[Attachment, ...]

    @property
    def file_bytes(self) -> int:
        """Of all samples and forms."""
        return sum(file.size for file in self.files)


def load_of(folder: Path, *, has_deltas: bool = True) -> Load:
    """What is in force: every root, the metadata, each signed file in its smaller form, its samples, and
    the deltas from the last few packs, which a slow PC builds sooner than it unpacks the whole.

    Raises PublishRefused when nothing is published.
    """
    repository = Repository(folder)
    in_force = repository.in_force()
    if in_force is None:
        raise PublishRefused("还没有发布过目录。", "请先签发目录。")
    role, version = county_role(repository.county_code()), in_force.snapshot.meta["targets.json"].version
    city = read_role(folder, Targets, "targets", version).signed
    deltas = DeltaShelf(folder).prepare(DELTAS_CARRIED) if has_deltas else []
    names = [path.relative_to(folder).as_posix() for path in deltas]
    signed = (*city.targets.values(), *in_force.files.values())
    names += [f"{TARGETS}/{carried_name(target)}" for target in signed]
    roots = [role_name("root", number) for number in range(1, newest_version(folder, "root") + 1)]
    roles = [
        role_name("targets", version),
        role_name(role, in_force.county.version),
        role_name("snapshot", in_force.snapshot.version),
        role_name("timestamp", None),
    ]
    names += [f"{METADATA}/{name}" for name in (*roots, *roles)]
    size = sum(_size(folder / name) for name in names)
    return Load(tuple(names), size, tuple(_files_named(repository)))


def lacking(load: Load, folder: Path, stick: Path) -> list[int]:
    """The sizes of what is not on the stick yet, as far as its lengths tell."""
    names = [_size(folder / name) for name in load.names]
    names = [size for size, name in zip(names, load.names, strict=True) if size != _size(stick / name)]
    return names + [file.size for file in load.files if file.size != _size(stick / FILES / file.sha256)]


def clear_drafts(stick: Path, names: Sequence[str]) -> int:
    """Take away what a power cut or a pulled stick left half written; how many there were.

    names: what goes onto the stick, see `Load`.
    """
    rooms, gone = {(stick / name).parent for name in names} | {stick / FILES}, 0
    for room in sorted(rooms):
        for path in sorted(room.glob(".*.new")):
            if _DRAFT.fullmatch(path.name) and path.is_file():
                path.unlink()
                gone += 1
    return gone


def copy_published(
    folder: Path,
    stick: Path,
    names: Sequence[str] = (),
    is_stopped: Callable[[], bool] = lambda: False,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Copied:
    """Copy what is in force, or the `names` of it that `load_of` told.

    timestamp.json goes last, so that a stick pulled out too early still holds what it held before; what
    lies there already, read back and the same, is left alone. Raises PublishRefused when nothing is
    published, what was written reads back differently, or a link on the stick leads elsewhere.
    """
    copied, names = 0, names or load_of(folder).names
    bytes_all = sum(_size(folder / name) for name in names)
    for place, name in enumerate(names):
        if is_stopped():
            return Copied(place, copied, is_stopped=True)
        if place == len(names) - 1:
            _drop_later_roots(stick, names)
        copied += _copy(folder, stick, name)
        tell(Progress(place + 1, len(names), copied, bytes_all))
    return Copied(len(names), copied)


def copy_files(
    folder: Path,
    stick: Path,
    held: Path,
    tell: Callable[[Progress], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> CopiedFiles:
    """Copy the samples and forms of the pack in force; those on the stick already stay as they are.

    held: where a relay keeps those it fetched. Stopped or pulled out, a second call goes on from there.
    Raises PublishRefused when nothing is published, or a file reads back differently.
    """
    wanted = _files_named(Repository(folder))
    missing: list[str] = []
    bytes_all, done = sum(file.size for file in wanted), 0
    for place, file in enumerate(wanted):
        if is_stopped():
            return CopiedFiles(place - len(missing), done, tuple(missing[:_MISSING_TOLD]), is_stopped=True)
        is_there = _is_whole(stick / FILES, file) or _copy_file((folder / FILES, held), stick, file)
        done += file.size if is_there else 0
        missing += [] if is_there else [file.name]
        tell(Progress(place + 1, len(wanted), done, bytes_all))
    return CopiedFiles(len(wanted) - len(missing), done, tuple(missing[:_MISSING_TOLD]))


def _files_named(repository: Repository) -> list[Attachment]:
    """The samples and forms of the pack in force, and of the city's catalog where it lies over one."""
    pack = repository.content(PACK)
    base = repository.city_file(BASE) if open_pack(pack).meta.base else None
    packs = [one for one in (pack, base) if one is not None]
    return list({file.sha256: file for one in packs for file in wanted_files(PackFiles(one))}.values())


def _copy_file(rooms: Sequence[Path], stick: Path, file: Attachment) -> bool:
    """From the first room that has it whole; False when none has."""
    for room in rooms:
        if _is_whole(room, file):
            _copy(room, stick / FILES, file.sha256)
            return True
    return False


def _is_whole(room: Path, file: Attachment) -> bool:
    try:
        data = read_plain(room, file.sha256, file.size)
    except (NotAFile, OSError):
        return False
    return sha256(data).hexdigest() == file.sha256


def _size(path: Path) -> int:
    """-1 where nothing is."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _drop_later_roots(stick: Path, names: Sequence[str]) -> None:
    """Another county's, from an earlier use of the stick: a station would take the next for one of ours."""
    number = 1 + sum(name.endswith(".root.json") for name in names)
    while (path := stick / METADATA / role_name("root", number)).is_file():
        path.unlink()
        number += 1


def _copy(folder: Path, stick: Path, name: str) -> int:
    try:
        data = read_plain(folder, name, max(TARGET_BYTES_MAX, BYTES_MAX["targets"]))
        if _holds(stick, name, data):
            return len(data)
        write_whole(stick / name, data)
        is_whole = read_plain(stick, name, len(data), is_read_back=True) == data
    except (NotAFile, UpdateRefused) as error:
        raise PublishRefused(f"{name} 不能复制：{error}。", "请检查发布文件夹和 U 盘。") from error
    if not is_whole:
        raise PublishRefused(f"{name} 写到 U 盘后读出来不一样。", "请换一个 U 盘重试。")
    return len(data)


def _holds(stick: Path, name: str, data: bytes) -> bool:
    """Whether these bytes lie there already. Raises NotAFile for a link: nothing is written through one."""
    with suppress(FileNotFoundError):
        plain_path(stick, name)
        with suppress(NotAFile, OSError):
            return read_plain(stick, name, len(data), is_read_back=True) == data
    return False
