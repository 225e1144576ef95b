"""Catalogs kept on a PC: always a whole one in use, whatever comes in, and older ones beside it."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from catalog_cache.calendar.workdays import NoDate
from catalog_cache.demonstration import holiday_table
from catalog_cache.errors import (
    BadPack,
    BadRecord,
    BuildFailed,
    OlderCatalog,
    UnknownItem,
    UnknownVersion,
)
from catalog_cache.installed.cache import CatalogCache
from catalog_cache.installed.catalog import Catalog
from catalog_cache.model import Package
from tests.tools.catalogs import PUBLISHED, make_item, pack_of
from tests.tools.make_items import make_items, make_pack

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
PACKAGE = Package.from_dict(
    {
        "kind": "package",
        "code": "PKG-1",
        "name": "晚年一件事",
        "life_event": "退休",
        "members": ["442099003001"],
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "catalog"


@pytest.fixture
def cache(folder: Path) -> CatalogCache:
    """A station's cache with version 1 in use: one item, one package."""
    cache = CatalogCache(folder)
    cache.install(pack_of([make_item()], [PACKAGE]), NOW)
    return cache


def in_use(folder: Path) -> Catalog:
    """What a program started afresh finds."""
    catalog = CatalogCache(folder).current()
    assert catalog
    return catalog


def test_a_new_folder_holds_no_catalog(tmp_path):
    cache = CatalogCache(tmp_path / "nothing")

    assert cache.current() is None and cache.versions() == []
    with pytest.raises(UnknownVersion):
        cache.version(1)


def test_an_installed_catalog_answers_for_its_items_packages_and_themes(cache):
    catalog = cache.current()

    assert catalog.item("442099003001") == make_item()
    assert catalog.package("PKG-1") == PACKAGE == catalog.packages_of("442099003001")[0]
    assert [item.name for item in catalog.items()] == ["高龄津贴"]
    assert (catalog.themes(), catalog.life_events()) == ([("老龄服务", 1)], [("退休", 1)])
    assert [line.name for line in catalog.summaries("退休")] == ["晚年一件事"]
    assert catalog.has("PKG-1") and not catalog.has("PKG-2")


def test_a_catalog_tells_its_publisher_its_age_and_its_end(cache):
    catalog = cache.current()

    assert (catalog.version, catalog.publisher_name) == (1, "韶关市曲江区政务服务数据管理局")
    assert catalog.age_days(PUBLISHED + timedelta(days=7, hours=3)) == 7
    assert catalog.age_days(PUBLISHED - timedelta(days=9999)) == 0
    assert not catalog.is_expired(catalog.valid_until)
    assert catalog.is_expired(catalog.valid_until + timedelta(seconds=1))


@pytest.mark.parametrize("code", ["442099003002", "", "PKG-1", "'; DROP TABLE entries"])
def test_an_unknown_item_is_refused_in_chinese(cache, code):
    with pytest.raises(UnknownItem, match="现用目录为第 1 版"):
        cache.current().item(code)


def test_a_newer_version_takes_over_and_the_old_one_stays_readable(cache, folder):
    cache.install(pack_of([make_item("高龄补贴")], version=2), NOW)

    assert cache.current().item("442099003001").name == "高龄补贴"
    assert cache.version(1).item("442099003001").name == "高龄津贴"
    assert in_use(folder).version == 2 and CatalogCache(folder).versions() == [1, 2]


def test_the_same_version_again_changes_nothing(cache):
    assert cache.install(pack_of([make_item()], [PACKAGE]), NOW).is_new is False


def test_an_older_version_and_a_changed_one_are_refused(cache):
    cache.install(pack_of([make_item()], version=3), NOW)

    with pytest.raises(OlderCatalog, match="不能退回"):
        cache.install(pack_of([make_item()], version=2), NOW)
    with pytest.raises(OlderCatalog, match="同号目录，但内容不同"):
        cache.install(pack_of([make_item("另一个")], version=3), NOW)
    assert cache.current().version == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data.replace("坏".encode(), b"\xff\xfe", 1),
        lambda data: data + data.splitlines()[-1] + b"\n",
        lambda data: b"",
    ],
)
def test_a_broken_pack_never_replaces_a_working_catalog(cache, folder, spoil):
    with pytest.raises(BadPack):
        cache.install(spoil(pack_of([make_item("坏")], version=2)), NOW)

    assert in_use(folder).item("442099003001").name == "高龄津贴"
    assert sorted(path.name for path in folder.iterdir()) == ["1.pack", "1.sqlite", "current.json"]


def test_a_folder_that_cannot_be_written_is_told_and_the_catalog_goes_on(cache, folder):
    (folder / "2.sqlite").mkdir()

    with pytest.raises(BuildFailed, match="检索文件"):
        cache.install(pack_of([make_item()], version=2), NOW)
    assert in_use(folder).version == 1


@pytest.mark.parametrize(
    "spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(b"not sqlite" * 999)]
)
def test_a_lost_search_file_is_built_again_from_the_pack(cache, folder, spoil):
    spoil(folder / "1.sqlite")

    assert in_use(folder).item("442099003001") == make_item()


def test_when_search_file_and_pack_are_lost_the_last_good_version_serves(cache, folder):
    cache.install(pack_of([make_item("新")], version=2), NOW)
    (folder / "2.sqlite").unlink()
    (folder / "2.pack").write_bytes(b"junk")

    assert in_use(folder).version == 1
    assert [health.message != "" for health in CatalogCache(folder).check()] == [False, True]


def test_a_pack_changed_on_disk_is_noticed(cache, folder):
    (folder / "1.pack").write_bytes((folder / "1.pack").read_bytes()[:-8] + b"\0" * 8)

    with pytest.raises(BadPack):
        cache.pack(1)
    assert CatalogCache(folder).check()[0].message


def test_a_kept_pack_is_given_back_byte_for_byte(cache):
    assert cache.pack(1) == pack_of([make_item()], [PACKAGE])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "other"}'])
def test_a_broken_pointer_is_made_again_from_the_packs(cache, folder, text):
    cache.install(pack_of([make_item()], version=2), NOW)
    (folder / "current.json").write_text(text)

    assert in_use(folder).version == 2
    assert CatalogCache(folder).install(pack_of([make_item()], version=3), NOW).is_new
    assert CatalogCache(folder).versions() == [1, 2, 3]


def test_versions_that_cases_refer_to_are_kept_and_the_rest_can_go(cache, folder):
    for version in (2, 3, 4):
        cache.install(pack_of([make_item()], version=version), NOW)

    assert cache.prune(referenced={1}) == [2]
    assert cache.versions() == [1, 3, 4]
    assert cache.version(1).item("442099003001") and not (folder / "2.pack").exists()


def test_another_program_sees_an_installation_at_once(cache, folder):
    station = CatalogCache(folder)
    assert station.current().version == 1
    cache.install(pack_of([make_item()], version=2), NOW)
    cache.install_holidays(holiday_table())

    assert station.current().version == 2
    assert station.current().calendar.covers(date(2026, 1, 1))


def test_before_any_holiday_table_there_is_no_date_but_a_reason(cache):
    assert isinstance(cache.current().calendar.deadline(date(2026, 11, 23), 5, "workday"), NoDate)


def test_a_holiday_table_counts_at_once_for_every_version(cache):
    catalog = cache.current()
    cache.install_holidays(holiday_table())

    assert catalog.calendar.deadline(date(2026, 11, 23), 5, "workday") == date(2026, 11, 30)


def test_a_bad_holiday_table_is_refused_and_the_one_in_use_stays(cache):
    cache.install_holidays(holiday_table())

    with pytest.raises(BadRecord):
        cache.install_holidays(b'{"format":"yimen-holidays/1","years":[{}]}')
    assert cache.calendar().covers(date(2026, 1, 1))


def test_many_threads_may_ask_while_a_new_version_comes_in(cache):
    def ask(number: int) -> int:
        if number == 20:
            cache.install(pack_of([make_item()], version=2), NOW)
        catalog = cache.current()
        assert catalog.search("gljt")[0].code == catalog.item("442099003001").code
        return catalog.version

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(ask, range(60)))

    assert set(versions) == {1, 2} and versions[-1] == 2


def test_two_thousand_items_are_read_one_by_one(folder):
    items = make_items(2000, seed=5)
    cache = CatalogCache(folder)
    cache.install(make_pack(items), NOW)
    catalog = cache.current()

    assert catalog.count == 2000 == sum(1 for _ in catalog.items())
    assert catalog.item(items[1234].code) == items[1234]
    assert len(catalog.summaries(limit=50, offset=1990)) == 10


def test_a_station_that_only_reads_loads_no_pinyin_and_no_tools(cache, folder):
    program = (
        "import sys, pathlib; from catalog_cache.installed.cache import CatalogCache;"
        f"catalog = CatalogCache(pathlib.Path({str(folder)!r})).current();"
        "assert catalog.search('gljt');"
        "heavy = {'pypinyin', 'sqlite_utils', 'requests', 'flask', 'tuf', 'peewee'} & set(sys.modules);"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_pointer_says_what_is_kept(folder, cache):
    pointer = json.loads((folder / "current.json").read_text())

    assert pointer["versions"]["1"]["installed_at"] == "2026-11-30T08:00:00Z"
    assert pointer["versions"]["1"]["valid_until"] == "2027-11-22T09:41:00Z"
