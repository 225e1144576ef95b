"""Taking back: an earlier version's content into the draft, and one item out of use with its reason."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from catalog_cache.model import Item, Package, Status
from station import audit
from station.hall.publishing import base, draft, release
from station.hall.publishing.desk import Desk
from station.hall.publishing.models import Version
from station.hall.versions.errors import NotRestored
from station.hall.versions.models import Withdrawn
from sync.rows import write

REASON_LENGTH_MAX = 300


@dataclass(frozen=True)
class Closing:
    """How an item goes out of use. on: the first day it is no longer done; None for at once."""

    why: str
    instead: str
    replaced_by: str
    on: date | None


def restore(
    desk: Desk, number: int, reason: str, *, is_draft_given_up: bool, by: str, now: datetime
) -> Withdrawn:
    """Fill the draft with an earlier version, to be reviewed and signed as a new one.

    Items and joint matters come again; townships' lines and holidays stay as the draft has them.
    Raises NotPublished, NotRestored.
    """
    latest = next(iter(release.history()), None)
    if latest is None or number >= latest.number:
        raise NotRestored("只能恢复现行版本之前的版本。", "请在版本记录里选一个更早的版本。")
    pack = release.pack_of(desk, number)
    with write():
        if _has_own_changes() and not is_draft_given_up:
            why = "草稿里有还没有签发的改动，恢复会把它们盖掉。"
            raise NotRestored(why, "请先签发，或勾选“放弃草稿里的改动”。")
        entries = [*pack.items, *pack.packages, *base.spoken_of(pack.changes).values()]
        draft.take_entries(entries, is_whole=True, by=by, now=now)
        if not _has_own_changes():
            raise NotRestored(f"第 {number} 版的内容与现行版本相同。", "不需要恢复。")
        row = Withdrawn.create(
            draft=draft.fingerprint(),
            withdraws=latest.number,
            restores=number,
            reason=reason[:REASON_LENGTH_MAX],
            made_by=by,
            made_at=now,
        )
        facts = {"withdraws": latest.number, "restores": number}
        audit.record(by, "catalog.version_restored", str(number), now=now, **facts)
    return row


def close_item(code: str, closing: Closing, *, by: str, now: datetime) -> Item:
    """Take an item out of use in the draft, from a day on or at once. Raises EntryMissing, EntryChanged."""
    row = draft.entry_row(code)
    item = draft.read(row.record)
    assert isinstance(item, Item), "the page is for items only"
    closed = replace(
        item,
        status=item.status if closing.on else Status.WITHDRAWN,
        ends_on=closing.on or item.ends_on,
        closed_why=closing.why,
        instead=closing.instead,
        replaced_by=closing.replaced_by,
    )
    draft.save_entry(closed, row.sha256, by=by, now=now)
    return closed


def item_of(code: str) -> Item | None:
    """An item of the draft; None for a joint matter. Raises EntryMissing."""
    entry = draft.read(draft.entry_row(code).record)
    return None if isinstance(entry, Package) else entry


def earlier(versions: list[Version]) -> list[int]:
    """The versions that can be brought again."""
    return [version.number for version in versions[1:]]


def _has_own_changes() -> bool:
    """Whether the entries of the draft differ from the version in force; not holidays, base or townships."""
    figures = draft.counts()
    return bool(figures.added or figures.changed or figures.removed)
