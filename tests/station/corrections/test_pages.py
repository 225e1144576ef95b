"""The pages of both sides: what a clerk is asked and told, what an editor sees beside it."""

import re

import pytest

from station.audit import AuditLine
from station.corrections.letters import SAID_LENGTH_MAX, State, Verdict
from station.corrections.mail import REPORTS_A_DAY_MAX
from station.corrections.service import Fault
from station.version import program_version
from tests.station.cases.samples import OLD_WOMAN
from tests.station.cases.world import ALLOWANCE, PASS_CARD, item
from tests.station.corrections.town import CODE, ID_CARD, Town, sends_form

HOSTILE = '<script>alert("1")</script>%s{{ 7*7 }}'
DESK = "/publishing/corrections"
MENDED = item(materials=[{**ALLOWANCE["materials"][0], "copies": 0}, *ALLOWANCE["materials"][1:]])


@pytest.fixture(autouse=True)
def _people(town: Town) -> None:
    town.sits_down()


def test_the_form_offers_each_material_limit_and_address_of_the_item(town: Town) -> None:
    page = town.village.opens(f"/corrections/new?item={CODE}&element=phone").text

    for label in (
        "材料：居民身份证",
        "材料清单（少列了或多列了）",
        "承诺办结时限",
        "收费",
        "办理地点",
        "其他",
    ):
        assert f">{label}</option>" in page
    assert '<option value="phone" selected>' in page
    assert "不要写群众的姓名、证件号、电话和住址" in page


def test_a_report_is_kept_and_stands_at_the_item_and_in_the_list(town: Town) -> None:
    sent = sends_form(town.village)

    assert sent.status_code == 302
    for path in (sent.location, f"/guide/items/{CODE}", "/corrections/"):
        page = town.village.opens(path).text
        assert "材料：居民身份证" in page
        assert "等大厅处理" in page


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"said": ""}, "请填写哪里不对"),
        ({"element": ""}, "请选择哪一处不对"),
        ({"element": "materials.of-another"}, "请选择哪一处不对"),
        ({"said": "长" * (SAID_LENGTH_MAX + 1)}, f"最多 {SAID_LENGTH_MAX} 个字"),
        ({"said": "看不见\u2028的字"}, "看不见的控制字符"),
        ({"practice": f"李某 {OLD_WOMAN} 就没交"}, "请去掉实际怎么办里的身份证号码"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field_and_nothing_is_kept(
    town: Town, given: dict[str, str], told: str
) -> None:
    answer = sends_form(town.village, **given)

    assert answer.status_code == 422
    assert told in answer.text
    assert f'href="#{next(iter(given))}"' in answer.text
    assert town.count(town.village) == 0


def test_a_form_sent_twice_leads_to_the_same_report(town: Town) -> None:
    sent = [sends_form(town.village, report="ab" * 16).location for _ in range(2)]

    assert sent[0] == sent[1]
    assert town.count(town.village) == 1


def test_the_day_that_is_full_says_so_on_the_form_and_refuses(town: Town) -> None:
    for _ in range(REPORTS_A_DAY_MAX):
        town.reports()

    assert "请明天再报" in town.village.opens(f"/corrections/new?item={CODE}").text
    assert sends_form(town.village).status_code == 429


def test_hostile_words_are_shown_as_words_on_both_sides(town: Town) -> None:
    report_id = town.arrives(fault=Fault(ID_CARD, HOSTILE, HOSTILE))
    town.decides(report_id, Verdict.ASKED, HOSTILE)
    town.carries()

    pages = [
        town.village.opens(path).text
        for path in (f"/corrections/{report_id}", "/corrections/?whose=all", f"/guide/items/{CODE}")
    ]
    pages += [town.hall.opens(path).text for path in (f"{DESK}/{report_id}", f"{DESK}/?group=all")]
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert "49" not in re.findall(r"&lt;/script&gt;%s(.{0,6})", page)[0]


def test_the_window_is_told_how_many_questions_wait(town: Town) -> None:
    report_id = town.arrives()
    town.decides(report_id, Verdict.ASKED, "哪个部门说的？")
    town.carries()

    assert "大厅问了 1 条" in town.village.opens("/guide/").text
    page = town.village.opens(f"/corrections/{report_id}").text
    assert "哪个部门说的？" in page
    refused = town.village.sends(f"/corrections/{report_id}/reply", said=" ")
    assert (refused.status_code, "请填写补充说明" in refused.text) == (422, True)
    answered = town.village.sends(f"/corrections/{report_id}/reply", said="民政所电话通知")
    assert answered.status_code == 302
    assert "大厅问了" not in town.village.opens("/guide/").text
    town.carries()
    assert "民政所电话通知" in town.hall.opens(f"{DESK}/{report_id}").text


def test_the_station_reads_which_version_mends_it_and_when_it_is_here(town: Town) -> None:
    report_id = town.arrives()
    town.decides(report_id, Verdict.TAKEN_UP, "下一版改")
    town.publishes(MENDED, item(PASS_CARD))
    town.carries()

    path = f"/corrections/{report_id}"
    assert f"第 {town.version} 版改正，本站还没收到这一版" in town.village.opens(path).text
    town.takes_catalog()
    assert f"已在第 {town.version} 版改正" in town.village.opens(f"/guide/items/{CODE}").text


def test_the_editor_finds_reports_by_group_item_and_station(town: Town) -> None:
    report_id = town.arrives()
    town.arrives(town.other)

    page = town.hall.opens(f"{DESK}/").text
    assert page.count("2 个站") == 2
    assert f"<span>一门驿站 {program_version()}</span>" in town.hall.opens(f"{DESK}/{report_id}").text
    for words, found in (("津贴", 2), ("示范村", 2), ("%", 0), (CODE[:6], 2), ("护照", 0)):
        assert town.hall.opens(f"{DESK}/?q={words}").text.count(">处理<") == found
    town.decides(report_id, Verdict.TAKEN_UP)
    assert town.hall.opens(f"{DESK}/?group=taken_up").text.count(">查看<") == 1
    assert town.hall.opens(f"{DESK}/?group=nonsense").text.count(">处理<") == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "请选择怎样处理"),
        ({"verdict": "eaten"}, "请选择怎样处理"),
        ({"verdict": "refused"}, "请填写给站点的话"),
        ({"verdict": "asked", "said": " "}, "请填写给站点的话"),
        ({"verdict": "duplicate"}, "请选出与哪一条相同"),
    ],
)
def test_a_decision_that_lacks_something_is_told_at_its_field(
    town: Town, given: dict[str, str], told: str
) -> None:
    report_id = town.arrives()

    answer = town.hall.sends(f"{DESK}/{report_id}", seen="0", **given)

    assert (answer.status_code, told in answer.text) == (422, True)
    assert town.state(report_id) is State.OPEN


def test_an_editor_decides_on_the_page_and_the_log_knows_it(town: Town) -> None:
    report_id = town.arrives()

    sent = town.hall.sends(f"{DESK}/{report_id}", verdict="refused", said="上级文件仍要求", seen="0")

    assert sent.status_code == 302
    assert town.state(report_id) is State.REFUSED
    with town.hall.node.using():
        last = AuditLine.select().order_by(AuditLine.number.desc()).first()
        assert (last.act, last.subject, last.account) == ("correction.refused", report_id, "editor")


def test_the_intake_leads_to_the_form_and_the_post_room_names_the_letter(town: Town) -> None:
    draft = town.village.sends("/intake/start", item=CODE).location
    page = town.village.opens(draft).text
    assert f'href="/corrections/new?item={CODE}" target="_blank"' in page

    town.reports()

    assert "报告指南有误" in town.village.opens("/mailroom/").text


@pytest.mark.parametrize(("who", "status"), [("reviewer", 403), ("editor", 200), ("boss", 403)])
def test_only_editors_and_publishers_see_the_inbox(town: Town, who: str, status: int) -> None:
    town.hall.signs_in(who)

    assert town.hall.opens(f"{DESK}/").status_code == status


def test_who_does_not_sit_at_a_window_cannot_report(town: Town) -> None:
    town.village.signs_in("boss")

    assert town.village.opens(f"/corrections/new?item={CODE}").status_code == 403
    assert town.village.opens("/corrections/").status_code == 403


def test_pages_about_nothing_say_so(town: Town) -> None:
    report_id = town.arrives()
    town.other.signs_in()

    assert town.village.opens("/corrections/new").status_code == 404
    assert town.village.opens("/corrections/new?item=NONE").status_code == 404
    assert town.village.opens(f"/corrections/{'0' * 32}").status_code == 404
    assert town.hall.opens(f"{DESK}/{'0' * 32}").status_code == 404
    assert town.other.opens(f"/corrections/{report_id}").status_code == 404
