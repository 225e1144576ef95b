"""County, township and village in a row, each node whole, and the county's signed catalog in between."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from catalog_cache.distribution.sample_files import shelve_file
from catalog_cache.distribution.sources import FolderSource, HttpSource
from catalog_cache.distribution.update import UpdateReport
from catalog_cache.model import Item
from station import joining
from station.chores import update_catalog
from tests.catalog_cache.press import Press
from tests.tools.counter import VILLAGE, Counter
from tests.tools.mail_hall import answering
from tests.tools.make_items import make_pack

NAMES = tuple(f"事项{n}" for n in range(60))


@contextmanager
def served(node: Counter) -> Iterator[str]:
    """A node's catalog on a port of loopback."""
    with answering(node.app) as port:
        yield f"http://127.0.0.1:{port}/catalog"


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

    def publishes_with_files(self, version: int, items: list[Item], content: dict[str, bytes]) -> None:
        """A version whose items name samples, and the samples themselves."""
        self.press.now += timedelta(days=1)
        pack = {"pack.jsonl": make_pack(items, version)}
        self.press.repository.publish(pack, self.press.county, self.press.now)
        for data in content.values():
            shelve_file(self.press.folder, data, "样表.jpg")
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


def held_samples(node: Counter) -> set[str]:
    """The samples that a station has, whole, by name."""
    return {path.name for path in node.node.samples.store.folder.glob("*") if len(path.name) == 64}
