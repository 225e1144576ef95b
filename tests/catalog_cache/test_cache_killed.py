"""The power goes while a catalog is being installed: what is found afterwards is whole, old or new."""

import random
import subprocess
import sys
import time
from pathlib import Path

from catalog_cache.installed.cache import CatalogCache
from tests.tools.catalogs import PUBLISHED
from tests.tools.make_items import make_items, make_pack

SEED = 20261122
MOMENTS = 10
INSTALLER = """
import sys, pathlib
from datetime import UTC, datetime
from catalog_cache.installed.cache import CatalogCache
cache = CatalogCache(pathlib.Path(sys.argv[1]))
packs = sorted(pathlib.Path(sys.argv[2]).iterdir(), key=lambda path: int(path.name))
print("ready", flush=True)
for path in packs:
    cache.install(path.read_bytes(), datetime.now(UTC))
"""


def test_a_kill_at_any_moment_leaves_a_whole_catalog(tmp_path: Path):
    chance = random.Random(SEED)
    folder, packs = tmp_path / "catalog", tmp_path / "packs"
    packs.mkdir()
    items = make_items(60, SEED)
    for version in range(1, 40):
        (packs / str(version)).write_bytes(make_pack(items[:version], version))
    CatalogCache(folder).install((packs / "1").read_bytes(), PUBLISHED)
    (packs / "1").unlink()
    newest = 1
    for _ in range(MOMENTS):
        killed_while_installing(folder, packs, chance.uniform(0.01, 0.4))
        cache = CatalogCache(folder)
        catalog = cache.current()
        assert catalog and catalog.version >= newest, f"seed {SEED}"
        newest = catalog.version
        assert catalog.count == newest == sum(1 for _ in catalog.items())
        assert not [health for health in cache.check() if health.message]
        cache.close()
        for path in packs.iterdir():
            if int(path.name) <= newest:
                path.unlink()
    CatalogCache(folder).install(make_pack(items[:50], 50), PUBLISHED)
    assert not list(folder.glob(".*.sqlite.*")), "drafts are swept away"


def killed_while_installing(folder: Path, packs: Path, after_seconds: float) -> None:
    """Start installing every pack there is, one after the other, and kill the program in the middle."""
    command = [sys.executable, "-c", INSTALLER, str(folder), str(packs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as installer:
        assert installer.stdout and installer.stdout.readline() == b"ready\n"
        time.sleep(after_seconds)
        installer.kill()
