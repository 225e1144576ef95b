"""The station's side: take a newer catalog when there is one, and never a worse one.

Strict at the door, lenient inside: nothing older, altered or stale gets in; what is in stays in use
however old it grows. Beside the metadata lies, for each pack installed, its *proof*: the signed
words under which it came, so that a start without any link can check the pack once more.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from tuf.api.metadata import TargetFile

from catalog_cache.calendar.holidays import combined, read_table, write_table
from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.sources import FolderSource, HttpSource, Source
from catalog_cache.errors import BadPack, CatalogError, SourceUnreachable, UnknownVersion, UpdateRefused
from catalog_cache.files import NotAFile, read_plain, write_whole
from catalog_cache.layering.layer_files import BASE, is_of_another_township, layer_paths
from catalog_cache.pack import PACK_BYTES_MAX, open_pack
from catalog_cache.signatures.metadata import BYTES_MAX
from catalog_cache.signatures.shelf import PACK_SUFFIX, marked_version, role_name
from catalog_cache.signatures.signing import county_path
from catalog_cache.signatures.trust import Trust, check_target

PACK = "pack.jsonl"
HOLIDAYS_FILE = "holidays.json"
HOLIDAYS = f"city/{HOLIDAYS_FILE}"
SMALL_FILE_BYTES_MAX = 8 * 1024 * 1024
PROOFS_KEPT = 2
_PROOF_BYTES_MAX = 16 * 1024 * 1024
_TOP = ("timestamp", "snapshot", "targets")
_SMALL_FILE = re.compile(r"(city|county/[0-9]{12})/[a-z0-9][a-z0-9._-]{0,63}")


class State(StrEnum):
    """How an attempt to update ended."""

    NEW = "new"
    CURRENT = "current"
    REFUSED = "refused"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """One attempt. version: of the catalog in use afterwards, 0 for none; why: Chinese, "" when all is
    well; attested_at: the latest time the accepted signatures vouch for, for the clock."""

    state: State
    version: int
    requests: int
    bytes: int
    why: str = ""
    next_step: str = ""
    attested_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check without a link found. why: Chinese, "" when the pack is proved."""

    is_proved: bool
    why: str = ""


class Installed(Protocol):
    """The catalog in use, as far as an update looks at it."""

    @property
    def version(self) -> int:
        """Its version."""


class Cache(Protocol):
    """What an update needs of `CatalogCache`."""

    def current(self) -> Installed | None:
        """The catalog in use."""

    def pack(self, version: int) -> bytes:
        """A kept pack as it was signed; raises UnknownVersion or BadPack."""

    def install(self, data: bytes, now: datetime, layers: Sequence[bytes] = ()) -> object:
        """Build and switch to a pack; raises CatalogError and keeps the last good one otherwise."""

    def install_holidays(self, data: bytes) -> object:
        """Take over the holiday table."""


def open_source(place: str | Path) -> Source:
    """A web address or a folder as a source."""
    text = str(place)
    return HttpSource.at(text) if text.startswith(("http://", "https://")) else FolderSource(Path(place))


def update(
    cache: Cache,
    source: Source | str | Path,
    metadata_dir: Path,
    now: datetime,
    *,
    reference_time: datetime | None = None,
    division: str = "",
) -> UpdateReport:
    """Look for a newer catalog and install it; an ordinary answer in every case, never half a catalog.

    metadata_dir: holds the root.json this station trusts (`TufClient.init`). now: for the cache's
    own record; expiry is judged by reference_time, the latest attested time, None for none.
    division: of this node, 12 digits, whose township's layer belongs to its catalog; "" for none.
    """
    origin = open_source(source) if isinstance(source, str | Path) else source
    client = TufClient(metadata_dir, origin, reference_time)
    state, why, next_step = State.CURRENT, "", ""
    try:
        state = State.NEW if _take(cache, client, now, division) else State.CURRENT
    except SourceUnreachable as error:
        state, why, next_step = State.OFFLINE, error.why, error.next_step
    except CatalogError as error:
        state, why, next_step = State.REFUSED, error.why, error.next_step
    except OSError as error:
        why = f"本机写不进文件：{error.strerror}。"
        state, next_step = State.REFUSED, "请检查磁盘空间后再更新；现用目录不受影响。"
    held = cache.current()
    version = held.version if held else 0
    return UpdateReport(
        state, version, origin.requests, origin.bytes_read, why, next_step, client.attested_at
    )


def verify_installed(metadata_dir: Path, pack: bytes) -> Verdict:
    """Check, without any link, that a pack came under signatures this station trusts. Expiry is no matter."""
    try:
        _proved(metadata_dir, pack)
    except UpdateRefused as error:
        return Verdict(False, error.why)
    return Verdict(True)


def proved_holidays(metadata_dir: Path, pack: bytes) -> bytes | None:
    """The holiday table as the signatures beside an installed pack prove it, without any link.

    None when the pack itself is not proved, or no table that fits its signature is kept here.
    """
    tables = []
    try:
        listed = _proved(metadata_dir, pack)
        for path in sorted(path for path in listed if path.endswith(f"/{HOLIDAYS_FILE}")):
            data = signed_file(metadata_dir, path)
            if data is None:
                continue
            check_target(listed[path], data)
            tables.append(read_table(data))
    except CatalogError:
        return None
    return write_table(combined(*tables)) if tables else None


def _proved(metadata_dir: Path, pack: bytes) -> dict[str, TargetFile]:
    """Every file that the proof of a pack lists, after its signatures and the pack were checked.

    Raises UpdateRefused.
    """
    try:
        proof = _read_proof(metadata_dir, sha256(pack).hexdigest())
        root = read_plain(metadata_dir, role_name("root", None), BYTES_MAX["root"])
        trust = Trust(root, None, is_strict=True)
        trust.recall_timestamp(proof["timestamp"].encode())
        trust.accept_snapshot(proof["snapshot"].encode())
        city = trust.accept_targets("targets", "root", proof["targets"].encode())
        county = trust.accept_targets(proof["role"], "targets", proof["county"].encode())
        check_target(county.targets[proof["path"]], pack)
    except (OSError, NotAFile, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UpdateRefused("missing", "找不到这份目录的签名证明，或证明已损坏。") from error
    return dict(city.targets) | dict(county.targets)


def signed_file(metadata_dir: Path, path: str, size_max: int = SMALL_FILE_BYTES_MAX) -> bytes | None:
    """A small signed file as last taken, such as "county/440205000000/nodes.json"; None for none."""
    try:
        return read_plain(metadata_dir / "files", path, size_max)
    except (OSError, NotAFile):
        return None


def _layers(client: TufClient, role: str, pack: bytes, division: str) -> list[bytes]:
    """The packs that belong with a county's pack, as its signatures list them now.

    Raises UpdateRefused("layers") when the city's pack is not the one the county laid its own over.
    """
    meta = open_pack(pack).meta
    found = []
    listed = _listed(client, role)
    for path in layer_paths(meta, division):
        data = signed_file(client.metadata_dir, path, PACK_BYTES_MAX) if path in listed else None
        if path == BASE and (data is None or sha256(data).hexdigest() != meta.base):
            why = f"{meta.publisher_name}第 {meta.version} 版所依的市级目录与现行的市级目录不是同一版。"
            raise UpdateRefused("layers", why)
        found += [] if data is None else [data]
    return found


def _take(cache: Cache, client: TufClient, now: datetime, division: str) -> bool:
    """Refresh, then take what changed; whether the catalog in use became another one."""
    client.refresh()
    role = _county_role(client)
    target = client.find(county_path(role.removeprefix("county-"), PACK))
    _take_small_files(cache, client, role, division)
    held, proof = cache.current(), _proof_of(client, role, target)
    is_held = held is not None and held.version == marked_version(target) and _has_proof(client, target)
    if is_held:
        _write_proof(client, target, proof)
        return False
    pack = _pack(cache, client, target)
    _require_right_pack(pack, role, target)
    _write_proof(client, target, proof)
    cache.install(pack, now, _layers(client, role, pack, division))
    _drop_other_proofs(client, target)
    return True


def _pack(cache: Cache, client: TufClient, target: TargetFile) -> bytes:
    """The signed pack: by a delta from the one in use where that works, else whole."""
    held = cache.current()
    try:
        base = cache.pack(held.version) if held is not None else b""
    except (BadPack, UnknownVersion):
        base = b""
    by_delta = client.fetch_by_delta(target, base) if base else None
    return client.fetch(target) if by_delta is None else by_delta


def _county_role(client: TufClient) -> str:
    city = client.trust.targets("targets", "root")
    roles = list(city.delegations.roles or ()) if city and city.delegations else []
    if len(roles) != 1:
        raise UpdateRefused("content", "市级没有授权（或已撤回授权）县（市、区）发布目录。")
    return str(roles[0])


def _take_small_files(cache: Cache, client: TufClient, role: str, division: str) -> None:
    """The holiday table and whatever else is signed beside the pack, each only when it changed."""
    listed = _listed(client, role)
    for path, target in listed.items():
        if (
            _SMALL_FILE.fullmatch(path)
            and not path.endswith(f"/{PACK}")
            and not is_of_another_township(path, division)
            and (path == BASE or target.length <= SMALL_FILE_BYTES_MAX)
        ):
            _take_small_file(client, target)
    _take_calendar(cache, client, [path for path in listed if path.endswith(f"/{HOLIDAYS_FILE}")])


def _listed(client: TufClient, role: str) -> dict[str, TargetFile]:
    """Every file that city and county sign for, by path."""
    city, county = client.trust.targets("targets", "root"), client.trust.targets(role, "targets")
    return (dict(city.targets) if city else {}) | (dict(county.targets) if county else {})


def _take_small_file(client: TufClient, target: TargetFile) -> None:
    held = signed_file(client.metadata_dir, target.path, target.length)
    if held is not None and sha256(held).hexdigest() == target.hashes.get("sha256"):
        return
    is_pack = held is not None and target.path.endswith(PACK_SUFFIX)
    by_delta = client.fetch_by_delta(target, held) if held is not None and is_pack else None
    data = client.fetch(target) if by_delta is None else by_delta
    if target.path.endswith(f"/{HOLIDAYS_FILE}"):
        read_table(data)
    write_whole(client.metadata_dir / "files" / target.path, data)


def _take_calendar(cache: Cache, client: TufClient, paths: list[str]) -> None:
    """Put the holiday tables in use, the city's before the county's: it decides on the years it announced."""
    kept = [signed_file(client.metadata_dir, path) for path in sorted(paths)]
    tables = [read_table(data) for data in kept if data is not None]
    if tables:
        cache.install_holidays(write_table(combined(*tables)))


def _require_right_pack(pack: bytes, role: str, target: TargetFile) -> None:
    meta = open_pack(pack).meta
    if meta.publisher != role or meta.version != marked_version(target):
        raise BadPack(f"目录包自称 {meta.publisher} 第 {meta.version} 版，与签名目录所列不符。")


def _proof_of(client: TufClient, role: str, target: TargetFile) -> bytes:
    """The signed words that prove the pack, as the client keeps them."""
    files = {name: client.kept(name).decode() for name in _TOP}
    proof = files | {"county": client.kept(role).decode(), "role": role, "path": target.path}
    return json.dumps(proof, ensure_ascii=False).encode()


def _proof_path(metadata_dir: Path, digest: str) -> Path:
    return metadata_dir / "proofs" / f"{digest}.json"


def _has_proof(client: TufClient, target: TargetFile) -> bool:
    return _proof_path(client.metadata_dir, target.hashes["sha256"]).is_file()


def _write_proof(client: TufClient, target: TargetFile, proof: bytes) -> None:
    path = _proof_path(client.metadata_dir, target.hashes["sha256"])
    if not path.is_file() or path.read_bytes() != proof:
        write_whole(path, proof)


def _drop_other_proofs(client: TufClient, target: TargetFile) -> None:
    """Keep the newest proofs only; the pack before this one may still be asked for after a bad start."""
    kept = _proof_path(client.metadata_dir, target.hashes["sha256"])
    others = [path for path in kept.parent.glob("*.json") if path != kept]
    for path in sorted(others, key=lambda path: path.stat().st_mtime)[:-PROOFS_KEPT]:
        path.unlink(missing_ok=True)


def _read_proof(metadata_dir: Path, digest: str) -> Mapping[str, Any]:
    path = _proof_path(metadata_dir, digest)
    proof = json.loads(read_plain(path.parent, path.name, _PROOF_BYTES_MAX))
    if not isinstance(proof, dict):
        raise ValueError("not an object")
    return proof
