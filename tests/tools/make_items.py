"""Items with realistic Chinese text, as many as wanted, the same for the same seed.

First come the items of the reference folder, as a county would have them; then others made of what such
offices grant, license, register and serve, with spoken names, situations, materials and guides.

`python -m tests.tools.make_items 10000 --seed 7 > items.json` writes them for an import, and
`--pack 10000.pack` as the plain pack that gets signed.
"""

import argparse
import csv
import json
import random
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from catalog_cache.codes import credit_check, implementation_code
from catalog_cache.demonstration import REFERENCE, demonstration_items
from catalog_cache.model import Item, Level
from catalog_cache.pack import PackMeta, write_pack

WORDS: dict[str, Any] = json.loads(Path(__file__).with_name("item_words.json").read_text("utf-8"))
START = datetime(2026, 11, 22, 9, tzinfo=UTC)
_TOWN_SHARE = 0.1
_FINISHED_SHARE = 0.8


def each_item(count: int, seed: int = 1) -> Iterator[Item]:
    """`count` items with different names and codes, one by one; the same seed gives the same items."""
    chance = random.Random(seed)
    real = demonstration_items()
    yield from islice(real, count)
    taken = {item.name for item in real}
    for number, made in enumerate(islice(_unlike(taken, chance), max(0, count - len(real))), start=1):
        yield _item(chance, number, made)


def make_items(count: int, seed: int = 1) -> list[Item]:
    """`count` items with different names and codes; the same seed gives the same items."""
    return list(each_item(count, seed))


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


def write_pack_file(path: Path, count: int, seed: int = 1, version: int = 1) -> None:
    """A pack of `count` items, plain."""
    path.write_bytes(make_pack(make_items(count, seed), version))


def agency_code(number: int) -> str:
    """An illustrative credit code with a right check character, in an area that does not exist."""
    first = f"11999999{number:09d}"
    return first + credit_check(first)


class _Made:
    """A name and what it was made of."""

    def __init__(self, group: dict[str, Any], what: str, verb: str, name: str, town: str = "") -> None:
        self.group, self.what, self.verb, self.name, self.town = group, what, verb, name, town
        self.act: dict[str, Any] = WORDS["acts"][group["acts"]]

    def aliases(self) -> list[str]:
        """As people say it: 补食品证; the plain word goes with the first act alone."""
        verbs, spoken = self.act["verbs"], self.group["what"][self.what]
        said = [verb + word for verb in verbs[self.verb] for word in spoken]
        is_first = self.verb == next(iter(verbs)) and not self.town
        return ([*spoken, *said] if is_first else said)[:6]


def _unlike(taken: set[str], chance: random.Random) -> Iterator[_Made]:
    """Made names that are not taken yet: every combination once, then again town by town."""
    towns = _towns()
    made = [(group, who, what, verb) for group in WORDS["groups"] for who, what, verb in _parts(group)]
    chance.shuffle(made)
    while True:
        for group, who, what, verb in made:
            detail = chance.choice(WORDS["acts"][group["acts"]]["details"])
            if verb == "变更":
                detail = f"（{chance.choice(WORDS['changes'])}）"
            town = chance.choice(towns) if chance.random() < _TOWN_SHARE else ""
            name = f"{who}{what}{verb}{detail}" + (f"（{town}）" if town else "")
            if name not in taken:
                taken.add(name)
                yield _Made(group, what, verb, name, town)


def _parts(group: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    verbs = WORDS["acts"][group["acts"]]["verbs"]
    return ((who, what, verb) for who in group["who"] for what in group["what"] for verb in verbs)


def _towns() -> list[str]:
    """Every real town of the city."""
    with (REFERENCE / "divisions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["name"] for row in rows if row["code"][6:9] != "000" and row["code"][9:] == "000"]


def _item(chance: random.Random, number: int, made: _Made) -> Item:
    group, act, name = made.group, made.act, made.name
    item_type = act["type"]
    level = Level.TOWNSHIP if made.town else chance.choice([Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE])
    base = f"44{item_type}{number % 90:02d}{number:06d}"
    office = made.town + "人民政府" if made.town else f"韶关市曲江区{group['agency']}"
    agency = agency_code(int(sha256(office.encode()).hexdigest()[:7], 16))
    is_open = chance.random() < _FINISHED_SHARE
    days = chance.randrange(1, 20)
    fields = {
        "code": implementation_code(agency, level, base),
        "name": name,
        "aliases": made.aliases(),
        "item_type": item_type,
        "theme": group["theme"],
        "object_kinds": ["2", "6"] if act["type"] in ("01", "10") else ["1"],
        "level": level.value,
        "power": act["power"] if is_open else "consult",
        "status": "active" if is_open else "incomplete",
        "agency": {"name": office, "code": agency, "kind": "1"},
        "department": group["agency"],
        "basis": [{"law": group["law"], "article": f"第{chance.randrange(1, 90)}条"}],
        "conditions": chance.sample(WORDS["conditions"], chance.randrange(2, 5)),
        "steps": _steps(group["agency"], days),
        "case_type": "2",
        "statutory": {"value": 20, "unit": "workday"},
        "promised": {"value": days, "unit": "workday"},
        "visits": chance.randrange(2),
        "visits_why": "须现场核对原件",
        "place": f"曲江区{made.town or '马坝镇'}府前路{chance.randrange(1, 90)}号示例大厅一楼综合窗口",
        "hours": "工作日 9:00-12:00，13:30-17:00",
        "phone": f"0751-0000{number % 1000:03d}",
        "complaint_phone": "0751-12345",
        "results": [{"kind": "证照" if act["type"] == "01" else "文书", "name": f"{made.what}办理结果"}],
        **_situations(chance, group["law"]),
        "faq": _faq(chance),
        "source_note": "示例数据",
    }
    return Item.from_dict(fields)


def _steps(agency: str, days: int) -> list[dict[str, str]]:
    return [
        {"name": "收件", "who": "驿站窗口人员", "limit": "当场", "result": "收件凭证"},
        {"name": "审查", "who": agency, "limit": f"{days}个工作日", "standard": "材料齐全、内容一致"},
        {"name": "办结", "who": agency, "limit": "1个工作日", "result": "办理结果"},
    ]


def _faq(chance: random.Random) -> list[dict[str, str]]:
    pairs = list(zip(WORDS["questions_asked"], WORDS["answers_given"], strict=True))
    return [{"q": asked, "a": answer} for asked, answer in chance.sample(pairs, 2)]


def _situations(chance: random.Random, law: str) -> dict[str, object]:
    """Materials, and up to three questions one after the other whose answers ask for more of them."""
    names = chance.sample(WORDS["materials"], chance.randrange(4, 11))
    materials = [_material(chance, order, name, law) for order, name in enumerate(names, start=1)]
    asked = chance.sample(WORDS["questions"], chance.randrange(4))
    later = [material["id"] for material in materials[3:]] if asked else []
    questions = [
        {
            "id": question["id"],
            "text": question["text"],
            "options": [
                {"value": value, "label": label, "situation": label, "add": _added(later, at + turn)}
                | ({"then": asked[at + 1]["id"]} if at + 1 < len(asked) else {})
                for turn, (value, label) in enumerate(question["answers"].items())
            ],
        }
        for at, question in enumerate(asked)
    ]
    base = [material["id"] for material in materials if material["id"] not in later]
    first = asked[0]["id"] if asked else None
    return {"materials": materials, "base_materials": base, "questions": questions, "first_question": first}


def _added(later: Sequence[str], turn: int) -> list[str]:
    """Some of the later materials, another share for each answer, so that each is asked for somewhere."""
    return [one for at, one in enumerate(later) if at % 3 == turn % 3]


def _material(chance: random.Random, order: int, name: str, law: str) -> dict[str, Any]:
    return {
        "id": f"m{order}",
        "name": name,
        "kind": "check_original" if chance.random() < 0.3 else "original",
        "originals": 1,
        "copies": chance.randrange(2),
        "spec": "A4",
        "source": chance.choice(WORDS["sources"]),
        "standard": chance.choice(WORDS["standards"]),
        "basis": f"《{law}》",
        "order": order,
    }


def main() -> None:
    """Write items as JSON to standard output, or a pack to a file."""
    parser = argparse.ArgumentParser(description="Realistic items for tests, as JSON.")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pack", type=Path, help="write the plain pack there instead")
    asked = parser.parse_args()
    if asked.pack:
        write_pack_file(asked.pack, asked.count, asked.seed)
        return
    items = [item.to_dict() for item in each_item(asked.count, asked.seed)]
    json.dump({"items": items}, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
