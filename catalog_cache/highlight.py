"""Which characters of a name a search found, so that a page can mark why the line is there."""

import unicodedata
from collections.abc import Iterator

from catalog_cache.pinyin import matches_from, split_typed
from catalog_cache.search_text import is_han, runs

Marks = tuple[tuple[int, int], ...]
Cell = tuple[str, str]
_ENOUGH = 0.6


def marks(text: str, syllables: str, terms: list[str]) -> Marks:
    """Stretches (start, end) of a text that the terms mean, in order; () when it cannot be told.

    syllables: the readings of the text, parted by spaces. terms: the runs of what was typed.
    """
    lowered = unicodedata.normalize("NFKC", text).lower()
    if len(lowered) != len(text):
        return ()
    at = [place for term in terms for place in _places(lowered, syllables, term)]
    return _joined(sorted(set(at)))


def _places(text: str, syllables: str, term: str) -> Iterator[int]:
    start = text.find(term)
    if start >= 0:
        yield from range(start, start + len(term))
    elif is_han(term):
        yield from _in_order(text, term)
    else:
        yield from _by_sound(text, syllables, term)


def _in_order(text: str, term: str) -> list[int]:
    """The characters of a term that the text has, one after the other; none when they are few."""
    places: list[int] = []
    for char in term:
        found = text.find(char, places[-1] + 1 if places else 0)
        if found >= 0:
            places.append(found)
    return places if len(places) >= _ENOUGH * len(term) else []


def _by_sound(text: str, syllables: str, term: str) -> Iterator[int]:
    """The characters whose syllables or initials were typed."""
    cells, offsets = _cells(text, syllables)
    for parts in (split_typed(term), list(term)):
        start = matches_from(parts, cells)
        if start is not None:
            for first, last in offsets[start : start + len(parts)]:
                yield from range(first, last)
            return


def _cells(text: str, syllables: str) -> tuple[list[Cell], list[tuple[int, int]]]:
    """Each character or run of letters with its reading, and from where to where it stands."""
    parts = [part for run in runs(text) for part in (run if is_han(run) else [run])]
    offsets: list[tuple[int, int]] = []
    end = 0
    for part in parts:
        start = text.index(part, end)
        end = start + len(part)
        offsets.append((start, end))
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
