"""SQL that runs once a letter: written once, where peewee would write the same query anew each time.

Writing a query took several times as long as running it. Only the paths that every letter goes through use
this; everything else stays with peewee. Values are those that peewee would bind.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sync.rows import Row, current

Values = Sequence[Any]


def fetch_one(sql: str, values: Values, lock: str = "") -> tuple[Any, ...] | None:
    """The first row, or None. sql: with ? for each value. lock: the table, by its name in the query, whose
    row stays locked until the transaction ends, where the database knows such locks (see `tables.locked`)."""
    if lock and getattr(current.obj, "for_update", False):
        sql += f" FOR UPDATE OF {lock}"
    row: tuple[Any, ...] | None = _run(sql, values).fetchone()
    return row


def change(sql: str, values: Values) -> None:
    """An UPDATE or DELETE. sql: with ? for each value."""
    _run(sql, values)


def insert(table: type[Row], **values: Any) -> None:
    """One row. Fields left out get what the database gives them, not the defaults of the model."""
    sql, fields = _insertion(table, tuple(values))
    _run(sql, [field.db_value(value) for field, value in zip(fields, values.values(), strict=True)])


def _run(sql: str, values: Values) -> Any:
    mark = current.obj.param  # type: ignore[union-attr]
    return current.execute_sql(sql if mark == "?" else sql.replace("?", mark), values)


@cache
def _insertion(table: type[Row], names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    fields = tuple(table._meta.fields[name] for name in names)
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    marks = ", ".join("?" for _ in fields)
    return f'INSERT INTO "{table._meta.table_name}" ({columns}) VALUES ({marks})', fields  # noqa: S608
