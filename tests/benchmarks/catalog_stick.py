"""A county's catalog of 478 items with 989 samples onto a stick by the page and off it at a village.

The stick is a folder of this machine's disk: what a real one adds is its own slowness.
"""

import tempfile
import time
from pathlib import Path

from station.catalog_stick.meter import Meter
from station.catalog_stick.taking import bring
from station.catalog_stick.writing import write_for
from tests.benchmarks.table import print_table
from tests.station.line import Line
from tests.tools.counter import Counter
from tests.tools.sample_files import with_files

ITEMS, FILES = 478, 989
SEED = 20261126


def measure() -> None:
    """Write, take, take again with nothing new; print the seconds."""
    items, content = with_files(ITEMS, FILES, SEED)
    with tempfile.TemporaryDirectory() as name:
        line = Line(Path(name))
        line.publishes_with_files(2, items, content)
        stick = Path(name) / "stick"
        stick.mkdir()
        rows = [("write", *_written(line.county, stick))]
        rows += [("take", *_taken(line.village, stick)), ("take again", *_taken(line.village, stick))]
        line.closes()
    megabytes = sum(map(len, content.values())) / 1e6
    print_table(f"{ITEMS} items, {FILES} samples, {megabytes:.0f} MB", ("", "seconds", "samples"), rows)


def _written(county: Counter, stick: Path) -> tuple[str, str]:
    begun = time.perf_counter()
    with county.node.using():
        done = write_for(county.node, stick, Meter(), "boss", has_files=True)
    assert done.samples is not None
    return f"{time.perf_counter() - begun:.1f}", str(done.samples.files)


def _taken(village: Counter, stick: Path) -> tuple[str, str]:
    begun = time.perf_counter()
    with village.node.using():
        done = bring(village.node, stick, Meter(), "agent")
    assert done.missing == 0, done
    return f"{time.perf_counter() - begun:.1f}", str(done.files)


if __name__ == "__main__":
    measure()
