"""Breaking Chinese text into lines: between any two Han characters, never inside a word or a number,
no full stop at the start of a line and no opening bracket at its end."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from station.documents.fonts import clean

_UNIT = re.compile(
    r"""[（《「『【〔〈“‘(\[{￥¥$]*                  # what may not end a line
        (?: [□√] [ ]? )*                           # nor a box to tick, away from what it is for
        (?: [0-9A-Za-z_.,:/+\-*'…%@#&=]+ | [ ]+ | [^ ] )?  # a word or number, blanks, or one character
        [，。、；：？！）》」』】〕〉”’)\]}%％℃·…—／]*       # what may not begin one
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Span:
    """A piece of text in one weight."""

    text: str
    is_bold: bool = False


Rich = str | tuple[Span, ...]
Measure = Callable[[str], float]


def bold(text: str) -> Span:
    """The text in bold."""
    return Span(text, is_bold=True)


def spans_of(rich: Rich) -> tuple[Span, ...]:
    """Any text as spans, with what cannot be printed taken out."""
    spans = (Span(rich),) if isinstance(rich, str) else rich
    return tuple(Span(clean(span.text), span.is_bold) for span in spans)


def plain(rich: Rich) -> str:
    """Any text without its weights."""
    return "".join(span.text for span in spans_of(rich))


def wrap(rich: Rich, measure: Measure, width: float) -> list[tuple[Span, ...]]:
    """Cut a text into lines no wider than `width`, in the unit of `measure` (one character's advance).

    A line break in the text is kept. A word wider than a whole line is cut where it must be.
    """
    spans = spans_of(rich)
    text = "".join(span.text for span in spans)
    weights = [span.is_bold for span in spans for _ in span.text]
    lines = []
    begin = 0
    for paragraph in text.split("\n"):
        for start, end in _lines(paragraph, measure, width):
            lines.append(_cut(text, weights, begin + start, begin + end))
        begin += len(paragraph) + 1
    return lines


def _lines(paragraph: str, measure: Measure, width: float) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start, used = 0, 0.0
    for unit in _units(paragraph, measure, width):
        size = sum(measure(char) for char in paragraph[slice(*unit)])
        if used + size > width and unit[0] > start:
            found.append((start, unit[0]))
            start, used = unit[0], 0.0
            if paragraph[slice(*unit)].isspace():
                start, size = unit[1], 0.0
        used += size
    found.append((start, len(paragraph)))
    return found


def _units(paragraph: str, measure: Measure, width: float) -> list[tuple[int, int]]:
    """What must stay together, as (start, end); a unit wider than a line falls apart into characters."""
    units: list[tuple[int, int]] = []
    for match in _UNIT.finditer(paragraph):
        start, end = match.span()
        if sum(measure(char) for char in match[0]) <= width:
            units.append((start, end))
        else:
            units.extend((place, place + 1) for place in range(start, end))
    return [unit for unit in units if unit[0] < unit[1]]


def _cut(text: str, weights: list[bool], start: int, end: int) -> tuple[Span, ...]:
    pieces: list[Span] = []
    for place in range(start, end):
        if pieces and pieces[-1].is_bold == weights[place]:
            pieces[-1] = Span(pieces[-1].text + text[place], weights[place])
        else:
            pieces.append(Span(text[place], weights[place]))
    return tuple(pieces)
