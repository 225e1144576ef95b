"""The made items that tests and measurements use are as sound as a county's own."""

from itertools import islice

from catalog_cache.codes import is_credit_code
from catalog_cache.demonstration import demonstration_items
from catalog_cache.lint import has_errors, lint
from catalog_cache.pack import open_pack
from tests.tools.make_items import each_item, make_items, write_pack_file


def test_the_same_seed_makes_the_same_items_and_another_seed_others():
    assert make_items(300, seed=4) == make_items(300, seed=4) != make_items(300, seed=5)


def test_ten_thousand_items_have_ten_thousand_names_and_codes():
    seen = [(item.name, item.code) for item in each_item(10_000)]

    assert len({name for name, _ in seen}) == len({code for _, code in seen}) == 10_000


def test_made_items_may_be_published_and_the_real_ones_come_first():
    items = list(islice(each_item(1500), 1500))

    assert items[: len(demonstration_items())] == demonstration_items()
    assert not has_errors(lint(items))
    assert all(is_credit_code(item.agency.code) for item in items if item.agency)


def test_a_pack_of_made_items_is_a_pack(tmp_path):
    write_pack_file(tmp_path / "items.pack", 400, seed=2)

    pack = open_pack((tmp_path / "items.pack").read_bytes())
    assert [entry.record for entry in pack.entries()] == sorted(make_items(400, 2), key=lambda i: i.code)
