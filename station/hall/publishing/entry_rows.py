"""One entry of the draft as JSON and as a row; the same for own entries and for those over the city's."""

import hashlib
import json

from catalog_cache.model import Item, Package
from station.hall.publishing.models import DraftEntry

Entry = Item | Package


def read(record: str) -> Entry:
    """An entry out of its JSON."""
    fields = json.loads(record)
    return Package.from_dict(fields) if "kind" in fields else Item.from_dict(fields)


def written(entry: Entry) -> str:
    """The JSON of an entry, the same for the same entry."""
    return json.dumps(entry.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fill(row: DraftEntry, entry: Entry) -> None:
    """Let a row say this entry; nothing is saved."""
    is_item = isinstance(entry, Item)
    row.kind, row.name = "item" if is_item else "package", entry.name
    row.theme = entry.theme if isinstance(entry, Item) else entry.life_event
    row.status = entry.status.value if isinstance(entry, Item) else "active"
    row.record = written(entry)
    row.sha256 = hashlib.sha256(row.record.encode()).hexdigest()
    row.above_sha256 = hashlib.sha256(row.above.encode()).hexdigest() if row.above else ""
    row.is_changed, row.is_in_force = row.record != row.published, bool(row.published)
