"""The folder of signed files: what is called what in it, on a web server, a PC or a stick alike.

    metadata/1.root.json … 7.targets.json 12.county-440205000000.json 12.snapshot.json timestamp.json
    targets/city/<sha256>.holidays.json
    targets/county/440205000000/<sha256>.pack.jsonl  and the same compressed, ending in .xz
    deltas/<sha256 of a pack>/<sha256 of an older one>.delta
    files/<sha256>                                   samples and forms, named in the pack

Every file but timestamp.json is written once and never changed; timestamp.json decides which of
them count. Written last, in one step, it makes a publication take effect as a whole or not at all.
Deltas are not signed, and may be made anywhere or missing.
"""

import lzma
import re
from pathlib import Path
from urllib.parse import quote

from tuf.api.metadata import Metadata, TargetFile

from catalog_cache.errors import PublishRefused, UpdateRefused
from catalog_cache.files import Writer
from catalog_cache.signatures.metadata import TARGET_BYTES_MAX, S, read_metadata

METADATA, TARGETS, DELTAS, FILES = "metadata", "targets", "deltas", "files"
FROM_CITY = "from-city"
"""Beside them at a county: what its city signed since, not in force yet."""
XZ_BYTES_MIN = 4096
PACK_SUFFIX = ".jsonl"


def role_name(role: str, version: int | None) -> str:
    """File name of a role's metadata; timestamp.json alone has no version in it."""
    name = f"{quote(role, safe='')}.json"
    return name if version is None else f"{version}.{name}"


def role_path(folder: Path, role: str, version: int | None) -> Path:
    """Where a role's metadata lies in the folder."""
    return folder / METADATA / role_name(role, version)


def target_name(target: TargetFile, *, is_compressed: bool = False, is_hashed: bool = True) -> str:
    """A target's name below targets/, led by its hash, as consistent snapshots want."""
    folder, _, name = target.path.rpartition("/")
    prefix = f"{folder}/" if folder else ""
    mark = f"{next(iter(target.hashes.values()))}." if is_hashed else ""
    return f"{prefix}{mark}{name}{'.xz' if is_compressed else ''}"


def delta_name(base: str, pack: str) -> str:
    """The name below deltas/ of what leads from one pack to another, both by SHA-256 (hex)."""
    return f"{pack}/{base}.delta"


def has_compressed_form(target: TargetFile) -> bool:
    """Whether the publisher laid an .xz beside the file. The signature covers the plain bytes only."""
    custom = target.custom
    return isinstance(custom, dict) and custom.get("transport") == "xz"


def carried_name(target: TargetFile) -> str:
    """A target's name below targets/ in the form that travels: compressed where there is such a form."""
    return target_name(target, is_compressed=has_compressed_form(target))


def marked_version(target: TargetFile) -> int | None:
    """The catalog version that the publisher wrote beside a pack's signed hash."""
    number = target.custom.get("version") if isinstance(target.custom, dict) else None
    return number if isinstance(number, int) else None


def newest_version(folder: Path, role: str) -> int:
    """The highest version of a role in the folder, in force or left by a cut-off publication; 0 for none."""
    shape = re.compile(rf"([1-9]\d{{0,8}})\.{re.escape(role_name(role, None))}")
    found = [shape.fullmatch(path.name) for path in (folder / METADATA).glob(f"*.{role_name(role, None)}")]
    return max((int(match[1]) for match in found if match), default=0)


def read_role(folder: Path, kind: type[S], role: str, version: int | None = 0) -> Metadata[S]:
    """Metadata of a role. version: 0 for the newest, None for timestamp.json. Raises PublishRefused."""
    number = newest_version(folder, role) if version == 0 else version
    try:
        return read_metadata(kind, role_path(folder, role, number).read_bytes())
    except FileNotFoundError as error:
        raise PublishRefused(f"文件夹里没有 {role} 文件。", "请先完成密钥仪式并接收市级交接文件。") from error
    except UpdateRefused as error:
        raise PublishRefused(error.why, "请从备份恢复发布文件夹。") from error


def shelve_target(
    folder: Path, path: str, data: bytes, writer: Writer, custom: dict[str, object] | None = None
) -> TargetFile:
    """Put one file, and where it pays its compressed form, on the shelf. Raises PublishRefused."""
    if len(data) > TARGET_BYTES_MAX:
        raise PublishRefused(f"{path} 超过 {TARGET_BYTES_MAX // 1024**2} MiB。")
    target = TargetFile.from_data(path, data, ["sha256"])
    extra = dict(custom or {})
    if len(data) >= XZ_BYTES_MIN:
        extra["transport"] = "xz"
    if extra:
        target.unrecognized_fields["custom"] = extra
    _write_once(folder / TARGETS / target_name(target), data, writer)
    compressed = folder / TARGETS / target_name(target, is_compressed=True)
    if has_compressed_form(target) and not compressed.exists():
        writer(compressed, lzma.compress(data))
    return target


def _write_once(path: Path, data: bytes, writer: Writer) -> None:
    if not path.exists():
        writer(path, data)
