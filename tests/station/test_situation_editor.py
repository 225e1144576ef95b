"""The question tree of an item, built and put right with plain forms; one with a hole stays unpublished."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from catalog_cache.demonstration import worked_items
from catalog_cache.model import Item
from catalog_cache.situations import situation_label, walks
from catalog_cache.trees import tree_faults
from station.audit import AuditLine
from station.hall.publishing import draft, review
from station.hall.publishing.errors import DraftNotReady
from station.hall.publishing.findings import Findings
from station.hall.publishing.models import DraftEntry
from tests.catalog_cache.test_trees import SEED, hurt_somewhere
from tests.station.publishing_desk import ITEMS, PASSPHRASE, PublishingDesk
from tests.tools.counter import START, Counter

LICENCE = next(item for item in worked_items() if item.name == "食品经营许可证变更")
PLAIN = replace(LICENCE, questions=(), first_question=None, base_materials=LICENCE.base_materials)
HERE = f"situations/{LICENCE.code}"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishingDesk]:
    """One county for all stories of this page."""
    folder = tmp_path_factory.mktemp("county")
    hall = Counter(folder / "hall", level="county", division="440205000000")
    yield PublishingDesk(hall, folder)
    hall.closes()


@pytest.fixture
def desk(county: PublishingDesk) -> PublishingDesk:
    """Its desk with an empty draft, and the editor at it."""
    with county.hall.node.using():
        DraftEntry.delete().execute()
    county.signs_in("editor")
    return county


def edits(desk: PublishingDesk) -> int:
    """How many times somebody changed an entry, by the log."""
    with desk.hall.node.using():
        return [line.act for line in AuditLine.select()].count("catalog.edited")


def item_of(desk: PublishingDesk) -> Item:
    with desk.hall.node.using():
        item = draft.read(draft.entry_row(LICENCE.code).record)
    assert isinstance(item, Item)
    return item


def form_of(page: str) -> dict[str, Any]:
    """What a page of the editor would send unchanged: its first form after the menu's."""
    form = next(part for part in re.findall(r"<form method=\"post\".*?</form>", page, re.S) if "seen" in part)
    fields: dict[str, Any] = {
        name: unescape(value)
        for name, value in re.findall(r'<input id="([\w-]+)"[^>]*? value="([^"]*)"', form)
    }
    for name, options in re.findall(r'<select id="[\w-]+"[^>]*? name="([\w-]+)">(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    for name, value in re.findall(
        r'type="checkbox" id="[\w-]+" name="([\w-]+)" value="([^"]*)" checked', form
    ):
        fields.setdefault(name, []).append(value)
    return fields | dict(re.findall(r'name="(seen)" value="(\w+)"', form))


def sends(desk: PublishingDesk, path: str, **changes: Any) -> Any:
    """Open the page that holds the form, change some of its fields, send it."""
    origin = HERE if path in ("start", "questions/1/move", "questions/2/move") else f"{HERE}/{path}"
    fields = form_of(desk.opens(origin.removesuffix("/remove").removesuffix("/connect"))) | changes
    return desk.sends(f"{HERE}/{path}", **fields)


def adds(desk: PublishingDesk, text: str, answers: str, after: str) -> Any:
    number = len(item_of(desk).questions)
    given = {f"questions-{number}-text": text, f"questions-{number}-options": answers, "after": after}
    return sends(desk, "add", **given)


def test_eighteen_situations_are_built_from_nothing_without_a_line_of_json(desk: PublishingDesk):
    desk.imports([PLAIN])
    first, *others = LICENCE.questions
    adds(desk, first.text, "\n".join(option.label for option in first.options), "first")
    for number, question in enumerate(others):
        adds(desk, question.text, "\n".join(option.label for option in question.options), f"0.{number}")
    for number, question in enumerate(others, start=2):
        changes: dict[str, Any] = {}
        for place, option in enumerate(question.options):
            name = f"questions-{number - 1}-options-{place}"
            changes |= {f"{name}-situation": option.situation or "", f"{name}-add": list(option.add)}
        assert sends(desk, f"questions/{number}", **changes).status_code == 302

    built = item_of(desk)
    assert tree_faults(built) == []
    assert situations(built) == situations(LICENCE)
    assert "18 种情形都有清单" in desk.opens(HERE)


def situations(item: Item) -> set[str]:
    return {situation_label(item, answers) for answers in walks(item)}


def test_saving_a_question_unchanged_changes_nothing(desk: PublishingDesk):
    desk.imports([LICENCE])
    before = edits(desk)

    for number in range(1, 8):
        assert sends(desk, f"questions/{number}").status_code == 302

    assert item_of(desk) == LICENCE
    assert edits(desk) == before


def test_an_answer_is_renamed_moved_led_on_and_taken_away(desk: PublishingDesk):
    desk.imports([LICENCE])
    before = edits(desk)
    sends(
        desk, "questions/2", **{"questions-1-options-0-label": "公司", "questions-1-options-0-then": "legal"}
    )
    moved = sends(desk, "questions/2", act="down-0")
    sends(desk, "questions/2", act="drop-2")
    sends(desk, "questions/2", **{"questions-1-options": "农民专业合作社\n\n 其他组织 "})

    options = item_of(desk).questions[1].options
    assert moved.location.endswith("/questions/2#questions-1-options-1-label")
    assert [option.label for option in options] == [
        "个体工商户（字号）",
        "公司",
        "农民专业合作社",
        "其他组织",
    ]
    assert options[1].then == "legal" and options[2].then is None
    assert len({option.value for option in options}) == 4
    assert edits(desk) == before + 4


def test_questions_are_put_in_between_moved_and_removed(desk: PublishingDesk):
    desk.imports([LICENCE])
    adds(desk, "营业执照换了吗？", "换了\n没换", "0.0")
    between = item_of(desk)
    sends(desk, "questions/2/move", to="up")
    sends(desk, f"questions/{len(between.questions)}/remove", sure="1")

    added = between.questions[-1]
    assert between.questions[0].options[0].then == added.id
    assert [option.then for option in added.options] == ["name", "name"]
    after = item_of(desk)
    assert [question.id for question in after.questions[:2]] == ["name", "what"]
    assert after.questions[1].options[0].then is None and after.first_question == "what"
    page = desk.opens(HERE)
    assert "走不到" in page and "经营者是什么主体？" in page


def test_a_question_that_nobody_reaches_is_connected_again(desk: PublishingDesk):
    desk.imports([LICENCE])
    sends(desk, "questions/1", **{"questions-0-options-0-then": ""})
    page = desk.opens(f"{HERE}/questions/2")
    sends(desk, "questions/2/connect", after="0.0")

    assert 'id="questions-1"' in page and "没有任何回答会走到这一题" in page
    assert item_of(desk) == LICENCE


def test_a_removal_wants_to_be_confirmed(desk: PublishingDesk):
    desk.imports([LICENCE])

    answer = sends(desk, "questions/2/remove")

    assert answer.status_code == 422
    assert 'href="#sure"' in answer.text and 'id="sure-error"' in answer.text
    assert item_of(desk) == LICENCE


def test_a_way_without_a_list_is_shown_in_words_with_the_way_to_its_answer(desk: PublishingDesk):
    hurt = without_materials(LICENCE, 1, 1)
    desk.imports([hurt])
    page = desk.opens(HERE)
    target = f"/publishing/{HERE}/questions/2#questions-1-options-1-add"

    assert (
        f'<a href="{target}">要变更许可证上的哪一类内容？→经营者名称→经营者是什么主体？→个体工商户（字号）'
        in page
    )
    question = desk.opens(f"{HERE}/questions/2")
    [box] = re.findall(r'<input type="checkbox" id="questions-1-options-1-add"[^>]*>', question)
    assert 'aria-describedby="questions-1-options-1-add-note-1"' in box
    assert (
        'id="questions-1-options-1-add-note-1">必改：情形：选项“个体工商户（字号）”：走到这里材料清单是空的'
        in question
    )
    sends(desk, "questions/2", **{"questions-1-options-1-add": ["ind_doc"]})
    assert "走到这里材料清单是空的" not in desk.opens(HERE)


def without_materials(item: Item, number: int, place: int) -> Item:
    """The item with a hole: nothing for everybody, and nothing at this answer."""
    question = item.questions[number]
    options = list(question.options)
    options[place] = replace(options[place], add=())
    asked = list(item.questions)
    asked[number] = replace(question, options=tuple(options))
    return replace(item, questions=tuple(asked), base_materials=())


def test_the_rehearsal_asks_what_the_clerk_will_ask_and_shows_the_list(desk: PublishingDesk):
    desk.imports([LICENCE])

    begin = desk.opens(f"{HERE}/rehearsal")
    middle = desk.opens(f"{HERE}/rehearsal?q-0=address&q-6=strange")
    end = desk.opens(f"{HERE}/rehearsal?q-0=address&q-3=word&q-1=firm")

    assert "要变更许可证上的哪一类内容？" in begin and "住所怎样变？" not in begin
    assert "住所怎样变？" in middle and "要带的材料" not in middle
    assert "情形：情形7：住所地名变化" in end and "门牌号或住所变更证明" in end
    assert "登记机关名称变更通知书" not in end


def test_the_rehearsal_of_a_broken_tree_says_where_it_ends(desk: PublishingDesk):
    options = (replace(LICENCE.questions[0].options[0], then="gone"), *LICENCE.questions[0].options[1:])
    first = replace(LICENCE.questions[0], options=options)
    desk.imports([replace(LICENCE, questions=(first, *LICENCE.questions[1:]))])

    assert "走到这里没有下文" in desk.opens(f"{HERE}/rehearsal?q-0=name")


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        ("questions/2", {"questions-1-text": ""}, "questions-1-text"),
        ("questions/2", {"questions-1-options-0-label": "长" * 121}, "questions-1-options-0-label"),
        ("questions/2", {"questions-1-options-2-then": "不对！"}, "questions-1-options-2-then"),
        ("questions/2", {"questions-1-options-0-add": ["a b"]}, "questions-1-options-0-add"),
        (
            "questions/2",
            {"questions-1-options": "\n".join(f"答{n}" for n in range(50))},
            "questions-1-options",
        ),
        ("add", {"questions-7-text": "", "questions-7-options": "甲", "after": ""}, "questions-7-text"),
        ("add", {"questions-7-text": "问？", "questions-7-options": "长" * 121}, "questions-7-options"),
    ],
)
def test_what_the_model_refuses_is_told_at_its_field_and_nothing_is_saved(
    desk: PublishingDesk, path: str, fields: dict[str, Any], told: str
):
    desk.imports([LICENCE])

    answer = sends(desk, path, **fields)

    assert answer.status_code == 422
    assert f'href="#{told}"' in answer.text and f'id="{told}-error"' in answer.text
    assert item_of(desk) == LICENCE


def test_two_people_do_not_overwrite_each_others_tree(desk: PublishingDesk):
    desk.imports([LICENCE])
    mine = form_of(desk.opens(f"{HERE}/questions/2")) | {"questions-1-text": "甲？"}
    sends(desk, "questions/3", **{"questions-2-text": "乙？"})

    answer = desk.sends(f"{HERE}/questions/2", **mine)

    assert answer.status_code == 409 and "刚被别人改过" in answer.text
    assert [question.text for question in item_of(desk).questions[1:3]] == [LICENCE.questions[1].text, "乙？"]


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("questions/9", None, 404),
        ("questions/2", {"act": "drop-99"}, 404),
        ("questions/2", {"act": "down-²"}, 302),
        ("add", {"questions-7-text": "问？", "after": "77.1"}, 404),
        ("add", {"questions-7-text": "问？", "after": "²."}, 404),
        ("start", {"first_question": "nowhere", "base_materials": ["zzz"]}, 302),
        ("start", {"first_question": "not an id"}, 422),
    ],
)
def test_nonsense_is_refused_or_kept_as_a_fault_never_a_crash(
    desk: PublishingDesk, path: str, fields: dict[str, Any] | None, status: int
):
    desk.imports([LICENCE])
    answer = desk.hall.opens(f"/publishing/{HERE}/{path}") if fields is None else sends(desk, path, **fields)

    assert answer.status_code == status
    assert desk.hall.opens(f"/publishing/{HERE}").status_code == 200


def test_a_package_has_no_tree_and_a_tree_from_the_city_is_only_read(desk: PublishingDesk):
    desk.imports([LICENCE])
    fields = form_of(desk.opens(f"{HERE}/questions/2"))
    with desk.hall.node.using():
        row = draft.entry_row(LICENCE.code)
        DraftEntry.update(above=row.record).execute()

    assert "这里只能看" in desk.opens(HERE) and "加一题" not in desk.opens(HERE)
    answer = desk.sends(f"{HERE}/questions/2", **fields)
    assert answer.status_code == 409 and "由市级目录规定" in answer.text


def test_only_the_desk_edits_trees(desk: PublishingDesk):
    desk.imports([LICENCE])
    desk.signs_in("reviewer")

    for path in ("", "/add", "/questions/1", "/rehearsal"):
        assert desk.hall.opens(f"/publishing/{HERE}{path}").status_code == 403
    assert desk.sends(f"{HERE}/questions/1").status_code == 403


def test_a_hole_made_after_the_approval_is_neither_signed_nor_sent_again(hall: Counter, tmp_path: Path):
    desk = PublishingDesk(hall, tmp_path)
    desk.has_its_keys()
    desk.imports([LICENCE, *ITEMS[:2]])
    desk.has_approval()
    desk.signs_in("editor")
    sends(desk, "start", base_materials=[])
    sends(desk, "questions/2", **{"questions-1-options-1-add": []})
    assert desk.sends("submit").status_code == 409
    desk.signs_in("publisher")

    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 409
    assert desk.hall.node.catalog.current() is None


def test_a_random_hurt_to_a_reference_tree_is_harmless_or_keeps_the_draft_from_review(desk: PublishingDesk):
    chance = random.Random(SEED)
    refused = 0
    with desk.hall.node.using():
        for item in chance.sample([item for item in worked_items() if item.questions], 25):
            hurt = hurt_somewhere(item, chance)
            draft.take_entries([hurt], is_whole=True, by="editor", now=START)
            if not tree_faults(hurt):
                assert not [one for one in Findings("440205000000").every() if "questions" in one.field]
                continue
            refused += 1
            with pytest.raises(DraftNotReady):
                review.submit("440205000000", "", by="editor", now=START)
    assert refused > 8, SEED


def test_an_english_page_tells_a_hole_in_english_and_the_answers_as_they_are(desk: PublishingDesk):
    desk.imports([without_materials(LICENCE, 1, 1)])

    page = desk.opens("lint?lang=en&show=error")
    desk.opens("lint?lang=zh")

    assert "the material list is empty here (answers: 要变更许可证上的哪一类内容？→" in page
