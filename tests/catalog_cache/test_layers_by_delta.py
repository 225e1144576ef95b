"""The city's pack, which a county lays its own over, comes as what changed as well, and through a relay."""

from pathlib import Path

import pytest

from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.mirror import Mirror
from catalog_cache.distribution.stick import copy_published
from catalog_cache.distribution.update import update
from catalog_cache.model import Item
from tests.catalog_cache.layered import item
from tests.catalog_cache.press import START, Station
from tests.catalog_cache.test_layered_catalog import VILLAGE, Layers

ITEMS = tuple(item(f"L2000000{number:04}") for number in range(60))


@pytest.fixture
def press(tmp_path: Path) -> Layers:
    press = Layers(tmp_path / "press")
    press.city_publishes(*ITEMS)
    press.county_publishes(1)
    return press


@pytest.fixture
def far(tmp_path: Path, press: Layers) -> Station:
    far = Station(tmp_path / "station", press)
    takes(far, press.folder)
    return far


def takes(station: Station, folder: Path) -> int:
    """A station of a village looks for news there; the version it has afterwards."""
    report = update(station.cache, folder, station.metadata_dir, START, division=VILLAGE)
    assert not report.why, report.why
    return report.version


def city_changes_one(press: Layers) -> Item:
    """And the county lays its own over the new one."""
    changed = item(ITEMS[7].code, place="新的市政务服务中心")
    press.city_publishes(*ITEMS[:7], changed, *ITEMS[8:])
    press.county_publishes(2)
    return changed


def test_what_the_city_changed_arrives_without_its_whole_pack(press: Layers, far: Station):
    changed = city_changes_one(press)
    DeltaShelf(press.folder).prepare()
    for path in (press.folder / "targets/city").glob("*.base.jsonl*"):
        path.unlink()

    assert takes(far, press.folder) == 2
    catalog = far.cache.current()
    assert catalog is not None and catalog.item(changed.code).place == changed.place


def test_a_relay_hands_the_citys_pack_on_compressed(press: Layers, far: Station, tmp_path: Path):
    relay, below = tmp_path / "relay", Station(tmp_path / "below", press)
    Mirror(far.metadata_dir, far.cache, relay).take_over()
    stick = tmp_path / "stick"
    copy_published(relay, stick)

    assert [path.suffix for path in (relay / "targets/city").glob("*.base.jsonl*")] == [".xz"]
    assert takes(below, stick) == 1


def test_a_relay_makes_deltas_of_the_citys_pack(press: Layers, far: Station, tmp_path: Path):
    relay, below = tmp_path / "relay", Station(tmp_path / "below", press)
    mirror = Mirror(far.metadata_dir, far.cache, relay)
    mirror.take_over()
    takes(below, relay)
    city_changes_one(press)
    takes(far, press.folder)
    mirror.take_over()
    DeltaShelf(relay).prepare()
    for path in (relay / "targets").rglob("*.jsonl.xz"):
        path.unlink()

    assert takes(below, relay) == 2
