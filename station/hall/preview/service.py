"""Building what a station would build: the county's pack over the city's, under the township's.

The same code as at a station lays the layers and writes the search file; only the pack of the draft is
not signed. A few of these files are kept, so that going from page to page builds nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from catalog_cache.calendar.workdays import WorkCalendar
from catalog_cache.errors import BadPack, BuildFailed, LayersClash
from catalog_cache.installed.build import LAYOUT, build
from catalog_cache.installed.cache import laid
from catalog_cache.installed.catalog import Catalog
from catalog_cache.layering.layer_files import township_file, township_of
from catalog_cache.opening import Days
from catalog_cache.pack import PackMeta, open_pack, write_pack
from catalog_cache.signatures.shelf import TARGETS
from catalog_cache.signatures.signing import county_path
from station.hall.publishing import base, draft, release, towns
from station.hall.publishing.desk import Desk
from station.hall.publishing.errors import DraftMoving
from station.hall.publishing.release import VALID_DAYS
from station.hall.versions import withdrawn
from station.hall.versions.contents import DRAFT, city_pack
from station.hall.versions.errors import NothingToPreview

KEPT_MAX = 4
TRIES_MAX = 5
_building = Lock()


@dataclass(frozen=True)
class Wanted:
    """What to show. which: "draft" or a version; division: of the station, 12 digits; day: None for today."""

    which: str
    division: str
    day: date | None


@contextmanager
def previewed(desk: Desk, wanted: Wanted, folder: Path, today: date, now: datetime) -> Iterator[Catalog]:
    """The catalog of a station of that division on that day. folder: where such files are kept.

    Raises NotPublished, NothingToPreview, DraftMoving.
    """
    with _building:  # opened in here too, lest another's preview make room by taking this file away
        catalog = Catalog(_built(desk, wanted, folder, now), WorkCalendar)
    try:
        yield catalog.on(Days.of(wanted.day or today))
    finally:
        catalog.close()


def _built(desk: Desk, wanted: Wanted, folder: Path, now: datetime) -> Path:
    """The file, made when it is not there yet: of words that nobody changed while they were read."""
    township = township_of(wanted.division)
    for _ in range(TRIES_MAX):
        path = folder / f"{_key(desk, wanted.which, township)}.sqlite"
        if path.exists():
            path.touch()
            return path
        county = _county_pack(desk, wanted.which, now)
        above, town = _above(desk, county), _town(desk, wanted.which, county, township)
        if path.name == f"{_key(desk, wanted.which, township)}.sqlite":
            _build(county, [data for data in (above, town) if data], path)
            return path
    raise DraftMoving


def _build(county: bytes, layers: list[bytes], path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for half_made in path.parent.glob(".*"):
        half_made.unlink(missing_ok=True)  # by a build that a power cut ended: one is made at a time
    try:
        build(laid(open_pack(county), layers), path)
    except (BadPack, LayersClash, BuildFailed) as error:
        raise NothingToPreview(error.why, "请先改正“检查”和“上级目录”里列出的问题。") from error
    _tidy(path.parent)


def _county_pack(desk: Desk, which: str, now: datetime) -> bytes:
    return _draft_pack(desk, now) if which == DRAFT else release.pack_bytes(desk, _number(which))


def _key(desk: Desk, which: str, township: str) -> str:
    """What the file is named by: the same words give the same file, whenever they are looked at."""
    if which == DRAFT:
        said = f"{draft.fingerprint()} {release.last_number()}"
    else:
        said = sha256(release.pack_bytes(desk, _number(which))).hexdigest()
    return sha256(f"{LAYOUT} {which} {said} {township} {desk.division}".encode()).hexdigest()[:32]


def _draft_pack(desk: Desk, now: datetime) -> bytes:
    """The pack as it would be signed now. Raises NothingToPreview."""
    above = base.held()
    items, packages = draft.contents()
    own, changes = base.split(items)
    latest = release.last_number()
    meta = PackMeta(
        publisher=desk.publisher,
        publisher_name=desk.name,
        version=latest + 1,
        published_at=now.replace(microsecond=0),
        valid_until=(now + VALID_DAYS).replace(microsecond=0),
        base=above.sha256 if above else "",
        withdrawal=withdrawn.told(draft.fingerprint(), latest),
    )
    try:
        return write_pack(meta, own, packages, changes)
    except BadPack as error:
        raise NothingToPreview(error.why, "请先改正“检查”里列出的问题。") from error


def _above(desk: Desk, county: bytes) -> bytes | None:
    digest = open_pack(county).meta.base
    if not digest:
        return None
    data = city_pack(desk, digest)
    if data is None:
        raise NothingToPreview("这一版所依的市级目录没有留存。", "请选更近的版本。")
    return data


def _town(desk: Desk, which: str, county: bytes, township: str) -> bytes | None:
    """What the township says in the draft, or said in that version; None for nothing."""
    meta = open_pack(county).meta
    if not township:
        return None
    if which == DRAFT:
        return towns.files(meta).get(township_file(township))
    folder = desk.repository.folder / TARGETS / county_path(desk.division, "x")
    for path in sorted(folder.parent.glob(f"*.{township_file(township)}")):
        with suppress(OSError, BadPack):
            data = path.read_bytes()
            is_named = sha256(data).hexdigest() == path.name.partition(".")[0]
            if is_named and open_pack(data).meta.version == meta.version:
                return data
    return None


def _tidy(folder: Path) -> None:
    """Keep the files looked at last."""
    found = sorted(folder.glob("*.sqlite"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found[KEPT_MAX:]:
        with suppress(OSError):
            path.unlink()


def _number(which: str) -> int:
    return int(which) if which.isdecimal() and len(which) <= 9 else 0
