"""The colours can be read: 4.5:1 for everybody, 7:1 in elderly mode."""

import re
from pathlib import Path

import pytest

import station

STYLE = (Path(station.__path__[0]) / "static" / "look.css").read_text("utf-8")
PAIRS = [
    ("ink", "ground"),
    ("ink-2", "paper"),
    ("ink-3", "paper"),
    ("ink-3", "ground"),
    ("blue", "paper"),
    ("blue", "ground"),
    ("blue", "blue-soft"),
    ("paper", "blue"),
    ("paper", "red"),
    ("red", "paper"),
    ("red", "red-soft"),
    ("green", "green-soft"),
    ("paper", "green"),
    ("amber", "amber-soft"),
    ("paper", "amber"),
    ("ink-2", "line-2"),
    ("ink-3", "blue-soft"),
]


def tokens(selector: str) -> dict[str, str]:
    block = STYLE.split(selector + " {", 1)[1].split("}", 1)[0]
    return {name: value.strip() for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", block)}


EVERYBODY = tokens(":root")
ELDER = EVERYBODY | tokens("html.elder")


def light(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    digits = colour.lstrip("#")
    full = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(full[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    first, second = sorted((light(one), light(other)))
    return (second + 0.05) / (first + 0.05)


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(text: str, ground: str) -> None:
    assert contrast(EVERYBODY[text], EVERYBODY[ground]) >= 4.5


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_old_eyes_can_read_it_in_elderly_mode(text: str, ground: str) -> None:
    assert contrast(ELDER[text], ELDER[ground]) >= 7


def test_elderly_mode_is_large_and_its_targets_are_too() -> None:
    assert "html.elder {\n  font-size: 21px;" in STYLE
    assert ELDER["target"] == "48px"
