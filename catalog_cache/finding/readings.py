"""The pinyin of names, made once when a catalog is published; a station never imports this work."""

from typing import Any

from catalog_cache.finding.pinyin import toneless
from catalog_cache.finding.search_text import is_han, runs

UNREAD = "0"


def syllables_of(text: str) -> str:
    """The readings of a text, parted by spaces: "gao ling jin tie".

    Every character has one, "0" where none is known; a run of letters and digits stands for itself.
    """
    import pypinyin  # noqa: PLC0415 - its phrase table costs 0.3 s and 70 MB; only publishing pays that

    return " ".join(part for run in runs(text) for part in _readings(pypinyin, run))


def _readings(pypinyin: Any, run: str) -> list[str]:
    if not is_han(run):
        return [run]
    found = pypinyin.lazy_pinyin(run, style=pypinyin.Style.NORMAL, errors=lambda chars: [UNREAD] * len(chars))
    plain = [toneless(reading)[0] for reading in found]
    return [reading if reading.isascii() and reading.isalnum() else UNREAD for reading in plain]
