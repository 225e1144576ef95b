"""What the rounds do, one function each: it acts, and returns the seconds until the next time."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from peewee import fn

from catalog_cache.distribution.sources import HttpSource, Source
from catalog_cache.distribution.update import State, UpdateReport, proved_holidays, update, verify_installed
from catalog_cache.errors import CatalogError
from station import joining, kept, mail_words, ring
from station.cases.models import Case
from station.cases.place import place_of
from station.database import EncryptedDatabase, check_integrity
from station.hall.corrections.mending import close_mended
from station.hall.leftovers import clear_old
from station.handing_on import hand_on
from station.keeping import erase_what_is_due
from station.places import save_attested
from station.samples import used_items
from sync import budget
from sync.tables import OutLetter

if TYPE_CHECKING:
    from station.node import Node

log = logging.getLogger("station.chores")
AFTER_TROUBLE_SECONDS = 60.0
CATALOG_SECONDS = 15 * 60.0
CATALOG_RETRY_SECONDS = 3 * 60.0
SAMPLES_SECONDS = 2.0
NOTHING_TO_DO_SECONDS = 30.0
KEYS_SECONDS = 60.0
HOUSE_SECONDS = 6 * 3600.0
SIGNING_SECONDS = 3600.0
DISK_SECONDS = 60.0
OUTBOX_SECONDS = 2.0
INTEGRITY = "integrity"
SIGNING = "catalog-signing"
CATALOG_PROOF = "catalog-proof"
VERSIONS_KEPT = 5
CATALOG = "catalog"


def exchange(node: "Node") -> float:
    """Mail with the parent, and its newer catalog if it has one; sooner again after a cut."""
    report = node.link.exchange(node)
    if report.why and node.facts.parent_url:
        log.info("exchange: %s", report.why)
    if node.link.is_up and node.is_catalog_behind():
        look_for_catalog(node)
    return node.link.pause_seconds(node.settings.exchange_seconds, node.clock.now(), report.retry_after)


def change_keys(node: "Node") -> float:
    """The next step of a change of keys, if one is under way."""
    ring.advance(node)
    return KEYS_SECONDS


def look_for_catalog(node: "Node") -> float:
    """A newer catalog of the parent, when it is time or the parent said that it has one."""
    if node.facts.is_hall:
        return look_for_base(node)
    if not node.facts.parent_url or not node.trusted_root():
        return NOTHING_TO_DO_SECONDS
    if is_budget_spent(node):
        return CATALOG_SECONDS
    report = update_catalog(node)
    budget.note(node.clock.now(), 0, report.bytes)
    if report.why:
        log.info("catalog: %s", report.why)
    is_settled = report.state in (State.NEW, State.CURRENT)
    return CATALOG_SECONDS if is_settled else CATALOG_RETRY_SECONDS


def look_for_base(node: "Node") -> float:
    """At a county: what its city signed since. A person takes it over; one taken over is signed first."""
    is_county_with_city = node.facts.parent_url and node.repository_folder.is_dir()
    if not is_county_with_city or is_budget_spent(node):
        return CATALOG_SECONDS
    # Stations have no desk, and must start quickly.
    from station.hall.publishing import arrivals, base  # noqa: PLC0415

    if base.is_new():
        return CATALOG_SECONDS
    try:
        arrivals.look_at_city(node)
    except CatalogError as error:
        log.info("base: %s", error.why)
        return CATALOG_RETRY_SECONDS
    return CATALOG_SECONDS


def fetch_samples(node: "Node") -> float:
    """A few pieces of the catalog's samples and forms, after letters and the catalog itself."""
    catalog = node.catalog.current()
    if not node.facts.parent_url or catalog is None or node.samples.is_complete(catalog):
        return NOTHING_TO_DO_SECONDS
    if is_budget_spent(node):
        return CATALOG_SECONDS
    source = HttpSource.at(f"{node.facts.parent_url}/catalog", session_for(node))
    done = node.samples.fetch_some(source, catalog, used_items(), node.clock.now())
    budget.note(node.clock.now(), 0, source.bytes_read)
    if done.why:
        log.info("samples: %s", done.why)
        return CATALOG_RETRY_SECONDS
    return SAMPLES_SECONDS if done.bytes else CATALOG_SECONDS


def is_budget_spent(node: "Node") -> bool:
    """Whether today's bytes are used up, so that all but letters waits until tomorrow."""
    most = node.settings.daily_mib * 1024 * 1024
    return bool(most) and budget.spent(node.clock.now()) >= most


def update_catalog(node: "Node", source: Source | None = None) -> UpdateReport:
    """Take a newer catalog from `source`, else from the parent; never a worse one.

    The first time, the root our hall vouched for is taken from the same place.
    """
    source = source or HttpSource.at(f"{node.facts.parent_url}/catalog", session_for(node))
    with node.updating:
        return _update_catalog(node, source)


def _update_catalog(node: "Node", source: Source) -> UpdateReport:
    if not (node.metadata_folder / "root.json").exists():
        why = joining.trust_catalog(node, source)
        if why:
            held = node.catalog.current()
            version = held.version if held else 0
            return UpdateReport(State.REFUSED, version, source.requests, source.bytes_read, why)
    attested = node.clock.latest_attested()
    now = node.clock.now()
    report = update(
        node.catalog,
        source,
        node.metadata_folder,
        now,
        reference_time=attested,
        division=node.facts.division,
    )
    mail_words.take_up(node.metadata_folder, node.mailbox, now)
    hand_on(node.settings.data_folder, node.facts, node.catalog, report)
    if report.attested_at is not None:
        node.clock.learn(report.attested_at)
    if report.state in (State.NEW, State.CURRENT) and kept.note(CATALOG_PROOF):
        kept.keep_note(CATALOG_PROOF, prove_catalog(node))
    return report


def session_for(node: "Node") -> object | None:
    """A web session that checks the hall's certificate against our own authority, where one is set."""
    if node.settings.parent_ca is None:
        return None
    import requests  # noqa: PLC0415 - half of a station's start-up time

    session = requests.Session()
    session.verify = node.settings.parent_ca
    return session


def prove_catalog(node: "Node") -> str:
    """Check what is in use against its signatures, without any link; what is wrong, in Chinese, or "".

    It goes on being used: only the doctor and the status strip tell. A holiday table that somebody
    changed by hand is put back from the signed files, as a wrong date on paper cannot be taken back.
    """
    catalog = node.catalog.current()
    if catalog is None:
        return ""
    try:
        pack = node.catalog.pack(catalog.version)
        verdict = verify_installed(node.metadata_folder, pack)
        table = proved_holidays(node.metadata_folder, pack)
        if table is not None and table != node.catalog.holidays():
            node.catalog.install_holidays(table)
            return "节假日表与签名不符，已换回签名的那一份。"
    except CatalogError as error:
        return error.why
    return verdict.why


def sign_again(node: "Node") -> float:
    """At a hall that publishes: new signatures on snapshot and timestamp, where their keys are kept here."""
    if not node.facts.is_hall or not node.repository_folder.is_dir():
        return SIGNING_SECONDS
    # Stations have no desk, and must start quickly.
    from station.hall.publishing import online  # noqa: PLC0415

    kept.keep_note(SIGNING, online.sign_when_due(node, node.clock.now()))
    return SIGNING_SECONDS


def keep_house(node: "Node") -> float:
    """Note the proven time, erase what had its time, fold the log back, look the database over."""
    save_attested(node.settings.data_folder, node.clock)
    erase_what_is_due(node)
    fold_log_back(node)
    node.catalog.prune(catalogs_in_use(node))
    node.samples.forget_unused(node.catalog)
    kept.keep_note(CATALOG_PROOF, prove_catalog(node))
    if node.facts.is_hall:
        clear_old(node.settings.data_folder, node.clock.now())
        close_mended(place_of(node))  # where a power cut came between a version and its answers
    found = check_integrity(node.database)
    if found:
        log.error("integrity: %s", found[0])
    kept.keep_note(INTEGRITY, found[0] if found else "")
    return HOUSE_SECONDS


def catalogs_in_use(node: "Node") -> set[int]:
    """The catalog versions that cases were taken in with, and the latest few for drafts."""
    rows: Any = Case.select(Case.catalog).distinct().tuples()
    return {int(row[0]) for row in rows} | set(node.catalog.versions()[-VERSIONS_KEPT:])


def watch_disk(node: "Node") -> float:
    """Give the reserve up or make it again; when it was given up, erase at once what had its time."""
    if node.reserve.look():
        erase_what_is_due(node)
        fold_log_back(node)
    return DISK_SECONDS


def fold_log_back(node: "Node") -> None:
    """The write-ahead log gives its room back to the disk."""
    if isinstance(node.database, EncryptedDatabase):
        node.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def look_at_outbox(node: "Node") -> float:
    """A letter that was written since the last look is sent at once, however long the pause would be."""
    newest = OutLetter.select(fn.MAX(OutLetter.id)).scalar() or 0
    if node.link.is_news(newest):
        node.wake()
    return OUTBOX_SECONDS


WOKEN = ("exchange", "catalog")
"""What is done at once when a round is asked for."""

ROUNDS: tuple[tuple[str, Callable[["Node"], float]], ...] = (
    ("exchange", exchange),
    ("catalog", look_for_catalog),
    ("samples", fetch_samples),
    ("keys", change_keys),
    ("house", keep_house),
    ("signing", sign_again),
    ("disk", watch_disk),
    ("outbox", look_at_outbox),
)
