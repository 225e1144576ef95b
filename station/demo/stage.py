"""What the scenes of the main job stand on: the running county, and how something is held to be so."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from station.demo.people import CatalogPerson, Confirmed, Counter, Reviewer
from station.demo.plan import COUNTY, DemoNode
from station.demo.running import RunningCounty
from station.node import Installation
from station.places import REPOSITORY_FOLDER
from station.settings import Settings

WAIT_SECONDS = 60


class NotHeld(Exception):
    """Something that had to hold did not; says what."""


@dataclass
class Stage:
    """The running county and what the scenes have to remember of one another."""

    running: RunningCounty
    confirmed: dict[str, Confirmed] = field(default_factory=dict)
    papers: dict[str, bytes] = field(default_factory=dict)
    people: dict[str, Counter] = field(default_factory=dict)
    older_repository: Path | None = None

    def clerk(self, node: DemoNode) -> Counter:
        """The clerk of a station, signed in."""
        if node.folder not in self.people:
            self.people[node.folder] = Counter(self.running.url(node))
            self.people[node.folder].sign_in(self.running.county.login(node))
        return self.people[node.folder]

    def reviewer(self) -> Reviewer:
        """The reviewer of the hall, signed in."""
        person = Reviewer(self.running.url(COUNTY))
        person.sign_in(self.running.county.login(COUNTY, "reviewer"))
        return person

    def catalog_person(self, account: str, node: DemoNode = COUNTY) -> CatalogPerson:
        """The editor or the publisher of the hall or of the city, signed in."""
        person = CatalogPerson(self.running.url(node))
        person.sign_in(self.running.county.login(node, account))
        return person

    def data(self, node: DemoNode) -> Path:
        """A node's data folder."""
        return self.running.county.data(node)

    def root_json(self) -> Path:
        """What anybody needs to check a receipt: the city's signed root."""
        return self.data(COUNTY) / REPOSITORY_FOLDER / "metadata" / "1.root.json"

    def node_id(self, node: DemoNode) -> str:
        """The random id a node got when it was founded."""
        return Installation(Settings(self.data(node))).reload_facts().node_id

    def catalog_version(self, node: DemoNode) -> int:
        """The version a node uses; the catalog is public, so nobody has to unlock anything."""
        current = Installation(Settings(self.data(node))).current_catalog()
        return current.version if current else 0


def hold(is_held: bool, what: str) -> None:
    """Raises NotHeld with `what` unless it holds."""
    if not is_held:
        raise NotHeld(what)


def until(is_so: Callable[[], bool], what: str) -> float:
    """Wait until something is so; returns the seconds it took. Raises NotHeld after a minute."""
    began = time.monotonic()
    while not is_so():
        hold(time.monotonic() - began < WAIT_SECONDS, f"{WAIT_SECONDS} 秒内没有等到：{what}")
        time.sleep(0.2)
    return time.monotonic() - began
