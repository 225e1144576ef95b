"""Items and packages back into the files they can be imported from: a workbook or one CSV of sheets.

An import of what was exported gives the same items, to the last character.
"""

import csv
import io
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import SpooledTemporaryFile

from catalog_cache.exchange.sheets import FORMS, entry_rows
from catalog_cache.exchange.workbook_write import MEMORY_BYTES_MAX, write_workbook
from catalog_cache.model import Item, Package

Entries = Iterable[Item | Package]


def export_workbook(path: Path, entries: Entries) -> None:
    """An xlsx file with every sheet, heads also where there are no rows."""
    heads = {name: form.heads for name, form in FORMS.items()}
    write_workbook(path, heads, (row for entry in entries for row in entry_rows(entry)))


def export_csv(path: Path, entries: Entries) -> None:
    """One CSV (UTF-8 with a byte order mark) with the sheets one after the other, each under its 【name】.

    A sheet without rows is left out.
    """
    with ExitStack() as stack, path.open("wb") as file:
        parts = {name: stack.enter_context(SpooledTemporaryFile(MEMORY_BYTES_MAX)) for name in FORMS}
        for entry in entries:
            for name, row in entry_rows(entry):
                parts[name].write(_line(row))
        file.write(b"\xef\xbb\xbf")
        for name, part in parts.items():
            if part.tell():
                file.write(_line([f"【{name}】"]) + _line(FORMS[name].heads))
                part.seek(0)
                shutil.copyfileobj(part, file)


def _line(cells: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
