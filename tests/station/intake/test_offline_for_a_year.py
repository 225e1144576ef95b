"""A station that nobody reached for 400 days: it serves on, says how things stand, and promises nothing."""

import re
import subprocess

import pytest

from station.cases.models import Document
from tests.station.intake.window import ALLOWANCE_CODE, Window

GUIDE = f"/guide/items/{ALLOWANCE_CODE}?q-{ALLOWANCE_CODE}-age=80"
EXPIRED = "本站的目录已过有效期"
LIMIT = re.compile(r"(承诺|法定)办结[时限：:\s]*[0-9当]")


@pytest.fixture
def forgotten(fresh_window: Window) -> Window:
    """The window 400 days later, without a word from anybody; its clock is right."""
    days_go_by(fresh_window, 400)
    return fresh_window


def days_go_by(window: Window, days: int) -> None:
    window.counter.time.passes(days=days)
    window.counter.signs_in()


def text_of(pdf: bytes) -> str:
    shown = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return shown.stdout.decode().replace(" ", "")


def test_it_still_finds_and_shows_every_guide_and_says_that_its_date_is_past(forgotten: Window) -> None:
    assert "高龄" in forgotten.finds("高龄").text
    page = forgotten.opens(GUIDE)

    assert page.status == 200
    assert EXPIRED in page.text
    assert "居民身份证" in page.text


def test_no_page_and_no_paper_prints_a_limit_of_the_catalog(forgotten: Window) -> None:
    page = forgotten.opens(GUIDE).text
    sheet = text_of(forgotten.counter.opens(GUIDE.replace("?", "/sheet.pdf?")).data)
    forgotten.takes_in()
    with forgotten.counter.node.using():
        paper = text_of(bytes(Document.get().pdf))

    for text in (page, sheet, paper):
        assert not LIMIT.search(text)
    assert "请以大厅告知为准" in paper


def test_until_its_date_the_same_station_prints_them(fresh_window: Window) -> None:
    days_go_by(fresh_window, 100)

    page = fresh_window.opens(GUIDE).text
    assert LIMIT.search(page) and EXPIRED not in page
    assert LIMIT.search(text_of(fresh_window.counter.opens(GUIDE.replace("?", "/sheet.pdf?")).data))


def test_the_word_of_the_hall_counts_where_the_pcs_own_clock_stands_still(fresh_window: Window) -> None:
    window = fresh_window
    window.counter.node.clock.learn(window.counter.time.at.replace(year=window.counter.time.at.year + 1))
    window.counter.signs_in()

    assert EXPIRED in window.opens(GUIDE).text
