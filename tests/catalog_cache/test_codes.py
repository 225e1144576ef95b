"""Codes of items, agencies and divisions: forms, checks, and how they are put together."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_cache.codes import (
    CodeForm,
    CodeParts,
    base_code,
    base_code_of,
    case_number,
    credit_check,
    division_level,
    form_of,
    implementation_code,
    implementation_code_of,
    is_credit_code,
    local_code,
)
from catalog_cache.model import Level
from tests.tools.catalogs import make_item

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SAMPLE = "12441500196720244T"
REMAINDER_0 = "119999990000000300"


def test_the_credit_code_of_a_published_sample_is_right_and_any_neighbour_is_wrong():
    assert is_credit_code(SAMPLE)
    assert not is_credit_code(SAMPLE[:-1] + "U")
    assert not is_credit_code(SAMPLE.replace("967", "976"))


def test_a_sum_that_is_a_multiple_of_31_gives_the_check_0():
    codes = [f"11999999{number:09d}" for number in range(500)]
    rests = {code: sum(ALPHABET.index(c) * 3**i for i, c in enumerate(code)) % 31 for code in codes}
    at_zero = [code for code, rest in rests.items() if rest == 0]

    assert at_zero and all(credit_check(code) == "0" for code in at_zero)
    assert is_credit_code(at_zero[0] + "0")


@pytest.mark.parametrize("code", ["", "1", SAMPLE.lower(), SAMPLE + "1", "I" * 18, "１" * 18])
def test_what_is_no_credit_code_is_refused_without_a_crash(code):
    assert not is_credit_code(code)


@settings(deadline=None)
@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(first, at, other):
    code = first + credit_check(first)
    changed = code[:at] + other + code[at + 1 :]

    assert is_credit_code(code)
    assert is_credit_code(changed) == (changed == code)


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("4420990030", CodeForm.BASE_10),
        ("442099003001", CodeForm.BASE_12),
        (SAMPLE + "3" + "442199806003", CodeForm.IMPLEMENTATION),
        (SAMPLE + "3" + "442199806003" + "01", CodeForm.HANDLING),
        (SAMPLE + "3" + "442199806003" + "20220623" + "0068", CodeForm.CASE),
        ("L20123456789", CodeForm.LOCAL),
        ("44209900300", None),
        ("442099003001x", None),
    ],
)
def test_each_form_of_code_is_told_by_its_shape(code, form):
    assert form_of(code) is form


def test_an_implementation_code_is_agency_level_and_base_code_and_comes_apart_again():
    code = implementation_code(SAMPLE, Level.CITY, "442199806003")

    assert code == "12441500196720244T3442199806003"
    assert CodeParts.of(code) == CodeParts(SAMPLE, "3", "442199806003")
    assert base_code(code + "01") == "44219980600301"
    assert case_number(code, date(2022, 6, 23), 68) == code + "202206230068"


def test_an_item_known_by_its_base_code_is_numbered_under_its_agency():
    item = make_item(code="442099003001")

    assert implementation_code_of(item) == "1199999999990002XC5442099003001"
    assert implementation_code_of(make_item(code="4420990030")) == ""


def test_a_local_code_depends_on_the_name_alone_and_cannot_be_taken_for_an_official_one():
    code = local_code("20", "社保卡申领")

    assert code == local_code("20", "社保卡申领") != local_code("20", "社保卡补领")
    assert form_of(code) is CodeForm.LOCAL


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("440000000000", "province"),
        ("440200000000", "city"),
        ("440205000000", "county"),
        ("440205101000", "township"),
        ("440205101201", "village"),
        ("440005000000", None),
        ("44020510100", None),
        ("04020510100a", None),
    ],
)
def test_a_division_code_tells_its_level(code, level):
    assert division_level(code) == level


def test_the_base_code_is_found_in_its_own_field_or_inside_a_longer_code():
    assert base_code_of(make_item(code=SAMPLE + "3442199806003")) == "442199806003"
    assert base_code_of(make_item(base_code="4421998060")) == "4421998060"
    assert base_code_of(make_item(code="L05000000001")) == ""
