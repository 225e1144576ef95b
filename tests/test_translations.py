"""English is whole and true: every message has it, with the same values, and the pages speak it."""

import gettext as compiled
import html
import io
import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from catalog_cache.divisions import load_divisions
from station.languages import CHINESE, Sentences
from sync.errors import BadForm, TooLarge
from tests.station.cases.world import ALLOWANCE, PASS_CARD
from tests.station.hall_desk import HallDesk
from tests.tools import messages
from tests.tools.counter import Counter

PLACES = re.compile(r"%\(\w+\)[sd]|%%")
ENGLISH = messages.translations()


@pytest.fixture(scope="module")
def found() -> list[str]:
    """Every message of the sources."""
    return messages.found()


def test_every_message_of_the_sources_has_its_english(found: list[str]) -> None:
    lacking = [message for message in found if not ENGLISH.get(message)]

    assert lacking == [], "run `make translations` and write the English into messages.po"


def test_the_catalogue_holds_nothing_that_the_sources_no_longer_say(found: list[str]) -> None:
    assert sorted(set(ENGLISH) - set(found)) == [], "run `make translations`"


def test_every_translation_keeps_the_values_of_its_original() -> None:
    wrong = [
        message
        for message, english in ENGLISH.items()
        if sorted(PLACES.findall(message)) != sorted(PLACES.findall(english))
    ]

    assert wrong == []


def test_no_translation_holds_chinese() -> None:
    assert [english for english in ENGLISH.values() if CHINESE.search(english)] == []


def test_the_compiled_catalogue_says_what_the_written_one_says() -> None:
    with messages.MO.open("rb") as file:
        told = compiled.GNUTranslations(file)

    assert [message for message, english in ENGLISH.items() if told.gettext(message) != english] == []


def test_writing_the_catalogue_again_changes_no_byte(found: list[str]) -> None:
    written = messages.as_po((message, ENGLISH[message]) for message in found)

    assert written == messages.PO.read_text("utf-8")
    assert read_po(io.StringIO(written), locale="en").num_plurals == 2


SENTENCES = Sentences(ENGLISH, lambda text: ENGLISH.get(text, text))


@pytest.mark.parametrize(
    ("said", "english"),
    [
        (TooLarge("邮包", 5, 3).why, "It has 5 bytes; at most 3 are allowed."),
        (TooLarge("邮包", 5, 3).what, "The parcel is too large."),
        (BadForm("邮包清单里的哈希不对").why, "A hash in the manifest is wrong."),
        ("没有人说过的话。", "没有人说过的话。"),
        ("plain", "plain"),
    ],
)
def test_a_finished_sentence_finds_its_english_by_its_shape(said: str, english: str) -> None:
    assert SENTENCES.gettext(said) == english


def test_a_refusal_of_the_mail_is_told_in_english_on_a_page(station: Counter) -> None:
    station.signs_in("boss")

    page = station.opens("/mailroom/letters/nothing?lang=en").text

    assert "There is no such letter." in page and "没有" not in page


NAMES = (
    "示范村便民服务站",
    "示例员",
    "高龄老人津贴申请",
    "老年人优待证办理",
    "中文",
    "李**",
    "李䶮英",
    "示范村 1 号",
)
"""What stays Chinese on an English page: names, and the link to Chinese."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HallDesk]:
    """A village with one case at its hall; the agent reads English."""
    desk = HallDesk(tmp_path_factory.mktemp("english"))
    desk.case_id = desk.arrives()  # type: ignore[attr-defined]
    desk.village.signs_in("agent")
    desk.village.opens("/?lang=en")
    yield desk
    desk.closes()


PAGES = (
    "/accounts/sign-in",
    "/guide/",
    "/guide/?q=laoren",
    "/guide/items/L05000000001",
    "/cases/",
    "CASE",
) + (
    "CASE/correct",
    "CASE/supplement",
    "/handout/",
    "/mailroom/?show=all",
    "/mailroom/stick",
    "/mailroom/aside",
    "/day-end/",
    "/verify/",
    "/accounts/me",
    "/nothing-here",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_counter_is_english_but_for_names(page: str, desk: HallDesk) -> None:
    path = page.replace("CASE", f"/cases/{desk.case_id}")  # type: ignore[attr-defined]

    assert chinese_on(desk.village.opens(path, follow_redirects=True).text) == []


def test_every_step_of_an_intake_is_english_but_for_names(desk: HallDesk) -> None:
    village = desk.village
    base = village.sends("/intake/start", item="L05000000001").headers["Location"].rpartition("/")[0]

    for step in ("items", "situations", "who", "form", "materials", "confirm"):
        assert chinese_on(village.opens(f"{base}/{step}", follow_redirects=True).text) == [], step
    refused = village.sends(f"{base}/who", go="next", name="", id_number="123", phone="1")
    assert refused.status_code == 422 and chinese_on(refused.text) == []


@pytest.mark.parametrize("page", ["", "CASE", "CASE/accept", "CASE/notice", "CASE/precheck"])
def test_a_page_of_the_inbox_is_english_but_for_names_and_legal_words(page: str, desk: HallDesk) -> None:
    path = page.replace("CASE", desk.case_id)  # type: ignore[attr-defined]
    desk.hall.signs_in("reviewer")

    left = chinese_on(desk.hall.opens(f"/inbox/{path}?lang=en").text)

    assert [text for text in left if "视为受理" not in text and "即为受理" not in text] == []


def chinese_on(page: str) -> list[str]:
    """Chinese texts of a page, names and the catalog's own words taken away."""
    counties = {one.name for one in load_divisions().children("440200000000")}
    names = sorted({*NAMES, *counties, *words_of(ALLOWANCE), *words_of(PASS_CARD)}, key=len, reverse=True)
    visible = re.sub(r"<title>.*?</title>|</?mark>", "", page, flags=re.S)  # a found name is marked in pieces
    texts = [html.unescape(text) for text in re.findall(r'>([^<]+)<|="([^"]*)"', visible) for text in text]
    for name in names:
        texts = [text.replace(name, "") for text in texts]
    return [text.strip() for text in texts if CHINESE.search(text)]


def words_of(record: object) -> set[str]:
    """Every Chinese text of an item."""
    if isinstance(record, dict):
        return set().union(*map(words_of, record.values()))
    if isinstance(record, list):
        return set().union(*map(words_of, record)) if record else set()
    return {record} if isinstance(record, str) and CHINESE.search(record) else set()
