"""Search over 10,000 items, beside a LIKE scan of the same file: p50 and p99 by kind of query."""

import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from catalog_cache.build import build
from catalog_cache.catalog import Catalog
from catalog_cache.model import Item
from catalog_cache.pack import open_pack
from catalog_cache.readings import syllables_of
from catalog_cache.search_text import initials
from tests.benchmarks.table import print_table
from tests.tools.make_items import make_items, make_pack

ITEMS = 10_000
QUERIES_A_KIND = 40
ROUNDS = 5
SEED = 20261122
SCAN = (
    "SELECT code, name FROM entries WHERE name LIKE ?1 OR aliases LIKE ?1 OR code LIKE ?1"
    " ORDER BY length(name) LIMIT 20"
)
Ask = Callable[[str], object]


def measure() -> None:
    """Build the catalog, ask every query of the mix both ways in turn, print the table."""
    items = make_items(ITEMS, SEED)
    queries = query_mix(items, random.Random(SEED))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.sqlite"
        seconds = _timed(lambda _: build(open_pack(make_pack(items)), path), "")
        catalog, scan = Catalog(path), sqlite3.connect(path)
        rows = [_row(kind, asked, catalog.search, _scanner(scan)) for kind, asked in queries.items()]
        everything = [words for asked in queries.values() for words in asked]
        rows.append(_row("all", everything, catalog.search, _scanner(scan)))
        size_mb = path.stat().st_size / 1024**2
        scan.close()
        catalog.close()
    head = ("query", "LIKE scan p50 / p99 ms", "search p50 / p99 ms", "ratio p50", "ratio p99", "LIKE finds")
    print_table(f"Search over {ITEMS} items ({size_mb:.0f} MB)", head, rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\nPack and file built in {seconds:.1f} s; seed {SEED}; peak of this program {peak} MB.")


def query_mix(items: Sequence[Item], chance: random.Random) -> dict[str, list[str]]:
    """What people type, by kind, taken from the names so that each has something to find."""
    names = [item.name for item in chance.sample(list(items), QUERIES_A_KIND)]
    cuts = [chance.randrange(len(name) - 4) for name in names]
    sounds = [syllables_of(name[:6]) for name in names]
    return {
        "1 character": [name[cut] for name, cut in zip(names, cuts, strict=True)],
        "2 characters": [name[cut : cut + 2] for name, cut in zip(names, cuts, strict=True)],
        "4 characters": [name[cut : cut + 4] for name, cut in zip(names, cuts, strict=True)],
        "whole name": names,
        "full pinyin": [sound.replace(" ", "") for sound in sounds],
        "initials": [initials(sound) for sound in sounds],
        "mixed": [name[:2] + initials(syllables_of(name[2:5])) for name in names],
        "alias": [item.aliases[0] for item in items if item.aliases][:QUERIES_A_KIND],
        "code": [item.code for item in items[:QUERIES_A_KIND]],
        "guide text": ["授权委托书", "劳动合同", "符合规划", "经营场所", "银行账户"],
        "slip of the pen": [f"{name[:2]}侧{name[3:5]}" for name in names],
        "nothing": ["量子计算机", "zzzzqq", "火星移民"],
    }


def _row(kind: str, asked: Sequence[str], ours: Ask, scan: Ask) -> tuple[str, ...]:
    timed = [
        (_timed(scan, words), _timed(ours, words), bool(scan(words)))
        for _ in range(ROUNDS)
        for words in asked
    ]
    base, own = [pair[0] * 1000 for pair in timed], [pair[1] * 1000 for pair in timed]
    found = sum(pair[2] for pair in timed) / len(timed)
    return (
        kind,
        f"{statistics.median(base):.2f} / {_p99(base):.2f}",
        f"{statistics.median(own):.2f} / {_p99(own):.2f}",
        f"{statistics.median(own) / statistics.median(base):.2f}",
        f"{_p99(own) / _p99(base):.2f}",
        f"{found:.0%}",
    )


def _scanner(connection: sqlite3.Connection) -> Ask:
    return lambda words: connection.execute(SCAN, (f"%{words}%",)).fetchall()


def _timed(ask: Ask, words: str) -> float:
    start = time.perf_counter()
    ask(words)
    return time.perf_counter() - start


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))]


if __name__ == "__main__":
    measure()
