"""A file on its way into the draft: read in the background, compared, then taken wholly or dropped.

What was read lies in a folder named by the file's hash. An import that was interrupted, or previewed
first, goes on from there; nothing touches the draft before `take`.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from threading import Lock

from catalog_cache.difference import EntryChange, change_of
from catalog_cache.exchange.importers import CellError, Progress, Reading
from catalog_cache.exchange.staging import Staging
from station.files import write_atomically
from station.hall.importing.errors import ImportGone
from station.hall.leftovers import IMPORTS
from station.hall.publishing import draft
from station.hall.publishing.errors import DraftNotReady
from station.hall.publishing.models import DraftEntry
from station.hall.samples.service import keeping_files

KEPT_MAX = 3
_SOURCE, _STAGING = "source", "staging.sqlite"
_NAME_LENGTH = 32
_taking = Lock()
"""One import is taken at a time in this process; elsewhere only commands take any."""
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Preview:
    """What taking the file would do to the draft. changes: at most draft.CHANGES_SHOWN of them."""

    added: int = 0
    changed: int = 0
    same: int = 0
    removed: int = 0
    changes: tuple[EntryChange, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether more would change than is listed."""
        return self.added + self.changed + self.removed > len(self.changes)


class TableImport:
    """One such file. Opened by its name; every method may be called again after an interruption."""

    def __init__(self, data_folder: Path, name: str) -> None:
        """Raises ImportGone when nothing of that name is kept."""
        self.name = name
        self._folder = data_folder / IMPORTS / name
        if len(name) != _NAME_LENGTH or not name.isalnum() or not (self._folder / _SOURCE).is_file():
            raise ImportGone

    @classmethod
    def begin(cls, data_folder: Path, data: bytes, *, is_whole: bool = False) -> "TableImport":
        """Keep the bytes, unless they are kept already; the oldest others make room."""
        mark = b"whole" if is_whole else b"part"
        name = hashlib.sha256(mark + data).hexdigest()[:_NAME_LENGTH]
        folder = data_folder / IMPORTS / name
        if not (folder / _SOURCE).is_file():
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / "mode", mark)
            write_atomically(folder / _SOURCE, data)
        _make_room(folder)
        return cls(data_folder, name)

    @property
    def is_whole(self) -> bool:
        """Whether the file is the whole catalog, so that what it lacks leaves the draft."""
        return (self._folder / "mode").read_bytes() == b"whole"

    def read(self, watch: OnProgress) -> None:
        """Read and check the file to its end. Raises BadTable, and whatever `watch` raises to end it."""
        data = (self._folder / _SOURCE).read_bytes()
        with self._staging() as staging:
            for progress in Reading(data, staging).steps():
                watch(progress)

    @property
    def is_read(self) -> bool:
        """Whether `read` came to its end."""
        with self._staging() as staging:
            return staging.fact("stage") == "done"

    def faults(self) -> tuple[tuple[CellError, ...], int]:
        """What is wrong in the file, and how many more faults are not listed."""
        with self._staging() as staging:
            listed = staging.faults()
            return listed, staging.fault_count() - len(listed)

    def preview(self) -> Preview:
        """What taking it would do. The draft is only looked at."""
        with self._staging() as staging:
            return preview_of(keeping_files(staging.in_file_order()), is_whole=self.is_whole)

    def take(self, *, by: str, now: datetime) -> draft.Imported:
        """Into the draft, wholly or, with faults, not at all; afterwards nothing of it is kept here.

        Raises DraftNotReady for a file without entries, or one that was not read to its end, and ImportGone
        when somebody else took it first, such as the first press of a button pressed twice.
        """
        with _taking:
            if not (self._folder / _SOURCE).is_file():
                raise ImportGone
            return self._take(by, now)

    def _take(self, by: str, now: datetime) -> draft.Imported:
        errors, more = self.faults()
        if errors:
            return draft.Imported(errors=errors, more_errors=more)
        with self._staging() as staging:
            if staging.fact("stage") != "done" or not staging.main_count():
                raise DraftNotReady("文件里没有事项。", "请检查文件后重新导入；草稿没有改动。")
            records = keeping_files(staging.in_file_order())
            done = draft.take_records(records, is_whole=self.is_whole, by=by, now=now)
        self.drop()
        return done

    def drop(self) -> None:
        """Forget the file."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _staging(self) -> Staging:
        return Staging(self._folder / _STAGING)


def preview_of(records: Iterable[str], *, is_whole: bool) -> Preview:
    """What records (JSON of entries) would change in the draft."""
    counts = {"added": 0, "changed": 0, "same": 0, "removed": 0}
    changes: list[EntryChange] = []
    seen: set[str] = set()
    for kind, change in _changes(records, seen):
        counts[kind] += 1
        if change is not None and len(changes) < draft.CHANGES_SHOWN:
            changes.append(change)
    for row in DraftEntry.select(DraftEntry.code, DraftEntry.name).where(~DraftEntry.is_removed):
        if is_whole and row.code not in seen:
            counts["removed"] += 1
            changes.append(EntryChange(row.code, row.name, "removed"))
    return Preview(**counts, changes=tuple(changes[: draft.CHANGES_SHOWN]))


def _changes(records: Iterable[str], seen: set[str]) -> Iterator[tuple[str, EntryChange | None]]:
    remaining = iter(records)
    while batch := list(islice(remaining, draft.BATCH)):
        given = {draft.code_in(record): record for record in batch}
        held = {row.code: row for row in DraftEntry.select().where(DraftEntry.code.in_(list(given)))}
        for code, record in given.items():
            seen.add(code)
            row = held.get(code)
            if row is not None and row.record == record and not row.is_removed:
                yield "same", None
            else:
                before = draft.read(row.record) if row is not None else None
                yield ("added" if row is None else "changed"), change_of(before, draft.read(record))


def _make_room(keep: Path) -> None:
    others = [folder for folder in keep.parent.iterdir() if folder.is_dir() and folder != keep]
    for folder in sorted(others, key=lambda one: one.stat().st_mtime)[: max(0, len(others) - KEPT_MAX + 1)]:
        shutil.rmtree(folder, ignore_errors=True)
