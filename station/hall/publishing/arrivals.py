"""What the city signed since, waiting at this county: fetched or brought, checked, not in force yet.

    repository/from-city/4-1/        the newest such files, by the city's version and the root's

It lies in a folder beside the county's own signed files and comes into force in one step with the county's
next version, so that no station ever meets a base that its county's pack does not lie over. Each arrival is
laid and checked in a room of its own and gets its name in one step, so that there is never half of one.
"""

import logging
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tuf.api.metadata import Root, Targets

from catalog_cache.distribution.city import COUNTIES
from catalog_cache.distribution.handed import fetch_handover
from catalog_cache.distribution.handed_zip import HandoverZip
from catalog_cache.distribution.publish import Repository
from catalog_cache.distribution.sources import HttpSource, Source
from catalog_cache.errors import BadHandover, SourceUnreachable
from catalog_cache.files import AlreadyHeld, NotAFile, only_one, read_plain, sync_folder, write_whole
from catalog_cache.layering.layer_files import BASE
from catalog_cache.model import Level
from catalog_cache.pack import PACK_BYTES_MAX, PackMeta, open_pack
from catalog_cache.signatures.handover import Handover, read_handover
from catalog_cache.signatures.shelf import (
    FROM_CITY,
    METADATA,
    TARGETS,
    newest_version,
    read_role,
    role_name,
    role_path,
    shelve_target,
    target_name,
)
from station.chores import session_for
from station.hall.publishing import base
from station.hall.publishing.errors import BaseMoved, NoNews
from sync import budget

if TYPE_CHECKING:
    from station.node import Node

log = logging.getLogger("station.publishing")
_NAME = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


@dataclass(frozen=True)
class News:
    """What waits here. version: of the city's signed file; expires: until when it holds; base: the city's
    pack in it, b"" for none; meta: its first line, None for none; files: all of them, by path."""

    version: int
    expires: datetime
    base: bytes
    meta: PackMeta | None
    files: Mapping[str, bytes]

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
        held = [repository.folder, *_arrived(repository)[:1]]
        is_newer = fetch_handover(source, held, made) and _keep(repository, made)
    _announce(repository)
    return is_newer


def receive(repository: Repository, brought: HandoverZip) -> bool:
    """Take the signed files out of a ZIP that a city wrote; False when they are not newer than those here.

    Raises BadHandover, PublishRefused, BadPack.
    """
    _require_root(repository)
    with _room(repository) as made:
        brought.lay(made)
        is_newer = _keep(repository, made)
    _announce(repository)
    return is_newer


def bring(repository: Repository, folder: Path) -> bool:
    """The same from a folder, such as the one that the city signs into."""
    _require_root(repository)
    with _room(repository):
        is_newer = _keep(repository, folder)
    _announce(repository)
    return is_newer


def waiting(repository: Repository) -> News | None:
    """What is newer than the city's file in force here; None for nothing. Raises BadPack, PublishRefused."""
    found = _waiting(repository)
    return _news(found[1]) if found else None


def offered(repository: Repository) -> News | None:
    """The base that the draft could be laid over now: one that waits, or the one in force at a county that
    left it. None when the draft lies over the newest already. Raises BadHandover, BadPack, PublishRefused.
    """
    held, news = base.held(), waiting(repository)
    if news is None and held is None and base.has_left():
        in_force = repository.city_file(BASE)
        if in_force is not None:
            meta = open_pack(in_force).meta
            targets = read_role(repository.folder, Targets, "targets").signed
            news = News(targets.version, targets.expires, in_force, meta, {BASE: in_force})
    is_new = news is not None and news.base and (held is None or news.base_sha256 != held.sha256)
    return news if is_new else None


def take_over(repository: Repository, *, seen: str = "", by: str, now: datetime) -> None:
    """Lay the draft over the base that waits.

    seen: SHA-256 (hex) of the base that this person read about, "" for any. Raises NoNews, BaseMoved,
    BadHandover, BadPack, PublishRefused.
    """
    news, held = offered(repository), base.held()
    if news is None and seen and held is not None and held.sha256 == seen:
        return  # a colleague was quicker
    if news is None:
        raise NoNews
    if seen and seen != news.base_sha256:
        raise BaseMoved
    # on the county's own shelf it can be previewed and compared; nothing signed names it there yet
    shelve_target(repository.folder, BASE, news.base, write_whole)
    base.follow(news.base, by=by, now=now)


def to_sign_with(repository: Repository, base_sha256: str) -> Path | None:
    """The folder to publish together with the county's next signature.

    base_sha256: the base that the signed pack lies over, "" for none, which fits any. None when nothing
    waits, or another base.
    """
    found = _waiting(repository)
    if found is None:
        return None
    fits = _news(found[1]).base_sha256 == base_sha256 or (not base_sha256 and base.has_left())
    return found[0] if fits else None


def kept_base(repository: Repository, digest: str) -> bytes:
    """A base among the county's signed files, in force or not; b"" when it is not there whole."""
    folder, _, name = BASE.rpartition("/")
    try:
        data = read_plain(repository.folder, f"{TARGETS}/{folder}/{digest}.{name}", PACK_BYTES_MAX)
    except (NotAFile, OSError):
        return b""
    return data if sha256(data).hexdigest() == digest else b""


@contextmanager
def _room(repository: Repository) -> Iterator[Path]:
    """An empty folder for one arrival at a time; what a cut-off one left, or went bad, is cleared away."""
    try:
        with only_one(repository.folder / f".{FROM_CITY}"):
            for left in repository.folder.glob(f".{FROM_CITY}-*"):
                shutil.rmtree(left, ignore_errors=True)
            for folder in _arrived(repository):
                if _read(repository, folder) is None:
                    shutil.rmtree(folder, ignore_errors=True)
            with TemporaryDirectory(dir=repository.folder, prefix=f".{FROM_CITY}-") as made:
                yield Path(made)
    except AlreadyHeld as error:
        raise BadHandover("另一个程序正在接收市级文件，请稍等片刻再试。") from error


def _arrived(repository: Repository) -> list[Path]:
    """The folders of arrivals, the newest first; there is more than one only for a moment."""
    found = [(match, path) for path in _folder(repository).glob("*") if (match := _NAME.fullmatch(path.name))]
    found.sort(key=lambda one: (int(one[0][1]), int(one[0][2])), reverse=True)
    return [path for _, path in found]


def _waiting(repository: Repository) -> tuple[Path, Handover] | None:
    """The newest arrival, if it is newer than what is in force here, and where it lies."""
    now = repository.in_force()
    for folder in _arrived(repository)[:1] if now else ():
        assert now is not None, "looked at in the line above"
        held = now.snapshot.meta["targets.json"].version
        roots = (newest_version(folder, "root"), newest_version(repository.folder, "root"))
        if newest_version(folder, "targets") > held or roots[0] > roots[1]:
            taken = _read(repository, folder)
            return (folder, taken) if taken else None
    return None


def _read(repository: Repository, folder: Path) -> Handover | None:
    """An arrival, checked; None for one that went bad on the disk, or that a newer one just replaced.

    The next arrival clears a bad one away, and so brings it again.
    """
    try:
        return read_handover(folder, read_role(repository.folder, Root, "root").signed)
    except BadHandover as error:
        log.warning("%s: %s", folder.name, error.why)
        return None


def _news(taken: Handover) -> News:
    data, targets = taken.files.get(BASE, b""), taken.authority.targets
    return News(targets.version, targets.expires, data, open_pack(data).meta if data else None, taken.files)


def _keep(repository: Repository, folder: Path) -> bool:
    """Check a folder of the city's and keep what counts of it, in one step."""
    taken = read_handover(folder, read_role(repository.folder, Root, "root").signed)
    if taken.authority.code != repository.county_code():
        raise BadHandover("这是市级给另一个县（市、区）的文件。")
    version, root = taken.authority.targets.version, taken.authority.root.version
    known = [newest_version(one, "targets") for one in (repository.folder, *_arrived(repository))]
    is_old = version < max(known) or (version == max(known) and not _has_new_root(repository, root))
    if is_old:
        return False
    _require_next(taken.files)
    with TemporaryDirectory(dir=repository.folder, prefix=f".{FROM_CITY}-") as room:
        made = Path(room) / "made"
        _lay(repository, taken, made)
        _switch_to(repository, made, f"{version}-{root}")
    return True


def _has_new_root(repository: Repository, root: int) -> bool:
    known = [newest_version(one, "root") for one in (repository.folder, *_arrived(repository))]
    return root > max(known)


def _lay(repository: Repository, taken: Handover, made: Path) -> None:
    """What was checked, and nothing else that lay in the folder; plain, as compressing takes seconds."""
    held = newest_version(repository.folder, "root")
    write_whole(role_path(made, "root", held), repository.root_json())
    for number, data in taken.roots.items():
        write_whole(role_path(made, "root", number), data)
    for path, target in taken.authority.targets.targets.items():
        write_whole(made / TARGETS / target_name(target), taken.files[path])
    name = role_name("targets", taken.authority.targets.version)
    write_whole(made / METADATA / name, taken.targets)


def _switch_to(repository: Repository, made: Path, name: str) -> None:
    place = _folder(repository)
    place.mkdir(exist_ok=True)
    older = _arrived(repository)
    made.rename(place / name)
    sync_folder(place)
    for folder in older:
        shutil.rmtree(folder, ignore_errors=True)


def _require_next(files: Mapping[str, bytes]) -> None:
    """Refuse a base that is not a city's, another city's, an older one, or a second of its number."""
    if BASE not in files:
        return
    meta, held = open_pack(files[BASE]).meta, base.held()
    if meta.source.level is not Level.CITY:
        raise BadHandover(f"市级目录包的发布方是 {meta.publisher}，不是市。")
    if held is None:
        return
    if meta.publisher != held.source.publisher:
        raise BadHandover(f"市级目录包的发布方是 {meta.publisher}，本县用的是 {held.source.publisher} 的。")
    if meta.version < held.source.version:
        raise BadHandover(f"市级目录是第 {meta.version} 版，本县已用到第 {held.source.version} 版。")
    if meta.version == held.source.version and sha256(files[BASE]).hexdigest() != held.sha256:
        raise BadHandover(f"有两份不同的市级目录都称第 {meta.version} 版，请与市级核对。")


def _announce(repository: Repository) -> None:
    """Tell the desk what waits; also when a cut kept the last arrival from being told."""
    news = waiting(repository)
    base.announce(news.base_sha256 if news else "")


def _folder(repository: Repository) -> Path:
    return repository.folder / FROM_CITY


def _require_root(repository: Repository) -> None:
    if not newest_version(repository.folder, "root"):
        raise BadHandover(
            "本县还没有接收过市级交接文件；第一次须当面核对根证书指纹（yimen catalog keys adopt）。"
        )
