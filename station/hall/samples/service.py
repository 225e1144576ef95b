"""The files of each material and each result in the draft: put there, replaced, taken away.

A file is durable on the shelf of published files before a draft names it; cut off in between, it is an
orphan that `shelf` finds, and the draft is as it was. Stations see nothing of it until a version names it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from catalog_cache.distribution.sample_files import files_of, shelve_file
from catalog_cache.model import Attachment, FirstPage, Item
from station import audit
from station.hall.publishing import draft
from station.hall.publishing.models import DraftEntry
from station.hall.samples.content import PDF, examine
from station.hall.samples.errors import FileReplaced, NotOwnItem, PartMissing
from station.hall.samples.first_page import first_page
from station.hall.samples.places import KINDS, Part, Slot, part_at, placed, with_file, with_files_of
from sync.rows import write

NAME_LENGTH_MAX = 60
_NO_NAME = re.compile(r"[/\\:*?\"<>|\x00-\x1f]+")


@dataclass(frozen=True)
class SlotChange:
    """One place of the draft that holds another file than the version in force."""

    code: str
    item_name: str
    part_name: str
    kind: str
    before: Attachment | None
    after: Attachment | None


def attach(folder: Path, slot: Slot, data: bytes, *, seen: str, by: str, now: datetime) -> Attachment:
    """Put a file into a place of the draft, a PDF with a picture of its first page where it can be drawn.

    folder: that of the published files; seen: SHA-256 of the file that was there when the page was
    opened, "" for none. Raises SampleRefused, EntryMissing, PartMissing, NotOwnItem, FileReplaced.
    """
    content = examine(data)
    _, _, part = _place(slot)
    file = shelve_file(folder, data, file_name(part.name, slot.kind, content.ending))
    drawn = first_page(data) if content.media_type == PDF else None
    if drawn is not None:
        picture, ending = drawn
        page = shelve_file(folder, picture, file_name(part.name, slot.kind, ending, "首页"))
        file = replace(file, first_page=FirstPage(name=page.name, sha256=page.sha256, size=page.size))
    _put(slot, file, seen, by, now)
    return file


def detach(slot: Slot, *, seen: str, by: str, now: datetime) -> None:
    """Take a file out of a place of the draft; the file itself stays as long as anything names it.

    Raises what `attach` raises, but for SampleRefused.
    """
    _put(slot, None, seen, by, now)


def file_name(part_name: str, kind: str, ending: str, what: str = "") -> str:
    """What the file is called everywhere; nothing of the name under which it was uploaded."""
    stem = _NO_NAME.sub("", part_name).strip(" .")[:NAME_LENGTH_MAX]
    return f"{stem}（{KINDS[kind]}{what}）.{ending}"


def why_locked(row: DraftEntry) -> str:
    """Why the files of this entry cannot be changed here, in Chinese; "" when they can."""
    if row.above:
        return "这一事项由市级目录规定，材料和样表由市级提供。"
    return "这一事项将移出目录。" if row.is_removed else ""


def item_of(code: str) -> tuple[DraftEntry, Item]:
    """An item of the draft. Raises EntryMissing, PartMissing for a package."""
    row = draft.entry_row(code)
    entry = draft.read(row.record)
    if not isinstance(entry, Item):
        raise PartMissing
    return row, entry


def files_named(row: DraftEntry) -> dict[str, Attachment]:
    """Every file that an entry names, in the draft or in force, by SHA-256."""
    records = [record for record in (row.record, row.published) if record]
    entries = [entry for record in records if isinstance(entry := draft.read(record), Item)]
    return {file.sha256: file for entry in entries for file in files_of(entry)}


def changed_slots(limit: int = draft.CHANGES_SHOWN) -> list[SlotChange]:
    """Every place that differs from the version in force, for the second person."""
    rows = DraftEntry.select().where((DraftEntry.kind == "item") & DraftEntry.is_changed)
    found: list[SlotChange] = []
    for row in rows.where(~DraftEntry.is_removed).order_by(DraftEntry.code).iterator():
        found += _changes(row)
        if len(found) >= limit:
            break
    return found[:limit]


def keeping_files(records: Iterable[str]) -> Iterator[str]:
    """Records of a table that is coming in, with the files that the draft has for the same parts.

    A table has no columns for files; only somebody who looks at one takes it away.
    """
    with_files = DraftEntry.record.contains('"sha256":')
    codes = {row.code for row in DraftEntry.select(DraftEntry.code).where(with_files)}
    for record in records:
        code = draft.code_in(record)
        held = draft.read(draft.entry_row(code).record) if code in codes else None
        came = draft.read(record) if held else None
        if isinstance(held, Item) and isinstance(came, Item):
            yield draft.written(with_files_of(came, held))
        else:
            yield record


def _changes(row: DraftEntry) -> Iterator[SlotChange]:
    new = _by_place(draft.read(row.record))
    old = _by_place(draft.read(row.published)) if row.published else {}
    for place in dict.fromkeys([*new, *old]):
        before, after = (files[place][1] if place in files else None for files in (old, new))
        if before != after:
            name = (new.get(place) or old[place])[0]
            yield SlotChange(row.code, row.name, name, place[1], before, after)


def _by_place(entry: draft.Entry) -> dict[tuple[str, str], tuple[str, Attachment]]:
    """(name of the part, file) by the part's id and the kind."""
    if not isinstance(entry, Item):
        return {}
    return {(part.id, kind): (part.name, file) for part, kind, file in placed(entry)}


def _put(slot: Slot, file: Attachment | None, seen: str, by: str, now: datetime) -> None:
    with write():
        row, item, part = _place(slot)
        held = part.files[slot.kind]
        if (held.sha256 if held else "") != seen:
            raise FileReplaced(row.edited_by)
        draft.save_entry(with_file(item, slot, file), row.sha256, by=by, now=now)
        act = "catalog.file_put" if file else "catalog.file_taken_out"
        digest = file.sha256 if file else seen
        audit.record(by, act, slot.code, now=now, part=slot.part, kind=slot.kind, sha256=digest)


def _place(slot: Slot) -> tuple[DraftEntry, Item, Part]:
    row, item = item_of(slot.code)
    why = why_locked(row)
    if why:
        raise NotOwnItem(why, "请联系市级目录管理员，或先把事项放回草稿。")
    part = part_at(item, slot)
    if part is None:
        raise PartMissing
    return row, item, part
