"""A delta leads from the pack held to the signed one, or nowhere at all."""

import random
import zlib
from functools import cache
from hashlib import sha256

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from catalog_cache.distribution import delta as deltas
from catalog_cache.distribution.delta import MAGIC, apply_delta, make_delta
from catalog_cache.errors import BadDelta
from tests.tools.edits import edited
from tests.tools.make_items import make_items, make_pack

SEED = 20261126
ITEMS = make_items(120, SEED)
OLD = make_pack(ITEMS[:100], 1)
NEW = make_pack(edited(ITEMS[:100], random.Random(SEED), changed=20, added=ITEMS[100:102], withdrawn=1), 2)


def applied(delta: bytes, base: bytes = OLD, pack: bytes = NEW) -> bytes:
    return apply_delta(delta, base, signed(pack), len(pack))


@cache
def signed(pack: bytes) -> str:
    return sha256(pack).hexdigest()


def made(base: bytes = OLD, pack: bytes = NEW) -> bytes:
    delta = make_delta(base, pack)
    assert delta is not None
    return delta


def sealed(body: bytes) -> bytes:
    """With the right check value, as somebody makes it who wants to do harm."""
    return body + zlib.crc32(body).to_bytes(4, "big")


def forged(*numbers: int, text: bytes = b"", base: bytes = OLD, pack: bytes = NEW) -> bytes:
    """A delta with these hunks and this added text, whatever sense that makes."""
    hunks = bytes([len(numbers) // 3]) + b"".join(deltas._number(number) for number in numbers)
    hashes = sha256(base).digest() + sha256(pack).digest()
    return sealed(MAGIC + hashes + hunks + zstandard.ZstdCompressor().compress(text))


def test_edits_additions_and_a_withdrawal_arrive_as_they_were_signed():
    delta = made()

    assert applied(delta) == NEW
    assert len(delta) < 3000 < len(NEW) // 50


def test_the_way_back_is_a_delta_too():
    assert applied(made(NEW, OLD), NEW, OLD) == OLD


def test_the_same_packs_give_the_same_delta():
    assert made() == made()


def test_every_single_bit_flip_is_refused():
    delta = made()
    taken = []
    for bit in range(8 * len(delta)):
        flipped = bytearray(delta)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            applied(bytes(flipped))
        except BadDelta:
            continue
        taken.append(bit)

    assert taken == []


def test_a_delta_cut_off_anywhere_or_with_more_behind_it_is_refused():
    delta = made()
    for end in range(len(delta)):
        with pytest.raises(BadDelta):
            applied(delta[:end])
    with pytest.raises(BadDelta):
        applied(delta + b"\n")


def test_a_flip_that_its_sender_covered_up_still_does_not_lead_to_another_pack():
    chance, body = random.Random(SEED), made()[:-4]
    for _ in range(400):
        flipped = bytearray(body)
        flipped[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        try:
            assert applied(sealed(bytes(flipped))) == NEW, f"seed {SEED}"
        except BadDelta:
            continue


def test_a_delta_for_another_base_or_another_pack_is_refused():
    other = make_pack(ITEMS[:99], 1)

    with pytest.raises(BadDelta, match="不是为本机现有目录包做的"):
        applied(made(), base=other)
    with pytest.raises(BadDelta, match="不是为本机现有目录包做的"):
        applied(made(), pack=other)


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        ((200, 0, 1), "超出"),
        ((90, 90, 0), "超出"),
        ((0, 1, 1, 0, 1, 1), "重复"),
        ((1, 0, 0), "重复"),
        ((1, 0, 60_000), "过多"),
        ((1, 0, 2), "行数"),
        ((1, 0, 1), "与签名不符"),
        ((1, 0), "过大|不完整|解压|行数"),
        ((2**28, 0, 1), "数字过大"),
    ],
)
def test_hunks_that_make_no_sense_are_refused(numbers: tuple[int, ...], why: str):
    with pytest.raises(BadDelta, match=why):
        applied(forged(*numbers, text=b"{}\n"))


def test_text_without_an_end_of_line_is_refused():
    with pytest.raises(BadDelta, match="行数"):
        applied(forged(1, 0, 1, text=b"{}"))


def test_more_hunks_than_a_pack_has_lines_are_refused():
    body = MAGIC + sha256(OLD).digest() + sha256(NEW).digest() + deltas._number(60_000) + b"\x01" * 10

    with pytest.raises(BadDelta, match="过多"):
        applied(sealed(body))


def test_a_frame_that_unpacks_to_more_than_the_pack_is_refused_before_it_is_unpacked():
    with pytest.raises(BadDelta, match="过大"):
        applied(forged(1, 0, 1, text=bytes(len(NEW)) + b"\n"))


def test_a_frame_that_does_not_say_its_size_is_refused():
    frame = zstandard.ZstdCompressor(write_content_size=False).compress(b"{}\n")
    body = forged(1, 0, 1, text=b"")[:-4]

    with pytest.raises(BadDelta):
        applied(sealed(body[: len(MAGIC) + 64 + 4] + frame))


def test_two_packs_with_nothing_in_common_still_lead_to_each_other():
    other = make_pack(make_items(40, SEED + 1), 2)

    assert applied(made(OLD, other), OLD, other) == other


def test_lines_that_changed_places_give_no_delta():
    head, *lines = OLD.splitlines(keepends=True)

    assert make_delta(OLD, b"".join([head, *reversed(lines)])) is None


def test_more_new_text_than_is_worth_it_gives_no_delta():
    assert make_delta(OLD, NEW, added_bytes_max=1000) is None


LINES = st.lists(st.binary(max_size=6).map(lambda line: line.replace(b"\n", b"")), max_size=12)


@given(LINES, LINES)
def test_whatever_is_made_leads_to_the_pack_it_was_made_for(old: list[bytes], new: list[bytes]):
    base, pack = (b"".join(line + b"\n" for line in lines) for lines in (old, new))
    delta = make_delta(base, pack)

    assert delta is None or applied(delta, base, pack) == pack


@given(st.binary(max_size=200))
def test_no_bytes_at_all_crash_it(tail: bytes):
    body = MAGIC + sha256(OLD).digest() + sha256(NEW).digest() + tail

    with pytest.raises(BadDelta):
        applied(sealed(body))
