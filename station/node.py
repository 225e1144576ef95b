"""One installation of the program, and the open node inside it, wired in one place.

An Installation exists as soon as there is a data folder: it knows the node's public facts, its vault and
its catalog. A Node exists once somebody (or the unattended key) opened the vault.
"""

import threading
import time
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

from catalog_cache.installed.cache import CatalogCache
from catalog_cache.installed.catalog import Catalog
from catalog_cache.signatures.shelf import FILES
from station import kept, mail_words, ring
from station.accounts.attempts import Attempts
from station.accounts.sessions import Sessions
from station.adoption import settled
from station.backup import start_anew
from station.cases.mail import handlers as case_handlers
from station.cases.place import place_of
from station.cases.replay import handlers as replay_handlers
from station.corrections.mail import handlers as correction_handlers
from station.database import AnyDatabase, check_at_start, free_bytes, in_use, open_database
from station.errors import NotSetUp
from station.facts import Facts, load_facts
from station.jobs import Jobs
from station.link import Link
from station.migrations import migrate
from station.places import (
    ATTEMPTS_FILE,
    CATALOG_FOLDER,
    DATABASE_FILE,
    METADATA_FOLDER,
    REPOSITORY_FOLDER,
    SAMPLES_FOLDER,
    VAULT_FILE,
    read_attested,
    save_attested,
)
from station.reserve import Reserve
from station.rounds import Rounds
from station.samples import Samples
from station.settings import Settings
from station.vault import Vault
from sync import outbox
from sync.clock import Clock, system_clock
from sync.courier import ExchangeReport
from sync.depot import Depot
from sync.keys import NodeKeys
from sync.mailbox import Handler, Mailbox
from sync.register import Peer
from sync.storm import Gauge

TRUSTED_ROOT = "catalog-root"


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
        self.catalog = CatalogCache(settings.data_folder / CATALOG_FOLDER)
        self.gauge = Gauge(settings.threads)
        self.reserve = Reserve(settings.data_folder, settings.reserve_mib * 1024 * 1024)
        self.setup_code: str | None = None
        self.node: Node | None = None
        self.is_serving = False
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
                if self.is_serving:
                    self.node.start_rounds()
            return self.node

    def reload_facts(self) -> Facts:
        """The node's facts, read again if they were missing. Raises NotSetUp."""
        self.facts = self.facts or load_facts(self.settings.data_folder)
        if self.facts is None:
            raise NotSetUp(str(self.settings.data_folder))
        return self.facts

    def current_catalog(self) -> Catalog | None:
        """The catalog in use, or None before the first one came."""
        return self.catalog.current()

    def close(self) -> None:
        """Forget key and sessions, and close the database; the station is locked afterwards."""
        with self._opening:
            node, self.node = self.node, None
        self.sessions.close_all()
        if node is not None:
            node.jobs.stop()
            node.imports.stop()
            node.catalog_sticks.stop()
            node.stop_rounds()
            save_attested(self.settings.data_folder, self.clock)
            node.database.close_all()


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
        self.reserve = installation.reserve
        self.reserve.look()
        self.samples = Samples(self.settings.data_folder / SAMPLES_FOLDER, self.repository_folder / FILES)
        self.jobs = Jobs()
        self.imports = Jobs()
        self.catalog_sticks = Jobs()
        self.updating = threading.RLock()  # the rounds and a stick may both bring a catalog
        self.link = Link()
        self.database: AnyDatabase = open_checked(self.settings, node_key, now=self.clock.now())
        with self.using():
            self.keys = ring.load_keys(node_key)
            self.link.recall()
            start_anew(self.settings.data_folder, now=self.clock.now())
            self.facts = settled(self.settings.data_folder, self.facts)
            if self.is_topmost():
                self.clock.lead()
        self.handlers: dict[str, Handler] = {}
        self.handlers.update(case_handlers(lambda: place_of(self)))
        self.handlers.update(replay_handlers(lambda: place_of(self)))
        self.handlers.update(correction_handlers(lambda: place_of(self)))
        self.handlers.update(ring.handlers(self))
        self.go_by(self.facts, self.keys)
        with self.using():
            mail_words.take_up(self.metadata_folder, self.mailbox, self.clock.now())
        self._rounds: Rounds | None = None

    def using(self) -> AbstractContextManager[AnyDatabase]:
        """Inside the block every Row belongs to this node."""
        return in_use(self.database)

    def go_by(self, facts: Facts, keys: NodeKeys) -> None:
        """Be this node, with these keys, from now on: after a start, an adoption, a change of keys."""
        self.facts = self.installation.facts = facts
        self.keys = keys
        self.mailbox = Mailbox(keys, facts.node_id, self.clock, self.handlers, self.versions_in_use)
        self.depot = Depot(
            keys,
            facts.node_id,
            self.handlers,
            self.clock,
            self.versions_in_use,
            self.installation.gauge.retry_after,
            free_bytes=lambda: free_bytes(self.settings.data_folder),
        )
        self.link.hang_up()

    def parent(self) -> Peer | None:
        """The node this one joined and sends its cases to, None before joining; inside `using()`."""
        own = Peer.get_or_none(Peer.node_id == self.facts.node_id)
        if own is None or not own.parent:
            return None
        found: Peer | None = Peer.get_or_none(Peer.node_id == own.parent)
        return found

    def is_topmost(self) -> bool:
        """Whether this is a hall above which there is none, so that its clock is that of all below."""
        return self.facts.is_hall and self.parent() is None

    def exchange_now(self) -> ExchangeReport:
        """One exchange with the parent now, inside `using()`; offline is an ordinary answer.

        When the parent has a newer catalog on offer, the rounds fetch it at once.
        """
        report = self.link.exchange(self)
        ring.advance(self)
        if self.is_catalog_behind():
            self.wake()
        return report

    def is_catalog_behind(self) -> bool:
        """Whether the parent, as it last said, has a newer catalog than the one in use."""
        return self.link.latest.get("catalog", 0) > self.versions_in_use().get("catalog", 0)

    def start_rounds(self) -> None:
        """Begin to exchange, update and keep house in a thread of its own."""
        self._rounds = Rounds(self, time.monotonic)
        self._rounds.start()

    def stop_rounds(self) -> None:
        """End the rounds; the one under way is finished."""
        if self._rounds is not None:
            self._rounds.stop()

    def wake(self) -> None:
        """Let every round happen now, where rounds are going on."""
        if self._rounds is not None:
            self._rounds.wake()

    def versions_in_use(self) -> dict[str, int]:
        """What we use, and what a caller may fetch here, by name: the version of the catalog."""
        catalog = self.catalog.current()
        return {} if catalog is None else {"catalog": catalog.version}

    @property
    def repository_folder(self) -> Path:
        """The signed files a hall publishes, served at /catalog/."""
        return self.settings.data_folder / REPOSITORY_FOLDER

    @property
    def metadata_folder(self) -> Path:
        """Where the checked metadata of the catalog's repository is kept."""
        return self.settings.data_folder / CATALOG_FOLDER / METADATA_FOLDER

    def trusted_root(self) -> str:
        """SHA-256 (hex) of the catalog's first root as our hall vouched for it, "" for none."""
        return kept.note(TRUSTED_ROOT)

    def note_trust(self, root_sha256: str) -> None:
        """Keep what the hall vouched for."""
        kept.keep_note(TRUSTED_ROOT, root_sha256)

    def figures(self) -> dict[str, int]:
        """Counts for operators, by metric name."""
        with self.using():
            counts = outbox.counts()
        figures = {f"letters_{name}": getattr(counts, name) for name in ("queued", "sent", "acknowledged")}
        return {"link_up": int(self.link.is_up), **figures}


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
