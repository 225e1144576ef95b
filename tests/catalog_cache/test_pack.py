"""The canonical pack: the same catalog gives the same bytes, and anything odd is refused whole."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_cache.demonstration import demonstration_items, demonstration_packages
from catalog_cache.errors import BadPack, BadRecord
from catalog_cache.model import Item, Package
from catalog_cache.pack import (
    LINE_BYTES_MAX,
    PackMeta,
    compressed,
    decompressed,
    open_pack,
    read_pack,
    write_pack,
)
from tests.tools.catalogs import make_item, meta_of, pack_of

PACKAGE = Package.from_dict({"kind": "package", "code": "PKG-1", "name": "出生一件事"})


def lines_of(data: bytes) -> list[dict]:
    return [json.loads(line) for line in data.splitlines()]


def canonical(*entries: dict) -> bytes:
    written = [
        json.dumps(e, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() for e in entries
    ]
    return b"\n".join(written) + b"\n"


def refusal_of(data: bytes) -> str:
    with pytest.raises(BadPack) as refusal:
        list(open_pack(data).entries())
    return refusal.value.why


def test_a_pack_says_who_published_what_and_when_in_its_first_line():
    first = lines_of(pack_of([make_item()]))[0]

    assert first == {
        "format": "yimen-catalog/1",
        "publisher": "county-440205000000",
        "publisher_name": "韶关市曲江区政务服务数据管理局",
        "version": 1,
        "published_at": "2026-11-22T09:41:00Z",
        "valid_until": "2027-11-22T09:41:00Z",
    }


def test_items_and_packages_come_in_code_order_with_the_pinyin_of_all_their_names():
    data = pack_of([make_item(code="9000000000"), make_item(aliases=["老人钱"])], [PACKAGE])

    assert [line["code"] for line in lines_of(data)[1:]] == ["442099003001", "9000000000", "PKG-1"]
    assert lines_of(data)[1]["pinyin"] == ["gao ling jin tie", "lao ren qian"]


def test_what_is_read_writes_the_same_bytes_again():
    data = pack_of(demonstration_items(), demonstration_packages())
    pack = read_pack(data)

    assert write_pack(pack.meta, pack.items, pack.packages) == data
    assert write_pack(pack.meta, pack.items[::-1], pack.packages[::-1]) == data
    assert decompressed(compressed(data)) == data


texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"]), min_size=1, max_size=20)
words = texts.filter(lambda text: text.strip() and "\ufffd" not in text)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(words, st.lists(words, max_size=3)), max_size=4))
def test_any_names_survive_the_round_trip(named):
    try:
        items = [
            make_item(name, aliases=aliases, code=f"44209900{number:04d}")
            for number, (name, aliases) in enumerate(named)
        ]
    except BadRecord:
        return
    data = pack_of(items)

    assert list(read_pack(data).items) == items
    assert write_pack(meta_of(), read_pack(data).items) == data


def test_a_pack_needs_no_pinyin_library_to_be_read():
    item = read_pack(pack_of([make_item()])).items[0]

    assert item == make_item()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: [*lines[:1], lines[2], lines[1]], "没有按序"),
        (lambda lines: [*lines, lines[-1]], "重复"),
        (lambda lines: [lines[0] | {"format": "yimen-catalog/2"}, *lines[1:]], "升级本程序"),
        (lambda lines: [lines[0] | {"version": 0}, *lines[1:]], "版本"),
        (lambda lines: [lines[0] | {"valid_until": "2020-01-01T00:00:00Z"}, *lines[1:]], "早于"),
        (lambda lines: [lines[0] | {"extra": 1}, *lines[1:]], "没有这个字段"),
        (lambda lines: lines[1:], "格式"),
        (lambda lines: [lines[0], lines[1] | {"pinyin": []}], "拼音"),
        (lambda lines: [lines[0], lines[1] | {"pinyin": ["gao-ling"]}], "拼音"),
        (lambda lines: [lines[0], lines[1] | {"name": ""}], "第 2 行：事项名称"),
        (lambda lines: [lines[0], lines[1] | {"kind": "x"}], "第 2 行"),
    ],
)
def test_a_pack_with_one_odd_line_is_refused_with_the_reason(change, told):
    data = pack_of([make_item(), make_item(code="9000000000")])

    assert told in refusal_of(canonical(*change(lines_of(data))))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda data: b"", "不完整"),
        (lambda data: data[:-1], "不完整"),
        (lambda data: data[: len(data) // 2], "不完整"),
        (lambda data: data.replace(b'"code":', b'"code": '), "不是规范写法"),
        (lambda data: data.replace(b'{"agency"', b'{"z":1,"agency"', 1), "不是规范写法"),
        (lambda data: data + b"\n", "JSON"),
        (lambda data: data + b"[" * 100_000 + b"\n", "JSON"),
        (lambda data: data + b"1" * 5000 + b"\n", "JSON"),
        (lambda data: data + b'{"a":"\\ud800"}\n', "JSON"),
        (lambda data: data + b"\xff\n", "JSON"),
        (lambda data: data + b"1\n", "规范"),
        (lambda data: data + b'{"a":1,"a":1}\n', "规范"),
        (lambda data: data + b"x" * (LINE_BYTES_MAX + 1) + b"\n", "超过 512 KiB"),
        (lambda data: data.replace(b"\n", b"\r\n"), "规范"),
    ],
)
def test_bytes_that_are_no_canonical_pack_are_refused(spoil, told):
    assert told in refusal_of(spoil(pack_of([make_item(aliases=["老人钱"])])))


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_order(data):
    assert refusal_of(data)


def test_two_entries_of_one_code_cannot_be_written():
    with pytest.raises(BadPack, match="重复"):
        pack_of([make_item(), make_item("另一个")])


@pytest.mark.parametrize("spoil", [lambda x: x[:-4], lambda x: x + b"x", lambda x: b"", lambda x: b"7z" + x])
def test_a_damaged_compressed_pack_is_refused(spoil):
    with pytest.raises(BadPack):
        decompressed(spoil(compressed(pack_of([make_item()]))))


def test_a_compressed_bomb_is_not_unpacked():
    with pytest.raises(BadPack, match="大小不对"):
        decompressed(compressed(b"\0" * 5_000_000), size_max=1_000_000)


def test_a_first_line_written_by_hand_is_held_to_the_same_bounds():
    with pytest.raises(BadRecord, match="发布方"):
        PackMeta.from_dict(meta_of().to_dict() | {"publisher": "../x"})


def test_items_without_defaults_keep_their_bytes_when_the_model_grows():
    smallest = {"code": "4420990030", "name": "甲", "item_type": "20", "theme": "乙", "level": "village"}

    assert lines_of(pack_of([Item.from_dict(smallest)]))[1] == smallest | {"pinyin": ["jia"]}
