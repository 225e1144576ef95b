"""Which font draws which character: the common one first, the rare ones only when a name needs them.

A character that no font has is never an empty box: it is drawn as 〓, and the sheet says below which
character that was, so that somebody writes it in by hand.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parent / "fonts"
CHAIN = (("YimenBase", "base.ttf"), ("YimenRare", "rare.ttf"), ("YimenRareA", "rare_a.ttf"))
GETA = "〓"
LARGER = {"□": 1.5, "√": 1.5}
"""How much larger these are drawn: the font's are two millimetres, too small to tick by hand."""
_UNSEEN = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_BEYOND_BMP = re.compile(rb"> <([0-9A-F]{5,6})>")
_SPACES = str.maketrans({"\t": " ", "\u00a0": " ", "\r": None})


@dataclass(frozen=True)
class Run:
    """Neighbouring characters drawn with one font. scale: of the size of the line."""

    font: str
    text: str
    scale: float = 1.0


def clean(text: str) -> str:
    """The text without what cannot be seen on paper: controls, direction marks, variation selectors."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFC", text).translate(_SPACES))
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))


class FontChain:
    """The fonts in their order; a file is read the first time a character asks for it."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._open: list[TTFont] = []
        self._homes: dict[str, tuple[TTFont, float] | None] = {}
        self._lock = Lock()

    def has(self, char: str) -> bool:
        """Whether some font of the chain draws this character."""
        return self._home(char) is not None

    def missing(self, text: str) -> tuple[str, ...]:
        """The characters of a text that no font has, each once, in order."""
        return tuple(dict.fromkeys(char for char in text if char != "\n" and not self.has(char)))

    def width(self, char: str, size: float) -> float:
        """How far one character moves the pen, in points."""
        home = self._home(char) or self._home(GETA)
        assert home is not None, "the base font draws the geta mark"
        return home[1] * size * LARGER.get(char, 1.0)

    def runs(self, text: str) -> list[Run]:
        """The text cut by font, missing characters replaced by 〓."""
        shown = [char if self.has(char) else GETA for char in text]
        return [Run(name, "".join(chars), scale) for (name, scale), chars in groupby(shown, self._drawn_by)]

    def _drawn_by(self, char: str) -> tuple[str, float]:
        home = self._home(char)
        assert home is not None, "only characters that have a font come here"
        return str(home[0].fontName), LARGER.get(char, 1.0)

    def _home(self, char: str) -> "tuple[TTFont, float] | None":
        if char not in self._homes:
            with self._lock:
                self._homes[char] = self._search(ord(char))
        return self._homes[char]

    def _search(self, code_point: int) -> "tuple[TTFont, float] | None":
        for place, (name, file) in enumerate(CHAIN):
            if place == len(self._open):
                self._open.append(_load(name, self._folder / file))
            face = self._open[place].face
            if code_point in face.charToGlyph:
                return self._open[place], face.charWidths[code_point] / 1000
        return None


def _load(name: str, path: Path) -> "TTFont":
    """Read one font file and make it known to reportlab under its name."""
    # reportlab is imported by the first document, not at start: it would cost every start 0.1 s.
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    class ReadableFont(TTFont):
        """Writes characters beyond the first plane into the PDF's text map as UTF-16 asks for."""

        def addObjects(self, doc: Any) -> None:  # noqa: N802 - the name is reportlab's
            super().addObjects(doc)
            for key, value in doc.idToObject.items():
                if key.startswith("toUnicodeCMap:"):
                    value.content = _BEYOND_BMP.sub(_as_utf16, value.content.encode()).decode()

    font = ReadableFont(name, str(path))
    pdfmetrics.registerFont(font)
    return font


def _as_utf16(found: re.Match[bytes]) -> bytes:
    return b"> <" + chr(int(found[1], 16)).encode("utf-16-be").hex().upper().encode() + b">"


@cache
def default_chain() -> FontChain:
    """The chain of this installation, shared by all documents."""
    return FontChain()
