"""Finding items by what people type: Chinese of any length, pinyin, initials, a mix, a code, a theme.

Each way of finding has its own worth, so that an exact name stands before a beginning, a beginning
before initials, initials before a part of a name, and the guide's text comes last. Between equals and
near equals, what this station uses more comes first. Every hit says in Chinese why it is there, and by
which characters it was found. A later way is tried only while the earlier ones left room.
"""

import json
import math
import sqlite3
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from catalog_cache.finding.highlight import Marks, Typed, marks, readings_of
from catalog_cache.finding.likeness import slips
from catalog_cache.finding.pinyin import is_spelt_out, split_typed
from catalog_cache.finding.search_text import blend, folded, is_han, phrase, runs
from catalog_cache.opening import Days

WORDS_CHARS_MAX = 64
LIMIT_MAX = 100
_TERMS_MAX = 6
_CANDIDATES_MAX = 100
_CODE_CHARS_MIN = 4
_WHOLE = 100
_USE_WORTH_MAX = 5.0
USED_MAX = 200
_LAST = "\U0010ffff"
# Worth and reason of a key by its kind: matched whole, matched by its beginning.
_KEYS = {
    "code": (120, 80, "事项编码"),
    "name": (110, 84, "名称"),
    "alias": (105, 83.5, "俗称"),
    "name_full": (92, 78, "全拼"),
    "alias_full": (90, 76, "俗称全拼"),
    "name_first": (74, 70, "首字母"),
    "alias_first": (73, 68, "俗称首字母"),
}
_PART, _ALIAS_PART, _BLEND, _SOUND_PART, _MIXED, _TOPIC, _GUIDE = 60, 58, 57, 56, 54, 40, 20
_BY_SOUND = "SELECT rowid FROM sounds WHERE sounds MATCH ?"
_USED_ONLY = "IN (SELECT value FROM json_each(?))"
_AND_IN_NAMES = " AND +rowid IN (SELECT rowid FROM names WHERE names MATCH ?)"
_SHUT = (
    "SELECT id FROM entries WHERE opens_on || closes_on <> ''"
    " AND (opens_on > ?1 OR (closes_on <> '' AND closes_on <= ?2))"
)
_TOPIC_NAMES = {"theme": "主题", "life_event": "人生事件"}
_SHOWN = "id, pinyin, aliases, code, name, item_type, kind, theme, level, power, status, is_open"


@dataclass(frozen=True, slots=True)
class Hit:
    """One find. why: Chinese, such as 命中：首字母 gljt; score: higher is better; kind: item or package.

    marks: stretches (start, end) of the name that were found. alias: the spoken name that was found
    instead, "" where the name itself was; alias_marks: its stretches.
    """

    code: str
    name: str
    why: str
    score: float
    item_type: str
    kind: str
    theme: str
    level: str
    power: str
    status: str
    is_open: bool
    marks: Marks = ()
    alias: str = ""
    alias_marks: Marks = ()


def search(
    connection: sqlite3.Connection,
    words: str,
    limit: int = 20,
    used: Mapping[int, int] | None = None,
    shut: Set[int] = frozenset(),
) -> list[Hit]:
    """At most `limit` hits, best first; nothing for words without a letter, digit or character.

    words: what was typed, cut at 64 characters. connection: a file made by `build`. used: how often this
    station took in the entries, by row number; at most USED_MAX of them count. shut: what a date keeps
    shut, see `shut_places`; it comes after what is equally good and open.
    """
    limit = min(limit, LIMIT_MAX)
    query = _Query(connection, words[:WORDS_CHARS_MAX], used or {})
    if limit <= 0 or not query.key:
        return []
    for look in (query.by_key, query.by_name, query.by_sound, query.by_topic):
        if len(query.finds) < limit:
            look()
    if not query.finds:
        query.by_likeness()
    if len(query.finds) < limit:
        query.by_guide()
    ranked = (
        (-query.ranked(place, worth), place in shut, place, why)
        for place, (worth, why) in query.finds.items()
    )
    best = [(worth, place, why) for worth, _, place, why in sorted(ranked)[:limit]]
    return _shown(connection, best, query.terms, shut)


def shut_places(connection: sqlite3.Connection, days: Days) -> frozenset[int]:
    """The row numbers of entries that a date keeps shut on these days."""
    found = connection.execute(_SHUT, (days.earliest.isoformat(), days.latest.isoformat()))
    return frozenset(place for (place,) in found)


class _Query:
    """One set of words on its way through the tables. finds: row number to (worth, why)."""

    def __init__(self, connection: sqlite3.Connection, words: str, used: Mapping[int, int]) -> None:
        self.connection = connection
        self.run = connection.execute
        self.words = words.lower().replace("ü", "v")
        self.key = folded(self.words)
        self.terms = runs(self.words)[:_TERMS_MAX]
        self.told = " ".join(self.terms)
        self.used = dict(list(used.items())[:USED_MAX])
        self.finds: dict[int, tuple[float, str]] = {}

    def add(self, place: int, worth: float, why: str) -> None:
        """Keep the best reason for each entry."""
        if place not in self.finds or self.finds[place][0] < worth:
            self.finds[place] = (worth, why)

    def ranked(self, place: int, worth: float) -> float:
        """The worth with what use adds: less than a step between whole matches, a few steps below."""
        count = self.used.get(place, 0)
        if not count:
            return worth
        return worth + min(_USE_WORTH_MAX, math.log2(1 + count)) * (0.1 if worth >= _WHOLE else 1)

    def rows(self, query: str, column: str, asked: Sequence[Any], limit: int) -> list[tuple[Any, ...]]:
        """The first rows of a query, and those of entries in use that the limit has cut off.

        query: holds {only} where a further condition may stand.
        """
        found = self.run(f"{query.format(only='')} LIMIT ?", (*asked, limit)).fetchall()
        if len(found) == limit and self.used:
            only = query.format(only=f" AND {column} {_USED_ONLY}")
            found += self.run(f"{only} LIMIT ?", (*asked, json.dumps(list(self.used)), limit)).fetchall()
        return found

    def by_key(self) -> None:
        """Codes, names, aliases and their pinyin that are, or begin with, the whole query."""
        is_code = len(self.key) >= _CODE_CHARS_MIN
        found = self.rows(
            "SELECT entry, kind, shown, key FROM keys WHERE key >= ? AND key < ?"
            " AND (kind <> 'code' OR ?){only} ORDER BY length(key) > length(?1), entry",
            "entry",
            (self.key, self.key + _LAST, is_code),
            3 * _CANDIDATES_MAX,
        )
        for place, kind, shown, key in found:
            whole, beginning, label = _KEYS[kind]
            is_whole = key == self.key
            worth = whole if is_whole else beginning + 2 * len(self.key) / len(key)
            self.add(place, worth, self.key_reason(kind, label, shown, is_whole))

    def key_reason(self, kind: str, label: str, shown: str, is_whole: bool) -> str:
        """Why a key fits, in words."""
        if kind == "alias":
            return f"俗称：{shown}"
        if kind.startswith("alias"):
            return f"俗称：{shown}（{label.removeprefix('俗称')} {self.key}）"
        if kind == "name":
            return "命中：名称完全一致" if is_whole else f"命中：名称开头“{self.told}”"
        return f"命中：{label} {shown if kind == 'code' else self.key}"

    def by_name(self) -> None:
        """Names, and where they leave room aliases, that hold every part of the query somewhere."""
        asked = " AND ".join(phrase(term) for term in self.terms)
        query = "SELECT rowid FROM names WHERE names MATCH ?{only}"
        for (place,) in self.rows(query, "+rowid", ("name : (" + asked + ")",), _CANDIDATES_MAX):
            self.add(place, _PART, f"命中：名称“{self.told}”")
        if len(self.finds) >= _CANDIDATES_MAX:
            return
        held = self.rows(query, "+rowid", (asked,), _CANDIDATES_MAX)
        for place, aliases in self.aliases_of([place for (place,) in held if place not in self.finds]):
            self.add(place, _ALIAS_PART, f"俗称：{self.alias_with_a_term(aliases)}")

    def aliases_of(self, places: Sequence[int]) -> sqlite3.Cursor:
        """Row number and aliases of entries."""
        marks_asked = ",".join("?" * len(places))
        query = f"SELECT id, aliases FROM entries WHERE id IN ({marks_asked})"  # noqa: S608 - question marks only
        return self.run(query, places)

    def alias_with_a_term(self, aliases: str) -> str:
        """The first alias that holds a part of the query."""
        listed = aliases.split("\n")
        return next((alias for alias in listed if any(t in folded(alias) for t in self.terms)), listed[0])

    def by_sound(self) -> None:
        """Pinyin or initials from the middle of a name, beside Chinese, or both in one word."""
        letters = [term for term in self.terms if not is_han(term)]
        if not letters:
            return
        if len(self.terms) > 1:
            self.by_blend()
            if self.finds:
                return
        self.by_parts(letters, [term for term in self.terms if is_han(term)])
        if len(self.terms) == 1 and not (self.finds and is_spelt_out(self.key)):
            self.by_blend()

    def by_parts(self, letters: list[str], characters: list[str]) -> None:
        """Every typed word begins at some syllable, every Chinese part stands in a name."""
        asked = ["{full first} : (" + " AND ".join(phrase(word) for word in letters) + ")"]
        query = _BY_SOUND
        if characters:
            query += _AND_IN_NAMES
            asked.append(" AND ".join(phrase(part) for part in characters))
        worth, label = (_MIXED, "混合") if len(self.terms) > 1 else (_SOUND_PART, "拼音")
        for (place,) in self.rows(query + "{only}", "+rowid", asked, _CANDIDATES_MAX):
            self.add(place, worth, f"命中：{label} {self.told}")

    def by_blend(self) -> None:
        """Characters, syllables and initials in a row, 高龄jt or gaoljt; candidates first, then each cell."""
        parts = [part for term in self.terms for part in (term if is_han(term) else split_typed(term))]
        candidates = self.blend_candidates(parts)
        if len(parts) < 2 or not candidates:
            return
        query, asked = candidates
        found = self.run(
            f"SELECT id, cells FROM entries WHERE id IN ({query} LIMIT ?)",  # noqa: S608 - fixed texts
            (*asked, 3 * _CANDIDATES_MAX),
        )
        pattern = blend(parts)
        for place, spoken in found:
            fit = pattern.search(spoken)
            if fit:
                worth = _KEYS["name_first"][1] if fit.start() == 0 else _BLEND
                self.add(place, worth, f"命中：拼音 {self.told}")

    def blend_candidates(self, parts: list[str]) -> tuple[str, list[str]] | None:
        """A query for names that may hold the parts in a row; None when letters alone were asked before."""
        first = "".join(part[0] for part in parts)
        if not any(is_han(part) for part in parts):
            return None if first == self.key else (_BY_SOUND, [f'first : "{first}" *'])
        characters = [term for term in self.terms if is_han(term)]
        letters = [term for term in self.terms if not is_han(term)]
        initials = " AND ".join(map(_heard, letters))
        held = " AND ".join(phrase(part) for part in characters)
        return _BY_SOUND + _AND_IN_NAMES, [initials, held]

    def by_topic(self) -> None:
        """Entries of a theme or life event whose name begins with the query."""
        query = "SELECT entry, topic, kind FROM topics WHERE key >= ? AND key < ?{only}"
        found = self.rows(query, "+entry", (self.key, self.key + _LAST), _CANDIDATES_MAX)
        for place, topic, kind in found:
            self.add(place, _TOPIC, f"{_TOPIC_NAMES[kind]}：{topic}")

    def by_guide(self) -> None:
        """Entries whose guide speaks of every part of the query."""
        asked = " AND ".join(phrase(term) for term in self.terms)
        found = self.run("SELECT rowid FROM guides WHERE guides MATCH ? LIMIT ?", (asked, _CANDIDATES_MAX))
        for (place,) in found:
            self.add(place, _GUIDE, f"指南提到：{self.told}")

    def by_likeness(self) -> None:
        """Entries that may be meant when nothing else was found: a slip of the pen."""
        for place, worth, why in slips(self.connection, self.terms):
            self.add(place, worth, why)


def _heard(typed: str) -> str:
    """An FTS5 expression that every name with these letters in it meets: the narrower one there is."""
    if is_spelt_out(typed):
        return f'full : "{typed}" *'
    return f'first : "{"".join(part[0] for part in split_typed(typed))}" *'


def _shown(
    connection: sqlite3.Connection, best: list[tuple[float, int, str]], terms: list[str], shut: Set[int]
) -> list[Hit]:
    marks_asked = ",".join("?" * len(best))
    rows = connection.execute(
        f"SELECT {_SHOWN} FROM entries WHERE id IN ({marks_asked})",  # noqa: S608 - question marks only
        [place for _, place, _ in best],
    )
    by_place = {row[0]: row[1:] for row in rows}
    typed = [(term, readings_of(term)) for term in terms]
    hits = []
    for worth, place, why in best:
        pinyin, aliases, code, name, item_type, kind, theme, level, power, status, is_open = by_place[place]
        facts = (item_type, kind, theme, level, power, status, bool(is_open) and place not in shut)
        names = [name, *filter(None, aliases.split("\n"))]
        hits.append(Hit(code, name, why, -worth, *facts, *_marked(names, pinyin.split("\n"), typed, why)))
    return hits


def _marked(names: list[str], readings: list[str], typed: list[Typed], why: str) -> tuple[Marks, str, Marks]:
    """The marks on the name; the alias that the reason speaks of, and its marks."""
    told = [at for at, alias in enumerate(names) if at and alias in why and names[0] not in why]
    if told:
        at = max(told, key=lambda one: len(names[one]))
        return (), names[at], marks(names[at], readings[at], typed)
    own = marks(names[0], readings[0], typed)
    if own or not any(read_as for _, read_as in typed):
        return own, "", ()
    heard = zip(names[1:], readings[1:], strict=True)
    spoken = ((alias, marks(alias, reading, typed)) for alias, reading in heard)
    return own, *next(((alias, found) for alias, found in spoken if found), ("", ()))
