"""Several sticks: too small, overlapping, out of order, old ones after new ones, lost ones."""

import itertools
import os
from datetime import timedelta
from pathlib import Path

import pytest

from sync.bundle_file import HEAD_BYTES
from sync.errors import BundleDamaged, TooLarge
from sync.outbox import LetterState
from sync.rows import write
from tests.tools.mail_node import MailNode


@pytest.fixture
def sticks(tmp_path: Path) -> list[Path]:
    return [tmp_path / f"stick-{number}.ymb" for number in range(6)]


def test_two_sticks_together_carry_what_neither_could_alone(hall, village, sticks):
    for number in range(9):
        village.writes(hall, f"c{number}", {}, [os.urandom(200_000)])
    loads = [village.exports(hall, stick, size_bytes_max=1_100_000) for stick in sticks[:2]]

    assert [load.size_bytes <= 1_100_000 for load in loads] == [True, True]
    assert [load.files for load in loads] == [5, 5], "the second begins with the other four"
    for load in loads:
        hall.imports(load.path)
    village.imports(hall.exports(village, sticks[2]).path)
    assert {state for number in range(9) for state in village.states(f"c{number}")} == {
        LetterState.ACKNOWLEDGED
    }


def test_more_letters_than_a_stick_holds_go_on_with_the_next_ones_and_begin_anew_after_the_last(
    hall, village, sticks
):
    with village.at_work(), write():
        for number in range(60):
            village.writes(hall, f"c{number}", {"text": os.urandom(2_000).hex()})
    loads = [village.exports(hall, stick, size_bytes_max=90_000) for stick in sticks[:4]]

    assert [load.letters > 0 for load in loads] == [True] * 4
    assert sum(load.letters for load in loads[:3]) >= 60, "three sticks carry them all"
    for load in loads[:3]:
        hall.imports(load.path)
    assert hall.subjects() == [f"c{number}" for number in range(60)]
    assert hall.imports(loads[3].path).repeated == loads[3].letters


def test_sticks_in_any_order_bring_each_letter_once_and_in_order(hall, village, sticks, tmp_path):
    with village.at_work(), write():
        for number in range(45):
            village.writes(hall, f"c{number}", {"text": os.urandom(2_000).hex()})
    loads = [village.exports(hall, stick, size_bytes_max=90_000) for stick in sticks[:3]]
    for number, order in enumerate(itertools.permutations(loads)):
        other = MailNode(1, "county", _folder(tmp_path / f"order-{number}"), hall.keys)
        other.knows(village)
        for load in order:
            other.imports(load.path)
        assert other.subjects() == [f"c{number}" for number in range(45)]


def test_after_a_week_a_stick_counts_as_lost_and_its_load_goes_first_again(hall, village, sticks):
    for number in range(3):
        village.writes(hall, f"c{number}", {}, [os.urandom(200_000)])
    first = village.exports(hall, sticks[0], size_bytes_max=300_000)
    village.now += timedelta(days=8)
    again = village.exports(hall, sticks[1], size_bytes_max=300_000)
    hall.imports(again.path)

    assert (first.files, again.files) == (1, 1)
    assert hall.reads_file(hall.arrived[0])


def test_whoever_knows_a_stick_is_lost_may_begin_afresh_at_once(hall, village, sticks):
    for number in range(3):
        village.writes(hall, f"c{number}", {}, [os.urandom(200_000)])
    village.exports(hall, sticks[0], size_bytes_max=300_000)
    hall.imports(village.exports(hall, sticks[1], size_bytes_max=300_000, is_afresh=True).path)

    assert hall.reads_file(hall.arrived[0])


def test_an_old_stick_after_newer_ones_changes_nothing(hall, village, sticks):
    village.writes(hall, "c0", {}, [b"scan"])
    old = village.exports(hall, sticks[0])
    village.writes(hall, "c1", {})
    hall.imports(village.exports(hall, sticks[1]).path)
    village.imports(hall.exports(village, sticks[2]).path)
    done = hall.imports(old.path)

    assert (done.accepted, done.repeated, done.incidents) == (0, 1, [])
    assert hall.subjects() == ["c0", "c1"]
    assert village.states("c1") == [LetterState.ACKNOWLEDGED]


def test_a_return_stick_that_comes_twice_acknowledges_once(hall, village, sticks):
    village.writes(hall, "c0", {})
    hall.imports(village.exports(hall, sticks[0]).path)
    back = hall.exports(village, sticks[1]).path

    assert [village.imports(back).acknowledged for _ in range(2)] == [1, 0]


def test_a_stick_that_claims_to_be_larger_than_fat32_can_hold_is_refused_before_it_is_read(
    hall, village, sticks
):
    with sticks[0].open("wb") as file:
        file.truncate(4 * 1024**3)

    with pytest.raises(TooLarge):
        hall.imports(sticks[0])


@pytest.mark.parametrize(
    "frame",
    [
        b"\x28\xb5\x2f\xfd\x00\x58\x41\x00\x00",  # no content size
        b"\x28\xb5\x2f\xfd\xe0" + (2**63).to_bytes(8, "little") + b"\x01\x00\x00",  # a size like a bomb
        b"\x28\xb5\x2f\xfd\x20\xff" + b"\xfb\xff\x0f",  # a block that repeats a byte beyond the size
        b"\x00" * 20,
    ],
)
def test_a_label_that_is_hostile_zstd_is_refused(hall, village, sticks, frame):
    whole = village.exports(hall, sticks[0]).path.read_bytes()
    size = int.from_bytes(whole[16:24], "big")
    hostile = whole[:16] + len(frame).to_bytes(8, "big") + whole[24:HEAD_BYTES] + frame
    sticks[1].write_bytes(hostile + whole[HEAD_BYTES + size :])

    with pytest.raises(BundleDamaged):
        hall.imports(sticks[1])


def test_a_lying_length_of_a_part_reads_nothing_beyond_the_file(hall, village, sticks):
    village.writes(hall, "c1", {})
    whole = village.exports(hall, sticks[0]).path.read_bytes()
    for place in (16, 24, 32):
        for size in (0, 1, len(whole), 16 * 1024**2, 2**64 - 1):
            sticks[1].write_bytes(whole[:place] + size.to_bytes(8, "big") + whole[place + 8 :])
            with pytest.raises(BundleDamaged):
                hall.imports(sticks[1])


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
