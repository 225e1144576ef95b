"""A file of items at the hall: faults by cell, changes shown first, progress, and nothing by halves."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from catalog_cache.exchange.importers import Progress, read_bytes, read_table
from station.hall.importing import service
from station.hall.importing.errors import ImportGone
from station.hall.importing.service import TableImport
from station.hall.leftovers import IMPORTS
from station.hall.publishing.models import DraftEntry
from tests.catalog_cache.books import HEADS, LINE, book, line
from tests.station.publishing_desk import ITEMS, PublishingDesk
from tests.tools.counter import Counter
from tests.tools.make_items import make_items


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    return PublishingDesk(hall, tmp_path)


def codes_in_draft(desk: PublishingDesk) -> set[str]:
    with desk.hall.node.using():
        return {row.code for row in DraftEntry.select()}


def as_json(*changes: dict[str, object]) -> bytes:
    items = [item.to_dict() | change for item, change in zip(ITEMS, changes, strict=False)]
    return json.dumps(items, ensure_ascii=False).encode()


class Stopped(Exception):
    """The power went."""


def test_a_workbook_with_a_bad_cell_is_refused_with_sheet_row_head_and_cell(desk):
    answer = desk.uploads(book(line(*HEADS), line(*LINE[:4], "十天"), name="事项"), "items.xlsx")

    assert answer.status_code == 422
    for told in ("事项", "承诺时限", "E2", "“十天”不是整数", "没有导入任何内容"):
        assert told in answer.text
    assert codes_in_draft(desk) == set()


def test_a_workbook_without_faults_is_taken_at_once(desk):
    answer = desk.uploads(book(line(*HEADS), line(*LINE), name="事项"), "items.xlsx")

    assert answer.status_code == 302 and len(codes_in_draft(desk)) == 1


def test_changes_are_shown_first_and_taken_only_when_somebody_says_so(desk):
    desk.imports(ITEMS[:2])
    page = desk.uploads(as_json({}, {"phone": "0751-7654321"}, {}), "items.json", preview="1")

    assert page.status_code == 200
    assert "新增 1 项，改动 1 项，移出 0 项，相同 1 项" in page.text
    assert "咨询电话" in page.text and "0751-7654321" in page.text
    assert len(codes_in_draft(desk)) == 2
    name = page.text.split("/publishing/import/")[1].split("/")[0]
    assert desk.sends(f"import/{name}/take").status_code == 302
    assert len(codes_in_draft(desk)) == 3
    assert desk.hall.opens(f"/publishing/import/{name}").status_code == 404


def test_a_preview_can_be_dropped_and_leaves_nothing(desk):
    page = desk.uploads(as_json({}), "items.json", preview="1")
    name = page.text.split("/publishing/import/")[1].split("/")[0]

    assert desk.sends(f"import/{name}/drop").status_code == 302
    assert codes_in_draft(desk) == set()
    assert not any((desk.hall.node.settings.data_folder / IMPORTS).iterdir())


def test_a_whole_catalog_shows_what_would_leave(desk):
    desk.imports(ITEMS[:3])
    page = desk.uploads(as_json({}), "items.json", preview="1", whole="1")

    assert "移出 2 项，相同 1 项" in page.text and ITEMS[2].name in page.text


def test_a_file_that_is_no_table_is_told_at_the_field(desk):
    answer = desk.uploads(b"%PDF-1.7", "a.pdf")

    assert answer.status_code == 422 and "这是 PDF 文件" in answer.text


def test_an_interrupted_reading_shows_its_page_and_goes_on(desk):
    data_folder = desk.hall.node.settings.data_folder
    one = TableImport.begin(data_folder, as_json({}))

    assert "接着读" in desk.opens(f"import/{one.name}")
    assert desk.sends(f"import/{one.name}/go").status_code == 302
    desk.hall.node.imports.current.wait(20)
    assert "导入前的比较" in desk.opens(f"import/{one.name}")
    assert desk.hall.opens(f"/publishing/import/{one.name}/figures").json == {"is_over": True}


def test_checking_goes_on_where_it_was_stopped(hall, tmp_path):
    data = json.dumps([item.to_dict() for item in make_items(450)], ensure_ascii=False).encode()
    told: list[Progress] = []

    def stops(progress: Progress) -> None:
        told.append(progress)
        if progress.stage == "checking" and progress.done >= 200:
            raise Stopped

    with pytest.raises(Stopped):
        TableImport.begin(tmp_path, data).read(stops)
    later: list[Progress] = []
    TableImport.begin(tmp_path, data).read(later.append)

    assert [p.done for p in later] == [300, 400, 450, 450] and later[-1].stage == "done"
    assert told[-1] == Progress("checking", 200, 450)


def test_the_oldest_files_make_room_and_an_unknown_name_is_refused(tmp_path):
    names = [TableImport.begin(tmp_path, f"[{number}]".encode()).name for number in range(6)]

    assert len(list((tmp_path / IMPORTS).iterdir())) == service.KEPT_MAX
    assert TableImport(tmp_path, names[-1]).name == names[-1]
    for name in (names[0], "../../etc", "x" * 32):
        with pytest.raises(ImportGone):
            TableImport(tmp_path, name)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_the_draft_goes_out_as_a_file_that_changes_nothing_when_it_comes_back(desk, ending):
    desk.imports(ITEMS)
    answer = desk.hall.opens(f"/publishing/import/table.{ending}")
    page = desk.uploads(answer.data, f"a.{ending}", preview="1", whole="1")

    assert len(read_bytes(answer.data).items) == len(ITEMS)
    assert f"新增 0 项，改动 0 项，移出 0 项，相同 {len(ITEMS)} 项" in page.text


def test_only_the_desk_comes_in(desk):
    desk.hall.adds("clerk", "窗口示例")
    desk.signs_in("clerk")

    assert desk.hall.opens("/publishing/import").status_code == 403


def test_an_export_of_the_desk_reads_as_a_table_file(desk, tmp_path):
    desk.imports(ITEMS)
    path = tmp_path / "a.xlsx"
    path.write_bytes(desk.hall.opens("/publishing/import/table.xlsx").data)

    assert {item.code for item in read_table(path).items} == {item.code for item in ITEMS}


def test_a_button_pressed_twice_imports_once_and_the_second_press_says_so(desk):
    """A large file takes seconds; the second press must not tell that everything was there already."""
    page = desk.uploads(as_json({}), "items.json", preview="1")
    name = page.text.split("/publishing/import/")[1].split("/")[0]
    node = desk.hall.node
    pressed = threading.Barrier(2)

    def presses(_):
        with node.using():
            one = TableImport(node.settings.data_folder, name)
            pressed.wait()
            try:
                return one.take(by="editor", now=desk.hall.time.at).added
            except ImportGone as gone:
                return gone.why

    with ThreadPoolExecutor(2) as people:
        told = list(people.map(presses, range(2)))
    assert sorted(told, key=str) == [1, ImportGone().why]
