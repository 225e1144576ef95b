"""Every finding leads to the control, the row of a list, or the answer where it is put right."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from catalog_cache.demonstration import demonstration_packages, worked_items
from catalog_cache.lint import Finding, lint
from catalog_cache.model import Item, Package
from catalog_cache.records import fields_of
from station.hall.publishing import draft, form_fields, forms
from station.hall.publishing.models import DraftEntry
from station.web import FieldErrors
from tests.station.publishing_desk import PublishingDesk
from tests.tools.catalogs import AGENCY, make_item
from tests.tools.counter import START, Counter

CARD = {"id": "id-card", "name": "居民身份证", "copies": 1, "basis": "户口登记条例"}
BOOK = {"id": "book", "name": "户口簿", "copies": 1, "basis": "户口登记条例"}
ASKED = [
    {"id": "who", "text": "谁来办？", "options": [{"value": "a", "label": "本人", "add": ["book"]}]},
    {"id": "alone", "text": "孤立？", "options": [{"value": "a", "label": "甲（jiǎ）"}]},
]
BOTH: dict[str, Any] = {"materials": [CARD, BOOK], "base_materials": ["id-card", "book"]}
FAULTS: dict[str, dict[str, Any]] = {
    "phone": {"phone": ""},
    "agency-name": {"agency": None},
    "agency-code": {"agency": {**AGENCY, "code": "1199999999990002XD"}},
    "promised-value": {"promised": {"value": 21, "unit": "workday"}},
    "promised-unit": {"promised": {"value": 10, "unit": "day"}},
    "statutory-value": {"statutory": None},
    "basis-0-law": {"basis": []},
    "object_kinds-1": {"object_kinds": []},
    "steps-0-name": {"steps": []},
    "fees-0-name": {"has_fee": True},
    "has_fee": {"fees": [{"name": "工本费", "standard": "10元"}]},
    "has_courier": {"has_courier": None},
    "conditions": {"conditions": ["符合法律规定的其他条件"]},
    "code": {"code": "L05123456789"},
    "base_code": {"code": "1199999999990002XC3442099003001", "base_code": "442099003002"},
    "materials-1-basis": BOTH | {"materials": [CARD, {**BOOK, "basis": ""}]},
    "materials-1-originals": BOTH | {"materials": [CARD, {**BOOK, "copies": 0}]},
    "materials-1-notes": BOTH | {"materials": [CARD, {**BOOK, "notes": "登記(dēng)"}]},
    "materials-1": BOTH | {"base_materials": ["id-card"]},
    "materials-0-name": {"materials": [], "base_materials": []},
    "form-1-options": {"form": [{"id": "a", "label": "甲"}, {"id": "b", "label": "乙", "kind": "choice"}]},
    "township-code": {"township": {"code": "900000000001", "name": "镇"}},
    "related": {"related": ["4420990099"]},
    "status": {"status": "incomplete", "place": ""},
    "questions-0-options-0-then": {
        "questions": [{**ASKED[0], "options": [{"value": "a", "label": "本人", "then": "x"}]}]
    },
    "questions-1": {"questions": ASKED},
    "questions-1-options-0-label": {"questions": ASKED},
    "questions-0-options": {"questions": [{**ASKED[0], "options": []}]},
    "first_question": {"questions": ASKED[:1], "first_question": None},
    "base_materials": {"base_materials": ["zzz"]},
}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishingDesk]:
    folder = tmp_path_factory.mktemp("county")
    hall = Counter(folder / "hall", level="county", division="440205000000")
    yield PublishingDesk(hall, folder)
    hall.closes()


@pytest.fixture
def desk(county: PublishingDesk) -> PublishingDesk:
    """A county's desk with an empty draft."""
    with county.hall.node.using():
        DraftEntry.delete().execute()
    return county


def faulty(changes: dict[str, Any]) -> Item:
    given = BOTH | {"first_question": "who"} | changes if "questions" in changes else changes
    return make_item(**given)


def jumps_of(desk: PublishingDesk) -> list[tuple[str, str]]:
    """Each finding of the lint page with the address its button leads to."""
    rows = re.findall(
        r'<a class="btn plain" href="([^"]+)">去改<span class="unseen">：(.*?)</span>', desk.opens("lint")
    )
    return [(unescape(message), unescape(address)) for address, message in rows]


@pytest.mark.parametrize("anchor", FAULTS)
def test_the_button_of_a_finding_leads_to_the_very_place(desk: PublishingDesk, anchor: str):
    with desk.hall.node.using():  # past the import, which takes no damaged text
        draft.take_entries([faulty(FAULTS[anchor])], is_whole=True, by="editor", now=START)
    found = jumps_of(desk)

    assert anchor in [address.partition("#")[2] for _, address in found]
    for message, address in found:
        path, _, target = address.removeprefix("/publishing/").partition("#")
        assert_is_told_at(desk.opens(path), target, message)


def assert_is_told_at(page: str, target: str, message: str) -> None:
    """The id can take the focus, and the message describes it or stands right below it."""
    [element] = re.findall(
        rf'<(?:input|select|textarea|summary|h2|p|section)\b[^>]*\sid="{target}"[^>]*>', page
    )
    if element.startswith(("<summary", "<h2", "<section")):
        assert "tabindex" in element or element.startswith("<summary")
        assert message in unescape(page[page.index(element) :][:3000])
    else:
        described = re.search(r'aria-describedby="([^"]+)"', element)
        assert described is not None, element
        told = [re.search(rf'id="{one}">(.*?)</p>', page) for one in described[1].split()]
        assert any(message in unescape(one[1]) for one in told if one), (target, message)
    before = page[: page.index(element)]
    if before.rfind("<details") > before.rfind("</details>"):
        assert "open" in before.rpartition("<details")[2].partition(">")[0], "it lies in a closed fold"


def test_every_field_of_the_model_has_its_control():
    tree = {"questions", "first_question", "base_materials"}
    for entry in (worked_items()[0], demonstration_packages()[0]):
        parts = {field.path for group in forms.groups_for(entry) for field in group.fields}
        shown = {re.split(r"[.\[]", path)[0] for path in parts}
        assert {facts.name for facts in fields_of(type(entry))} - shown - tree - {"kind"} == set()
    for rows in (*form_fields.ITEM_ROWS, *form_fields.PACKAGE_ROWS):
        parts = {
            re.split(r"[.\[]", field.path.partition("].")[2])[0] for field in form_fields.row_fields(rows, 0)
        }
        assert {facts.name for facts in fields_of(rows.record)} - parts - form_fields.HIDDEN == set()


def test_every_entry_of_the_reference_content_goes_through_its_form_unchanged():
    for entry in [*worked_items(), *demonstration_packages()]:
        errors = FieldErrors()
        assert forms.read_form(entry, forms.values_of(entry), errors) == entry, (
            entry.name,
            dict(errors.items()),
        )


def saves(desk: PublishingDesk, item: Item, **changes: str) -> Any:
    with desk.hall.node.using():
        row = draft.entry_row(item.code)
        values = forms.values_of(draft.read(row.record))
    named = {name.replace("__", "-"): value for name, value in changes.items()}
    return desk.sends(f"entries/{item.code}", **values | named | {"seen": row.sha256})


def kept(desk: PublishingDesk, item: Item) -> Any:
    with desk.hall.node.using():
        return draft.read(draft.entry_row(item.code).record)


def test_rows_are_added_and_taken_away_and_the_tree_follows(desk: PublishingDesk):
    asked = [{"id": "who", "text": "谁？", "options": [{"value": "a", "label": "甲", "add": ["book"]}]}]
    item = faulty({"questions": asked, "base_materials": ["id-card"]})
    desk.imports([item])
    added = {"materials__2__name": "委托书", "materials__2__base": "1", "basis__1__law": "民法典"}
    assert saves(desk, item, **added, materials__1__gone="1").status_code == 302

    now = kept(desk, item)
    assert [material.name for material in now.materials] == ["居民身份证", "委托书"]
    assert now.base_materials == ("id-card", now.materials[1].id)
    assert now.questions[0].options[0].add == ()
    assert [basis.law for basis in now.basis] == [item.basis[0].law, "民法典"]


def test_an_item_without_questions_asks_everybody_for_a_new_material(desk: PublishingDesk):
    item = make_item()
    desk.imports([item])
    saves(desk, item, materials__1__name="户口簿", materials__1__copies="1", materials__1__basis="条例")

    assert len(kept(desk, item).base_materials) == 2
    assert lint([kept(desk, item)]) == []


def test_what_does_not_fit_in_a_row_is_told_there_even_when_a_row_before_it_goes(desk: PublishingDesk):
    item = faulty(BOTH)
    desk.imports([item])

    answer = saves(
        desk, item, materials__0__gone="1", materials__1__copies="many", basis__1__article="第一条"
    )

    assert answer.status_code == 422
    for target in ("materials-1-copies", "basis-1-law"):
        assert f'href="#{target}"' in answer.text and f'id="{target}-error"' in answer.text
    assert re.search(r'id="materials-0-gone"[^>]* checked', answer.text)
    assert kept(desk, item) == item


def test_several_boxes_a_day_and_a_yes_or_no_are_kept(desk: PublishingDesk):
    item = make_item()
    desk.imports([item])
    changes = {
        "object_kinds": "",
        "object_kinds__2": "1",
        "ends_on": "2027-01-31",
        "has_fee": "",
        "visits": "2",
    }
    assert saves(desk, item, **changes).status_code == 302
    wrong = saves(desk, item, ends_on="明年")

    now = kept(desk, item)
    assert [kind.value for kind in now.object_kinds] == ["1", "2"]
    assert (now.ends_on.isoformat(), now.has_fee, now.visits) == ("2027-01-31", None, 2)
    assert wrong.status_code == 422 and 'href="#ends_on"' in wrong.text


def test_the_lint_page_is_narrowed_by_severity_and_turned_over(desk: PublishingDesk):
    many = [
        replace(make_item(code=f"4420990{n:05d}"), name=f"事项{n}", phone="", visits_why="")
        for n in range(120)
    ]
    desk.imports(many)

    first, second = desk.opens("lint?show=error"), desk.opens("lint?show=error&page=2")
    assert (first.count("去改<"), second.count("去改<")) == (100, 20)
    assert "没有这一类问题" in desk.opens("lint?show=warning")


def test_a_finding_about_the_whole_entry_leads_to_its_head():
    item = make_item()
    assert forms.nearest_id("agency.code", forms.ids_of(item)) == "agency-code"
    assert forms.nearest_id("materials[0].sample.name", forms.ids_of(item)) == "materials-0"
    assert Finding(item.code, "", lint([replace(item, phone="")])[0].severity, "").field == ""


def test_a_package_has_its_stages_as_rows(desk: PublishingDesk):
    package = demonstration_packages()[0]
    desk.imports([package.to_dict()])
    end = len(package.stages)
    with desk.hall.node.using():
        row = draft.entry_row(package.code)
    values = forms.values_of(package) | {
        f"stages-{end}-name": "第二步",
        f"stages-{end}-members": package.members[0],
    }
    assert desk.sends(f"entries/{package.code}", **values | {"seen": row.sha256}).status_code == 302

    with desk.hall.node.using():
        now = draft.read(draft.entry_row(package.code).record)
    assert isinstance(now, Package) and now.stages[-1].name == "第二步"
    assert any("#stages" in address for _, address in jumps_of(desk))
