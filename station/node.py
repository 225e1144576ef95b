"""One installation of the program, and the open node inside it, wired in one place.

An Installation exists as soon as there is a data folder: it knows the node's public facts, its vault and
its catalog. A Node exists once somebody (or the unattended key) opened the vault.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from station import secrets_kept
from station.accounts.attempts import Attempts
from station.accounts.sessions import Sessions
from station.database import AnyDatabase, check_at_start, in_use, open_database
from station.errors import NotSetUp
from station.facts import Facts, load_facts
from station.migrations import migrate
from station.settings import Settings
from station.vault import Vault
from sync.clock import Clock, system_clock
from sync.keys import NodeKeys

DATABASE_FILE = "station.db"
VAULT_FILE = "vault.json"
ATTEMPTS_FILE = "attempts.json"
CATALOG_FOLDER = "catalog"
CLOCK_FILE = "clock.txt"
NODE_KEYS = "node-keys"


class Installation:
    """What there is before anybody signed in: settings, facts, vault, catalog, clock, sessions."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """clock: this machine's, carried on from the last attested time, when None."""
        self.settings = settings
        self.clock = clock or system_clock(read_attested(settings.data_folder))
        self.facts: Facts | None = load_facts(settings.data_folder)
        self.vault = Vault(settings.data_folder / VAULT_FILE, settings.argon2)
        self.attempts = Attempts(settings.data_folder / ATTEMPTS_FILE)
        self.sessions = Sessions(timedelta(minutes=settings.idle_minutes))
        self.catalog: Any = None
        self.setup_code: str | None = None
        self.node: Node | None = None
        self.on_open: Callable[[Node], None] | None = None
        self._opening = threading.Lock()

    def unlock(self, account: str, password: str) -> "Node":
        """Open the vault with one person's password. Raises NotSetUp, WrongPassword, DatabaseDamaged."""
        self.reload_facts()
        return self.open_with_key(self.vault.open(account, password))

    def open_with_key(self, node_key: bytes) -> "Node":
        """The open node; opened now unless it was before."""
        facts = self.reload_facts()
        with self._opening:
            if self.node is None:
                self.node = Node(self, facts, node_key)
                if self.on_open is not None:
                    self.on_open(self.node)
            return self.node

    def reload_facts(self) -> Facts:
        """The node's facts, read again if they were missing. Raises NotSetUp."""
        self.facts = self.facts or load_facts(self.settings.data_folder)
        if self.facts is None:
            raise NotSetUp(str(self.settings.data_folder))
        return self.facts

    def current_catalog(self) -> Any:
        """The catalog in use, or None before the first one came."""
        return None if self.catalog is None else self.catalog.current()

    def close(self) -> None:
        """Forget key and sessions, and close the database; the station is locked afterwards."""
        with self._opening:
            node, self.node = self.node, None
        self.sessions.close_all()
        if node is not None:
            save_attested(self.settings.data_folder, self.clock)
            node.database.close_all()


@dataclass
class Link:
    """What the last exchange with the parent said. Memory only: a restart begins with silence."""

    state: str = "silent"
    last_contact_at: datetime | None = None
    why: str = ""

    @property
    def is_up(self) -> bool:
        """True when the parent answered the last time."""
        return self.state == "ok"

    @property
    def is_refused(self) -> bool:
        """True when the parent answered, and would not talk to us."""
        return self.state == "refused"


class Node:
    """The open node: its database, keys, mail and catalog. `using()` makes its tables the current ones."""

    def __init__(self, installation: Installation, facts: Facts, node_key: bytes) -> None:
        self.installation = installation
        self.settings = installation.settings
        self.facts = facts
        self.vault = installation.vault
        self.clock = installation.clock
        self.catalog = installation.catalog
        self.node_key = node_key
        self.link = Link()
        self.database: AnyDatabase = open_checked(self.settings, node_key, now=self.clock.now())
        with self.using():
            self.keys = load_keys(node_key)

    def using(self) -> AbstractContextManager[AnyDatabase]:
        """Inside the block every Row belongs to this node."""
        return in_use(self.database)

    def figures(self) -> dict[str, int]:
        """Counts for operators, by metric name."""
        return {"link_up": int(self.link.is_up)}


def open_checked(settings: Settings, node_key: bytes, *, now: datetime) -> AnyDatabase:
    """The node's database, found sound and brought to the present shape."""
    path = settings.data_folder / DATABASE_FILE
    database = open_database(path, node_key, settings.database_url)
    try:
        check_at_start(database, path)
        migrate(database, now=now)
    except BaseException:
        database.close_all()
        raise
    return database


def load_keys(node_key: bytes) -> NodeKeys:
    """The node's signing and sealing keys; made at the first start."""
    kept = secrets_kept.find(node_key, NODE_KEYS)
    if kept is not None:
        return NodeKeys.from_bytes(kept)
    keys = NodeKeys.generate()
    secrets_kept.keep(node_key, NODE_KEYS, keys.to_bytes())
    return keys


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
        (data_folder / CLOCK_FILE).write_text(attested.isoformat(), "ascii")
