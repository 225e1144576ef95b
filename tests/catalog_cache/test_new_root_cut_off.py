"""A county takes over what the city signed with new keys, and the power goes at any step of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from catalog_cache.distribution.publish import Repository
from catalog_cache.errors import PublishRefused
from catalog_cache.files import write_whole
from catalog_cache.layering.layer_files import BASE
from catalog_cache.signatures.ceremony import RootChange, renew_city, renew_root
from tests.catalog_cache.layered import CITY, item, pack
from tests.catalog_cache.press import Press, Station, new_signer

STEPS_MAX = 20


class PowerCut(Exception):
    """Nothing is written any more."""


class City:
    """It replaced both its keys and signed a second base; the county is about to put that in force."""

    def __init__(self, folder: Path) -> None:
        self.press = Press(folder)
        self._signs(1, self.press.city_signers)
        self.press.repository.adopt(self.press.city_folder, self.press.county, self.press.now)
        self.press.publishes(1, "高龄津贴")
        self.station = Station(folder / "station", self.press)
        self.station.updates()
        new = tuple(new_signer() for _ in range(2))
        change = RootChange(city_keys=tuple(signer.public_key for signer in new))
        self.press.now += timedelta(days=1)
        renew_root(self.press.city_folder, self.press.root_signers, change, self.press.now)
        self._signs(2, new)

    def _signs(self, version: int, signers) -> None:
        files = {BASE: pack(replace(CITY, version=version), items=[item(phone=f"0751-{version}")])}
        renew_city(self.press.city_folder, signers, files, self.press.now)

    def takes_over(self, steps: int = STEPS_MAX) -> bool:
        """After so many files the power goes; whether it did."""
        left = iter(range(steps))

        def writer(path: Path, data: bytes) -> None:
            if next(left, None) is None:
                raise PowerCut
            write_whole(path, data)

        press = self.press
        try:
            Repository(press.folder, writer).publish(
                {}, press.county, press.now, handover=press.city_folder, is_clock_checked=True
            )
        except PowerCut:
            return True
        return False


@pytest.mark.parametrize("is_repeated", [True, False])
def test_wherever_the_power_goes_the_county_goes_on_and_its_stations_follow(tmp_path, is_repeated):
    for steps in range(STEPS_MAX):
        city = City(tmp_path / str(steps))
        if not city.takes_over(steps):
            break
        before = city.press.repository.in_force()
        assert before is not None, "old or new, the desk can tell"
        if is_repeated:
            assert not city.takes_over()
        city.press.publishes(2, "新的一版")
        city.station.updates()
        assert city.station.knows("新的一版"), steps
    assert 6 <= steps < STEPS_MAX, "every step was cut once"


def test_roots_that_nobody_signed_end_nothing(tmp_path):
    """The folder for a root on its way is no way around the signatures."""
    city, other = City(tmp_path / "city"), City(tmp_path / "other")
    city.takes_over()
    coming = city.press.folder / "coming/metadata"
    coming.mkdir(parents=True, exist_ok=True)
    for path in (other.press.city_folder / "metadata").glob("*.root.json"):
        (coming / path.name).write_bytes(path.read_bytes())
        (city.press.folder / "metadata" / "2.root.json").unlink(missing_ok=True)

    with pytest.raises(PublishRefused):
        city.press.repository.in_force()
    assert not (city.press.folder / "metadata/2.root.json").exists()
