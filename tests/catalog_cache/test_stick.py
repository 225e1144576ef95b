"""The published catalog on a stick: what counts now, no more, whole."""

import os
from pathlib import Path

import pytest

from catalog_cache.distribution.sample_files import Progress
from catalog_cache.distribution.stick import clear_drafts, copy_published, load_of
from catalog_cache.errors import PublishRefused
from catalog_cache.signatures.ceremony import RootChange, renew_root
from tests.catalog_cache.press import Press, Station


def test_a_stick_holds_only_what_is_in_force_and_a_station_takes_it(
    press: Press, far: Station, tmp_path: Path
):
    for version in range(2, 6):
        press.publishes(version, *(f"第{version}版第{n}项" for n in range(60)))

    told: list[Progress] = []
    copied = copy_published(press.folder, tmp_path / "stick", tell=told.append)

    assert [one.files for one in told] == list(range(1, copied.files + 1))
    assert (told[-1].bytes, told[-1].bytes_all) == (copied.bytes, copied.bytes)
    files = [path for path in (tmp_path / "stick").rglob("*") if path.is_file()]
    assert (copied.files, copied.bytes) == (len(files), sum(path.stat().st_size for path in files))
    assert sorted(path.suffix for path in (tmp_path / "stick/targets").rglob("*.*")) == [".json", ".xz"]
    assert (far.updates(tmp_path / "stick").state, far.knows("第5版第59项")) == ("new", True)


def test_a_station_that_missed_a_root_finds_it_on_the_stick(press: Press, far: Station, tmp_path: Path):
    far.updates()
    renew_root(press.city_folder, press.root_signers, RootChange(), press.now)
    press.repository.adopt(press.city_folder, press.county, press.now)
    press.publishes(2, "残疾人证")
    copy_published(press.folder, tmp_path / "stick")

    assert far.updates(tmp_path / "stick").version == 2
    assert far.version("root") == 2


def test_a_second_copy_over_the_first_is_whole_too(press: Press, far: Station, tmp_path: Path):
    copy_published(press.folder, tmp_path / "stick")
    press.publishes(2, "残疾人证")
    copy_published(press.folder, tmp_path / "stick")

    assert far.updates(tmp_path / "stick").version == 2


def test_there_is_nothing_to_copy_before_the_first_publication(tmp_path: Path):
    with pytest.raises(PublishRefused, match="还没有发布过"):
        copy_published(tmp_path / "empty", tmp_path / "stick")
    assert not (tmp_path / "stick").exists()


def test_a_link_in_the_published_folder_is_not_carried_out(press: Press, tmp_path: Path):
    path = press.folder / "metadata/1.root.json"
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")

    with pytest.raises(PublishRefused, match="符号链接"):
        copy_published(press.folder, tmp_path / "stick")


def test_what_is_read_back_comes_from_the_stick_and_not_from_memory(
    press: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if not hasattr(os, "posix_fadvise"):
        pytest.skip("this system offers no way to forget what it holds of a file")
    real, forgotten = os.posix_fadvise, set()

    def noted(handle: int, *how: int) -> None:
        forgotten.add(os.fstat(handle).st_ino)
        real(handle, *how)

    monkeypatch.setattr(os, "posix_fadvise", noted)
    copy_published(press.folder, tmp_path / "stick")

    files = [path for path in (tmp_path / "stick").rglob("*") if path.is_file()]
    assert {path.stat().st_ino for path in files} == forgotten


def test_a_stick_that_another_county_used_before_leads_to_no_root_of_theirs(
    press: Press, far: Station, tmp_path: Path
):
    stick = tmp_path / "stick"
    (stick / "metadata").mkdir(parents=True)
    for number in (1, 2, 3):
        (stick / f"metadata/{number}.root.json").write_bytes(b"another county's root")

    copy_published(press.folder, stick)

    assert far.updates(stick).state == "new"


def test_nothing_is_written_through_a_link_on_the_stick(press: Press, tmp_path: Path):
    elsewhere, stick = tmp_path / "elsewhere", tmp_path / "stick"
    for folder in (elsewhere, stick):
        folder.mkdir()
    (stick / "metadata").symlink_to(elsewhere)

    with pytest.raises(PublishRefused, match="符号链接"):
        copy_published(press.folder, stick)
    assert list(elsewhere.iterdir()) == []


def test_what_lies_on_the_stick_already_is_left_alone_and_what_is_damaged_there_is_written_again(
    press: Press, far: Station, tmp_path: Path
):
    stick = tmp_path / "stick"
    copy_published(press.folder, stick)
    files = [path for path in stick.rglob("*") if path.is_file()]
    before = {path: path.stat().st_ino for path in files}
    files[0].write_bytes(bytes(files[0].stat().st_size))

    copy_published(press.folder, stick)

    assert {path for path in files if path.stat().st_ino != before[path]} == {files[0]}
    assert far.updates(stick).state == "new"


def test_halves_that_a_power_cut_left_on_the_stick_are_taken_away_and_what_is_somebodys_own_stays(
    press: Press, tmp_path: Path
):
    stick, names = tmp_path / "stick", load_of(press.folder).names
    copy_published(press.folder, stick)
    (stick / "files").mkdir()
    for half in (stick / f"files/.{'a' * 64}.4711.new", stick / "metadata/.timestamp.json.1.new"):
        half.write_bytes(b"half of it")
    (stick / "files/.holidays.new").write_bytes(b"somebody's own")

    assert clear_drafts(stick, names) == 2
    assert [path.name for path in (stick / "files").iterdir()] == [".holidays.new"]
    assert clear_drafts(stick, names) == 0
