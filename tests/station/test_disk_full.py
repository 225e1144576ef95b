"""The disk fills up: early and honest refusals, nothing half done, mail goes on; with room all is back."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from station import chores, reserve
from station.reserve import Reserve, Room, is_disk_full
from sync import attachments, bundle
from sync.outbox import LetterState, counts, state_of
from sync.rows import write
from sync.tables import FileChunk, OutLetter, SealedFile
from tests.station.joined import accept_notes, carries, join, writes
from tests.tools.counter import Counter

MIB = 2**20


class SmallDisk:
    """A disk of a few MiB for one station. Where nobody may mount one, the database is bounded instead."""

    is_real = False

    def __init__(self, folder: Path, size_mib: int) -> None:
        self.folder = folder
        self.folder.mkdir()
        self._ballast = folder / "somebody-elses-file"
        if not size_mib:
            return
        command = ["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", str(folder)]
        with suppress(OSError):
            self.is_real = subprocess.run(command, capture_output=True, check=False).returncode == 0

    def fills(self, counter: Counter, left_bytes: int = 0) -> None:
        """Somebody else's file takes the rest of the disk, but for so much."""
        if not self.is_real:
            pages = counter.node.database.execute_sql("PRAGMA page_count").fetchone()[0]
            counter.node.database.execute_sql(f"PRAGMA max_page_count = {pages}")
            return
        with self._ballast.open("ab") as file, suppress(OSError):
            while (free := os.statvfs(self.folder).f_bavail * 4096) > left_bytes:
                file.write(bytes(min(65536, free - left_bytes)))
                file.flush()

    def empties(self, counter: Counter) -> None:
        self._ballast.unlink(missing_ok=True)
        if not self.is_real:
            counter.node.database.execute_sql(f"PRAGMA max_page_count = {2**31}")

    def goes(self) -> None:
        if self.is_real:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)


@pytest.fixture(params=[24, 0], ids=["small-disk", "bounded-database"])
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk", request.param)
    yield disk
    disk.goes()


@pytest.fixture
def station(disk: SmallDisk) -> Iterator[Counter]:
    counter = Counter(disk.folder / "station", reserve_mib=2)
    yield counter
    counter.closes()


def stores_too_much(counter: Counter) -> None:
    """A scan larger than what is left, in one transaction with a letter."""
    with counter.node.using(), write():
        OutLetter.select().count()
        attachments.store(os.urandom(5 * MIB), "image/png", "scan.png")


def test_a_full_disk_in_the_middle_of_a_write_leaves_nothing_half_and_it_goes_on_after(
    station, hall, disk, tmp_path
):
    join(station, hall)
    arrived = accept_notes(hall.node)
    writes(station, hall, "aa" * 16)
    disk.fills(station, left_bytes=300_000)
    with pytest.raises(Exception) as trouble:  # noqa: PT011 - whichever layer notices first
        stores_too_much(station)
    assert is_disk_full(trouble.value)

    with station.node.using():
        assert SealedFile.select().count() == FileChunk.select().count() == 0
        assert [state.state for state in state_of("aa" * 16)] == [LetterState.MADE]
    disk.empties(station)
    stores_too_much(station)
    writes(station, hall, "bb" * 16)
    carries(station, hall, tmp_path)
    assert [letter.subject for letter in arrived] == ["aa" * 16, "bb" * 16]


def test_acknowledgements_still_come_in_when_the_reserve_was_given_up(station, hall, disk, tmp_path):
    join(station, hall)
    accept_notes(hall.node)
    writes(station, hall)
    with station.node.using():
        done = bundle.export_bundle(tmp_path / "there.ymb", station.node.mailbox, hall.node.facts.node_id)
    with hall.node.using():
        bundle.import_bundle(done.path, hall.node.mailbox, tmp_path)
        back = bundle.export_bundle(tmp_path / "back.ymb", hall.node.mailbox, station.node.facts.node_id)
    assert station.installation.reserve.is_held()
    if disk.is_real:
        disk.fills(station)
    with station.node.using():
        chores.watch_disk(station.node)
        assert station.installation.reserve.is_held() is not disk.is_real
        bundle.import_bundle(back.path, station.node.mailbox, tmp_path)
        assert counts().acknowledged == 1

    disk.empties(station)
    with station.node.using():
        chores.watch_disk(station.node)
    assert station.installation.reserve.is_held()


@pytest.fixture
def low(station: Counter, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """A station whose disk has 3 MiB left, below the floor of 4."""
    monkeypatch.setattr(station.installation.reserve, "_free", lambda _: 3 * MIB)
    station.signs_in("agent")
    return station


def test_a_new_intake_is_refused_before_anything_is_typed_and_every_page_says_why(low: Counter) -> None:
    answer = low.sends("/intake/start", item="ANY")

    assert answer.status_code == 507
    assert "暂时不能收新件" in answer.text and "清理磁盘" in answer.text
    assert "快满了，暂停收新件和上传；已收的照常发送" in low.opens("/mailroom/").text


def test_with_room_again_the_refusal_is_gone(low: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(low.installation.reserve, "_free", lambda _: 900 * MIB)

    assert low.sends("/intake/start", item="ANY").status_code != 507
    assert "暂停收新件" not in low.opens("/mailroom/").text


def test_a_full_disk_is_told_on_the_page_and_gives_the_reserve_up(
    station: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.signs_in("agent")

    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("station.mailroom.views.letters.desk", fails)
    answer = station.opens("/mailroom/")

    assert answer.status_code == 507
    assert "磁盘已满，这一步没有保存" in answer.text
    assert not station.installation.reserve.is_held()


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Reserve, dict[str, int]]:
    disk = {"free": 100 * MIB}
    return Reserve(tmp_path, 4 * MIB, lambda _: disk["free"]), disk


def test_the_reserve_is_really_written(kept, tmp_path):
    kept[0].look()
    facts = (tmp_path / reserve.RESERVE_FILE).stat()

    assert (facts.st_size, facts.st_blocks * 512 >= 4 * MIB) == (4 * MIB, True)


def test_it_is_given_up_near_the_end_and_made_again_when_there_is_room_for_it_and_more(kept):
    store, disk = kept
    seen = []
    for free in (100, 7, 2, 0.5, 5, 9, 13):
        disk["free"] = int(free * MIB)
        store.look()
        seen.append((store.is_held(), store.room()))

    assert seen == [
        (True, Room.PLENTY),
        (True, Room.LOW),
        (True, Room.LOW),
        (False, Room.FULL),
        (False, Room.FULL),
        (False, Room.PLENTY),
        (True, Room.PLENTY),
    ]


def test_without_a_reserve_nothing_is_refused_early(tmp_path):
    assert Reserve(tmp_path, 0, lambda _: 0).room() is Room.PLENTY
    Reserve(tmp_path, 0, lambda _: 2**40).look()
    assert os.listdir(tmp_path) == []
