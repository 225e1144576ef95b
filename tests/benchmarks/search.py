"""Search over 10,000 items, beside a bare FTS5 query over the same words: p50 and p99 by kind of query.

The queries are those of the tests, and as many spoilt names. Both sides are asked in turn. Besides the
time on the wall the processor's own time is told, which other programs on the machine do not lengthen.
"""

import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog_cache.finding.search_text import bigrams, phrase, pinyin_tails, runs
from catalog_cache.installed.build import build
from catalog_cache.installed.catalog import Catalog
from catalog_cache.pack import PackReader, open_pack
from tests.benchmarks.table import print_table
from tests.catalog_cache.test_search_at_scale import QUERIES, spoilt
from tests.tools.make_items import make_items, make_pack

ITEMS = 10_000
ROUNDS = 100
SLIPS = 60
SEED = 20261126
BARE = "SELECT code, name FROM bare WHERE bare MATCH ? ORDER BY rank LIMIT 20"
Ask = Callable[[str], object]


@dataclass
class Times:
    """Milliseconds of one side: on the wall and of the processor."""

    wall: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    def take(self, ask: Ask, words: str) -> None:
        """Ask once and note how long it took."""
        wall, own = time.perf_counter(), time.thread_time()
        ask(words)
        self.own.append((time.thread_time() - own) * 1000)
        self.wall.append((time.perf_counter() - wall) * 1000)


def measure() -> None:
    """Build the catalog and the bare table, ask every query both ways in turn, print the table."""
    names = [item.name for item in make_items(ITEMS)]
    pack = open_pack(make_pack(make_items(ITEMS)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.sqlite"
        seconds = time.perf_counter()
        build(pack, path)
        seconds = time.perf_counter() - seconds
        catalog, bare = Catalog(path), bare_table(Path(folder) / "bare.sqlite", pack)
        rows = _rows(query_mix(names), catalog, bare)
        size_mb = path.stat().st_size / 1024**2
        bare.close()
        catalog.close()
    head = (
        *("query", "bare FTS5 p50 / p99 ms", "search p50 / p99 ms", "ratio of p99"),
        *("bare, processor p50 / p99", "search, processor p50 / p99", "ratio of p99"),
    )
    print_table(f"Search over {ITEMS} items ({size_mb:.0f} MB)", head, rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\nFile built in {seconds:.1f} s; {ROUNDS} rounds; seed {SEED}; peak of this program {peak} MB.")


def query_mix(names: Sequence[str]) -> dict[str, list[str]]:
    """The words of the tests' list by kind, and names with a slip in them."""
    chance = random.Random(SEED)
    listed = {kind: [one["words"] for one in asked] for kind, asked in QUERIES.items()}
    return listed | {"names spoilt by chance": [spoilt(chance.choice(names), chance) for _ in range(SLIPS)]}


def bare_table(path: Path, pack: PackReader) -> sqlite3.Connection:
    """One FTS5 table with the same words: codes, pairs of characters, pinyin and initials."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIRTUAL TABLE bare USING fts5(code, words, sounds, name UNINDEXED)")
    for entry in pack.entries():
        names = (entry.record.name, *entry.aliases)
        sounds = " ".join(" ".join(pinyin_tails(syllables)) for syllables in entry.pinyin)
        row = (entry.record.code, " ".join(map(bigrams, names)), sounds, entry.record.name)
        connection.execute("INSERT INTO bare VALUES (?, ?, ?, ?)", row)
    connection.execute("INSERT INTO bare (bare) VALUES ('optimize')")
    connection.commit()
    return connection


def _rows(
    queries: dict[str, list[str]], catalog: Catalog, connection: sqlite3.Connection
) -> list[tuple[str, ...]]:
    bare = {kind: Times() for kind in queries}
    ours = {kind: Times() for kind in queries}
    for _ in range(ROUNDS):
        for kind, asked in queries.items():
            for words in asked:
                bare[kind].take(lambda said: connection.execute(BARE, (_asked(said),)).fetchall(), words)
                ours[kind].take(catalog.search, words)
    rows = [_row(f"{kind} ({len(asked)})", bare[kind], ours[kind]) for kind, asked in queries.items()]
    listed = [_together(side[kind] for kind in QUERIES) for side in (bare, ours)]
    everything = [_together(side.values()) for side in (bare, ours)]
    return [*rows, _row("the list of the tests", *listed), _row("everything", *everything)]


def _asked(words: str) -> str:
    return " AND ".join(phrase(run) for run in runs(words))


def _together(times: Iterable[Times]) -> Times:
    listed = list(times)
    return Times([ms for one in listed for ms in one.wall], [ms for one in listed for ms in one.own])


def _row(kind: str, bare: Times, ours: Times) -> tuple[str, ...]:
    sides = [(bare.wall, ours.wall), (bare.own, ours.own)]
    cells = [(_told(base), _told(own), f"{_p99(own) / _p99(base):.2f}") for base, own in sides]
    return (kind, *cells[0], *cells[1])


def _told(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} / {_p99(values):.2f}"


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))]


if __name__ == "__main__":
    measure()
