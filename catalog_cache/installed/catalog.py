"""One installed version of the catalog, open for reading; every thread of a station may ask it."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Empty, Full, LifoQueue
from typing import Self

from catalog_cache.calendar.workdays import WorkCalendar
from catalog_cache.errors import BadRecord, BuildFailed, UnknownItem
from catalog_cache.finding.search import USED_MAX, Hit, search, shut_places
from catalog_cache.layer import Source
from catalog_cache.layering.layer_rules import Spoken
from catalog_cache.model import Item, Level, Package
from catalog_cache.opening import Days
from catalog_cache.pack import Withdrawal
from catalog_cache.records import parse_moment

LAYOUT = "4"
_CONNECTIONS_MAX = 8
_DAYS_MAX = 8


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of a list of entries. kind: item or package."""

    code: str
    name: str
    kind: str
    item_type: str
    theme: str
    level: str
    power: str
    status: str
    is_open: bool


class Catalog:
    """A read-only catalog file. Connections are lent to one thread at a time and kept for the next.

    days: which days today may be, None where nobody asked for a day and dates do not count.
    withdrawal: of an earlier version by this one, None in an ordinary version.
    """

    def __init__(self, path: Path, calendar: Callable[[], WorkCalendar] = WorkCalendar) -> None:
        """calendar: gives the table in use. Raises BuildFailed when the file is missing or broken."""
        self._uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue(_CONNECTIONS_MAX)
        self._calendar = calendar
        self.days: Days | None = None
        self._shut: dict[Days, frozenset[int]] = {}
        try:
            with self._reading() as connection:
                facts = dict(connection.execute("SELECT name, value FROM facts").fetchall())
                self._topics = connection.execute(
                    "SELECT kind, topic, count(*) FROM topics GROUP BY kind, topic ORDER BY 3 DESC, 2"
                ).fetchall()
            if facts["layout"] != LAYOUT:
                raise BuildFailed("检索文件是其他版本的程序建立的。")
            self.version = int(facts["version"])
            self.publisher, self.publisher_name = facts["publisher"], facts["publisher_name"]
            self.published_at = parse_moment(facts["published_at"])
            self.valid_until = parse_moment(facts["valid_until"])
            self.count = int(facts["entries"])
            told = facts["withdrawal"]
            self.withdrawal = Withdrawal.from_dict(json.loads(told)) if told else None
        except (sqlite3.Error, KeyError, ValueError, BadRecord) as error:
            raise BuildFailed(f"检索文件不能用：{error}。") from error

    def on(self, days: Days) -> Self:
        """This catalog as it stands on these days: what a date opens or closes is told so."""
        dated = copy(self)
        dated.days = days
        return dated

    @property
    def calendar(self) -> WorkCalendar:
        """The working days in use here; it is newer than the catalog when only the table was updated."""
        return self._calendar()

    def item(self, code: str) -> Item:
        """One item with everything in it. Raises UnknownItem."""
        return Item.from_dict(json.loads(self._record(code, "item")))

    def spoken(self, code: str) -> Spoken:
        """One item, and who said each field of it. Raises UnknownItem."""
        item, own = self.item(code), self.source
        with self._reading() as connection:
            found = connection.execute("SELECT told FROM sources WHERE code = ?", (code,)).fetchone()
        told = json.loads(found[0]) if found else {}
        sources = {name: Source.from_dict(fields) for name, fields in told.items()}
        return Spoken(item, sources.pop("", own), sources)

    @property
    def source(self) -> Source:
        """The publisher of this catalog, under whose number it goes."""
        level = self.publisher.partition("-")[0]
        return Source(
            level=Level(level) if level in list(Level) else Level.COUNTY,
            publisher=self.publisher,
            name=self.publisher_name,
            version=self.version,
        )

    def package(self, code: str) -> Package:
        """One package. Raises UnknownItem."""
        return Package.from_dict(json.loads(self._record(code, "package")))

    def items(self) -> Iterator[Item]:
        """Every item, those open for intake first. Read one by one: a large catalog fills no memory."""
        return (Item.from_dict(json.loads(record)) for record in self._records("item"))

    def items_with_files(self) -> Iterator[Item]:
        """The items that name samples or blank forms, those open for intake first."""
        records = (record for record in self._records("item") if '"sha256"' in record)
        return (Item.from_dict(json.loads(record)) for record in records)

    def packages(self) -> list[Package]:
        """Every package."""
        return [Package.from_dict(json.loads(record)) for record in self._records("package")]

    def packages_of(self, code: str) -> list[Package]:
        """The packages in which an item takes part."""
        return [package for package in self.packages() if code in package.members]

    def has(self, code: str) -> bool:
        """Whether the catalog has an item or package of this code."""
        with self._reading() as connection:
            found = connection.execute("SELECT 1 FROM entries WHERE code = ?", (code,)).fetchone()
        return found is not None

    def summaries(self, topic: str = "", *, limit: int = 100, offset: int = 0) -> list[Summary]:
        """Lines for a page: all entries, or those of one theme or life event; open ones first."""
        columns = "code, name, kind, item_type, theme, level, power, status"
        is_open = "is_open AND id NOT IN (SELECT value FROM json_each(?4))"
        only = "WHERE ?1 = '' OR id IN (SELECT entry FROM topics WHERE topic = ?1)"
        order = "ORDER BY 9 DESC, id LIMIT ?2 OFFSET ?3"
        query = f"SELECT {columns}, {is_open} FROM entries {only} {order}"  # noqa: S608 - fixed
        with self._reading() as connection:
            shut = json.dumps(sorted(self._shut_today(connection)))
            rows = connection.execute(query, (topic, limit, offset, shut)).fetchall()
        return [_summary(*row) for row in rows]

    def search(self, words: str, limit: int = 20, used: Mapping[str, int] | None = None) -> list[Hit]:
        """What people may mean by `words`, best first; see `search`. used: code to count at this station."""
        with self._reading() as connection:
            return search(
                connection, words, limit, _places(connection, used or {}), self._shut_today(connection)
            )

    def themes(self) -> list[tuple[str, int]]:
        """Themes with their number of entries, fullest first."""
        return [(topic, count) for kind, topic, count in self._topics if kind == "theme"]

    def life_events(self) -> list[tuple[str, int]]:
        """Life events with their number of entries, fullest first."""
        return [(topic, count) for kind, topic, count in self._topics if kind == "life_event"]

    def age_days(self, now: datetime) -> int:
        """Whole days since publication; 0 when the clock says it has not been published yet."""
        return max((now - self.published_at).days, 0)

    def is_expired(self, reference_time: datetime) -> bool:
        """Whether the catalog is past its date at the latest attested time, never the PC clock alone.

        An expired catalog still serves: consult and receive, but print no time limit.
        """
        return reference_time > self.valid_until

    def close(self) -> None:
        """Close the idle connections, so that the file can be deleted (Windows needs that)."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _shut_today(self, connection: sqlite3.Connection) -> frozenset[int]:
        """What a date keeps shut today; worked out once a day, for every copy that `on` made."""
        if self.days is None:
            return frozenset()
        found = self._shut.get(self.days)
        if found is None:
            found = shut_places(connection, self.days)
            if len(self._shut) >= _DAYS_MAX:
                self._shut.clear()
            self._shut[self.days] = found
        return found

    def _record(self, code: str, kind: str) -> str:
        with self._reading() as connection:
            found = connection.execute(
                "SELECT record FROM entries JOIN records USING (id) WHERE code = ? AND kind = ?", (code, kind)
            ).fetchone()
        if found is None:
            raise UnknownItem(code, self.version)
        return str(found[0])

    def _records(self, kind: str) -> Iterator[str]:
        """Read in pages, so that no connection is held between two items."""
        last = 0
        while True:
            with self._reading() as connection:
                rows = connection.execute(
                    "SELECT id, record FROM entries JOIN records USING (id) WHERE kind = ? AND id > ?"
                    " ORDER BY id LIMIT 200",
                    (kind, last),
                ).fetchall()
            if not rows:
                return
            yield from (record for _, record in rows)
            last = rows[-1][0]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = sqlite3.connect(self._uri, uri=True, check_same_thread=False)
            connection.execute("PRAGMA cache_size=-1024")
        try:
            yield connection
        finally:
            try:
                self._idle.put_nowait(connection)
            except Full:
                connection.close()


def _places(connection: sqlite3.Connection, used: Mapping[str, int]) -> dict[int, int]:
    """Counts by row number, the most used first; codes that the catalog lacks are left out."""
    most = sorted(used, key=lambda code: -used[code])[:USED_MAX]
    query = "SELECT id, code FROM entries WHERE code IN (SELECT value FROM json_each(?))"
    found = {code: place for place, code in connection.execute(query, (json.dumps(most),))} if most else {}
    return {found[code]: used[code] for code in most if code in found}


def _summary(code: str, name: str, kind: str, *facts: str) -> Summary:
    item_type, theme, level, power, status, is_open = facts
    return Summary(code, name, kind, item_type, theme, level, power, status, bool(is_open))
