"""The city's side of distribution: a folder of signed files for each county it named, and the base in each.

    counties/440205000000/metadata/  1.root.json … 4.targets.json
    counties/440205000000/targets/   city/<sha256>.base.jsonl …

Each county has a root of its own, as each signs its own snapshot and timestamp; the city's word is the
same in all of them. A publication puts the pack on each shelf and then, in one step, the next
targets.json: whoever reads a folder at any moment finds the old base or the new one. Cut off between
two counties, the same call ends it.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from securesystemslib.signer import Signer
from tuf.api.metadata import Root, TargetFile, Targets

from catalog_cache.distribution.publish import signing_alone
from catalog_cache.errors import BadPack, PublishRefused, UpdateRefused
from catalog_cache.files import NotAFile, write_whole
from catalog_cache.layering.layer_files import BASE
from catalog_cache.pack import PackMeta, open_pack
from catalog_cache.signatures.ceremony import renew_city
from catalog_cache.signatures.handover import whole_target
from catalog_cache.signatures.metadata import require_signatures
from catalog_cache.signatures.shelf import TARGETS, newest_version, read_role
from catalog_cache.signatures.signing import county_role

COUNTIES = "counties"
COUNTIES_MAX = 64
_CODE = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class CountyFolder:
    """What the city signed for one county. version, expires: of its targets.json; is_revoked: the county
    may publish no more."""

    code: str
    folder: Path
    version: int
    expires: datetime
    files: Mapping[str, TargetFile]
    is_revoked: bool = False

    @property
    def base_sha256(self) -> str:
        """SHA-256 (hex) of the base that counts there; "" for none."""
        target = self.files.get(BASE)
        return target.hashes["sha256"] if target else ""


def is_county_code(text: str) -> bool:
    """Whether this can be the name of a county's folder."""
    return _CODE.fullmatch(text) is not None


class CityRepository:
    """The folders of all counties below one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def counties(self) -> list[CountyFolder]:
        """Every county's folder, its signatures checked, in code order. Raises PublishRefused."""
        found = [path for path in sorted(self.folder.glob("*")) if is_county_code(path.name)]
        if len(found) > COUNTIES_MAX:
            raise PublishRefused(f"{self.folder.name} 里超过 {COUNTIES_MAX} 个县的文件夹。")
        return [_read(path) for path in found if newest_version(path, "targets")]

    def named(self) -> list[CountyFolder]:
        """The counties that may publish at present. Raises PublishRefused."""
        return [county for county in self.counties() if not county.is_revoked]

    def lists(self, digest: str) -> bool:
        """Whether some county's folder has this base in force. digest: SHA-256, hex."""
        return any(county.base_sha256 == digest for county in self.counties())

    def base(self, digest: str) -> bytes:
        """A base that some county's folder has in force, checked. Raises PublishRefused."""
        for county in self.counties():
            if county.base_sha256 == digest:
                return _whole(county, county.files[BASE])
        raise PublishRefused("没有签过这一版市级目录。", "请先签发。")

    def contents(self, path: str) -> list[bytes]:
        """One of the city's files as it counts in each county's folder that has it. Raises PublishRefused."""
        return [_whole(county, county.files[path]) for county in self.counties() if path in county.files]

    def beside(self, digest: str, path: str) -> bytes | None:
        """One of the city's files as it was signed together with a base; None for none. digest: of the base,
        SHA-256, hex. Raises PublishRefused."""
        for county in self.counties():
            if county.base_sha256 == digest and path in county.files:
                return _whole(county, county.files[path])
        return None

    def number_in_force(self) -> int:
        """The highest version of a base that counts anywhere; 0 before the first."""
        return max((_meta_in(county).version for county in self.counties() if county.base_sha256), default=0)

    def publish(
        self,
        files: Mapping[str, bytes],
        signers: Sequence[Signer],
        now: datetime,
        *,
        is_clock_checked: bool = False,
        only: Collection[str] | None = None,
    ) -> list[str]:
        """Sign these files of the city for every county that does not have them; returns their codes.

        files: path ("city/base.jsonl") to content; empty renews the signatures alone. only: codes, None
        for all. Nothing is written before every folder was looked at. Raises PublishRefused.
        """
        with signing_alone(self.folder):
            counties = [one for one in self.named() if only is None or one.code in only]
            if not counties:
                raise PublishRefused("还没有授权任何县。", "请先为县举行密钥仪式，见 docs/key-drill.md。")
            for county in counties:
                _require_newer(county, files)
            behind = [one for one in counties if not files or not _has(one, files)]
            for county in behind:
                _lay_compressed(behind[0].folder, county.folder, files)
                renew_city(county.folder, signers, files, now, is_clock_checked=is_clock_checked)
        return [county.code for county in behind]


def _read(folder: Path) -> CountyFolder:
    """One county's folder. Raises PublishRefused unless its files are signed as its root says."""
    root = read_role(folder, Root, "root").signed
    metadata = read_role(folder, Targets, "targets")
    try:
        require_signatures(root, "targets", metadata)
    except UpdateRefused as error:
        why = f"{folder.name} 的市级文件不是根证书里的密钥所签。"
        raise PublishRefused(why, "请从备份恢复这个文件夹，或重新续签。") from error
    city = metadata.signed
    roles = city.delegations.roles if city.delegations else None
    if roles and county_role(folder.name) not in roles:
        raise PublishRefused(f"文件夹 {folder.name} 里是另一个县的文件。", "请把文件夹改回该县的区划编码。")
    return CountyFolder(folder.name, folder, city.version, city.expires, dict(city.targets), not roles)


def _has(county: CountyFolder, files: Mapping[str, bytes]) -> bool:
    held = {path: target.hashes["sha256"] for path, target in county.files.items()}
    return all(held.get(path) == sha256(data).hexdigest() for path, data in files.items())


def _lay_compressed(made: Path, folder: Path, files: Mapping[str, bytes]) -> None:
    """Compressing takes longest, so every county gets what was compressed for the first."""
    for path, data in files.items():
        room, _, name = path.rpartition("/")
        place = Path(TARGETS, room, f"{sha256(data).hexdigest()}.{name}.xz")
        if (made / place).is_file() and not (folder / place).exists():
            write_whole(folder / place, (made / place).read_bytes())


def _require_newer(county: CountyFolder, files: Mapping[str, bytes]) -> None:
    """Refuse a base that is another publisher's, or no newer than the one in force."""
    data = files.get(BASE)
    if data is None:
        return
    try:
        meta = open_pack(data).meta
    except BadPack as error:
        raise PublishRefused(error.why) from error
    if not meta.publisher.startswith("city-"):
        raise PublishRefused(f"市级目录包的发布方是 {meta.publisher}，不是市。")
    if not county.base_sha256 or county.base_sha256 == sha256(data).hexdigest():
        return
    held = _meta_in(county)
    if held.publisher != meta.publisher:
        raise PublishRefused(f"{county.code} 现行的市级目录由 {held.publisher} 发布，不是 {meta.publisher}。")
    if meta.version <= held.version:
        raise PublishRefused(f"{county.code} 已签到第 {held.version} 版，不能再签第 {meta.version} 版。")


def _meta_in(county: CountyFolder) -> PackMeta:
    return open_pack(_whole(county, county.files[BASE])).meta


def _whole(county: CountyFolder, target: TargetFile) -> bytes:
    try:
        return whole_target(county.folder, target)
    except (NotAFile, OSError, UpdateRefused) as error:
        why = f"{county.code} 已签的 {target.path} 缺失或被改动。"
        raise PublishRefused(why, "请从备份恢复发布文件夹。") from error
