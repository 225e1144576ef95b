"""Concatenation: bytes that come side by side become one file, in the order named and by its hash alone."""

import pytest

from sync import attachments
from sync.limits import PART_IDLE_SECONDS, PARTS_PER_FILE_MAX, PARTS_PER_SENDER_MAX, UPLOAD_DAYS
from sync.outbox import LetterState
from sync.rows import using
from sync.tables import FileChunk, FileReceipt, PartialChunk, PartialUpload
from tests.tools.mail_caller import CHUNK_TYPE, Caller, is_refusal


def opens_part(caller, size):
    answer = caller.creates(Upload_Length=str(size), Upload_Concat="partial")
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def fills(caller, path, data, offset=0):
    return caller.opens(path, "PATCH", data, Upload_Offset=str(offset), Content_Type=CHUNK_TYPE)


def part(caller, data):
    path = opens_part(caller, len(data))
    assert fills(caller, path, data).status_code == 204
    return path


def joins(caller, scan, paths):
    return caller.creates(scan, Upload_Concat="final;" + " ".join(paths))


def counts(pair):
    with using(pair.hall.database):
        return PartialUpload.select().count(), PartialChunk.select().count(), FileChunk.select().count()


def test_parts_become_the_file_and_are_gone(pair, caller, scan, sealed):
    first, second = part(caller, sealed[:30_000]), part(caller, sealed[30_000:])

    joined = joins(caller, scan, [first, second])

    assert (joined.status_code, joined.headers["Location"]) == (201, f"/files/{scan.sha256}")
    assert counts(pair)[:2] == (0, 0)
    with using(pair.hall.database):
        assert attachments.is_whole(scan.sha256)
        assert FileReceipt.get().sha256 == scan.sha256
    pair.exchange()
    pair.exchange()
    assert pair.station.state("c1") == LetterState.ACKNOWLEDGED


def test_parts_may_be_filled_in_any_order_and_in_turns(pair, caller, scan, sealed):
    first, second = opens_part(caller, 30_000), opens_part(caller, scan.size - 30_000)
    fills(caller, second, sealed[30_000:40_000])
    fills(caller, first, sealed[:10_000])
    fills(caller, second, sealed[40_000:], 10_000)
    fills(caller, first, sealed[10_000:30_000], 10_000)

    assert joins(caller, scan, [first, second]).status_code == 201


def test_parts_named_out_of_order_are_not_the_file(pair, caller, scan, sealed):
    first, second = part(caller, sealed[:30_000]), part(caller, sealed[30_000:])

    assert is_refusal(joins(caller, scan, [second, first]), 422)
    assert is_refusal(joins(caller, scan, [first]), 422)
    with using(pair.hall.database):
        assert not attachments.is_whole(scan.sha256)
    assert joins(caller, scan, [first, second]).status_code == 201


def test_a_part_says_what_it_is_and_how_far(caller, scan, sealed):
    path = opens_part(caller, 1000)
    fills(caller, path, sealed[:400])

    asked = caller.opens(path, "HEAD")

    assert asked.headers["Upload-Concat"] == "partial"
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == ("400", "1000")
    assert asked.headers["Upload-Expires"]


def test_the_file_put_together_says_so_and_takes_no_more(caller, scan, sealed):
    path = part(caller, sealed)
    joins(caller, scan, [path])

    asked = caller.opens(f"/files/{scan.sha256}", "HEAD")

    assert asked.headers["Upload-Concat"] == f"final;{path}"
    assert asked.headers["Upload-Offset"] == asked.headers["Upload-Length"] == str(scan.size)
    assert is_refusal(caller.patches(scan, scan.size, b""), 403)


def test_an_unfinished_part_is_not_put_into_a_file(caller, scan, sealed):
    first, second = part(caller, sealed[:30_000]), opens_part(caller, scan.size - 30_000)

    assert is_refusal(joins(caller, scan, [first, second]), 409)


def test_a_part_of_a_foreign_sender_is_not_to_be_had(pair, caller, scan, sealed):
    path = part(caller, sealed)
    other = pair.adds_station(3)
    theirs = other.station.keeps(b"x" * 60_000)
    other.station.posts(pair.hall, "o1", [theirs])
    pair.hall.takes_stick(other.station.gives(pair.hall))
    stranger = Caller(other)

    assert is_refusal(fills(stranger, path, b"x", scan.size), 404)
    assert stranger.opens(path, "HEAD").status_code == 404
    assert is_refusal(stranger.opens(path, "DELETE"), 404)
    assert is_refusal(joins(stranger, theirs, [path]), 404)
    assert joins(caller, scan, [path]).status_code == 201
    other.station.database.close_all()


def test_wrong_places_and_lengths_are_refused_and_the_right_place_is_said(caller, scan, sealed):
    path = opens_part(caller, 1000)
    fills(caller, path, sealed[:100])

    wrong = fills(caller, path, sealed[50:], 50)

    assert is_refusal(wrong, 409) and wrong.headers["Upload-Offset"] == "100"
    assert is_refusal(fills(caller, path, bytes(901), 100), 413)
    damaged = caller.opens(
        path, "PATCH", b"x", Upload_Offset="100", Content_Type=CHUNK_TYPE, Upload_Checksum="sha256 YQ=="
    )
    assert is_refusal(damaged, 460) and damaged.headers["Upload-Offset"] == "100"
    assert caller.offset(path) == "100"


def test_a_part_may_be_given_up(pair, caller, scan, sealed):
    path = part(caller, sealed[:100])

    assert caller.opens(path, "DELETE").status_code == 204
    assert caller.opens(path, "HEAD").status_code == 404
    assert counts(pair) == (0, 0, 0)


def test_without_a_letter_that_names_a_file_there_are_no_parts(caller):
    assert is_refusal(caller.creates(Upload_Length="1", Upload_Concat="partial"), 507)


def test_parts_never_hold_more_than_the_files_still_lack(caller, scan):
    for _ in range(10):
        opens_part(caller, scan.size // 10)

    assert is_refusal(caller.creates(Upload_Length=str(scan.size), Upload_Concat="partial"), 507)
    assert is_refusal(caller.creates(Upload_Length=str(10**9), Upload_Concat="partial"), 413)


def test_a_bomb_of_empty_parts_is_bounded(pair, caller, scan):
    answers = [
        caller.creates(Upload_Length="0", Upload_Concat="partial").status_code
        for _ in range(PARTS_PER_SENDER_MAX + 5)
    ]

    assert answers == [201] * PARTS_PER_SENDER_MAX + [507] * 5


def test_a_client_that_forgot_its_parts_can_begin_anew_after_an_hour(pair, caller, scan, sealed):
    old = opens_part(caller, scan.size)
    assert is_refusal(caller.creates(Upload_Length=str(scan.size), Upload_Concat="partial"), 507)
    pair.passes(PART_IDLE_SECONDS + 1)

    new = part(caller, sealed)

    assert caller.opens(old, "HEAD").status_code == 404
    assert joins(caller, scan, [new]).status_code == 201


def test_parts_nobody_goes_on_with_are_given_up(pair, caller, scan, sealed):
    part(caller, sealed[:100])
    pair.passes(UPLOAD_DAYS * 86_400 + 1)

    Caller(pair)

    assert counts(pair) == (0, 0, 0)


def test_putting_together_what_is_whole_already_changes_nothing(pair, caller, scan, sealed):
    path = part(caller, sealed)
    caller.patches(scan, 0, sealed)

    assert joins(caller, scan, [path]).status_code == 201
    assert counts(pair)[:2] == (0, 0)
    with using(pair.hall.database):
        assert FileReceipt.select().count() == 1


def test_a_part_takes_the_place_of_what_came_before(pair, caller, scan, sealed):
    caller.patches(scan, 0, sealed[:5000])
    path = opens_part(caller, scan.size - 5000)
    fills(caller, path, sealed[5000:])
    assert is_refusal(joins(caller, scan, [path]), 422)
    caller.opens(f"/files/{scan.sha256}", "DELETE")

    assert joins(caller, scan, [part(caller, sealed[:5000]), path]).status_code == 201


@pytest.mark.parametrize(
    "concat",
    [
        "final",
        "final;",
        "partial;/files/parts/x",
        "final;/files/x",
        "final;x",
        "final;" + " ".join(f"/files/parts/{number}" for number in range(PARTS_PER_FILE_MAX + 1)),
        "final;/files/parts/a /files/parts/a",
        "final;/files/parts/" + "a" * 65,
    ],
)
def test_a_list_of_another_form_is_refused_in_words(caller, scan, concat):
    assert is_refusal(caller.creates(scan, Upload_Concat=concat), 400)
