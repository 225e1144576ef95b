"""Layers laid over each other: whose word stands, in whatever order they come, and what is refused."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from catalog_cache.layer import Change, Layer, Source
from catalog_cache.layering.layer_rules import LOCKED, Spoken
from catalog_cache.layering.layers import change_between, compose, compose_item
from catalog_cache.model import Agency, Item, Limit, Need, Package, Power, Unit
from tests.catalog_cache.layered import (
    CITY,
    CODES,
    COUNTY,
    TOWN,
    city,
    county_changes,
    item,
    layer,
    layers_of,
    material,
    three_layers,
)

Three = tuple[Layer, Layer, Layer]


def refused(change: Change, source: Source = COUNTY, above: Layer | None = None) -> list[str]:
    """What is told to the publisher of one change."""
    return [conflict.message for conflict in compose([above or city(), layer(source, change)]).conflicts]


@given(three_layers(), st.randoms(use_true_random=False))
def test_the_order_in_which_layers_come_does_not_matter(three: Three, chance: random.Random) -> None:
    shuffled = list(three)
    chance.shuffle(shuffled)

    assert compose(shuffled) == compose(three)


@given(three_layers(), st.randoms(use_true_random=False))
def test_the_order_of_items_and_fields_in_a_layer_does_not_matter(
    three: Three, chance: random.Random
) -> None:
    assert compose([_shuffled(one, chance) for one in three]) == compose(three)


@given(st.data())
def test_counties_that_speak_of_different_fields_do_not_wait_for_each_other(data: st.DataObject) -> None:
    other = replace(COUNTY, publisher="county-440205999999", name="曲江区民政局")
    one = data.draw(layers_of(COUNTY, lambda code: county_changes(code, ("place", "hours"))))
    two = data.draw(layers_of(other, lambda code: _only(county_changes(code, ("phone",)), "phone")))

    assert not compose([city(), one, two]).conflicts
    assert compose([city(), one, two]) == compose([two, one, city()])


@given(three_layers())
def test_a_fitting_layer_is_taken_whole(three: Three) -> None:
    assert compose(three).conflicts == ()


@given(three_layers())
def test_laying_the_same_layers_once_more_changes_nothing(three: Three) -> None:
    made = compose(three)
    again = compose([Layer(CITY, {code: one.item for code, one in made.items.items()}), *three[1:]])

    assert {code: one.item for code, one in again.items.items()} == {
        code: one.item for code, one in made.items.items()
    }


@given(three_layers())
def test_every_field_is_said_by_the_lowest_layer_that_changed_it(three: Three) -> None:
    base, county, town = three
    for code, spoken in compose(three).items.items():
        above = base.items[code]
        for name in ("promised", "place", "hours", "phone", "complaint_phone", "name", "basis"):
            held, expected = getattr(above, name), CITY
            for one in (county, town):
                said = one.changes[code].values.get(name, held) if code in one.changes else held
                held, expected = (said, one.source) if said != held else (held, expected)
            assert (getattr(spoken.item, name), spoken.source_of(name)) == (held, expected)


@given(three_layers())
def test_every_material_is_said_by_the_county_that_dropped_or_eased_it(three: Three) -> None:
    base, county, _ = three
    for code, spoken in compose(three).items.items():
        change = county.changes.get(code, Change(code))
        kept = {one.id: one for one in spoken.item.materials}
        for held in base.items[code].materials:
            is_touched = held.id in (*change.removed, *change.tolerant)
            assert spoken.source_of(f"materials.{held.id}") == (COUNTY if is_touched else CITY)
            assert (held.id in kept) == (held.id not in change.removed)
            if held.id in change.tolerant:
                assert kept[held.id].need is Need.TOLERANT


@given(three_layers())
def test_what_turned_out_can_be_said_as_one_change_again(three: Three) -> None:
    for code, spoken in compose(three[:2]).items.items():
        above = three[0].items[code]
        change = change_between(above, spoken.item)
        again, conflicts = compose_item(Spoken(above, CITY, {}), [(COUNTY, change)])

        assert (again.item, conflicts) == (spoken.item, [])


@given(three_layers())
def test_a_change_is_read_back_as_it_was_written(three: Three) -> None:
    for change in three[1].changes.values():
        assert Change.from_dict(change.to_dict()) == change


@given(st.sampled_from([COUNTY, TOWN]), st.sampled_from(LOCKED[1:]))
def test_a_locked_field_is_refused_and_both_sources_are_named(source: Source, name: str) -> None:
    other = {"agency": Agency(name="财政局"), "basis": item().basis, "item_type": "20"}.get(name, "改名")
    above = city(item(basis=())) if name != "basis" else city(_with_basis())
    (message,) = refused(Change(CODES[0], {name: other}), source, above)

    assert CITY.told in message
    assert source.told in message
    assert "基本要素" in message


@given(st.integers(11, 3650), st.sampled_from(Unit))
def test_a_longer_limit_is_refused_and_both_sources_are_named(days: int, unit: Unit) -> None:
    (message,) = refused(Change(CODES[0], {"promised": Limit(value=days, unit=unit)}))

    assert CITY.told in message
    assert COUNTY.told in message
    assert "10 个工作日" in message
    assert "只能缩短" in message


def test_a_limit_that_is_taken_away_is_refused() -> None:
    assert "只能缩短" in refused(Change(CODES[0], {"promised": None}))[0]


def test_working_days_instead_of_days_are_refused_because_nobody_can_tell_which_is_longer() -> None:
    above = city(item(promised=Limit(value=10, unit=Unit.DAY)))
    change = Change(CODES[0], {"promised": Limit(value=9, unit=Unit.WORKDAY)})

    assert "只能缩短" in refused(change, COUNTY, above)[0]


@given(st.sampled_from([COUNTY, TOWN]), st.integers(3, 9))
def test_a_layer_that_adds_a_material_is_refused_and_both_sources_are_named(
    source: Source, number: int
) -> None:
    more = (*item().materials, material(number))
    (message,) = refused(Change(CODES[0], {"materials": more}), source)

    assert CITY.told in message
    assert source.told in message
    assert f"材料{number}" in message
    assert "不能增加材料" in message


def test_a_conflict_leaves_what_the_layer_above_says() -> None:
    made = compose([city(), layer(COUNTY, Change(CODES[0], {"name": "改名", "place": "新大厅"}))])

    assert made.items[CODES[0]].item == item(CODES[0])


def test_a_county_may_fill_in_what_the_city_left_empty_but_not_rewrite_it() -> None:
    change = Change(CODES[0], {"conditions": ("年满 80 周岁",)})

    assert refused(change) == []
    assert "上级已经填写" in refused(change, COUNTY, city(item(conditions=("年满 70 周岁",))))[0]


def test_a_township_may_not_touch_phone_power_or_materials() -> None:
    values = Change(CODES[0], {"phone": "0751-1", "power": Power.ACCEPT}, tolerant=("m1",))

    assert len(refused(values, TOWN)) == 3


def test_a_county_may_not_leave_somebody_with_an_empty_list() -> None:
    change = Change(CODES[0], removed=("m0", "m1", "m2"))

    assert "没有任何材料" in refused(change)[0]


def test_what_a_township_does_not_list_is_only_consulted_once_it_lists_anything() -> None:
    made = compose([city(), layer(TOWN, Change(CODES[1], is_on=True))])

    open_codes = [code for code, spoken in made.items.items() if spoken.item.is_open]
    assert open_codes == [CODES[1]]
    assert made.items[CODES[0]].source_of("power") == TOWN


def test_a_township_that_lists_nothing_leaves_everything_open() -> None:
    made = compose([city(), layer(TOWN, Change(CODES[1], {"place": "镇政府一楼"}))])

    assert all(spoken.item.is_open for spoken in made.items.values())


def test_a_change_to_an_item_that_the_city_withdrew_is_idle_and_no_conflict() -> None:
    made = compose([city(item(CODES[0])), layer(COUNTY, Change(CODES[1], {"place": "新大厅"}))])

    assert made.conflicts == ()
    assert made.idle == (CODES[1],)


def test_two_publishers_of_one_level_that_differ_are_told_of_each_other() -> None:
    other = replace(COUNTY, publisher="county-440205999999", name="曲江区民政局")
    one, two = (layer(who, Change(CODES[0], {"place": who.name})) for who in (COUNTY, other))
    (conflict,) = compose([two, city(), one]).conflicts

    assert {conflict.above, conflict.own} == {COUNTY, other}


def test_an_item_of_a_county_under_a_code_of_the_city_is_refused() -> None:
    own = Layer(COUNTY, {CODES[0]: item(CODES[0], name="自立事项")})
    (conflict,) = compose([city(), own]).conflicts

    assert CITY.told in conflict.message
    assert COUNTY.told in conflict.message


def test_a_county_adds_items_and_packages_of_its_own_and_a_township_none() -> None:
    own, code = item("L20000009999", name="曲江特色事项"), "P-QUJIANG"
    package = Package(kind="package", code=code, name="一件事", members=(own.code, CODES[0]))
    made = compose([city(), Layer(COUNTY, {own.code: own}, {code: package})])

    assert made.items[own.code].origin == COUNTY
    assert made.packages[code] == (package, COUNTY)
    assert compose([city(), Layer(TOWN, {own.code: own})]).conflicts[0].own == TOWN


def _shuffled(one: Layer, chance: random.Random) -> Layer:
    changes = list(one.changes.items())
    chance.shuffle(changes)
    items = list(one.items.items())
    chance.shuffle(items)
    turned = {code: replace(c, values=dict(reversed(c.values.items()))) for code, c in changes}
    return replace(one, items=dict(items), changes=turned)


def _only(changes: st.SearchStrategy[Change], *names: str) -> st.SearchStrategy[Change]:
    """Changes of these values and of no materials."""
    return changes.map(lambda c: Change(c.code, {n: v for n, v in c.values.items() if n in names}))


def _with_basis() -> Item:
    fields = item().to_dict() | {"basis": [{"law": "老年人权益保障法"}]}
    return Item.from_dict(fields)
