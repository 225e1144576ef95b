"""The guide says whose word a field is, where it is not that of the item's own publisher."""

import pytest

from catalog_cache.layer import Change
from tests.catalog_cache.layered import CITY, COUNTY, TOWN, pack
from tests.station.cases.samples import MORNING
from tests.station.cases.world import item
from tests.station.intake.window import ALLOWANCE_CODE


@pytest.fixture
def layered(fresh_window):
    """A window whose catalog lies in three layers."""
    base = pack(CITY, items=[item(place="市政务服务中心")])
    near = Change(ALLOWANCE_CODE, {"place": "区政务服务中心", "phone": "0751-6666666"}, tolerant=("bank",))
    town = pack(TOWN, changes=[Change(ALLOWANCE_CODE, {"hours": "逢墟日全天"})])
    cache = fresh_window.counter.installation.catalog
    cache.install(pack(COUNTY, base=base, changes=[near]), MORNING, [base, town])
    return fresh_window


def test_what_county_and_township_set_carries_their_names(layered):
    layered.opens(f"/guide/items/{ALLOWANCE_CODE}?q-{ALLOWANCE_CODE}-age=80")

    assert '区政务服务中心 <span class="sub source">来源：曲江区政务服务中心</span>' in layered.html
    assert '逢墟日全天 <span class="sub source">来源：马坝镇</span>' in layered.html
    assert '可以容缺后补 <span class="sub source">来源：曲江区政务服务中心</span>' in layered.html


def test_the_fold_out_lists_every_source_with_its_version(layered):
    layered.opens(f"/guide/items/{ALLOWANCE_CODE}")

    assert "除下列内容外，出自韶关市政务服务局第 3 版目录" in layered.html
    assert "材料“银行账户”可以容缺" in layered.html
    assert "曲江区政务服务中心 · 县（市、区） · 第 7 版" in layered.html


def test_a_catalog_of_one_publisher_shows_no_marks(window):
    window.opens(f"/guide/items/{ALLOWANCE_CODE}")

    assert "来源：" not in window.html and "内容来源" not in window.html
