"""The cases that every measurement of the mail sends: Chinese JSON of about 2 KB, the same for a seed.

    python -m tests.benchmarks.cases

prints how well they compress. Names, ids, telephone numbers and the notes that clerks write are drawn at
random; items and materials are those of the common list, addresses the real divisions of the reference
data. A record holds no signature and no digest: the envelope that carries it brings its own (signature,
hash and tag, some 100 bytes that nothing compresses), where a peer without signatures would
have to put them into the record. Peers are given the same records and are spared those bytes.
"""

import csv
import json
import lzma
import random
import string
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import zstandard

from tests.benchmarks.table import print_table

SEED = 20261126
COUNT = 1000
BYTES_LEAST, BYTES_MOST = 1800, 2300
REFERENCE = Path(__file__).parents[2] / "catalog_cache" / "reference"
WORDS: dict[str, Any] = json.loads(Path(__file__).with_name("case_words.json").read_text("utf-8"))
FIRST_DAY = date(2026, 1, 5)


def make_cases(count: int = COUNT, seed: int = SEED) -> list[dict[str, Any]]:
    """`count` records. Another seed gives other people with other notes in the same county."""
    writer = _Writer(seed)
    return [writer.case(number) for number in range(1, count + 1)]


def as_json(case: dict[str, Any]) -> bytes:
    """A record as a peer stores and sends it."""
    return json.dumps(case, ensure_ascii=False, separators=(",", ":")).encode()


class _Writer:
    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        with (REFERENCE / "common_items.csv").open(encoding="utf-8") as file:
            self._items = list(csv.DictReader(file))
        self._materials = sorted({name for item in self._items for name in item["materials"].split(";")})
        with (REFERENCE / "divisions.csv").open(encoding="utf-8") as file:
            divisions = {row["code"]: row for row in csv.DictReader(file)}
        self._villages = [row for row in divisions.values() if not row["code"].endswith("000")]
        self._towns = {code: row["name"] for code, row in divisions.items() if code.endswith("000")}
        self._home = self._pick(self._villages)
        self._around = [row for row in self._villages if row["parent"] == self._home["parent"]]

    def case(self, number: int) -> dict[str, Any]:
        """One record; notes are added until it has its size."""
        village = self._home if self._chance.random() < 0.8 else self._somewhere()
        item = self._pick(self._items)
        case = self._facts(number, item, village)
        size = self._chance.randint(BYTES_LEAST + 100, BYTES_MOST - 100)
        while len(as_json(case)) < size:
            case["notes"].append({"at": self._moment(), "text": self._sentence(village)})
        while len(as_json(case)) > BYTES_MOST:
            case["notes"].pop()
        return case

    def _facts(self, number: int, item: dict[str, str], village: dict[str, str]) -> dict[str, Any]:
        day = FIRST_DAY + timedelta(days=number // 30)
        names = item["materials"].split(";")[:4]
        return {
            "case_id": f"{self._chance.getrandbits(128):032x}",
            "receipt_number": f"{village['code']}1{day:%Y%m%d}{number:04d}",
            "running": 51_000 + number,
            "station": f"{self._town(village)}{village['name'].removesuffix('村民委员会')}便民服务站",
            "division": village["code"],
            "item": self._item(item),
            "way": self._pick(WORDS["ways"]),
            "received_at": self._moment(),
            "applicant": self._person(village),
            "agent": self._agent() if self._chance.random() < 0.3 else None,
            "answers": {
                text: self._pick(WORDS["answers"]) for text in self._chance.sample(WORDS["questions"], 3)
            },
            "form": self._form(village),
            "materials": [self._material(order, name) for order, name in enumerate(names, 1)],
            "notice": self._pick(WORDS["notices"]),
            "clerk": self._pick(WORDS["clerks"]),
            "notes": [],
        }

    def _item(self, item: dict[str, str]) -> dict[str, Any]:
        """What the catalog says, which does not depend on chance."""
        place = self._items.index(item)
        return {
            "code": f"11440205MB2C{place * 7919 % 100_000:05d}XR{place * 104_729 % 10**12:012d}",
            "name": item["name"],
            "type": item["type"],
            "theme": item["theme"],
            "object": item["service_object"],
            "department": f"曲江区{item['theme']}主管部门",
            "promised_workdays": int(item["promised_workdays"] or 0),
            "catalog": 37,
        }

    def _material(self, order: int, name: str) -> dict[str, Any]:
        copies = self._chance.randint(0, 2)
        return {
            "id": f"m{order}",
            "name": name,
            "form": "核对原件，收复印件" if copies else "收原件",
            "copies": copies,
            "pages": self._chance.randint(1, 6),
            "state": self._pick(["in", "in", "in", "later", "checked"]),
        }

    def _person(self, village: dict[str, str]) -> dict[str, str]:
        born = date(1930, 1, 1) + timedelta(days=self._chance.randrange(31_000))
        number = f"{village['code'][:6]}{born:%Y%m%d}{self._digits(3)}{self._pick('0123456789X')}"
        house = f"{self._pick(WORDS['places'])}{self._chance.randint(1, 160)}号"
        return {
            "name": self._name(),
            "id_number": number,
            "phone": self._phone(),
            "ethnic": self._pick(WORDS["ethnic"]),
            "address": f"{self._town(village)}{village['name']}{house}",
        }

    def _agent(self) -> dict[str, str]:
        return {
            "name": self._name(),
            "relation": self._pick(WORDS["relations"]),
            "phone": self._phone(),
        }

    def _form(self, village: dict[str, str]) -> dict[str, str]:
        street = f"{self._pick(WORDS['streets'])}{self._chance.randint(1, 300)}号"
        return {
            "职业": self._pick(WORDS["jobs"]),
            "家庭人口": str(self._chance.randint(1, 9)),
            "开户银行": self._pick(WORDS["banks"]),
            "银行账号": f"62{self._digits(17)}",
            "联系地址": f"{self._town(village)}{street}",
            "申请理由": self._sentence(village),
        }

    def _sentence(self, village: dict[str, str]) -> str:
        """A turn of phrase with names, places, dates and numbers of its own."""
        text: str = self._pick(WORDS["clauses"])
        while "{" in text:
            slot = text[text.index("{") + 1 : text.index("}")]
            text = text.replace("{" + slot + "}", self._fill(slot, village), 1)
        return text + "。"

    def _fill(self, slot: str, village: dict[str, str]) -> str:
        chance = self._chance
        ranges = {
            "n": (1, 9),
            "age": (3, 96),
            "mu": (1, 40),
            "mu2": (1, 12),
            "metre": (8, 480),
            "hour": (17, 21),
        }
        ranges |= {"year": (1978, 2026), "yuan": (200, 38_000), "grade": (1, 4), "d2": (2, 48)}
        lists = {
            "reason": "reasons",
            "relation": "relations",
            "job": "jobs",
            "bank": "banks",
            "city": "cities",
        }
        lists |= {
            "place": "places",
            "street": "streets",
            "crop": "crops",
            "trade": "trades",
            "month": "months",
        }
        if slot in ranges:
            return str(chance.randint(*ranges[slot]))
        if slot in lists:
            return str(self._pick(WORDS[lists[slot]]))
        made = {
            "name": self._name,
            "phone": self._phone,
            "date": lambda: f"{chance.randint(1, 12)}月{chance.randint(1, 28)}日",
            "d4": lambda: self._digits(4),
            "material": lambda: self._pick(self._materials),
            "item": lambda: self._pick(self._items)["name"],
            "village": lambda: self._somewhere()["name"],
            "town": lambda: self._town(self._somewhere()),
        }
        return made[slot]()

    def _name(self) -> str:
        given = "".join(self._pick(WORDS["given"]) for _ in range(self._chance.randint(1, 2)))
        return f"{self._pick(WORDS['surnames'])}{given}"

    def _somewhere(self) -> dict[str, str]:
        """Mostly a village near by; sometimes any of the city."""
        village: dict[str, str] = self._pick(self._around if self._chance.random() < 0.85 else self._villages)
        return village

    def _town(self, village: dict[str, str]) -> str:
        return self._towns[village["code"][:9] + "000"]

    def _phone(self) -> str:
        return f"1{self._pick('35789')}{self._digits(9)}"

    def _digits(self, count: int) -> str:
        return "".join(self._pick(string.digits) for _ in range(count))

    def _moment(self) -> str:
        moment = self._chance.randrange(300 * 86_400)
        day, second = FIRST_DAY + timedelta(days=moment // 86_400), moment % 86_400
        return f"{day}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"

    def _pick(self, choices: Any) -> Any:
        return choices[self._chance.randrange(len(choices))]


def measure() -> None:
    """How well the records compress, each by itself and together."""
    cases = [as_json(case) for case in make_cases()]
    raw = sum(map(len, cases))
    others = [as_json(case) for case in make_cases(2000, SEED + 1)]
    rows = [("raw JSON", f"{raw:,}", "100.0 %")]
    best = zstandard.ZstdCompressor(level=19)
    rows.append(_row("zstd -19 a record, no dictionary", raw, [best.compress(case) for case in cases]))
    for size in (16, 64, 110):
        trained = zstandard.train_dictionary(size * 1024, others)
        packer = zstandard.ZstdCompressor(level=19, dict_data=trained)
        title = f"zstd -19 a record, {size} KiB dictionary of 2,000 other records"
        rows.append(_row(title, raw, [packer.compress(case) for case in cases]))
    rows.append(_row("zstd -19, all in one", raw, [best.compress(b"".join(cases))]))
    rows.append(
        _row("xz -9e, all in one", raw, [lzma.compress(b"".join(cases), preset=9 | lzma.PRESET_EXTREME)])
    )
    sizes = f"{min(map(len, cases)):,} to {max(map(len, cases)):,} bytes each"
    print_table(f"The records: {len(cases):,}, {sizes}, seed {SEED}", ("form", "bytes", "of raw"), rows)


def _row(title: str, raw: int, packed: list[bytes]) -> tuple[str, str, str]:
    size = sum(map(len, packed))
    return title, f"{size:,}", f"{100 * size / raw:.1f} %"


if __name__ == "__main__":
    measure()
