"""What has no place in a report: a resident's numbers. They are found however they are written.

A report speaks of guides. At the form an identity number is refused, and a mobile number needs a person's
word that it is a public one; an identity number that came all the same, from an older station, is masked.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from station.cases.errors import OddIdentity
from station.cases.identity import mask, read_card

_DIGIT, _LAST, _BETWEEN = "[0-9０-９]", "[0-9０-９XxＸｘ]", "[ \u3000.·—－-]{0,2}"
_CARD = re.compile(f"(?<!{_DIGIT})(?=((?:{_DIGIT}{_BETWEEN}){{17}}{_LAST}))")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)", re.ASCII)


def has_identity_number(text: str, today: date) -> bool:
    """Whether a valid 18-digit resident number stands in a text, in wide digits or in groups as well."""
    return next(_found(text, today), None) is not None


def without_numbers(text: str, today: date) -> str:
    """The text with each of them masked, such as 4402**********0029."""
    for written, number in list(_found(text, today)):
        text = text.replace(written, mask("id", number))
    return text


def has_mobile_number(text: str) -> bool:
    """Whether something in a text looks like the number of a mobile telephone in China."""
    return _MOBILE.search(unicodedata.normalize("NFKC", text)) is not None


def _found(text: str, today: date) -> Iterator[tuple[str, str]]:
    """Each number as it is written, and as it reads without what stands between its digits."""
    for match in _CARD.finditer(text):
        plain = re.sub("[^0-9X]", "", unicodedata.normalize("NFKC", match[1]).upper())
        try:
            yield match[1], read_card(plain, today).number
        except OddIdentity:
            continue
