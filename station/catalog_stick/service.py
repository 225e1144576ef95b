"""What the pages and the two commands do with a catalog on a stick.

Whatever ends it in the middle, the catalog in use is the old or the new one, whole, each finished sample
counts, and the next try goes on from there.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Protocol

from catalog_cache.distribution.sample_files import BUSY, Fetched, FileStore, Progress, Round, wanted_files
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.distribution.stick import (
    Copied,
    CopiedFiles,
    Load,
    copy_files,
    copy_published,
    lacking,
    load_of,
)
from catalog_cache.distribution.update import State, UpdateReport
from catalog_cache.errors import CatalogError, PublishRefused
from catalog_cache.model import Attachment
from catalog_cache.signatures.shelf import FILES, METADATA, role_name
from station import audit, chores
from station.catalog_stick.errors import (
    CatalogRefused,
    DiskNearlyFull,
    StickGone,
    StickNotListed,
    StickTooSmall,
    StickTrouble,
)
from station.database import free_bytes
from station.mailroom import carry
from station.places import REPOSITORY_FOLDER, SAMPLES_FOLDER, save_attested
from station.reserve import Room, is_disk_full
from sync.bundle_file import Step, Watch, detail_of, unwatched
from sync.errors import BundleStopped
from sync.rows import write

if TYPE_CHECKING:
    from station.node import Installation, Node

STICKS_MAX = 20
FOLDERS_LOOKED_AT_MAX = 200
NAME_SHOWN_MAX = 80
TURNS_MAX, TURN_SECONDS = 240, 0.5
CLUSTER_BYTES = 32 * 1024
"""Each file on a stick takes up to so much more than its own length."""


class Watcher(Protocol):
    """Who looks on, and may end it."""

    def tell(self, progress: Progress) -> None:
        """So far."""

    def is_stopped(self) -> bool:
        """Whether it is to end at its next piece."""


class Meter:
    """A watcher for a job of the node: keeps how far it is, for a page."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self._watch: Watch = unwatched
        self._last = (Step.CHECK, 0, 1)
        self._is_stopped = False

    def watched_by(self, watch: Watch) -> None:
        """From now on told to this job."""
        self._watch = watch

    def begins(self, step: Step) -> None:
        """The next step, of which nothing is done yet."""
        self.progress = None
        self._note(step, 0, 1)

    def tell(self, progress: Progress) -> None:
        """See Watcher."""
        self.progress = progress
        self._note(Step.FILES, progress.bytes, progress.bytes_all)

    def is_stopped(self) -> bool:
        """See Watcher."""
        self._note(*self._last)
        return self._is_stopped

    def _note(self, step: Step, done: int, total: int) -> None:
        self._last = (step, done, total)
        try:
            self._watch(step, done, total)
        except BundleStopped:
            self._is_stopped = True


@dataclass(frozen=True, slots=True)
class Stick:
    """A folder on a stick. device: of the file system it was on at the beginning."""

    folder: Path
    device: int

    @classmethod
    def at(cls, folder: Path) -> "Stick":
        """Raises StickGone."""
        try:
            return cls(folder, folder.stat().st_dev)
        except OSError as error:
            raise StickGone from error

    def is_there(self) -> bool:
        """Still plugged in: an empty folder where it was is not the stick."""
        try:
            return self.folder.is_dir() and self.folder.stat().st_dev == self.device
        except OSError:
            return False


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


@dataclass(frozen=True, slots=True)
class Written:
    """What lies on the stick now. samples: None when none were asked for."""

    folder: Path
    catalog: Copied
    samples: CopiedFiles | None

    @property
    def is_stopped(self) -> bool:
        """Whether a person ended it before its end."""
        return self.catalog.is_stopped or (self.samples is not None and self.samples.is_stopped)


def catalogs_on_sticks() -> list[Path]:
    """Folders that look like a published catalog: each stick, and the folders directly on it."""
    places = [place for stick in carry.sticks()[:STICKS_MAX] for place in (stick, *_folders_on(stick))]
    return [place for place in places if _holds_catalog(place)]


def listed(folder: str, places: Sequence[Path]) -> Path:
    """The one of `places` that was asked for. Raises StickNotListed."""
    for place in places:
        if str(place) == folder:
            return place
    raise StickNotListed


def is_writer(node: "Node") -> bool:
    """Whether this node has a published catalog to hand on: a county hall, or a township with villages."""
    return node.facts.level in ("county", "township") and _holds_catalog(node.repository_folder)


def load(node: "Node") -> Load | None:
    """What would go onto a stick, without deltas; None while nothing sound is published."""
    try:
        return load_of(node.repository_folder, has_deltas=False)
    except PublishRefused:
        return None


def bring(node: "Node", folder: Path, meter: Meter, by: str) -> Brought:
    """The catalog from a stick, then its samples. by: an account.

    Raises StickBusy, StickGone, DiskNearlyFull, BundleStopped.
    """
    data_folder, held = node.settings.data_folder, node.catalog.current()
    with carry.stick_to_ourselves(data_folder):
        stick = Stick.at(folder)
        _require_room(node.installation)
        meter.begins(Step.CHECK)
        with _updating(node, meter):
            report = chores.update_catalog(node, FolderSource(folder))
        save_attested(data_folder, node.clock)
        brought = Brought(held.version if held else 0, report, is_gone=not stick.is_there())
        if not brought.is_refused:
            brought = _with_files(node, stick, meter, brought)
    with write():
        figures = {"state": report.state.value, "version": report.version, "files": brought.files}
        audit.record(by, "catalog.stick_taken", folder.name[:NAME_SHOWN_MAX], now=node.clock.now(), **figures)
    return brought


def bring_files(installation: "Installation", folder: Path, watcher: Watcher) -> Fetched:
    """All samples of the catalog in use that a stick has and this PC lacks, one after the other.

    is_complete: none is missing here afterwards. Raises StickGone, DiskNearlyFull; those that came stay.
    """
    catalog, stick = installation.current_catalog(), Stick.at(folder)
    if catalog is None:
        return Fetched(0, 0, is_complete=False)
    store, wanted = store_of(installation), wanted_files(catalog)
    on_stick = [file for file in wanted if (folder / FILES / file.sha256).is_file()]

    def tell(progress: Progress) -> None:
        _require_room(installation)
        watcher.tell(progress)

    def is_over() -> bool:
        return watcher.is_stopped() or not stick.is_there()

    done = _in_turn(store, folder, on_stick, Round(installation.clock.now(), 0, tell, is_over))
    missing = len(store.missing(wanted))
    lacking_there = missing if done.is_complete else 0
    why = done.why or (f"U 盘上没有其中 {lacking_there} 个。" if lacking_there else "")
    return replace(done, is_complete=not missing, why=why if stick.is_there() else "U 盘中途拔出了。")


def store_of(installation: "Installation") -> FileStore:
    """The samples here, without what the rounds remember about files that a hall did not have."""
    data_folder = installation.settings.data_folder
    return FileStore(data_folder / SAMPLES_FOLDER, data_folder / REPOSITORY_FOLDER / FILES)


def write_out(data_folder: Path, folder: Path, watcher: Watcher, *, has_files: bool = True) -> Written:
    """The published catalog, and its samples if wanted, onto a stick; each file is read back and checked.

    Raises StickBusy, StickGone, StickTooSmall, StickTrouble, PublishRefused.
    """
    published = data_folder / REPOSITORY_FOLDER
    with carry.stick_to_ourselves(data_folder):
        whole = load_of(published)
        stick = Stick.at(folder)
        wanted = whole if has_files else replace(whole, files=())
        with _writing_to(stick, wanted, published):
            _require_fit(wanted, published, folder)

            def is_over() -> bool:
                return watcher.is_stopped() or not stick.is_there()

            catalog, samples = copy_published(published, folder, whole.names, is_over), None
            if has_files and not catalog.is_stopped:
                held = data_folder / SAMPLES_FOLDER
                samples = copy_files(published, folder, held, watcher.tell, is_over)
            if not stick.is_there():
                raise StickGone
    return Written(folder, catalog, samples)


def write_for(node: "Node", folder: Path, meter: Meter, by: str, *, has_files: bool) -> Written:
    """The same for a page. Raises what `write_out` raises, and CatalogRefused."""
    meter.begins(Step.COPY)
    try:
        done = write_out(node.settings.data_folder, folder, meter, has_files=has_files)
    except CatalogError as refusal:
        raise CatalogRefused(refusal.why) from refusal
    with write():
        figures = {"files": done.catalog.files, "samples": done.samples.files if done.samples else 0}
        audit.record(
            by, "catalog.stick_written", folder.name[:NAME_SHOWN_MAX], now=node.clock.now(), **figures
        )
    return done


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
        done = bring_files(node.installation, stick.folder, meter)
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


def _in_turn(store: FileStore, folder: Path, wanted: Sequence[Attachment], about: Round) -> Fetched:
    """Once the rounds, which fetch the same over the link, have put their piece down."""
    done = store.fetch(FolderSource(folder), wanted, about)
    for _ in range(TURNS_MAX):
        if done.why != BUSY or about.is_stopped():
            break
        sleep(TURN_SECONDS)
        done = store.fetch(FolderSource(folder), wanted, about)
    return done


def _require_room(installation: "Installation") -> None:
    if installation.reserve.room() is not Room.PLENTY:
        raise DiskNearlyFull


def _require_fit(wanted: Load, published: Path, folder: Path) -> None:
    """Before the first byte is written. Raises StickTooSmall."""
    sizes = lacking(wanted, published, folder)
    needed, free = sum(sizes) + CLUSTER_BYTES * len(sizes), free_bytes(folder)
    if needed > free:
        raise StickTooSmall(needed, free)


@contextmanager
def _writing_to(stick: Stick, wanted: Load, published: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not stick.is_there():
            raise StickGone from error
        if is_disk_full(error):
            needed = sum(lacking(wanted, published, stick.folder))
            raise StickTooSmall(needed, free_bytes(stick.folder)) from error
        raise StickTrouble(detail_of(error)) from error


def _holds_catalog(folder: Path) -> bool:
    with suppress(OSError):
        return (folder / METADATA / role_name("timestamp", None)).is_file()
    return False


def _folders_on(stick: Path) -> list[Path]:
    with suppress(OSError), os.scandir(stick) as entries:
        found = [entry.path for entry in islice(entries, FOLDERS_LOOKED_AT_MAX) if _is_folder(entry)]
        return [Path(path) for path in sorted(found)]
    return []


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    return entry.is_dir(follow_symlinks=False)
