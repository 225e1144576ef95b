"""What people do with a catalog on a stick, by the page, and what they read at the end."""

import json
import re
from pathlib import Path

from werkzeug.test import TestResponse

from catalog_cache.model import Item
from tests.tools.counter import Counter
from tests.tools.sample_files import with_files

MADE, CONTENT = with_files(10, 24, 20261126, shrink=4)
ITEMS = [
    Item.from_dict(json.loads(json.dumps(item.to_dict()).replace("1.jpg", "1 100%d.jpg"))) for item in MADE
]
PAGE = "/mailroom/stick/catalog"
SECONDS_MAX = 20


def finishes(node: Counter, answer: TestResponse) -> str:
    """What the page tells at the end."""
    assert (answer.status_code, answer.location) == (302, f"{PAGE}/progress"), answer.text
    job = node.node.catalog_sticks.current
    assert job is not None and job.wait(SECONDS_MAX)
    return " ".join(re.sub(r"<[^>]+>", " ", node.opens(f"{PAGE}/progress").text).split())


def takes(node: Counter, folder: Path) -> str:
    return finishes(node, node.sends(f"{PAGE}/take", source=str(folder)))


def writes(node: Counter, folder: Path, files: str = "1") -> str:
    return finishes(node, node.sends(f"{PAGE}/write", to=str(folder), files=files))
