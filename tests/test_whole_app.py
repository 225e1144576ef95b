"""What no single story remembers: every error speaks, every table has a home, every text has a place."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import catalog_cache
import station
import sync
from catalog_cache.errors import CatalogError, Problem
from station.errors import StationError
from station.tables import all_tables
from sync.errors import SyncError
from sync.rows import Row
from tests.tools.counter import Counter

CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
BASES = (StationError, SyncError, CatalogError)
NOT_IMPORTED = {"station.cli.__main__", "station.desktop_window"}


def every_module() -> Iterator[Any]:
    """All modules of the product."""
    for package in (station, sync, catalog_cache):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name not in NOT_IMPORTED:
                yield importlib.import_module(found.name)


def every_error() -> list[type[Exception]]:
    """All error classes below the three bases."""
    list(every_module())
    found: list[type[Exception]] = []
    waiting: list[type[Exception]] = list(BASES)
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one not in BASES:
            found.append(one)
    return sorted(
        {one for one in found if not one.__module__.startswith("tests")}, key=lambda one: one.__name__
    )


def sample(parameter: inspect.Parameter) -> Any:
    """Something that fits a parameter, guessed from its annotation."""
    kind = str(parameter.annotation)
    if "Problem" in kind:
        return [Problem("field", "字段", "不对")]
    if "datetime" in kind:
        from tests.tools.counter import START

        return START
    if "date" in kind and "Update" not in kind:
        from tests.tools.counter import START

        return START.date()
    for word, value in (("Sequence", ()), ("list", []), ("tuple", ()), ("Path", Path("x")), ("Iterable", ())):
        if word in kind:
            return value
    if "float" in kind or "int" in kind:
        return 7
    return "样例"


def made(error: type[Exception]) -> Any:
    """One error of this class."""
    given = {
        name: sample(parameter)
        for name, parameter in inspect.signature(error.__init__).parameters.items()
        if name != "self"
        and parameter.default is inspect.Parameter.empty
        and parameter.kind not in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    }
    return error(**given)


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_every_error_says_in_chinese_what_happened_why_and_what_to_do(error: type[Exception]) -> None:
    told = made(error)

    for part in (told.what, told.why, told.next_step):
        assert isinstance(part, str) and CHINESE.search(part), part
        assert "%(" not in part, "a place was left open"
    assert 400 <= told.status <= 599


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_every_error_has_a_docstring_and_stands_in_the_one_error_file_of_its_folder(
    error: type[Exception],
) -> None:
    assert error.__doc__ and error.__doc__ != StationError.__doc__
    assert error.__module__.rpartition(".")[2] == "errors"


def test_every_table_of_the_product_is_made_by_the_migrations() -> None:
    list(every_module())
    defined = {row for row in all_rows(Row) if row.__module__.split(".")[0] in ("station", "sync")}
    made_elsewhere = {row for row in defined if row.__name__ == "SchemaVersion"}

    assert defined - made_elsewhere == set(all_tables())


def all_rows(row: type[Row]) -> Iterator[type[Row]]:
    """All tables below a class."""
    for child in row.__subclasses__():
        yield child
        yield from all_rows(child)


def test_every_message_of_the_pages_is_chinese_in_the_source() -> None:
    wrong = []
    for path in Path(station.__path__[0]).rglob("*"):
        if path.suffix in (".py", ".html"):
            for text in re.findall(r"""(?:\b_|gettext)\(\s*(['"])(.+?)\1""", path.read_text("utf-8")):
                if not CHINESE.search(text[1]):
                    wrong.append((path.name, text[1]))

    assert wrong == []


def test_no_page_holds_inline_style_script_or_foreign_address() -> None:
    for path in Path(station.__path__[0]).rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", text), (
            path.name
        )
        assert not re.search(r"""(src|href|action)=['"](https?:)?//""", text), path.name


def test_every_post_form_carries_its_token() -> None:
    for path in Path(station.__path__[0]).rglob("*.html"):
        for form in re.findall(r"<form\b[^>]*method=.post.*?</form>", path.read_text("utf-8"), re.S | re.I):
            assert "csrf_field()" in form, f"{path.name}: {form[:80]}"


def test_the_style_sheet_keeps_to_what_chromium_87_knows() -> None:
    style = (Path(station.__path__[0]) / "static" / "look.css").read_text("utf-8")

    for unknown in (":has(", "@container", "dvh", "@layer", "&:", "color-mix", "inset:"):
        assert unknown not in style


def test_every_page_of_the_menu_opens_or_says_that_the_catalog_is_missing(station: Counter) -> None:
    for name in ("agent", "boss"):
        station.signs_in(name)
        menu = station.opens("/accounts/me").text.split("<nav")[1].split("</nav>")[0]
        for address in re.findall(r'href="([^"]+)"', menu):
            answer = station.opens(address)
            is_told = answer.status_code == 503 and "没有事项目录" in answer.text
            assert answer.status_code in (200, 302) or is_told, address
