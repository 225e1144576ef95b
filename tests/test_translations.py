"""English is whole and true: every message has it, with the same values, and the pages speak it."""

import gettext as compiled
import io
import re

import pytest
from babel.messages.pofile import read_po

from station.languages import CHINESE, Sentences
from sync.errors import BadForm, TooLarge
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
