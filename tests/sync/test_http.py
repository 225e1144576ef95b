"""The counter over HTTP: who may enter, what a stranger's tus client may rely on, refusals in words."""

import base64
import hashlib

import pytest

from sync.keys import NodeKeys
from sync.register import revoke
from sync.rows import using
from sync.session import new_nonce
from sync.tables import Session
from tests.tools.mail_caller import CHUNK_TYPE, Caller, is_refusal


def test_a_stranger_gets_a_nonce_and_nothing_else(pair):
    answer = pair.hall.client.post("/sync/v1/exchange", data=b"parcel")

    assert is_refusal(answer, 401)
    assert answer.json["hall"] == pair.hall.node_id
    assert len(answer.json["nonce"]) == 80


def test_asking_for_nonces_fills_nothing_up(pair):
    for _ in range(20):
        pair.hall.client.post("/sync/v1/exchange")

    with using(pair.hall.database):
        assert Session.select().count() == 0


def test_a_nonce_signed_by_another_key_opens_nothing(caller):
    assert is_refusal(caller.logs_in(keys=NodeKeys.generate()), 422)


def test_a_nonce_signed_for_another_hall_opens_nothing(caller):
    assert is_refusal(caller.logs_in(hall="9" * 32), 421)


def test_a_node_nobody_registered_opens_nothing(caller):
    assert is_refusal(caller.logs_in(node="9" * 32), 403)


def test_a_nonce_serves_once(caller):
    nonce = caller.nonce()

    assert caller.logs_in(nonce=nonce).status_code == 200
    assert is_refusal(caller.logs_in(nonce=nonce), 401)


def test_a_nonce_grows_old(pair, caller):
    nonce = caller.nonce()
    pair.passes(121)

    assert is_refusal(caller.logs_in(nonce=nonce), 401)


def test_a_nonce_of_our_own_making_is_not_believed(pair, caller):
    assert is_refusal(caller.logs_in(nonce=new_nonce(pair.station.keys, pair.hall.now)), 401)
    assert is_refusal(caller.logs_in(nonce="0" * 80), 401)


def test_the_database_keeps_no_token(pair, caller):
    token = caller.headers["Authorization"].split()[1]
    with using(pair.hall.database):
        [row] = Session.select()

    assert row.token_sha256 == hashlib.sha256(token.encode()).hexdigest()


def test_a_session_ends(pair, caller, scan):
    pair.passes(12 * 3600 + 1)

    assert is_refusal(caller.opens(f"/files/{scan.sha256}"), 401)


def test_a_revoked_station_is_shown_out_of_its_running_session(pair, caller, scan):
    with using(pair.hall.database):
        revoke(pair.station.node_id, 99, pair.hall.now)

    assert is_refusal(caller.opens(f"/files/{scan.sha256}"), 403)
    assert is_refusal(caller.logs_in(), 403)


def test_a_node_keeps_only_its_latest_sessions(pair, caller):
    for _ in range(12):
        caller.logs_in()

    with using(pair.hall.database):
        assert Session.select().count() == 8


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"payloadType":1}', b"\xff", b"x" * 9000])
def test_a_login_of_another_form_is_refused_in_words(pair, body):
    answer = pair.hall.client.post("/sync/v1/session", data=body)

    assert is_refusal(answer, 413 if len(body) > 8192 else 400)


def test_a_parcel_above_the_limit_is_refused_without_being_read(caller):
    assert is_refusal(caller.opens("/sync/v1/exchange", "POST", bytes(2**20 + 1)), 413)


def test_a_body_that_is_no_parcel_is_refused_in_words(caller):
    assert is_refusal(caller.opens("/sync/v1/exchange", "POST", b"\0\0\0\1?"), 400)


def test_a_stranger_may_ask_what_uploads_are_like(pair):
    answer = pair.hall.client.options("/files/")

    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert {"creation", "checksum", "termination"} < set(answer.headers["Tus-Extension"].split(","))
    assert int(answer.headers["Tus-Max-Size"]) > 20 * 2**20


def creates(caller, scan, length=None):
    return caller.creates(scan, Upload_Length=str(length or scan.size))


def test_an_upload_goes_by_the_book(pair, caller, scan, sealed):
    created = creates(caller, scan)
    assert (created.status_code, created.headers["Location"]) == (201, f"/files/{scan.sha256}")
    assert caller.patches(scan, 0, sealed[:20_000]).headers["Upload-Offset"] == "20000"
    asked = caller.opens(created.headers["Location"], "HEAD")
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == ("20000", str(scan.size))
    assert asked.headers["Cache-Control"] == "no-store"
    assert caller.patches(scan, 20_000, sealed[20_000:]).status_code == 204

    assert hashlib.sha256(pair.hall.reads(pair.hall.effects[0])).hexdigest() == scan.plain_sha256


def test_creating_twice_gives_the_same_upload(caller, scan, sealed):
    creates(caller, scan)
    caller.patches(scan, 0, sealed[:100])

    again = creates(caller, scan)

    assert (again.status_code, again.headers["Upload-Offset"]) == (201, "100")


def test_an_upload_of_another_length_or_name_is_refused(caller, scan):
    assert is_refusal(creates(caller, scan, scan.size + 1), 400)
    assert is_refusal(caller.opens("/files/", "POST", Upload_Length="5"), 400)
    assert is_refusal(caller.opens("/files/", "POST", Upload_Metadata="sha256 ???", Upload_Length="5"), 400)
    assert is_refusal(caller.opens("/files/", "POST", Upload_Length="-5", Upload_Metadata="sha256 YQ=="), 400)
    assert caller.opens("/files/" + "0" * 64, "HEAD").status_code == 404


def test_a_wrong_offset_says_the_right_one(caller, scan, sealed):
    caller.patches(scan, 0, sealed[:100])

    answer = caller.patches(scan, 50, sealed[50:])

    assert is_refusal(answer, 409)
    assert answer.headers["Upload-Offset"] == "100"


@pytest.mark.parametrize("name", ["sha256", "sha1"])
def test_a_checksum_is_checked_and_a_damaged_chunk_is_not_kept(caller, scan, sealed, name):
    right = base64.b64encode(hashlib.new(name, sealed[:100]).digest()).decode()

    assert is_refusal(caller.patches(scan, 0, b"?" * 100, Upload_Checksum=f"{name} {right}"), 460)
    assert caller.opens(f"/files/{scan.sha256}", "HEAD").headers["Upload-Offset"] == "0"
    assert caller.patches(scan, 0, sealed[:100], Upload_Checksum=f"{name} {right}").status_code == 204
    assert is_refusal(caller.patches(scan, 100, b"x", Upload_Checksum=f"md5 {right}"), 400)


def test_a_client_of_another_protocol_version_is_told(caller, scan):
    answer = caller.patches(scan, 0, b"x", Tus_Resumable="0.2.2")

    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")


def test_a_chunk_of_another_type_or_size_is_refused(caller, scan):
    assert caller.patches(scan, 0, b"x", Content_Type="text/plain").status_code == 415
    assert is_refusal(caller.patches(scan, 0, bytes(2**20 + 1)), 413)
    assert is_refusal(caller.opens(f"/files/{scan.sha256}", "PATCH", b"x", Content_Type=CHUNK_TYPE), 400)


def test_an_upload_may_be_given_up_but_not_what_was_receipted(caller, scan, sealed):
    caller.patches(scan, 0, sealed[:100])
    assert caller.opens(f"/files/{scan.sha256}", "DELETE").status_code == 204
    assert caller.opens(f"/files/{scan.sha256}", "HEAD").headers["Upload-Offset"] == "0"

    caller.patches(scan, 0, sealed)
    assert is_refusal(caller.opens(f"/files/{scan.sha256}", "DELETE"), 403)


@pytest.fixture
def licence(pair):
    """A file on its way down to the station."""
    licence = pair.hall.keeps(bytes(50_000))
    pair.hall.posts(pair.station, "r1", [licence])
    return licence


def test_a_download_may_be_whole_or_any_range(pair, caller, licence):
    whole = caller.opens(f"/files/{licence.sha256}")
    assert (whole.status_code, hashlib.sha256(whole.data).hexdigest()) == (200, licence.sha256)

    part = caller.opens(f"/files/{licence.sha256}", Range="bytes=100-199")
    assert (part.status_code, part.data) == (206, whole.data[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{licence.size}"
    assert caller.opens(f"/files/{licence.sha256}", Range="bytes=49000-").data == whole.data[49000:]
    assert caller.opens(f"/files/{licence.sha256}", Range="bytes=-10").data == whole.data[-10:]
    assert caller.opens(f"/files/{licence.sha256}", Range="bytes=99999999-").status_code == 416


def test_a_file_comes_down_only_to_the_node_a_letter_sent_it_to(pair, caller, licence):
    other = pair.adds_station(3)
    letter = other.station.keeps(b"x")
    assert letter
    stranger = Caller(other)

    assert is_refusal(stranger.opens(f"/files/{licence.sha256}"), 404)
    other.station.database.close_all()
