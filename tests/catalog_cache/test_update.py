"""A newer catalog comes in whole, an altered one not at all, and what is in can be proved without a link."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from catalog_cache.distribution.update import signed_file, update, verify_installed
from catalog_cache.errors import BuildFailed
from tests.catalog_cache.press import CODE, HOLIDAYS, START, Mirror, Press, Station


@dataclass
class FullDisk:
    """A cache on a disk with no room left for as long as `is_full`."""

    station: Station
    is_full: bool = True
    tried: list[bytes] = field(default_factory=list)

    def current(self) -> object:
        return self.station.cache.current()

    def pack(self, version: int) -> bytes:
        return self.station.cache.pack(version)

    def install(self, data: bytes, now: datetime, layers: Sequence[bytes] = ()) -> object:
        self.tried.append(data)
        if self.is_full:
            raise BuildFailed("磁盘已满。")
        return self.station.cache.install(data, now, layers)

    def install_holidays(self, data: bytes) -> object:
        return self.station.cache.install_holidays(data)


def test_the_first_update_brings_catalog_and_working_days(press: Press, far: Station):
    report = far.updates()

    assert (report.state, report.version, report.why) == ("new", 1, "")
    assert far.knows("高龄津贴")
    assert far.cache.calendar().is_workday(datetime(2026, 10, 1).date()) is False


def test_the_second_update_has_nothing_to_do(press: Press, far: Station):
    far.updates()

    assert far.updates().state == "current"


def test_one_changed_item_arrives(press: Press, far: Station):
    far.updates()
    press.publishes(2, "残疾人证")

    assert far.updates().state == "new"
    assert far.knows("残疾人证") and not far.knows("高龄津贴")


def test_an_altered_pack_on_a_stick_leaves_the_catalog_in_use(press: Press, far: Station, tmp_path: Path):
    far.updates()
    press.publishes(2, "残疾人证")
    stick = Mirror(press, tmp_path / "stick")
    for path in (stick.folder / "targets").rglob("*.pack.jsonl"):
        path.write_bytes(path.read_bytes().replace("残疾人证".encode(), "残疾入证".encode()))

    report = far.updates(stick.folder)

    assert (report.state, report.version) == ("refused", 1)
    assert "与签名不符" in report.why
    assert far.knows("高龄津贴")


def test_a_stick_brings_the_same_catalog_as_the_link(press: Press, far: Station, tmp_path: Path):
    stick = press.copies_to(tmp_path / "stick")

    assert far.updates(stick).state == "new"
    assert far.updates().state == "current"


def test_a_build_that_fails_is_told_and_tried_again_at_the_next_contact(press: Press, far: Station):
    far.updates()
    press.publishes(2, "残疾人证")
    disk = FullDisk(far)

    told = update(disk, press.folder, far.metadata_dir, START)
    disk.is_full = False
    again = update(disk, press.folder, far.metadata_dir, START)

    assert (told.state, told.version, told.why) == ("refused", 1, "磁盘已满。")
    assert (again.state, again.version) == ("new", 2)


def test_a_disk_that_cannot_be_written_is_told(press: Press, far: Station):
    (far.metadata_dir / "proofs").write_text("in the way")

    report = far.updates()

    assert report.state == "refused"
    assert "写不进" in report.why


def test_a_station_without_a_root_says_so(press: Press, far: Station):
    (far.metadata_dir / "root.json").unlink()

    assert far.updates().why == "本机还没有根证书。"


def test_a_county_that_has_published_no_catalog_yet(tmp_path: Path):
    press = Press(tmp_path / "press")
    far = Station(tmp_path / "far", press)

    report = far.updates()

    assert (report.state, report.version) == ("refused", 0)
    assert "pack.jsonl" in report.why


def test_the_node_register_and_notices_arrive_beside_the_pack_and_only_when_they_change(
    press: Press, far: Station
):
    far.updates()
    register = f"county/{CODE}/nodes.json"
    press.repository.publish({"nodes.json": b'{"nodes":[1]}'}, press.county, press.now)
    first = far.updates()
    press.renews()

    assert (first.state, first.requests) == ("current", 5)
    assert signed_file(far.metadata_dir, register) == b'{"nodes":[1]}'
    assert far.updates().requests == 4
    assert signed_file(far.metadata_dir, "city/holidays.json") == HOLIDAYS


def test_a_damaged_copy_of_a_small_file_is_fetched_again(press: Press, far: Station):
    far.updates()
    (far.metadata_dir / "files/city/holidays.json").write_text("{}")
    far.updates()

    assert signed_file(far.metadata_dir, "city/holidays.json") == HOLIDAYS


@pytest.mark.parametrize("path", ["../root.json", "city/../../root.json", "city/nothing.json"])
def test_a_small_file_that_is_not_there_is_none(far: Station, path: str):
    far.updates()

    assert signed_file(far.metadata_dir, path) is None


def test_the_catalog_in_use_is_proved_without_any_link_however_old(press: Press, far: Station):
    far.updates()
    pack = press.repository.content("pack.jsonl")

    assert verify_installed(far.metadata_dir, pack).is_proved


def test_an_altered_installed_pack_is_not_proved(press: Press, far: Station):
    far.updates()
    pack = press.repository.content("pack.jsonl")

    verdict = verify_installed(far.metadata_dir, pack.replace("高".encode(), "低".encode()))

    assert not verdict.is_proved
    assert "找不到" in verdict.why


@pytest.mark.parametrize("change", [b"", b"{}", b"[]", b'{"timestamp":7}', b"\xff"])
def test_a_damaged_proof_proves_nothing_and_the_next_update_mends_it(
    press: Press, far: Station, change: bytes
):
    far.updates()
    [proof] = (far.metadata_dir / "proofs").iterdir()
    proof.write_bytes(change)
    pack = press.repository.content("pack.jsonl")
    before = verify_installed(far.metadata_dir, pack)
    far.updates()

    assert not before.is_proved
    assert verify_installed(far.metadata_dir, pack).is_proved


def test_a_proof_of_another_city_proves_nothing(press: Press, far: Station, tmp_path: Path):
    other = Press(tmp_path / "other")
    other.publishes(1)
    stranger = Station(tmp_path / "stranger", other)
    stranger.updates()
    [proof] = (stranger.metadata_dir / "proofs").iterdir()
    far.updates()
    (far.metadata_dir / "proofs" / proof.name).write_bytes(proof.read_bytes())

    verdict = verify_installed(far.metadata_dir, other.repository.content("pack.jsonl"))

    assert not verdict.is_proved
    assert "签名不足" in verdict.why


def test_the_pack_before_the_present_one_can_still_be_proved(press: Press, far: Station):
    packs = []
    for version in range(2, 7):
        press.publishes(version, f"第{version}版")
        far.updates()
        packs.append(press.repository.content("pack.jsonl"))

    assert [verify_installed(far.metadata_dir, pack).is_proved for pack in packs] == [
        False,
        False,
        True,
        True,
        True,
    ]
