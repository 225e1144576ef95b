"""A receipt number is read aloud, copied by hand and typed: no single slip may pass."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.cases.errors import OddNumber
from station.cases.numbers import (
    ALPHABET,
    ReceiptNumber,
    document_number,
    grouped,
    official_number,
    parse_receipt,
    short,
)

NUMBER = ReceiptNumber("440205103201", "01", date(2026, 11, 22), 7)
numbers = st.builds(
    ReceiptNumber,
    st.from_regex("[1-9][0-9]{11}", fullmatch=True),
    st.text(ALPHABET, min_size=2, max_size=2).filter(lambda terminal: terminal != "00"),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 9999),
)


def is_receipt(text):
    try:
        parse_receipt(text)
    except OddNumber:
        return False
    return True


@given(numbers)
def test_every_number_reads_back(number):
    assert parse_receipt(number.plain) == parse_receipt(number.shown) == number


def test_every_single_wrong_character_is_caught():
    plain = NUMBER.plain
    slips = (plain[:i] + wrong + plain[i + 1 :] for i in range(27) for wrong in ALPHABET if wrong != plain[i])

    assert not [slip for slip in slips if is_receipt(slip)]


@given(numbers, st.integers(0, 25), st.integers(1, 26))
def test_every_swap_near_or_far_is_caught(number, first, distance):
    plain, second = number.plain, min(first + distance, 26)
    letters = list(plain)
    letters[first], letters[second] = letters[second], letters[first]
    swapped = "".join(letters)

    assert swapped == plain or not is_receipt(swapped)


@pytest.mark.parametrize(
    "typed",
    [
        "440205103201 01 20261122 0007 {c}",
        "４４０２０５１０３２０１-01-20261122-0007-{c}",
        "440205103201—01—20261122—0007—{c}　",
    ],
)
def test_spaces_dashes_and_full_width_digits_do_not_matter(typed):
    assert parse_receipt(typed.format(c=NUMBER.plain[-1].lower())) == NUMBER


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "现有 0 位"),
        ("44020510320101202611220007", "现有 26 位"),
        ("4402051032010120261122000I7", "都应是数字"),
        ("440205103201" + "01" + "20261322" + "0007" + "?", "都应是数字"),
        ("9" * 500, "位"),
    ],
)
def test_nonsense_is_refused_with_what_is_wrong(typed, why):
    with pytest.raises(OddNumber) as caught:
        parse_receipt(typed)

    assert why in caught.value.why
    assert "核对" in caught.value.next_step


def test_a_sound_check_does_not_save_a_date_that_never_was():
    broken = ReceiptNumber("440205103201", "01", date(2026, 11, 22), 7)
    body = broken.plain[:14] + "20260230" + broken.plain[22:26]
    sound = next(body + letter for letter in ALPHABET if _fits(body + letter))

    with pytest.raises(OddNumber, match="不存在"):
        parse_receipt(sound)


def _fits(plain):
    try:
        parse_receipt(plain)
    except OddNumber as error:
        return "校验" not in error.why
    return True


def test_the_printed_forms():
    check = NUMBER.plain[-1]

    assert NUMBER.shown == f"440205103201-01-20261122-0007-{check}"
    assert short(NUMBER.plain) == f"1122-0007-{check}"
    assert document_number(NUMBER.plain, 1) == NUMBER.shown
    assert document_number(NUMBER.plain, 2) == f"{NUMBER.shown}-2"
    assert grouped("第七号") == "第七号"


def test_the_official_number_has_43_characters():
    number = official_number("12441500196720244T3442199806003", date(2022, 6, 23), 68)

    assert number == "12441500196720244T3442199806003202206230068"


def test_an_item_without_a_31_character_code_gets_no_invented_number():
    assert official_number("L20000000001", date(2026, 11, 22), 1) == ""


def test_the_ten_thousandth_official_number_of_a_day_is_refused():
    with pytest.raises(OddNumber, match="用完"):
        official_number("12441500196720244T3442199806003", date(2026, 11, 22), 10000)
