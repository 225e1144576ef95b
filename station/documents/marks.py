"""What can stand on a page, as plain values in points from the top left corner; and the page itself."""

from dataclasses import dataclass, field

from station.documents.text import Span


@dataclass(frozen=True)
class Words:
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    size: float
    spans: tuple[Span, ...]
    spacing: float = 0.0
    grey: float = 0.0


@dataclass(frozen=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    thickness: float = 0.6


@dataclass(frozen=True)
class Box:
    """A rectangle; `y` is its upper edge. `fill` is a grey from 0 (black) to 1, or None."""

    x: float
    y: float
    width: float
    height: float
    thickness: float = 0.6
    is_dashed: bool = False
    fill: float | None = None


@dataclass(frozen=True)
class Code:
    """A QR code: rows of booleans, dark is True; `y` is its upper edge, `size` its side."""

    x: float
    y: float
    size: float
    modules: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A PNG or JPEG; `y` is its upper edge."""

    x: float
    y: float
    width: float
    height: float
    data: bytes


@dataclass(frozen=True)
class Across:
    """Light words across the page, behind everything else."""

    text: str


Mark = Words | Line | Box | Code | Picture | Across


@dataclass
class Page:
    """The marks of one page, in drawing order."""

    marks: list[Mark] = field(default_factory=list)
