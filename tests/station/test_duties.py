"""Who does what by when is ticked off by name, taken off again, and stands in the log."""

import html
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from catalog_cache.model import Duty, DutyRole, Item
from station.audit import AuditLine
from station.database import AnyDatabase
from station.hall.publishing import draft
from station.hall.versions import agenda, duties
from station.hall.versions.models import DutyMark
from station.hall.versions.views import TASKS_SHOWN
from sync.rows import using
from tests.station.publishing_desk import ITEMS, PublishingDesk
from tests.tools.counter import START, Counter

ITEM, SECOND = ITEMS[:2]
CHECK = Duty(office="民政局", role=DutyRole.LEAD, task="核对材料", due_on=date(2026, 1, 5))
TRAIN = Duty(office="人社局", task="培训窗口")


@pytest.fixture(scope="module")
def standing_desk(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("duties")
    hall = Counter(folder / "hall", level="county", division="440205000000")
    desk = PublishingDesk(hall, folder)
    desk.imports([ITEM, SECOND])
    yield desk
    hall.closes()


@pytest.fixture
def desk(standing_desk: PublishingDesk) -> PublishingDesk:
    """An editor at a draft with one item, on which two offices have something to do; nothing is done."""
    with standing_desk.hall.node.using():
        DutyMark.delete().execute()
    standing_desk.signs_in("editor")
    has_duties(standing_desk, CHECK, TRAIN)
    has_duties(standing_desk, item=SECOND)
    return standing_desk


def has_duties(desk: PublishingDesk, *given: Duty, item: Item = ITEM) -> None:
    with desk.hall.node.using():
        row = draft.entry_row(item.code)
        entry = draft.read(row.record)
        assert isinstance(entry, Item)
        draft.save_entry(replace(entry, duties=given), row.sha256, by="editor", now=desk.hall.time.at)


def table(desk: PublishingDesk, **narrowed: str) -> str:
    """The rows of the list."""
    wanted = "&".join(f"{name}={value}" for name, value in narrowed.items())
    page = html.unescape(desk.opens(f"agenda?{wanted}"))
    return page.partition('id="tasks"')[2].partition("<tbody>")[2].partition("</tbody>")[0]


def key_of(duty: Duty) -> str:
    return agenda.key_of(ITEM.code, duty)


def presses(desk: PublishingDesk, act: str, duty: Duty = CHECK, **kept: str):
    return desk.sends(f"agenda/tasks/{key_of(duty)}/{act}", **kept)


def acts(desk: PublishingDesk) -> list[tuple[str, str, str]]:
    with desk.hall.node.using():
        lines = AuditLine.select().where(AuditLine.act.startswith("duty.")).order_by(AuditLine.number)
        return [(line.act, line.account, line.subject) for line in lines]


def test_a_line_is_called_done_by_name_and_leaves_the_list_of_what_is_open(desk: PublishingDesk) -> None:
    assert "已过" in table(desk)
    answer = presses(desk, "done", office="民政局", show="open")

    assert answer.status_code == 302 and answer.location.endswith("#tasks")
    assert "show=open" in answer.location
    assert "核对材料" not in table(desk) and "培训窗口" in table(desk)
    done = table(desk, show="done")
    assert "核对材料" in done and "已完成" in done and "编辑示例" in done
    assert "已过" not in done, "what is done is late no more"
    assert table(desk, show="all").count("<tr>") == 2


def test_anybody_at_the_desk_takes_a_mark_off_again_and_the_log_keeps_both(desk: PublishingDesk) -> None:
    before = len(acts(desk))
    presses(desk, "done")
    desk.signs_in("publisher")
    assert presses(desk, "undo").status_code == 302

    assert "核对材料" in table(desk)
    assert acts(desk)[before:] == [
        ("duty.done", "editor", ITEM.code),
        ("duty.undone", "publisher", ITEM.code),
    ]


def test_the_second_press_changes_neither_name_nor_log(desk: PublishingDesk) -> None:
    presses(desk, "done")
    before = acts(desk)
    desk.signs_in("publisher")

    assert presses(desk, "done").status_code == 302
    assert "别人已经标过" in html.unescape(desk.opens("agenda"))
    assert "编辑示例" in table(desk, show="done")
    presses(desk, "undo", TRAIN)
    assert acts(desk) == before


def test_a_line_with_other_words_or_another_day_is_to_be_done_again(desk: PublishingDesk) -> None:
    presses(desk, "done")
    has_duties(desk, replace(CHECK, due_on=date(2027, 1, 5)), TRAIN)

    assert "2027-01-05" in table(desk)
    gone = presses(desk, "done")
    assert gone.status_code == 409 and "刚被改过或删去了" in gone.text
    has_duties(desk, CHECK, TRAIN)
    assert "核对材料" not in table(desk), "the very line that was done is back"


def test_a_long_list_is_read_page_by_page(desk: PublishingDesk) -> None:
    many = [Duty(office="民政局", task=f"任务{number:03d}") for number in range(TASKS_SHOWN + 5)]
    has_duties(desk, *many[:40])
    has_duties(desk, *many[40:], item=SECOND)

    assert table(desk).count("<tr>") == TASKS_SHOWN
    assert table(desk, page="2").count("<tr>") == 5
    assert table(desk, page="999") == table(desk, page="2")


@pytest.mark.parametrize(("account", "status"), [("reviewer", 403), ("boss", 403), ("publisher", 302)])
def test_only_the_desk_ticks_off(desk: PublishingDesk, account: str, status: int) -> None:
    desk.signs_in(account)

    assert presses(desk, "done").status_code == status


def test_a_press_without_the_forms_token_is_refused(desk: PublishingDesk) -> None:
    answer = desk.hall.browser.post(f"/publishing/agenda/tasks/{key_of(CHECK)}/done")

    assert answer.status_code in (400, 403)
    assert "核对材料" in table(desk)


def test_marks_are_the_same_on_both_databases(database: AnyDatabase, tmp_path: Path) -> None:
    with using(database):
        [task] = agenda.tasks({ITEM.code: replace(ITEM, duties=(CHECK,))}, date(2026, 2, 1), {})
        assert task.is_late
        assert duties.call_done(task, by="editor", now=START)
        assert not duties.call_done(task, by="publisher", now=START)
        [mark] = duties.marks().values()
        assert (mark.done_by, mark.done_at) == ("editor", START)
        assert duties.take_off(task, by="publisher", now=START)
        assert not duties.take_off(task, by="publisher", now=START)
        assert [line.act for line in AuditLine.select().order_by(AuditLine.number)] == [
            "duty.done",
            "duty.undone",
        ]
