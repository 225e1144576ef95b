"""The English catalogue of the pages: found in the sources, merged, compiled. `make translations` runs it.

The source language is Chinese. Besides what babel finds in `gettext("...")` and in the templates, a
page can show sentences that were said without it: refusals of all three rooms (of which only `station`
knows languages), the words of closed lists, titles of events. Those are found here by their place in the
source. A sentence with values in it, f"大小为 {size} 字节。", becomes the message "大小为 %(size)s 字节。";
`station/languages.py` finds the English of such a finished sentence by its shape.

The files are written without dates and line numbers, sorted, so that the same sources give the same bytes.
"""

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import escape, read_po

TOP = Path(__file__).parents[2]
FOLDER = TOP / "station" / "translations"
PO = FOLDER / "en" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")
HEAD = """\
# English of Yimen Station's pages. `make translations` keeps the messages; the English is written by hand.
msgid ""
msgstr ""
"Project-Id-Version: yimen-station\\n"
"POT-Creation-Date: 2026-01-01 00:00+0000\\n"
"PO-Revision-Date: 2026-01-01 00:00+0000\\n"
"Language: en\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None}
TRANSLATING = {"_", "gettext", "lazy_gettext"}
CHINESE = re.compile("[\u4e00-\u9fff]")
PLACE = re.compile(r"%\((\w+)\)[sd]")
CHINESE_LETTERS_MIN = 2
"""A sentence with values needs this much text of its own to be recognised by it."""

SILENT = (
    *("station/cli/", "station/demo/", "station/checkup.py", "station/cases/papers.py"),
    "station/guide/filled.py",
)
"""Commands, paper and what stands on a filled form speak Chinese only."""
OUTSPOKEN = (
    "station/accounts/passwords.py",
    "station/cases/clocks.py",
    "station/cases/fold.py",
    "station/cases/ledger.py",
    "station/cases/routing.py",
    "station/catalog_stick/taking.py",
    "station/corrections/elements.py",
    "station/dayend/service.py",
    "station/guide/sheet.py",
    "station/hall/inbox/listing.py",
    "station/hall/inbox/rules.py",
    "station/hall/inbox/story.py",
    "station/hall/publishing/desk.py",
    "station/hall/publishing/form_fields.py",
    "station/hall/publishing/forms.py",
    "station/hall/publishing/jumps.py",
    "station/hall/publishing/recoding.py",
    "station/hall/publishing/release.py",
    "station/hall/publishing/review.py",
    "station/hall/samples/content.py",
    "station/hall/samples/service.py",
    "station/joining.py",
    "station/link.py",
    "sync/bundle_file.py",
    "sync/delivery.py",
    "sync/http.py",
    "sync/line.py",
    "sync/transport.py",
    "catalog_cache/exchange/assembly.py",
    "catalog_cache/exchange/cells.py",
    "catalog_cache/choices.py",
    "catalog_cache/codes.py",
    "catalog_cache/difference.py",
    "catalog_cache/elements.py",
    "catalog_cache/files.py",
    "catalog_cache/calendar/holidays.py",
    "catalog_cache/exchange/importers.py",
    "catalog_cache/finding/likeness.py",
    "catalog_cache/lint.py",
    "catalog_cache/forms.py",
    "catalog_cache/model.py",
    "catalog_cache/exchange/national.py",
    "catalog_cache/packages.py",
    "catalog_cache/records.py",
    "catalog_cache/finding/search.py",
    "catalog_cache/exchange/table_json.py",
    "catalog_cache/exchange/table_text.py",
    "catalog_cache/trees.py",
    "catalog_cache/distribution/update.py",
    "catalog_cache/exchange/workbook_parts.py",
    "catalog_cache/exchange/workbook_read.py",
    "catalog_cache/exchange/workbook_sheet.py",
    "catalog_cache/calendar/workdays.py",
)
"""Modules in which every Chinese text can reach a page."""

Found = tuple[int, str, str, list[str]]


def sentences(file: IO[bytes], keywords: Any, comment_tags: Any, options: dict[str, Any]) -> Iterator[Found]:
    """The extraction method of babel.cfg for Python: gettext's messages and the sentences said without it."""
    source = file.read()
    name = Path(getattr(file, "name", "")).absolute()
    path = name.relative_to(TOP).as_posix() if name.is_relative_to(TOP) else ""
    if path.startswith("station/"):
        yield from extract_python(io.BytesIO(source), keywords, comment_tags, options)
    if not path.startswith(SILENT):
        for text in said(ast.parse(source), path):
            yield 1, "gettext", text, []


def said(tree: ast.Module, path: str) -> Iterator[str]:
    """The Chinese texts of a module that can reach a page without a call of gettext."""
    for node in ast.walk(tree):
        if _is_speaking(node, path):
            yield from texts_in(node)


def _is_speaking(node: ast.AST, path: str) -> bool:
    if isinstance(node, ast.Module):
        return path in OUTSPOKEN
    if isinstance(node, ast.Call):
        return _name(node.func) in ERRORS
    if isinstance(node, ast.ClassDef):
        return any(_name(base) in ("Choice", "StrEnum") for base in node.bases)
    if isinstance(node, ast.AnnAssign):
        return _name(node.target) == "title"
    if isinstance(node, ast.FunctionDef):
        return path.endswith("errors.py") or any(_is_refusal(inner) for inner in ast.walk(node))
    return isinstance(node, ast.Assign) and path.startswith("station/") and _is_table(node)


def _is_refusal(node: ast.AST) -> bool:
    return isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _name(node.exc.func) in ERRORS


def _is_table(node: ast.Assign) -> bool:
    """A constant of the module that maps codes to words."""
    return _name(node.targets[0]).strip("_").isupper() and isinstance(node.value, ast.Dict)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def texts_in(node: ast.AST) -> Iterator[str]:
    """Chinese texts below a node, whole ones first; docstrings and what gettext has already are left out."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and _name(node.func) in (*TRANSLATING, "compile"):
        return
    if isinstance(node, ast.JoinedStr | ast.BinOp | ast.Constant):
        text = _numbered("".join(_pieces(node)))
        if len(CHINESE.findall(PLACE.sub("", text))) >= (CHINESE_LETTERS_MIN if PLACE.search(text) else 1):
            yield text
    if not isinstance(node, ast.JoinedStr | ast.BinOp):
        for child in ast.iter_child_nodes(node):
            yield from texts_in(child)
    else:
        for inner in ast.walk(node):
            if isinstance(inner, ast.IfExp):
                yield from texts_in(inner)


def _numbered(text: str) -> str:
    """Places of the same name get numbers, so that each value keeps its own."""
    seen: list[str] = []

    def name(place: re.Match[str]) -> str:
        seen.append(place[1])
        count = seen.count(place[1])
        return place[0] if count == 1 else f"%({place[1]}_{count})s"

    return PLACE.sub(name, text)


def _pieces(node: ast.AST) -> Iterator[str]:
    """A text piece by piece; a value becomes a place named after it."""
    if isinstance(node, ast.Constant):
        yield node.value if isinstance(node.value, str) else ""
    elif isinstance(node, ast.JoinedStr):
        for value in node.values:
            yield from _pieces(value)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _pieces(node.left)
        yield from _pieces(node.right)
    else:
        yield f"%({_place(node)})s"


def _place(node: ast.AST) -> str:
    """A name for a value: the last name in its expression."""
    names = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    attributes = [inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)]
    return (attributes[:1] or names[-1:] or ["value"])[0]


def _error_classes() -> set[str]:
    """The names of all refusals: the classes of the three rooms' errors.py files."""
    files = [
        path for room in ("station", "sync", "catalog_cache") for path in (TOP / room).rglob("errors.py")
    ]
    return {
        node.name
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }


ERRORS = _error_classes()


def found() -> list[str]:
    """Every message of the sources, sorted."""
    with (FOLDER / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    messages = set()
    for _, _, message, _, _ in extract_from_dir(TOP, methods, options, KEYWORDS):
        messages.update([message] if isinstance(message, str) else message)
    return sorted(message for message in messages if CHINESE.search(message))


def translations() -> dict[str, str]:
    """What the .po file says: message -> English, "" when it is missing."""
    if not PO.exists():
        return {}
    with PO.open("rb") as file:
        catalog = read_po(file, locale="en")
    return {str(entry.id): str(entry.string) for entry in catalog if entry.id}


def as_po(entries: Iterable[tuple[str, str]]) -> str:
    """The text of a .po file: one line a message, one line its English."""
    blocks = (f"msgid {escape(message)}\nmsgstr {escape(english)}\n" for message, english in entries)
    return "\n".join([HEAD, *blocks])


def as_mo(po: str) -> bytes:
    """The compiled form of a .po text; messages without English are left out."""
    file = io.BytesIO()
    write_mo(file, read_po(io.StringIO(po), locale="en"))
    return file.getvalue()


def main() -> int:
    """Bring .po and .mo in line with the sources; 1 while messages lack their English."""
    known = translations()
    entries = [(message, known.get(message, "")) for message in found()]
    PO.parent.mkdir(parents=True, exist_ok=True)
    po = as_po(entries)
    PO.write_text(po, "utf-8")
    MO.write_bytes(as_mo(po))
    missing = [message for message, english in entries if not english]
    print(f"{len(entries)} messages, {len(missing)} without English in {PO.relative_to(TOP)}")
    for message in missing:
        print(f"  {message}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
