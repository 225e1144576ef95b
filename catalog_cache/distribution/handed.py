"""What a city signed, on its way to a county: over the link, or as one file on a stick.

Nothing here is believed: what was fetched or unpacked lies in a folder that `read_handover` checks
against the root the county holds already.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tuf.api.metadata import TargetFile, Targets

from catalog_cache.distribution.sources import Source
from catalog_cache.errors import BadHandover, NotServed, PublishRefused
from catalog_cache.files import NotAFile, read_plain, write_whole
from catalog_cache.signatures.metadata import BYTES_MAX, TARGET_BYTES_MAX, read_metadata
from catalog_cache.signatures.shelf import (
    METADATA,
    TARGETS,
    has_compressed_form,
    newest_version,
    read_role,
    role_name,
    target_name,
)

STEPS_MAX = 256
ENTRIES_MAX = 400
UNPACKED_BYTES_MAX = 128 * 1024 * 1024
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NAME = re.compile(
    rf"{METADATA}/[1-9][0-9]{{0,8}}\.(root|targets)\.json|{TARGETS}/city/[0-9a-f]{{64}}\.[a-z0-9._-]{{1,70}}"
)


def fetch_handover(source: Source, held: Sequence[Path], into: Path) -> bool:
    """Bring what the city signed since into an empty folder; False when it signed nothing newer.

    held: folders of signed files that are here already, none of whose files is fetched again; the first
    has a root. Raises NotServed, SourceUnreachable, UpdateRefused, BadHandover, PublishRefused.
    """
    roots = _next_ones(source, "root", max(newest_version(folder, "root") for folder in held))
    files = _next_ones(source, "targets", max(newest_version(folder, "targets") for folder in held))
    if not roots and not files:
        return False
    _lay_roots(held, into)
    for name, data in [*roots, *files[-1:]]:
        write_whole(into / METADATA / name, data)
    if not files:
        folder = max(held, key=lambda one: newest_version(one, "targets"))
        name = role_name("targets", newest_version(folder, "targets"))
        write_whole(into / METADATA / name, (folder / METADATA / name).read_bytes())
        files = [(name, (into / METADATA / name).read_bytes())]
    for target in read_metadata(Targets, files[-1][1]).signed.targets.values():
        _bring(source, held, target, into)
    return True


def pack_handover(folder: Path) -> bytes:
    """The whole of a county's folder as one file (ZIP), for a stick. Raises PublishRefused."""
    version = newest_version(folder, "targets")
    city = read_role(folder, Targets, "targets", version).signed
    names = [f"{METADATA}/{role_name('root', n)}" for n in range(1, newest_version(folder, "root") + 1)]
    names.append(f"{METADATA}/{role_name('targets', version)}")
    names += [f"{TARGETS}/{_carried(target)}" for target in city.targets.values()]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, _read(folder, name))
    return made.getvalue()


def unpack_handover(data: bytes, into: Path) -> None:
    """Lay the files of such a ZIP into an empty folder; no name leads out of it. Raises BadHandover."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name, content in _entries(archive):
                write_whole(into / name, content)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError) as error:
        raise BadHandover("文件不是完整的市级目录交接包。") from error


def _entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    entries, room = archive.infolist(), UNPACKED_BYTES_MAX
    if len(entries) > ENTRIES_MAX:
        raise BadHandover(f"交接包里超过 {ENTRIES_MAX} 个文件。")
    for entry in entries:
        if not _NAME.fullmatch(entry.filename) or entry.compress_type not in _KINDS:
            raise BadHandover(f"交接包里有不该有的文件 {entry.filename[:80]}。")
        with archive.open(entry) as file:
            content = file.read(room + 1)
        room -= len(content)
        if room < 0:
            raise BadHandover(f"交接包解开后超过 {UNPACKED_BYTES_MAX // 1024**2} MiB。")
        yield entry.filename, content


def _next_ones(source: Source, role: str, held: int) -> list[tuple[str, bytes]]:
    """Every version after the one held that the place serves, by name."""
    found: list[tuple[str, bytes]] = []
    for version in range(held + 1, held + 1 + STEPS_MAX):
        name = role_name(role, version)
        try:
            found.append((name, source.metadata(name, BYTES_MAX[role])))
        except NotServed:
            break
    return found


def _lay_roots(held: Sequence[Path], into: Path) -> None:
    """The roots that are here already, so that the folder can be checked as a whole."""
    for folder in held:
        for version in range(1, newest_version(folder, "root") + 1):
            name = role_name("root", version)
            if (folder / METADATA / name).exists():
                write_whole(into / METADATA / name, (folder / METADATA / name).read_bytes())


def _bring(source: Source, held: Sequence[Path], target: TargetFile, into: Path) -> None:
    """One signed file, from a folder here when it has it; its hash is for `read_handover` to check."""
    name = _carried(target)
    if not _NAME.fullmatch(f"{TARGETS}/{name}") or target.length > TARGET_BYTES_MAX:
        raise BadHandover(f"市级文件 {target.path[:80]} 的名称或大小不对。")
    for folder in held:
        try:
            data = read_plain(folder / TARGETS, name, TARGET_BYTES_MAX)
            break
        except (OSError, NotAFile):
            continue
    else:
        data = source.target(name, TARGET_BYTES_MAX)
    write_whole(into / TARGETS / name, data)


def _carried(target: TargetFile) -> str:
    return target_name(target, is_compressed=has_compressed_form(target))


def _read(folder: Path, name: str) -> bytes:
    try:
        return read_plain(folder, name, max(TARGET_BYTES_MAX, BYTES_MAX["targets"]))
    except (NotAFile, OSError) as error:
        raise PublishRefused(f"{name} 读不出来。", "请从备份恢复发布文件夹。") from error
