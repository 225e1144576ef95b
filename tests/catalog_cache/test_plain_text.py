"""Damaged text is noticed, sound text is left in peace."""

import pytest

from catalog_cache.demonstration import REFERENCE
from catalog_cache.plain_text import TRADITIONAL, damage, damaged_spots


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("沒(méi)有繁雜的手續(xù)", "第 2 字处夹有拼音“沒(méi)有繁”"),
        ("高龄（gao）津贴", "夹有拼音“高龄（gao）津贴”"),
        ("開辦企業", "第 1 字“開”是繁体字"),
        ("高龄\ue123津贴", "自造字"),
        ("锟斤拷", "乱码"),
        ("高龄津贴".encode().decode("latin-1"), "乱码"),
    ],
)
def test_damage_is_told_with_its_place(text, told):
    assert told in damage(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain (an) text",
        "粤省事（APP）办理（附件a）（一）（含）",
        "表格(a)和表格（b）",
        "乾坤、瞭望、著作、於姓、堃、喆、䶮",
        "拨打12345（24小时）",
    ],
)
def test_sound_text_passes(text):
    assert damaged_spots(text) == []


def test_a_long_stretch_of_traditional_forms_is_one_place():
    assert len(damaged_spots("優化營商環境")) == 1


def test_every_listed_form_is_outside_the_simplified_set():
    assert all(char not in char.encode("gb2312", "ignore").decode("gb2312") for char in TRADITIONAL)
    assert all(char.encode("big5") for char in TRADITIONAL)


def test_the_reference_content_and_all_its_place_names_are_sound():
    for path in [*REFERENCE.glob("*.csv"), *REFERENCE.glob("items/*.json")]:
        assert damage(path.read_text("utf-8")) == "", path.name
