"""How large pieces become and how many are under way, on links that are nothing but numbers."""

import pytest

from sync.cargo import SETBACKS_MAX, Cargo, Hold
from sync.flow import PIECES_BETWEEN_CUTS, Flow
from sync.limits import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, LANES_MAX, SMALL_FILE_BYTES
from sync.manifest import Want


def plays(flow: Flow, bytes_per_second: float, round_trip: float, total_bytes: int) -> float:
    """Send so many bytes over a link that is always full; the seconds it takes."""
    sent = seconds = 0.0
    while sent < total_bytes:
        size, ahead = flow.chunk_bytes, flow.chunk_bytes * flow.under_way
        answer_seconds = max(round_trip + size / bytes_per_second, ahead / bytes_per_second)
        flow.through(size, ahead, answer_seconds, round_trip)
        sent += size
        seconds += answer_seconds / flow.under_way
    return seconds


def test_on_a_thin_link_a_new_case_waits_about_a_second_behind_what_is_under_way():
    flow = Flow()
    plays(flow, 16_000, 0.6, 500_000)

    assert flow.chunk_bytes == 8192
    assert flow.chunk_bytes * flow.under_way <= 16_000 * 1.6


@pytest.mark.parametrize(
    ("bytes_per_second", "round_trip"), [(16_000, 0.6), (125_000, 0.2), (125_000, 1.0), (1_250_000, 0.3)]
)
def test_the_link_is_kept_busy_whatever_it_is_like(bytes_per_second, round_trip):
    flow = Flow()
    plays(flow, bytes_per_second, round_trip, 20 * int(bytes_per_second))

    enough = bytes_per_second * round_trip
    assert flow.chunk_bytes * flow.under_way >= min(enough, CHUNK_BYTES_MAX * LANES_MAX)
    assert plays(flow, bytes_per_second, round_trip, 10_000_000) < 1.15 * 10_000_000 / bytes_per_second


def test_pieces_grow_to_the_most_on_a_clean_line():
    flow = Flow()
    plays(flow, 50_000_000, 0.002, 5_000_000)

    assert (flow.chunk_bytes, flow.under_way) == (CHUNK_BYTES_MAX, 2)


def test_where_cuts_are_frequent_pieces_are_a_small_part_of_what_passes_between_them():
    flow = Flow()
    for _ in range(5):
        plays(flow, 125_000, 0.2, 700_000)
        flow.cut()

    plays(flow, 125_000, 0.2, 300_000)
    assert flow.chunk_bytes <= 1.5 * 700_000 / PIECES_BETWEEN_CUTS


def test_pieces_grow_again_when_the_cuts_have_ended():
    flow = Flow()
    plays(flow, 125_000, 0.2, 100_000)
    flow.cut()
    assert flow.chunk_bytes == CHUNK_BYTES_MIN

    plays(flow, 125_000, 0.2, 10_000_000)

    assert flow.chunk_bytes >= 32 * 1024


def test_a_link_that_never_carries_a_piece_gets_the_smallest():
    flow = Flow()
    for _ in range(3):
        flow.cut()

    assert flow.chunk_bytes == CHUNK_BYTES_MIN


def test_pieces_that_join_others_leave_when_the_link_is_free():
    flow = Flow()
    assert flow.gap_seconds(8192) == 0.0

    plays(flow, 16_000, 0.6, 200_000)

    assert flow.gap_seconds(16_000) == pytest.approx(1.0, rel=0.2)


def cargo(name: str, size: int, letter: int = 1) -> Cargo:
    one = Cargo(name, size, "", letter)
    one.hears(Want(name, 0))
    return one


def next_names(hold: Hold, count: int, length: int = 10_000) -> list[str]:
    names = []
    for _ in range(count):
        one = hold.next_cargo()
        assert one is not None
        one.next_piece(length)
        names.append(one.sha256)
    return names


def test_small_files_go_before_large_ones_the_smallest_first():
    hold = Hold()
    for letter, name, size in ((1, "album", 10**6), (2, "photo", SMALL_FILE_BYTES), (3, "note", 9_000)):
        hold.add(cargo(name, size, letter))

    assert next_names(hold, 9) == ["note", *["photo"] * 7, "album"]


def test_large_files_of_different_letters_take_turns_and_those_of_one_letter_do_not():
    hold = Hold()
    for name, letter in (("a1", 1), ("a2", 1), ("b1", 2), ("c1", 3)):
        hold.add(cargo(name, 300_000 + (name == "a2"), letter))

    names = next_names(hold, 12)

    assert {"a2"} & set(names) == set()
    assert sorted(names[:3]) == sorted(names[3:6]) == ["a1", "b1", "c1"]


def test_what_the_receiver_says_is_not_believed_of_pieces_sent_since():
    one = cargo("scan", 100)
    first, second = one.next_piece(10), one.next_piece(10)
    one.lands(first, 10)

    one.hears(Want("scan", 0, ((50, 60),)))

    assert one.gaps == [(20, 50), (60, 100)]
    one.loses(second)
    one.hears(Want("scan", 10, ((50, 60),)))
    assert one.gaps == [(10, 50), (60, 100)]


def test_all_sent_and_still_not_whole_begins_anew_once_and_is_then_left():
    one = cargo("scan", 100)
    for _ in range(2):
        assert one.can_go()
        one.lands(one.next_piece(100), 0)

    assert one.setbacks >= SETBACKS_MAX and not one.can_go()
    one.starts()
    assert one.can_go()


def test_a_lost_piece_is_no_sign_that_the_file_is_another():
    one = cargo("scan", 100)
    lost, last = one.next_piece(50), one.next_piece(50)
    one.loses(lost)
    one.lands(last, 0)
    assert one.gaps == []

    one.hears(Want("scan", 0, ((50, 100),)))
    one.lands(one.next_piece(100), 100)

    assert one.is_whole and one.setbacks == 0


def test_a_piece_that_fails_again_and_again_is_left_for_the_next_exchange():
    one = cargo("scan", 100)
    tries = 0
    while one.can_go():
        one.misses(one.next_piece(100))
        tries += 1

    assert tries == SETBACKS_MAX
