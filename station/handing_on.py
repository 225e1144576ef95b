"""A township hands the catalog on to its villages: what it took itself, at the same address as a hall's."""

import logging
from pathlib import Path

from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.mirror import Mirror
from catalog_cache.distribution.update import State, UpdateReport
from catalog_cache.errors import CatalogError
from catalog_cache.installed.cache import CatalogCache
from station.facts import Facts
from station.places import CATALOG_FOLDER, METADATA_FOLDER, REPOSITORY_FOLDER

log = logging.getLogger("station.handing_on")


def hand_on(data_folder: Path, facts: Facts, catalog: CatalogCache, report: UpdateReport) -> bool:
    """Serve what an update brought, where stations below call this one; whether there was news to serve.

    A hall publishes by itself and is left alone. Trouble here is logged and tried again at the next
    update; this station's own catalog is in use already.
    """
    is_relay = facts.takes_calls and not facts.is_hall
    if not is_relay or report.state not in (State.NEW, State.CURRENT):
        return False
    folder = data_folder / REPOSITORY_FOLDER
    try:
        is_news = Mirror(data_folder / CATALOG_FOLDER / METADATA_FOLDER, catalog, folder).take_over()
        if is_news:
            DeltaShelf(folder).prepare()
    except (CatalogError, OSError, ValueError) as error:
        log.warning("the catalog is not handed on: %s", error)
        return False
    return is_news
