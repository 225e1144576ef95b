"""Queries that run in every exchange or for every letter: written into SQL once, run many times.

peewee writes the SQL of a query anew each time it runs; that took several times as long as running it.
The paths that every exchange goes through use this; everything else asks peewee directly.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import peewee

from sync.rows import Row, current

Values = tuple[Any, ...]


class Prepared:
    """A query with places for values, in the order of the parameters of the function that describes it.

    Values are those that peewee would take in that place. The SQL is kept for each kind of database.
    """

    def __init__(self, describe: Callable[..., Any]) -> None:
        self._describe = describe
        self._places = [_Place(number) for number, _ in enumerate(inspect.signature(describe).parameters)]
        self._written: dict[tuple[str, bool], _Written] = {}

    def rows(self, *values: Any) -> list[Any]:
        """All rows that a SELECT finds."""
        written = self._for_database(is_first_only=False)
        return list(written.query._get_cursor_wrapper(_run(written, values)))

    def first(self, *values: Any) -> Any:
        """The first row that a SELECT finds, or None."""
        written = self._for_database(is_first_only=True)
        return next(iter(written.query._get_cursor_wrapper(_run(written, values))), None)

    def value(self, *values: Any) -> Any:
        """The first column of the first row, as the database holds it; None for no row."""
        row = _run(self._for_database(is_first_only=True), values).fetchone()
        return None if row is None else row[0]

    def change(self, *values: Any) -> None:
        """Run an UPDATE or a DELETE."""
        _run(self._for_database(is_first_only=False), values)

    def _for_database(self, *, is_first_only: bool) -> "_Written":
        kind = (current.obj.param, is_first_only)  # type: ignore[union-attr]
        written = self._written.get(kind)
        if written is None:
            query = self._describe(*self._places)
            written = self._written[kind] = _Written.of(query.limit(1) if is_first_only else query)
        return written


def prepared(describe: Callable[..., Any]) -> Prepared:
    """For a function that returns a query with its parameters, all by position, where values go."""
    return Prepared(describe)


def insert(table: type[Row], **values: Any) -> None:
    """One row. Fields left out get what the database gives them, not the defaults of the model."""
    sql, fields = _insertion(table, tuple(values))
    mark = current.obj.param  # type: ignore[union-attr]
    bound = [field.db_value(value) for field, value in zip(fields, values.values(), strict=True)]
    current.execute_sql(sql if mark == "?" else sql.replace("?", mark), bound)


@dataclass(frozen=True)
class _Bound:
    """Stands among the values of an SQL text: which of those given goes here, and how peewee converts it."""

    number: int
    convert: Callable[[Any], Any] | None

    def of(self, values: Values) -> Any:
        value = values[self.number]
        return value if self.convert is None else self.convert(value)


class _Place(peewee.Node):
    """Stands in a query where a value will be."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __sql__(self, context: Any) -> Any:
        return context.value(_Bound(self._number, context.state.converter), converter=False)


@dataclass(frozen=True)
class _Written:
    """The SQL of one query for one kind of database. values: of its places, and those that never change."""

    query: Any
    sql: str
    values: Values

    @classmethod
    def of(cls, query: Any) -> "_Written":
        sql, values = query.sql()
        return cls(query, sql, tuple(values))


def _run(written: _Written, values: Values) -> Any:
    bound = [one.of(values) if isinstance(one, _Bound) else one for one in written.values]
    return current.execute_sql(written.sql, bound)


@cache
def _insertion(table: type[Row], names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    fields = tuple(table._meta.fields[name] for name in names)
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    marks = ", ".join("?" for _ in fields)
    return f'INSERT INTO "{table._meta.table_name}" ({columns}) VALUES ({marks})', fields  # noqa: S608
