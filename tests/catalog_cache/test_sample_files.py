"""Samples and forms: those of the used items first, piece by piece, and only when they are right."""

import errno
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from catalog_cache.distribution import sources
from catalog_cache.distribution.sample_files import (
    PIECE_BYTES,
    FileStore,
    PackFiles,
    Progress,
    Round,
    files_of,
    shelve_file,
    wanted_files,
)
from catalog_cache.distribution.sources import FolderSource, HttpSource
from catalog_cache.distribution.stick import copy_files, copy_published
from catalog_cache.errors import BadRecord, NotServed, SourceUnreachable
from catalog_cache.installed.catalog import Catalog
from tests.catalog_cache.press import START, Press, Station
from tests.tools.catalogs import PUBLISHED
from tests.tools.make_items import make_pack
from tests.tools.sample_files import with_files

SEED = 20261126
ITEMS, CONTENT = with_files(8, 20, SEED, shrink=8)
NOW = Round(START)


class Place(FolderSource):
    """A folder of samples that counts what is asked for and breaks after so many pieces."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []
        self.breaks_after: int | None = None

    def piece(self, name: str, start: int, size: int) -> bytes:
        if self.breaks_after is not None and len(self.asked) >= self.breaks_after:
            raise SourceUnreachable("传输中断。")
        self.asked.append(name)
        return super().piece(name, start, size)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "published/files"
    folder.mkdir(parents=True)
    for digest, data in CONTENT.items():
        (folder / digest).write_bytes(data)
    return Place(tmp_path / "published")


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "samples")


def wanted(*used: str):
    return wanted_files(PackFiles(make_pack(ITEMS)), used)


def test_every_file_of_the_catalog_arrives_whole(store: FileStore, place: Place):
    done = store.fetch(place, wanted(), NOW)

    assert (done.files, done.is_complete, done.why) == (20, True, "")
    assert {path.name: path.read_bytes() for path in store.folder.iterdir() if path.stat().st_size} == CONTENT


def test_those_of_the_items_used_here_come_first(store: FileStore, place: Place):
    used = [ITEMS[5].code, ITEMS[2].code]

    store.fetch(place, wanted(*used), Round(START, bytes_max=1))

    first = [file.sha256 for file in (*files_of(ITEMS[5]), *files_of(ITEMS[2]))]
    assert [file.sha256 for file in wanted(*used)][: len(first)] == first
    assert place.asked == first[:1]


def test_a_catalog_built_here_names_the_same_files_as_its_pack(tmp_path: Path, far: Station):
    far.cache.install(make_pack(ITEMS), PUBLISHED)
    catalog = far.cache.current()
    assert isinstance(catalog, Catalog)

    assert {file.sha256 for file in wanted_files(catalog)} == set(CONTENT)


def test_one_file_is_usable_while_the_others_are_missing(store: FileStore, place: Place):
    store.fetch(place, wanted(), Round(START, bytes_max=1))

    here = [file for file in wanted() if store.path(file.sha256)]
    assert len(here) == 1
    path = store.path(here[0].sha256)
    assert path is not None and path.read_bytes() == CONTENT[here[0].sha256]


def test_a_broken_transfer_goes_on_where_it_was(store: FileStore, tmp_path: Path):
    [item], content = with_files(1, 1, SEED, shrink=1)
    data = next(iter(content.values())) * 40
    folder = tmp_path / "published"
    file = shelve_file(folder, data, "很大的样表.pdf")
    place = Place(folder)
    place.breaks_after = 2
    first = store.fetch(place, [file], NOW)
    place.breaks_after = None
    second = store.fetch(place, [file], NOW)

    assert (first.files, first.bytes, first.is_complete) == (0, 2 * PIECE_BYTES, False)
    assert first.why == "传输中断。"
    assert (second.files, second.bytes) == (1, len(data) - 2 * PIECE_BYTES)
    path = store.path(file.sha256)
    assert path is not None and path.read_bytes() == data


def test_a_beginning_that_a_power_cut_spoiled_is_fetched_anew_at_once(store: FileStore, place: Place):
    file = wanted()[0]
    store.folder.mkdir()
    (store.folder / f"{file.sha256}.part").write_bytes(bytes(100))

    assert store.fetch(place, [file], NOW).is_complete


def test_an_altered_file_is_not_taken_and_keeps_nothing_else_back(store: FileStore, place: Place):
    files = wanted()
    path = place.folder / "files" / files[3].sha256
    path.write_bytes(path.read_bytes()[:-1] + b"!")

    done = store.fetch(place, files, NOW)

    assert (done.files, done.is_complete) == (19, False)
    assert "与目录不符" in done.why
    assert store.path(files[3].sha256) is None
    assert not list(store.folder.glob("*.part"))


def test_a_shorter_file_is_not_taken(store: FileStore, place: Place):
    file = wanted()[0]
    (place.folder / "files" / file.sha256).write_bytes(b"short")

    assert "长度" in store.fetch(place, [file], NOW).why


@pytest.mark.parametrize(("is_wrong", "soon", "late"), [(False, 5, 11), (True, 60, 7 * 60)])
def test_a_file_that_is_lacking_is_asked_for_again_soon_and_a_wrong_one_only_after_hours(
    store: FileStore, place: Place, is_wrong: bool, soon: int, late: int
):
    files = wanted()
    path = place.folder / "files" / files[0].sha256
    path.write_bytes(bytes(files[0].size)) if is_wrong else path.unlink()
    store.fetch(place, files, NOW)
    requests = place.requests
    store.fetch(place, files, Round(START + timedelta(minutes=soon)))
    before = place.requests
    store.fetch(place, files, Round(START + timedelta(minutes=late)))

    assert before == requests and place.requests > before


def test_what_a_hall_publishes_itself_is_not_asked_for(tmp_path: Path, place: Place):
    store = FileStore(tmp_path / "samples", place.folder / "files")

    assert store.missing(wanted()) == [] and store.path(wanted()[0].sha256) is not None


def test_a_place_without_any_files_is_not_asked_a_thousand_times(store: FileStore, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    place = Place(tmp_path / "empty")

    done = store.fetch(place, wanted(), NOW)

    assert (done.files, len(place.asked)) == (0, 5)
    assert "没有" in done.why


def test_a_round_ends_after_its_share_of_the_line(store: FileStore, place: Place):
    rounds = 0
    while not store.fetch(place, wanted(), Round(START, bytes_max=40_000)).is_complete:
        rounds += 1

    assert 2 < rounds < 20


def test_progress_is_told_and_grows_to_the_whole(store: FileStore, place: Place):
    told: list[Progress] = []
    store.fetch(place, wanted(), Round(START, tell=told.append))

    assert [one.bytes for one in told] == sorted(one.bytes for one in told)
    assert (told[-1].files, told[-1].bytes) == (told[-1].files_all, told[-1].bytes_all)


def test_somebody_may_stop_it_and_go_on_later(store: FileStore, place: Place):
    stopped = store.fetch(place, wanted(), Round(START, is_stopped=lambda: len(place.asked) >= 6))
    rest = store.fetch(place, wanted(), NOW)

    assert (stopped.files, stopped.is_complete, rest.files, rest.is_complete) == (6, False, 14, True)
    assert len(place.asked) == 20


def test_what_no_version_names_any_more_is_forgotten(store: FileStore, place: Place):
    store.fetch(place, wanted(), NOW)

    assert store.keep_only(files_of(ITEMS[0])) == 20 - len(files_of(ITEMS[0]))
    assert all(store.path(file.sha256) for file in files_of(ITEMS[0]))


def test_two_programs_do_not_fetch_into_the_same_file(store: FileStore, place: Place):
    seen: list[str] = []
    other = FileStore(store.folder)
    store.fetch(
        place, wanted(), Round(START, tell=lambda _: seen.append(other.fetch(place, wanted(), NOW).why))
    )

    assert set(seen) == {"另一个程序正在取样表和空表。"}


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.pdf", "没有后缀"])
def test_a_file_of_an_odd_name_is_not_shelved(tmp_path: Path, name: str):
    with pytest.raises(BadRecord):
        shelve_file(tmp_path, b"x", name)
    assert not list(tmp_path.iterdir())


def publishes_with_files(press: Press, items: list, content: dict[str, bytes], at: datetime) -> None:
    press.repository.publish({"pack.jsonl": make_pack(items, 2)}, press.county, at)
    for data in content.values():
        shelve_file(press.folder, data, "样表.jpg")


def test_a_whole_county_with_989_samples_goes_onto_one_stick_and_off_again(
    press: Press, far: Station, store: FileStore, tmp_path: Path
):
    items, content = with_files(478, 989, SEED, shrink=60)
    publishes_with_files(press, items, content, press.now + timedelta(days=1))
    stick, no_relay = tmp_path / "stick", tmp_path / "none"
    copy_published(press.folder, stick)
    told: list[Progress] = []
    pulled = copy_files(press.folder, stick, no_relay, told.append, lambda: len(told) >= 400)
    copied = copy_files(press.folder, stick, no_relay)

    assert (pulled.is_stopped, pulled.files) == (True, 400)
    assert (copied.files, copied.missing, copied.is_stopped) == (989, (), False)
    assert far.updates(stick).version == 2
    catalog = far.cache.current()
    assert isinstance(catalog, Catalog)
    done = store.fetch(FolderSource(stick), wanted_files(catalog), NOW)
    assert (done.files, done.is_complete) == (989, True)


def test_a_stick_names_the_samples_that_the_hall_has_not(press: Press, tmp_path: Path):
    publishes_with_files(press, ITEMS, CONTENT, press.now + timedelta(days=1))
    gone = wanted()[0]
    (press.folder / "files" / gone.sha256).unlink()

    copied = copy_files(press.folder, tmp_path / "stick", tmp_path / "none")

    assert (copied.files, copied.missing) == (19, (gone.name,))


def test_a_relay_copies_from_what_it_fetched(press: Press, store: FileStore, place: Place, tmp_path: Path):
    press.repository.publish({"pack.jsonl": make_pack(ITEMS, 2)}, press.county, press.now + timedelta(days=1))
    store.fetch(place, wanted(), NOW)

    copied = copy_files(press.folder, tmp_path / "stick", store.folder)

    assert copied.files == 20


def test_a_damaged_sample_on_the_stick_is_written_again(press: Press, tmp_path: Path):
    publishes_with_files(press, ITEMS, CONTENT, press.now + timedelta(days=1))
    copy_files(press.folder, tmp_path / "stick", tmp_path / "none")
    path = tmp_path / "stick/files" / wanted()[0].sha256
    path.write_bytes(b"half")
    copy_files(press.folder, tmp_path / "stick", tmp_path / "none")

    assert path.read_bytes() == CONTENT[path.name]


def test_a_link_on_the_stick_is_not_followed(store: FileStore, place: Place, tmp_path: Path):
    file = wanted()[0]
    path = place.folder / "files" / file.sha256
    shutil.move(path, tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")

    assert "符号链接" in store.fetch(place, [file], NOW).why


def test_a_source_for_the_public_suite_has_no_samples():
    with pytest.raises(NotServed):
        HttpSource("http://127.0.0.1:9/m", "http://127.0.0.1:9/t").piece("a" * 64, 0, 10)


def test_a_bad_spot_under_one_sample_costs_that_one_alone(
    store: FileStore, place: Place, monkeypatch: pytest.MonkeyPatch
):
    bad, real = wanted()[4].sha256, sources.read_piece

    def reads(folder: Path, name: str, start: int, size: int) -> bytes:
        if name.endswith(bad):
            raise OSError(errno.EIO, "Input/output error")
        return real(folder, name, start, size)

    monkeypatch.setattr(sources, "read_piece", reads)
    done = store.fetch(place, wanted(), NOW)

    assert (done.files, done.is_complete, "读取" in done.why) == (19, False, True)


def test_a_place_of_which_many_in_a_row_are_wrong_is_given_up_when_whoever_asks_says_so(
    store: FileStore, place: Place
):
    for file in wanted()[:7]:
        (place.folder / "files" / file.sha256).write_bytes(bytes(file.size))

    assert store.fetch(place, wanted(), NOW).files == 0
    assert FileStore(store.folder).fetch(place, wanted(), Round(START, refused_max=8)).files == 13
