"""The envelope: its exact bytes are signed, its header says enough and not too much."""

import hashlib
import json

import pytest

from sync.canonical import canonical_json, read_json
from sync.envelope import Envelope, Header, check_envelope
from sync.errors import BadForm, BadSignature, CannotOpen, TooLarge, WrongKey
from sync.keys import NodeKeys, verify
from sync.parcel import Parcel
from sync.sealing import (
    Address,
    new_key,
    open_file,
    open_payload,
    seal_file,
    seal_payload,
    unwrap_key,
    wrap_key,
)

HERE = Address("a" * 32, "1" * 16, "b" * 32, 1)


@pytest.fixture
def envelopes(pair):
    """Two envelopes of the station's stream, the first with a scan."""
    pair.station.posts(pair.hall, "c1", [pair.station.keeps(b"scan", "王小明身份证.jpg")], name="王小明")
    pair.station.posts(pair.hall, "c2")
    return Parcel.from_bytes(pair.station.gives(pair.hall)).envelopes


def test_anybody_checks_it_with_the_public_key_alone(pair, envelopes):
    first, second = envelopes
    kind = b"application/vnd.yimen.envelope+json"
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(first.header), first.header)

    assert verify(pair.station.keys.signing_public, first.signature, signed)
    assert json.loads(first.header)["seal"]["sha256"] == hashlib.sha256(first.sealed).hexdigest()
    assert json.loads(second.header)["prev"] == hashlib.sha256(first.header).hexdigest()


def test_the_key_travels_once_and_the_later_letters_stay_small(envelopes):
    first, second = (envelope.fields for envelope in envelopes)

    assert (first.seal.kem, second.seal.kem) == ("mlkem768-x25519", None)


def test_the_header_says_nothing_of_the_resident(envelopes):
    for envelope in envelopes:
        assert "王小明".encode() not in envelope.header + envelope.sealed
    assert envelopes[0].fields.files[0].name == "1"


def test_the_same_words_twice_leave_no_common_trace(pair):
    pair.station.posts(pair.hall, "c1")
    pair.station.posts(pair.hall, "c1")
    first, second = Parcel.from_bytes(pair.station.gives(pair.hall)).envelopes

    assert first.sealed != second.sealed
    assert first.fields.seal.sha256 != second.fields.seal.sha256


def test_another_key_or_another_byte_is_noticed(pair, envelopes):
    [envelope, _] = envelopes
    public = pair.station.keys.signing_public
    assert check_envelope(envelope, public) == envelope.fields

    with pytest.raises(WrongKey):
        check_envelope(envelope, NodeKeys.generate().signing_public)
    for header, signature, sealed in (
        (envelope.header.replace(b'"c1"', b'"c9"'), envelope.signature, envelope.sealed),
        (envelope.header, bytes(64), envelope.sealed),
        (envelope.header, envelope.signature, envelope.sealed + b"x"),
    ):
        with pytest.raises(BadSignature):
            check_envelope(Envelope(header, signature, sealed), public)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"suite": "rsa"},
        {"key": "A" * 16},
        {"from": "a"},
        {"seq": 0},
        {"seq": True},
        {"seq": 2},
        {"prev": "f" * 64},
        {"kind": "Case"},
        {"subject": "a b"},
        {"catalog": "7"},
        {"made_at": "2026-11-22 09:00"},
        {"proof": "sworn"},
        {"size": 2**20},
        {"sha256": "z" * 64},
        {"files": {}},
        {"files": [{"name": "1"}]},
        {"files": [{"name": "1", "sha256": "a" * 64, "size": -1}]},
        {"files": [{"name": "1", "sha256": "a" * 64, "size": 2**40}]},
        {"files": [{"name": "1", "sha256": "a" * 64, "size": 1}] * 101},
        {"seal": {"epoch": 1}},
        {"seal": {"epoch": 1, "sha256": "a" * 64, "kem": "rot13", "enc": ""}},
        {"seal": {"epoch": 1, "sha256": "a" * 64, "kem": "x25519"}},
        {"seal": {"epoch": 1, "sha256": "a" * 64, "kem": "x25519", "enc": "AAAA"}},
        {"seal": {"epoch": 1, "sha256": "a" * 64, "kem": "x25519", "enc": "?"}},
        {"again": "yes"},
        {"extra": 1},
    ],
)
def test_a_header_of_another_form_is_refused(envelopes, change):
    fields = read_json(envelopes[0].header)

    with pytest.raises(BadForm) as refused:
        Header.from_dict(fields | change)
    assert refused.value.next_step


def test_a_header_that_is_not_canonical_or_too_long_is_refused(envelopes):
    fields = json.loads(envelopes[0].header)
    with pytest.raises(BadForm):
        _ = Envelope(json.dumps(fields).encode(), b"", b"").fields
    with pytest.raises(TooLarge):
        _ = Envelope(canonical_json(fields | {"pad": "x" * 40_000}), b"", b"").fields


def test_sealing_is_deterministic_and_bound_to_its_place():
    key = new_key()
    sealed = seal_payload(key, HERE, 5, b"resident")

    assert seal_payload(key, HERE, 5, b"resident") == sealed
    assert open_payload(key, HERE, 5, sealed, 8) == b"resident"
    elsewhere = Address("a" * 32, "2" * 16, "b" * 32, 1)
    for other_key, address, seq in ((new_key(), HERE, 5), (key, elsewhere, 5), (key, HERE, 6)):
        with pytest.raises(CannotOpen):
            open_payload(other_key, address, seq, sealed, 8)


def test_a_payload_of_another_size_than_stated_is_refused():
    key = new_key()
    sealed = seal_payload(key, HERE, 1, b"x" * 100)

    with pytest.raises(TooLarge):
        open_payload(key, HERE, 1, sealed, 99)
    with pytest.raises(CannotOpen):
        open_payload(key, HERE, 1, sealed, 101)


def test_a_stream_key_opens_for_its_recipient_and_its_stream_only():
    recipient, key = NodeKeys.generate(), new_key()
    kem, wrapped = wrap_key(key, HERE, recipient.sealing_public)

    assert unwrap_key(recipient, kem, wrapped, HERE) == key
    with pytest.raises(CannotOpen):
        unwrap_key(NodeKeys.generate(), kem, wrapped, HERE)
    with pytest.raises(CannotOpen):
        unwrap_key(recipient, kem, wrapped, Address("a" * 32, "1" * 16, "b" * 32, 2))


def test_every_file_has_a_key_of_its_own():
    (key, sealed), (other_key, other) = seal_file(b"scan"), seal_file(b"scan")

    assert open_file(key, sealed) == b"scan"
    assert sealed != other
    with pytest.raises(CannotOpen):
        open_file(other_key, sealed)
    with pytest.raises(CannotOpen):
        open_file(b"short", sealed)
