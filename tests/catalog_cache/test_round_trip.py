"""What is exported imports again without a changed character, whatever the texts hold."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_cache.demonstration import demonstration_items, demonstration_packages
from catalog_cache.exchange.export import export_csv, export_workbook
from catalog_cache.exchange.importers import read_table
from catalog_cache.model import Item, Package
from tests.catalog_cache.test_elements import FULL
from tests.tools.catalogs import make_item
from tests.tools.make_items import make_items

SIGNS = '甲乙丙；;、，,"[]{}=+@- \n_x0041\\/【】。'
TEXTS = st.text(SIGNS, min_size=1, max_size=12).filter(lambda text: text.strip())
Entries = list[Item | Package]
both = pytest.mark.parametrize(("export", "name"), [(export_workbook, "a.xlsx"), (export_csv, "a.csv")])


def comes_back(export: Callable[[Path, Entries], None], path: Path, entries: Entries) -> bool:
    export(path, entries)
    result = read_table(path)
    assert [str(error) for error in result.errors] == []
    kept = [entry for entry in entries if isinstance(entry, Item)]
    kept_packages = [entry for entry in entries if isinstance(entry, Package)]
    return (list(result.items), list(result.packages)) == (kept, kept_packages)


@both
def test_every_reference_item_and_package_comes_back_the_same(export, name, tmp_path):
    assert comes_back(export, tmp_path / name, [*demonstration_items(), *demonstration_packages()])


@both
def test_made_items_with_situations_come_back_the_same(export, name, tmp_path):
    assert comes_back(export, tmp_path / name, list(make_items(400, seed=11))[200:])


@both
def test_every_element_comes_back_the_same(export, name, tmp_path):
    item = Item.from_dict(make_item(code="442199806003").to_dict() | FULL)
    sample = {"name": "样表.pdf", "sha256": "ab" * 32, "size": 12345}
    material = {"id": "a", "name": "申请表", "blank_form": sample, "sample": sample}
    stages = [{"name": "一", "members": ["442199806003"]}, {"name": "二", "members": ["442199806004"]}]
    package = {
        "kind": "package",
        "code": "PKG-1",
        "name": "一件事",
        "stages": stages,
        "voluntary": ["442199806004"],
    }

    entries: Entries = [
        Item.from_dict(item.to_dict() | {"materials": [material], "base_materials": ["a"]}),
        Package.from_dict(package),
    ]
    assert comes_back(export, tmp_path / name, entries)


@both
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    print_blob=True,
)
@given(words=st.lists(TEXTS, min_size=9, max_size=9))
def test_any_text_comes_back_the_same(export, name, tmp_path, words):
    item = make_item(
        conditions=words[:3],
        place=words[3],
        faq=[{"q": words[4], "a": words[5]}],
        questions=[
            {
                "id": "q1",
                "text": words[6],
                "options": [{"value": "a", "label": words[7], "situation": words[8]}],
            }
        ],
        first_question="q1",
    )

    assert comes_back(export, tmp_path / name, [item])


def test_the_same_entries_give_the_same_bytes(tmp_path):
    entries: Entries = list(demonstration_packages())
    for name in ("one.xlsx", "two.xlsx"):
        export_workbook(tmp_path / name, entries)

    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_cell_that_would_be_a_formula_is_written_so_that_no_program_runs_it(tmp_path):
    export_csv(tmp_path / "a.csv", [make_item(place="=HYPERLINK(1)")])

    assert ',"""=HYPERLINK(1)"""' in (tmp_path / "a.csv").read_text("utf-8-sig")
