"""One entry of the draft as JSON and as a row; the same for own entries and for those over the city's."""

import hashlib

from catalog_cache.exchange.importers import read_entry, written_entry
from catalog_cache.model import Item, Package
from station.hall.publishing.models import DraftEntry

Entry = Item | Package


read, written = read_entry, written_entry


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
