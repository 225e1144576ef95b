"""Taking back: an earlier version's content into the draft, and one item out of use with its reason."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from catalog_cache.model import Item, Package, Status
from catalog_cache.pack import Pack
from station import audit
from station.errors import InputRefused
from station.hall.publishing import base, draft, release
from station.hall.publishing.desk import Desk
from station.hall.publishing.models import Version
from station.hall.versions import beside
from station.hall.versions.contents import Entry, contents_of, pack_of
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


@dataclass(frozen=True)
class Also:
    """What comes again beside items and joint matters; what does not stays as the draft has it."""

    lines: bool = False
    years: bool = False


def restore(
    desk: Desk,
    number: int,
    reason: str,
    also: Also = Also(),
    *,
    is_draft_given_up: bool,
    by: str,
    now: datetime,
) -> Withdrawn:
    """Fill the draft with an earlier version, to be reviewed and signed as a new one.

    Raises NotPublished, VersionUnreadable, NotRestored.
    """
    latest = next(iter(release.history()), None)
    if latest is None or number >= latest.number:
        raise NotRestored("只能恢复现行版本之前的版本。", "请在版本记录里选一个更早的版本。")
    pack, then = pack_of(desk, number), _beside(desk, number) if also.lines or also.years else None
    with write():
        if _is_at_work(also) and not is_draft_given_up:
            why = "草稿里有还没有签发的改动，恢复会把它们盖掉。"
            raise NotRestored(why, "请先签发，或勾选“放弃草稿里的改动”。")
        draft.take_entries(_what_comes(desk, pack), is_whole=True, by=by, now=now)
        moved = _bring(desk, then, also, by, now) if then else {}
        if not _is_at_work(also):
            raise NotRestored(f"第 {number} 版的内容与现行版本相同。", "不需要恢复。")
        row = Withdrawn.create(
            draft=draft.fingerprint(),
            withdraws=latest.number,
            restores=number,
            reason=reason[:REASON_LENGTH_MAX],
            made_by=by,
            made_at=now,
        )
        facts = {"withdraws": latest.number, "restores": number, **moved}
        audit.record(by, "catalog.version_restored", str(number), now=now, **facts)
    return row


def close_item(code: str, seen: str, closing: Closing, *, by: str, now: datetime) -> Item:
    """Take an item out of use in the draft, from a day on or at once.

    seen: its hash when the form was shown. Raises EntryMissing, EntryRemoved, EntryChanged, InputRefused
    for a joint matter.
    """
    item = item_of(code)
    closed = replace(
        item,
        status=item.status if closing.on else Status.WITHDRAWN,
        ends_on=closing.on or item.ends_on,
        closed_why=closing.why,
        instead=closing.instead,
        replaced_by=closing.replaced_by,
    )
    draft.save_entry(closed, seen, by=by, now=now)
    return closed


def item_of(code: str) -> Item:
    """An item of the draft. Raises EntryMissing, InputRefused for a joint matter."""
    entry = draft.read(draft.entry_row(code).record)
    if isinstance(entry, Package):
        raise InputRefused("事项", "联办事项没有停用一说。", "不再联办请把它移出草稿。")
    return entry


def what_comes_beside(desk: Desk, number: int) -> beside.Move | None:
    """What bringing the townships' lines and the holidays of a version again would change in the draft.

    None where they are not kept. Raises NotPublished, VersionUnreadable.
    """
    coming = {item.code: item.name for item in pack_of(desk, number).items}
    try:
        then = _beside(desk, number)
    except NotRestored:
        return None
    return beside.move_to(then, coming, desk.metadata_dir)


def is_over_another_base(pack: Pack) -> bool:
    """Whether a version lay over another catalog of the city's than the draft; that one is not taken back."""
    held = base.held()
    return bool(pack.meta.base) and held is not None and held.sha256 != pack.meta.base


def _what_comes(desk: Desk, pack: Pack) -> list[Entry]:
    """The entries of a version for the draft: what the county said, over the city's catalog as it is now.

    A county that has left the city's catalog since says all of it itself, as it read then.
    """
    if not pack.meta.base or base.held() is not None:
        return [*pack.items, *pack.packages, *base.spoken_of(pack.changes).values()]
    whole = contents_of(desk, str(pack.meta.version))
    if not whole.is_whole:
        why = "那一版依着市级目录，当时的市级目录没有留存，本县也不再依着它。"
        raise NotRestored(why, "请另选一版，或先接收市级目录。")
    return list(whole.entries.values())


def _beside(desk: Desk, number: int) -> beside.Beside:
    version = Version.get_or_none(Version.number == number)
    then = beside.of_version(desk, version.sha256) if version is not None else None
    if then is None:
        why = "那一版的镇街清单和放假安排没有留存，或签名核不上。"
        raise NotRestored(why, "请不勾选镇街和放假，只恢复事项。")
    return then


def _bring(desk: Desk, then: beside.Beside, also: Also, by: str, now: datetime) -> dict[str, int]:
    """Lines and holidays into the draft; how many of each changed, for the log."""
    moved = {}
    if also.lines:
        moved["lines"] = beside.bring_lines(then, by=by, now=now)
    if also.years:
        moved["years"] = beside.bring_years(then, desk.metadata_dir, by=by, now=now)
    return moved


def _is_at_work(also: Also) -> bool:
    """Whether what would come again differs in the draft from what is in force; the base does not count."""
    figures = draft.counts()
    own = figures.added or figures.changed or figures.removed
    return bool(own or (also.lines and figures.has_new_towns) or (also.years and figures.years))
