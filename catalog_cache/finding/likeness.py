"""Slips of the pen: a wrong character of the same sound, one too many or too few, a letter beside its key.

Asked only when nothing else found a name. Every step looks at a bounded number of entries, the rarest
parts of the words first; what the steps need to know was worked out when the catalog was built.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator

from catalog_cache.finding.pinyin import split_typed
from catalog_cache.finding.search_text import folded, is_han, loosened, pairs_of, phrase

Near = tuple[int, float, str]
# A row number, the name with its aliases, and the pinyin of each by line.
Row = tuple[int, list[str], str]
SCATTERED, BY_EAR, ALIKE = 50.0, 30.0, 26.0
_CANDIDATES_MAX = 50
_LENGTH_MAX = 120
_NEAR_MAX = 8
_A_PAIR_MAX = 100
_PAIRS_MAX = 12
_CHARS_MAX = 24
_SHORT_WORD = range(3, 5)
_SPLITS_MAX = 8
_LETTERS_MIN = 6
_SOUND_MIN = 4
_ALIKE_MIN = 0.6
_NAMES_OF = "SELECT id, name, aliases, pinyin FROM entries WHERE id IN"
_IN_NAMES = "SELECT rowid FROM names WHERE names MATCH ? LIMIT ?"
_IN_SOUNDS = "SELECT rowid FROM sounds WHERE sounds MATCH ? LIMIT ?"


def slips(connection: sqlite3.Connection, terms: list[str]) -> list[Near]:
    """Entries that may be meant by misspelt words, each with its worth and a reason in Chinese.

    terms: the runs of the words, lowered. The first way that finds anything is enough.
    """
    key = "".join(terms)[:_CHARS_MAX]
    for way in (_with_the_parts_apart, _in_two_parts, _by_ear, _by_letters, _by_pairs, _with_one_left_out):
        found = sorted(way(connection, key), key=lambda near: -near[1])
        if found:
            return found[:_NEAR_MAX]
    return []


def _with_the_parts_apart(connection: sqlite3.Connection, key: str) -> Iterator[Near]:
    """残疾护理补贴 is 重度残疾人护理补贴: every known pair is there, and the characters come in order."""
    known = [pair for pair, _ in _known_pairs(connection, key)]
    asked = " AND ".join(f'"{pair}"' for pair in known)
    if len(known) < 2:
        return
    for place, texts, _ in _candidates(connection, _IN_NAMES, asked):
        fits = next((text for text in texts if _comes_in_order(key, folded(text))), None)
        if fits is not None:
            yield place, SCATTERED + len(key) / len(fits), f"字在其中：{fits}"


def _in_two_parts(connection: sqlite3.Connection, key: str) -> Iterator[Near]:
    """低保申请 is 申请低保: both parts are there, in any order."""
    if not all(map(is_han, key)):
        return
    for at in range(2, min(len(key) - 1, _SPLITS_MAX)):
        one, other = key[:at], key[at:]
        for place, texts, _ in _candidates(connection, _IN_NAMES, f"{phrase(one)} AND {phrase(other)}"):
            fits = next((text for text in texts if one in text and other in text), None)
            if fits is not None:
                yield place, SCATTERED - 1 + len(key) / len(fits), f"字在其中：{fits}"


def _by_ear(connection: sqlite3.Connection, key: str) -> Iterator[Near]:
    """高领津贴 sounds like 高龄津贴; zh is heard as z, ng as n, n as l."""
    sound = _sound_of(connection, key)
    if len(sound) < _SOUND_MIN or len(split_typed(sound)) < 2:
        return
    for place, texts, pinyin in _candidates(connection, _IN_SOUNDS, f'loose : "{sound}" *'):
        spoken = zip(texts, _sounds(pinyin), strict=True)
        heard = next((text for text, own in spoken if sound in loosened(own)), texts[0])
        yield place, BY_EAR + len(key) / len(heard), f"读音相近：{heard}"


def _by_letters(connection: sqlite3.Connection, key: str) -> Iterator[Near]:
    """gaolimgjintie is gaolingjintie: the beginning or the end is right, and one letter between is not."""
    if len(key) < _LETTERS_MIN or not key.isascii():
        return
    head, tail = key[: len(key) // 3], "".join(split_typed(key)[-2:])
    both = f'full : "{head}" * AND full : "{tail}" *'
    for asked in (both, f'full : "{key[: len(key) // 2]}" *', f'full : "{tail}" *'):
        found = [
            (place, ALIKE + len(key) / len(own), f"拼音相近：{text}")
            for place, texts, pinyin in _candidates(connection, _IN_SOUNDS, asked)
            for text, own in zip(texts, _sounds(pinyin), strict=True)
            if _has_one_slip(key, head, tail, own)
        ]
        if found:
            yield from found
            return


def _by_pairs(connection: sqlite3.Connection, key: str) -> Iterator[Near]:
    """Names that share most characters and pairs, looked up by the rarest pairs first."""
    known = _known_pairs(connection, key)
    counts: Counter[int] = Counter()
    for pair, _ in known[: _PAIRS_MAX // 2]:
        counts.update(place for (place,) in connection.execute(_IN_NAMES, (f'"{pair}"', _A_PAIR_MAX)))
    likely = sorted(counts, key=lambda place: (-counts[place], place))[:_CANDIDATES_MAX]
    yield from _alike(_rows(connection, likely), key)


def _with_one_left_out(connection: sqlite3.Connection, key: str) -> Iterator[Near]:
    """老大钱 is 老人钱: a short word with no pair left is looked up by its other characters."""
    if len(key) not in _SHORT_WORD or not all(map(is_han, key)):
        return
    places: set[int] = set()
    for at in range(len(key)):
        asked = " AND ".join(f'"{char}" *' for char in key[:at] + key[at + 1 :])
        few = 2 * _CANDIDATES_MAX // len(key)
        places.update(place for (place,) in connection.execute(_IN_NAMES, (asked, few)))
    yield from _alike(_rows(connection, sorted(places)), key, length_max=len(key) + 2)


def _alike(rows: Iterator[Row], key: str, length_max: int = _LENGTH_MAX) -> Iterator[Near]:
    """Those of which some name shares enough characters; shorter names first."""
    wanted, pairs = {char for char in key if is_han(char)}, pairs_of(key)
    if len(wanted) < _SHORT_WORD.start:
        return
    enough = _ALIKE_MIN * len(wanted)

    def share(text: str) -> float:
        """1 when every character is there, a tenth more when every pair is, and for the same beginning."""
        beside = sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0
        begun = text.startswith(key[0])
        return len(wanted.intersection(text)) / len(wanted) + (beside + begun) / 10 - len(text) / 1000

    for place, texts, _ in rows:
        likely = [
            text for text in texts if len(text) <= length_max and len(wanted.intersection(text)) >= enough
        ]
        if likely:
            text = max(likely, key=share)
            yield place, ALIKE * share(text), f"相近：{text}"


def _known_pairs(connection: sqlite3.Connection, key: str) -> list[tuple[str, int]]:
    """The pairs of the words that stand in some name, with how many they are; the rarest first."""
    pairs = pairs_of(key)[:_PAIRS_MAX]
    marks = ",".join("?" * len(pairs))
    return connection.execute(
        f"SELECT term, doc FROM name_words WHERE term IN ({marks}) ORDER BY doc",  # noqa: S608 - question marks only
        pairs,
    ).fetchall()


def _sound_of(connection: sqlite3.Connection, key: str) -> str:
    """The words as they are heard; "" when a character stands in no name."""
    characters = list({char for char in key if is_han(char)})
    marks = ",".join("?" * len(characters))
    query = f"SELECT char, syllable FROM readings WHERE char IN ({marks})"  # noqa: S608 - question marks only
    known = dict(connection.execute(query, characters).fetchall())
    if len(known) < len(characters):
        return ""
    return loosened("".join(known.get(char, char) for char in key))


def _has_one_slip(typed: str, head: str, tail: str, own: str) -> bool:
    """Whether a name's pinyin holds what was typed but for one letter more, less, changed or swapped."""
    start = own.find(head)
    if start >= 0 and is_one_slip(typed, own[start:]):
        return True
    end = own.find(tail)
    before = typed[: len(typed) - len(tail)]
    starts = range(max(0, end - len(before) - 1), end - len(before) + 2)
    return end > 0 and any(is_one_slip(before, own[start:end]) for start in starts)


def is_one_slip(typed: str, text: str) -> bool:
    """Whether a text begins with what was typed, but for one letter at most."""
    same = next((at for at, (one, other) in enumerate(zip(typed, text, strict=False)) if one != other), -1)
    if same < 0:
        return len(typed) <= len(text) + 1
    rest, other = typed[same:], text[same:]
    is_swapped = rest[:2] == other[1::-1] and other[2:].startswith(rest[2:])
    return (
        other.startswith(rest[1:])
        or other[1:].startswith(rest)
        or other[1:].startswith(rest[1:])
        or is_swapped
    )


def _comes_in_order(key: str, text: str) -> bool:
    rest = iter(text)
    return all(char in rest for char in key)


def _candidates(connection: sqlite3.Connection, query: str, asked: str) -> Iterator[Row]:
    found = connection.execute(f"{_NAMES_OF} ({query})", (asked, _CANDIDATES_MAX))
    return map(_told_apart, found)


def _rows(connection: sqlite3.Connection, places: list[int]) -> Iterator[Row]:
    marks = ",".join("?" * len(places))
    return map(_told_apart, connection.execute(f"{_NAMES_OF} ({marks})", places))


def _told_apart(row: tuple[int, str, str, str]) -> Row:
    place, name, aliases, pinyin = row
    return place, [name, *aliases.split("\n")] if aliases else [name], pinyin


def _sounds(pinyin: str) -> list[str]:
    """The pinyin of a name and of each alias, each in one word."""
    return pinyin.replace(" ", "").split("\n")
