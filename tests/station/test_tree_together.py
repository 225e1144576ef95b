"""Two clerks at one item, an item that goes away meanwhile, and trees made to break the page."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from catalog_cache.model import Item, Option, Question
from station.hall.publishing import draft
from station.hall.publishing.models import DraftEntry
from tests.station.publishing_desk import PublishingDesk
from tests.station.test_situation_editor import HERE, LICENCE, form_of, item_of, without_materials
from tests.tools.counter import START, Counter

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishingDesk]:
    folder = tmp_path_factory.mktemp("county")
    hall = Counter(folder / "hall", level="county", division="440205000000")
    yield PublishingDesk(hall, folder)
    hall.closes()


@pytest.fixture
def desk(county: PublishingDesk) -> PublishingDesk:
    """The item with its tree in the draft and in force, the editor before it."""
    with county.hall.node.using():
        DraftEntry.delete().execute()
        draft.take_entries([LICENCE], is_whole=True, by="editor", now=START)
        draft.settle([LICENCE], now=START)
    return county


def changed_by_another(desk: PublishingDesk, item: Item) -> None:
    """Somebody else saves the item while the page is open."""
    with desk.hall.node.using():
        seen = draft.entry_row(item.code).sha256
        draft.save_entry(item, seen, by="publisher", now=START)


def with_answers(item: Item, place: int, options: tuple[Option, ...]) -> Item:
    question = replace(item.questions[place], options=options)
    questions = (*item.questions[:place], question, *item.questions[place + 1 :])
    return replace(item, questions=questions)


def opened(desk: PublishingDesk, path: str) -> dict[str, Any]:
    return form_of(desk.opens(f"{HERE}/{path}"))


def test_an_answer_that_another_added_meanwhile_is_not_lost_and_the_page_says_who(desk: PublishingDesk):
    fields = opened(desk, "questions/1") | {"questions-0-text": "改成别的问法"}
    options = LICENCE.questions[0].options
    theirs = with_answers(LICENCE, 0, (*options, Option(value="new", label="又一种", add=options[0].add)))
    changed_by_another(desk, theirs)

    answer = desk.sends(f"{HERE}/questions/1", **fields)

    assert answer.status_code == 409
    assert "刚被别人改过" in answer.text and "发布示例 保存了新的内容" in answer.text
    assert f'href="/publishing/{HERE}">打开现在的内容' in answer.text
    assert item_of(desk) == theirs


@pytest.mark.parametrize("typed", ["", "改成别的问法"])
def test_a_form_of_a_question_that_is_gone_says_that_somebody_changed_the_item(
    desk: PublishingDesk, typed: str
):
    """Also with a fault in it: that would be told at the fields of another question."""
    last = len(LICENCE.questions)
    fields = opened(desk, f"questions/{last}") | {f"questions-{last - 1}-text": typed}
    theirs = replace(LICENCE, questions=LICENCE.questions[: last - 1])
    changed_by_another(desk, theirs)

    for path in (f"questions/{last}", f"questions/{last}/remove", f"questions/{last}/connect"):
        answer = desk.sends(f"{HERE}/{path}", **fields, sure="1", after="first")
        assert answer.status_code == 409
        assert "刚被别人改过" in answer.text
    assert item_of(desk) == theirs


@pytest.mark.parametrize("path", ["start", "add", "questions/1", "questions/1/move", "questions/1/remove"])
def test_an_item_that_was_taken_out_meanwhile_does_not_come_back_by_itself(desk: PublishingDesk, path: str):
    origin = path if path in ("add", "questions/1") else ""
    fields = form_of(desk.opens(f"{HERE}/{origin}".rstrip("/"))) | {"sure": "1", "to": "down"}
    with desk.hall.node.using():
        draft.remove_entry(LICENCE.code, by="publisher", now=START)

    answer = desk.sends(f"{HERE}/{path}", **fields)

    assert answer.status_code == 409
    assert "移出草稿" in answer.text and "放回草稿" in answer.text
    assert f'href="/publishing/entries/{LICENCE.code}">打开现在的内容' in answer.text
    with desk.hall.node.using():
        assert draft.entry_row(LICENCE.code).is_removed


def test_the_form_of_an_item_that_was_taken_out_meanwhile_is_not_saved_either(desk: PublishingDesk):
    fields = form_of(desk.opens(f"entries/{LICENCE.code}"))
    with desk.hall.node.using():
        draft.remove_entry(LICENCE.code, by="publisher", now=START)

    answer = desk.sends(f"entries/{LICENCE.code}", **fields)

    assert answer.status_code == 409 and "移出草稿" in answer.text
    page = desk.opens(f"entries/{LICENCE.code}")
    assert "放回草稿后才能改" in page and "<button>保存</button>" not in page
    assert "放回草稿后才能改" in desk.opens(HERE)


def test_numbers_too_long_to_be_any_are_no_page_and_no_crash(desk: PublishingDesk):
    fields = opened(desk, "add") | {"questions-7-text": "还有吗？", "questions-7-options": "有"}
    for after in (f"{'9' * 5000}.0", f"0.{'9' * 5000}", f"{'9' * 30}.0"):
        assert desk.sends(f"{HERE}/add", **fields | {"after": after}).status_code == 404
    for number in ("9" * 20, "9" * 5000):
        assert desk.hall.opens(f"/publishing/{HERE}/questions/{number}").status_code == 404
        assert desk.hall.opens(f"/publishing/reviews/{number}").status_code in (404, 409)
        assert desk.hall.opens(f"/publishing/preview/{number}/440205000000/today/").status_code in (404, 409)
    assert item_of(desk) == LICENCE


def test_words_that_look_like_a_page_stay_words(desk: PublishingDesk):
    options = tuple(replace(one, label=HOSTILE, situation=HOSTILE) for one in LICENCE.questions[0].options)
    item = with_answers(LICENCE, 0, options)
    first = replace(item.questions[0], text=HOSTILE)
    changed_by_another(desk, replace(item, questions=(first, *item.questions[1:])))
    value = options[0].value

    for path in (HERE, f"{HERE}/questions/1", f"{HERE}/add?after=0.0", f"{HERE}/rehearsal?q-0={value}"):
        page = desk.opens(path)
        assert "<script>alert" not in page and "49" not in page.split("<main", 1)[1][:200]
        assert "&lt;script&gt;alert(1)" in page


def test_an_answer_without_a_list_and_one_that_goes_round_are_marked_in_their_row(desk: PublishingDesk):
    round_about = replace(LICENCE.questions[1].options[0], then=LICENCE.questions[0].id)
    item = with_answers(without_materials(LICENCE, 1, 1), 1, (round_about, *LICENCE.questions[1].options[1:]))
    bare = replace(item.questions[1].options[1], add=())
    changed_by_another(desk, with_answers(item, 1, (round_about, bare, *item.questions[1].options[2:])))

    rows = desk.opens(HERE).split("<tr>")
    for mark, option in (("绕圈</span>", round_about), ("没有清单</span>", bare)):
        [marked] = [row for row in rows if mark in row]
        assert f'<th scope="row">{option.label}</th>' in marked


def test_a_tree_as_large_as_a_tree_may_be_is_shown_and_saved(desk: PublishingDesk):
    """Forty questions one after the other, each with forty answers that all lead to the next."""
    materials = tuple(material.id for material in LICENCE.materials)
    questions = tuple(
        Question(
            id=f"q{number}",
            text=f"第{number}问" + "长" * 190,
            options=tuple(
                Option(
                    value=f"a{place}",
                    label=f"{place}" + "答" * 115,
                    then=f"q{number + 1}" if number < 39 else None,
                    add=materials,
                )
                for place in range(40)
            ),
        )
        for number in range(40)
    )
    huge = replace(LICENCE, questions=questions, first_question="q0")
    changed_by_another(desk, huge)

    page = desk.opens(HERE)
    assert "每种答法都有清单" in page and str(40**40) not in page
    assert "情形在一万种以上" in desk.opens(f"entries/{LICENCE.code}")
    fields = opened(desk, "questions/40") | {"csrf": desk.hall.token()}
    answer = desk.hall.browser.post(f"/publishing/{HERE}/questions/40", data=fields)
    assert answer.status_code == 302, answer.text[:300]
    one_more = opened(desk, "add") | {"questions-40-text": "再来", "questions-40-options": "有"}
    assert desk.sends(f"{HERE}/add", **one_more).status_code == 422
    assert item_of(desk) == huge
