"""What the desk puts on the disk in plain text for a while, and how long it stays there at most.

Previews hold the catalog of a draft, imports hold a file as somebody chose it, perhaps the wrong one:
neither may lie about for ever because nobody came back to it, nor because the PC was switched off.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

PREVIEWS, IMPORTS, TABLE = "previews", "imports", ".table-"
"""Two folders in the data folder, and how the name begins of a folder for one file to download."""
PREVIEW_DAYS, IMPORT_DAYS, TABLE_DAYS = 1, 7, 1


def clear_old(data_folder: Path, now: datetime) -> list[Path]:
    """Take away what nobody has looked at for its time; returns what went."""
    gone = [path for path, days in _kept(data_folder) if _touched_at(path) < now - timedelta(days=days)]
    for path in gone:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):  # in use; the next time, then
                path.unlink()
    return gone


def _kept(data_folder: Path) -> Iterator[tuple[Path, int]]:
    for pattern, days in (
        (f"{PREVIEWS}/*", PREVIEW_DAYS),
        (f"{IMPORTS}/*", IMPORT_DAYS),
        (f"{TABLE}*", TABLE_DAYS),
    ):
        for path in data_folder.glob(pattern):
            yield path, days


def _touched_at(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return datetime.max.replace(tzinfo=UTC)  # gone by itself meanwhile
