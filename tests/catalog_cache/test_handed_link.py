"""What a city signed, fetched over the link: only what two keys listed, and the base as its difference."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tuf.api.metadata import Root, TargetFile, Targets

from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.handed import fetch_handover
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.errors import BadHandover, SourceUnreachable
from catalog_cache.layering.layer_files import BASE
from catalog_cache.signatures.ceremony import renew_city
from catalog_cache.signatures.handover import read_handover
from catalog_cache.signatures.metadata import signed_bytes
from catalog_cache.signatures.shelf import read_role, role_path
from tests.catalog_cache.layered import CITY, item, pack
from tests.catalog_cache.press import Press

CODES = tuple(f"L2000000{number:04}" for number in range(60))


class Line(FolderSource):
    """A city's folder as its web server gives it: deltas are made when somebody asks. asked: names."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []
        self.spoils = self.is_down = False

    def target(self, name, size_max, part=None):
        self.asked.append(name)
        return super().target(name, size_max, part)

    def delta(self, name, size_max, part=None):
        self.asked.append(name)
        if self.is_down:
            raise SourceUnreachable("传输中断。")
        DeltaShelf(self.folder).find(name[65:129], name[:64])
        data = super().delta(name, size_max, part)
        return data[:-1] + bytes([data[-1] ^ 1]) if self.spoils else data


class Link:
    """A city with a base of 60 items in version 1, and a county that has it."""

    def __init__(self, folder: Path) -> None:
        self.press, self.room = Press(folder), folder
        self.line = Line(self.press.city_folder)
        self.signs(1)
        self.held = folder / "held"
        shutil.copytree(self.press.city_folder, self.held)

    def signs(self, version: int, **changed: str) -> None:
        """A base whose first item says something else."""
        items = [item(CODES[0], **changed), *(item(code) for code in CODES[1:])]
        data = pack(replace(CITY, version=version), items=items)
        renew_city(self.press.city_folder, self.press.city_signers, {BASE: data}, self.press.now)

    def fetches(self) -> bytes:
        """The base as the county has it afterwards, checked against the root it held before."""
        into = self.room / "into"
        shutil.rmtree(into, ignore_errors=True)
        assert fetch_handover(self.line, [self.held], into)
        return read_handover(into, read_role(self.held, Root, "root").signed).files[BASE]


@pytest.fixture
def link(tmp_path: Path) -> Link:
    return Link(tmp_path)


def in_force(link: Link) -> bytes:
    return read_handover(link.press.city_folder, None).files[BASE]


def test_a_base_comes_as_its_difference_from_the_one_held(link):
    link.signs(2, phone="0751-12345")

    assert link.fetches() == in_force(link)
    assert [name[-6:] for name in link.line.asked] == [".delta"], "and the holiday table is here already"


def test_nothing_newer_costs_two_requests(link):
    assert not fetch_handover(link.line, [link.held], link.room / "into")
    assert link.line.requests == 2 and link.line.bytes_read == 0


@pytest.mark.parametrize("trouble", ["spoils", "is_down"])
def test_a_difference_that_is_spoiled_or_does_not_come_costs_the_whole_base_and_nothing_else(link, trouble):
    link.signs(2, phone="0751-12345")
    setattr(link.line, trouble, True)

    assert link.fetches() == in_force(link)
    assert link.line.asked[-1].endswith("base.jsonl.xz")


def test_a_base_that_waits_here_plain_is_not_fetched_again(link):
    base = next((link.held / "targets/city").glob("*.base.jsonl"))
    base.with_name(f"{base.name}.xz").unlink()
    renew_city(link.press.city_folder, link.press.city_signers, {}, link.press.now)

    assert link.fetches() == in_force(link) and link.line.asked == []


def test_a_file_that_went_bad_on_the_countys_disk_is_fetched_again(link):
    for path in (link.held / "targets/city").iterdir():
        path.write_bytes(path.read_bytes()[:-9] + b"bad spots")
    renew_city(link.press.city_folder, link.press.city_signers, {}, link.press.now)

    assert link.fetches() == in_force(link)


def test_a_county_that_lacks_its_old_base_gets_the_whole_one(link):
    link.signs(2, phone="0751-12345")
    shutil.rmtree(link.held / "targets")

    assert link.fetches() == in_force(link)


def test_a_county_that_missed_versions_needs_one_difference(link):
    for version in (2, 3, 4):
        link.signs(version, phone=f"0751-{version}")

    assert link.fetches() == in_force(link) and len(link.line.asked) == 1


def test_nothing_is_asked_for_that_the_citys_keys_did_not_list(link):
    """Whoever stands between the two could name a thousand files of 64 MiB each."""
    targets = read_role(link.press.city_folder, Targets, "targets").signed
    targets.version += 1
    targets.targets["city/evil.bin"] = TargetFile.from_data("city/evil.bin", b"x" * 100, ["sha256"])
    path = role_path(link.press.city_folder, "targets", targets.version)
    path.write_bytes(signed_bytes(targets, link.press.city_signers[:1]))

    with pytest.raises(BadHandover, match="签名不足"):
        link.fetches()
    assert link.line.asked == []


def test_more_than_a_county_can_hold_is_not_fetched_even_if_it_is_signed(link):
    targets = read_role(link.press.city_folder, Targets, "targets").signed
    targets.version += 1
    for number in range(3):
        name = f"city/large{number}.bin"
        targets.targets[name] = TargetFile(60 * 1024**2, {"sha256": f"{number}" * 64}, name)
    path = role_path(link.press.city_folder, "targets", targets.version)
    path.write_bytes(signed_bytes(targets, link.press.city_signers))

    with pytest.raises(BadHandover, match="过多或过大"):
        link.fetches()
    assert link.line.asked == []
