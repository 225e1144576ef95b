"""The codes of items, agencies and divisions: what forms they take, how they are made and checked.

An implementation code (实施编码, 31) is the credit code of the agency (18), the level (1) and the base
code (基本编码, 12). A handling item (业务办理项, 33) adds two digits, a case number (办件编号, 43) adds a
date and a daily serial.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from catalog_cache.model import Item, Level

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_DIVISION_STEPS = ((2, "province"), (4, "city"), (6, "county"), (9, "township"), (12, "village"))
LEVEL_DIGITS = {
    Level.NATION: "1",
    Level.PROVINCE: "2",
    Level.CITY: "3",
    Level.COUNTY: "4",
    Level.TOWNSHIP: "5",
    Level.VILLAGE: "6",
    Level.GRADED: "7",
}


class CodeForm(StrEnum):
    """Which kind of code a text is."""

    LOCAL = "local"
    BASE_10 = "base10"
    BASE_12 = "base12"
    IMPLEMENTATION = "implementation31"
    HANDLING = "handling33"
    CASE = "case43"


_FORMS = (
    (CodeForm.LOCAL, re.compile(r"L\d{11}")),
    (CodeForm.BASE_10, re.compile(r"[0-9A-Z]{10}")),
    (CodeForm.BASE_12, re.compile(r"[0-9A-Z]{12}")),
    (CodeForm.IMPLEMENTATION, re.compile(r"[0-9A-Z]{18}[1-7][0-9A-Z]{12}")),
    (CodeForm.HANDLING, re.compile(r"[0-9A-Z]{18}[1-7][0-9A-Z]{12}\d{2}")),
    (CodeForm.CASE, re.compile(r"[0-9A-Z]{18}[1-7][0-9A-Z]{12}\d{12}")),
)


def form_of(code: str) -> CodeForm | None:
    """The form of an item or case code, or None when it has none of the known forms."""
    return next((form for form, shape in _FORMS if shape.fullmatch(code)), None)


@dataclass(frozen=True, slots=True)
class CodeParts:
    """An implementation code or longer, taken apart."""

    agency: str
    level_digit: str
    base: str
    handling: str = ""

    @classmethod
    def of(cls, code: str) -> "CodeParts | None":
        """The parts of a 31 or 33 character code; None for every other form."""
        if form_of(code) not in (CodeForm.IMPLEMENTATION, CodeForm.HANDLING):
            return None
        return cls(code[:18], code[18], code[19:31], code[31:])


def implementation_code(agency: str, level: Level, base: str) -> str:
    """Compose the 31 characters of 实施编码. agency: credit code; base: 12 characters."""
    assert form_of(base) in (CodeForm.BASE_12, CodeForm.LOCAL), base
    assert is_credit_code(agency), agency
    return agency + LEVEL_DIGITS[level] + base


def base_code_of(item: Item) -> str:
    """基本编码 of an item, from its own field or out of its code; "" when it cannot be told."""
    if item.base_code:
        return item.base_code
    parts = CodeParts.of(item.code)
    if parts:
        return parts.base
    return item.code if form_of(item.code) in (CodeForm.BASE_10, CodeForm.BASE_12) else ""


def code_conflicts(item: Item) -> list[str]:
    """Chinese sentences on codes of one item that contradict each other; none when all agree."""
    found = []
    parts = CodeParts.of(item.code)
    told = item.implementation_code
    if parts and item.base_code and parts.base != item.base_code:
        found.append(f"事项编码里的基本编码是“{parts.base}”，另写的基本编码是“{item.base_code}”。")
    if parts and told and item.code[:31] != told:
        found.append(f"事项编码里的实施编码是“{item.code[:31]}”，另写的实施编码是“{told}”。")
    inner = CodeParts.of(told)
    if inner and base_code_of(item) not in ("", inner.base):
        found.append(f"实施编码里的基本编码是“{inner.base}”，与“{base_code_of(item)}”不一致。")
    for one in filter(None, (parts, inner)):
        if one.level_digit != LEVEL_DIGITS[item.level]:
            found.append(f"编码里的行使层级是“{one.level_digit}”，与“{item.level.label}”不一致。")
    return list(dict.fromkeys(found))


def implementation_code_of(item: Item) -> str:
    """The 31-character code under which cases of this item are numbered; "" when it cannot be told."""
    if CodeParts.of(item.implementation_code):
        return item.implementation_code
    if CodeParts.of(item.code):
        return item.code[:31]
    is_base = form_of(item.code) in (CodeForm.BASE_12, CodeForm.LOCAL)
    if is_base and item.agency and is_credit_code(item.agency.code):
        return implementation_code(item.agency.code, item.level, item.code)
    if len(item.base_code) == 12 and item.agency and is_credit_code(item.agency.code):
        return implementation_code(item.agency.code, item.level, item.base_code)
    return ""


def base_code(code: str) -> str:
    """The base code inside an implementation or handling code; any other code as it is."""
    parts = CodeParts.of(code)
    return parts.base + parts.handling if parts else code


def case_number(implementation: str, day: date, serial: int) -> str:
    """Compose the 43 characters of 办件编号. serial: 1 to 9999, counted each day by the hall."""
    assert form_of(implementation) is CodeForm.IMPLEMENTATION and 1 <= serial <= 9999
    return f"{implementation}{day:%Y%m%d}{serial:04d}"


def local_code(item_type: str, name: str) -> str:
    """A stand-in for an item whose official code is not known: the same name gives the same code.

    It starts with L, which no official code does, and keeps the item type readable.
    """
    number = int.from_bytes(sha256(f"{item_type}\n{name}".encode()).digest()[:8]) % 10**9
    return f"L{item_type}{number:09d}"


def credit_check(first_17: str) -> str:
    """The check character of a unified social credit code (GB 32100).

    When the weighted sum is a multiple of 31 the check is "0"; taking 31 minus the remainder as an
    index would then point past the alphabet, which is how several public checkers fail.
    """
    total = sum(
        _CREDIT_ALPHABET.index(char) * weight for char, weight in zip(first_17, _CREDIT_WEIGHTS, strict=True)
    )
    return _CREDIT_ALPHABET[(31 - total % 31) % 31]


def is_credit_code(code: str) -> bool:
    """Whether the 18 characters are of the right alphabet and their check character fits."""
    if len(code) != 18 or any(char not in _CREDIT_ALPHABET for char in code):
        return False
    return credit_check(code[:17]) == code[17]


def is_division_code(code: str) -> bool:
    """Whether a text has the form of a 12-digit division code, padded with zeros above the village."""
    return division_level(code) is not None


def division_level(code: str) -> str | None:
    """province, city, county, township or village, told from the padding; None for no such form."""
    if not re.fullmatch(r"[1-9][0-9]{11}", code):
        return None
    ends = [0] + [width for width, _ in _DIVISION_STEPS]
    parts = [int(code[start:end]) for start, end in zip(ends, ends[1:], strict=False)]
    depth = max(index for index, part in enumerate(parts) if part)
    is_gapless = all(parts[: depth + 1])
    return _DIVISION_STEPS[depth][1] if is_gapless else None
