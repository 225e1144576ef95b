"""docs/vectors/mail.json holds, checked from docs/protocol.md alone; our own readers say the same of it."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from sync.envelope import Envelope, check_envelope
from sync.keys import Statement, open_statement
from sync.manifest import Manifest
from sync.parcel import ACK_KIND, Parcel
from tests.tools import make_mail_vectors

FOLDER = Path(__file__).parents[2] / "docs" / "vectors"
VECTORS = json.loads((FOLDER / "mail.json").read_text("utf-8"))
VILLAGE = bytes.fromhex(VECTORS["keys"]["village"]["signing_key"])
HALL = bytes.fromhex(VECTORS["keys"]["hall"]["signing_key"])
ENVELOPE = "application/vnd.yimen.envelope+json"


def pae(kind: str, body: bytes) -> bytes:
    """Section 2."""
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(body), body)


def holds(public: bytes, signature: bytes, kind: str, body: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, pae(kind, body))
    except InvalidSignature:
        return False
    return True


def opened(dsse: dict, public: bytes, kind: str) -> dict:
    """Section 2: kind, key id and signature, then the body, which is canonical."""
    [signature] = dsse["signatures"]
    body = base64.b64decode(dsse["payload"])
    assert dsse["payloadType"] == kind
    assert signature["keyid"] == hashlib.sha256(public).hexdigest()[:16]
    assert holds(public, base64.b64decode(signature["sig"]), kind, body)
    value = json.loads(body)
    assert json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == body
    return value


def test_the_envelope_is_signed_sealed_and_named_as_the_page_says():
    told = VECTORS["envelope"]
    header, sealed = told["header"].encode(), bytes.fromhex(told["sealed"])
    fields = json.loads(header)

    assert holds(VILLAGE, bytes.fromhex(told["signature"]), ENVELOPE, header)
    assert not holds(HALL, bytes.fromhex(told["signature"]), ENVELOPE, header)
    assert hashlib.sha256(header).hexdigest() == told["hash"]
    assert hashlib.sha256(sealed).hexdigest() == fields["seal"]["sha256"]


def test_the_payload_opens_under_the_stream_key_and_its_number():
    told = VECTORS["envelope"]
    fields = json.loads(told["header"])
    place = [fields["from"], fields["instance"], fields["to"], fields["seal"]["epoch"]]
    bound = pae("application/vnd.yimen.payload", json.dumps(place, separators=(",", ":")).encode())
    cipher = AESGCMSIV(bytes.fromhex(told["stream_key"]))

    packed = cipher.decrypt(fields["seq"].to_bytes(12, "big"), bytes.fromhex(told["sealed"]), bound)

    assert zstandard.decompress(packed) == told["plain"].encode()
    assert len(told["plain"].encode()) == fields["size"]


def test_the_acknowledgement_names_the_last_letter_of_the_parcel():
    body = opened(VECTORS["acknowledgement"], HALL, "application/vnd.yimen.ack+json")
    last = VECTORS["parcel"]["headers"][-1].encode()

    assert (body["upto"], body["head"]) == (2, hashlib.sha256(last).hexdigest())
    assert (body["by"], body["to"]) == (VECTORS["keys"]["hall"]["node_id"],) * 2


def test_the_parcel_is_length_lines_and_pieces():
    """Section 9, byte by byte."""
    data = base64.b64decode(VECTORS["parcel"]["bytes"])
    stop = 4 + int.from_bytes(data[:4], "big")
    words = zstandard.ZstdCompressionDict((FOLDER / "parcel.words").read_bytes())
    text = zstandard.ZstdDecompressor(dict_data=words).decompress(data[4:stop])
    lines, at = text.decode().splitlines(), stop
    manifest = lines[0][1:].encode()
    assert lines[0][0] == "M"
    assert data[at : at + 8].hex() == hashlib.sha256(VILLAGE).hexdigest()[:16]
    assert holds(VILLAGE, data[at + 8 : at + 72], "application/vnd.yimen.parcel+json", manifest)
    at += 72
    common = json.loads(lines[1][1:])
    assert lines[1][0] == "S"
    for line, header in zip(lines[2:4], VECTORS["parcel"]["headers"], strict=True):
        size = json.loads(line[1:])["sealed"]
        assert holds(VILLAGE, data[at : at + 64], ENVELOPE, header.encode())
        sealed = data[at + 64 : at + 64 + size]
        assert json.loads(header)["seal"]["sha256"] == hashlib.sha256(sealed).hexdigest()
        assert {name: json.loads(header)[name] for name in ("seq", "prev")} == {
            name: common[name] for name in ("seq", "prev")
        }
        common |= {"seq": common["seq"] + 1, "prev": hashlib.sha256(header.encode()).hexdigest()}
        at += 64 + size
    assert at == len(data)
    assert [line[0] for line in lines] == ["M", "S", "E", "E"]


def test_the_login_signs_the_nonce_it_was_given_for_this_hall():
    told = VECTORS["session"]
    body = opened(told["login"], VILLAGE, "application/vnd.yimen.session+json")

    assert {name: body[name] for name in ("hall", "nonce")} == told["challenge"]
    assert body["node"] == VECTORS["keys"]["village"]["node_id"]


def test_the_upload_is_what_a_tus_client_would_see():
    told = VECTORS["tus"]
    sealed = base64.b64decode(told["sealed"])
    statuses = [one["status"] for one in told["talk"]]
    offsets = [one["told"].get("Upload-Offset") for one in told["talk"]]
    half = str(len(sealed) // 2)

    assert hashlib.sha256(sealed).hexdigest() == told["sha256"]
    assert statuses == [201, 460, 204, 200, 409, 204, 403]
    assert offsets == ["0", "0", half, half, half, str(len(sealed)), None]
    assert told["talk"][0]["told"]["Location"] == f"/files/{told['sha256']}"
    bodies = [base64.b64decode(told["talk"][at]["body"]) for at in (2, 5)]
    assert b"".join(bodies) == sealed


def test_our_own_readers_say_the_same():
    told = VECTORS["envelope"]
    made = Envelope(told["header"].encode(), bytes.fromhex(told["signature"]), bytes.fromhex(told["sealed"]))
    read = Parcel.from_bytes(base64.b64decode(VECTORS["parcel"]["bytes"]))
    ack = Statement.from_dict(VECTORS["acknowledgement"])

    assert check_envelope(made, VILLAGE).subject == "c1"
    assert [one.header.decode() for one in read.envelopes] == VECTORS["parcel"]["headers"]
    assert read.manifest.to_dict() == VECTORS["parcel"]["manifest"]
    assert Manifest.from_dict(json.loads(read.manifest.body_bytes)).mine[0].last == 2
    assert open_statement(ack, HALL, ACK_KIND)["upto"] == 2


@pytest.mark.parametrize("part", ["envelope", "acknowledgement", "parcel", "session", "tus"])
def test_what_the_program_makes_today_has_the_form_of_the_vector(part):
    """A change of the format that forgets the vectors is noticed here."""
    made = make_mail_vectors.make()[part]

    assert shape(made) == shape(VECTORS[part])


def shape(value: object) -> object:
    """Names and kinds, and the fields of JSON inside of texts; not the values."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    if isinstance(value, str) and value.startswith("{"):
        return shape(json.loads(value))
    return type(value).__name__
