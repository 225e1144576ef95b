"""Wrong passwords in a row make the next try wait, longer each time.

Kept in a small file beside the vault, because it must work while the station is locked and must
outlive a restart. Names are kept as hashes.
"""

import hashlib
import json
import threading
from datetime import datetime
from math import ceil
from pathlib import Path

from station.errors import TooManyAttempts
from station.files import write_atomically
from station.vault import clean_name

FREE_TRIES = 3
FIRST_WAIT_SECONDS = 5
WAIT_SECONDS_MAX = 15 * 60
NAMES_MAX = 200


class Attempts:
    """The failed sign-ins of one data folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def check(self, name: str, *, now: datetime) -> None:
        """Raises TooManyAttempts while this name has to wait."""
        count, last = self._load().get(_key(name), (0, 0.0))
        if count < FREE_TRIES:
            return
        waits = min(FIRST_WAIT_SECONDS * 2 ** (count - FREE_TRIES), WAIT_SECONDS_MAX)
        left = last + waits - now.timestamp()
        if left > 0:
            raise TooManyAttempts(min(ceil(left), WAIT_SECONDS_MAX))

    def failed(self, name: str, *, now: datetime) -> int:
        """Count one wrong password; returns how many there were in a row."""
        with self._lock:
            found = self._load()
            count = found.get(_key(name), (0, 0.0))[0] + 1
            found[_key(name)] = (min(count, 32), now.timestamp())
            latest = sorted(found.items(), key=lambda entry: entry[1][1])[-NAMES_MAX:]
            self._save(dict(latest))
            return count

    def succeeded(self, name: str) -> None:
        """Forget the wrong passwords of this name."""
        with self._lock:
            found = self._load()
            if found.pop(_key(name), None) is not None:
                self._save(found)

    def _load(self) -> dict[str, tuple[int, float]]:
        try:
            found = json.loads(self.path.read_bytes())
            return {str(key): (int(count), float(last)) for key, (count, last) in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _save(self, found: dict[str, tuple[int, float]]) -> None:
        write_atomically(self.path, json.dumps(found).encode())


def _key(name: str) -> str:
    return hashlib.sha256(clean_name(name).encode()).hexdigest()[:16]
