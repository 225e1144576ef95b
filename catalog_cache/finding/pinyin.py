"""Pinyin without a pinyin library: the syllables there are, and how a typed word falls into them.

The readings of the names themselves come with the pack; a station never looks a character up.
"""

import unicodedata

_FINALS = {
    "": "a ai an ang ao e ei en eng er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "f": "a an ang ei en eng o ou u",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "t": "a ai an ang ao e ei eng i ian iao ie ing ong ou u uan ui un uo",
    "w": "a ai an ang ei en eng o u",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
}
SYLLABLES = frozenset(initial + final for initial, finals in _FINALS.items() for final in finals.split())
_LONGEST = max(map(len, SYLLABLES))
_UMLAUT = "\N{COMBINING DIAERESIS}"


def toneless(text: str) -> tuple[str, bool]:
    """A syllable without its tone mark, ü as v, and whether it carried a mark."""
    letters: list[str] = []
    has_mark = False
    for char in unicodedata.normalize("NFD", text.lower()):
        if char == _UMLAUT and letters:
            letters[-1] = "v"
        elif unicodedata.combining(char):
            has_mark = True
        else:
            letters.append(char)
    return "".join(letters), has_mark


def split_typed(word: str) -> list[str]:
    """Cut a typed word into whole syllables and single initials: "gaoljt" is gao, l, j, t.

    The longest syllable is taken each time; a letter that begins none stands for itself.
    """
    parts = []
    start = 0
    while start < len(word):
        sizes = range(min(_LONGEST, len(word) - start), 1, -1)
        size = next((size for size in sizes if word[start : start + size] in SYLLABLES), 1)
        parts.append(word[start : start + size])
        start += size
    return parts


def is_spelt_out(word: str) -> bool:
    """Whether a typed word is whole syllables and nothing else, so that no letter stands for one."""
    return all(part in SYLLABLES for part in split_typed(word))


def matches_from(parts: list[str], cells: list[tuple[str, str]]) -> int | None:
    """Where in a name a run of cells begins, one for each part; None for nowhere.

    cells: each character of the name with its syllable. A part fits a cell when it is the character,
    or when the syllable begins with it.
    """
    for start in range(len(cells) - len(parts) + 1):
        if _fits(parts[0], cells[start]) and all(map(_fits, parts, cells[start : start + len(parts)])):
            return start
    return None


def _fits(part: str, cell: tuple[str, str]) -> bool:
    return cell[0] == part or cell[1].startswith(part)
