"""Samples and blank forms of the catalog at a station: fetched little by little, forgotten when unused."""

import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peewee import fn

from catalog_cache.distribution.sample_files import (
    Fetched,
    FileStore,
    PieceSource,
    Round,
    wanted_files,
)
from catalog_cache.errors import CatalogError
from catalog_cache.installed.catalog import Catalog
from catalog_cache.model import Attachment
from station.cases.models import Case
from station.database import free_bytes

if TYPE_CHECKING:
    from catalog_cache.installed.cache import CatalogCache

log = logging.getLogger("station.samples")
ROUND_BYTES_MAX = 512 * 1024
FREE_BYTES_MIN = 512 * 1024 * 1024
USED_MAX = 500


class Samples:
    """The samples of one node. folder: where they lie, below the data folder; shelf: where a hall keeps
    what it publishes itself, which is not fetched from anybody. free_bytes_min: of the disk, left alone."""

    def __init__(self, folder: Path, shelf: Path | None = None, free_bytes_min: int = FREE_BYTES_MIN) -> None:
        self.store = FileStore(folder, shelf)
        self._free_bytes_min = free_bytes_min
        self._complete = 0

    def is_complete(self, catalog: Catalog | None) -> bool:
        """Whether nothing of the catalog in use is missing, as far as the last round saw."""
        return catalog is None or catalog.version == self._complete

    def fetch_some(self, source: PieceSource, catalog: Catalog, used: list[str], now: datetime) -> Fetched:
        """One round over the link: a few pieces, those of the items in `used` first."""
        if free_bytes(self.store.folder.parent) < self._free_bytes_min:
            return Fetched(0, 0, is_complete=False, why="磁盘空间不多了，样表和空表以后再取。")
        return self._fetch(source, catalog, used, Round(now, ROUND_BYTES_MAX))

    def forget_unused(self, cache: "CatalogCache") -> int:
        """Drop the files that no kept version of the catalog names; how many went."""
        wanted: list[Attachment] = []
        for version in cache.versions():
            try:
                wanted += wanted_files(cache.version(version))
            except CatalogError as error:
                log.warning("version %d cannot be read, so no sample is dropped: %s", version, error)
                return 0
        return self.store.keep_only(wanted)

    def _fetch(self, source: PieceSource, catalog: Catalog, used: Iterable[str], about: Round) -> Fetched:
        done = self.store.fetch(source, wanted_files(catalog, list(used)), about)
        if done.is_complete:
            self._complete = catalog.version
        return done


def used_items() -> list[str]:
    """The codes of the items taken in here, the most used first; inside `using()`."""
    count = fn.COUNT(Case.case_id)
    rows: Any = Case.select(Case.item_code).group_by(Case.item_code).order_by(count.desc()).limit(USED_MAX)
    return [str(row[0]) for row in rows.tuples()]
