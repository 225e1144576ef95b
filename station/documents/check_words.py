"""The query code on a receipt: two plain words, said over a phone more surely than letters and digits."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "check_words.txt"
SEPARATOR = "-"


@cache
def words() -> tuple[str, ...]:
    """The word list: two characters each, no two that sound the same."""
    return tuple(_FILE.read_text("utf-8").split())


def query_code(below: Callable[[int], int]) -> str:
    """Two words, such as 槐花-石桥: one of some 240,000. below: `secrets.randbelow`, or a fake in tests.

    So few need the receipt number beside them and a limit on wrong answers where they are asked for.
    """
    listed = words()
    return SEPARATOR.join(listed[below(len(listed))] for _ in range(2))
