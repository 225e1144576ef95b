"""Steps 1 and 5: a change is imported or typed, checked, approved by a second person, and signed."""

import json

from catalog_cache.demonstration import demonstration_items
from station.demo.plan import COUNTY
from tests.browser.town import Town
from tests.browser.visitor import Visitor
from tests.catalog_cache.books import HEADS, LINE, book, line, row
from tests.catalog_cache.books import text as cell
from tests.tools.notice import notice

ITEM = "442099003001"
ITEM_NAME = "高龄老人津贴申请"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PLANTED = book(
    line(*HEADS),
    line(*LINE[:4], "十天"),
    row(*map(cell, LINE[:4]), "<c><f>1+1</f></c>"),
    name="事项",
)
"""A workbook with a word where a number belongs, and a formula."""


def changed_table(promised_days: int) -> bytes:
    """A table with one item whose promise is another."""
    item = next(item for item in demonstration_items() if item.code == ITEM).to_dict()
    item["promised"]["value"] = promised_days
    return json.dumps({"items": [item]}, ensure_ascii=False).encode()


def imports_a_table(editor: Visitor, promised_days: int) -> None:
    """Nothing, then a workbook with two bad cells, then a good table; only the last changes the draft."""
    editor.opens("/publishing/import")
    editor.presses("导入")
    editor.reads("请选择一个 xlsx、CSV 或 JSON 文件")
    editor.attaches("table", "坏表.xlsx", XLSX, PLANTED)
    editor.presses("导入")
    editor.reads("没有导入任何内容")
    editor.reads("E2")
    editor.reads("是公式")
    editor.attaches("table", "改动.json", "application/json", changed_table(promised_days))
    editor.presses("导入")
    editor.reads("改动 1 项")
    editor.shows("publishing")


def changes_one_phone(editor: Visitor, phone: str) -> None:
    """The same by hand: one field of one item; a wrong value is told at its field first."""
    editor.opens(f"/publishing/entries/{ITEM}")
    editor.types("visits", "两次")
    editor.presses("保存")
    assert editor.page.locator("[id='visits'][aria-invalid]").count() == 1
    editor.types("visits", "1")
    editor.types("phone", phone)
    editor.presses("保存")
    editor.reads("已保存")


def enters_the_holidays(editor: Visitor) -> None:
    """The State Council's notice, first with a slip and a holiday forgotten, then as it is."""
    editor.opens("/publishing/holidays/")
    editor.opens("/publishing/holidays/2027")
    for field, text in notice(holidays__1__last="2月1日", holidays__4__first="").items():
        if field != "seen":
            editor.types(field, text)
    editor.presses("保存")
    editor.reads("早于放假第一天")
    editor.reads("缺少端午节")
    editor.types("holidays-1-last", "2月11日（周四）")
    editor.types("holidays-4-first", "6月9日（周三）")
    editor.presses("保存")
    editor.reads("已保存 2027 年的放假安排")


def reads_the_findings(editor: Visitor) -> None:
    """What lint has to say of the whole draft."""
    editor.opens("/publishing/lint")
    editor.reads("必改 0")


def goes_back_to(editor: Visitor, version: int, reason: str) -> None:
    """The draft becomes what an earlier version said; the reason is asked for."""
    editor.opens("/publishing/history")
    editor.follows(f"恢复这一版 {version}")
    editor.presses(f"把草稿换成第 {version} 版")
    editor.reads("请填写撤回原因")
    editor.types("reason", reason)
    editor.presses(f"把草稿换成第 {version} 版")
    editor.reads("请送审、签发")


def sends_to_review(editor: Visitor, note: str) -> None:
    """The difference in words, and off to a colleague; one's own draft cannot be approved."""
    editor.opens("/publishing/diff")
    editor.reads(ITEM_NAME)
    editor.opens("/publishing/")
    editor.types("note", note)
    editor.presses("送审")
    editor.reads("等待审核")
    assert editor.page.get_by_role("button", name="审核通过").count() == 0


def approves(publisher: Visitor) -> None:
    """A second person reads the difference; sending back wants a reason."""
    publisher.opens("/publishing/")
    publisher.follows("打开送审")
    publisher.presses("退回")
    publisher.reads("请填写意见")
    publisher.presses("审核通过")
    publisher.reads("可以签发")


def signs(publisher: Visitor, passphrase: str, version: int) -> None:
    """The passphrase is asked for, checked, used once."""
    publisher.opens("/publishing/sign")
    publisher.presses("签名并发布")
    publisher.reads("请输入签名密钥的口令")
    publisher.types("passphrase", "不是这个口令")
    publisher.presses("签名并发布")
    assert publisher.page.locator("#passphrase[aria-invalid]").count() == 1
    publisher.types("passphrase", passphrase)
    publisher.presses("签名并发布")
    publisher.reads(f"第 {version} 版已签发")


def publishes(town: Town, version: int, change: str) -> None:
    """The whole way to a new version. change: "table" or the new phone number."""
    editor = town.visitor(COUNTY, "editor")
    if change == "table":
        imports_a_table(editor, promised_days=8)
        enters_the_holidays(editor)
        reads_the_findings(editor)
    else:
        changes_one_phone(editor, change)
    sends_to_review(editor, "窗口反映的改动")
    editor.leaves()
    _a_second_person_signs(town, version)


def takes_back(town: Town, version: int, restored: int, reason: str) -> None:
    """The last version was a mistake: what an earlier one said comes out again under a new number."""
    editor = town.visitor(COUNTY, "editor")
    goes_back_to(editor, restored, reason)
    sends_to_review(editor, reason)
    editor.leaves()
    _a_second_person_signs(town, version)


def _a_second_person_signs(town: Town, version: int) -> None:
    publisher = town.visitor(COUNTY, "publisher")
    approves(publisher)
    signs(publisher, town.county.county.passphrase, version)
    publisher.leaves()
