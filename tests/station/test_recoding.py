"""A typo in a code is put right before the first signature, with everything that names it; then never."""

from dataclasses import replace
from datetime import date

import pytest

from catalog_cache.model import Duty, DutyRole, Package, Stage
from station.audit import AuditLine
from station.database import AnyDatabase
from station.hall.publishing import draft, recoding, towns
from station.hall.publishing.errors import CodeLocked, CodeTaken, EntryChanged
from station.hall.publishing.findings import Findings
from station.hall.publishing.models import DraftEntry, TownLine
from station.hall.versions import duties
from station.hall.versions.agenda import tasks
from tests.station.publishing_desk import ITEMS, PublishingDesk
from tests.tools.counter import START, Counter

FIRST, SECOND, THIRD = ITEMS[:3]
NEW = "442099003999"
QUJIANG = "440205000000"
DUTY = Duty(office="民政局", role=next(iter(DutyRole)), task="录入", due_on=date(2026, 12, 1))
PACKAGE = Package(
    code="P900",
    kind="package",
    name="一件事",
    lead="民政局",
    members=(FIRST.code, SECOND.code),
    voluntary=(FIRST.code,),
    stages=(Stage(name="一", members=(SECOND.code,)), Stage(name="二", members=(FIRST.code,))),
)


def take(*entries: draft.Entry) -> None:
    draft.take_entries(entries, is_whole=False, by="editor", now=START)


def mend(code: str = FIRST.code, new: str = NEW) -> DraftEntry:
    seen = draft.entry_row(code).sha256
    return recoding.change_code(code, new, seen, by="editor", now=START)


def entry(code: str) -> draft.Entry:
    return draft.read(draft.entry_row(code).record)


def test_whatever_names_the_item_follows_its_new_code(database: AnyDatabase):
    related = replace(SECOND, related=(THIRD.code, FIRST.code), prerequisites=(FIRST.code,))
    closed = replace(THIRD, replaced_by=FIRST.code, closed_why=f"并入 {FIRST.code}")
    take(replace(FIRST, duties=(DUTY,)), related, closed, PACKAGE)
    towns.say("440205100000", FIRST.code, towns.Says(is_on=True), by="editor", now=START)
    [task] = tasks({FIRST.code: entry(FIRST.code)}, START.date(), {})
    duties.call_done(task, by="editor", now=START)
    before = [one for one in Findings(QUJIANG).every() if one.code != FIRST.code]

    mend()

    assert entry(NEW) == replace(FIRST, code=NEW, duties=(DUTY,))
    assert entry(SECOND.code) == replace(related, related=(THIRD.code, NEW), prerequisites=(NEW,))
    assert entry(THIRD.code) == replace(closed, replaced_by=NEW)
    assert entry("P900") == replace(
        PACKAGE,
        members=(NEW, SECOND.code),
        voluntary=(NEW,),
        stages=(PACKAGE.stages[0], Stage(name="二", members=(NEW,))),
    )
    assert [line.code for line in TownLine.select()] == [NEW]
    [task] = tasks({NEW: entry(NEW)}, START.date(), duties.marks())
    assert task.mark is not None
    assert not DraftEntry.select().where(DraftEntry.code == FIRST.code).exists()
    assert [one for one in Findings(QUJIANG).every() if one.code != NEW] == before
    last = AuditLine.select().order_by(AuditLine.number.desc()).first()
    assert (last.act, last.subject) == ("catalog.recoded", NEW)


def test_a_code_that_was_signed_stays_and_the_refusal_says_what_to_do(database: AnyDatabase):
    take(FIRST)
    draft.settle([FIRST], now=START)

    with pytest.raises(CodeLocked, match="替代事项"):
        mend()
    assert draft.contents()[0] == [FIRST]


def test_a_code_of_another_entry_or_a_page_that_is_out_of_date_is_refused(database: AnyDatabase):
    take(FIRST, SECOND)
    with pytest.raises(CodeTaken, match=SECOND.name):
        mend(new=SECOND.code)
    seen = draft.entry_row(FIRST.code).sha256
    take(replace(FIRST, phone="0751-1"))
    with pytest.raises(EntryChanged):
        recoding.change_code(FIRST.code, NEW, seen, by="editor", now=START)
    assert len(draft.contents()[0]) == 2


def test_what_is_taken_out_while_a_version_goes_out_stands_as_removed_afterwards(database: AnyDatabase):
    """Else it would be in force and nobody could see that the next version lacks it."""
    take(FIRST, SECOND)
    draft.remove_entry(FIRST.code, by="editor", now=START)

    draft.settle([FIRST, SECOND], now=START)

    assert draft.counts() == draft.Counts(entries=1, added=0, changed=0, removed=1)
    draft.put_back(FIRST.code, by="editor", now=START)
    assert not draft.counts().is_changed


def test_the_page_of_an_item_mends_its_code_or_says_why_not(hall: Counter, tmp_path):
    desk = PublishingDesk(hall, tmp_path)
    desk.imports([FIRST, SECOND])
    page = desk.opens(f"entries/{FIRST.code}")
    assert "还没有签发过，写错了可以改" in page
    with hall.node.using():
        seen = draft.entry_row(FIRST.code).sha256

    wrong = desk.sends(f"entries/{FIRST.code}/code", **{"new-code": "第一", "seen": seen})
    assert wrong.status_code == 422 and 'id="new-code-error"' in wrong.text and 'value="第一"' in wrong.text
    mended = desk.sends(f"entries/{FIRST.code}/code", **{"new-code": f" {NEW} ", "seen": seen})
    assert mended.location.endswith(f"/entries/{NEW}")
    assert "编码已改为" in desk.opens(f"entries/{NEW}")

    desk.has_keys_and_publishes()
    page = desk.opens(f"entries/{NEW}")
    assert "不能再改" in page and 'name="new-code"' not in page
    refused = desk.sends(f"entries/{NEW}/code", **{"new-code": FIRST.code, "seen": seen})
    assert refused.status_code == 409
