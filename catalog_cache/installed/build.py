"""From a verified pack to one read-only SQLite file that a station searches.

Entries get their row numbers in the order people want to see them: open for intake first, then the
shorter name. A search that stops early therefore stops after the better ones.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from sqlite3 import DatabaseError
from typing import TYPE_CHECKING, Any

from catalog_cache.codes import base_code
from catalog_cache.errors import BuildFailed
from catalog_cache.files import sync_folder
from catalog_cache.finding.search_text import (
    bigrams,
    cells,
    folded,
    guide_texts,
    initials,
    is_han,
    loosened,
    pinyin_tails,
    spoken_cells,
)
from catalog_cache.layering.layered import LayeredPack
from catalog_cache.model import Item
from catalog_cache.opening import closes_on
from catalog_cache.pack import Entry, PackReader

# The few entries that a date opens or closes, for a search that asks which of them are shut today.
DATED_INDEX = "CREATE INDEX dated ON entries (id, opens_on, closes_on) WHERE opens_on || closes_on <> ''"

if TYPE_CHECKING:
    from sqlite_utils import Database

LAYOUT = 4
_BATCH = 500
_TABLES: dict[str, dict[str, Any]] = {
    "facts": {"name": str, "value": str},
    "entries": {
        "id": int,
        "code": str,
        "kind": str,
        "name": str,
        "aliases": str,
        "item_type": str,
        "theme": str,
        "level": str,
        "power": str,
        "status": str,
        "is_open": int,
        "opens_on": str,
        "closes_on": str,
        "pinyin": str,
        "cells": str,
    },
    "records": {"id": int, "record": str},
    "sources": {"code": str, "told": str},
    "topics": {"key": str, "topic": str, "kind": str, "entry": int},
}
# `keys` finds names, aliases, codes and their pinyin by their beginning; its key order is the index.
# `readings` and `name_words` serve slips of the pen: how the names read a character, how rare a pair is.
# `records` holds the whole entries apart, so that the lines a search looks through stay close together.
_OWN_DDL = (
    "CREATE TABLE keys (key TEXT, entry INTEGER, kind TEXT, shown TEXT, PRIMARY KEY (key, entry, kind))"
    " WITHOUT ROWID",
    "CREATE VIRTUAL TABLE names USING fts5(name, alias, content='')",
    "CREATE VIRTUAL TABLE guides USING fts5(guide, content='')",
    "CREATE VIRTUAL TABLE sounds USING fts5(full, first, loose, content='', detail=column)",
    "CREATE VIRTUAL TABLE name_words USING fts5vocab('names', 'row')",
    "CREATE TABLE readings (char TEXT PRIMARY KEY, syllable TEXT) WITHOUT ROWID",
)


def build(pack: PackReader | LayeredPack, path: Path) -> None:
    """Write the search file of a pack at `path`, whole and checked, or leave `path` as it was.

    Raises BadPack for an entry that is not sound, LayersClash, BuildFailed when the disk or SQLite fails.
    """
    import sqlite_utils  # noqa: PLC0415 - costs start-up time; only building needs it

    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    try:
        database = sqlite_utils.Database(draft)
        try:
            count = _fill(database, pack)
            _check(database, count)
        finally:
            database.close()
        _sync(draft)
        draft.replace(path)
        sync_folder(path.parent)
    except (OSError, DatabaseError) as error:
        raise BuildFailed(f"写入检索文件失败：{error}。") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _fill(database: "Database", pack: PackReader | LayeredPack) -> int:
    database.conn.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA page_size=8192;")
    places = _places(pack)
    with database.conn:
        for name, columns in _TABLES.items():
            database.table(name).create(columns, pk="id" if "id" in columns else None)
        for statement in _OWN_DDL:
            database.conn.execute(statement)
    facts = {"layout": str(LAYOUT), "entries": str(len(places))} | _meta_facts(pack)
    database.table("facts").insert_all({"name": name, "value": value} for name, value in facts.items())
    batch: list[tuple[int, Entry]] = []
    heard: Counter[tuple[str, str]] = Counter()
    for entry in pack.entries():
        batch.append((places[entry.record.code], entry))
        heard.update(_heard(entry))
        if len(batch) == _BATCH:
            _store(database, batch)
            batch.clear()
    _store(database, batch)
    _store_readings(database, heard)
    database.table("entries").create_index(["code"], unique=True)
    database.table("topics").create_index(["key"])
    database.table("sources").create_index(["code"], unique=True)
    database.conn.execute(DATED_INDEX)
    for table in ("names", "guides", "sounds"):
        database.conn.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608
    database.conn.commit()
    database.vacuum()
    return len(places)


def _check(database: "Database", count: int) -> None:
    """Raises BuildFailed when the file does not hold what was put in."""
    (verdict,) = database.conn.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise BuildFailed(f"检索文件自检未通过：{verdict}。")
    for table in ("entries", "names", "guides", "sounds"):
        (found,) = database.conn.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
        if found != count:
            raise BuildFailed(f"检索文件应有 {count} 条，表 {table} 只有 {found} 条。")


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _meta_facts(pack: PackReader | LayeredPack) -> dict[str, str]:
    facts = {name: str(value) for name, value in pack.meta.to_dict(full=True).items()}
    withdrawal = pack.meta.withdrawal
    told = json.dumps(withdrawal.to_dict(), ensure_ascii=False) if withdrawal else ""
    return facts | {"withdrawal": told}


def _places(pack: PackReader | LayeredPack) -> dict[str, int]:
    """Row number of each code. This first reading also checks the pack before anything is stored."""
    ranked = sorted(
        (not _is_open(entry), len(entry.record.name), entry.record.code) for entry in pack.entries()
    )
    return {code: place for place, (_, _, code) in enumerate(ranked, start=1)}


def _is_open(entry: Entry) -> bool:
    return not isinstance(entry.record, Item) or entry.record.is_open


def _store(database: "Database", batch: list[tuple[int, Entry]]) -> None:
    database.table("entries").insert_all(_entry_row(place, entry) for place, entry in batch)
    records = ((place, json.dumps(entry.record.to_dict(), ensure_ascii=False)) for place, entry in batch)
    database.table("sources").insert_all(row for _, entry in batch for row in _source_rows(entry))
    database.table("topics").insert_all(row for place, entry in batch for row in _topic_rows(place, entry))
    with database.conn:
        run = database.conn.executemany
        run("INSERT INTO records VALUES (?, ?)", records)
        run("INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?)", _key_rows(batch))
        run("INSERT INTO names (rowid, name, alias) VALUES (?, ?, ?)", _name_rows(batch))
        run("INSERT INTO guides (rowid, guide) VALUES (?, ?)", _guide_rows(batch))
        run("INSERT INTO sounds (rowid, full, first, loose) VALUES (?, ?, ?, ?)", _sound_rows(batch))


def _entry_row(place: int, entry: Entry) -> dict[str, Any]:
    record = entry.record
    row: dict[str, Any] = {
        "id": place,
        "code": record.code,
        "kind": "package",
        "name": record.name,
        "aliases": "\n".join(entry.aliases),
        "item_type": "",
        "theme": "",
        "level": "",
        "power": "",
        "status": "active",
        "is_open": int(_is_open(entry)),
        "opens_on": "",
        "closes_on": "",
        "pinyin": "\n".join(entry.pinyin),
        "cells": "\n".join(map(spoken_cells, _names(entry), entry.pinyin)),
    }
    if isinstance(record, Item):
        row |= {"kind": "item", "item_type": record.item_type, "theme": record.theme}
        row |= {name: str(getattr(record, name)) for name in ("level", "power", "status")}
        row |= {"opens_on": _day(record.effective_on), "closes_on": _day(closes_on(record))}
    return row


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _names(entry: Entry) -> tuple[str, ...]:
    return entry.record.name, *entry.aliases


def _source_rows(entry: Entry) -> Iterator[dict[str, Any]]:
    """Who said what of an entry, where it is not all the word of the pack's own publisher."""
    if entry.sources:
        told = {name: source.to_dict() for name, source in entry.sources.items()}
        yield {"code": entry.record.code, "told": json.dumps(told, ensure_ascii=False)}


def _topic_rows(place: int, entry: Entry) -> Iterator[dict[str, Any]]:
    record = entry.record
    if isinstance(record, Item):
        themes: tuple[str, ...] = (record.theme, *record.themes)
        events = record.life_events
    else:
        themes, events = (), (record.life_event,) if record.life_event else ()
    for kind, topics in (("theme", themes), ("life_event", events)):
        for topic in dict.fromkeys(topics):
            yield {"key": folded(topic), "topic": topic, "kind": kind, "entry": place}


def _key_rows(batch: list[tuple[int, Entry]]) -> Iterator[tuple[str, int, str, str]]:
    for place, entry in batch:
        code = entry.record.code
        yield from ((key, place, "code", code) for key in {folded(code), folded(base_code(code))})
        for index, (name, syllables) in enumerate(zip(_names(entry), entry.pinyin, strict=True)):
            of = "alias" if index else "name"
            yield folded(name), place, of, name
            yield syllables.replace(" ", ""), place, f"{of}_full", name
            yield initials(syllables), place, f"{of}_first", name


def _name_rows(batch: list[tuple[int, Entry]]) -> Iterator[tuple[int, str, str]]:
    for place, entry in batch:
        # The single character that ends each name keeps a phrase from running into the next one.
        yield place, bigrams(entry.record.name), " ".join(bigrams(alias) for alias in entry.aliases)


def _guide_rows(batch: list[tuple[int, Entry]]) -> Iterator[tuple[int, str]]:
    for place, entry in batch:
        yield place, " ".join(bigrams(text) for _, text in guide_texts(entry.record))


def _sound_rows(batch: list[tuple[int, Entry]]) -> Iterator[tuple[int, str, str, str]]:
    for place, entry in batch:
        tails = [pinyin_tails(syllables) for syllables in entry.pinyin]
        full, first = (" ".join(column) for column in zip(*tails, strict=True))
        yield place, full, first, loosened(full)


def _heard(entry: Entry) -> Iterator[tuple[str, str]]:
    """Each Chinese character of the names with its reading there."""
    for name, syllables in zip(_names(entry), entry.pinyin, strict=True):
        yield from (cell for cell in cells(name, syllables) if is_han(cell[0]))


def _store_readings(database: "Database", heard: Counter[tuple[str, str]]) -> None:
    """The commonest reading of each character."""
    ranked = sorted(heard, key=lambda cell: (-heard[cell], cell))
    with database.conn:
        database.conn.executemany("INSERT OR IGNORE INTO readings VALUES (?, ?)", ranked)
