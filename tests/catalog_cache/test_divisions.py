"""The table of divisions that a county ships."""

import pytest

from catalog_cache.divisions import load_divisions
from catalog_cache.errors import BadTable, UnknownDivision


@pytest.fixture(scope="module")
def shaoguan():
    return load_divisions()


def test_a_village_is_named_from_the_city_down(shaoguan):
    village = shaoguan.children("440205101000")[0]

    assert shaoguan.full_name(village.code).startswith("韶关市曲江区")
    assert [division.level for division in shaoguan.path(village.code)] == [
        "city",
        "county",
        "township",
        "village",
    ]


def test_the_whole_city_is_there(shaoguan):
    assert len(shaoguan) == 1600
    assert [division.name for division in shaoguan.tops()] == ["韶关市"]
    assert len(shaoguan.children("440205000000")) == 10


def test_a_division_lies_within_those_above_it_only(shaoguan):
    assert shaoguan.is_within("440205101000", "440205000000")
    assert not shaoguan.is_within("440205101000", "440203000000")


def test_an_unknown_code_is_refused_in_chinese(shaoguan):
    with pytest.raises(UnknownDivision, match="没有编码为 999999000000 的行政区划"):
        shaoguan.get("999999000000")


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n",
        "code,name,parent\n440205000000,曲江区\n",
        "code,name,parent\n44020500000x,曲江区,440200000000\n",
        "code,name,parent\n440205000000,,440200000000\n",
        "code,name,parent\n440205000000,曲江区,440300000000\n",
        "code,name,parent\n440205000000,曲江区,440205000000\n",
        "code,name,parent\n440205000000,曲江区,440200000000\n440205000000,曲江,440200000000\n",
    ],
)
def test_a_table_that_is_not_sound_is_refused(tmp_path, text):
    path = tmp_path / "divisions.csv"
    path.write_text(text, "utf-8")

    with pytest.raises(BadTable, match="区划"):
        load_divisions(path)


def test_a_table_that_is_not_there_or_not_text_is_refused(tmp_path):
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")

    for name in ("missing.csv", "binary.csv"):
        with pytest.raises(BadTable):
            load_divisions(tmp_path / name)
