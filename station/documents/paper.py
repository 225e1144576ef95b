"""An A4 sheet that is filled from top to bottom: titles, tables, boxed statements, boxes for seals and
signatures. It breaks onto further pages by itself, repeats the head of a cut table and numbers the pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from station.documents.fonts import FontChain, default_chain
from station.documents.marks import Across, Box, Code, Line, Mark, Page, Picture, Words
from station.documents.render import HEIGHT, WIDTH
from station.documents.text import Rich, Span, bold, clean, plain, spans_of, wrap

LEFT, RIGHT = 48.0, WIDTH - 48.0
TOP, BOTTOM = 46.0, HEIGHT - 52.0
INNER = RIGHT - LEFT
BODY = 10.5
LEADING = 1.6
PAD_X, PAD_Y = 6.0, 4.5
SHADE = 0.95


@dataclass(frozen=True)
class Column:
    """One column of a table: its heading and its share of the width."""

    heading: str
    share: float


@dataclass(frozen=True)
class SignBox:
    """A dashed box to sign or stamp in; `foot` is printed at its lower edge."""

    heading: str
    foot: str = ""


@dataclass(frozen=True)
class Image:
    """A PNG or JPEG for a sheet. shape: its height for one of width."""

    data: bytes
    shape: float


class Sheet:
    """A document in the making. Heights and sizes are in points; every text may be plain or `Rich`."""

    def __init__(
        self, running: str, across: str = "", chain: FontChain | None = None, size: float = BODY
    ) -> None:
        """running: what the head of page 2 and every foot say. across: light words behind each page."""
        self.chain = chain or default_chain()
        self.size = size
        self.pages: list[Page] = []
        self.missing: dict[str, None] = {}
        self._running = clean(running)
        self._across = across
        self._y = 0.0
        self._new_page()

    def title(self, text: str, size: float = 20) -> None:
        """A large centred line, its characters set apart; a long one is wrapped."""
        spacing = size * 0.18 if len(text) <= 16 else 0.0
        for spans in self._wrap((bold(text),), size, INNER - spacing * len(text)):
            width = self._width(spans, size) + spacing * (len(plain(spans)) - 1)
            self._y += size * 1.3
            self._put(Words((WIDTH - width) / 2, self._y, size, spans, spacing))
        self._y += 4

    def subtitle(self, text: Rich, size: float = 11, grey: float = 0.2) -> None:
        """A smaller centred line."""
        for spans in self._wrap(text, size, INNER):
            self._y += size * 1.4
            self._put(Words((WIDTH - self._width(spans, size)) / 2, self._y, size, spans, grey=grey))
        self._y += 5

    def pair(self, left: Rich, right: Rich) -> None:
        """One text at the left edge and one at the right, on one line if both fit."""
        lines = self._wrap(right, self.size, INNER)
        width = max(self._width(line, self.size) for line in lines)
        room = INNER - width - 12
        if room < self.size * 8:
            self.text(left)
            self.text(right)
            return
        begin = self._y
        self._lines(lines, RIGHT - width, self.size)
        low, self._y = self._y, begin
        self._lines(self._wrap(left, self.size, room), LEFT, self.size)
        self._y = max(low, self._y)

    def facts(self, rows: Sequence[Sequence[tuple[str, Rich]]], labels: float = 66.0) -> None:
        """A ruled table of label and value, one or two pairs a row; the second takes two fifths."""
        for row in rows:
            shares = (1.0,) if len(row) == 1 else (0.6, 0.4)
            cells: list[tuple[float, Rich, bool]] = []
            for (label, value), share in zip(row, shares, strict=True):
                cells += [(labels, (bold(label),), True), (INNER * share - labels, value, False)]
            self._row(cells)
        self._y += 9

    def grid(self, columns: Sequence[Column], rows: Sequence[Sequence[Rich]]) -> None:
        """A ruled table; its heading is repeated where a page ends. No rows: only the heading.

        A row with one cell is a shaded band across the table, the name of what follows.
        """
        whole = sum(column.share for column in columns)
        widths = [INNER * column.share / whole for column in columns]
        heading = [
            (width, (bold(column.heading),), True) for width, column in zip(widths, columns, strict=True)
        ]
        self._row(heading)
        for row in rows:
            cells = [(width, value, False) for width, value in zip(widths, row, strict=len(row) > 1)]
            if len(row) == 1:
                cells = [(INNER, row[0], True)]
            if self._cell_height(cells) > BOTTOM - self._y:
                self._new_page()
                self._row(heading)
            self._row(cells)
        self._y += 9

    def statement(self, text: Rich) -> None:
        """A text in a heavy frame, bold."""
        strong = tuple(bold(span.text) for span in spans_of(text))
        lines = self._wrap(strong, self.size, INNER - 20)
        while lines:
            room = max(1, int((BOTTOM - self._y - 14) / self._leading()))
            if room < min(len(lines), 2):
                self._new_page()
                continue
            part, lines = lines[:room], lines[room:]
            top = self._y
            self._y += 7
            self._lines(part, LEFT + 10, self.size)
            self._y += 7
            self._put(Box(LEFT, top, INNER, self._y - top, 1.6))
        self._y += 9

    def text(self, text: Rich, size: float | None = None, grey: float = 0.0) -> None:
        """A paragraph."""
        at = size or self.size
        self._lines(self._wrap(text, at, INNER), LEFT, at, grey)

    def heading(self, text: str, size: float | None = None) -> None:
        """A bold line that stays with at least two lines of what follows."""
        at = size or self.size * 1.15
        self._need(at * LEADING * 3)
        self._y += at * 0.35
        self.text((bold(text),), at)
        self._y += 2

    def points(self, texts: Sequence[Rich], mark: str = "□") -> None:
        """A list, each with a mark before it."""
        indent = self._width(spans_of(mark + " "), self.size)
        for text in texts:
            lines = self._wrap(text, self.size, INNER - indent)
            self._need(self._leading() * min(len(lines), 3))
            self._put(Words(LEFT, self._y + self.size * 1.2, self.size, spans_of(mark)))
            self._lines(lines, LEFT + indent, self.size)
            self._y += self.size * 0.3

    def boxes(self, boxes: Sequence[SignBox], height: float = 78.0) -> None:
        """Dashed boxes side by side, kept on one page."""
        self._need(height + 4)
        gap = 10.0
        width = (INNER - gap * (len(boxes) - 1)) / len(boxes)
        for place, box in enumerate(boxes):
            x = LEFT + place * (width + gap)
            self._put(Box(x, self._y, width, height, 0.6, is_dashed=True))
            self._put(Words(x + PAD_X, self._y + 14, 9.5, self._known(box.heading)))
            if box.foot:
                lines = self._wrap(box.foot, 9.5, width - 2 * PAD_X)[-2:]
                for up, spans in enumerate(reversed(lines)):
                    self._put(Words(x + PAD_X, self._y + height - 8 - up * 13, 9.5, spans))
        self._y += height + 9

    def code(self, modules: tuple[tuple[bool, ...], ...], module_mm: float, texts: Sequence[Rich]) -> None:
        """A QR code at the foot of this page, or at the head of the next, with small texts beside it.

        modules: with their quiet zone.
        """
        side = len(modules) * module_mm * 72 / 25.4
        lines = [line for text in texts for line in [*self._wrap(text, 9.0, INNER - side - 16), ()]]
        height = max(side, len(lines) * 9.0 * 1.5)
        before = len(self.pages)
        self._need(height)
        if len(self.pages) == before:
            self._y = BOTTOM - height
        self._put(Code(LEFT, self._y, side, modules))
        for down, spans in enumerate(lines):
            self._put(Words(LEFT + side + 16, self._y + 14 + down * 9.0 * 1.5, 9.0, spans))
        self._y += height

    def picture(self, image: Image, words: Rich, most: tuple[float, float] = (250.0, 250.0)) -> None:
        """A framed picture with words to the right of it, kept on one page. most: its width and height."""
        width = min(most[0], most[1] / image.shape)
        height = width * image.shape
        self._need(height + 12)
        top, x = self._y + 4, LEFT + width + 14
        self._put(Picture(LEFT, top, width, height, image.data))
        self._put(Box(LEFT, top, width, height))
        self._lines(self._wrap(words, self.size, RIGHT - x), x, self.size)
        self._y = max(self._y, top + height) + 9

    def gap(self, height: float) -> None:
        """Leave some height free."""
        self._y += height

    def finish(self) -> tuple[Page, ...]:
        """The pages, with foot notes for characters that no font has, and page numbers."""
        if self.missing:
            codes = "、".join(f"U+{ord(char):04X}" for char in self.missing)
            note = f"〓 处是本机字库没有的字（{codes}），请手写补上并由双方核对。"
            self._need(2 * 9.0 * LEADING)
            self.text((bold(note),), 9.0)
        for number, page in enumerate(self.pages, start=1):
            foot = f"{self._running}　　第 {number} 页　共 {len(self.pages)} 页"
            width = self._width(spans_of(foot), 8.5)
            page.marks.append(Words((WIDTH - width) / 2, HEIGHT - 26, 8.5, spans_of(foot), grey=0.25))
        return tuple(self.pages)

    def _row(self, cells: Sequence[tuple[float, Rich, bool]]) -> None:
        wrapped = [
            (width, self._wrap(text, self.size, width - 2 * PAD_X), fill) for width, text, fill in cells
        ]
        left = max(len(lines) for _, lines, _ in wrapped)
        done = 0
        while done < left:
            room = int((BOTTOM - self._y - 2 * PAD_Y) / self._leading())
            if room < min(left - done, 3):
                self._new_page()
                continue
            take = min(room, left - done)
            self._row_part([(width, lines[done : done + take], fill) for width, lines, fill in wrapped], take)
            done += take

    def _row_part(self, cells: Sequence[tuple[float, Sequence[tuple[Span, ...]], bool]], lines: int) -> None:
        height = lines * self._leading() + 2 * PAD_Y
        x = LEFT
        for width, _, is_shaded in cells:
            if is_shaded:
                self._put(Box(x, self._y, width, height, 0, fill=SHADE))
            x += width
        x = LEFT
        for width, content, _ in cells:
            for down, spans in enumerate(content):
                base = self._y + PAD_Y + (down + 0.76) * self._leading()
                self._put(Words(x + PAD_X, base, self.size, spans))
            self._put(Line(x, self._y, x, self._y + height))
            x += width
        self._put(Line(x, self._y, x, self._y + height))
        self._put(Line(LEFT, self._y, RIGHT, self._y))
        self._y += height
        self._put(Line(LEFT, self._y, RIGHT, self._y))

    def _cell_height(self, cells: Sequence[tuple[float, Rich, bool]]) -> float:
        lines = max(len(self._wrap(text, self.size, width - 2 * PAD_X)) for width, text, _ in cells)
        return min(lines, 12) * self._leading() + 2 * PAD_Y

    def _lines(self, lines: Sequence[tuple[Span, ...]], x: float, size: float, grey: float = 0.0) -> None:
        for spans in lines:
            self._need(size * LEADING)
            self._put(Words(x, self._y + size * 1.2, size, spans, grey=grey))
            self._y += size * LEADING

    def _need(self, height: float) -> None:
        if self._y + height > BOTTOM:
            self._new_page()

    def _new_page(self) -> None:
        self.pages.append(Page([Across(self._across)] if self._across else []))
        self._y = TOP
        if len(self.pages) > 1:
            self._put(Words(LEFT, TOP, 9.0, spans_of(f"{self._running}　（续）"), grey=0.25))
            self._y += 12

    def _put(self, mark: Mark) -> None:
        self.pages[-1].marks.append(mark)

    def _wrap(self, text: Rich, size: float, width: float) -> list[tuple[Span, ...]]:
        self.missing.update(dict.fromkeys(self.chain.missing(plain(text))))
        return wrap(text, lambda char: self.chain.width(char, size), width)

    def _known(self, text: Rich) -> tuple[Span, ...]:
        self.missing.update(dict.fromkeys(self.chain.missing(plain(text))))
        return spans_of(text)

    def _width(self, spans: Sequence[Span], size: float) -> float:
        return sum(self.chain.width(char, size) for span in spans for char in span.text)

    def _leading(self) -> float:
        return self.size * LEADING
