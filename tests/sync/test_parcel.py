"""Parcels and manifests: what is written is read again, what is damaged or endless is refused in words."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.codec import compress
from sync.errors import BadForm, SyncError, TooLarge
from sync.keys import NodeKeys, sign_statement
from sync.limits import LETTERS_PER_PARCEL_MAX, PARCEL_BYTES_MAX, SECTIONS_PER_PARCEL_MAX
from sync.manifest import MANIFEST_KIND, Carried, Have, LogHead, Manifest, Mine, Refusal, Want
from sync.parcel import ACK_KIND, RECEIPT_KIND, Parcel
from sync.parcel_words import PARCEL_WORDS

KEYS = NodeKeys.generate()
FULL = Manifest(
    sender="a" * 32,
    recipient="b" * 32,
    at="2026-11-22T09:00:00Z",
    nonce="c" * 32,
    witness=LogHead(3, "d" * 64),
    log=LogHead(4, "e" * 64),
    contains=False,
    have=(Have("1" * 16, 7, "f" * 64),),
    mine=(Mine("2" * 16, 9, 8),),
    wants=(Want("3" * 64, 500),),
    awaits=("4" * 64,),
    refused=(Refusal("5" * 16, "没有空间"),),
    latest={"catalog": 17},
    retry_after=30,
    more=True,
    carried=(Carried("6" * 32, "7" * 16, 3, "8" * 64),),
)
MANIFEST = sign_statement(KEYS, MANIFEST_KIND, FULL.to_dict())


def packed(text: bytes, binary: bytes = b"") -> bytes:
    squeezed = compress(text)
    return len(squeezed).to_bytes(4) + squeezed + binary


@pytest.fixture
def parcel(pair):
    """Three envelopes, an acknowledgement, a receipt."""
    for subject in ("c1", "c2", ""):
        pair.station.posts(pair.hall, subject, [pair.station.keeps(b"scan")] if subject else [])
    sent = Parcel.from_bytes(pair.station.gives(pair.hall))
    ack = sign_statement(KEYS, ACK_KIND, {"upto": 1})
    return replace(sent, acks=(ack,), receipts=(sign_statement(KEYS, RECEIPT_KIND, {"size": 1}),))


def test_a_parcel_is_read_as_it_was_written(parcel):
    assert Parcel.from_bytes(parcel.to_bytes()) == parcel


def test_what_is_carried_for_others_stays_in_its_own_section(parcel):
    lone = Parcel(MANIFEST)
    laden = replace(parcel, carried=(replace(parcel, envelopes=parcel.envelopes[:1]), lone, parcel))

    assert Parcel.from_bytes(laden.to_bytes()) == laden


def test_a_parcel_that_carries_for_too_many_is_refused(parcel):
    laden = replace(parcel, carried=(Parcel(MANIFEST),) * (SECTIONS_PER_PARCEL_MAX + 1))

    with pytest.raises(BadForm):
        Parcel.from_bytes(laden.to_bytes())


def test_envelopes_of_several_streams_keep_their_own_constants(parcel):
    first, second, third = parcel.envelopes
    mixed = replace(parcel, envelopes=(second, first, third))

    assert Parcel.from_bytes(mixed.to_bytes()).envelopes == mixed.envelopes


def test_a_manifest_is_read_as_it_was_written():
    assert Manifest.from_dict(FULL.to_dict()) == FULL
    bare = Manifest("a" * 32, "b" * 32, "2026-11-22T09:00:00Z")
    assert Manifest.from_dict(bare.to_dict()) == bare
    assert set(bare.to_dict()) == {"v", "from", "to", "at"}


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"from": "A" * 32},
        {"at": "yesterday"},
        {"nonce": "xyz"},
        {"witness": {"size": -1, "head": "d" * 64}},
        {"have": [{"instance": "1" * 16, "upto": 1}]},
        {"have": [{"instance": "1" * 16, "upto": 1, "head": "f" * 64}] * 17},
        {"mine": "none"},
        {"wants": [{"sha256": "3" * 64, "held": True}]},
        {"awaits": ["4" * 63]},
        {"refused": [{"name": "x", "why": "y" * 401}]},
        {"latest": {"catalog": 1.5}},
        {"latest": {str(number): 1 for number in range(17)}},
        {"retry_after": -1},
        {"more": 1},
        {"contains": "yes"},
    ],
)
def test_a_manifest_of_another_form_is_refused(change):
    with pytest.raises(BadForm) as refused:
        Manifest.from_dict(FULL.to_dict() | change)
    assert refused.value.next_step


@pytest.mark.parametrize(
    "data",
    [
        packed(b""),
        packed(b"M{}"),
        packed(b"M{}\n"),
        packed(b"A{}\n", bytes(72)),
        packed(b"M{}\nA{}\nM{}\nA{}\nE{}\n", bytes(999)),
        packed(b"M{}\nA{}\nE{}\n", bytes(999)),
        packed(b"M{}\nE{}\n", bytes(999)),
        packed(b"M{}\nX{}\n", bytes(999)),
        packed(b"M[]\n", bytes(72)),
        packed(b"M{}\nS{}\n", bytes(72)),
        packed(b"M{}\n\n", bytes(72)),
        packed(b"M{}\n", bytes(73)),
        packed(b"M" + b"[" * 100_000 + b"\n", bytes(72)),
        b"\0\0\0\1?",
        bytes(4),
    ],
)
def test_a_parcel_of_another_form_is_refused(data):
    with pytest.raises(BadForm):
        Parcel.from_bytes(data)


def test_a_small_parcel_that_unpacks_to_a_huge_one_is_refused_before_it_is_unpacked():
    with pytest.raises(TooLarge):
        Parcel.from_bytes(packed(b" " * (PARCEL_BYTES_MAX + 1)))
    with pytest.raises(TooLarge):
        Parcel.from_bytes(bytes(PARCEL_BYTES_MAX + 1))


def test_a_parcel_without_a_stated_size_is_refused():
    import zstandard

    text = zstandard.ZstdCompressor(write_content_size=False).compress(b"M{}\n")
    with pytest.raises(BadForm):
        Parcel.from_bytes(len(text).to_bytes(4) + text + bytes(72))


def test_too_many_letters_or_words_in_a_parcel_are_refused(parcel):
    with pytest.raises(TooLarge):
        envelopes = parcel.envelopes[:1] * (LETTERS_PER_PARCEL_MAX + 1)
        Parcel.from_bytes(replace(parcel, envelopes=envelopes).to_bytes())
    with pytest.raises(BadForm):
        Parcel.from_bytes(replace(parcel, acks=parcel.acks * 1025).to_bytes())


def test_a_parcel_cut_anywhere_is_refused(parcel):
    data = parcel.to_bytes()
    for stop in range(0, len(data), 7):
        with pytest.raises(SyncError):
            Parcel.from_bytes(data[:stop])


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(data):
    for form in (data, packed(data, data)):
        try:
            Parcel.from_bytes(form)
        except SyncError as refused:
            assert refused.next_step


def test_what_compresses_badly_is_not_compressed(parcel):
    noise = replace(parcel.envelopes[0], sealed=os.urandom(20_000))
    size = len(replace(parcel, envelopes=(noise,)).to_bytes())

    assert size < 20_000 + 2_600


def test_the_words_before_every_parcel_lie_beside_the_protocol_and_never_change():
    beside = Path(__file__).parents[2] / "docs" / "vectors" / "parcel.words"

    assert beside.read_bytes() == PARCEL_WORDS
    assert (
        hashlib.sha256(PARCEL_WORDS).hexdigest()
        == "568a1a6e5d5d46c4c722ec8da9223546de8d9f2c755926e45a41a2511f021535"
    )
