"""What a change of one item in a city's base costs a county on the line: whole, and as its difference.

    python -m tests.benchmarks.city_base

Counted at a TCP proxy on loopback, HTTP and metadata included, between a county that holds the base before
and the doors of the city's catalog. Whole is what a county paid that has the same files but for the base.
"""

import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

from flask import Flask
from tuf.api.metadata import Root
from waitress.server import create_server

from catalog_cache.distribution.city import COUNTIES
from catalog_cache.distribution.handed import fetch_handover
from catalog_cache.distribution.sources import HttpSource
from catalog_cache.http import blueprint
from catalog_cache.layering.layer_files import BASE
from catalog_cache.signatures.ceremony import renew_city
from catalog_cache.signatures.handover import read_handover
from catalog_cache.signatures.shelf import read_role
from tests.benchmarks.table import print_table
from tests.catalog_cache.layered import CITY, pack
from tests.catalog_cache.press import CODE, Press
from tests.tools.link import Link
from tests.tools.make_items import make_items

SEED = 20261126
SIZES = (150, 5000)


def measure() -> None:
    """One row a size."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [_row(Path(folder) / str(size), size) for size in SIZES]
    head = ("items", "base, bytes", "bytes whole", "bytes by delta", "less", "requests", "first s", "then s")
    print_table("One item of a city's base changed, at one county", head, rows)


def _row(folder: Path, size: int) -> tuple[str, ...]:
    press, items = Press(folder), make_items(size, SEED)
    place = folder / "repository" / COUNTIES / CODE
    shutil.copytree(press.city_folder, place)
    first = pack(replace(CITY, version=1), items=items)
    renew_city(place, press.city_signers, {BASE: first}, press.now)
    shutil.copytree(place, folder / "held")
    shutil.copytree(place, folder / "bare", ignore=shutil.ignore_patterns("*base.jsonl*"))
    items[size // 2] = replace(items[size // 2], phone="0751-8888888", place="市政务服务中心三楼综合窗口")
    renew_city(place, press.city_signers, {BASE: pack(replace(CITY, version=2), items=items)}, press.now)
    whole, _, _ = _fetched(folder, folder / "bare")
    by_delta, requests, first_seconds = _fetched(folder, folder / "held")
    _, _, seconds = _fetched(folder, folder / "held")
    figures = (f"{size:,}", f"{len(first):,}", f"{whole:,}", f"{by_delta:,}", f"{whole / by_delta:.0f}x")
    return (*figures, str(requests), f"{first_seconds:.2f}", f"{seconds:.2f}")


def _fetched(folder: Path, held: Path) -> tuple[int, int, float]:
    """Bytes both ways, requests and seconds of one look at the city."""
    app, into = Flask("catalog"), folder / "into"
    shutil.rmtree(into, ignore_errors=True)
    app.register_blueprint(blueprint(folder / "repository"), url_prefix="/catalog")
    server = create_server(app, host="127.0.0.1", port=0, threads=2, ident="")
    Thread(target=server.run, daemon=True).start()
    with Link(server.effective_port) as link:
        source = HttpSource.at(f"http://127.0.0.1:{link.port}/catalog/{COUNTIES}/{CODE}")
        began = time.perf_counter()
        assert fetch_handover(source, [held], into)
        seconds = time.perf_counter() - began
        carried = sum(link.passed.values())
    server.close()
    assert BASE in read_handover(into, read_role(held, Root, "root").signed).files
    return carried, source.requests, seconds


if __name__ == "__main__":
    measure()
