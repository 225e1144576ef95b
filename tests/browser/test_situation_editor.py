"""An editor finds a hole in a tree, jumps to the answer, fills it, and then what else is missing."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog_cache.demonstration import worked_items
from tests.browser.conftest import Arrives
from tests.browser.visitor import Visitor
from tests.station.publishing_desk import PublishingDesk
from tests.station.test_situation_editor import LICENCE, without_materials
from tests.tools.counter import Counter

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
HOLE = without_materials(LICENCE, 1, 1)
EVERYBODY = len(LICENCE.base_materials)
OTHER = replace(worked_items()[0], phone="")


def focused(editor: Visitor) -> str:
    return str(editor.page.evaluate("document.activeElement.id"))


def told_at_focus(editor: Visitor) -> str:
    """What a screen reader reads out beside the control that has the focus."""
    script = """() => (document.activeElement.getAttribute('aria-describedby') || '').split(' ')
        .map(id => (document.getElementById(id) || {}).innerText || '').join(' ')"""
    return str(editor.page.evaluate(script))


def test_a_hole_is_found_jumped_to_filled_and_the_draft_is_complete(tmp_path: Path, arrives: Arrives) -> None:
    hall = Counter(tmp_path / "hall", level="county", division="440205000000")
    desk = PublishingDesk(hall, tmp_path)
    desk.imports([HOLE, OTHER])
    editor = arrives(hall.app, "editor")
    editor.opens(f"/publishing/situations/{HOLE.code}")
    editor.reads("走到这里材料清单是空的")
    editor.follows("→个体工商户（字号）")
    assert focused(editor) == "questions-1-options-1-add"
    assert "走到这里材料清单是空的" in told_at_focus(editor)
    editor.page.keyboard.press("Space")
    with editor.page.expect_navigation():
        editor.page.locator("#questions-1-text").press("Enter")
    editor.arrives()
    editor.reads("用不上")
    editor.page.locator("summary").first.click()
    for box in editor.page.locator("[name=base_materials]").all()[:EVERYBODY]:
        box.check()
    editor.presses("保存", within="form[action$='/start']")
    editor.reads("18 种情形都有清单")
    editor.opens(f"/publishing/situations/{HOLE.code}/rehearsal")
    editor.page.get_by_label("经营者名称").check()
    editor.presses("下一步")
    editor.page.get_by_label("个体工商户（字号）").check()
    editor.presses("下一步")
    editor.reads("情形2：个体工商户字号变更")
    adds_a_question(editor)
    fills_what_is_missing(editor)
    editor.leaves()
    hall.closes()


def adds_a_question(editor: Visitor) -> None:
    """One more question is put behind an answer, wrongly at first, and taken away again."""
    editor.opens(f"/publishing/situations/{HOLE.code}/add?after=1.1")
    editor.presses("加上")
    assert editor.page.locator("#questions-7-text[aria-invalid]").count() == 1
    editor.types("questions-7-text", "字号在哪里登记？")
    editor.types("questions-7-options", "本县\n外县")
    editor.presses("加上")
    editor.reads("第 8 题")
    editor.presses("下移")
    assert focused(editor) == "questions-7-options-1-label"
    editor.ticks("sure")
    editor.presses("删除这一题")
    editor.reads("18 种情形都有清单")


def fills_what_is_missing(editor: Visitor) -> None:
    """From the lint page and the page of completeness to the very field; then both are clean."""
    editor.opens("/publishing/lint?show=error")
    editor.follows("去改")
    assert focused(editor) == "phone" and "缺少必备要素" in told_at_focus(editor)
    editor.opens("/publishing/completeness")
    editor.follows("咨询电话")
    assert focused(editor) == "phone"
    editor.types("phone", "0751-6666666")
    editor.presses("保存", within="main form[action*='/entries/']")
    editor.opens("/publishing/lint")
    editor.reads("必改 0")
    editor.opens("/publishing/completeness?sort=high")
    editor.reads("全部 100%")
    editor.opens("/publishing/")
    editor.reads("2 项的必备要素都齐了")
