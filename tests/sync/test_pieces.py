"""Pieces of a file in any order: what is there is known, nothing is kept twice, the end is checked."""

import random

import pytest

from sync import attachments, exchange
from sync.errors import BadForm, TooLarge, UploadConflict
from sync.limits import LATER_SPANS_MAX, WANTS_MAX
from sync.manifest import Want
from sync.rows import using
from sync.spans import minus, size, union
from sync.tables import FileChunk
from tests.tools.mail_caller import CHUNK_TYPE, is_refusal


def puts(pair, scan, start: int, data: bytes) -> int:
    with using(pair.hall.database):
        return exchange.place_piece(pair.hall.box, pair.station.node_id, scan.sha256, start, data)


def wanted(pair) -> list[Want]:
    with using(pair.hall.database):
        return attachments.wanted(pair.station.node_id, WANTS_MAX)


def test_pieces_in_any_order_with_overlaps_and_repeats_make_the_file(pair, scan, sealed):
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    there = [(0, 0)]
    while size(there) < scan.size:
        start = max(0, chance.randrange(scan.size + 3000) - 3000)
        stop = min(scan.size, start + chance.randrange(1, 20_000))
        held = puts(pair, scan, start, sealed[start:stop])
        there = union([*there, (start, stop)])
        assert held == (there[0][1] if there[0][0] == 0 else 0)

    assert pair.hall.has_whole(scan)
    with using(pair.hall.database):
        assert sum(len(chunk.data) for chunk in FileChunk.select()) == scan.size


def test_the_next_parcel_says_what_lies_ahead_of_the_gap(pair, scan, sealed):
    puts(pair, scan, 0, sealed[:100])
    puts(pair, scan, 500, sealed[500:700])
    puts(pair, scan, 700, sealed[700:800])
    puts(pair, scan, 9000, sealed[9000:9001])

    told = exchange_manifest(pair)

    assert told == (Want(scan.sha256, 100, ((500, 800), (9000, 9001))),)


def exchange_manifest(pair):
    with using(pair.hall.database):
        return exchange.give(pair.hall.box, pair.station.node_id).manifest.wants


@pytest.mark.parametrize(
    "later",
    [None, [[5, 5]], [[9, 5]], [[1]], [[1, 2, 3]], ["1-2"], [[1.5, 2]], [[-1, 2]], [[0, 1]] * 17],
)
def test_ranges_of_another_form_are_refused(later):
    with pytest.raises(BadForm):
        Want.from_dict({"sha256": "0" * 64, "held": 0, "later": later})


def test_a_file_without_gaps_is_stated_as_ever(pair, scan, sealed):
    puts(pair, scan, 0, sealed[:100])

    assert wanted(pair)[0].to_dict() == {"sha256": scan.sha256, "held": 100}


def test_what_is_there_is_not_replaced(pair, scan, sealed):
    puts(pair, scan, 100, sealed[100:300])

    puts(pair, scan, 0, sealed[:100] + b"?" * 200)
    puts(pair, scan, 300, sealed[300:])

    assert pair.hall.has_whole(scan)


def test_pieces_that_make_another_file_are_all_thrown_away(pair, scan, sealed):
    puts(pair, scan, 100, b"?" * (scan.size - 100))

    assert puts(pair, scan, 0, sealed[:100]) == 0

    assert not pair.hall.has_whole(scan)
    assert wanted(pair) == [Want(scan.sha256, 0)]
    assert puts(pair, scan, 0, sealed) == scan.size


def test_a_piece_beyond_the_end_is_refused(pair, scan, sealed):
    with pytest.raises(TooLarge):
        puts(pair, scan, scan.size - 5, b"123456")
    with pytest.raises(TooLarge):
        puts(pair, scan, 10**12, b"1")


def test_separate_parts_of_one_file_are_bounded(pair, scan, sealed):
    for number in range(LATER_SPANS_MAX):
        puts(pair, scan, 10 + 2 * number, sealed[10 + 2 * number : 11 + 2 * number])

    with pytest.raises(UploadConflict):
        puts(pair, scan, 40_000, sealed[40_000:40_001])
    assert puts(pair, scan, 0, sealed[:11]) == 11
    assert puts(pair, scan, 40_000, sealed[40_000:40_001]) == 11


def test_who_appends_takes_no_notice_of_what_lies_ahead(pair, caller, scan, sealed):
    puts(pair, scan, 500, sealed[500:700])

    assert caller.patches(scan, 0, sealed[:600]).headers["Upload-Offset"] == "600"
    assert wanted(pair) == [Want(scan.sha256, 600)]


def test_over_http_a_piece_is_checked_and_answered_with_how_much_is_held(caller, scan, sealed):
    def put(start, data, **headers):
        return caller.opens(f"/files/{scan.sha256}/{start}", "PUT", data, Content_Type=CHUNK_TYPE, **headers)

    assert put(100, sealed[100:200]).headers["Upload-Offset"] == "0"
    assert put(0, sealed[:100]).headers["Upload-Offset"] == "200"
    assert is_refusal(put(200, b"x", Upload_Checksum="sha256 YQ=="), 460)
    assert is_refusal(put(scan.size, b"x"), 413)
    assert put("x", b"x").status_code == 404
    assert put(0, sealed).headers["Upload-Offset"] == str(scan.size)
    assert put(7, sealed[7:9]).headers["Upload-Offset"] == str(scan.size)


def test_small_files_are_wanted_first_and_the_oldest_is_never_forgotten(pair, scan):
    small = [pair.station.keeps(bytes(number)) for number in range(1, 20)]
    pair.station.posts(pair.hall, "c2", small)
    pair.hall.takes_stick(pair.station.gives(pair.hall))

    names = [want.sha256 for want in wanted(pair)]

    assert len(names) == WANTS_MAX and names[-1] == scan.sha256
    assert names[0] == small[0].sha256


def test_ranges_are_joined_and_taken_apart():
    assert union([(5, 9), (0, 2), (2, 3), (8, 12), (4, 4)]) == [(0, 3), (5, 12)]
    assert minus([(0, 10)], [(2, 3), (5, 6), (9, 20)]) == [(0, 2), (3, 5), (6, 9)]
    assert minus([(0, 10), (20, 30)], [(0, 30)]) == []
    assert minus([(0, 10)], []) == [(0, 10)]
    assert size([(0, 3), (5, 12)]) == 10
