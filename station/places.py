"""Names and small files of a data folder that more than one part needs."""

from datetime import UTC, datetime
from pathlib import Path

from station.files import write_atomically
from sync.clock import Clock

DATABASE_FILE = "station.db"
VAULT_FILE = "vault.json"
ATTEMPTS_FILE = "attempts.json"
CLOCK_FILE = "clock.txt"
CATALOG_FOLDER = "catalog"
METADATA_FOLDER = "metadata"
REPOSITORY_FOLDER = "repository"
SAMPLES_FOLDER = "samples"


def read_attested(data_folder: Path) -> datetime | None:
    """The latest time a hall proved to this node before the last stop; None when unknown or unreadable."""
    try:
        found = datetime.fromisoformat((data_folder / CLOCK_FILE).read_text("ascii")[:40].strip())
    except (OSError, ValueError):
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def save_attested(data_folder: Path, clock: Clock) -> None:
    """Keep the latest attested time for the next start."""
    attested = clock.latest_attested()
    if attested is not None:
        write_atomically(data_folder / CLOCK_FILE, attested.isoformat().encode())
