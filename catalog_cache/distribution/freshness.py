"""How long each signature over a published folder still holds, and who can sign it again.

Every signature has an end, so that a station which hears nothing for too long notices it. Whoever
publishes is told in time; nothing here signs anything.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tuf.api.metadata import Root, Targets

from catalog_cache.distribution.city import COUNTIES, CityRepository
from catalog_cache.distribution.publish import Repository
from catalog_cache.signatures.shelf import read_role

BY_CITY_ROOT = "请市级续签：yimen catalog keys renew --with-root，再运行 yimen catalog keys adopt。"
BY_CITY = "请市级续签：yimen catalog keys renew，再运行 yimen catalog keys adopt。"
BY_CITY_DESK = "请运行 yimen catalog renew，或签发新的一版。"
BY_COUNTY = "请运行 yimen catalog renew，或签发新的一版。"
BY_HALL = "请运行 yimen catalog renew；运行 yimen catalog keys online 后由大厅自动续签。"


@dataclass(frozen=True, slots=True)
class Signature:
    """One role's signature. warn_days: from when on it is to be renewed; next_step: by what, in Chinese."""

    role: str
    label: str
    expires: datetime
    warn_days: int
    next_step: str

    def days_left(self, now: datetime) -> int:
        """Whole days until it goes stale; negative once it has."""
        return (self.expires - now).days

    def is_due(self, now: datetime) -> bool:
        """Whether somebody should renew it now."""
        return self.days_left(now) < self.warn_days


def signatures(folder: Path) -> list[Signature]:
    """The signatures of what a folder publishes, the first to go stale first; none before anything is.

    A city's folder holds one for each county, and the city's signatures in each are told.

    Raises PublishRefused when what lies there is not signed as it should be.
    """
    in_force = Repository(folder).in_force()
    if in_force is None:
        return sorted(_of_a_city(folder), key=lambda one: one.expires)
    root = read_role(folder, Root, "root").signed
    version = in_force.snapshot.meta["targets.json"].version
    city = read_role(folder, Targets, "targets", version).signed
    found = [
        Signature("root", "根证书", root.expires, 180, BY_CITY_ROOT),
        Signature("targets", "市级文件", city.expires, 60, BY_CITY),
        Signature("county", "县级目录", in_force.county.expires, 30, BY_COUNTY),
        Signature("snapshot", "快照", in_force.snapshot.expires, 20, BY_HALL),
        Signature("timestamp", "时间戳", in_force.timestamp.expires, 10, BY_HALL),
    ]
    return sorted(found, key=lambda one: one.expires)


def _of_a_city(folder: Path) -> list[Signature]:
    """What a city signed for each county that may publish."""
    found = []
    for county in CityRepository(folder / COUNTIES).named():
        root = read_role(county.folder, Root, "root").signed
        found.append(Signature("root", f"{county.code} 根证书", root.expires, 180, BY_CITY_ROOT))
        found.append(Signature("targets", f"{county.code} 市级文件", county.expires, 60, BY_CITY_DESK))
    return found
