"""A wrong code put right before anybody was told it: the entry moves, and whatever names it follows.

Once signed, a code is what cases, receipts and stations know the item by; then it stays.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from catalog_cache.model import Item
from station import audit
from station.hall.publishing import draft, entry_rows, facts
from station.hall.publishing.entry_rows import Entry
from station.hall.publishing.errors import CodeLocked, CodeTaken
from station.hall.publishing.models import BaseEntry, DraftEntry, TownLine, Version
from station.hall.versions.agenda import key_of
from station.hall.versions.models import DutyMark
from sync.rows import write

_LISTS = ("related", "prerequisites", "members", "voluntary")


def why_locked(row: DraftEntry) -> str:
    """Why the code of an entry cannot be changed, and what to do instead, in Chinese; "" when it can."""
    if row.above:
        return "编码由市级目录规定，县级不能改；写错了请与市级目录的发布人联系。"
    if row.is_in_force:
        return (
            "已经签发：站点、办件和群众手里的凭证都按这个编码认它，不能再改。"
            "确实写错了，请停用这一项并写明替代事项，再用正确的编码导入一项新的。"
        )
    if row.is_removed:
        return "这一项将移出目录，放回草稿后才能改。"
    if Version.select().where(Version.state == "signing").exists():
        return "正在签发，请等签发完成再看。"
    return ""


def change_code(code: str, new: str, seen: str, *, by: str, now: datetime) -> DraftEntry:
    """Give an entry that was never signed another code; returns it under the new one.

    seen: its hash when the page was opened. Raises EntryMissing, EntryRemoved, EntryChanged, CodeLocked,
    CodeTaken, and BadRecord for what is no code.
    """
    with write():
        row = draft.row_as_seen(code, seen)
        if why := why_locked(row):
            raise CodeLocked(why)
        entry = _with_code(draft.read(row.record), code, new)
        if new == code:
            return row
        _require_free(new)
        row.delete_instance()
        facts.forget(code)
        moved = DraftEntry(code=new, edited_by=by, edited_at=now)
        entry_rows.fill(moved, entry)
        moved.save(force_insert=True)
        _let_others_follow(code, new, by, now)
        _let_marks_follow(code, new, entry)
        audit.record(by, "catalog.recoded", new, now=now, before=code)
    return moved


def mentioned_in(code: str) -> list[str]:
    """The names of other entries that name this code, by code."""
    return [row.name for row, _ in _mentions(code)]


def _require_free(new: str) -> None:
    """Raises CodeTaken where the draft or the city has an entry of that code."""
    for table in (DraftEntry, BaseEntry):
        held = table.get_or_none(table.code == new)
        if held is not None:
            raise CodeTaken(new, held.name)


def _let_others_follow(code: str, new: str, by: str, now: datetime) -> None:
    for row, entry in list(_mentions(code)):
        entry_rows.fill(row, _with_code(entry, code, new))
        row.edited_by, row.edited_at = by, now
        row.save()
    TownLine.update(code=new).where(TownLine.code == code).execute()


def _let_marks_follow(code: str, new: str, entry: Entry) -> None:
    """What of who does what is done stays done."""
    for duty in entry.duties if isinstance(entry, Item) else ():
        found = DutyMark.key == key_of(code, duty)
        DutyMark.update(key=key_of(new, duty), code=new).where(found).execute()


def _mentions(code: str) -> Iterator[tuple[DraftEntry, Entry]]:
    """Every other entry of the draft that names a code."""
    written_so = DraftEntry.record.contains(f'"{code}"')
    rows = DraftEntry.select().where(~DraftEntry.is_removed & (DraftEntry.code != code) & written_so)
    for row in rows.order_by(DraftEntry.code):
        entry = draft.read(row.record)
        if _with_code(entry, code, "0-0") != entry:
            yield row, entry


def _with_code(entry: Entry, code: str, new: str) -> Entry:
    """An entry with one code changed wherever it stands for an item. Raises BadRecord."""
    fields: dict[str, Any] = entry.to_dict(full=True)
    for name in ("code", "replaced_by"):
        if fields.get(name) == code:
            fields[name] = new
    for holder in (fields, *fields.get("stages", ())):
        for name in _LISTS:
            if name in holder:
                holder[name] = [new if one == code else one for one in holder[name]]
    return type(entry).from_dict(fields)
