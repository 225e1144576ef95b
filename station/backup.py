"""One file that holds a node, and a new folder made from it.

The file is a plain tar: `manifest.json` first (names, sizes, SHA-256), then the node's public facts, its
vault, an encrypted copy of its database made while it works, and its catalog. Nothing in it can be read
without a password of the node. Publishing keys are not in it: they are kept apart on purpose.

A restored node must not say again what it said before: its letter streams are closed, and new letters go
into new streams, and its receipts carry another terminal.
"""

import hashlib
import io
import json
import os
import re
import secrets
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog_cache.files import sync_folder
from station import audit
from station.cases.clocks import local_day
from station.cases.models import skip_ahead
from station.cases.terminal import draw_terminal
from station.database import EncryptedDatabase, check_integrity, open_database
from station.errors import BackupRefused, DatabaseRefused
from station.facts import FILE_NAME as FACTS_FILE
from station.files import write_atomically
from station.places import CATALOG_FOLDER, CLOCK_FILE, DATABASE_FILE, REPOSITORY_FOLDER, VAULT_FILE
from sync import epochs
from sync.moments import moment_text
from sync.rows import using, write
from sync.tables import OutStream

if TYPE_CHECKING:
    from station.node import Node

FORMAT = "yimen-backup/1"
MANIFEST = "manifest.json"
RESTORED = "restored"
MANIFEST_BYTES_MAX = 4 * 1024 * 1024
MEMBERS_MAX = 20_000
REBUILT = (".sqlite", ".sqlite-wal", ".sqlite-shm")  # made again from the packs
CHUNK_BYTES = 1024 * 1024
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._\-]{0,150}(/[0-9A-Za-z._\-]{1,150}){0,6}")


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds."""

    path: str
    size_bytes: int
    files: int
    made_at: datetime


def make_backup(node: "Node", target: Path, *, by: str, now: datetime) -> BackupReport:
    """Write and verify a backup of an open node; inside `using()`. Raises BackupRefused; leaves no half."""
    if not isinstance(node.database, EncryptedDatabase):
        raise BackupRefused("本站用的是 PostgreSQL。", "请用 pg_dump 备份数据库，再另外备份数据文件夹。")
    folder = node.settings.data_folder
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as scratch:
            copy = Path(scratch) / DATABASE_FILE
            node.database.copy_to(copy)
            _check_copy(copy, node.node_key)
            files = {DATABASE_FILE: copy, **_files_of(folder)}
            size = _write_tar(target, files, now)
    except OSError as error:
        raise BackupRefused(f"写不进 {target}：{error.strerror}。", "请检查空间和写保护后重试。") from error
    audit.record(by, "node.backed_up", target.name, now=now, files=len(files))
    return BackupReport(str(target), size, len(files), now)


def unpack(source: Path, folder: Path) -> None:
    """Lay the files of a backup into an empty folder, each checked; all of them, or none.

    Raises BackupRefused. `node.json` comes last.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} 不是空文件夹。", "请用 --dir 指定一个新的文件夹。")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    done: list[Path] = []
    try:
        with _opened(source) as tar:
            listed = _read_manifest(tar)
            done.append(folder / RESTORED)
            write_atomically(folder / RESTORED, b"")
            for name in sorted(listed, key=lambda name: name == FACTS_FILE):
                done.append(_take(tar, name, listed[name], folder))
    except (OSError, tarfile.TarError, KeyError) as error:
        _remove(done, folder)
        raise BackupRefused("备份文件读不出来，或中途断了。", "请换一份备份，或重新拷贝后再试。") from error
    except BackupRefused:
        _remove(done, folder)
        raise


def start_anew(data_folder: Path, *, now: datetime, below: Callable[[int], int] = secrets.randbelow) -> None:
    """At the first opening of a restored node: close its letter streams and begin a new terminal, so that
    no number, of a letter or a receipt, is used twice.

    With its tables in use. Does nothing on a node that was not restored. below: see `draw_terminal`.
    """
    mark = data_folder / RESTORED
    if not mark.exists():
        return
    with write():
        epochs.begin(secrets.token_hex(8), now)
        closed = OutStream.update(is_current=False).where(OutStream.is_current).execute()
        drawn = draw_terminal(below)
        today = local_day(now)
        for period in (str(today), f"〔{today.year}〕"):
            skip_ahead(period)
        audit.record("#restore", "node.restored", "", now=now, streams_closed=closed, terminal=drawn)
    mark.unlink()


def _check_copy(path: Path, key: bytes) -> None:
    try:
        with closing(_Closing(open_database(path, key))) as copy, using(copy.database):
            found = check_integrity(copy.database)
    except DatabaseRefused as error:
        raise BackupRefused("复制出来的数据库打不开。", "请运行 yimen doctor 检查本站数据库。") from error
    if found:
        raise BackupRefused(
            f"复制出来的数据库不完好：{found[0][:100]}。", "请运行 yimen doctor 检查本站数据库。"
        )


class _Closing:
    """A database that `closing` can close, connections of all threads included."""

    def __init__(self, database: Any) -> None:
        self.database = database

    def close(self) -> None:
        """Close every connection."""
        self.database.close_all()


def _files_of(folder: Path) -> dict[str, Path]:
    """The files beside the database, by their names in the backup."""
    single = {name: folder / name for name in (FACTS_FILE, VAULT_FILE, CLOCK_FILE)}
    found = {name: path for name, path in single.items() if path.is_file()}
    for room in (CATALOG_FOLDER, REPOSITORY_FOLDER):
        for path in sorted((folder / room).rglob("*")):
            name = path.relative_to(folder).as_posix()
            is_plain = path.is_file() and not path.is_symlink() and _NAME.fullmatch(name)
            if is_plain and path.suffix not in REBUILT:
                found[name] = path
    return found


def _write_tar(target: Path, files: dict[str, Path], now: datetime) -> int:
    """Write beside the target, read back, then put in place. Returns the size in bytes."""
    listed = {name: _facts_of(path) for name, path in files.items()}
    manifest = {"format": FORMAT, "made_at": moment_text(now), "files": listed}
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    handle, name = tempfile.mkstemp(prefix=".backup-", dir=target.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                _add(tar, MANIFEST, io.BytesIO(text), len(text))
                for member, path in files.items():
                    with path.open("rb") as content:
                        _add(tar, member, content, listed[member]["size"])
            file.flush()
            os.fsync(file.fileno())
        _verify(draft)
        os.replace(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    return target.stat().st_size


def _add(tar: tarfile.TarFile, name: str, content: Any, size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, content)


def _verify(path: Path) -> None:
    """Read a backup as a restore would. Raises BackupRefused."""
    with _opened(path) as tar:
        for name, facts in _read_manifest(tar).items():
            for _ in _checked_pieces(tar, name, facts):
                pass


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    with tarfile.open(path, "r:") as tar:
        yield tar


def _read_manifest(tar: tarfile.TarFile) -> dict[str, dict[str, Any]]:
    """The files a backup says it holds, each name plain and each fact of the right kind."""
    member = tar.getmember(MANIFEST)
    content = tar.extractfile(member) if member.isreg() and member.size <= MANIFEST_BYTES_MAX else None
    try:
        manifest = json.loads(content.read()) if content else {}
        listed = manifest["files"]
        is_ours = manifest["format"] == FORMAT and len(listed) <= MEMBERS_MAX
        is_plain = all(_NAME.fullmatch(name) and ".." not in name for name in listed)
        is_whole = {FACTS_FILE, VAULT_FILE, DATABASE_FILE} <= set(listed)
        typed = all(isinstance(f["size"], int) and isinstance(f["sha256"], str) for f in listed.values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BackupRefused("这不是一门驿站的备份文件。", "请选择 yimen backup 写出的文件。") from error
    if not (is_ours and is_plain and is_whole and typed):
        raise BackupRefused("备份文件的清单不对。", "请选择 yimen backup 写出的文件。")
    return dict(listed)


def _take(tar: tarfile.TarFile, name: str, facts: dict[str, Any], folder: Path) -> Path:
    """One file into the folder, its hash checked. Raises BackupRefused."""
    path = folder / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("xb") as file:
            os.chmod(draft, 0o600)
            for piece in _checked_pieces(tar, name, facts):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _checked_pieces(tar: tarfile.TarFile, name: str, facts: dict[str, Any]) -> Iterator[bytes]:
    """The bytes of a member; the end raises BackupRefused when they were not the ones listed."""
    member = tar.getmember(name)
    content = tar.extractfile(member) if member.isreg() else None
    digest = hashlib.sha256()
    while content is not None and (piece := content.read(CHUNK_BYTES)):
        digest.update(piece)
        yield piece
    if member.size != facts["size"] or digest.hexdigest() != facts["sha256"]:
        raise BackupRefused(f"备份中的 {name} 已损坏。", "请换一份备份，或重新拷贝后再试。")


def _facts_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _remove(files: list[Path], folder: Path) -> None:
    for path in files:
        path.unlink(missing_ok=True)
    for room in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        room.rmdir()
