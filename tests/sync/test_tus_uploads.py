"""What any tus 1.0 client may rely on beside the core: creation with data, checksum, expiry, termination."""

import base64
import hashlib
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from sync.limits import CHUNK_ROW_BYTES_MIN, DISK_BYTES_KEPT, UPLOAD_DAYS
from sync.rows import using
from sync.tables import FileChunk
from tests.tools.mail_caller import CHUNK_TYPE, Caller, is_refusal, metadata


def creates_with(caller, scan, data, **headers):
    return caller.creates(scan, data, Upload_Length=str(scan.size), Content_Type=CHUNK_TYPE, **headers)


def test_the_counter_names_its_extensions(pair):
    named = pair.hall.client.options("/files/").headers["Tus-Extension"].split(",")

    assert set(named) == {
        "creation",
        "creation-with-upload",
        "checksum",
        "expiration",
        "termination",
        "concatenation",
    }


def test_the_first_bytes_may_come_with_the_creation(pair, caller, scan, sealed):
    created = creates_with(caller, scan, sealed[:30_000])

    assert (created.status_code, created.headers["Upload-Offset"]) == (201, "30000")
    assert caller.patches(scan, 30_000, sealed[30_000:]).status_code == 204
    assert pair.hall.has_whole(scan)


def test_creating_again_with_bytes_keeps_what_is_there(caller, scan, sealed):
    creates_with(caller, scan, sealed[:30_000])

    again = creates_with(caller, scan, sealed[:10])

    assert (again.status_code, again.headers["Upload-Offset"]) == (201, "30000")


def test_a_damaged_creation_with_bytes_keeps_nothing_of_them(caller, scan, sealed):
    wrong = "sha1 " + base64.b64encode(hashlib.sha1(b"other").digest()).decode()

    assert is_refusal(creates_with(caller, scan, sealed[:100], Upload_Checksum=wrong), 460)
    assert caller.offset(f"/files/{scan.sha256}") == "0"


def test_a_whole_that_came_with_the_creation_but_is_another_file_is_thrown_away(pair, caller, scan, sealed):
    answer = creates_with(caller, scan, sealed[:-1] + bytes([sealed[-1] ^ 1]))

    assert is_refusal(answer, 460)
    assert (answer.headers["Upload-Offset"], pair.hall.has_whole(scan)) == ("0", False)


def test_without_a_version_nothing_is_done(pair, caller, scan):
    bare = {"Authorization": caller.headers["Authorization"]}
    path = f"/files/{scan.sha256}"

    for method in ("POST", "HEAD", "PATCH", "DELETE"):
        answer = pair.hall.client.open(
            path if method != "POST" else "/files/", method=method, headers=bare, data=b""
        )
        assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")


def test_a_length_that_lies_is_refused(caller, scan, sealed):
    assert is_refusal(caller.creates(scan, Upload_Length=str(scan.size - 1)), 400)
    assert is_refusal(caller.creates(scan, Upload_Length=str(10**12)), 413)
    assert is_refusal(caller.creates(scan), 400)
    assert is_refusal(caller.patches(scan, 0, sealed + b"more"), 413)
    assert caller.offset(f"/files/{scan.sha256}") == "0"


def test_a_file_no_letter_named_is_not_taken(pair, caller):
    unnamed = pair.station.keeps(b"unannounced")

    assert is_refusal(caller.creates(unnamed, Upload_Length=str(unnamed.size)), 404)


def test_a_foreign_sender_sees_and_changes_nothing(pair, caller, scan, sealed):
    caller.patches(scan, 0, sealed[:100])
    other = pair.adds_station(3)
    stranger = Caller(other)

    assert is_refusal(stranger.patches(scan, 100, sealed[100:]), 404)
    assert is_refusal(stranger.opens(f"/files/{scan.sha256}", "DELETE"), 404)
    assert is_refusal(
        stranger.opens(f"/files/{scan.sha256}/0", "PUT", sealed[:10], Content_Type=CHUNK_TYPE), 404
    )
    assert stranger.opens(f"/files/{scan.sha256}", "HEAD").status_code == 404
    assert caller.offset(f"/files/{scan.sha256}") == "100"
    other.station.database.close_all()


def test_patch_and_delete_may_come_as_post(caller, scan, sealed):
    path = f"/files/{scan.sha256}"
    own = {"Upload_Offset": "0", "Content_Type": CHUNK_TYPE, "X_HTTP_Method_Override": "PATCH"}

    assert caller.opens(path, "POST", sealed[:100], **own).headers["Upload-Offset"] == "100"
    assert caller.opens(path, "POST", X_HTTP_Method_Override="DELETE").status_code == 204
    assert caller.offset(path) == "0"
    assert is_refusal(caller.opens(path, "POST", X_HTTP_Method_Override="GET"), 400)


def test_an_unfinished_upload_says_when_it_is_given_up_and_then_is(pair, caller, scan, sealed):
    told = caller.patches(scan, 0, sealed[:100]).headers["Upload-Expires"]
    assert parsedate_to_datetime(told) == pair.hall.now + timedelta(days=UPLOAD_DAYS)
    pair.passes(UPLOAD_DAYS * 86_400 + 1)

    caller = Caller(pair)

    asked = caller.opens(f"/files/{scan.sha256}", "HEAD")
    assert (asked.headers["Upload-Offset"], "Upload-Expires" in asked.headers) == ("0", False)
    with using(pair.hall.database):
        assert FileChunk.select().count() == 0
    assert caller.patches(scan, 0, sealed).status_code == 204
    assert pair.hall.has_whole(scan)


def test_each_new_piece_puts_the_end_off(pair, caller, scan, sealed):
    caller.patches(scan, 0, sealed[:100])
    pair.passes(11 * 3600)
    caller.patches(scan, 100, sealed[100:200])
    pair.passes(UPLOAD_DAYS * 86_400 - 3600)

    assert Caller(pair).offset(f"/files/{scan.sha256}") == "200"


def test_what_was_receipted_is_never_given_up(pair, caller, scan, sealed):
    caller.patches(scan, 0, sealed)
    pair.passes(10 * UPLOAD_DAYS * 86_400)

    Caller(pair)

    assert pair.hall.has_whole(scan)
    assert hashlib.sha256(pair.hall.reads(pair.hall.effects[0])).hexdigest() == scan.plain_sha256


def test_a_disk_that_is_nearly_full_takes_letters_but_no_file(pair, scan, sealed):
    pair.hall.has_room(DISK_BYTES_KEPT + 99)
    caller = Caller(pair)
    pair.station.posts(pair.hall, "c2")

    refused = caller.patches(scan, 0, sealed[:100])
    report = pair.exchange()

    assert is_refusal(refused, 507)
    assert report.state == "ok" and "磁盘快满了" in report.files_why
    assert pair.hall.effect_rows() == ["c1", "c2"]
    pair.hall.has_room(DISK_BYTES_KEPT + scan.size)
    assert Caller(pair).patches(scan, 0, sealed).status_code == 204


def test_bytes_sent_one_by_one_do_not_make_a_row_each(pair, caller, scan, sealed):
    for at in range(0, 3 * CHUNK_ROW_BYTES_MIN, 512):
        assert caller.patches(scan, at, sealed[at : at + 512]).status_code == 204

    with using(pair.hall.database):
        assert FileChunk.select().count() <= 3
    caller.patches(scan, 3 * CHUNK_ROW_BYTES_MIN, sealed[3 * CHUNK_ROW_BYTES_MIN :])
    assert pair.hall.has_whole(scan)


@pytest.mark.parametrize(
    "stated", ["", "sha256", "sha256 ???", "sha256 YQ==,filename", f"sha256 {'YQ==' * 500}"]
)
def test_metadata_of_another_form_is_refused_in_words(caller, stated):
    answer = caller.opens("/files/", "POST", Upload_Metadata=stated, Upload_Length="100")

    assert answer.status_code in (400, 404) and answer.json["what"]


def test_the_name_is_found_among_other_metadata(caller, scan):
    named = metadata(filename="扫描件.jpg", sha256=scan.sha256, filetype="image/jpeg")

    answer = caller.opens("/files/", "POST", Upload_Metadata=named, Upload_Length=str(scan.size))

    assert (answer.status_code, answer.headers["Location"]) == (201, f"/files/{scan.sha256}")
