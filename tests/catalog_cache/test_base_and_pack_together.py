"""A county signs over a new base of its city: both come into force in one step, wherever the power fails."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from catalog_cache.distribution.update import State
from catalog_cache.errors import PublishRefused
from catalog_cache.files import write_whole
from catalog_cache.layer import Change
from catalog_cache.layering.layer_files import BASE
from catalog_cache.signatures.ceremony import renew_city
from tests.catalog_cache.layered import CITY, CODES, COUNTY, item, pack
from tests.catalog_cache.press import Press, Station

WRITES_MIN = 4  # city, county, snapshot, timestamp; what is on the shelf already is not written again


class Fuse:
    """Writes files until it has written so many; then the power is gone. left: None for no limit."""

    left: int | None = None

    def __call__(self, path: Path, data: bytes) -> None:
        if self.left == 0:
            raise OSError("power cut")
        if self.left is not None:
            self.left -= 1
        write_whole(path, data)


class Both:
    """A city's base and the county's pack over it, both under one number."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.fuse, self.stations = folder, Fuse(), 0
        self.press = Press(folder, self.fuse)

    def city_signs(self, number: int) -> bytes:
        """The city's file with a base in which the phone tells the number."""
        base = pack(replace(CITY, version=number), items=[item(phone=f"{number}")])
        self.press.now += timedelta(hours=1)
        renew_city(self.press.city_folder, self.press.city_signers, {BASE: base}, self.press.now)
        return base

    def county_signs(self, number: int, base: bytes) -> None:
        """The pack that lies over it, and the base with it."""
        said = [Change(CODES[0], {"place": f"{number} 楼"})]
        files = {"pack.jsonl": pack(replace(COUNTY, version=number), base=base, changes=said)}
        self.press.repository.publish(
            files, self.press.county, self.press.now, handover=self.press.city_folder
        )

    def seen(self) -> tuple[str, str]:
        """What a station without a catalog finds: the city's word and the county's."""
        self.stations += 1
        station = Station(self.folder / f"station-{self.stations}", self.press)
        report = station.updates()
        assert report.state is State.NEW, report.why
        found = station.cache.current()
        assert found is not None
        return found.item(CODES[0]).phone, found.item(CODES[0]).place


@pytest.fixture
def both(tmp_path: Path) -> Both:
    both = Both(tmp_path)
    both.county_signs(1, both.city_signs(1))
    return both


def test_a_cut_after_any_write_leaves_the_old_pair_or_the_new(both: Both) -> None:
    base, cuts = both.city_signs(2), 0
    while True:
        both.fuse.left = cuts
        try:
            both.county_signs(2, base)
            break
        except OSError:
            assert both.seen() in (("1", "1 楼"), ("2", "2 楼")), f"cut after {cuts} writes"
        cuts += 1

    assert cuts >= WRITES_MIN
    assert both.seen() == ("2", "2 楼")


def test_a_pack_over_the_old_base_is_not_signed_together_with_a_new_one(both: Both) -> None:
    old = pack(replace(CITY, version=1), items=[item(phone="1")])
    both.city_signs(2)

    with pytest.raises(PublishRefused, match="不是现行的一版"):
        both.county_signs(2, old)
    assert both.seen() == ("1", "1 楼")


def test_what_the_city_only_renewed_rides_along_with_the_next_signature(both: Both) -> None:
    before = both.press.repository.in_force()
    both.press.now += timedelta(days=30)
    renew_city(both.press.city_folder, both.press.city_signers, {}, both.press.now)

    both.press.repository.publish({}, both.press.county, both.press.now, handover=both.press.city_folder)

    after = both.press.repository.in_force()
    assert before is not None and after is not None
    names = [one.snapshot.meta["targets.json"].version for one in (before, after)]
    assert names[1] == names[0] + 1
    assert both.seen() == ("1", "1 楼")
