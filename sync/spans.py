"""Which bytes of a file are meant: sorted ranges (start, stop) that neither overlap nor touch."""

from collections.abc import Iterable

Span = tuple[int, int]


def union(spans: Iterable[Span]) -> list[Span]:
    """Any ranges, in order and joined where they touch; empty ones are left out."""
    joined: list[Span] = []
    for start, stop in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        elif start < stop:
            joined.append((start, stop))
    return joined


def minus(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What of `spans` lies in none of `others`."""
    left = union(spans)
    for cut_start, cut_stop in union(others):
        left = [piece for span in left for piece in _around(span, cut_start, cut_stop)]
    return left


def size(spans: Iterable[Span]) -> int:
    """Bytes altogether, of ranges that do not overlap."""
    return sum(stop - start for start, stop in spans)


def _around(span: Span, cut_start: int, cut_stop: int) -> list[Span]:
    start, stop = span
    pieces = [(start, min(stop, cut_start)), (max(start, cut_stop), stop)]
    return [(first, last) for first, last in pieces if first < last]
