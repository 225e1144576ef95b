"""A city's 10,000 items, a county over them and a township over both: how long a station composes them.

Each way in a process of its own: the city's pack alone built for reading, and the same under two layers,
with changes to every fifth item by the county and every tenth by the township, and 200 items of the
county's own.
"""

import resource
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from catalog_cache.installed.build import build
from catalog_cache.layer import Change, Source
from catalog_cache.layering.layered import LayeredPack
from catalog_cache.model import Level
from catalog_cache.pack import PackReader, open_pack, write_pack
from tests.benchmarks.table import print_table
from tests.catalog_cache.layered import meta_of
from tests.tools.make_items import make_items

ITEMS, OWN = 10_000, 200
SEED = 20261126
CITY = Source(level=Level.CITY, publisher="city-440200000000", name="韶关市政务服务局", version=3)
COUNTY = Source(level=Level.COUNTY, publisher="county-440205000000", name="曲江区政务服务中心", version=7)
TOWN = Source(level=Level.TOWNSHIP, publisher="township-440205100000", name="马坝镇", version=7)
WAYS = {"alone": ("city",), "layered": ("city", "county", "town")}


def measure() -> None:
    """Write the three packs, build both ways, print the table with the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_packs(folder)
        told = {way: _in_a_process(way, folder) for way in WAYS}
    plain = float(told["alone"][0])
    rows = [
        ("the city's pack alone", *told["alone"], "1.00"),
        ("under a county and a township", *told["layered"], f"{float(told['layered'][0]) / plain:.2f}"),
    ]
    head = ("built for reading", "CPU s", "clock s", "entries", "peak MB", "ratio of CPU")
    print_table(f"{ITEMS} items composed of three layers", head, rows)


def write_packs(folder: Path) -> None:
    """The packs of the three layers, as their publishers sign them."""
    items = make_items(ITEMS + OWN, SEED)
    base, own = items[:ITEMS], items[ITEMS:]
    city = write_pack(meta_of(CITY), base, ())
    marked = sha256(city).hexdigest()
    county = [
        Change(one.code, {"place": "曲江区政务服务中心二楼", "phone": "0751-1234567"}) for one in base[::5]
    ]
    town = [Change(one.code, {"place": "马坝镇便民服务中心"}, is_on=True) for one in base[::10]]
    (folder / "city").write_bytes(city)
    (folder / "county").write_bytes(write_pack(meta_of(COUNTY, marked), own, (), county))
    (folder / "town").write_bytes(write_pack(meta_of(TOWN, marked), (), (), town))


def build_one(way: str, folder: Path) -> None:
    """Build one way and print what it took."""
    packs = [open_pack((folder / name).read_bytes()) for name in WAYS[way]]
    start, before = time.perf_counter(), time.process_time()
    build(_composed(packs), folder / f"{way}.sqlite")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    count = ITEMS + OWN * (way == "layered")
    print(f"{time.process_time() - before:.1f} {time.perf_counter() - start:.1f} {count} {peak}")


def _composed(packs: list[PackReader]) -> PackReader | LayeredPack:
    return LayeredPack(packs) if len(packs) > 1 else packs[0]


def _in_a_process(*words: object) -> list[str]:
    command = [sys.executable, "-m", "tests.benchmarks.layers", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


if __name__ == "__main__":
    build_one(sys.argv[1], Path(sys.argv[2])) if sys.argv[1:] else measure()
