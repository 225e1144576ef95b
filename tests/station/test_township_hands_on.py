"""A village that only reaches its township has the county's catalog from there, and news as deltas."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from waitress.server import create_server

from catalog_cache.sources import FolderSource, HttpSource
from catalog_cache.update import UpdateReport
from station import joining
from station.chores import update_catalog
from station.places import REPOSITORY_FOLDER
from tests.catalog_cache.press import Press
from tests.tools.counter import VILLAGE, Counter

NAMES = tuple(f"事项{n}" for n in range(60))


@contextmanager
def served(node: Counter) -> Iterator[str]:
    """A node's doors on a port of loopback."""
    server = create_server(node.app, host="127.0.0.1", port=0, threads=2)
    Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}/catalog"
    server.task_dispatcher.shutdown()
    server.close()


def join(below: Counter, above: Counter) -> None:
    """Code, request and grant, which vouches for the catalog's first root."""
    with above.node.using():
        code = joining.make_code(above.node, below.node.facts.division, "boss").text
    with below.node.using():
        asked = joining.ask(below.node, code)
    with above.node.using():
        granted = joining.answer(above.node, asked, "boss")
    with below.node.using():
        joining.accept(below.node, granted)


class Line:
    """County, township and village in a row; the county publishes in a press of its own."""

    def __init__(self, folder: Path) -> None:
        self.press = Press(folder / "press")
        self.county = Counter(folder / "county", "county", "440205000000")
        self.township = Counter(folder / "township", "township", "440205100000")
        self.village = Counter(folder / "village", "village", VILLAGE)
        self.publishes(1, *NAMES)
        join(self.township, self.county)
        self.township_takes()
        join(self.village, self.township)

    def publishes(self, version: int, *names: str) -> None:
        self.press.publishes(version, *names)
        shutil.copytree(self.press.folder, self.county.node.repository_folder, dirs_exist_ok=True)

    def township_takes(self) -> UpdateReport:
        with self.township.node.using():
            return update_catalog(self.township.node, FolderSource(self.county.node.repository_folder))

    def village_takes(self, url: str) -> tuple[UpdateReport, HttpSource]:
        source = HttpSource.at(url)
        with self.village.node.using():
            return update_catalog(self.village.node, source), source

    def closes(self) -> None:
        for node in (self.village, self.township, self.county):
            node.closes()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path)
    yield line
    line.closes()


def test_the_village_trusts_the_countys_root_and_takes_the_catalog_from_the_township(line: Line) -> None:
    with served(line.township) as url:
        report, _ = line.village_takes(url)

    assert (report.state, report.version, report.why) == ("new", 1, "")


def test_what_changed_costs_the_village_a_few_kilobytes(line: Line) -> None:
    with served(line.township) as url:
        line.village_takes(url)
        line.publishes(2, *NAMES[:7], "残疾人证", *NAMES[8:])
        line.township_takes()
        report, source = line.village_takes(url)
        again, quiet = line.village_takes(url)

    assert (report.state, report.version) == ("new", 2)
    assert source.bytes_read < 4000
    assert (again.state, quiet.requests) == ("current", 2)


def test_what_a_township_could_not_take_it_does_not_hand_on(line: Line) -> None:
    line.publishes(2, *NAMES[1:])
    for path in (line.county.node.repository_folder / "targets").rglob("*.pack.jsonl*"):
        path.write_bytes(b"{}\n")

    refused = line.township_takes()
    with served(line.township) as url:
        report, _ = line.village_takes(url)

    assert (refused.state, report.state, report.version) == ("refused", "new", 1)


def test_a_village_hands_on_nothing(line: Line) -> None:
    with served(line.township) as url:
        line.village_takes(url)

    assert not (line.village.node.settings.data_folder / REPOSITORY_FOLDER).exists()
