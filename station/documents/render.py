"""From pages of marks to the bytes of a PDF: the only file that draws.

The same pages give the same bytes, on any day and machine: an issued document is kept by its hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from threading import Lock
from typing import Any

from station.documents.fonts import FontChain
from station.documents.marks import Across, Box, Code, Line, Mark, Page, Picture, Words

WIDTH, HEIGHT = 595.28, 841.89
BOLD_STROKE = 0.036  # of the size: the fonts have no bold face, so bold is drawn with an outline
DROP = 0.24  # of the size: keeps a mark that is drawn larger in the middle of its line
_ONE_AT_A_TIME = Lock()  # reportlab reads a font file with one shared place in it
OVERLAP = 0.02  # of a module: closes the hairlines that some viewers leave between QR rows


@dataclass(frozen=True)
class Facts:
    """What the PDF says of itself; `at` is the moment printed on it (aware), never the PC's clock."""

    title: str
    author: str
    subject: str
    keywords: str
    at: datetime


def render(pages: Sequence[Page], facts: Facts, chain: FontChain) -> bytes:
    """The PDF of these pages, A4 upright."""
    # reportlab is imported by the first document, not at start: it would cost every start 0.1 s.
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    target = BytesIO()
    canvas = Canvas(
        target, (WIDTH, HEIGHT), pageCompression=1, invariant=1, lang="zh-CN", initialFontName="YimenBase"
    )
    canvas.setTitle(facts.title)
    canvas.setAuthor(facts.author)
    canvas.setSubject(facts.subject)
    canvas.setKeywords(facts.keywords)
    canvas.setCreator("Yimen Station")
    canvas.setProducer("Yimen Station")
    canvas.setDateFormatter(lambda *_: facts.at.strftime("D:%Y%m%d%H%M%S+00'00'"))
    with _ONE_AT_A_TIME:
        for page in pages:
            for mark in page.marks:
                _draw(canvas, mark, chain)
            canvas.showPage()
        canvas.save()
    return target.getvalue()


def _draw(canvas: Any, mark: Mark, chain: FontChain) -> None:
    match mark:
        case Words():
            _draw_words(canvas, mark, chain)
        case Line():
            canvas.setStrokeGray(0)
            canvas.setLineWidth(mark.thickness)
            canvas.line(mark.x1, HEIGHT - mark.y1, mark.x2, HEIGHT - mark.y2)
        case Box():
            _draw_box(canvas, mark)
        case Code():
            _draw_code(canvas, mark)
        case Picture():
            _draw_picture(canvas, mark)
        case Across():
            _draw_across(canvas, mark, chain)


def _draw_words(canvas: Any, mark: Words, chain: FontChain) -> None:
    line = canvas.beginText(mark.x, HEIGHT - mark.y)
    line.setFillGray(mark.grey)
    line.setStrokeGray(mark.grey)
    line.setCharSpace(mark.spacing)
    canvas.setLineWidth(mark.size * BOLD_STROKE)
    for span in mark.spans:
        line.setTextRenderMode(2 if span.is_bold else 0)
        for run in chain.runs(span.text):
            line.setFont(run.font, mark.size * run.scale)
            line.setRise(-DROP * mark.size * (run.scale - 1))
            line.textOut(run.text)
    line.setTextRenderMode(0)
    canvas.drawText(line)


def _draw_box(canvas: Any, mark: Box) -> None:
    canvas.saveState()
    canvas.setLineWidth(mark.thickness)
    if mark.is_dashed:
        canvas.setDash(2.5, 2)
    if mark.fill is not None:
        canvas.setFillGray(mark.fill)
    top = HEIGHT - mark.y - mark.height
    stroke, fill = int(mark.thickness > 0), int(mark.fill is not None)
    canvas.rect(mark.x, top, mark.width, mark.height, stroke=stroke, fill=fill)
    canvas.restoreState()


def _draw_code(canvas: Any, mark: Code) -> None:
    side = mark.size / len(mark.modules)
    path = canvas.beginPath()
    for down, row in enumerate(mark.modules):
        for start, length in _dark_runs(row):
            top = HEIGHT - mark.y - (down + 1) * side
            path.rect(mark.x + start * side, top, length * side, side * (1 + OVERLAP))
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1, fillMode=1)


def _draw_picture(canvas: Any, mark: Picture) -> None:
    from reportlab.lib.utils import ImageReader  # noqa: PLC0415  # as above: only a document with a picture

    bottom = HEIGHT - mark.y - mark.height
    canvas.drawImage(ImageReader(BytesIO(mark.data)), mark.x, bottom, mark.width, mark.height)


def _dark_runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """(start, length) of the dark stretches of one row of a QR code."""
    runs: list[tuple[int, int]] = []
    for place, is_dark in enumerate(row):
        if is_dark and runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif is_dark:
            runs.append((place, 1))
    return runs


def _draw_across(canvas: Any, mark: Across, chain: FontChain) -> None:
    size = min(64.0, 620 / max(1, len(mark.text)))
    canvas.saveState()
    canvas.translate(WIDTH / 2, HEIGHT / 2)
    canvas.rotate(38)
    canvas.setFillGray(0.9)
    left = -sum(chain.width(char, size) for char in mark.text) / 2
    for run in chain.runs(mark.text):
        canvas.setFont(run.font, size)
        canvas.drawString(left, 0, run.text)
        left += sum(chain.width(char, size) for char in run.text)
    canvas.restoreState()
