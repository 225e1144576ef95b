"""What the system says of a stick, in words."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from catalog_cache.distribution.sample_files import Progress
from catalog_cache.distribution.stick import load_of
from station.catalog_stick.errors import FolderFull, StickGone, StickTooSmall, StickTrouble
from station.catalog_stick.meter import Meter
from station.catalog_stick.stick import CLUSTER_BYTES, Stick
from station.catalog_stick.writing import write_out
from station.errors import StationError
from station.places import REPOSITORY_FOLDER
from sync.bundle_file import Step
from tests.catalog_cache.press import Press


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    press = Press(tmp_path_factory.mktemp("press"))
    press.publishes(1, "高龄津贴")
    return press


def says(press: Press, stick: Stick, number: int) -> StationError:
    """What a person reads when the system answers a write with this error."""
    with pytest.raises(StationError) as told, stick.written(load_of(press.folder), press.folder):
        raise OSError(number, os.strerror(number))
    return told.value


class Onlooker(Meter):
    """Notes how many files of which step it was told of."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[Step, int]] = []

    def tell(self, progress: Progress) -> None:
        self.told.append((self.step, progress.files))


def test_who_looks_on_sees_each_file_of_the_catalog_being_written(press: Press, tmp_path: Path) -> None:
    shutil.copytree(press.folder, tmp_path / "data" / REPOSITORY_FOLDER)
    stick, onlooker = tmp_path / "stick", Onlooker()
    stick.mkdir()

    written = write_out(tmp_path / "data", stick, onlooker)

    assert onlooker.told == [(Step.COPY, number) for number in range(1, written.catalog.files + 1)]
    assert onlooker.step is Step.FILES, "of which this catalog has none"


def test_a_write_protected_stick_is_called_so(press: Press, tmp_path: Path) -> None:
    told = says(press, Stick.at(tmp_path), errno.EROFS)

    assert isinstance(told, StickTrouble) and "写保护" in told.told(str)[1]


def test_a_full_stick_says_how_much_is_needed_however_little_that_is(press: Press, tmp_path: Path) -> None:
    assert isinstance(
        says(press, Stick.at(tmp_path, lambda _: CLUSTER_BYTES - 1), errno.ENOSPC), StickTooSmall
    )


def test_a_folder_that_takes_no_more_names_is_not_called_a_full_stick(press: Press, tmp_path: Path) -> None:
    told = says(press, Stick.at(tmp_path, lambda _: 1 << 40), errno.ENOSPC)

    assert isinstance(told, FolderFull) and "FAT32" in told.told(str)[1]


def test_a_stick_that_is_gone_is_called_so_whatever_the_system_says(press: Press, tmp_path: Path) -> None:
    stick = Stick.at(tmp_path)
    elsewhere = Stick(stick.folder, stick.device + 1)

    for number in (errno.EIO, errno.ENOSPC, errno.ENOENT):
        assert isinstance(says(press, elsewhere, number), StickGone)
