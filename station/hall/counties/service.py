"""The counties of a city: which base is signed for each, until when, and the file that goes there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from catalog_cache.distribution.city import CountyFolder
from catalog_cache.distribution.handed_zip import Packed, write_handover
from catalog_cache.distribution.sample_files import PackFiles, wanted_files
from catalog_cache.divisions import Divisions
from catalog_cache.signatures.shelf import FILES
from station.hall.counties.errors import CountyMissing
from station.hall.publishing import release
from station.hall.publishing.desk import Desk
from station.hall.publishing.models import Version
from station.hall.samples.shelf import sizes


@dataclass(frozen=True)
class CountyLine:
    """One county. base: the version signed for it, 0 for none, None for one that this desk did not publish;
    is_behind: the version in force is not signed for it yet."""

    code: str
    name: str
    version: int
    expires: datetime
    base: int | None
    is_behind: bool
    is_revoked: bool


def lines(desk: Desk, divisions: Divisions, versions: Sequence[Version]) -> list[CountyLine]:
    """Every county with a folder here. versions: published ones, newest first. Raises PublishRefused."""
    numbers = {version.sha256: version.number for version in versions}
    latest = versions[0].sha256 if versions else ""
    return [_line(county, divisions, numbers, latest) for county in desk.city.counties()]


@dataclass(frozen=True)
class Samples:
    """The samples and forms of the version in force. missing: names of those that do not lie here whole."""

    files: int
    bytes: int
    missing: tuple[str, ...]


def samples(desk: Desk, versions: Sequence[Version]) -> Samples:
    """What goes along in each county's file. versions: published ones, newest first. Raises NotPublished."""
    pack = release.pack_bytes(desk, versions[0].number) if versions else b""
    named, held = wanted_files(PackFiles(pack)), sizes(desk.repository.folder)
    here = [file for file in named if held.get(file.sha256) == file.size]
    missing = tuple(file.name for file in named if held.get(file.sha256) != file.size)
    return Samples(len(here), sum(file.size for file in here), missing)


def write_handover_of(desk: Desk, code: str, out: IO[bytes]) -> Packed:
    """All that a county takes with it, into one empty file. Raises CountyMissing, PublishRefused."""
    for county in desk.city.counties():
        if county.code == code:
            return write_handover(county.folder, desk.repository.folder / FILES, out)
    raise CountyMissing(code)


def _line(county: CountyFolder, divisions: Divisions, numbers: dict[str, int], latest: str) -> CountyLine:
    digest = county.base_sha256
    return CountyLine(
        county.code,
        divisions.get(county.code).name if county.code in divisions else county.code,
        county.version,
        county.expires,
        numbers.get(digest) if digest else 0,
        bool(latest) and digest != latest and not county.is_revoked,
        county.is_revoked,
    )
