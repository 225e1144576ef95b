"""How names are cut for the index, and how a typed word is read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_cache.finding.pinyin import SYLLABLES, matches_from, split_typed, toneless
from catalog_cache.finding.readings import syllables_of
from catalog_cache.finding.search_text import bigrams, cells, folded, initials, phrase, pinyin_tails, runs


def test_a_name_is_cut_into_pairs_and_its_last_character():
    assert bigrams("高龄津贴") == "高龄 龄津 津贴 贴"
    assert bigrams("出生登记（户口）") == bigrams("出生登记户口")
    assert bigrams("60周岁ＡＢ") == "60 周岁 岁 ab"


def test_signs_and_widths_and_capitals_make_no_difference():
    assert folded("（ＡＢ）高龄 津贴·") == "ab高龄津贴"
    assert runs("高龄JT 津贴") == ["高龄", "jt", "津贴"]
    assert folded("？！ …") == ""


def test_rare_characters_are_characters_too():
    assert bigrams("䶮𬭎〇") == "䶮𬭎 𬭎〇 〇"


def test_a_phrase_asks_for_neighbours_and_a_single_character_for_a_beginning():
    assert phrase("高龄津") == '"高龄 龄津"'
    assert phrase("高") == '"高" *'
    assert phrase("gl") == '"gl" *'


def test_readings_know_phrases_and_leave_letters_alone():
    assert syllables_of("高龄津贴") == "gao ling jin tie"
    assert syllables_of("重度残疾人长者e证通") == "zhong du can ji ren zhang zhe e zheng tong"
    assert syllables_of("行政许可，银行开户") == "xing zheng xu ke yin hang kai hu"


def test_pinyin_is_held_from_every_syllable_onward():
    assert pinyin_tails("gao ling jin") == ("gaolingjin lingjin jin", "glj lj j")
    assert initials("gao ling jin tie") == "gljt"


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("gaoljt", ["gao", "l", "j", "t"]),
        ("gljt", ["g", "l", "j", "t"]),
        ("gaoling", ["gao", "ling"]),
        ("glingjt", ["g", "ling", "j", "t"]),
        ("60sui", ["6", "0", "sui"]),
        ("", []),
    ],
)
def test_a_typed_word_falls_into_syllables_and_initials(typed, parts):
    assert split_typed(typed) == parts


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(SYLLABLES)), min_size=1, max_size=8))
def test_splitting_loses_no_letter(syllables):
    typed = "".join(syllables)

    assert "".join(split_typed(typed)) == typed


def test_characters_syllables_and_initials_match_in_a_row():
    name = cells("曲江高龄津贴", "qu jiang gao ling jin tie")

    assert matches_from(["高", "l", "jin"], name) == 2
    assert matches_from(["q", "jiang"], name) == 0
    assert matches_from(["高", "津"], name) is None


def test_tone_marks_come_off():
    assert toneless("lǜ") == ("lv", True)
    assert toneless("mei") == ("mei", False)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_can_be_cut_and_read(text):
    assert len(cells(text, syllables_of(text))) == len(syllables_of(text).split())
    assert isinstance(bigrams(text), str)
