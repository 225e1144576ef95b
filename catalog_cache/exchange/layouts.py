"""Which sheet of a file means what: our own sheets, a short list without a name, or a national table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_cache.exchange import national, table_columns
from catalog_cache.exchange.sheets import FORMS, ITEM_SHEET, PACKAGE_SHEET, Column, columns_of
from catalog_cache.records import Record

EXPLAINING = {"说明", "填表说明", "填写说明", "README"}
"""Sheets for people, passed over."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one sheet is read.

    field: the list of the entry that its rows fill; "" where a row is an entry, "." where it adds fields to
    one. owner_head: the head that tells which entry a row belongs to; keys: heads that are no fields;
    required: the fields without whose column nothing can be read; finish: what is left to put together.
    """

    name: str
    column_of: Callable[[str], Column | None]
    owner_head: str
    field: str = ""
    keys: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    is_package: bool = False
    finish: Callable[[dict[str, Any]], None] | None = None

    @property
    def is_main(self) -> bool:
        """Whether a row begins an entry."""
        return not self.field


def layout_of(sheet: str, heads: Sequence[str]) -> Layout | None:
    """The layout of a sheet by its name; a sheet of any name with an item list's heads is an item list."""
    found = _LAYOUTS.get(sheet) or _LAYOUTS.get(sheet.upper())
    if found is None and (not sheet or _is_item_list(heads)):
        return _LAYOUTS[ITEM_SHEET]
    return found


def _is_item_list(heads: Sequence[str]) -> bool:
    columns = [table_columns.column_of(head) for head in heads]
    filled = {field for column in columns if column for field in column.fields}
    return filled.issuperset(table_columns.REQUIRED_FIELDS)


def _plain(record: type[Record]) -> Callable[[str], Column | None]:
    by_head = {head: column for column in columns_of(record) for head in column.heads}
    return by_head.get


def _own() -> dict[str, Layout]:
    layouts = {}
    for form in FORMS.values():
        is_items = form.name == ITEM_SHEET
        layouts[form.name] = Layout(
            name=form.name,
            column_of=table_columns.column_of if is_items else _plain(form.record),
            owner_head=form.keys[0] if form.keys else "code",
            field=form.field,
            keys=form.keys,
            required=table_columns.REQUIRED_FIELDS if is_items else (),
            is_package=form.owner == PACKAGE_SHEET,
        )
    return layouts


def _national(table: str) -> Layout:
    is_main = table == national.BASIC
    return Layout(
        name=table,
        column_of=lambda head: national.national_column(table, head),
        owner_head=national.KEYS[table],
        field="" if is_main else national.LISTS.get(table, "."),
        keys=() if is_main else (national.KEYS[table],),
        required=("name", "level", "item_type") if is_main else (),
        finish=national.finish if is_main else None,
    )


def owner_index(layout: Layout, heads: Sequence[str]) -> int | None:
    """The column that says which entry a row belongs to, or begins; None when there is none."""
    for index, head in enumerate(heads):
        if head == layout.owner_head or head.upper() == layout.owner_head:
            return index
        column = layout.column_of(head) if layout.is_main and layout.owner_head == "code" else None
        if column is not None and column.fields == ("code",):
            return index
    return None


_LAYOUTS = _own() | {table: _national(table) for table in national.KEYS}
