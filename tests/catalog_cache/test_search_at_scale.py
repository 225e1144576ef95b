"""Among ten thousand items, what people type still finds what they mean, by a bounded amount of work.

`queries.json` holds what was typed, by kind, and the item that must be among the first three; where
`used` is set, at a station that has taken it in thirty times.
"""

import json
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from catalog_cache.finding.search import LIMIT_MAX, search
from catalog_cache.installed.build import build
from catalog_cache.installed.catalog import Catalog
from catalog_cache.pack import open_pack
from tests.tools.catalogs import make_item, pack_of
from tests.tools.make_items import make_items, make_pack

QUERIES = json.loads(Path(__file__).with_name("queries.json").read_text("utf-8"))
ASKED = [(kind, one) for kind, listed in QUERIES.items() for one in listed]
SEED = 20261126
STEPS_MAX = 60_000
AT_A_STATION = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import station.app
from catalog_cache.installed.cache import CatalogCache

cache = CatalogCache(Path(sys.argv[1]))
cache.install(Path(sys.argv[2]).read_bytes(), datetime.now(UTC))
assert cache.current().search("gljt") and cache.current().search("gaolimgjintie")
print(sorted(name for name in sys.modules if "pinyin" in name and not name.startswith("catalog_cache")))
"""


pytestmark = pytest.mark.xdist_group("ten thousand items")  # built once


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("many") / "catalog.sqlite"
    build(open_pack(make_pack(make_items(10_000))), path)
    return path


@pytest.fixture(scope="module")
def catalog(path) -> Catalog:
    return Catalog(path)


@pytest.mark.parametrize(("kind", "one"), ASKED, ids=[one["words"] for _, one in ASKED])
def test_every_query_of_the_list_finds_its_item_among_the_first_three(catalog, kind, one):
    codes = {line.name: line.code for line in catalog.summaries(limit=10_000)}
    used = {codes[one["finds"]]: 30} if one.get("used") else {}

    assert one["finds"] in [hit.name for hit in catalog.search(one["words"], used=used)[:3]]


def test_the_list_holds_sixty_queries_of_every_kind():
    assert len(ASKED) >= 60
    assert all(len(listed) >= 2 for listed in QUERIES.values())


def test_no_words_make_the_search_file_work_without_a_limit(path):
    chance = random.Random(SEED)
    print("seed", SEED)
    names = [name for (name,) in sqlite3.connect(path).execute("SELECT name FROM entries")]
    slips = [spoilt(chance.choice(names), chance) for _ in range(150)]

    worst = max((_steps(path, words), words) for words in slips + [one["words"] for _, one in ASKED])

    assert worst[0] <= STEPS_MAX, worst


def test_a_station_answers_pinyin_without_a_pinyin_library(tmp_path):
    (tmp_path / "pack").write_bytes(pack_of([make_item("高龄津贴", aliases=["老人钱"])]))
    arguments = [sys.executable, "-c", AT_A_STATION, str(tmp_path / "catalog"), str(tmp_path / "pack")]

    told = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=120)

    assert told.stdout.strip() == "[]"


def test_what_this_station_takes_in_comes_first_among_many_alike(catalog):
    last = catalog.search("申请", limit=LIMIT_MAX)[-1]

    assert catalog.search("申请", used={last.code: 40})[0].code == last.code


def test_an_item_in_use_is_found_beyond_the_first_hundred(path, catalog):
    (name, code), *_ = sqlite3.connect(path).execute(
        "SELECT name, code FROM entries WHERE name LIKE '%_补贴_%' AND is_open ORDER BY id DESC LIMIT 1"
    )
    assert code not in {hit.code for hit in catalog.search("补贴", limit=LIMIT_MAX)}

    assert name in [hit.name for hit in catalog.search("补贴", used={code: 25})[:3]]


def test_use_never_puts_another_item_before_the_one_named_in_full(catalog):
    used = {hit.code: 10_000 for hit in catalog.search("失业登记") if hit.name != "失业登记"}

    assert catalog.search("失业登记", used=used)[0].name == "失业登记"


def _steps(path: Path, words: str) -> int:
    """how many steps of its machine SQLite takes to answer, counted by the thousand."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1000
        return 0

    connection = sqlite3.connect(path)
    connection.set_progress_handler(count, 1000)
    try:
        search(connection, words)
    finally:
        connection.close()
    return counted


def spoilt(name: str, chance: random.Random) -> str:
    """A piece of a name with one character changed, left out, doubled or swapped."""
    start = chance.randrange(max(1, len(name) - 4))
    piece = list(name[start : start + chance.randrange(3, 9)])
    at = chance.randrange(len(piece))
    way = chance.randrange(4)
    if way == 0:
        piece[at] = chance.choice("侧机任大新贴金领")
    elif way == 1:
        del piece[at]
    elif way == 2:
        piece.insert(at, piece[at])
    else:
        piece[at - 1], piece[at] = piece[at], piece[at - 1]
    return "".join(piece)
