"""Our client beside python-tuf's own, which passes the public conformance suite: the same repository, honest
or attacked, must be believed or refused by both, and leave both with the same versions."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, Targets, Timestamp
from tuf.ngclient import FetcherInterface, Updater

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.errors import CatalogError
from catalog_cache.files import write_whole
from catalog_cache.signatures.metadata import signed_bytes
from catalog_cache.signatures.shelf import newest_version, read_role, role_path
from tests.catalog_cache.press import CODE, PACK_PATH, Press, new_signer

COUNTY = f"county-{CODE}"
ROLES = ("root", "timestamp", "snapshot", "targets", COUNTY)
KINDS: dict[str, type[Signed]] = {
    "root": Root,
    "timestamp": Timestamp,
    "snapshot": Snapshot,
    "targets": Targets,
    COUNTY: Targets,
}
STEPS = 14


class FolderFetcher(FetcherInterface):
    """python-tuf's client reading the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self.folder / url.removeprefix("folder://")
        if not path.is_file():
            raise DownloadHTTPError("not there", 404)
        yield path.read_bytes()


class Workshop:
    """An attacker with every key, and an honest publisher, taking turns on one folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.press = Press(folder, now=datetime.now(UTC).replace(microsecond=0) - timedelta(days=1))
        self.folder = self.press.folder
        self.version = 0
        self.publishes()

    def publishes(self) -> None:
        self.version += 1
        self.press.publishes(self.version, f"第{self.version}版", days=0)

    def files(self) -> dict[Path, bytes]:
        """All metadata as it lies there."""
        return {path: path.read_bytes() for path in (self.folder / "metadata").iterdir()}

    def puts_back(self, files: dict[Path, bytes]) -> None:
        """Undo an attack."""
        for path in self.files():
            path.unlink()
        for path, data in files.items():
            path.write_bytes(data)

    def signers(self, role: str) -> list[object]:
        press = self.press
        return {
            "root": list(press.root_signers),
            "targets": list(press.city_signers),
            "snapshot": [press.county.snapshot],
            "timestamp": [press.county.timestamp],
            COUNTY: list(press.county.county),
        }[role]

    def path(self, role: str) -> Path:
        return role_path(
            self.folder, role, None if role == "timestamp" else newest_version(self.folder, role)
        )

    def resigns(
        self, role: str, change: Callable[[Signed], None], signers: list[object] | None = None
    ) -> None:
        """Change a role in place and sign it again, by default with all its keys."""
        path = self.path(role)
        signed = Metadata.from_bytes(path.read_bytes()).signed
        change(signed)
        write_whole(path, signed_bytes(signed, self.signers(role) if signers is None else signers))

    def publishes_honestly(self) -> str:
        """One honest act; its name."""
        return self._does(self.publishes, self.adds_a_root, self.rotates_the_timestamp_key)

    def attacks(self) -> str:
        """One attack; its name."""
        return self._does(
            self.winds_a_version_back,
            self.lets_a_role_expire,
            self.takes_a_signature_away,
            self.breaks_a_file,
            self.removes_a_file,
            self.names_another_version,
            self.drops_a_role_from_the_snapshot,
            self.swaps_two_roles,
        )

    def _does(self, *acts: Callable[[], None]) -> str:
        act = self.chance.choice(acts)
        act()
        return act.__name__

    def a_role(self) -> str:
        return self.chance.choice(ROLES)

    def adds_a_root(self) -> None:
        root = read_role(self.folder, Root, "root").signed
        root.version += 1
        write_whole(role_path(self.folder, "root", root.version), signed_bytes(root, self.press.root_signers))

    def rotates_the_timestamp_key(self) -> None:
        root = read_role(self.folder, Root, "root").signed
        for keyid in list(root.roles["timestamp"].keyids):
            root.revoke_key(keyid, "timestamp")
        self.press.county = replace(self.press.county, timestamp=new_signer())
        root.add_key(self.press.county.timestamp.public_key, "timestamp")
        root.version += 1
        write_whole(role_path(self.folder, "root", root.version), signed_bytes(root, self.press.root_signers))
        self.resigns("timestamp", lambda signed: None)

    def winds_a_version_back(self) -> None:
        def change(signed: Signed) -> None:
            signed.version = max(1, signed.version - self.chance.randint(1, 2))

        self.resigns(self.a_role(), change)

    def lets_a_role_expire(self) -> None:
        def change(signed: Signed) -> None:
            signed.expires = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)

        self.resigns(self.a_role(), change)

    def takes_a_signature_away(self) -> None:
        role = self.a_role()
        self.resigns(role, lambda signed: None, self.signers(role)[1:])

    def breaks_a_file(self) -> None:
        path = self.path(self.a_role())
        data = bytearray(path.read_bytes())
        data[self.chance.randrange(len(data))] ^= 1
        path.write_bytes(data)

    def removes_a_file(self) -> None:
        self.path(self.a_role()).unlink()

    def names_another_version(self) -> None:
        def change_timestamp(signed: Timestamp) -> None:
            signed.version += 1
            signed.snapshot_meta = MetaFile(
                max(1, signed.snapshot_meta.version + self.chance.choice([-1, 1]))
            )

        def change_snapshot(signed: Snapshot) -> None:
            name = self.chance.choice(sorted(signed.meta))
            signed.meta[name].version = max(1, signed.meta[name].version + self.chance.choice([-1, 1]))

        if self.chance.random() < 0.5:
            self.resigns("timestamp", change_timestamp)
        else:
            self.resigns("snapshot", change_snapshot)

    def drops_a_role_from_the_snapshot(self) -> None:
        self.resigns("snapshot", lambda signed: signed.meta.pop(f"{COUNTY}.json", None) and None)

    def swaps_two_roles(self) -> None:
        first, second = self.path(self.a_role()), self.path(self.a_role())
        first_bytes, second_bytes = first.read_bytes(), second.read_bytes()
        first.write_bytes(second_bytes)
        second.write_bytes(first_bytes)


def ours_believes(workshop: Workshop, metadata_dir: Path) -> bool:
    try:
        TufClient(metadata_dir, FolderSource(workshop.folder), datetime.now(UTC), is_strict=True).download(
            PACK_PATH
        )
    except CatalogError:
        return False
    return True


def theirs_believes(workshop: Workshop, metadata_dir: Path) -> bool:
    targets = metadata_dir / "targets"
    targets.mkdir(parents=True, exist_ok=True)
    bootstrap = workshop.press.root
    fetcher = FolderFetcher(workshop.folder)
    updater = Updater(
        str(metadata_dir),
        "folder://metadata/",
        str(targets),
        "folder://targets/",
        fetcher,
        bootstrap=bootstrap,
    )
    try:
        target = updater.get_targetinfo(PACK_PATH)
        if target is None:
            return False
        updater.download_target(target)
    except (RepositoryError, DownloadError, ValueError):
        return False
    return True


def versions(metadata_dir: Path) -> dict[str, int]:
    found = {role: metadata_dir / f"{role}.json" for role in ROLES}
    return {
        role: Metadata.from_file(str(path)).signed.version for role, path in found.items() if path.exists()
    }


@pytest.mark.parametrize("seed", range(10))
def test_both_clients_believe_and_refuse_the_same(tmp_path: Path, seed: int):
    workshop = Workshop(tmp_path / "press", seed)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    TufClient(ours, FolderSource(workshop.folder), None).init(workshop.press.root)
    done: list[str] = []

    for _ in range(STEPS):
        done.append(workshop.publishes_honestly())
        honest = workshop.files()
        for _ in range(workshop.chance.randrange(3)):
            with suppress(
                OSError, RepositoryError, AttributeError
            ):  # an attack on a file that an earlier attack broke
                done.append(workshop.attacks())
        told = f"seed {seed}, after {done}"
        assert ours_believes(workshop, ours) == theirs_believes(workshop, theirs), told
        assert versions(ours) == versions(theirs), told
        workshop.puts_back(honest)
