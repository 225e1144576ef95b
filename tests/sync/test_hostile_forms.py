"""Forms that broke a reader once, each found by the fuzzer or by reading; now they are refused in words."""

import base64
import json

import pytest

from sync import attachments, bundle_file, custody
from sync.bundle_file import BundleReader
from sync.bundle_lines import FILES_MAX, LINES_MAX, read_parcels
from sync.bundle_write import _frame
from sync.canonical import canonical_json
from sync.codec import compress
from sync.envelope import EPOCH_MAX, Header
from sync.errors import BadForm, BundleDamaged, NoSuchFile, TooLarge
from sync.keys import Statement, sign_statement
from sync.limits import PARCEL_BYTES_MAX
from sync.moments import read_moment
from sync.pace import RETRY_AFTER_SECONDS_MAX, Outcome
from sync.parcel import ACK_KIND, Parcel
from sync.parcel import LINES_MAX as PARCEL_LINES_MAX
from sync.rows import using, write
from sync.transport import Answer
from tests.sync.test_chain_and_pace import pause


def header_of(pair) -> dict:
    pair.station.posts(pair.hall, "c1")
    return Parcel.from_bytes(pair.station.gives(pair.hall)).envelopes[0].fields.to_dict()


@pytest.mark.parametrize(
    "change",
    [
        {"proof": []},
        {"proof": {}},
        {"v": True},
        {"made_at": "0001-01-01T00:00:00Z"},
        {"made_at": "9999-12-31T23:59:59Z"},
    ],
)
def test_a_header_with_a_value_of_another_sort_is_refused_in_words(pair, change):
    fields = header_of(pair)
    Header.from_dict(fields)

    with pytest.raises(BadForm):
        Header.from_dict(fields | change)


def test_an_epoch_that_no_database_column_holds_is_refused(pair):
    fields = header_of(pair)

    with pytest.raises(BadForm):
        Header.from_dict(fields | {"seal": fields["seal"] | {"epoch": EPOCH_MAX + 1}})


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22t09:41:00z",
        "２０２６-11-22T09:41:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-02-30T00:00:00Z",
        "2026-11-22T09:41:60Z",
    ],
)
def test_a_moment_that_would_come_back_another_one_is_refused(text):
    with pytest.raises(BadForm):
        read_moment(text)


@pytest.mark.parametrize(
    "change",
    [{"by": []}, {"to": {}}, {"instance": "\0"}, {"upto": True}, {"upto": -1}, {"log": None}, {"head": 1}],
)
def test_a_hall_that_signs_a_malformed_acknowledgement_is_told_so(pair, change):
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    ack = pair.station.states("c1")[0].ack
    body = json.loads(ack.body_bytes) | change
    said = sign_statement(pair.hall.keys, ACK_KIND, body)

    with using(pair.station.database), write(), pytest.raises(BadForm):
        custody.take_ack(pair.station.box, said)


@pytest.mark.parametrize("key_id", ["\ud800", "\0" * 16, "f" * 17, "F" * 16, ""])
def test_a_key_id_that_is_none_never_reaches_the_database(pair, key_id):
    nonce = pair.hall.client.post("/sync/v1/exchange").json["nonce"]
    body = {"at": "", "hall": pair.hall.node_id, "node": pair.station.node_id, "nonce": nonce}
    said = {
        "payload": base64.b64encode(canonical_json(body)).decode(),
        "payloadType": "application/vnd.yimen.session+json",
        "signatures": [{"keyid": key_id, "sig": ""}],
    }
    answer = pair.hall.client.post("/sync/v1/session", data=json.dumps(said))

    assert (answer.status_code, answer.json["error"]) == (400, "BadForm")


def test_a_kind_of_a_megabyte_is_not_repeated_in_the_refusal():
    said = {"payload": "", "payloadType": "x" * 10**6, "signatures": [{"keyid": "0" * 16, "sig": ""}]}

    with pytest.raises(BadForm) as refusal:
        Statement.from_dict(said)

    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("name", ["\0" * 64, "x", "F" * 64, "../../etc/passwd"])
def test_a_file_name_that_is_no_hash_is_no_file(pair, name):
    with using(pair.hall.database):
        with pytest.raises(NoSuchFile):
            attachments.progress(pair.station.node_id, name)
        assert attachments.letter_of(pair.station.node_id, name) == 0


def test_a_parcel_of_a_quarter_million_lines_is_refused_before_one_is_read():
    text = compress(b"M{}\n" + b"S{}\n" * (PARCEL_BYTES_MAX // 4 - 1))

    with pytest.raises(TooLarge, match=str(PARCEL_LINES_MAX)):
        Parcel.from_bytes(len(text).to_bytes(4) + text)


def test_a_bundle_of_a_million_lines_is_refused_before_one_is_read():
    with pytest.raises(BadForm, match="太长"):
        read_parcels(b"x\n" * (LINES_MAX + 1), 0, lambda *_: b"")


def test_a_bundle_of_endless_empty_files_is_refused_while_it_is_measured(tmp_path):
    label = compress(b"{}")
    head = bundle_file.HEAD.pack(bundle_file.HEAD_MAGIC, len(label), 0, 0)
    data = _frame(head) + label + _frame(b"") * 2 + _frame(b"") * (FILES_MAX + 1) + _frame(bytes(72))
    (tmp_path / "many").write_bytes(data)

    with open(tmp_path / "many", "rb") as stream, pytest.raises(BundleDamaged, match="附件太多"):
        BundleReader(stream)


def test_a_token_that_fits_in_no_header_is_not_used(pair):
    pair.link.rewrite_answer = lambda path, answer: (
        Answer(200, {}, '{"token": "汉\\r\\nX: 1"}'.encode()) if path.endswith("session") else answer
    )
    sent, request = [], pair.link.request
    pair.link.request = lambda method, path, headers, body: (
        sent.append(dict(headers)) or request(method, path, headers, body)
    )
    report = pair.exchange()

    assert report.state == "refused"
    assert len(sent) == 3
    assert [headers for headers in sent if "Authorization" in headers] == []


def test_a_hall_that_confirms_without_taking_anything_is_left_after_a_few_tries(pair):
    scan = pair.station.keeps(b"scan" * 1000)
    pair.station.posts(pair.hall, "c1", [scan])
    pair.link.rewrite_answer = lambda path, answer: (
        Answer(200, {"upload-offset": "0"}) if path.startswith("/files/") else answer
    )
    report = pair.exchange()

    assert report.state == "ok"
    assert report.round_trips < 40
    assert report.files_sent_bytes <= 2 * scan.size


def test_a_hall_that_gives_more_of_a_file_than_there_is_is_refused(pair):
    result = pair.hall.keeps(b"licence")
    pair.hall.posts(pair.station, "c1", [result])
    pair.link.rewrite_answer = lambda path, answer: (
        Answer(206, {}, answer.body + b"more") if path.startswith("/files/") else answer
    )
    report = pair.exchange()

    assert report.state == "refused"
    assert report.files_received_bytes == 0


def test_a_hall_that_says_come_back_in_a_thousand_years_is_asked_again_within_the_hour():
    assert pause(Outcome.OK, retry_after=2**53 - 1) <= 1.2 * RETRY_AFTER_SECONDS_MAX
