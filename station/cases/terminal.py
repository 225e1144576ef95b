"""The two characters in a receipt number that tell the lives of a database apart.

The first life writes 01. A database set up again from a backup draws two others, since the days that
its backup does not know may have used up any serial of today under the old ones.
"""

from collections.abc import Callable

from station import kept
from station.cases.numbers import ALPHABET

FIRST_TERMINAL = "01"
LIVES_MAX = 100
_NOTE = "terminals"


def terminal() -> str:
    """The terminal of this life."""
    return _lives()[-1]


def draw_terminal(below: Callable[[int], int]) -> str:
    """Begin a new life, in the caller's transaction: a terminal that no life known here had.

    below: a random whole number below the given one.
    """
    lives = _lives()
    free = [a + b for a in ALPHABET for b in ALPHABET if a + b not in {"00", *lives}]
    drawn = free[below(len(free))]
    kept.keep_note(_NOTE, " ".join([*lives, drawn][-LIVES_MAX:]))
    return drawn


def know_terminal(used: str) -> None:
    """A life that this database forgot wrote under `used`; no later one draws it."""
    lives = _lives()
    if used not in lives:
        kept.keep_note(_NOTE, " ".join([used, *lives][-LIVES_MAX:]))


def _lives() -> list[str]:
    return kept.note(_NOTE).split() or [FIRST_TERMINAL]
