"""Characters on paper: rare ones are drawn, unknown ones are said."""

import random

import pytest

from station.documents.fonts import FOLDER, FontChain, clean, default_chain
from station.documents.given import Person
from station.documents.receipt import build_receipt
from station.documents.text import Span, bold, plain, wrap

SEED = 20261122
NOT_IN_ANY_FONT = "\U000323af"  # extension H, newer than the fonts


@pytest.mark.parametrize("char", "䶮㛃㙟𬭎𠅤𬱖㭎鿍𫟹李1A，〓□")
def test_a_character_of_a_name_is_in_the_chain(char):
    assert default_chain().has(char)


def test_common_text_needs_one_font_file_only():
    chain = FontChain()

    runs = chain.runs("曲江区马坝镇 2026")

    assert [(run.font, run.text) for run in runs] == [("YimenBase", "曲江区马坝镇 2026")]


def test_a_rare_character_takes_another_font_in_the_middle_of_a_name():
    assert [run.font for run in default_chain().runs("李䶮明")] == ["YimenBase", "YimenRare", "YimenBase"]


def test_every_font_file_is_small_enough_to_travel():
    sizes = {path.name: path.stat().st_size for path in FOLDER.glob("*.ttf")}

    assert len(sizes) == 3
    assert max(sizes.values()) < 3_000_000


def test_a_character_in_no_font_is_marked_noted_and_warned_of(counter, looker):
    document = build_receipt(counter.receipt(applicant=Person(f"李{NOT_IN_ANY_FONT}")))
    words = looker.words(document)

    assert document.missing == (NOT_IN_ANY_FONT,)
    assert "U+323AF" in document.warning
    assert "李〓" in words
    assert "〓处是本机字库没有的字（U+323AF），请手写补上" in words


def test_ordinary_paper_has_no_warning(counter):
    assert build_receipt(counter.receipt()).warning == ""


def test_a_rare_name_can_be_copied_out_of_the_file_again(counter, looker):
    document = build_receipt(counter.receipt(applicant=Person("䶮㛃㙟𬭎𠅤")))

    assert "䶮㛃㙟𬭎𠅤" in looker.words(document)


def test_what_cannot_be_seen_does_not_reach_paper():
    assert clean("李\u202e四\x00\x1b[0m\ufe01\u200b\U000e0100 a\tb\r\nc") == "李四[0m a b\nc"


def test_no_line_is_too_wide_none_begins_with_a_stop_and_nothing_is_lost():
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    pieces = [
        "本凭证",
        "，",
        "。",
        "（0751）",
        "2026-11-22",
        " ",
        "“引”",
        "440205100201",
        "䶮",
        "word",
        "：",
        "\n",
    ]
    for _ in range(300):
        text = "".join(chance.choices(pieces, k=chance.randint(0, 60)))
        width = chance.randint(40, 300)
        lines = wrap(text, lambda char: 10 if char > "\u2000" else 5, width)
        drawn = ["".join(span.text for span in line) for line in lines]
        assert "".join("".join(drawn).split()) == "".join(text.split())
        assert all(sum(10 if char > "\u2000" else 5 for char in line) <= width for line in drawn)


def test_a_full_stop_stays_with_the_word_before_it():
    lines = wrap("一二三四五。六", lambda _: 10, 50)

    assert [plain(line) for line in lines] == ["一二三四", "五。六"]


def test_a_number_is_not_cut():
    lines = wrap("电话 0751-8888888 转", lambda char: 10 if char > "\u2000" else 5, 80)

    assert [plain(line).strip() for line in lines] == ["电话", "0751-8888888 转"]


@pytest.mark.parametrize("mark", ["□", "√", "□ "])
def test_a_box_to_tick_stays_with_what_it_is_for(mark):
    lines = wrap(f"一二三{mark}多重", lambda _: 10, 40)

    assert [plain(line) for line in lines] == ["一二三", f"{mark}多重"]


def test_weights_survive_wrapping():
    lines = wrap((bold("一二"), Span("三四")), lambda _: 10, 30)

    assert lines == [(bold("一二"), Span("三")), (Span("四"),)]
