"""The desk's pages: a table is refused cell by cell, a form field by field, and a diff can be read."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from catalog_cache.demonstration import demonstration_packages
from catalog_cache.model import Status
from station.hall.publishing import draft
from station.hall.publishing.models import DraftEntry
from tests.station.publishing_desk import ITEMS, PublishingDesk
from tests.tools.counter import Counter

FIRST = ITEMS[0]
HEAD = "事项名称,事项类型,主题,行使层级,承诺时限\n"


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    return PublishingDesk(hall, tmp_path)


@pytest.fixture
def filled(desk: PublishingDesk) -> PublishingDesk:
    desk.imports(ITEMS)
    return desk


def codes(desk: PublishingDesk) -> set[str]:
    with desk.hall.node.using():
        return {row.code for row in DraftEntry.select()}


def form_of(desk: PublishingDesk, code: str) -> dict[str, str]:
    """What the page of an entry would send unchanged, read from the page."""
    page = desk.opens(f"entries/{code}")
    inputs = re.findall(r'<input id="([\w-]+)"[^>]*? value="([^"]*)"', page)
    areas = re.findall(r'<textarea id="([\w-]+)"[^>]*>(.*?)</textarea>', page, re.S)
    selects = re.findall(r'<select id="([\w-]+)".*?<option value="([^"]*)" selected', page, re.S)
    seen = re.findall(r'name="(seen)" value="(\w+)"', page)
    return dict([*inputs, *areas, *selects, *seen])


def saved(desk: PublishingDesk, code: str) -> object:
    with desk.hall.node.using():
        return draft.read(draft.entry_row(code).record)


def test_a_table_with_one_bad_cell_is_not_imported_at_all(desk: PublishingDesk):
    rows = "高龄津贴申请,行政给付,社会保障,村,5\n临时救助,行政给付,社会救助,村,很快\n"

    answer = desk.uploads((HEAD + rows).encode())

    assert answer.status_code == 422
    assert "没有导入任何内容" in answer.text
    place = r'<td class="num">3</td><td>承诺时限</td><td class="num">—</td>'
    row = re.search(place + "<td>(.*?)</td>", answer.text)
    assert row is not None and "不是整数" in row[1]
    assert codes(desk) == set()


def test_a_sound_table_arrives_and_says_what_it_did(desk: PublishingDesk):
    answer = desk.uploads((HEAD + "高龄津贴申请,行政给付,社会保障,村,5\n").encode())

    assert answer.status_code == 302
    page = desk.opens()
    assert "新增 1 项" in page and "高龄津贴申请" in page and "要素不全" in page


def test_the_corrupted_source_is_refused_with_its_places(desk: PublishingDesk):
    damaged = "高龄(gāo líng)津(jīn)贴(tiē)申(shēn)请(qǐng),行政给付,社会保障,村,5\n"

    answer = desk.uploads((HEAD + damaged).encode())

    assert answer.status_code == 422
    assert "损坏" in answer.text
    assert codes(desk) == set()


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01", b"PK\x03\x04xxxx", b"[1,2", b"[]", b"{}", "名称\n".encode("gbk")]
)
def test_a_file_that_is_no_table_is_refused_with_the_way_out(desk: PublishingDesk, data: bytes):
    answer = desk.uploads(data, "strange.bin")

    assert answer.status_code in (409, 422)
    assert codes(desk) == set()


def test_a_form_without_a_file_is_told_at_the_field(desk: PublishingDesk):
    answer = desk.sends("import")

    assert answer.status_code == 422
    assert 'href="#table"' in answer.text and 'aria-invalid="true"' in answer.text


def test_merging_keeps_what_the_table_does_not_name_and_replacing_takes_it_out(filled: PublishingDesk):
    other = replace(FIRST, code="442099999999")

    filled.imports([other])
    merged = codes(filled)
    filled.imports([other], whole="1")

    assert merged == {item.code for item in ITEMS} | {"442099999999"}
    assert codes(filled) == {"442099999999"}


def test_an_entry_is_shown_as_a_form_and_saving_it_unchanged_changes_nothing(filled: PublishingDesk):
    form = form_of(filled, FIRST.code)

    answer = filled.sends(f"entries/{FIRST.code}", **form)

    assert form["name"] == FIRST.name and form["materials-0-name"] == FIRST.materials[0].name
    assert answer.status_code == 302, answer.text
    assert saved(filled, FIRST.code) == FIRST


def test_plain_fields_and_materials_notes_are_edited(filled: PublishingDesk):
    changed = {
        "aliases": "老人钱\n尊老金\n",
        "promised-value": "3",
        "place": "新政务大楼一楼",
        "materials-0-notes": "用黑色签字笔填写",
        "materials-0-need": "tolerant",
    }
    filled.sends(f"entries/{FIRST.code}", **form_of(filled, FIRST.code) | changed)

    item = saved(filled, FIRST.code)
    assert item.aliases == ("老人钱", "尊老金")  # type: ignore[attr-defined]
    assert item.promised.value == 3  # type: ignore[attr-defined]
    assert item.place == "新政务大楼一楼"  # type: ignore[attr-defined]
    assert item.materials[0].notes == "用黑色签字笔填写"  # type: ignore[attr-defined]
    assert item.materials[1:] == FIRST.materials[1:]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "长" * 121),
        ("promised-value", "三天"),
        ("visits", "-1"),
        ("status", "gone"),
        ("agency-code", "123"),
        ("materials-0-name", ""),
        ("materials-0-copies", "1000"),
    ],
)
def test_a_field_that_does_not_fit_is_told_at_the_field_and_nothing_is_saved(
    filled: PublishingDesk, field: str, value: str
):
    answer = filled.sends(f"entries/{FIRST.code}", **form_of(filled, FIRST.code) | {field: value})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert saved(filled, FIRST.code) == FIRST


def test_what_was_typed_stays_on_the_page_when_it_is_refused(filled: PublishingDesk):
    form = form_of(filled, FIRST.code) | {"visits": "many", "place": "新政务大楼一楼"}

    answer = filled.sends(f"entries/{FIRST.code}", **form)

    assert 'value="many"' in answer.text and 'value="新政务大楼一楼"' in answer.text


def test_two_people_do_not_overwrite_each_other(filled: PublishingDesk):
    mine = form_of(filled, FIRST.code) | {"place": "甲"}
    filled.signs_in("publisher")
    filled.sends(f"entries/{FIRST.code}", **form_of(filled, FIRST.code) | {"place": "乙"})
    filled.signs_in("editor")

    answer = filled.sends(f"entries/{FIRST.code}", **mine)

    assert answer.status_code == 409
    assert "发布示例 保存了新的内容" in answer.text
    assert saved(filled, FIRST.code).place == "乙"  # type: ignore[attr-defined]


def test_a_limit_can_be_taken_away_and_a_word_on_the_spot_is_zero(filled: PublishingDesk):
    form = form_of(filled, FIRST.code) | {"statutory-value": "", "statutory-note": "", "promised-value": "0"}
    filled.sends(f"entries/{FIRST.code}", **form)

    item = saved(filled, FIRST.code)
    assert item.statutory is None and item.promised.value == 0  # type: ignore[attr-defined]


def test_a_package_has_its_own_form(desk: PublishingDesk):
    package = demonstration_packages()[0]
    desk.imports([package.to_dict()])
    form = form_of(desk, package.code) | {"lead": "区市场监管局"}

    assert desk.sends(f"entries/{package.code}", **form).status_code == 302
    assert saved(desk, package.code) == replace(package, lead="区市场监管局")


def test_lint_findings_lead_to_the_entry_and_to_its_field(filled: PublishingDesk):
    filled.imports(
        [
            replace(
                FIRST,
                phone="",
                materials=(replace(FIRST.materials[0], name="其他材料"), *FIRST.materials[1:]),
            )
        ]
    )

    page, entry = filled.opens("lint"), filled.opens(f"entries/{FIRST.code}")

    assert f'href="/publishing/entries/{FIRST.code}"' in page and "其他" in page
    own = f"/publishing/entries/{FIRST.code}"
    assert f'href="{own}#phone"' in page and f'href="{own}#materials-0-name"' in page
    assert 'href="#phone"' in entry and 'href="#materials-0-name"' in entry
    assert filled.sends("submit").status_code == 409


def test_an_unchanged_or_empty_draft_is_not_sent(desk: PublishingDesk):
    answer = desk.sends("submit")

    assert answer.status_code == 409
    assert "没有差别" in answer.text


def test_the_same_draft_is_not_sent_twice(filled: PublishingDesk):
    filled.sends("submit")

    assert filled.sends("submit").status_code == 409


def test_a_new_entry_can_be_taken_out_and_one_in_force_is_marked_first(filled: PublishingDesk):
    filled.has_keys_and_publishes()
    filled.sends(f"entries/{FIRST.code}/remove")
    marked = filled.opens("?show=removed")
    filled.sends(f"entries/{FIRST.code}/remove", back="1")

    assert FIRST.name in marked and "将移出" in marked
    assert FIRST.name not in filled.opens("?show=removed")
    with filled.hall.node.using():
        assert not draft.counts().is_changed


def test_a_removed_entry_is_gone_with_the_next_version(filled: PublishingDesk):
    filled.has_keys_and_publishes()
    filled.signs_in("editor")
    filled.sends(f"entries/{FIRST.code}/remove")
    filled.hall.time.passes(hours=1)
    filled.has_approval()
    filled.sends("sign", passphrase=filled.passphrase)

    catalog = filled.hall.node.catalog.current()
    assert catalog is not None and catalog.version == 2
    assert not catalog.has(FIRST.code)
    assert FIRST.code not in codes(filled)
    assert "移出" in filled.opens("history/2")


def test_the_diff_names_the_element_before_and_after(filled: PublishingDesk):
    filled.has_keys_and_publishes()
    filled.signs_in("editor")
    form = form_of(filled, FIRST.code) | {"materials-0-copies": "7", "phone": "0751-1234567"}
    filled.sends(f"entries/{FIRST.code}", **form)

    page = filled.opens("diff")

    assert f"申请材料“{FIRST.materials[0].name}”·复印件份数" in page
    assert f"<td>{FIRST.phone}</td><td>0751-1234567</td>" in page
    assert filled.opens(f"entries/{FIRST.code}").count("0751-1234567") >= 2


def test_the_list_is_filtered_by_words_and_by_state(filled: PublishingDesk):
    filled.imports([replace(ITEMS[1], status=Status.SUSPENDED)])

    assert ITEMS[1].name not in filled.opens(f"?q={FIRST.code}")
    assert ITEMS[1].name in filled.opens("?show=closed")
    assert FIRST.name not in filled.opens("?show=closed")
    assert "没有符合条件的事项" in filled.opens("?q=%25不存在")


def test_an_unknown_entry_review_or_version_is_told_in_chinese(filled: PublishingDesk):
    for path, status in (("entries/NOPE", 404), ("reviews/99", 409), ("history/99", 409)):
        answer = filled.hall.opens(f"/publishing/{path}")
        assert answer.status_code == status
        assert "请返回" in answer.text


def test_script_in_a_name_is_shown_as_text(filled: PublishingDesk):
    filled.imports([replace(FIRST, name="<script>alert(1)</script>")])

    for path in ("", "lint", "diff", f"entries/{FIRST.code}"):
        assert "<script>alert" not in filled.opens(path)


@pytest.mark.parametrize("path", ["", "import", "lint", "diff", "history", f"entries/{FIRST.code}"])
def test_each_page_has_one_heading_labels_for_its_controls_and_heads_for_its_tables(
    filled: PublishingDesk, path: str
):
    page = filled.opens(path)
    controls = re.findall(r'<(?:input|select|textarea) [^>]*?id="([\w-]+)"', page)

    assert len(re.findall("<h1", page)) == 1
    assert all(f'for="{control}"' in page for control in controls)
    assert page.count("<table>") == page.count("<caption")
    assert " style=" not in page and "<script" not in page and "onclick" not in page


def test_many_changes_are_reviewed_page_by_page_and_none_is_left_out(desk: PublishingDesk):
    many = [replace(FIRST, code=f"4420990{number:05}", name=f"示例事项{number:02}") for number in range(60)]
    desk.imports(many)
    sent = desk.sends("submit").location.removeprefix("/publishing/")

    for path in ("diff", sent):
        pages = [set(re.findall('id="e-([0-9]+)"', desk.opens(f"{path}?page={n}"))) for n in (1, 2)]
        assert [len(page) for page in pages] == [50, 10]
        assert pages[0] | pages[1] == {item.code for item in many}
    assert f'/preview/draft/440205000000/today/items/{many[0].code}">看全文' in desk.opens(sent)
