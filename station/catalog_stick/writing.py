"""The published catalog, and its samples, onto a stick: each file is read back and checked.

Whatever ends it in the middle, what is written counts, and the next try goes on from there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from catalog_cache.distribution.stick import (
    Copied,
    CopiedFiles,
    Load,
    clear_drafts,
    copy_files,
    copy_published,
    load_of,
)
from catalog_cache.errors import CatalogError
from station import audit
from station.catalog_stick.errors import CatalogRefused, StickGone
from station.catalog_stick.meter import Meter, Watcher
from station.catalog_stick.places import holds_catalog
from station.catalog_stick.stick import Stick
from station.catalog_stick.taking import NAME_SHOWN_MAX
from station.database import free_bytes
from station.mailroom import carry
from station.places import REPOSITORY_FOLDER, SAMPLES_FOLDER
from sync.bundle_file import Step
from sync.rows import write

if TYPE_CHECKING:
    from station.node import Node


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


def is_writer(node: "Node") -> bool:
    """Whether this node has a published catalog to hand on: a county hall, or a township with villages."""
    return node.facts.level in ("county", "township") and holds_catalog(node.repository_folder)


def load(node: "Node") -> Load | None:
    """What would go onto a stick, without deltas; None while nothing sound is published."""
    try:
        return load_of(node.repository_folder, has_deltas=False)
    except CatalogError:
        return None


def write_out(
    data_folder: Path,
    folder: Path,
    watcher: Watcher,
    *,
    has_files: bool = True,
    free: Callable[[Path], int] = free_bytes,
) -> Written:
    """The published catalog, and its samples if wanted, onto a stick. free: bytes left below a folder.

    Raises StickBusy, StickGone, StickTooSmall, FolderFull, StickTrouble, PublishRefused.
    """
    published = data_folder / REPOSITORY_FOLDER
    with carry.stick_to_ourselves(data_folder):
        whole = load_of(published)
        wanted = whole if has_files else replace(whole, files=())
        stick = Stick.at(folder, free)
        with stick.written(wanted, published):
            clear_drafts(folder, whole.names)
            stick.require_fit(wanted, published)

            def is_over() -> bool:
                return watcher.is_stopped() or not stick.is_there()

            watcher.begins(Step.COPY)
            catalog, samples = copy_published(published, folder, whole.names, is_over, watcher.tell), None
            if has_files and not catalog.is_stopped:
                watcher.begins(Step.FILES)
                held = data_folder / SAMPLES_FOLDER
                samples = copy_files(published, folder, held, watcher.tell, is_over)
            if not stick.is_there():
                raise StickGone
    return Written(folder, catalog, samples)


def write_for(node: "Node", folder: Path, meter: Meter, by: str, *, has_files: bool) -> Written:
    """The same for a page. by: an account. Raises what `write_out` raises, and CatalogRefused."""
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
