"""What the city signed since, waiting at this county: fetched or brought, checked, not in force yet.

It lies in a folder beside the county's own signed files and comes into force in one step with the county's
next version, so that no station ever meets a base that its county's pack does not lie over.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tuf.api.metadata import Root

from catalog_cache.distribution.city import COUNTIES
from catalog_cache.distribution.handed import fetch_handover, unpack_handover
from catalog_cache.distribution.publish import Repository
from catalog_cache.distribution.sources import HttpSource, Source
from catalog_cache.errors import BadHandover, SourceUnreachable
from catalog_cache.files import AlreadyHeld, only_one, write_whole
from catalog_cache.layering.layer_files import BASE
from catalog_cache.model import Level
from catalog_cache.pack import PackMeta, open_pack
from catalog_cache.signatures.handover import Handover, read_handover
from catalog_cache.signatures.shelf import (
    METADATA,
    TARGETS,
    newest_version,
    read_role,
    role_name,
    role_path,
    shelve_target,
)
from station.chores import session_for
from station.hall.publishing import base
from station.hall.publishing.errors import NoNews
from sync import budget

if TYPE_CHECKING:
    from station.node import Node

FOLDER = "from-city"


@dataclass(frozen=True)
class News:
    """What waits here. version: of the city's signed file; expires: until when it holds; base: the city's
    pack in it, b"" for none; meta: its first line, None for none."""

    version: int
    expires: datetime
    base: bytes
    meta: PackMeta | None

    @property
    def base_sha256(self) -> str:
        """SHA-256 (hex) of the base; "" for none."""
        return sha256(self.base).hexdigest() if self.base else ""


def look_at_city(node: "Node") -> bool:
    """The same as `look`, at the address of the hall above this county. Raises what `look` raises."""
    if not node.facts.parent_url:
        raise SourceUnreachable("本县没有填写市级的网址。")
    address = f"{node.facts.parent_url}/catalog/{COUNTIES}/{node.facts.division}"
    source = HttpSource.at(address, session_for(node))
    try:
        return look(Repository(node.repository_folder), source)
    finally:
        budget.note(node.clock.now(), 0, source.bytes_read)


def look(repository: Repository, source: Source) -> bool:
    """Fetch what the city signed since; False when there is nothing newer.

    Raises BadHandover, SourceUnreachable, UpdateRefused, PublishRefused, BadPack.
    """
    _require_root(repository)
    with _room(repository) as made:
        held = [repository.folder, _folder(repository)]
        return fetch_handover(source, held, made) and _keep(repository, made)


def receive(repository: Repository, data: bytes) -> bool:
    """Take the one file that a city wrote for a stick; False when it is not newer than what is here.

    Raises BadHandover, PublishRefused, BadPack.
    """
    _require_root(repository)
    with _room(repository) as made:
        unpack_handover(data, made)
        return _keep(repository, made)


def bring(repository: Repository, folder: Path) -> bool:
    """The same from a folder, such as the one that the city signs into."""
    _require_root(repository)
    return _keep(repository, folder)


def waiting(repository: Repository) -> News | None:
    """What is newer than the city's file in force here; None for nothing. Raises BadHandover, BadPack."""
    taken = _waiting(repository)
    if taken is None:
        return None
    data, targets = taken.files.get(BASE, b""), taken.authority.targets
    return News(targets.version, targets.expires, data, open_pack(data).meta if data else None)


def take_over(repository: Repository, *, by: str, now: datetime) -> None:
    """Lay the draft over the base that waits. Raises NoNews, BadHandover, BadPack."""
    news = waiting(repository)
    if news is None or not news.base:
        raise NoNews
    # on the county's own shelf it can be previewed and compared; nothing signed names it there yet
    shelve_target(repository.folder, BASE, news.base, write_whole)
    base.follow(news.base, by=by, now=now)


def to_sign_with(repository: Repository, base_sha256: str) -> Path | None:
    """The folder to publish together with the county's next signature.

    base_sha256: the base that the signed pack lies over. None when nothing waits, or with another base.
    """
    news = waiting(repository)
    return _folder(repository) if news is not None and news.base_sha256 == base_sha256 else None


@contextmanager
def _room(repository: Repository) -> Iterator[Path]:
    """An empty folder for one arrival at a time; what a cut-off one left is cleared away."""
    try:
        with only_one(repository.folder / f".{FOLDER}"):
            for left in repository.folder.glob(f".{FOLDER}-*"):
                shutil.rmtree(left, ignore_errors=True)
            with TemporaryDirectory(dir=repository.folder, prefix=f".{FOLDER}-") as made:
                yield Path(made)
    except AlreadyHeld as error:
        raise BadHandover("另一个程序正在接收市级文件，请稍等片刻再试。") from error


def _waiting(repository: Repository) -> Handover | None:
    folder, now = _folder(repository), repository.in_force()
    if now is None or not newest_version(folder, "targets"):
        return None
    held = now.snapshot.meta["targets.json"].version
    roots = (newest_version(folder, "root"), newest_version(repository.folder, "root"))
    if newest_version(folder, "targets") <= held and roots[0] <= roots[1]:
        return None
    return read_handover(folder, read_role(repository.folder, Root, "root").signed)


def _keep(repository: Repository, folder: Path) -> bool:
    """Check a folder of the city's and keep it; its targets.json comes last, and decides."""
    taken = read_handover(folder, read_role(repository.folder, Root, "root").signed)
    if taken.authority.code != repository.county_code():
        raise BadHandover("这是市级给另一个县（市、区）的文件。")
    version, place = taken.authority.targets.version, _folder(repository)
    known = [newest_version(one, "targets") for one in (repository.folder, place)]
    if version < max(known) or (version == max(known) and not taken.roots):
        return False
    meta = _checked_meta(taken.files)
    for number in range(1, newest_version(folder, "root") + 1):
        write_whole(role_path(place, "root", number), role_path(folder, "root", number).read_bytes())
    names = [shelve_target(place, path, data, write_whole).path for path, data in taken.files.items()]
    assert set(names) == set(taken.files), "each file lies under its own path"
    write_whole(place / METADATA / role_name("targets", version), taken.targets)
    _drop_others(place, taken)
    base.announce(sha256(taken.files[BASE]).hexdigest() if meta else "")
    return True


def _checked_meta(files: Mapping[str, bytes]) -> PackMeta | None:
    """The first line of the base. Raises BadHandover unless it is a city's and newer than the one held."""
    if BASE not in files:
        return None
    meta, held = open_pack(files[BASE]).meta, base.held()
    if meta.source.level is not Level.CITY:
        raise BadHandover(f"市级目录包的发布方是 {meta.publisher}，不是市。")
    if held is not None and meta.version < held.source.version:
        raise BadHandover(f"市级目录是第 {meta.version} 版，本县已用到第 {held.source.version} 版。")
    return meta


def _drop_others(place: Path, taken: Handover) -> None:
    """Only what the newest file lists is kept; the rest can be had from the county's own shelf."""
    wanted = {sha256(data).hexdigest() for data in taken.files.values()}
    for path in (place / TARGETS).rglob("*"):
        if path.is_file() and path.name.partition(".")[0] not in wanted:
            path.unlink(missing_ok=True)


def _folder(repository: Repository) -> Path:
    return repository.folder / FOLDER


def _require_root(repository: Repository) -> None:
    if not newest_version(repository.folder, "root"):
        raise BadHandover(
            "本县还没有接收过市级交接文件；第一次须当面核对根证书指纹（yimen catalog keys adopt）。"
        )
