"""A diff says in words what a person must approve."""

from dataclasses import replace

from catalog_cache.demonstration import demonstration_packages, worked_items
from catalog_cache.difference import FieldChange, change_of, difference, spoken
from catalog_cache.model import Limit, Need, Unit

ITEM = next(item for item in worked_items() if len(item.materials) > 2)
FIRST = ITEM.materials[0]


def fields(after: object) -> list[tuple[str, str, str]]:
    change = change_of(ITEM, after)  # type: ignore[arg-type]
    assert change is not None
    return [(field.label, field.before, field.after) for field in change.fields]


def test_no_change_is_none():
    assert change_of(ITEM, replace(ITEM)) is None
    assert difference({ITEM.code: ITEM}, {ITEM.code: ITEM}) == []


def test_entries_that_come_and_go_are_named():
    package = demonstration_packages()[0]
    changes = difference({ITEM.code: ITEM}, {package.code: package})

    assert [(change.kind, change.name) for change in changes] == [
        ("removed", ITEM.name),
        ("added", package.name),
    ]


def test_a_plain_field_reads_before_and_after():
    assert fields(replace(ITEM, place="一楼")) == [("办理地点", ITEM.place, "一楼")]


def test_a_limit_is_told_in_words():
    on_the_spot = replace(ITEM, promised=Limit(value=0, unit=Unit.WORKDAY))
    twenty = replace(ITEM, promised=Limit(value=20, unit=Unit.WORKDAY, note="不含公示"))

    assert change_of(on_the_spot, twenty).fields == (  # type: ignore[union-attr]
        FieldChange("承诺办结时限", "当场办结", "20 个工作日（不含公示）", "promised"),
    )


def test_a_material_is_named_and_only_what_changed_in_it_is_told():
    changed = replace(FIRST, need=Need.TOLERANT, copies=FIRST.copies + 1)
    told = fields(replace(ITEM, materials=(changed, *ITEM.materials[1:])))

    assert told == [
        (f"申请材料“{FIRST.name}”·是否必要", FIRST.need.label, "可容缺"),
        (f"申请材料“{FIRST.name}”·复印件份数", str(FIRST.copies), str(FIRST.copies + 1)),
    ]


def test_a_material_added_or_taken_away_is_told_whole():
    [(label, before, after)] = fields(replace(ITEM, materials=ITEM.materials[1:]))

    assert (label, after) == (f"申请材料“{FIRST.name}”", "（无）")
    assert f"材料名称：{FIRST.name}" in before


def test_a_mere_change_of_order_is_one_line():
    told = fields(replace(ITEM, materials=ITEM.materials[::-1]))

    assert [label for label, _, _ in told] == ["申请材料·次序"]


def test_lists_and_flags_are_told_in_words():
    assert fields(replace(ITEM, aliases=("甲", "乙"))) == [("俗称", spoken(ITEM.aliases), "甲、乙")]
    assert fields(replace(ITEM, counter_only=True)) == [("专窗办理", "否", "是")]
    assert fields(replace(ITEM, agency=None))[0][2] == "（无）"
