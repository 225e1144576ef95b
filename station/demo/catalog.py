"""The demo's first catalog: keys at city and county, then the desk imports, checks and publishes."""

import json
import tempfile
from datetime import datetime
from pathlib import Path

from catalog_cache.demonstration import (
    REFERENCE,
    demonstration_items,
    demonstration_packages,
    demonstration_samples,
)
from station.demo.plan import COUNTY_CODE
from station.hall.publishing import draft, keys, release, review
from station.hall.publishing.desk import KEYS_FOLDER, Desk
from station.hall.publishing.models import Version
from station.hall.samples.service import Slot, attach
from station.node import Node

EDITOR, PUBLISHER = "editor", "publisher"
DIVISIONS = "city/divisions.csv"


def publish_first(hall: Node, city_folder: Path, passphrase: str) -> Version:
    """Everything from the keys to version 1, by the accounts that may do it; the hall's tables are in use."""
    _make_keys(hall, city_folder / KEYS_FOLDER, passphrase)
    now = hall.clock.now()
    draft.import_table(_table(), is_whole=True, by=EDITOR, now=now)
    _put_samples(hall, now)
    sent = review.submit(COUNTY_CODE, "演示目录第一版", by=EDITOR, now=now)
    review.decide(sent.number, is_approved=True, words="已核对", by=PUBLISHER, now=now)
    return release.publish(hall, passphrase, by=PUBLISHER, now=now)


def _put_samples(hall: Node, now: datetime) -> None:
    """The pictures that come with the program, put to their materials as an editor would."""
    folder = Desk.of(hall).repository.folder
    for one in demonstration_samples():
        slot = Slot(one.code, one.material_id, one.kind)
        attach(folder, slot, one.path.read_bytes(), seen="", by=EDITOR, now=now)


def _table() -> bytes:
    """The illustrative items and packages as the JSON table that an editor would import."""
    items = [item.to_dict() for item in demonstration_items()]
    packages = [package.to_dict() for package in demonstration_packages()]
    return json.dumps({"items": items, "packages": packages}, ensure_ascii=False).encode()


def _make_keys(hall: Node, city_keys: Path, passphrase: str) -> None:
    """The county asks, the city signs, the county takes the city's word over."""
    now = hall.clock.now()
    request = keys.make_county_keys(hall, passphrase, by=PUBLISHER, now=now)
    files = {DIVISIONS: (REFERENCE / "divisions.csv").read_bytes()}
    with tempfile.TemporaryDirectory() as folder:
        handover = Path(folder)
        city = keys.CityDesk(city_keys, handover, lambda _: passphrase)
        keys.hold_ceremony(city, request, files, now)
        keys.adopt(hall, handover, passphrase, by=PUBLISHER, now=now)
