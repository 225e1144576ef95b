"""English as a second language: the frame's every text has its translation, and the places agree."""

import gettext
import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import station
from station import errors
from tests.test_whole_app import made
from tests.tools.counter import Counter

FOLDER = Path(station.__path__[0])
CATALOGUE = FOLDER / "translations" / "en" / "LC_MESSAGES"
FRAME = ("accounts/", "wizard/", "dayend/", "templates/", "app.py", "gate.py", "status.py", "web.py")
WORDS = {"_": None, "gettext": None, "lazy_gettext": None}
PLACES = re.compile(r"%\(\w+\)[sd]")


def translations() -> dict[str, str]:
    with (CATALOGUE / "messages.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="en") if one.id and one.string}


def texts_of_the_frame() -> set[str]:
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    found = extract_from_dir(str(FOLDER), methods, {}, keywords=WORDS)
    return {str(text) for name, _, text, *_ in found if name.startswith(FRAME)}


def test_every_text_of_the_frame_has_its_english() -> None:
    assert texts_of_the_frame() - set(translations()) == set()


def test_every_error_of_the_frame_has_its_english() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    below = [kind for kind in kinds if issubclass(kind, errors.StationError) and kind.__init__ is not None]
    templates = {text for kind in below if kind is not errors.StationError for text in made(kind).templates}

    assert {text for text in templates if "样例" not in text} - set(translations()) == set()


def test_a_translation_has_the_places_of_its_original() -> None:
    for chinese, english in translations().items():
        assert sorted(PLACES.findall(chinese)) == sorted(PLACES.findall(english)), chinese


def test_the_compiled_catalogue_is_in_step() -> None:
    with (CATALOGUE / "messages.po").open("rb") as file:
        fresh = BytesIO()
        write_mo(fresh, read_po(file, locale="en"))
    with (CATALOGUE / "messages.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    fresh.seek(0)

    assert compiled._catalog == gettext.GNUTranslations(fresh)._catalog  # type: ignore[attr-defined]


@pytest.mark.parametrize(("path", "told"), [("/accounts/sign-in", "Sign in"), ("/nothing-here", "Next step")])
def test_an_english_page_is_english(station: Counter, path: str, told: str) -> None:
    station.signs_in()

    text = station.opens(f"{path}?lang=en").text
    assert told in text and 'lang="en"' in text
