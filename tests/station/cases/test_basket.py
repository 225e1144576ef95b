"""Several matters in one visit: one list, one form, each thing once."""

from catalog_cache.model import CopyKind, Need
from station.cases.basket import Chosen, common_form, form_of, line_key, may_miss, merged_list, name_key
from station.cases.terms import Held
from tests.station.cases.world import PASS_CARD, item

BOTH = [Chosen(item(), {"age": "80"}), Chosen(item(PASS_CARD), {})]


def test_the_same_material_is_asked_once_with_the_highest_number_of_copies():
    lines = {line.material.name: line for line in merged_list(BOTH)}

    assert list(lines) == ["居民身份证", "银行账户", "近期免冠相片"]
    assert lines["居民身份证"].material.copies == 2
    assert lines["居民身份证"].sources == ((0, "id-card"), (1, "card"))


def test_the_stricter_need_wins():
    photo = {line.material.name: line for line in merged_list(BOTH)}["近期免冠相片"]

    assert photo.material.need is Need.TOLERANT
    assert photo.material.kind is CopyKind.BOTH


def test_a_line_keeps_its_name_while_the_basket_changes():
    alone = {line_key(line) for line in merged_list(BOTH[:1])}
    together = {line_key(line) for line in merged_list(list(reversed(BOTH)))}

    assert alone <= together
    assert name_key("相片（1 寸）") == name_key("相片(1寸)")


def test_a_shared_field_is_asked_once_and_goes_into_each_form():
    items = [one.item for one in BOTH]
    asked = {one.key: one for one in common_form(items)}

    assert set(asked) == {"applicant.address", "L05000000001.account"}
    assert asked["applicant.address"].is_shared and asked["applicant.address"].field.required
    values = {"applicant.address": "示范村", "L05000000001.account": "6228"}
    assert form_of(items[0], values) == {"address": "示范村", "account": "6228"}
    assert form_of(items[1], values) == {"home": "示范村"}


def test_only_an_optional_material_may_simply_be_missing():
    lines = {line.material.name: line for line in merged_list(BOTH[1:])}

    assert may_miss(lines["近期免冠相片"], Held.MISSING)
    assert not may_miss(lines["近期免冠相片"], Held.DEFECTIVE)
    assert not may_miss(lines["居民身份证"], Held.MISSING)
