"""What a tired clerk types finds the item that is meant, and says why."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_cache.demonstration import demonstration_items, demonstration_packages
from catalog_cache.finding.search import LIMIT_MAX
from catalog_cache.finding.search_text import folded
from catalog_cache.installed.cache import CatalogCache
from catalog_cache.installed.catalog import Catalog
from tests.tools.catalogs import PUBLISHED, make_item, pack_of

ELDERLY = "高龄老人津贴申请"
NAMES = [item.name for item in demonstration_items()]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> Catalog:
    cache = CatalogCache(tmp_path_factory.mktemp("catalog"))
    cache.install(pack_of(demonstration_items(), demonstration_packages()), PUBLISHED)
    found = cache.current()
    assert found
    return found


@pytest.fixture
def find(tmp_path):
    """Searches a small catalog made of the given names; a name may bring its aliases."""

    def search(words: str, **named: list[str]) -> list[tuple[str, str]]:
        items = [
            make_item(name, code=f"44209900{number:04d}", aliases=aliases)
            for number, (name, aliases) in enumerate(named.items(), start=1)
        ]
        cache = CatalogCache(tmp_path)
        cache.install(pack_of(items), PUBLISHED)
        return [(hit.name, hit.why) for hit in cache.current().search(words)]

    return search


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("高龄津贴", ELDERLY),
        ("gljt", ELDERLY),
        ("GLJT", ELDERLY),
        ("gaolingjintie", ELDERLY),
        ("gaoling", ELDERLY),
        ("gaoljt", ELDERLY),
        ("高龄jt", ELDERLY),
        ("老人钱", ELDERLY),
        ("lrq", ELDERLY),
        ("laorenqian", ELDERLY),
        ("津贴 高龄", ELDERLY),
        ("高龄金贴", ELDERLY),
        ("442099003001", ELDERLY),
        ("高龄", ELDERLY),
        ("ＧＬＪＴ", ELDERLY),
        ("高 龄，津贴！", ELDERLY),
        ("宅基地", "农村村民宅基地申请审批"),
        ("起房子", "农村村民宅基地申请审批"),
        ("PKG-S0-04", "医疗机构设立"),
        ("医疗机构设立", "医疗机构设立"),
        ("食品经营许可证变更", "食品经营许可证变更"),
        ("spjyxkzbg", "食品经营许可证变更"),
    ],
)
def test_what_is_typed_finds_what_is_meant_among_the_first_three(catalog, words, name):
    assert name in [hit.name for hit in catalog.search(words)][:3]


@pytest.mark.parametrize("character", ["死", "婚", "残", "贴"])
def test_one_character_finds_names_and_aliases_that_hold_it_anywhere(catalog, character):
    hits = catalog.search(character, limit=100)

    named = [hit for hit in hits if hit.score > 50]
    assert named
    assert all(character in hit.name + hit.why for hit in named)


def test_a_theme_and_a_life_event_list_what_belongs_to_them(catalog):
    hits = catalog.search("退役军人", limit=LIMIT_MAX)
    event, count = catalog.life_events()[0]

    assert {hit.theme for hit in hits if hit.why == "主题：退役军人"} == {"退役军人"}
    assert len(catalog.search(event, limit=LIMIT_MAX)) >= count


def test_a_hit_says_in_chinese_why_it_is_there(find):
    assert find("gljt", 高龄津贴=[]) == [("高龄津贴", "命中：首字母 gljt")]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("高龄津贴", "命中：名称完全一致"),
        ("高龄", "命中：名称开头“高龄”"),
        ("津贴", "命中：名称“津贴”"),
        ("老人钱", "俗称：老人钱"),
        ("人钱", "俗称：老人钱"),
        ("gaoling", "命中：全拼 gaoling"),
        ("gl", "命中：首字母 gl"),
        ("jintie", "命中：拼音 jintie"),
        ("gaolj", "命中：拼音 gaolj"),
        ("高龄jin", "命中：拼音 高龄 jin"),
        ("lrq", "俗称：老人钱（首字母 lrq）"),
        ("442099000001", "命中：事项编码 442099000001"),
        ("老龄服务", "主题：老龄服务"),
        ("身份证", "指南提到：身份证"),
        ("高领津贴", "相近：高龄津贴"),
    ],
)
def test_each_way_of_finding_has_its_own_reason(find, words, why):
    assert find(words, 高龄津贴=["老人钱"]) == [("高龄津贴", why)]


def test_the_whole_name_stands_before_a_beginning_initials_and_a_part(find):
    names = {"低保": [], "低保金发放": [], "申请低保": [], "地板安装": [], "困难救助": ["低保"]}

    assert [name for name, _ in find("低保", **names)] == ["低保", "困难救助", "低保金发放", "申请低保"]
    assert [name for name, _ in find("db", **names)][-1] == "申请低保"


def test_the_initials_of_a_whole_alias_stand_before_the_beginning_of_a_longer_name(catalog):
    assert catalog.search("gljt")[0].name == ELDERLY


def test_items_open_for_intake_stand_before_those_that_are_not(tmp_path):
    items = [
        make_item("低保", code="442099000001", status="suspended"),
        make_item("低保", code="442099000002"),
    ]
    cache = CatalogCache(tmp_path)
    cache.install(pack_of(items), PUBLISHED)

    assert [hit.is_open for hit in cache.current().search("低保")] == [True, False]


def test_the_base_code_inside_a_long_code_is_found_too(tmp_path):
    cache = CatalogCache(tmp_path)
    cache.install(pack_of([make_item(code="12441500196720244T3442199806003")]), PUBLISHED)

    assert cache.current().search("4421998")[0].why.endswith("12441500196720244T3442199806003")


def test_rare_characters_can_be_searched(find):
    assert find("䶮", 䶮家坪户口登记=[])[0][0] == "䶮家坪户口登记"
    assert find("yan", 䶮家坪户口登记=[])


def test_a_word_that_is_nowhere_finds_nothing(catalog):
    assert catalog.search("量子纠缠加速器") == []
    assert catalog.search("qqqq") == []


@pytest.mark.parametrize("words", ["", " ", "？！", "***", '"', "'", "()", "%", "_", "\x00"])
def test_words_without_a_letter_find_nothing(catalog, words):
    assert catalog.search(words) == []


@pytest.mark.parametrize(
    "words", ['" OR 1', "NEAR(a b)", "name:高", "高*", "高 AND 龄", "-高", "^高", "a" * 10_000]
)
def test_what_looks_like_a_query_language_is_only_words(catalog, words):
    assert isinstance(catalog.search(words), list)


def test_the_number_of_hits_is_bounded(catalog):
    assert len(catalog.search("证", limit=3)) == 3
    assert len(catalog.search("申请", limit=10**9)) <= LIMIT_MAX
    assert catalog.search("证", limit=0) == catalog.search("证", limit=-1) == []


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=30))
def test_any_words_are_answered(catalog, words):
    hits = catalog.search(words)

    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.code for hit in hits}) == len(hits)


@settings(deadline=None)
@given(st.data())
def test_any_piece_of_a_name_finds_that_name(catalog, data):
    name = data.draw(st.sampled_from(NAMES))
    start = data.draw(st.integers(0, len(name) - 1))
    piece = name[start : data.draw(st.integers(start + 1, len(name)))]
    hits = catalog.search(piece, limit=LIMIT_MAX)

    assert len(hits) == LIMIT_MAX or name in {hit.name for hit in hits} or not folded(piece)
