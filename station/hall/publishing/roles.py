"""Who signs in a folder of signed files, how many of them must, and until when."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tuf.api.metadata import Root, Snapshot, Targets, Timestamp

from catalog_cache.signatures.ceremony import fingerprint
from catalog_cache.signatures.metadata import S
from catalog_cache.signatures.shelf import newest_version, read_role, role_path

LABELS = {"root": "根证书", "targets": "市级文件", "snapshot": "快照", "timestamp": "时间戳"}
_COUNTY = "县级目录"


@dataclass(frozen=True)
class RoleLine:
    """One role. expires: of the newest file in the folder, None where there is none yet."""

    role: str
    label: str
    keyids: tuple[str, ...]
    threshold: int
    expires: datetime | None

    def to_dict(self) -> dict[str, Any]:
        """For a JSON document."""
        until = f"{self.expires:%Y-%m-%dT%H:%M:%SZ}" if self.expires else None
        return {"role": self.role, "keys": list(self.keyids), "threshold": self.threshold, "expires": until}


@dataclass(frozen=True)
class Roles:
    """What a folder says of itself. county: the delegated division, "" for none."""

    root_version: int
    fingerprint: str
    county: str
    roles: tuple[RoleLine, ...]

    def to_dict(self) -> dict[str, Any]:
        """For a JSON document."""
        roles = [role.to_dict() for role in self.roles]
        found = {"root_version": self.root_version, "fingerprint": self.fingerprint}
        return {**found, "county": self.county, "roles": roles}


def describe(folder: Path) -> Roles:
    """Read a handover, a published folder or a stick; its signatures are for `adopt` and `update` to check.

    Raises PublishRefused when there is no root or no city file in it.
    """
    root = read_role(folder, Root, "root").signed
    city = read_role(folder, Targets, "targets").signed
    expires = {"root": root.expires, "targets": city.expires}
    for name, found in (
        ("snapshot", _found(folder, Snapshot, "snapshot")),
        ("timestamp", _found(folder, Timestamp, "timestamp")),
    ):
        expires |= {name: found.expires} if found else {}
    lines = [
        RoleLine(name, label, tuple(root.roles[name].keyids), root.roles[name].threshold, expires.get(name))
        for name, label in LABELS.items()
    ]
    delegated = (city.delegations.roles or {}) if city.delegations else {}
    for name, role in delegated.items():
        held = _found(folder, Targets, name)
        until = held.expires if held else None
        lines.append(RoleLine(name, _COUNTY, tuple(role.keyids), role.threshold, until))
    counties = "、".join(name.removeprefix("county-") for name in delegated)
    data = role_path(folder, "root", root.version).read_bytes()
    return Roles(root.version, fingerprint(data), counties, tuple(lines))


def _found(folder: Path, kind: type[S], role: str) -> S | None:
    """The newest file of a role, None where there is none."""
    version = None if role == "timestamp" else newest_version(folder, role)
    if version == 0 or not role_path(folder, role, version).exists():
        return None
    return read_role(folder, kind, role, version).signed
