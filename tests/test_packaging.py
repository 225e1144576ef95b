"""What is packed is what is there: the list in pyproject.toml names every folder with code, and no other."""

import re
import tomllib
from pathlib import Path

TOP = Path(__file__).parents[1]
ROOMS = ("station", "sync", "catalog_cache")
DATA_SUFFIXES = {".html", ".css", ".js", ".svg", ".png", ".ttf", ".csv", ".json", ".mo"}


def _project() -> dict:
    return tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))


def _setuptools() -> dict:
    return _project()["tool"]["setuptools"]


def test_every_folder_with_code_is_packed_and_no_other():
    there = {
        ".".join(found.parent.relative_to(TOP).parts)
        for room in ROOMS
        for found in (TOP / room).rglob("__init__.py")
    }

    assert set(_setuptools()["packages"]) == there


def test_every_template_font_and_table_lies_where_a_pattern_packs_it():
    patterns = _setuptools()["package-data"]["*"]
    forgotten = []
    for room in ROOMS:
        for path in (TOP / room).rglob("*"):
            if path.suffix in DATA_SUFFIXES and not _is_packed(path, patterns):
                forgotten.append(str(path.relative_to(TOP)))

    assert forgotten == []


def test_every_library_asked_for_stands_on_the_page_of_dependencies():
    project, page = _project()["project"], (TOP / "docs/dependencies.md").read_text("utf-8")
    asked = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    names = {re.match(r"[\w-]+", one)[0] for one in asked} - {project["name"]}

    assert {name for name in names if not re.search(rf"(?<![\w-]){name}(?![\w-])", page)} == set()


def _is_packed(path: Path, patterns: list[str]) -> bool:
    """True when a pattern of the nearest package above reaches the file."""
    package = next(folder for folder in path.parents if (folder / "__init__.py").exists())
    return any(path in set(package.glob(pattern)) for pattern in patterns)
