"""A station opens and closes items at their dates by itself, and says why one is not open (#36)."""

from datetime import timedelta
from pathlib import Path

import pytest

from catalog_cache.pack import Withdrawal
from station.cases.models import Case
from tests.station.cases.samples import MORNING
from tests.station.cases.world import PASS_CARD, item, pack
from tests.station.intake.test_bulk import imported, line
from tests.station.intake.test_offline_for_a_year import days_go_by, text_of
from tests.station.intake.window import ALLOWANCE_CODE, Window

GUIDE = f"/guide/items/{ALLOWANCE_CODE}?q-{ALLOWANCE_CODE}-age=80"
TODAY = MORNING.date()


def has_item(window: Window, is_vouched: bool = True, **changed) -> None:
    """The next catalog brings the item with other dates; a hall has just vouched for the time, or not."""
    if is_vouched:
        window.counter.node.clock.attest(window.counter.time.at)
    window.counter.installation.catalog.install(pack(2, [item(**changed), item(PASS_CARD)]), MORNING)


def starts(window: Window):
    return window.counter.sends("/intake/start", {"item": [ALLOWANCE_CODE]})


def test_an_item_opens_on_its_first_day_without_any_news(fresh_window: Window) -> None:
    has_item(fresh_window, effective_on=str(TODAY + timedelta(days=10)))
    page = fresh_window.opens(GUIDE)
    assert "起办理，现在还不能收件" in page.text and "收件" not in [form.action for form in page.forms]
    refused = starts(fresh_window)
    assert refused.status_code == 403 and "今天不能收件" in refused.text

    days_go_by(fresh_window, 10)

    assert "现在还不能收件" not in fresh_window.opens(GUIDE).text
    assert fresh_window.takes_in()


def test_an_item_closes_on_its_last_day_says_why_and_where_to_go_instead(fresh_window: Window) -> None:
    end = TODAY + timedelta(days=5)
    told = {"closed_why": "政策到期", "instead": "镇便民服务中心 3 号窗口", "replaced_by": PASS_CARD["code"]}
    has_item(fresh_window, ends_on=str(end), **told)
    assert f"办到 {end - timedelta(days=1)} 为止" in fresh_window.opens(GUIDE).text
    token = fresh_window.comes_to("materials").address.split("/")[2]

    days_go_by(fresh_window, 5)

    page = fresh_window.opens(GUIDE)
    assert f"{end.day}日 起停办" in page.text and PASS_CARD["name"] in page.text
    assert "原因：政策到期。 请改到：镇便民服务中心 3 号窗口" in page.text
    assert "已停办" in fresh_window.finds("老人钱").text
    stopped = fresh_window.counter.sends(f"/intake/{token}/confirm")
    assert stopped.headers["Location"].endswith("/items")
    assert "政策到期" in text_of(fresh_window.counter.opens(GUIDE.replace("?", "/sheet.pdf?")).data)
    with fresh_window.counter.node.using():
        assert Case.select().count() == 0


def test_a_withdrawn_item_is_closed_whatever_the_clock_says(fresh_window: Window) -> None:
    has_item(fresh_window, status="withdrawn", closed_why="并入省级平台", instead="区政务服务中心")

    assert "这件事已经停用。原因：并入省级平台。" in fresh_window.opens(GUIDE).text
    refused = starts(fresh_window)
    assert "并入省级平台" in refused.text and "请改到：区政务服务中心" in refused.text


def test_a_power_handed_down_for_a_time_ends_with_its_last_day(fresh_window: Window) -> None:
    has_item(fresh_window, delegation={"by": "区民政局", "basis": "委托书", "until": str(TODAY)})
    assert starts(fresh_window).status_code == 302

    days_go_by(fresh_window, 1)

    assert "为止，现在只能咨询" in fresh_window.opens(GUIDE).text
    assert starts(fresh_window).status_code == 403


@pytest.mark.parametrize("changed", [{"effective_on": "2030-01-01"}, {"ends_on": "2030-01-01"}])
def test_a_clock_that_nobody_vouches_for_opens_nothing_in_2036(fresh_window: Window, changed) -> None:
    has_item(fresh_window, is_vouched=False, **changed)
    days_go_by(fresh_window, 3650)

    page = fresh_window.opens(GUIDE)
    assert "本机时间没有核对，按稳妥的一天算" in page.text
    assert starts(fresh_window).status_code == 403


def test_paper_forms_of_an_item_that_is_not_open_yet_are_refused_by_line(
    fresh_window: Window, tmp_path: Path
) -> None:
    has_item(fresh_window, effective_on=str(TODAY + timedelta(days=10)))

    [report] = imported(fresh_window, tmp_path, line())

    assert "今天不能收件" in report.error and "起办理" in report.error


def test_a_trial_says_so(fresh_window: Window) -> None:
    has_item(fresh_window, status="trial")

    assert " · 试行" in fresh_window.opens(GUIDE).text
    assert starts(fresh_window).status_code == 302


def test_a_version_that_takes_another_back_says_so_on_the_first_page_and_the_strip(
    fresh_window: Window,
) -> None:
    told = Withdrawal(version=2, restores=1, reason="第 2 版把材料写错了")
    data = pack(3, [item(), item(PASS_CARD)], withdrawal=told)
    fresh_window.counter.installation.catalog.install(data, MORNING)

    page = fresh_window.opens("/guide/").text
    assert "撤回了第 2 版，恢复第 1 版的内容。原因：第 2 版把材料写错了" in page
    assert "（撤回第 2 版）" in fresh_window.opens(GUIDE).text
