"""Arrows between the rooms point down: what nobody remembers while writing an import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("station", "sync", "catalog_cache")
WEB = ("flask", "werkzeug", "jinja2", "flask_babel", "waitress")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def module_of(path: Path) -> str:
    """station/cases/service.py -> station.cases.service; a package is named by its folder."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


KNOWN = {module_of(path) for path in SOURCES}


def imports(path: Path, *, at_load: bool) -> Iterator[str]:
    """The modules a file names; with `at_load` only those that importing it really imports."""
    yield from _imports(ast.parse(path.read_text("utf-8")).body, at_load)


def _imports(body: list[ast.stmt], at_load: bool) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (name.name for name in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module is not None:
            yield from (f"{statement.module}.{name.name}" for name in statement.names)
        else:
            yield from _imports(_inner(statement, at_load), at_load)


def _inner(statement: ast.stmt, at_load: bool) -> list[ast.stmt]:
    """The statements inside a statement that may import."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return [] if at_load else statement.body
    if isinstance(statement, ast.ClassDef | ast.With | ast.Try):
        return statement.body
    if isinstance(statement, ast.If):
        is_for_types = "TYPE_CHECKING" in ast.unparse(statement.test)
        return [] if at_load and is_for_types else [*statement.body, *statement.orelse]
    return []


def own_imports(path: Path) -> set[str]:
    """The modules of this product that importing the file imports."""
    named = set(imports(path, at_load=True))
    return {name if name in KNOWN else name.rpartition(".")[0] for name in named} & KNOWN


@pytest.mark.parametrize("room", ["sync", "catalog_cache"])
def test_the_lower_rooms_know_neither_the_station_nor_each_other(room: str) -> None:
    others = {name for name in ROOMS if name != room}
    wrong = {
        f"{module_of(path)} imports {name}"
        for path in SOURCES
        if module_of(path).split(".")[0] == room
        for name in imports(path, at_load=False)
        if name.split(".")[0] in others
    }

    assert wrong == set()


@pytest.mark.parametrize("room", ["sync", "catalog_cache"])
def test_one_file_of_a_lower_room_knows_the_web(room: str) -> None:
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if module_of(path).split(".")[0] == room
        for name in imports(path, at_load=False)
        if name.split(".")[0] in WEB
    }

    assert knowing <= {f"{room}/http.py"}


BELOW = {
    "calendar": set(),
    "finding": set(),
    "layering": set(),
    "exchange": set(),
    "signatures": set(),
    "distribution": {"calendar", "layering", "signatures"},
    "installed": {"calendar", "finding", "layering"},
}
"""The rooms inside catalog_cache, and which of the others each may know."""


@pytest.mark.parametrize("room", BELOW)
def test_the_rooms_of_the_catalog_point_down(room: str) -> None:
    wrong = {
        f"{module_of(path)} imports {name}"
        for path in (ROOT / "catalog_cache" / room).rglob("*.py")
        for name in own_imports(path)
        if name.split(".")[0] == "catalog_cache"
        if name.split(".")[1] in BELOW.keys() - BELOW[room] - {room}
    }

    assert wrong == set()


def test_every_room_of_the_catalog_has_its_place() -> None:
    rooms = {path.parent.name for path in (ROOT / "catalog_cache").glob("*/__init__.py")}

    assert rooms == set(BELOW)


def test_nothing_of_the_product_imports_tests_or_installers() -> None:
    named = {name.split(".")[0] for path in SOURCES for name in imports(path, at_load=False)}

    assert named & {"tests", "installers", "pytest"} == set()


def test_a_service_knows_no_web_page() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in SOURCES
        if path.name in ("service.py", "models.py")
        for name in imports(path, at_load=False)
        if name.split(".")[0] in ("flask", "werkzeug", "jinja2", "waitress")
    }

    assert wrong == set()


def test_no_module_imports_itself_round_a_circle() -> None:
    graph = {module_of(path): own_imports(path) - {module_of(path)} for path in SOURCES}
    done: set[str] = set()

    def circle(module: str, trail: tuple[str, ...]) -> tuple[str, ...]:
        if module in trail:
            return (*trail[trail.index(module) :], module)
        if module in done:
            return ()
        for target in sorted(graph[module]):
            found = circle(target, (*trail, module))
            if found:
                return found
        done.add(module)
        return ()

    assert [found for module in sorted(graph) if (found := circle(module, ()))] == []


def test_files_and_functions_stay_within_their_bounds() -> None:
    too_long = {}
    for path in SOURCES:
        lines = path.read_text("utf-8").count("\n")
        if lines > 400:
            too_long[path.relative_to(ROOT).as_posix()] = lines
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60:
                too_long[f"{path.relative_to(ROOT)}:{node.name}"] = (node.end_lineno or 0) - node.lineno + 1

    assert too_long == {}
