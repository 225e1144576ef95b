"""The guide to an item: what to bring in one's own situation, and what this station may do."""

import pytest

from tests.station.cases.world import item
from tests.station.intake.window import ALLOWANCE_CODE

AGE = f"q-{ALLOWANCE_CODE}-age"


def test_the_list_narrows_with_the_answers(window):
    assert "先回答上面的问题" in window.opens(f"/guide/items/{ALLOWANCE_CODE}").text

    young = window.opens(f"/guide/items/{ALLOWANCE_CODE}?{AGE}=80").text
    old = window.opens(f"/guide/items/{ALLOWANCE_CODE}?{AGE}=100").text
    assert "高龄证明" not in young and "高龄证明" in old and "百岁老人" in old


def test_answers_that_mean_nothing_are_passed_over(window):
    page = window.opens(f"/guide/items/{ALLOWANCE_CODE}?{AGE}=7&q-{ALLOWANCE_CODE}-zz=1")

    assert page.status == 200 and "先回答上面的问题" in page.text


def test_answers_given_at_the_guide_are_not_asked_again(window):
    window.opens(f"/guide/items/{ALLOWANCE_CODE}?{AGE}=80")
    window.fills("item", {}, None)

    assert window.page.address.endswith("/who")


def test_the_guide_prints_in_large_type(window):
    answer = window.counter.opens(f"/guide/items/{ALLOWANCE_CODE}/sheet.pdf?{AGE}=80")

    assert answer.data.startswith(b"%PDF")


def test_a_guide_with_an_open_question_is_not_printed(window):
    answer = window.counter.opens(f"/guide/items/{ALLOWANCE_CODE}/sheet.pdf")

    assert answer.status_code == 400 and "还没有回答" in answer.text


def test_what_must_be_done_elsewhere_says_where(window):
    page = window.opens("/guide/items/L01000000003")

    assert "出入境大厅" in page.text
    assert not any(form.action.endswith("/start") for form in page.forms)


def test_themes_lead_to_their_items(window):
    page = window.opens(window.opens("/guide/").link("/guide/items?topic="))

    assert page.status == 200 and "民政救助" in page.text


@pytest.mark.parametrize(
    "path", ["/guide/items/NO-SUCH", "/guide/packages/NO-SUCH", "/guide/items/%3Cscript%3E"]
)
def test_a_code_that_is_none_says_so(window, path):
    page = window.opens(path)

    assert page.status == 404 and "目录中没有" in page.text


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "a" * 500, "'; DROP TABLE entries; --", "%00", "　"]
)
def test_any_words_may_be_searched_for(window, words):
    window.counter.browser.get("/guide/", query_string={"q": words})
    page = window.opens("/guide/?q=" + words.replace("%", "%25"))

    assert page.status == 200
    assert "<script>alert" not in window.answer.text


def test_a_station_without_a_catalog_says_what_to_do(station):
    station.signs_in("agent")
    answer = station.opens("/guide/")

    assert answer.status_code == 503 and "更新目录" in answer.text


def test_an_item_that_was_closed_meanwhile_stops_at_the_first_step(fresh_window):
    page = fresh_window.comes_to("materials")
    token = page.address.split("/")[2]
    cache = fresh_window.counter.installation.catalog
    from tests.station.cases.samples import MORNING
    from tests.station.cases.world import pack

    cache.install(pack(2, [item(status="suspended")]), MORNING)
    answer = fresh_window.counter.sends(f"/intake/{token}/confirm")

    assert answer.headers["Location"].endswith("/items")
    fresh_window.opens(f"/intake/{token}/items")
    fresh_window.fills("go", {})
    assert "现在不开放收件" in fresh_window.summary()[0][1]


def test_a_search_marks_the_characters_it_found_and_names_the_alias(window):
    assert "<mark>津贴</mark>" in window.counter.opens("/guide/?q=津贴").text

    page = window.counter.opens("/guide/?q=laorenqian").text
    assert "俗称" in page and "<mark>老人钱</mark>" in page


def test_the_blank_form_stands_beside_the_filled_sample(window):
    guide = window.opens(f"/guide/items/{ALLOWANCE_CODE}")
    page = window.opens(guide.link(f"/guide/items/{ALLOWANCE_CODE}/form"))

    assert page.status == 200
    assert "空白表" in page.text and "6217××××××××××××" in page.text


def test_blank_and_sample_are_printed_in_large_type(window):
    answer = window.counter.opens(f"/guide/items/{ALLOWANCE_CODE}/form.pdf")

    assert answer.data.startswith(b"%PDF")


def test_an_item_without_a_form_has_none_to_print(window):
    assert window.counter.opens("/guide/items/L01000000003/form.pdf").status_code == 404


def test_a_file_that_the_item_does_not_name_is_not_given_out(window):
    assert window.counter.opens(f"/guide/items/{ALLOWANCE_CODE}/files/{'0' * 64}").status_code == 404
