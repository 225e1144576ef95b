"""A package, several items done as one matter, can be reported as wrong like an item, and mended like one."""

import html

import pytest

from catalog_cache.model import Order, Package
from station.corrections.letters import State, Verdict
from station.corrections.service import Fault
from tests.station.cases.world import PASS_CARD, item
from tests.station.corrections.town import CODE, FIRST, Town, answer_form

OTHER = FIRST[1].code
MATTER = Package(
    kind="package",
    code="T05000000009",
    name="退休一件事",
    lead="人社局",
    members=(CODE, OTHER),
    order=Order.PARALLEL,
    notes="先办资格认定",
    phone="0751-6660000",
)
DESK = "/publishing/corrections"
FAULT = Fault("members", "护照不在这件事里", "窗口只办津贴")


@pytest.fixture
def matter(town: Town) -> Town:
    """Everybody has a catalog with a package, and sits at a browser."""
    town.publishes(*FIRST, MATTER)
    town.takes_catalog()
    town.sits_down()
    return town


def test_the_guide_of_a_package_leads_to_a_form_with_its_own_parts(matter: Town) -> None:
    guide = matter.village.opens(f"/guide/packages/{MATTER.code}").text
    assert f'href="/corrections/new?item={MATTER.code}"' in guide

    page = html.unescape(matter.village.opens(f"/corrections/new?item={MATTER.code}").text)
    for label in ("成员事项", "办理方式", "总时限", "牵头部门", "联办咨询电话", "说明", "其他"):
        assert f">{label}</option>" in page
    assert "材料清单" not in page and "配合部门" not in page
    assert f'href="/guide/packages/{MATTER.code}"' in page


def test_a_report_about_a_package_names_its_members_as_people_do(matter: Town) -> None:
    page = matter.village.opens(f"/corrections/new?item={MATTER.code}").text
    given = {"item": MATTER.code, "report": answer_form(page), "element": "members", "said": FAULT.said}
    sent = matter.village.sends("/corrections/", given)
    assert sent.status_code == 302
    shown = html.unescape(matter.village.opens(sent.location).text)
    assert FIRST[0].name in shown and f'href="/guide/packages/{MATTER.code}"' in shown
    assert "等大厅处理" in matter.village.opens(f"/guide/packages/{MATTER.code}").text

    matter.carries()

    report_id = sent.location.rpartition("/")[2]
    desk = html.unescape(matter.hall.opens(f"{DESK}/{report_id}").text)
    assert desk.count(FIRST[1].name) >= 2, "as the station saw it, and as it is in force"
    assert "没有这个事项" in desk, "the draft of this hall is empty"


def test_the_version_in_which_the_package_changed_closes_its_report(matter: Town) -> None:
    ids = [matter.arrives(fault=one, code=MATTER.code) for one in (FAULT, Fault("limit", "没写"))]
    for report_id in ids:
        matter.decides(report_id, Verdict.TAKEN_UP)

    without = Package.from_dict({**MATTER.to_dict(), "members": [CODE]})
    matter.publishes(*FIRST, without)

    assert [matter.state(one) for one in ids] == [State.MENDED, State.TAKEN_UP]
    limited = Package.from_dict({**without.to_dict(), "limit": {"value": 5, "unit": "workday"}})
    matter.publishes(*FIRST, limited)
    assert matter.state(ids[1]) is State.MENDED


def test_a_package_that_is_gone_leaves_its_reports_readable(matter: Town) -> None:
    report_id = matter.arrives(fault=FAULT, code=MATTER.code)
    matter.publishes(item(), item(PASS_CARD))
    matter.takes_catalog()

    page = matter.village.opens(f"/corrections/{report_id}")
    assert page.status_code == 200 and "打开现在的指南" not in page.text
    assert "多半已经移出" in matter.hall.opens(f"{DESK}/{report_id}").text


def test_a_report_about_what_left_the_catalog_is_closed_and_says_so(matter: Town) -> None:
    report_id = matter.arrives(fault=FAULT, code=MATTER.code)
    matter.decides(report_id, Verdict.TAKEN_UP)
    matter.publishes(*FIRST)
    matter.carries()

    row = matter.row(report_id, matter.village)
    assert (row.state, row.answer) == (State.MENDED, "这一版起，目录里没有它了。")
