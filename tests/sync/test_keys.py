"""What a node signs is checked against public vectors; odd keys are turned away at the door."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import curve
from sync.errors import BadForm, BadSignature, CannotOpen, OddKey, TooLarge, WrongKey, WrongKind
from sync.keys import (
    CLASSIC,
    HYBRID,
    NodeKeys,
    Statement,
    accept_public_key,
    accept_sealing_key,
    open_statement,
    pae,
    seal_to,
    sign_statement,
    verify,
)

KIND = "application/vnd.yimen.test+json"
WYCHEPROOF = Path(__file__).parents[2] / "docs" / "vectors" / "wycheproof_ed25519.json"

# RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature
RFC8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]

SMALL_ORDER = {
    "identity": "01" + "00" * 31,
    "order 2": "ec" + "ff" * 30 + "7f",
    "order 4": "00" * 32,
    "order 4, other sign": "00" * 31 + "80",
    "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "order 8, other sign": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "order 8, other y": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "order 8, other y and sign": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
}
NOT_CANONICAL = {
    "identity with a sign": "01" + "00" * 30 + "80",
    "identity written as p + 1": "ee" + "ff" * 30 + "7f",
    "zero written as p": "ed" + "ff" * 30 + "7f",
    "all ones": "ff" * 32,
}


@pytest.fixture(scope="module")
def keys() -> NodeKeys:
    return NodeKeys.generate()


@pytest.mark.parametrize("seed, public, message, signature", RFC8032)
def test_signing_gives_what_rfc_8032_prints(seed, public, message, signature):
    keys = NodeKeys(bytes.fromhex(seed), bytes(31) + b"\x01", None)

    assert keys.signing_public.hex() == public
    assert keys.sign(bytes.fromhex(message)).hex() == signature
    assert verify(keys.signing_public, bytes.fromhex(signature), bytes.fromhex(message))


def test_all_wycheproof_vectors_are_judged_as_the_file_says():
    tried = 0
    for group in json.loads(WYCHEPROOF.read_text())["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            holds = verify(public, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
            assert holds == (test["result"] == "valid"), test["tcId"]
            tried += 1

    assert tried == 151


@pytest.mark.parametrize("raw", [*SMALL_ORDER.values(), *NOT_CANONICAL.values()])
def test_a_key_under_which_anybody_could_sign_is_refused(raw):
    with pytest.raises(OddKey) as refusal:
        accept_public_key(bytes.fromhex(raw))

    assert "重新生成密钥" in refusal.value.next_step


def test_an_honest_key_with_a_small_part_mixed_in_is_refused(keys):
    honest = curve._decode(keys.signing_public)
    small = curve._decode(bytes.fromhex(SMALL_ORDER["order 8"]))
    x, y, z, _ = curve._add(honest, small)
    x, y = (part * pow(z, curve.P - 2, curve.P) % curve.P for part in (x, y))

    with pytest.raises(OddKey):
        accept_public_key((y | (x & 1) << 255).to_bytes(32, "little"))


def test_bytes_that_are_no_point_of_the_curve_are_refused():
    with pytest.raises(OddKey):
        accept_public_key(b"\x02" + bytes(31))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_of_another_length_is_refused(length):
    with pytest.raises(OddKey):
        accept_public_key(b"\x05" * length)


def test_two_hundred_honest_keys_are_accepted_unchanged():
    for _ in range(200):
        public = NodeKeys.generate().signing_public
        assert accept_public_key(public) == public


def test_what_is_sealed_to_a_node_opens_there_and_nowhere_else(keys):
    kem, sealed = seal_to(keys.sealing_public, b"stream key", b"stream")

    assert kem == HYBRID
    assert keys.unseal(kem, sealed, b"stream") == b"stream key"
    with pytest.raises(CannotOpen):
        NodeKeys.generate().unseal(kem, sealed, b"stream")


def test_what_is_sealed_for_one_purpose_does_not_open_for_another(keys):
    kem, sealed = seal_to(keys.sealing_public, b"stream key", b"stream")

    with pytest.raises(CannotOpen):
        keys.unseal(kem, sealed, b"another")


def test_one_changed_bit_of_what_is_sealed_is_noticed(keys):
    kem, sealed = seal_to(keys.sealing_public, b"stream key", b"stream")

    for place in (0, 600, 1119, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(CannotOpen):
            keys.unseal(kem, bytes(changed), b"stream")


def test_a_node_without_ml_kem_is_sealed_to_by_x25519_under_that_name():
    plain = NodeKeys(bytes(31) + b"\x01", bytes(31) + b"\x02", None)
    kem, sealed = seal_to(plain.sealing_public, b"stream key", b"stream")

    assert kem == CLASSIC
    assert plain.unseal(kem, sealed, b"stream") == b"stream key"
    assert NodeKeys.from_bytes(plain.to_bytes()).sealing_public == plain.sealing_public


@pytest.mark.parametrize("kem, sealed", [("rot13", b"x" * 2000), (HYBRID, b"x" * 10), (CLASSIC, b"")])
def test_sealed_bytes_of_an_unknown_kind_or_length_are_refused(keys, kem, sealed):
    with pytest.raises(CannotOpen):
        keys.unseal(kem, sealed, b"stream")


@pytest.mark.parametrize("raw", [b"", b"x" * 33, bytes(32), b"\xff" * 1184 + b"\x09" + bytes(31)])
def test_a_sealing_key_that_is_no_key_is_refused(raw):
    with pytest.raises(OddKey):
        accept_sealing_key(raw)


def test_a_node_s_own_sealing_key_is_accepted(keys):
    assert accept_sealing_key(keys.sealing_public) == keys.sealing_public


def test_keys_come_back_from_the_vault_as_they_were(keys):
    again = NodeKeys.from_bytes(keys.to_bytes())

    assert (again.key_id, again.signing_public, again.sealing_public) == (
        keys.key_id,
        keys.signing_public,
        keys.sealing_public,
    )


@pytest.mark.parametrize("data", [b"", b"YMK1", b"NOPE" + bytes(64), b"YMK1" + bytes(65)])
def test_a_key_file_of_another_form_is_refused(data):
    with pytest.raises(BadForm):
        NodeKeys.from_bytes(data)


def test_the_signed_bytes_are_those_of_dsse():
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.text(max_size=20), st.binary(max_size=40), st.text(max_size=20), st.binary(max_size=40))
def test_two_different_things_never_have_the_same_signed_bytes(kind, body, kind2, body2):
    assert (pae(kind, body) == pae(kind2, body2)) == ((kind, body) == (kind2, body2))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=5))
def test_a_statement_comes_back_as_it_was_signed(body):
    keys = NodeKeys(b"\x07" * 32, b"\x07" * 32, None)
    text = sign_statement(keys, KIND, body).to_json()

    assert open_statement(Statement.from_json(text), keys.signing_public, KIND) == body


def test_a_statement_of_another_kind_is_refused(keys):
    statement = sign_statement(keys, KIND, {"a": 1})

    with pytest.raises(WrongKind):
        open_statement(statement, keys.signing_public, KIND + "2")


def test_a_statement_by_another_key_is_refused(keys):
    statement = sign_statement(NodeKeys.generate(), KIND, {"a": 1})

    with pytest.raises(WrongKey):
        open_statement(statement, keys.signing_public, KIND)


def test_an_altered_statement_is_refused(keys):
    honest = sign_statement(keys, KIND, {"amount": 1})
    forged = Statement(KIND, honest.body_bytes.replace(b"1", b"9"), honest.key_id, honest.signature)

    with pytest.raises(BadSignature):
        open_statement(forged, keys.signing_public, KIND)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "[" * 100_000,
        '{"payloadType":"a","payload":"e30="}',
        '{"payloadType":"a","payload":"e30=","signatures":[]}',
        '{"payloadType":"a","payload":"e30=","signatures":[{"keyid":"k","sig":"e30"},{}]}',
        '{"payloadType":"a","payload":7,"signatures":[{"keyid":"k","sig":"e30="}]}',
        '{"payloadType":"a","payload":"???","signatures":[{"keyid":"k","sig":"e30="}]}',
        '{"payloadType":"a","payload":"签","signatures":[{"keyid":"k","sig":"e30="}]}',
    ],
)
def test_a_file_that_is_no_statement_is_refused_in_chinese(text):
    with pytest.raises(BadForm) as refusal:
        Statement.from_json(text)

    assert refusal.value.what and refusal.value.why and refusal.value.next_step


def test_a_statement_of_megabytes_is_refused_before_it_is_read():
    with pytest.raises(TooLarge):
        Statement.from_json("x" * 2_000_000)
