"""The catalog from a stick, then its samples.

Whatever ends it in the middle, the catalog in use is the old or the new one, whole, each finished sample
counts, and the next try goes on from there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from catalog_cache.distribution.sample_files import BUSY, Fetched, FileStore, Round, wanted_files
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.distribution.update import State, UpdateReport
from catalog_cache.signatures.shelf import FILES
from station import audit, chores
from station.catalog_stick.errors import DiskNearlyFull
from station.catalog_stick.meter import Meter, Watcher
from station.catalog_stick.stick import Stick
from station.mailroom import carry
from station.places import REPOSITORY_FOLDER, SAMPLES_FOLDER, save_attested
from station.reserve import Room
from sync.bundle_file import Step
from sync.errors import BundleStopped
from sync.rows import write

if TYPE_CHECKING:
    from station.node import Installation, Node

NAME_SHOWN_MAX = 80
TURNS_MAX, TURN_SECONDS = 240, 0.5
REFUSED_IN_A_ROW_MAX = 100
"""A stick with some bad spots brings the rest; one of which nothing can be read is given up."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What came from a stick. before: version in use until then, 0 for none; missing: samples that are
    not here yet; has_files: whether the stick has any; why: of the samples, Chinese, "" when all is well."""

    before: int
    report: UpdateReport
    files: int = 0
    bytes: int = 0
    missing: int = 0
    has_files: bool = True
    is_stopped: bool = False
    is_gone: bool = False
    why: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether the catalog on the stick was not taken."""
        return self.report.state not in (State.NEW, State.CURRENT)

    @property
    def is_unreadable(self) -> bool:
        """Whether the stick itself was the trouble, not what is on it."""
        return self.report.state is State.OFFLINE


def bring(node: "Node", folder: Path, meter: Meter, by: str) -> Brought:
    """The catalog from a stick, then its samples. by: an account.

    Raises StickBusy, StickGone, DiskNearlyFull, BundleStopped; nothing has changed then.
    """
    data_folder = node.settings.data_folder
    with carry.stick_to_ourselves(data_folder):
        stick = Stick.at(folder)
        if not _has_room(node.installation):
            raise DiskNearlyFull
        meter.begins(Step.CHECK)
        with _updating(node, meter):
            held = node.catalog.current()
            report = chores.update_catalog(node, FolderSource(folder))
        save_attested(data_folder, node.clock)
        brought = Brought(held.version if held else 0, report, is_gone=not stick.is_there())
        if not brought.is_refused:
            brought = _with_files(node, stick, meter, brought)
    with write():
        figures = {"state": report.state.value, "version": report.version, "files": brought.files}
        audit.record(by, "catalog.stick_taken", folder.name[:NAME_SHOWN_MAX], now=node.clock.now(), **figures)
    return brought


def bring_files(
    installation: "Installation", stick: Stick, watcher: Watcher, wait: Callable[[float], None] = sleep
) -> Fetched:
    """All samples of the catalog in use that a stick has and this PC lacks, one after the other.

    is_complete: none is missing here afterwards. It ends early, and `why` says so, when the stick is pulled
    out or this disk is nearly full; those that came stay. wait: for whoever fetches the same just now.
    """
    catalog = installation.current_catalog()
    if catalog is None:
        return Fetched(0, 0, is_complete=False)
    store, wanted = store_of(installation), wanted_files(catalog)
    on_stick = [file for file in wanted if (stick.folder / FILES / file.sha256).is_file()]

    def is_over() -> bool:
        return watcher.is_stopped() or not stick.is_there() or not _has_room(installation)

    about = Round(installation.clock.now(), 0, watcher.tell, is_over, REFUSED_IN_A_ROW_MAX)
    done = store.fetch(FolderSource(stick.folder), on_stick, about)
    for _ in range(TURNS_MAX):
        if done.why != BUSY or is_over():
            break
        wait(TURN_SECONDS)
        done = store.fetch(FolderSource(stick.folder), on_stick, about)
    missing = len(store.missing(wanted))
    why = _ended_by(installation, stick) or done.why or (_lacking(missing) if done.is_complete else "")
    return replace(done, is_complete=not missing, why=why if missing else "")


def store_of(installation: "Installation") -> FileStore:
    """The samples here, without what the rounds remember about files that a hall did not have."""
    data_folder = installation.settings.data_folder
    return FileStore(data_folder / SAMPLES_FOLDER, data_folder / REPOSITORY_FOLDER / FILES)


@contextmanager
def _updating(node: "Node", meter: Meter) -> Iterator[None]:
    """Once the rounds are done with what they fetch. Raises BundleStopped when a person will not wait."""
    while not node.updating.acquire(timeout=TURN_SECONDS):
        if meter.is_stopped():
            raise BundleStopped
    try:
        yield
    finally:
        node.updating.release()


def _with_files(node: "Node", stick: Stick, meter: Meter, brought: Brought) -> Brought:
    has_files = (stick.folder / FILES).is_dir()
    meter.begins(Step.FILES)
    done = Fetched(0, 0, is_complete=False)
    if has_files and not meter.is_stopped():
        done = bring_files(node.installation, stick, meter)
    catalog = node.catalog.current()
    missing = store_of(node.installation).missing(wanted_files(catalog)) if catalog else []
    return replace(
        brought,
        files=done.files,
        bytes=done.bytes,
        missing=len(missing),
        has_files=has_files,
        is_stopped=meter.is_stopped() and bool(missing),
        is_gone=bool(missing) and not stick.is_there(),
        why=done.why,
    )


def _has_room(installation: "Installation") -> bool:
    return installation.reserve.room() is Room.PLENTY


def _ended_by(installation: "Installation", stick: Stick) -> str:
    if not stick.is_there():
        return "U 盘中途拔出了。"
    return "" if _has_room(installation) else "本机磁盘快满了，停在这里。请先清理磁盘。"


def _lacking(count: int) -> str:
    return f"U 盘上没有其中 {count} 个。" if count else ""
