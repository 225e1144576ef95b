"""A node whose disk is a copy of another PC's: a person has said so, and it writes nothing new.

What it wrote before stays and still goes out, since residents were served by it.
"""

from datetime import datetime

from station import kept

_NOTE = "declared-copy"


def is_copy() -> bool:
    """Whether this node was declared a copy."""
    return bool(kept.note(_NOTE))


def declare_copy(now: datetime) -> None:
    """From now on nothing is taken in here; in the caller's transaction."""
    kept.keep_note(_NOTE, now.isoformat())


def declare_original() -> None:
    """It was the first PC after all, or nobody ever doubted it."""
    kept.keep_note(_NOTE, "")
