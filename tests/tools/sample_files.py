"""A catalog in which materials have blank forms and filled-in samples, and the files themselves."""

from dataclasses import replace
from hashlib import sha256
from random import Random

from catalog_cache.model import Attachment, Item
from tests.tools.make_items import make_items

FORM_BYTES, SAMPLE_BYTES = (12_000, 90_000), (40_000, 240_000)


def with_files(items: int, files: int, seed: int, *, shrink: int = 1) -> tuple[list[Item], dict[str, bytes]]:
    """`items` items that name `files` different files, and the files by SHA-256.

    Forms are like office documents, samples like scanned pages: neither can be compressed.
    shrink: divides their sizes, for tests that only count.
    """
    chance = Random(seed)
    made, content = make_items(items, seed), dict[str, bytes]()
    while len(content) < files:
        place = len(content) // 2 % items
        item, is_form = made[place], len(content) % 2 == 0
        number = len(content) // (2 * items)
        sizes = FORM_BYTES if is_form else SAMPLE_BYTES
        data = chance.randbytes(chance.randrange(*sizes) // shrink)
        file = Attachment(
            name=f"{'空白表格' if is_form else '样表'}{len(content)}.{'docx' if is_form else 'jpg'}",
            sha256=sha256(data).hexdigest(),
            size=len(data),
        )
        content[file.sha256] = data
        made[place] = _named(item, number % len(item.materials), file, is_form=is_form)
    return made, content


def _named(item: Item, number: int, file: Attachment, *, is_form: bool) -> Item:
    material = item.materials[number]
    material = replace(material, blank_form=file) if is_form else replace(material, sample=file)
    return replace(item, materials=(*item.materials[:number], material, *item.materials[number + 1 :]))
