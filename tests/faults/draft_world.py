"""A county's draft that tables and samples come into, and what it may be found to hold after a power cut."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from catalog_cache.model import Attachment, Item
from station.database import AnyDatabase, check_integrity, open_database
from station.hall.importing.errors import ImportGone
from station.hall.importing.service import TableImport
from station.hall.leftovers import IMPORTS
from station.hall.publishing import draft
from station.hall.samples.places import Slot, placed
from station.hall.samples.service import attach
from station.migrations import migrate
from sync.rows import using
from tests.station.sample_papers import png_of

BY = "editor"
WIDTH, HEIGHT = 400, 300


class DraftDesk:
    """One hall's draft in a folder of its own. Every work opens it anew, as after a start."""

    def __init__(self, folder: Path, items: Sequence[Item], now: datetime) -> None:
        self.folder, self._now = folder, now
        folder.mkdir(parents=True)
        (folder / "repository").mkdir()
        with self._open() as database:
            migrate(database, now=now)
            draft.take_entries(items, is_whole=True, by=BY, now=now)

    def imports(self, items: Sequence[Item]) -> None:
        """A table with these items into the draft; whatever is left of an earlier try is taken up."""
        data = json.dumps([item.to_dict() for item in items], ensure_ascii=False).encode()
        with self._open():
            one = TableImport.begin(self.folder, data)
            one.read(lambda progress: sys.audit("tests.step", progress.stage))
            one.take(by=BY, now=self._now)

    def drops_imports(self) -> None:
        """Somebody gives up what was left half read."""
        for name in self._import_names():
            try:
                TableImport(self.folder, name).drop()
            except ImportGone:
                continue

    def attaches(self, code: str, data: bytes) -> None:
        """A sample to the first material of an item, by somebody who has just opened the page."""
        with self._open():
            item = _item(code)
            held = item.materials[0].sample
            slot = Slot(code, item.materials[0].id, "sample")
            seen = held.sha256 if held else ""
            attach(self.folder / "repository", slot, data, seen=seen, by=BY, now=self._now)

    def state(self) -> str:
        """The draft's own hash of what it says."""
        with self._open():
            return draft.fingerprint()

    def sample_of(self, code: str) -> str:
        """SHA-256 of the sample that `attaches` put there, "" for none."""
        with self._open():
            file = _item(code).materials[0].sample
            return file.sha256 if file else ""

    def findings(self, codes: Sequence[str], *, has_files: bool) -> list[str]:
        """What is wrong with the draft: a damaged file, lost items, a name of a sample that is not there."""
        with self._open() as database:
            found = [f"database: {text}" for text in check_integrity(database)]
            entries = {entry.code: entry for entry in draft.entries()}
            if sorted(entries) != sorted(codes):
                found.append(f"{len(entries)} entries instead of {len(codes)}")
            files = [file for one in entries.values() if isinstance(one, Item) for _, _, file in placed(one)]
            found += self._missing(files) if has_files else []
        return found

    def _missing(self, files: Sequence[Attachment]) -> list[str]:
        found = []
        for file in files:
            path = self.folder / "repository/files" / file.sha256
            if not path.is_file() or sha256(path.read_bytes()).hexdigest() != file.sha256:
                found.append(f"the sample {file.sha256[:8]} is not there whole")
        return found

    def _import_names(self) -> list[str]:
        room = self.folder / IMPORTS
        return [path.name for path in room.iterdir()] if room.is_dir() else []

    @contextmanager
    def _open(self) -> Iterator[AnyDatabase]:
        database = open_database(self.folder / "node.db", bytes(32))
        _watched(database)
        try:
            with using(database):
                yield database
        finally:
            database.close_all()


def state_of(items: Sequence[Item]) -> str:
    """The hash that a draft of exactly these items has."""
    marks = {item.code: sha256(draft.written(item).encode()).hexdigest() for item in items}
    return sha256("".join(f"{code} {marks[code]}\n" for code in sorted(marks)).encode()).hexdigest()


def sample_picture(version: int) -> bytes:
    """Another scanned page for each version."""
    chance = Random(f"picture {version}")
    rows = b"".join(b"\0" + chance.randbytes(WIDTH) for _ in range(HEIGHT))
    return png_of(WIDTH, HEIGHT, rows)


def _item(code: str) -> Item:
    entry = draft.read(draft.entry_row(code).record)
    assert isinstance(entry, Item), "only items are in these drafts"
    return entry


def _watched(database: AnyDatabase) -> None:
    """Each statement is a moment at which the power may go."""
    execute = database.execute_sql

    def watched(sql: str, *given: Any) -> Any:
        sys.audit("tests.statement", sql[:20])
        return execute(sql, *given)

    database.execute_sql = watched
