"""Which characters of a name a search found, so that a page can mark why the line is there."""

import unicodedata
from collections.abc import Iterator

from catalog_cache.finding.pinyin import matches_from, split_typed
from catalog_cache.finding.search_text import RUN, is_han

Marks = tuple[tuple[int, int], ...]
Cell = tuple[str, str]
Typed = tuple[str, list[list[str]]]
_ENOUGH = 0.6


def readings_of(term: str) -> list[list[str]]:
    """The ways in which a typed run can be read: as syllables, then letter by letter; [] for Chinese."""
    return [] if is_han(term) else [split_typed(term), list(term)]


def marks(text: str, syllables: str, typed: list[Typed]) -> Marks:
    """Stretches (start, end) of a text that the typed runs mean, in order; () when it cannot be told.

    syllables: the readings of the text, parted by spaces. typed: each run with its `readings_of`.
    """
    lowered = unicodedata.normalize("NFKC", text).lower()
    if len(lowered) != len(text):
        return ()
    at: set[int] = set()
    for term, readings in typed:
        start = lowered.find(term)
        if start >= 0:
            at.update(range(start, start + len(term)))
        elif readings:
            at.update(_by_sound(lowered, syllables, readings))
        else:
            at.update(_in_order(lowered, term))
    return _joined(sorted(at))


def _in_order(text: str, term: str) -> list[int]:
    """The characters of a term that the text has, one after the other; none when they are few."""
    places: list[int] = []
    for char in term:
        found = text.find(char, places[-1] + 1 if places else 0)
        if found >= 0:
            places.append(found)
    return places if len(places) >= _ENOUGH * len(term) else []


def _by_sound(text: str, syllables: str, readings: list[list[str]]) -> Iterator[int]:
    """The characters whose syllables or initials were typed."""
    cells, offsets = _cells(text, syllables)
    for parts in readings:
        start = matches_from(parts, cells)
        if start is not None:
            for first, last in offsets[start : start + len(parts)]:
                yield from range(first, last)
            return


def _cells(text: str, syllables: str) -> tuple[list[Cell], list[tuple[int, int]]]:
    """Each character or run of letters with its reading, and from where to where it stands."""
    offsets: list[tuple[int, int]] = []
    for run in RUN.finditer(text):
        start, end = run.span()
        offsets += [(at, at + 1) for at in range(start, end)] if is_han(run[0]) else [(start, end)]
    parts = [text[start:end] for start, end in offsets]
    return list(zip(parts, syllables.split(), strict=False)), offsets


def _joined(places: list[int]) -> Marks:
    """Neighbouring places as stretches."""
    stretches: list[tuple[int, int]] = []
    for place in places:
        if stretches and stretches[-1][1] == place:
            stretches[-1] = (stretches[-1][0], place + 1)
        else:
            stretches.append((place, place + 1))
    return tuple(stretches)
