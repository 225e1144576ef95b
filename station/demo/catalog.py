"""The demo's first catalogs: the city's base and the county's over it, each from keys to signature.

Both desks import, check, send to review and approve with two accounts, as people do at their pages. A demo
without a city node gets its keys from the ceremony alone, and its county publishes everything itself.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalog_cache.demonstration import (
    REFERENCE,
    SampleFile,
    demonstration_items,
    demonstration_packages,
    demonstration_samples,
)
from catalog_cache.model import Item, Package
from station.demo.plan import CITY_CODE, COUNTY_CODE
from station.hall.publishing import base, draft, entry_rows, keys, release, review
from station.hall.publishing.desk import KEYS_FOLDER, Desk
from station.hall.publishing.models import Version
from station.hall.samples.places import RESULT, Slot
from station.hall.samples.service import attach
from station.node import Node

EDITOR, PUBLISHER = "editor", "publisher"
DIVISIONS = "city/divisions.csv"
CITY_THEMES = ("social_insurance.json", "medical_insurance.json")
"""The themes that are the same all over the city: the province lists them, the city works them out."""
COUNTY_SAYS: dict[str, dict[str, Any]] = {
    "442099006001": {"place": "曲江区政务服务中心 2 楼医保窗口", "phone": "0751-0000206"},
    "442099005001": {"hours": "周一至周五 8:30–12:00，14:30–17:30；周六上午"},
}
"""What the county says about items of the city, within what it may say."""


def ask_for_trust(hall: Node, passphrase: str) -> bytes:
    """The county's keys, and its request for the city; the hall's tables are in use."""
    return keys.make_county_keys(hall, passphrase, by=PUBLISHER, now=hall.clock.now())


def publish_base(city: Node, request: bytes, passphrase: str) -> Path:
    """The city's ceremony for the county, then version 1 of its own; what it signed, to be taken over."""
    desk = Desk.of(city)
    handover = desk.city.folder / COUNTY_CODE
    _hold_ceremony(city, desk.keys_folder, handover, request, passphrase)
    items = [item for item in demonstration_items() if item.code in _city_codes()]
    _publish(city, CITY_CODE, items, (), passphrase)
    return handover


def publish_first(hall: Node, handover: Path, passphrase: str) -> Version:
    """Take the city's handover over and publish version 1 over the city's base, where there is one."""
    keys.adopt(hall, handover, passphrase, by=PUBLISHER, now=hall.clock.now())
    above = base.records()
    items = [item for item in demonstration_items() if item.code not in above]
    return _publish(hall, COUNTY_CODE, items, demonstration_packages(), passphrase)


def publish_alone(hall: Node, city_folder: Path, request: bytes, passphrase: str) -> Version:
    """The same without a city node: keys and ceremony, and everything in the county's own catalog."""
    with tempfile.TemporaryDirectory() as folder:
        _hold_ceremony(hall, city_folder / KEYS_FOLDER, Path(folder), request, passphrase)
        return publish_first(hall, Path(folder), passphrase)


def _hold_ceremony(node: Node, city_keys: Path, handover: Path, request: bytes, passphrase: str) -> None:
    city = keys.CityDesk(city_keys, handover, lambda _: passphrase)
    files = {DIVISIONS: (REFERENCE / "divisions.csv").read_bytes()}
    keys.hold_ceremony(city, request, files, node.clock.now())


def _publish(
    node: Node, division: str, items: Sequence[Item], packages: Iterable[Package], passphrase: str
) -> Version:
    """From a table to version 1, by the accounts that may do it."""
    now = node.clock.now()
    draft.import_table(_table(items, packages), is_whole=True, by=EDITOR, now=now)
    _put_samples(node, {item.code: item for item in items})
    _say_over_the_base(node)
    sent = review.submit(division, "演示目录第一版", by=EDITOR, now=now)
    review.decide(sent.number, is_approved=True, words="已核对", by=PUBLISHER, now=now)
    return release.publish(node, passphrase, by=PUBLISHER, now=now)


def _put_samples(node: Node, items: Mapping[str, Item]) -> None:
    """The pictures that come with the program, put to their places in these items as an editor would."""
    folder, now = Desk.of(node).repository.folder, node.clock.now()
    for one in demonstration_samples():
        if one.code in items:
            slot = Slot(one.code, _part(items[one.code], one), one.kind)
            attach(folder, slot, one.path.read_bytes(), seen="", by=EDITOR, now=now)


def _part(item: Item, file: SampleFile) -> str:
    return item.results[int(file.part) - 1].name if file.kind == RESULT else file.part


def _say_over_the_base(node: Node) -> None:
    """The county takes two of the city's items up and says where and when they are done here."""
    now = node.clock.now()
    for code, says in COUNTY_SAYS.items():
        if base.find(code) is None:
            continue
        row = base.take_up(code, by=EDITOR, now=now)
        item = entry_rows.read(row.record)
        assert isinstance(item, Item), "only items are taken up"
        draft.save_entry(replace(item, **says), row.sha256, by=EDITOR, now=now)


def _table(items: Iterable[Item], packages: Iterable[Package]) -> bytes:
    """Items and packages as the JSON table that an editor would import."""
    fields = {"items": [one.to_dict() for one in items], "packages": [one.to_dict() for one in packages]}
    return json.dumps(fields, ensure_ascii=False).encode()


def _city_codes() -> set[str]:
    files = [json.loads((REFERENCE / "items" / name).read_text("utf-8")) for name in CITY_THEMES]
    return {fields["code"] for file in files for fields in file}
