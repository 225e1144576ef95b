"""Items with realistic Chinese text, as many as wanted, the same for the same seed.

`python tests/tools/make_items.py 10000 --seed 7 > items.json` writes them for an import.
"""

import argparse
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog_cache.codes import credit_check, implementation_code
from catalog_cache.model import Item, Level
from catalog_cache.pack import PackMeta, write_pack

WORDS: dict[str, list[str]] = json.loads(Path(__file__).with_name("item_words.json").read_text("utf-8"))
TYPES = ["01", "05", "07", "08", "10", "20"]
START = datetime(2026, 11, 22, 9, tzinfo=UTC)


def make_items(count: int, seed: int = 1) -> list[Item]:
    """`count` items with different names and codes; the same seed gives the same items."""
    chance = random.Random(seed)
    names: dict[str, None] = {}
    while len(names) < count:
        parts = [chance.choice(WORDS["who"]), chance.choice(WORDS["what"]), chance.choice(WORDS["action"])]
        name = "".join(parts[chance.random() < 0.3 :])
        names[name if name not in names else f"{name}（{chance.choice(WORDS['who'])}{len(names)}类）"] = None
    return [_item(chance, number, name) for number, name in enumerate(names, start=1)]


def make_pack(items: list[Item], version: int = 1) -> bytes:
    """The items as a pack, published on a fixed day and valid for a year."""
    meta = PackMeta(
        publisher="county-440205000000",
        publisher_name="韶关市曲江区政务服务数据管理局",
        version=version,
        published_at=START + timedelta(days=version),
        valid_until=START + timedelta(days=version + 365),
    )
    return write_pack(meta, items)


def agency_code(number: int) -> str:
    """An illustrative credit code with a right check character, in an area that does not exist."""
    first = f"11999999{number:09d}"
    return first + credit_check(first)


def _item(chance: random.Random, number: int, name: str) -> Item:
    item_type = chance.choice(TYPES)
    base = f"44{item_type}{chance.randrange(100):02d}{number:06d}"
    agency = agency_code(chance.randrange(1, 40))
    is_open = chance.random() < 0.7
    fields = {
        "code": implementation_code(agency, Level.COUNTY, base),
        "name": name,
        "aliases": chance.sample(WORDS["aliases"], chance.randrange(3)),
        "item_type": item_type,
        "theme": chance.choice(WORDS["themes"]),
        "object_kinds": ["1"],
        "level": chance.choice(list(Level)).value,
        "power": "receive" if is_open else "consult",
        "status": "active" if is_open else "incomplete",
        "agency": {"name": f"曲江区第{number % 40 + 1}服务局", "code": agency, "kind": "1"},
        "department": "曲江区政务服务数据管理局",
        "basis": [{"law": chance.choice(WORDS["laws"]), "article": f"第{chance.randrange(1, 90)}条"}],
        "conditions": chance.sample(WORDS["conditions"], 3),
        "case_type": "2",
        "statutory": {"value": 20, "unit": "workday"},
        "promised": {"value": chance.randrange(1, 20), "unit": "workday"},
        "place": "曲江区马坝镇府前路示例大厅一楼综合窗口",
        "hours": "工作日 9:00-12:00，13:30-17:00",
        "phone": f"0751-0000{number % 1000:03d}",
        "complaint_phone": "0751-12345",
        "results": [{"kind": "证照", "name": f"{name[:40]}结果通知"}],
        **_situations(chance),
        "faq": [{"q": f"{name[:40]}要多久？", "a": "以承诺时限为准。"}],
        "source_note": "示例数据",
    }
    return Item.from_dict(fields)


def _situations(chance: random.Random) -> dict[str, object]:
    listed = chance.sample(WORDS["materials"], chance.randrange(4, 10))
    materials = [
        {
            "id": f"m{order}",
            "name": name,
            "originals": 1,
            "basis": chance.choice(WORDS["laws"]),
            "order": order,
        }
        for order, name in enumerate(listed, start=1)
    ]
    options = [
        {"value": "self", "label": "本人办理", "add": ["m3"], "situation": "本人办理"},
        {"value": "agent", "label": "委托他人办理", "add": ["m3", "m4"], "situation": "委托办理"},
    ]
    return {
        "materials": materials,
        "base_materials": [material["id"] for material in materials if material["order"] not in (3, 4)],
        "questions": [{"id": "who", "text": "由谁来办理？", "options": options}],
        "first_question": "who",
    }


def main() -> None:
    """Write items as JSON to standard output."""
    parser = argparse.ArgumentParser(description="Realistic items for tests, as JSON.")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    items = [item.to_dict() for item in make_items(asked.count, asked.seed)]
    json.dump({"items": items}, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
