"""A county publishes: what it may, in one step, without any key of the city at hand."""

import json
import lzma
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from catalog_cache.distribution.publish import FILES_MAX, Repository
from catalog_cache.errors import PublishRefused
from catalog_cache.files import only_one, write_whole
from catalog_cache.pack import PackMeta, write_pack
from catalog_cache.signatures.ceremony import RootChange, renew_city, renew_root
from catalog_cache.signatures.shelf import newest_version, role_path
from tests.catalog_cache.press import CODE, PACK_PATH, START, Press, Station, new_signer, pack_of


class PowerCut(Exception):
    """The power went between two files."""


class FailingWriter:
    """Puts files in place until the n-th, before which the power goes."""

    def __init__(self, files: int) -> None:
        self.left = files

    def __call__(self, path: Path, data: bytes) -> None:
        if self.left == 0:
            raise PowerCut
        self.left -= 1
        write_whole(path, data)


def state_of(folder: Path, tmp_path: Path, press: Press) -> tuple[int, int]:
    """What a fresh station reads out of a folder: the catalog version and the number of small files."""
    station = Station(tmp_path / f"reader-{len(list(tmp_path.iterdir()))}", press)
    report = station.updates(folder)
    assert report.state == "new", report
    return report.version, len(list((station.metadata_dir / "files").rglob("*.json")))


@pytest.mark.parametrize("files", range(6))
def test_a_power_cut_between_any_two_files_leaves_a_whole_repository(
    press: Press, tmp_path: Path, files: int
):
    """Five files are written: pack, nodes, county role, snapshot, timestamp."""
    cut = Repository(press.folder, FailingWriter(files))
    new = {"pack.jsonl": pack_of(2, "残疾人证"), "nodes.json": b'{"nodes":[]}'}
    try:
        cut.publish(new, press.county, press.now)
        is_cut = False
    except PowerCut:
        is_cut = True

    assert is_cut == (files < 5)
    assert state_of(press.folder, tmp_path, press) == ((1, 1) if is_cut else (2, 2))


@pytest.mark.parametrize("files", range(6))
def test_after_a_power_cut_the_next_publication_goes_through_with_fresh_numbers(
    press: Press, far: Station, tmp_path: Path, files: int
):
    far.updates()
    with suppress(PowerCut):
        cut = Repository(press.folder, FailingWriter(files))
        cut.publish({"pack.jsonl": pack_of(2, "甲")}, press.county, press.now)
    left_behind = role_path(press.folder, "snapshot", 3)
    before = left_behind.read_bytes() if left_behind.exists() else None

    press.publishes(3, "残疾人证")

    assert far.updates().state == "new"
    assert far.knows("残疾人证")
    assert before is None or left_behind.read_bytes() == before


@pytest.mark.parametrize("files", range(7))
def test_a_power_cut_while_taking_over_from_the_city_leaves_what_was_there(
    press: Press, tmp_path: Path, files: int
):
    renew_root(press.city_folder, press.root_signers, RootChange(), press.now)
    renew_city(press.city_folder, press.city_signers, {"city/divisions.csv": b"code,name\n"}, press.now)
    try:
        Repository(press.folder, FailingWriter(files)).adopt(press.city_folder, press.county, press.now)
    except PowerCut:
        assert state_of(press.folder, tmp_path, press)[0] == 1
        press.repository.adopt(press.city_folder, press.county, press.now)

    assert state_of(press.folder, tmp_path, press) == (1, 1)
    assert newest_version(press.folder, "root") == 2


def test_two_publications_at_once_are_one_too_many(press: Press):
    with only_one(press.folder / ".signing"), pytest.raises(PublishRefused, match="另一个程序正在发布"):
        press.publishes(2)

    assert press.publishes(2).version == 3


def test_what_a_killed_publication_left_half_written_is_cleared_away(press: Press):
    left = press.folder / "metadata" / ".3.snapshot.json.77.new"
    left.write_bytes(b"{")
    press.publishes(2)

    assert not left.exists()


def test_the_county_publishes_while_the_citys_folder_is_gone(press: Press, far: Station):
    shutil.rmtree(press.city_folder)
    press.publishes(2, "残疾人证")

    assert far.updates().version == 2


def test_versions_only_grow(press: Press):
    assert [press.renews().version for _ in range(3)] == [3, 4, 5]


def test_files_that_are_not_named_stay_published(press: Press):
    press.repository.publish({"nodes.json": b"{}"}, press.county, press.now)
    press.publishes(2)

    assert press.repository.content("nodes.json") == b"{}"
    assert press.repository.content("pack.jsonl").startswith(b'{"format"')


def test_a_withdrawn_file_is_listed_no_more(press: Press):
    press.repository.publish({"notices.json": b"[]"}, press.county, press.now)
    press.repository.publish({}, press.county, press.now, withdraw=["notices.json"])

    with pytest.raises(PublishRefused, match="还没有发布过"):
        press.repository.content("notices.json")


def test_a_pack_that_is_not_newer_is_not_published(press: Press):
    press.publishes(3)
    for version in (2, 3):
        with pytest.raises(PublishRefused, match="已发布第 3 版"):
            press.repository.publish({"pack.jsonl": pack_of(version, "另一个")}, press.county, press.now)


def test_the_very_same_pack_may_be_signed_again(press: Press):
    same = press.repository.content("pack.jsonl")

    assert press.repository.publish({"pack.jsonl": same}, press.county, press.now).version == 3


def test_another_countys_pack_is_not_published(press: Press):
    meta = PackMeta(
        publisher="county-440203000000",
        publisher_name="武江区",
        version=9,
        published_at=START,
        valid_until=press.now,
    )

    with pytest.raises(PublishRefused, match="发布方是 county-440203000000"):
        press.repository.publish({"pack.jsonl": write_pack(meta, [])}, press.county, press.now)


def test_a_broken_pack_is_not_published(press: Press):
    with pytest.raises(PublishRefused, match="不完整"):
        press.repository.publish({"pack.jsonl": b"{}"}, press.county, press.now)


@pytest.mark.parametrize("name", ["../root.json", "a/b", "", "A.json", ".hidden", "x" * 65, "文件"])
def test_a_file_name_that_leaves_the_folder_or_reads_badly_is_refused(press: Press, name: str):
    with pytest.raises(PublishRefused, match="不能作为文件名"):
        press.repository.publish({name: b""}, press.county, press.now)


def test_too_many_files_are_refused_and_nothing_is_written(press: Press):
    before = sorted(press.folder.rglob("*"))
    with pytest.raises(PublishRefused, match=f"最多 {FILES_MAX} 个"):
        press.repository.publish({f"n{n}.json": b"" for n in range(FILES_MAX + 1)}, press.county, press.now)

    assert sorted(press.folder.rglob("*")) == before


@pytest.mark.parametrize("role", ["county", "snapshot", "timestamp"])
def test_a_key_the_city_did_not_name_signs_nothing(press: Press, role: str):
    wrong = replace(press.county, **{role: (new_signer(),) if role == "county" else new_signer()})
    before = sorted(press.folder.rglob("*"))

    with pytest.raises(PublishRefused):
        press.repository.publish({"pack.jsonl": pack_of(2)}, wrong, press.now)
    assert sorted(press.folder.rglob("*")) == before


def test_a_listing_that_somebody_changed_on_the_publishers_disk_is_not_carried_forward(press: Press):
    path = role_path(press.folder, f"county-{CODE}", 2)
    path.write_bytes(path.read_bytes().replace(b'"length":', b'"length":1'))

    with pytest.raises(PublishRefused, match="不是授权的密钥所签"):
        press.publishes(2)


def test_a_published_pack_that_was_changed_on_disk_is_noticed(press: Press):
    for path in (press.folder / "targets").rglob("*.pack.jsonl"):
        path.write_bytes(b"{}\n")

    with pytest.raises(PublishRefused, match="缺失或被改动"):
        press.repository.content("pack.jsonl")


def test_a_folder_without_a_handover_says_what_to_do_first(press: Press, tmp_path: Path):
    with pytest.raises(PublishRefused) as refused:
        Repository(tmp_path / "empty").publish({}, press.county, press.now)
    assert "先完成密钥仪式" in refused.value.next_step


def test_large_files_are_published_compressed_beside_the_plain_form(press: Press):
    press.publishes(2, *(f"事项{n}" for n in range(60)))
    pack = press.repository.content("pack.jsonl")
    [compressed] = (press.folder / "targets").rglob("*.xz")

    assert lzma.decompress(compressed.read_bytes()) == pack
    assert len(compressed.read_bytes()) < len(pack) / 3


def test_metadata_is_compact_and_says_when_it_was_signed(press: Press):
    data = role_path(press.folder, f"county-{CODE}", 2).read_bytes()
    signed = json.loads(data)["signed"]

    assert b": " not in data
    assert signed["yimen"] == {"published_at": "2026-11-23T01:00:00Z"}
    assert signed["expires"] == "2027-04-22T01:00:00Z"
    assert list(signed["targets"]) == [PACK_PATH]


def test_nothing_new_costs_two_requests_and_less_than_a_kilobyte(press: Press, far: Station):
    far.updates()
    report = far.updates()

    assert (report.state, report.requests) == ("current", 2)
    assert report.bytes < 1024


def test_all_metadata_of_a_first_visit_is_below_six_kilobytes(press: Press, far: Station):
    client = far.client()
    client.refresh()
    client.find(PACK_PATH)

    assert sum(path.stat().st_size for path in far.metadata_dir.glob("*.json")) < 6_000
