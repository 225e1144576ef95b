"""Slips of the pen, and which characters of a name a search marks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_cache.finding.highlight import Typed, marks, readings_of
from catalog_cache.finding.likeness import is_one_slip
from catalog_cache.finding.readings import syllables_of
from catalog_cache.finding.search_text import loosened, runs
from catalog_cache.installed.cache import CatalogCache
from catalog_cache.installed.catalog import Catalog
from tests.tools.catalogs import PUBLISHED, make_item, pack_of


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> Catalog:
    named = {"高龄津贴": ["老人钱"], "重度残疾人护理补贴": ["重残补贴"], "身份证申领": ["身份证丢了"]}
    items = [
        make_item(name, code=f"44209900{number:04d}", aliases=aliases)
        for number, (name, aliases) in enumerate(named.items())
    ]
    items.append(make_item("领取补助", code="442099009999"))
    cache = CatalogCache(tmp_path_factory.mktemp("catalog"))
    cache.install(pack_of(items), PUBLISHED)
    found = cache.current()
    assert found
    return found


@pytest.mark.parametrize(
    ("words", "name", "why"),
    [
        ("高领津贴", "高龄津贴", "读音相近：高龄津贴"),
        ("gaoningjintie", "高龄津贴", "读音相近：高龄津贴"),
        ("gaolimgjintie", "高龄津贴", "拼音相近：高龄津贴"),
        ("gaolignjintie", "高龄津贴", "拼音相近：高龄津贴"),
        ("高老津贴", "高龄津贴", "相近：高龄津贴"),
        ("老大钱", "高龄津贴", "相近：老人钱"),
        ("残疾护理补贴", "重度残疾人护理补贴", "字在其中：重度残疾人护理补贴"),
        ("补贴护理", "重度残疾人护理补贴", "字在其中：重度残疾人护理补贴"),
        ("身分证申领", "身份证申领", "相近：身份证申领"),
    ],
)
def test_a_slip_of_the_pen_still_finds_what_was_meant(catalog, words, name, why):
    hit = catalog.search(words)[0]

    assert (hit.name, hit.why) == (name, why)


def test_words_far_from_every_name_find_nothing(catalog):
    assert catalog.search("量子钱") == catalog.search("gaozhongxuexiao") == []


@pytest.mark.parametrize(
    ("typed", "text", "is_near"),
    [
        ("gaoling", "gaolingjintie", True),
        ("gaolimg", "gaolingjintie", True),
        ("gaoing", "gaolingjintie", True),
        ("gaooling", "gaolingjintie", True),
        ("galoing", "gaolingjintie", True),
        ("gailimg", "gaolingjintie", False),
        ("gaolingj", "gaoling", True),
        ("gaolingji", "gaoling", False),
    ],
)
def test_one_letter_changed_left_out_doubled_or_swapped_is_one_slip(typed, text, is_near):
    assert is_one_slip(typed, text) is is_near


@settings(deadline=None)
@given(st.sampled_from(["zhongsheng", "changning", "shulan"]), st.integers(0, 10))
def test_loose_pinyin_begins_as_loosely_when_less_of_it_is_typed(sound, length):
    typed = sound[:length]

    assert loosened(sound).startswith(loosened(typed).rstrip("zcsn"))


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        ("津贴", ["津贴"]),
        ("gljt", ["高龄", "津贴"]),
        ("jintie", ["津贴"]),
        ("高龄jt", ["高龄", "津贴"]),
        ("高领津贴", ["高", "津贴"]),
        ("老人", []),
    ],
)
def test_the_characters_that_were_found_are_marked(words, marked):
    name = "高龄（老年）津贴" if words != "gljt" else "高龄津贴"
    found = marks(name, syllables_of(name), typed(words))

    assert "".join(name[start:end] for start, end in found) == "".join(marked)


def test_an_alias_that_was_found_is_told_with_its_marks(catalog):
    hit = catalog.search("lrq")[0]

    assert (hit.name, hit.marks) == ("高龄津贴", ())
    assert (hit.alias, hit.alias_marks) == ("老人钱", ((0, 3),))


@settings(deadline=None)
@given(st.text(max_size=20), st.text(max_size=10))
def test_marks_never_reach_beyond_the_text(text, words):
    found = marks(text, syllables_of(text), typed(words))

    assert all(0 <= start < end <= len(text) for start, end in found)


def typed(words: str) -> list[Typed]:
    return [(run, readings_of(run)) for run in runs(words)]
