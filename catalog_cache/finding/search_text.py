"""How text becomes what the search tables hold, and what a query asks of them.

Chinese is cut into overlapping pairs, so that any two neighbours find the word they are in; the last
character stands alone as well, so that one character finds names it ends. Pinyin is held from every
syllable onward, so that a prefix search meets the middle of a name too.
"""

import re
import unicodedata
from collections.abc import Iterator

from catalog_cache.model import Item, Package

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
RUN = re.compile(f"[{HAN}]+|[^{HAN}\\W_]+")
_NOT_WORD = re.compile(r"[\W_]+")
_HAN_CHAR = re.compile(f"[{HAN}]")
SYLLABLES_MAX = 60
_NO_CHARACTER = "·"
_LINE = "\n"


def folded(text: str) -> str:
    """Text as it is compared: full-width forms narrowed, capitals lowered, signs and spaces gone."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text).lower())


def runs(text: str) -> list[str]:
    """The stretches of Chinese and of letters and digits in a text, in order."""
    return RUN.findall(unicodedata.normalize("NFKC", text).lower())


def is_han(run: str) -> bool:
    """Whether a run is Chinese; runs are never mixed."""
    return bool(_HAN_CHAR.match(run))


def bigrams(text: str) -> str:
    """The tokens of a text for the index: 高龄津贴 is 高龄 龄津 津贴 贴. Signs are skipped."""
    return " ".join(token for run in RUN.findall(folded(text)) for token in _tokens(run))


def phrase(run: str) -> str:
    """An FTS5 expression that finds a run: neighbours in order, the last token by its beginning."""
    if not is_han(run) or len(run) == 1:
        return f'"{run}" *'
    return '"' + " ".join(_pairs(run)) + '"'


def pairs_of(text: str) -> list[str]:
    """The different pairs of neighbouring Chinese characters in a text, in order."""
    pairs = (pair for run in RUN.findall(folded(text)) if is_han(run) for pair in _pairs(run))
    return list(dict.fromkeys(pairs))


def pinyin_tails(syllables: str) -> tuple[str, str]:
    """Full pinyin and initials from every syllable onward, as two texts of tokens for the index."""
    parts = syllables.split()[:SYLLABLES_MAX]
    full = ("".join(parts[start:]) for start in range(len(parts)))
    first = "".join(part[0] for part in parts)
    return " ".join(full), " ".join(first[start:] for start in range(len(first)))


def loosened(sound: str) -> str:
    """Pinyin without what many do not tell apart: zh and z, ch and c, sh and s, ng and n, n and l."""
    for heard, written in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n")):
        sound = sound.replace(heard, written)
    return sound


def cells(name: str, syllables: str) -> list[tuple[str, str]]:
    """Each character of a name, or each run of letters, with its reading."""
    parts = [part for run in runs(name) for part in (run if is_han(run) else [run])]
    return list(zip(parts, syllables.split(), strict=False))


def spoken_cells(name: str, syllables: str) -> str:
    """A name as `blend` reads it, each cell a character and its reading: 高gao 龄ling 津jin 贴tie."""
    return " ".join(
        char + sound if is_han(char) else _NO_CHARACTER + sound for char, sound in cells(name, syllables)
    )


def blend(parts: list[str]) -> re.Pattern[str]:
    """A pattern that finds characters, syllables and their beginnings in a row among spoken cells."""
    row = " ".join(f"{part if is_han(part) else '[^ ' + _LINE + ']' + part}[^ {_LINE}]*" for part in parts)
    return re.compile(f"(?<![^ {_LINE}]){row}")


def initials(syllables: str) -> str:
    """The first letters of a text's syllables: gljt for gao ling jin tie."""
    return "".join(part[0] for part in syllables.split())


def guide_texts(record: Item | Package) -> Iterator[tuple[str, str]]:
    """The texts of a guide that are worth searching, each with the Chinese name of its part."""
    if isinstance(record, Package):
        yield "牵头部门", record.lead
        yield "说明", record.notes
        return
    if record.agency:
        yield "实施主体", record.agency.name
    yield "主管部门", record.department
    yield from (("受理条件", condition) for condition in record.conditions)
    yield from (("申请材料", material.name) for material in record.materials)
    yield from (("情形", option.label) for question in record.questions for option in question.options)
    yield from (("办理结果", result.name) for result in record.results)
    for entry in record.faq:
        yield "常见问题", entry.q
        yield "常见问题", entry.a


def _tokens(run: str) -> list[str]:
    return [*_pairs(run), run[-1]] if is_han(run) else [run]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]
