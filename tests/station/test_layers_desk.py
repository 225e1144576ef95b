"""A county's desk over the city's catalog: take up, change what is allowed, see conflicts, publish."""

import html
from dataclasses import replace

import pytest

from catalog_cache.demonstration import worked_items
from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.update import open_source, update
from catalog_cache.installed.cache import CatalogCache
from catalog_cache.layering.layer_files import BASE
from catalog_cache.model import Limit
from station.hall.publishing import base, draft, keys, release
from tests.catalog_cache.layered import CITY, pack
from tests.station.publishing_desk import PASSPHRASE, PublishingDesk
from tests.tools.counter import Counter

ITEMS = worked_items()[:4]
FIRST = ITEMS[0]


class LayeredDesk(PublishingDesk):
    """The desk of a county whose city publishes a base."""

    def city_publishes(self, version, *items):
        """The city signs a base and its handover is taken over here."""
        city = keys.CityDesk(self.folder / "city-keys", self.folder / "handover", lambda name: PASSPHRASE)
        now = self.hall.time.at
        data = pack(replace(CITY, version=version), items=items)
        with self.hall.node.using():
            keys.renew_files(city, None, {BASE: data}, now)
            keys.adopt(self.hall.node, city.out, PASSPHRASE, by="boss", now=now)

    def takes_up(self, code):
        """The editor takes one of the city's items up."""
        assert self.sends(f"layers/{code}/take-up").status_code == 302

    def says(self, code, **changed):
        """The editor saves an item with other values, past what the form offers."""
        with self.hall.node.using():
            row = draft.entry_row(code)
            entry = replace(draft.read(row.record), **changed)
            draft.save_entry(entry, row.sha256, by="editor", now=self.hall.time.at)

    def signs_what_is_there(self):
        """Approval and signature of the draft as it is."""
        self.has_approval()
        answer = self.sends("sign", passphrase=PASSPHRASE)
        self.signs_in("editor")
        return answer

    def in_use(self, code):
        """An item and its sources as the hall itself uses them."""
        catalog = self.hall.installation.current_catalog()
        assert catalog is not None
        return catalog.spoken(code)

    def reads(self, path):
        return html.unescape(self.opens(path))


@pytest.fixture
def desk(tmp_path):
    hall = Counter(tmp_path / "hall", level="county", division="440205000000")
    desk = LayeredDesk(hall, tmp_path)
    desk.has_its_keys()
    desk.city_publishes(1, *ITEMS)
    yield desk
    hall.closes()


def test_the_citys_catalog_alone_can_be_published_by_a_county(desk):
    assert "本县还没有用上" in desk.reads("layers/")
    assert desk.signs_what_is_there().status_code == 302

    spoken = desk.in_use(FIRST.code)
    assert (spoken.item, spoken.origin) == (FIRST, replace(CITY, version=1))
    assert "本县现行版本所依" in desk.reads("layers/")


def test_only_what_the_county_changed_is_in_its_pack(desk):
    desk.takes_up(FIRST.code)
    desk.says(FIRST.code, place="曲江区政务服务中心二楼")
    desk.signs_what_is_there()

    with desk.hall.node.using():
        made = release.pack_of(release.Desk.of(desk.hall.node), 1)
    assert made.items == ()
    assert [change.to_dict()["values"] for change in made.changes] == [{"place": "曲江区政务服务中心二楼"}]
    assert desk.in_use(FIRST.code).source_of("place").level == "county"
    assert desk.in_use(FIRST.code).source_of("name").level == "city"


def test_an_item_that_was_taken_up_is_not_offered_again(desk):
    assert f"layers/{FIRST.code}/take-up" in desk.reads("layers/")
    desk.takes_up(FIRST.code)

    assert f"layers/{FIRST.code}/take-up" not in desk.reads("layers/")


def test_a_longer_limit_stops_the_draft_and_the_report_names_both_sides(desk):
    desk.takes_up(FIRST.code)
    longer = Limit(value=FIRST.promised.value + 5, unit=FIRST.promised.unit)
    desk.says(FIRST.code, promised=longer)
    report = desk.reads("layers/conflicts")

    assert CITY.name in report and "韶关市曲江区" in report
    assert "只能缩短" in report
    assert f"/publishing/entries/{FIRST.code}#promised-value" in report
    assert desk.sends("submit").status_code == 409


def test_a_locked_element_is_an_error_at_its_field(desk):
    desk.takes_up(FIRST.code)
    desk.says(FIRST.code, name="改个名字")

    assert "基本要素" in desk.reads("lint")
    assert 'href="#name"' in desk.reads(f"entries/{FIRST.code}")


def test_a_new_base_keeps_what_the_county_said_and_brings_the_rest(desk):
    desk.takes_up(FIRST.code)
    desk.says(FIRST.code, place="曲江区政务服务中心二楼")
    desk.signs_what_is_there()
    desk.city_publishes(2, replace(FIRST, phone="0751-12345"), *ITEMS[1:])
    assert desk.in_use(FIRST.code).item.phone == FIRST.phone
    assert "市级目录有新版本" in desk.reads("")
    desk.signs_what_is_there()

    item = desk.in_use(FIRST.code).item
    assert (item.place, item.phone) == ("曲江区政务服务中心二楼", "0751-12345")


def test_a_new_base_that_breaks_the_layer_is_reported_and_the_old_catalog_stays(desk):
    desk.takes_up(FIRST.code)
    desk.says(FIRST.code, promised=replace(FIRST.promised, value=FIRST.promised.value - 1))
    desk.signs_what_is_there()
    before = desk.in_use(FIRST.code)
    shorter = replace(FIRST, promised=replace(FIRST.promised, value=FIRST.promised.value - 2))
    desk.city_publishes(2, shorter, *ITEMS[1:])

    assert "只能缩短" in desk.reads("layers/conflicts")
    assert desk.sends("submit").status_code == 409
    assert desk.in_use(FIRST.code) == before


def test_what_the_city_withdraws_leaves_the_draft(desk):
    desk.takes_up(FIRST.code)
    desk.says(FIRST.code, place="曲江区政务服务中心二楼")
    desk.signs_what_is_there()
    desk.city_publishes(2, *ITEMS[1:])
    desk.signs_what_is_there()

    catalog = desk.hall.installation.current_catalog()
    assert not catalog.has(FIRST.code)
    with desk.hall.node.using():
        assert not draft.listing().where(draft.DraftEntry.code == FIRST.code).exists()


def test_an_imported_item_of_the_city_is_compared_with_it(desk):
    desk.imports([replace(FIRST, name="改个名字")])

    assert "基本要素" in desk.reads("layers/conflicts")


def test_a_desk_without_a_base_says_so(tmp_path):
    hall = Counter(tmp_path / "hall", level="county", division="440205000000")
    desk = LayeredDesk(hall, tmp_path)

    assert "市级还没有发布目录" in desk.reads("layers/")
    assert "市级还没有发布目录" in desk.reads("layers/conflicts")
    with hall.node.using():
        assert base.held() is None
    hall.closes()


MABA = "440205100000"


def test_a_township_lists_its_items_and_only_its_stations_see_it(desk, tmp_path):
    page = desk.reads("layers/townships")
    assert "马坝镇" in page
    answer = desk.sends(f"layers/townships/{MABA}", code=FIRST.code, place="马坝镇一楼", is_on="1")
    assert answer.status_code == 302
    desk.signs_what_is_there()

    here, there = (station_of(desk, tmp_path / code, code) for code in ("440205100201", "440205101201"))
    assert here.item(FIRST.code).place == "马坝镇一楼"
    assert [one.code for one in here.items() if one.is_open] == [FIRST.code]
    assert there.item(FIRST.code).place == FIRST.place


def test_a_township_that_falls_silent_has_no_layer_any_more(desk, tmp_path):
    desk.sends(f"layers/townships/{MABA}", code=FIRST.code, hours="逢墟日")
    desk.signs_what_is_there()
    desk.sends(f"layers/townships/{MABA}", code=FIRST.code)
    desk.signs_what_is_there()

    assert station_of(desk, tmp_path / "station", "440205100201").item(FIRST.code).hours == FIRST.hours


def test_what_a_township_says_is_looked_at_by_a_second_person(desk):
    desk.signs_what_is_there()
    assert desk.sends("submit").status_code == 409
    desk.sends(f"layers/townships/{MABA}", code=FIRST.code, hours="逢墟日")

    assert desk.sends("submit").status_code == 302


def test_an_unknown_code_or_township_is_refused(desk):
    assert "目录里没有这个编码" in desk.sends(f"layers/townships/{MABA}", code="NONE", hours="早").text
    assert desk.sends("layers/townships/440204001000", code=FIRST.code).status_code == 404


def station_of(desk, folder, division):
    """The catalog in use at a station of that division, taken from the hall's folder."""
    repository = release.Desk.of(desk.hall.node).repository
    client = TufClient(folder / "metadata", open_source(repository.folder), None)
    client.init((repository.folder / "metadata/1.root.json").read_bytes())
    cache = CatalogCache(folder / "catalog")
    update(cache, repository.folder, folder / "metadata", desk.hall.time.at, division=division)
    catalog = cache.current()
    assert catalog is not None
    return catalog
