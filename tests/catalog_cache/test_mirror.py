"""A township hands on what it took: its villages need no line to the county."""

from pathlib import Path

import pytest

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.mirror import PACKS_KEPT, Mirror
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.distribution.stick import copy_published
from catalog_cache.distribution.update import signed_file
from catalog_cache.files import Writer, write_whole
from catalog_cache.signatures.ceremony import RootChange, renew_root
from tests.catalog_cache.press import CODE, Press, Station

NAMES = tuple(f"事项{n}" for n in range(60))


class Township:
    """A station that lays out what it took, for those below."""

    def __init__(self, folder: Path, press: Press) -> None:
        self.station = Station(folder, press)
        self.folder = folder / "repository"

    def takes(self) -> bool:
        """One update from the county; whether it was news to lay out."""
        self.station.updates()
        return self.mirror().take_over()

    def mirror(self, writer: Writer = write_whole) -> Mirror:
        return Mirror(self.station.metadata_dir, self.station.cache, self.folder, writer)


@pytest.fixture
def township(tmp_path: Path, press: Press) -> Township:
    return Township(tmp_path / "township", press)


def test_a_village_takes_the_catalog_from_its_township(press: Press, township: Township, far: Station):
    press.repository.publish({"nodes.json": b'{"nodes":[1]}'}, press.county, press.now)
    township.takes()

    report = far.updates(township.folder)

    assert (report.state, report.version, report.why) == ("new", 1, "")
    assert far.knows("高龄津贴")
    assert signed_file(far.metadata_dir, f"county/{CODE}/nodes.json") == b'{"nodes":[1]}'


def test_a_large_pack_is_handed_on_compressed_and_later_as_a_delta(
    press: Press, township: Township, far: Station
):
    press.publishes(2, *NAMES)
    township.takes()
    far.updates(township.folder)
    press.publishes(3, *NAMES[1:], "残疾人证")
    township.takes()
    DeltaShelf(township.folder).prepare()
    for path in (township.folder / "targets").rglob("*.pack.jsonl*"):
        path.unlink()

    assert far.updates(township.folder).version == 3
    assert far.knows("残疾人证")


def test_nothing_is_laid_out_twice(township: Township):
    assert township.takes()
    assert not township.takes()


def test_a_village_that_starts_from_the_first_root_follows_to_the_newest(
    press: Press, township: Township, far: Station
):
    township.takes()
    renew_root(press.city_folder, press.root_signers, RootChange(), press.now)
    press.repository.adopt(press.city_folder, press.county, press.now)
    press.publishes(2, "残疾人证")
    township.takes()

    assert far.updates(township.folder).version == 2
    assert far.version("root") == 2


def test_until_the_last_file_is_written_villages_find_what_they_found_before(
    press: Press, township: Township, far: Station
):
    township.takes()
    press.publishes(2, "残疾人证")
    township.station.updates()
    written: list[Path] = []

    def pulled_out(path: Path, data: bytes) -> None:
        if path.name == "timestamp.json":
            raise OSError("the power went")
        written.append(path)
        write_whole(path, data)

    with pytest.raises(OSError, match="power"):
        township.mirror(pulled_out).take_over()

    assert written
    assert far.updates(township.folder).version == 1
    assert township.mirror().take_over()
    assert far.updates(township.folder).version == 2


def test_a_township_that_alters_a_pack_convinces_no_village(press: Press, township: Township, far: Station):
    township.takes()
    [pack] = (township.folder / "targets").rglob("*.pack.jsonl")
    pack.write_bytes(pack.read_bytes().replace("高".encode(), "低".encode()))

    assert far.updates(township.folder).state == "refused"
    assert far.cache.current() is None


def test_only_the_last_few_packs_take_room(press: Press, township: Township):
    for version in range(2, PACKS_KEPT + 4):
        press.publishes(version, f"第{version}版")
        township.takes()

    assert len(list((township.folder / "targets").rglob("*.pack.jsonl*"))) == PACKS_KEPT


def test_a_township_makes_a_stick_too(press: Press, township: Township, far: Station, tmp_path: Path):
    press.publishes(2, *NAMES)
    township.takes()

    copy_published(township.folder, tmp_path / "stick")

    assert far.updates(tmp_path / "stick").version == 2


def test_a_township_below_a_township_would_do_as_well(
    press: Press, township: Township, tmp_path: Path, far: Station
):
    township.takes()
    below = Township(tmp_path / "below", press)
    below.station.updates(township.folder)
    below.mirror().take_over()

    assert far.updates(below.folder).version == 1


def test_the_first_root_of_a_township_is_the_countys(press: Press, township: Township, tmp_path: Path):
    township.takes()
    root = FolderSource(township.folder).metadata("1.root.json", 100_000)
    TufClient(tmp_path / "new", FolderSource(township.folder), None).init(root)

    assert root == press.root
