"""Numbers of people and firms are checked before anybody relies on them, and masked when shown."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalog_cache.codes import credit_check
from station.cases.errors import OddIdentity
from station.cases.identity import (
    PROVINCES,
    mask,
    masked_party,
    read_card,
    read_card15,
    read_credit_code,
    read_id,
    read_name,
    read_phone,
)
from station.cases.terms import IdKind, PartyKind
from tests.station.cases.samples import OLD_WOMAN, card

TODAY = date(2026, 11, 22)
births = st.dates(date(1900, 1, 1), TODAY)
cards = st.builds(
    lambda province, county, birth, order: card(f"{province}{county:04d}{birth:%Y%m%d}{order:03d}"),
    st.sampled_from(sorted(PROVINCES)),
    st.integers(0, 9999),
    births,
    st.integers(0, 999),
)


def why(read, *given):
    """The refusal of one reading."""
    with pytest.raises(OddIdentity) as caught:
        read(*given)
    assert caught.value.what.endswith("不对。") and caught.value.next_step
    return caught.value.why


@given(cards)
def test_every_card_with_a_real_date_and_its_digit_is_taken(number):
    read = read_card(number, TODAY)

    assert (read.number, f"{read.birth:%Y%m%d}") == (number, number[6:14])


@given(cards, st.integers(0, 16), st.sampled_from("0123456789"))
def test_one_wrong_digit_never_passes(number, place, digit):
    assume(number[place] != digit)

    assert why(read_card, number[:place] + digit + number[place + 1 :], TODAY)


@given(st.text(max_size=40))
def test_no_text_whatever_breaks_the_readers(text):
    for read in (
        lambda t: read_card(t, TODAY),
        lambda t: read_card15(t, TODAY),
        read_credit_code,
        read_phone,
        read_name,
    ):
        try:
            read(text)
        except OddIdentity as error:
            assert error.why


def test_hong_kong_macau_and_taiwan_residence_cards_are_taken():
    assert [read_card(card(f"{prefix}000019800101001"), TODAY).number[:2] for prefix in ("81", "82", "83")]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", "现有 0 位"),
        ("440299420315002", "15 位旧号"),
        ("44029919420315002", "现有 17 位"),
        (card("44029919420230002"), "1942-02-30 不存在"),
        (card("44029920261123002"), "今天之后"),
        (card("44029918900101002"), "130 年前"),
        (card("99999919420315002"), "地区码 99"),
        ("44029919420315002Y", "最后一位是数字或 X"),
        (OLD_WOMAN[:17] + ("0" if OLD_WOMAN[17] != "0" else "1"), "校验码"),
        ("４" + OLD_WOMAN[1:17] + "?", "前 17 位"),
    ],
)
def test_what_is_wrong_with_a_card_is_said(number, reason):
    assert reason in why(read_card, number, TODAY)


def test_full_width_digits_spaces_and_a_small_x_are_understood():
    number = next(n for n in (card(f"4402991942031{i:04d}") for i in range(100)) if n.endswith("X"))

    assert read_card(f" {number[:6]} {number[6:14]} {number[14:17]}ｘ ", TODAY).number == number


def test_an_old_15_digit_number_is_paper_evidence_and_must_say_so():
    assert read_id(IdKind.IDCARD15, "440299420315002", TODAY) == "440299420315002"
    assert "不存在" in why(read_card15, "440299420230002", TODAY)


def test_a_credit_code_is_checked_to_its_last_character():
    code = "91440200MA4UA0001" + credit_check("91440200MA4UA0001")

    assert read_credit_code(code.lower()) == code
    assert "校验码" in why(read_credit_code, code[:-1] + ("0" if code[-1] != "0" else "1"))
    assert "不会出现“O”" in why(read_credit_code, "O" + code[1:])
    assert "18 位" in why(read_credit_code, code[:-2])


@pytest.mark.parametrize("phone", ["13800000000", "0751-6666888", "+86 138 0000 0000", "（0751）6666888"])
def test_phones_people_really_have(phone):
    assert read_phone(phone.replace("（", "(").replace("）", ")")).isdigit()


@pytest.mark.parametrize("phone", ["1380000000", "12345", "23800000000", "电话"])
def test_phones_nobody_has(phone):
    assert "手机号" in why(read_phone, phone)


@pytest.mark.parametrize("name", ["李䶮英", "古丽·买买提", "𡒄", "John Smith", "欧阳 娜娜"])
def test_names_of_any_kind_are_taken(name):
    assert read_name(name) == name


@pytest.mark.parametrize("name", ["", "李4", "<b>李</b>", "·", "李" * 61])
def test_what_is_no_name_is_refused(name):
    assert why(read_name, name)


def test_masks_show_enough_to_recognise_and_too_little_to_abuse():
    assert (mask("name", "李䶮英"), mask("name", "张三"), mask("name", "李")) == ("李**", "张*", "李*")
    assert mask("id", OLD_WOMAN) == "4402**********" + OLD_WOMAN[-4:]
    assert mask("phone", "13800000000") == "138****0000"
    assert mask("id", "") == ""
    assert mask("id", "E123") == "E***"


@given(st.sampled_from(["name", "id", "phone"]), st.text(min_size=2, max_size=60))
def test_a_mask_never_shows_the_whole(kind, value):
    assume("*" not in value)

    assert "*" in mask(kind, value)


def test_the_name_of_a_firm_is_public():
    assert masked_party(PartyKind.FIRM, "示范食品有限公司") == "示范食品有限公司"
    assert masked_party(PartyKind.PERSON, "李英") == "李*"
