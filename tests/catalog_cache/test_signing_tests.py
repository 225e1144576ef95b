"""docs/signing-tests.md names tests that exist, for every theme and from every file of them."""

import ast
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/signing-tests.md").read_text("utf-8")
THEMES = (
    "rollback",
    "freeze",
    "mix and match",
    "thresholds",
    "rotation",
    "delegation",
    "hash and length limits",
    "expiry",
    "strict install, lenient use",
    "attested time",
    "USB stick",
    "delta refusal",
)


def rows() -> dict[str, list[str]]:
    """Theme to the tests named for it, each as file::test."""
    found: dict[str, list[str]] = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or cells[0] == "theme":
            continue
        file = ""
        for name in re.findall(r"`([^`]+)`", cells[-1]):
            file = name.partition("::")[0] or file
            found.setdefault(cells[0], []).append(f"{file}::{name.partition('::')[2]}")
    return found


NAMED = rows()


def names_in(file: str) -> set[str]:
    tree = ast.parse((TOP / "tests" / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("theme", list(NAMED))
def test_every_test_that_the_page_names_exists(theme: str):
    lacking = [name for name in NAMED[theme] if name.split("::")[1] not in names_in(name.split("::")[0])]

    assert lacking == []


def test_no_theme_is_without_a_test():
    assert [theme for theme in THEMES if not NAMED.get(theme)] == []


def test_every_file_of_signing_tests_has_a_part_in_the_page():
    files = {path.name for path in (TOP / "tests/catalog_cache").glob("test_tuf_*.py")}

    assert [name for name in sorted(files) if name not in PAGE] == []
