"""Delegations of any shape: our client asks for the same roles in the same order as python-tuf's own."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadHTTPError, RepositoryError
from tuf.api.metadata import DelegatedRole, Delegations, MetaFile, Snapshot, TargetFile, Targets, Timestamp
from tuf.ngclient import FetcherInterface, Updater

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.errors import CatalogError
from catalog_cache.files import write_whole
from catalog_cache.signatures.metadata import signed_bytes
from catalog_cache.signatures.shelf import read_role, role_path, target_name
from tests.catalog_cache.press import Press, new_signer

ROLES = ("A", "B", "C", "D", "E")
PATTERNS = ("*", "*.csv", "x/*", "x/*.csv", "y/?")
WANTED = ("a.csv", "b.txt", "x/c.csv", "x/d.txt", "y/e", "nowhere/at/all")


class Graph:
    """A city that delegates at random, loops and shared roles included; each role lists a few files."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        now = datetime.now(UTC).replace(microsecond=0)
        self.press = Press(folder, now=now - timedelta(days=1))
        self.folder = self.press.folder
        self.expires = now + timedelta(days=30)
        self.signers = {role: new_signer() for role in ROLES}
        versions = {"targets": 2} | dict.fromkeys(ROLES, 1)
        for role, version in versions.items():
            signers = self.press.city_signers if role == "targets" else [self.signers[role]]
            path = role_path(self.folder, role, version)
            write_whole(path, signed_bytes(self.role(version, is_top=role == "targets"), signers))
        meta = {f"{role}.json": MetaFile(version) for role, version in versions.items()}
        snapshot = read_role(self.folder, Snapshot, "snapshot").signed
        snapshot.version, snapshot.meta = 9, snapshot.meta | meta
        timestamp = read_role(self.folder, Timestamp, "timestamp", None).signed
        timestamp.version, timestamp.snapshot_meta = 9, MetaFile(9)
        county = self.press.county
        write_whole(role_path(self.folder, "snapshot", 9), signed_bytes(snapshot, [county.snapshot]))
        write_whole(role_path(self.folder, "timestamp", None), signed_bytes(timestamp, [county.timestamp]))

    def role(self, version: int, *, is_top: bool) -> Targets:
        """A role with some files and some delegations; the city lists nothing itself."""
        role = Targets(version, expires=self.expires)
        for path in () if is_top else self.chance.sample(WANTED[:5], self.chance.randrange(3)):
            data = f"{path} {self.chance.random()}".encode()
            role.targets[path] = TargetFile.from_data(path, data, ["sha256"])
            write_whole(self.folder / "targets" / target_name(role.targets[path]), data)
        children = self.chance.sample(ROLES, self.chance.randrange(1 if is_top else 0, 4))
        roles = {name: self.delegation(name) for name in children}
        keys = {self.signers[name].public_key.keyid: self.signers[name].public_key for name in children}
        role.delegations = Delegations(keys, roles) if children else None
        return role

    def delegation(self, name: str) -> DelegatedRole:
        patterns = self.chance.sample(PATTERNS, self.chance.randint(1, 3))
        is_final = self.chance.random() < 0.2
        return DelegatedRole(name, [self.signers[name].public_key.keyid], 1, is_final, patterns)


class Listening(FolderSource):
    """Remembers what was asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []

    def metadata(self, name: str, size_max: int) -> bytes:
        self.asked.append(name)
        return super().metadata(name, size_max)


class ListeningFetcher(FetcherInterface):
    """The same for python-tuf's client."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, list[str]()

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = url.removeprefix("folder://")
        if name.startswith("metadata/"):
            self.asked.append(name.removeprefix("metadata/"))
        path = self.folder / name
        if not path.is_file():
            raise DownloadHTTPError("not there", 404)
        yield path.read_bytes()


def ours(graph: Graph, folder: Path, wanted: str) -> tuple[str, list[str]]:
    source = Listening(graph.folder)
    client = TufClient(folder, source, datetime.now(UTC), is_strict=True)
    client.init(graph.press.root)
    try:
        client.refresh()
        return client.find(wanted).hashes["sha256"], source.asked
    except CatalogError:
        return "", source.asked


def theirs(graph: Graph, folder: Path, wanted: str) -> tuple[str, list[str]]:
    folder.mkdir()
    fetcher = ListeningFetcher(graph.folder)
    client = Updater(str(folder), "folder://metadata/", fetcher=fetcher, bootstrap=graph.press.root)
    try:
        found = client.get_targetinfo(wanted)
        return found.hashes["sha256"] if found else "", fetcher.asked
    except (RepositoryError, ValueError):
        return "", fetcher.asked


@pytest.mark.parametrize("seed", range(6))
def test_both_clients_walk_the_delegations_alike(tmp_path: Path, seed: int):
    graph = Graph(tmp_path / "press", seed)

    for number, wanted in enumerate(WANTED):
        told = (
            ours(graph, tmp_path / f"ours-{number}", wanted),
            theirs(graph, tmp_path / f"theirs-{number}", wanted),
        )
        assert told[0] == told[1], f"seed {seed}, {wanted}"
