"""The sheets of our own format: one for items, one for each list inside an item, two for packages.

Derived from the model, so that a new field has its column at once. A column fills the field of a dotted
path, as promised.unit; its head is the Chinese element, or that path.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from catalog_cache.exchange.cells import cell_of, value_of
from catalog_cache.model import Item, Package
from catalog_cache.records import REQUIRED, FieldFacts, Record, fields_of

ITEM_SHEET = "事项"
PACKAGE_SHEET = "联办事项"
OWNER_HEAD = "事项编码"
QUESTION_HEAD = "问题标识"
_OPTION_SHEET = "情形选项"
# A cell becomes one or more fields, by dotted path.
Cell = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. heads: accepted in the first row, the first one written; fields: dotted paths it fills."""

    heads: tuple[str, ...]
    fields: tuple[str, ...]
    read: Cell


@dataclass(frozen=True, slots=True)
class SheetForm:
    """One sheet. field: the list of the item or package that its rows fill, "" for the main sheets.

    keys: the heads that say to which item (and question) a row belongs.
    """

    name: str
    record: type[Record]
    field: str = ""
    keys: tuple[str, ...] = ()
    owner: str = ITEM_SHEET

    @property
    def heads(self) -> list[str]:
        """The first row as it is written."""
        return [*self.keys, *(head for head, _ in leaves_of(self.record))]


def leaves_of(record: type[Record], label: str = "", path: str = "") -> Iterator[tuple[str, "Leaf"]]:
    """Every field that takes a cell of its own, with its head; records inside are laid out flat."""
    for number, facts in enumerate(fields_of(record)):
        is_named = bool(label) and number == 0 and facts.default is REQUIRED
        head = label if is_named else f"{label}·{facts.label}" if label else facts.label
        inner = f"{path}.{facts.name}" if path else facts.name
        if facts.kind == "one":
            assert facts.of is not None
            yield from leaves_of(facts.of, head, inner)
        elif facts.kind != "many" and (record, facts.name) != (Package, "kind"):
            yield head, Leaf(inner, facts)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field at the end of a dotted path."""

    path: str
    facts: FieldFacts

    def column(self, head: str) -> Column:
        """Its column."""
        return Column((head, self.path), (self.path,), lambda cell: {self.path: value_of(cell, self.facts)})

    def cell(self, fields: dict[str, Any]) -> str:
        """Its cell in a written record; "" where the record leaves it out."""
        value: Any = fields
        for name in self.path.split(".") if "." in self.path else (self.path,):
            value = value.get(name) if value is not None else None
        return cell_of(value, self.facts)


def columns_of(record: type[Record]) -> list[Column]:
    """The plain columns of a record."""
    return [leaf.column(head) for head, leaf in leaves_of(record)]


def _lists_of(record: type[Record], owner: str) -> list[SheetForm]:
    many = [facts for facts in fields_of(record) if facts.kind == "many"]
    return [SheetForm(f.label, f.of, f.name, (OWNER_HEAD,), owner) for f in many if f.of is not None]


def _nested(forms: Iterable[SheetForm]) -> Iterator[SheetForm]:
    for form in forms:
        yield form
        for facts in fields_of(form.record):
            if facts.kind == "many":
                assert (form.field, facts.name) == ("questions", "options"), (
                    "lists inside lists: only options"
                )
                keys = (*form.keys, QUESTION_HEAD)
                yield SheetForm(_OPTION_SHEET, facts.of, "questions.options", keys)  # type: ignore[arg-type]


MAIN_FORMS = (SheetForm(ITEM_SHEET, Item), SheetForm(PACKAGE_SHEET, Package, owner=PACKAGE_SHEET))
LIST_FORMS = (*_nested(_lists_of(Item, ITEM_SHEET)), *_lists_of(Package, PACKAGE_SHEET))
FORMS = {form.name: form for form in (*MAIN_FORMS, *LIST_FORMS)}


def entry_rows(entry: Item | Package) -> Iterator[tuple[str, list[str]]]:
    """Every row that an entry takes, with the name of its sheet."""
    fields = entry.to_dict()
    for form, leaves in _LEAVES[type(entry)]:
        for keys, held in _records(form, fields):
            yield form.name, [*keys, *(leaf.cell(held) for leaf in leaves)]


def _records(form: SheetForm, fields: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    if not form.field:
        yield [], fields
        return
    outer, _, inner = form.field.partition(".")
    for held in fields.get(outer, ()):
        if not inner:
            yield [fields["code"]], held
        for one in held.get(inner, ()) if inner else ():
            yield [fields["code"], held["id"]], one


def _leaves(owner: str) -> list[tuple[SheetForm, list[Leaf]]]:
    forms = [form for form in FORMS.values() if form.owner == owner]
    return [(form, [leaf for _, leaf in leaves_of(form.record)]) for form in forms]


_LEAVES = {Item: _leaves(ITEM_SHEET), Package: _leaves(PACKAGE_SHEET)}
