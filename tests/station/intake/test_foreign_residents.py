"""通办范围: who lives elsewhere is served as far as the item allows, and else told where to go."""

import pytest

from station.cases.ledger import view_of
from station.cases.models import Case
from tests.station.cases.samples import MORNING
from tests.station.cases.world import PASS_CARD, PASSPORT, item, pack
from tests.station.intake.window import WHO

ZHENJIANG = "city:440204000000"


def lives(window, residence):
    """The agent fills in the second step for somebody from there."""
    window.comes_to("who")
    return window.fills("id_number", {**WHO, "residence": residence})


def offers(window, scope):
    """The county publishes the item with another scope."""
    cache = window.counter.installation.catalog
    cache.install(pack(2, [item(scope=scope), item(PASS_CARD), item(PASSPORT)]), MORNING)


def test_the_page_offers_the_other_counties_of_the_city(window):
    window.comes_to("who")

    assert "本县（区）（曲江区）" in window.html
    assert "浈江区" in window.html and "外省（自治区、直辖市）" in window.html
    assert "市辖区</option>" not in window.html


def test_a_resident_of_another_county_is_refused_and_told_where_to_go(window):
    lives(window, ZHENJIANG)

    ((field, told),) = window.summary()
    assert (window.page.status, field) == (422, "residence")
    assert "通办范围是全县（区）" in told
    assert "请到浈江区的政务服务中心或镇村服务站申请" in told


def test_a_resident_of_another_province_is_refused_and_told_where_to_go(window):
    lives(window, "nation")

    assert "请到居住地的县（市、区）政务服务中心或镇村服务站申请" in window.summary()[0][1]


@pytest.mark.parametrize(
    ("scope", "residence", "is_served"),
    [
        ("county", "county", True),
        ("city", ZHENJIANG, True),
        ("city", "province", False),
        ("province", "province", True),
        ("province", "nation", False),
        ("nation", "nation", True),
    ],
)
def test_the_scope_of_the_item_decides(fresh_window, scope, residence, is_served):
    offers(fresh_window, scope)
    page = lives(fresh_window, residence)

    assert page.address.endswith("/form") == is_served


def test_a_residence_that_is_not_on_the_list_is_refused(window):
    lives(window, "city:999999000000")

    assert window.summary() == [("residence", "请从列表中选择")]


def test_who_comes_from_elsewhere_is_shown_before_the_papers_are_printed(fresh_window):
    offers(fresh_window, "nation")
    lives(fresh_window, ZHENJIANG)
    fresh_window.fills("form-L05000000001.account", {"form-L05000000001.account": "6228000000000000000"})
    fresh_window.fills("go", dict.fromkeys(fresh_window.line_keys(), "in"))

    assert "浈江区" in fresh_window.html
    fresh_window.submits()
    with fresh_window.counter.node.using():
        assert view_of(Case.select().get().case_id).applicant.residence == ZHENJIANG, (
            "it stands in the signed event"
        )
