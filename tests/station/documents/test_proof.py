"""The proof on a receipt: true ones are believed, everything else is refused with a reason."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from station.documents import base45
from station.documents.errors import ReceiptRefused
from station.documents.given import MaterialState
from station.documents.proof import CERTIFICATE_KIND, PREFIX, ProofLine, ReceiptProof, seal_proof
from station.documents.qr import QUIET_MODULES, code_modules
from station.documents.verify import FILE_BYTES_MAX, HallKey, text_in_file, verify_receipt
from sync.clock import Proof
from sync.keys import NodeKeys, pae

SEED = 20261122


def test_a_true_receipt_proves_station_number_time_and_items(counter):
    verdict = verify_receipt(counter.seal(counter.proof()), counter.hall_keys)

    assert verdict.division == "440205100201"
    assert verdict.hall_division == "440205000000"
    assert verdict.receipt == counter.proof()
    told = "\n".join(verdict.told())
    assert "440205100201-1-20261122-0007-K" in told
    assert "2026-11-22 09:41（时钟已核对）" in told
    assert "m1 缺，m2 容缺" in told


def test_the_code_of_five_items_with_eight_materials_stays_small(counter):
    long_codes = tuple(
        replace(line, item_code="11440205MB2C0000000440105001000" + str(place), situation="80-89周岁本区户籍")
        for place, line in enumerate(counter.proof(5, 8).lines)
    )

    modules = code_modules(counter.seal(replace(counter.proof(), lines=long_codes)))
    assert len(modules) - 2 * QUIET_MODULES <= 17 + 4 * 25, "no larger than a symbol of version 25"


def test_every_flipped_byte_is_refused(counter):
    text = counter.seal(counter.proof())
    data = base45.decode(text.removeprefix(PREFIX))
    believed = []
    for place in range(len(data)):
        for bit in (1, 0x80):
            changed = bytearray(data)
            changed[place] ^= bit
            try:
                verify_receipt(PREFIX + base45.encode(bytes(changed)), counter.hall_keys)
            except ReceiptRefused:
                continue
            believed.append(place)
    assert believed == []


def test_every_changed_character_of_the_text_is_refused(counter):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    text = counter.seal(counter.proof())
    for place in range(len(text)):
        other = chance.choice([char for char in base45.ALPHABET + "a中" if char != text[place]])
        with pytest.raises(ReceiptRefused):
            verify_receipt(text[:place] + other + text[place + 1 :], counter.hall_keys)


def test_every_shortened_text_is_refused(counter):
    text = counter.seal(counter.proof())
    for length in range(len(text)):
        with pytest.raises(ReceiptRefused):
            verify_receipt(text[:length], counter.hall_keys)


def test_a_station_of_another_hall_is_not_believed(counter):
    stranger = [HallKey("b7" * 16, "440205000000", NodeKeys.generate().signing_public)]

    with pytest.raises(ReceiptRefused) as refused:
        verify_receipt(counter.seal(counter.proof()), stranger)

    assert "不是信任文件里任何一个大厅签发的" in refused.value.why


def test_a_hall_cannot_vouch_for_stations_outside_its_own_area(counter):
    elsewhere = [HallKey("b7" * 16, "440222000000", counter.hall.signing_public)]

    with pytest.raises(ReceiptRefused) as refused:
        verify_receipt(counter.seal(counter.proof()), elsewhere)

    assert "不归它管" in refused.value.why


def test_a_city_may_vouch_for_a_station_anywhere_in_it(counter):
    city = [HallKey("b7" * 16, "440200000000", counter.hall.signing_public)]

    assert verify_receipt(counter.seal(counter.proof()), city).hall_division == "440200000000"


def test_a_certificate_of_one_station_does_not_cover_the_key_of_another(counter):
    forged = seal_proof(counter.proof(), NodeKeys.generate(), counter.certificate)

    with pytest.raises(ReceiptRefused) as refused:
        verify_receipt(forged, counter.hall_keys)

    assert "签名不对" in refused.value.why


def test_a_small_order_key_proves_nothing_even_with_a_certificate(counter):
    weak = bytes([1]) + bytes(31)  # the neutral point: signatures under it can be made by anybody
    head = bytes.fromhex("5a" * 16) + b"440205100201" + weak
    certificate = head + counter.hall.sign(pae(CERTIFICATE_KIND, head))
    body = counter.proof().to_bytes()

    with pytest.raises(ReceiptRefused) as refused:
        verify_receipt(PREFIX + base45.encode(certificate + body + weak + bytes(32)), counter.hall_keys)

    assert "公钥不合格" in refused.value.why


def test_the_body_reads_back_as_it_was_written(counter):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    for _ in range(200):
        proof = _random_proof(chance)
        assert ReceiptProof.from_bytes(proof.to_bytes()) == proof


def test_random_bytes_are_never_a_receipt(counter):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    for size in range(300):
        with pytest.raises(ReceiptRefused):
            ReceiptProof.from_bytes(b"\x01" + chance.randbytes(size))


@pytest.mark.parametrize(
    "text",
    ["", "YM1:", "ym1:ABC", "hello", "YM2:ABC", "YM1:" + "0" * 5000, "YM1:中文", "YM1:::::::", "YM1:000"],
)
def test_a_text_that_is_no_receipt_is_refused_in_chinese(counter, text):
    with pytest.raises(ReceiptRefused) as refused:
        verify_receipt(text, counter.hall_keys)

    assert refused.value.what and refused.value.why and refused.value.next_step


def test_base45_matches_the_examples_of_its_standard():
    for plain, text in ((b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581")):
        assert base45.encode(plain) == text
        assert base45.decode(text) == plain


@pytest.mark.parametrize("text", ["GGW", ":::", "A", "ab8", "::"])
def test_base45_refuses_what_it_cannot_have_made(text):
    with pytest.raises(ValueError):
        base45.decode(text)


def test_a_text_file_with_the_code_will_do(counter):
    text = counter.seal(counter.proof())

    assert text_in_file(f"二维码：\n{text}\n".encode()) == text


def test_a_picture_is_answered_with_what_to_do_instead():
    with pytest.raises(ReceiptRefused) as refused:
        text_in_file(b"\x89PNG\r\n" + b"\0" * 100)

    assert "扫码" in refused.value.next_step


def test_a_file_with_two_different_codes_is_refused(counter):
    two = counter.seal(counter.proof()) + "\n" + counter.seal(counter.proof(items=3))

    with pytest.raises(ReceiptRefused) as refused:
        text_in_file(two.encode())

    assert "不止一个" in refused.value.why


def test_a_file_too_large_or_empty_is_refused():
    for data in (b"", b"x" * (FILE_BYTES_MAX + 1)):
        with pytest.raises(ReceiptRefused):
            text_in_file(data)


def test_the_code_holds_no_name(counter):
    body = counter.proof().to_bytes()

    assert "李".encode() not in body


def _random_proof(chance: random.Random) -> ReceiptProof:
    lines = tuple(
        ProofLine(
            "".join(chance.choices("ABC123-", k=chance.randint(1, 40))),
            chance.randbytes(16).hex(),
            "情形" * chance.randint(0, 8),
            tuple((f"m{n}", chance.choice(list(MaterialState))) for n in range(chance.randint(0, 20))),
        )
        for _ in range(chance.randint(1, 8))
    )
    at = datetime.fromtimestamp(chance.randint(0, 2**32), UTC)
    return ReceiptProof(
        "N" * chance.randint(1, 50), at, chance.choice(list(Proof)), chance.randint(0, 9999), lines
    )
