"""City, county and township publish; a station composes what they say, or keeps the whole catalog it has."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from catalog_cache.distribution.mirror import Mirror
from catalog_cache.distribution.update import State, update
from catalog_cache.errors import BadPack, PublishRefused
from catalog_cache.layer import Change
from catalog_cache.layering.layer_files import BASE, township_file
from catalog_cache.model import Item, Level, Limit, Need, Unit
from catalog_cache.pack import open_pack, read_pack
from catalog_cache.signatures.ceremony import renew_city
from tests.catalog_cache.layered import CITY, CODES, COUNTY, TOWN, city, item, material, pack
from tests.catalog_cache.press import START, Press, Station

TOWNSHIP = "440205100000"
VILLAGE = "440205100201"
OTHER_VILLAGE = "440205101201"
NEAR = Change(CODES[0], {"place": "区政务服务中心"}, removed=("m1",), tolerant=("m2",))


class Layers(Press):
    """A press whose city publishes a base, and whose county and township say what differs."""

    def city_publishes(self, *items: Item) -> bytes:
        """The city signs a base; a person carries the handover to the county."""
        self.now += timedelta(days=1)
        base = pack(CITY, items=items or tuple(city().items.values()))
        renew_city(self.city_folder, self.city_signers, {BASE: base}, self.now)
        self.repository.adopt(self.city_folder, self.county, self.now)
        return base

    def county_publishes(self, version: int, *changes: Change, own: tuple[Item, ...] = ()) -> None:
        """The county's pack over the base that it took over last."""
        base = self.repository.city_file(BASE)
        assert base is not None
        source = replace(COUNTY, version=version)
        self.signs({"pack.jsonl": pack(source, base=base, items=own, changes=changes)})

    def township_lists(self, version: int, *changes: Change) -> None:
        """The county signs what its township says, together with its own next version."""
        now = read_pack(self.repository.content("pack.jsonl"))
        meta = replace(now.meta, version=version)
        base = self.repository.city_file(BASE)
        assert base is not None
        packs = {
            "pack.jsonl": pack(replace(COUNTY, version=meta.version), base=base, changes=now.changes),
            township_file(TOWNSHIP): pack(replace(TOWN, version=version), changes=changes),
        }
        self.signs(packs)

    def signs(self, files: dict[str, bytes]) -> None:
        self.now += timedelta(days=1)
        self.repository.publish(files, self.county, self.now)


@pytest.fixture
def press(tmp_path: Path) -> Layers:
    """City and county have published; nobody changed anything yet."""
    press = Layers(tmp_path / "press")
    press.city_publishes()
    press.county_publishes(1)
    return press


@pytest.fixture
def far(tmp_path: Path, press: Layers) -> Station:
    return Station(tmp_path / "station", press)


def takes(station: Station, division: str = VILLAGE) -> State:
    """A station of that division looks for news in the county's folder."""
    return update(station.cache, station.press.folder, station.metadata_dir, START, division=division).state


def test_a_station_uses_the_citys_items_as_its_county_changed_them(press: Layers, far: Station) -> None:
    press.county_publishes(2, NEAR, own=(item("L20000009999", name="曲江特色事项"),))
    takes(far)
    catalog = far.cache.current()
    assert catalog is not None
    spoken = catalog.spoken(CODES[0])

    assert (catalog.version, catalog.count) == (2, len(CODES) + 1)
    assert spoken.item.place == "区政务服务中心"
    assert [one.id for one in spoken.item.materials] == ["m0", "m2"]
    assert spoken.item.material("m2").need is Need.TOLERANT


def test_every_field_knows_its_publisher_level_and_version(press: Layers, far: Station) -> None:
    press.county_publishes(2, NEAR, own=(item("L20000009999", name="曲江特色事项"),))
    press.township_lists(3, Change(CODES[0], {"hours": "逢墟日"}))
    takes(far)
    catalog = far.cache.current()
    assert catalog is not None
    spoken = catalog.spoken(CODES[0])

    assert spoken.source_of("name") == CITY
    assert spoken.source_of("place") == replace(COUNTY, version=3)
    assert spoken.source_of("materials.m1") == replace(COUNTY, version=3)
    assert spoken.source_of("hours") == replace(TOWN, version=3)
    assert catalog.spoken(CODES[1]).source_of("place") == CITY


def test_the_lists_of_two_townships_differ(tmp_path: Path, press: Layers, far: Station) -> None:
    press.township_lists(2, Change(CODES[1], {"place": "马坝镇一楼"}, is_on=True))
    other = Station(tmp_path / "other", press)
    takes(far)
    takes(other, OTHER_VILLAGE)
    here, there = far.cache.current(), other.cache.current()
    assert here is not None
    assert there is not None

    assert [one.code for one in here.items() if one.is_open] == [CODES[1]]
    assert [one.code for one in there.items() if one.is_open] == list(CODES)
    assert (here.item(CODES[1]).place, there.item(CODES[1]).place) == ("马坝镇一楼", "市政务服务中心")


def test_a_station_fetches_no_layer_of_another_township(press: Layers, far: Station) -> None:
    press.township_lists(2, Change(CODES[1], is_on=True))
    takes(far, OTHER_VILLAGE)

    assert not list((far.metadata_dir / "files").rglob(township_file(TOWNSHIP)))


def test_a_county_that_breaks_a_rule_is_refused_at_signing_with_both_sources_named(press: Layers) -> None:
    longer = Change(CODES[0], {"promised": Limit(value=15, unit=Unit.WORKDAY)})

    with pytest.raises(PublishRefused) as refusal:
        press.county_publishes(2, longer)

    assert CITY.told in refusal.value.why
    assert replace(COUNTY, version=2).told in refusal.value.why


def test_a_township_that_adds_a_material_is_refused_at_signing(press: Layers) -> None:
    more = Change(CODES[0], {"materials": (*item().materials, material(7))})

    with pytest.raises(PublishRefused, match="不能增加材料"):
        press.township_lists(2, more)


def test_a_new_base_that_breaks_the_countys_layer_leaves_the_station_its_whole_catalog(
    press: Layers, far: Station
) -> None:
    press.county_publishes(2, Change(CODES[0], {"conditions": ("年满 80 周岁",)}))
    takes(far)
    press.city_publishes(*(item(code, conditions=("年满 70 周岁",)) for code in CODES))

    assert takes(far) is State.CURRENT
    catalog = far.cache.current()
    assert catalog is not None
    assert catalog.version == 2
    assert catalog.item(CODES[0]).conditions == ("年满 80 周岁",)
    with pytest.raises(PublishRefused, match="上级已经填写"):
        press.county_publishes(3, Change(CODES[0], {"conditions": ("年满 80 周岁",)}))


def test_the_next_version_that_fits_brings_the_new_base_to_the_stations(press: Layers, far: Station) -> None:
    takes(far)
    press.city_publishes(*(item(code, conditions=("年满 70 周岁",)) for code in CODES))
    press.county_publishes(2, NEAR)

    assert takes(far) is State.NEW
    catalog = far.cache.current()
    assert catalog is not None
    assert catalog.item(CODES[0]).conditions == ("年满 70 周岁",)


def test_a_county_pack_signed_without_the_check_is_refused_by_the_station(
    press: Layers, far: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes(far)
    monkeypatch.setattr("catalog_cache.distribution.publish.conflicts_between", lambda above, towns: [])
    press.county_publishes(2, Change(CODES[0], {"name": "改名"}))
    report = update(far.cache, press.folder, far.metadata_dir, START, division=VILLAGE)

    assert report.state is State.REFUSED
    assert "基本要素" in report.why
    assert report.version == 1


def test_a_broken_search_file_is_built_again_from_all_the_layers(
    tmp_path: Path, press: Layers, far: Station
) -> None:
    press.county_publishes(2, NEAR)
    press.township_lists(3, Change(CODES[0], {"hours": "逢墟日"}))
    takes(far)
    far.cache.close()
    (tmp_path / "station/catalog/3.sqlite").write_bytes(b"broken")
    catalog = far.cache.version(3)

    assert catalog.item(CODES[0]).place == "区政务服务中心"
    assert catalog.item(CODES[0]).hours == "逢墟日"


def test_a_lost_pointer_is_found_again_with_its_layers(tmp_path: Path, press: Layers, far: Station) -> None:
    takes(far)
    far.cache.close()
    (tmp_path / "station/catalog/current.json").write_bytes(b"{")
    catalog = far.cache.current()
    assert catalog is not None

    assert catalog.count == len(CODES)
    assert [health.message for health in far.cache.check()] == [""]


def test_forgotten_versions_leave_no_layer_behind(tmp_path: Path, press: Layers, far: Station) -> None:
    takes(far)
    for version in (2, 3):
        press.county_publishes(version, NEAR)
        takes(far)
    far.cache.prune([])

    assert sorted(path.name for path in (tmp_path / "station/catalog").glob("*.layer")) == [
        "2.1.layer",
        "3.1.layer",
    ]


def test_a_pack_of_changes_says_the_same_after_reading() -> None:
    written = pack(COUNTY, base=b"x", changes=(NEAR,))

    assert read_pack(written).changes == (NEAR,)
    assert open_pack(written).meta.source == COUNTY


def test_two_changes_of_one_item_in_a_pack_are_refused() -> None:
    with pytest.raises(BadPack):
        pack(COUNTY, changes=(NEAR, replace(NEAR, removed=())))


def test_a_pack_of_nobody_we_know_has_no_source() -> None:
    odd = replace(open_pack(pack(COUNTY)).meta, publisher="village-440205100201")

    with pytest.raises(BadPack):
        assert odd.source.level is Level.VILLAGE


def test_a_village_below_a_relay_composes_the_same_catalog(
    tmp_path: Path, press: Layers, far: Station
) -> None:
    press.county_publishes(2, NEAR)
    press.township_lists(3, Change(CODES[0], {"hours": "逢墟日"}))
    takes(far)
    relayed = tmp_path / "relayed"
    Mirror(far.metadata_dir, far.cache, relayed).take_over()
    village = Station(tmp_path / "village", press)
    update(village.cache, relayed, village.metadata_dir, START, division=VILLAGE)
    catalog = village.cache.current()
    assert catalog is not None

    assert catalog.item(CODES[0]).hours == "逢墟日"
    assert catalog.spoken(CODES[0]).source_of("name") == CITY
