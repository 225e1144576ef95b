"""What a new catalog version costs: the delta beside `zstd -19 --patch-from`, and the bytes on the line.

    python -m tests.benchmarks.deltas

5,000 items. The limit is the zstd program's own patch of the whole pack, made in the same run. The line is
counted at a TCP proxy on loopback, HTTP included, between a station and a hall's doors for the catalog. Last,
a county of 478 items with 989 samples and forms of realistic sizes goes onto a stick and off it again.
"""

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from threading import Thread
from typing import TypeVar

from flask import Flask
from waitress.server import create_server

from catalog_cache.distribution.delta import apply_delta, make_delta
from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.sample_files import FileStore, Round, shelve_file, wanted_files
from catalog_cache.distribution.sources import FolderSource, HttpSource
from catalog_cache.distribution.stick import copy_files, copy_published
from catalog_cache.http import blueprint
from catalog_cache.installed.catalog import Catalog
from catalog_cache.model import Item
from catalog_cache.pack import compressed
from tests.benchmarks.table import print_table
from tests.catalog_cache.press import START, Press, Station
from tests.tools.edits import edited
from tests.tools.link import Link
from tests.tools.make_items import make_items, make_pack
from tests.tools.sample_files import with_files

SEED = 20261126
ITEMS = 5000
RUNS = 3
DRAWS = ((1, 0, 0), (20, 2, 1), (200, 2, 1), (600, 20, 10))
MAIN = DRAWS[1]
COUNTY_ITEMS, COUNTY_FILES = 478, 989
T = TypeVar("T")


def measure() -> None:
    """All three tables."""
    items = make_items(ITEMS + 20, SEED)
    base = make_pack(items[:ITEMS], 1)
    packs = {draw: _version(items, draw) for draw in DRAWS}
    with tempfile.TemporaryDirectory() as folder:
        rows = [_size_row(Path(folder), draw, base, pack) for draw, pack in packs.items()]
        head = (
            "edited, added, withdrawn",
            "zstd -19 --patch-from",
            "ours",
            "ratio",
            "make s",
            "apply s",
            "zstd s",
        )
        print_table(f"A delta between packs of {ITEMS:,} items, {len(base):,} bytes", head, rows)
        print(f"\nThe whole pack as xz: {len(compressed(base)):,} bytes (preset 2). Seed {SEED}.")
    with tempfile.TemporaryDirectory() as folder:
        line_head = ("a station takes", "requests", "bytes both ways")
        print_table(
            "A new version on the line, HTTP and metadata included",
            line_head,
            _line_rows(folder, base, packs),
        )
    with tempfile.TemporaryDirectory() as folder:
        print_table(
            "A whole county on one stick", ("step", "files", "MB", "seconds"), _stick_rows(Path(folder))
        )


def _version(items: list[Item], draw: tuple[int, int, int]) -> bytes:
    changed, added, withdrawn = draw
    chance = Random(f"{SEED} {draw}")
    news = items[ITEMS : ITEMS + added]
    return make_pack(edited(items[:ITEMS], chance, changed=changed, added=news, withdrawn=withdrawn), 2)


def _size_row(folder: Path, draw: tuple[int, int, int], base: bytes, pack: bytes) -> tuple[str, ...]:
    limit, zstd_seconds = _limit(folder, base, pack)
    made = [_timed(lambda: make_delta(base, pack)) for _ in range(RUNS)]
    delta = made[0][0]
    assert delta is not None
    digest = sha256(pack).hexdigest()
    applied = [_timed(lambda: apply_delta(delta, base, digest, len(pack))) for _ in range(RUNS)]
    assert applied[0][0] == pack
    return (
        "{} + {} - {}".format(*draw),
        f"{limit:,}" if limit else "no zstd program",
        f"{len(delta):,}",
        f"{len(delta) / limit:.2f}" if limit else "",
        f"{statistics.median(seconds for _, seconds in made):.2f}",
        f"{statistics.median(seconds for _, seconds in applied):.2f}",
        f"{zstd_seconds:.1f}" if limit else "",
    )


def _limit(folder: Path, base: bytes, pack: bytes) -> tuple[int, float]:
    """Bytes and seconds of the zstd program; 0 where there is none."""
    program = shutil.which("zstd")
    if program is None:
        return 0, 0.0
    old, new, out = (folder / name for name in ("old", "new", "patch"))
    old.write_bytes(base)
    new.write_bytes(pack)
    command = [program, "-q", "-f", "-19", f"--patch-from={old}", str(new), "-o", str(out)]
    _, seconds = _timed(lambda: subprocess.run(command, check=True, stderr=subprocess.DEVNULL))
    return out.stat().st_size, seconds


def _line_rows(folder: str, base: bytes, packs: dict[tuple[int, int, int], bytes]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for draw in (DRAWS[0], MAIN):
        press = Press(Path(folder) / f"press {draw}")
        _publish(press, base)
        with _served(press.folder) as link:
            rows += _takes(Station(Path(folder) / f"station {draw}", press), press, packs[draw], draw, link)
    return rows


def _takes(
    station: Station, press: Press, pack: bytes, draw: tuple[int, int, int], link: Link
) -> Iterator[tuple[str, ...]]:
    yield _line_row("everything, the first time", station, link)
    press.now += timedelta(days=1)
    _publish(press, pack)
    DeltaShelf(press.folder).prepare()
    yield _line_row("{} edited, {} added, {} withdrawn".format(*draw), station, link)
    yield _line_row("nothing new", station, link)


def _publish(press: Press, pack: bytes) -> None:
    press.repository.publish({"pack.jsonl": pack}, press.county, press.now)


def _line_row(title: str, station: Station, link: Link) -> tuple[str, ...]:
    link.forget()
    report = station.updates(HttpSource.at(f"http://127.0.0.1:{link.port}/catalog"))
    assert not report.why, report.why
    return title, str(report.requests), f"{sum(link.passed.values()):,}"


@contextmanager
def _served(folder: Path) -> Iterator[Link]:
    app = Flask("catalog")
    app.register_blueprint(blueprint(folder), url_prefix="/catalog")
    server = create_server(app, host="127.0.0.1", port=0, threads=2, ident="")
    Thread(target=server.run, daemon=True).start()
    with Link(server.effective_port) as link:
        yield link
    server.close()


def _stick_rows(folder: Path) -> list[tuple[str, ...]]:
    items, content = with_files(COUNTY_ITEMS, COUNTY_FILES, SEED)
    press = Press(folder / "press")
    _publish(press, make_pack(items, 1))
    for data in content.values():
        shelve_file(press.folder, data, "样表.jpg")
    stick = folder / "stick"
    _, first = _timed(lambda: copy_published(press.folder, stick))
    copied, onto = _timed(lambda: copy_files(press.folder, stick, folder / "none"))
    station = Station(folder / "station", press)
    _, taken = _timed(lambda: station.updates(stick))
    catalog = station.cache.current()
    assert isinstance(catalog, Catalog)
    wanted = wanted_files(catalog)
    store = FileStore(folder / "samples")
    fetched, off = _timed(lambda: store.fetch(FolderSource(stick), wanted, Round(START)))
    assert fetched.is_complete
    size = f"{copied.bytes / 1e6:.0f}"
    return [
        ("the catalog onto the stick", "", "", f"{first:.1f}"),
        ("samples and forms onto it, read back", str(copied.files), size, f"{onto:.1f}"),
        ("the catalog off it, built", str(catalog.count), "", f"{taken:.1f}"),
        ("samples and forms off it, checked", str(fetched.files), f"{fetched.bytes / 1e6:.0f}", f"{off:.1f}"),
    ]


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    done = work()
    return done, time.perf_counter() - start


if __name__ == "__main__":
    measure()
