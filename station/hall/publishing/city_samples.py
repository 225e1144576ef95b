"""The samples and blank forms of the city's items that came to this county with the city's ZIP.

They lie where the county publishes its own, so that stations find all in one place. A catalog of the city
that was checked names each with size and SHA-256; what is not named is not taken. What is missing after all
is fetched over the link like any other sample, once the county's version with it counts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from catalog_cache.distribution.handed_zip import HandoverZip
from catalog_cache.distribution.publish import Repository
from catalog_cache.distribution.sample_files import FileStore, PackFiles, Round, wanted_files
from catalog_cache.layering.layer_files import BASE
from catalog_cache.model import Attachment
from catalog_cache.signatures.shelf import FILES
from station.database import free_bytes
from station.hall.publishing import arrivals
from station.samples import FREE_BYTES_MIN

if TYPE_CHECKING:
    from station.node import Node


@dataclass(frozen=True)
class Taken:
    """What came. files: how many; missing: names of those that are still not here; is_disk_low: they were
    not taken because letters and cases need the room."""

    files: int
    missing: tuple[str, ...] = ()
    is_disk_low: bool = False


def take(node: "Node", brought: HandoverZip, now: datetime) -> Taken:
    """Take those that the city's catalogs here name, in force or waiting.

    Cut off anywhere, the next time goes on from there. Raises OSError for a disk that cannot be written,
    BadHandover, BadPack, PublishRefused.
    """
    repository = Repository(node.repository_folder)
    store = FileStore(repository.folder / FILES, node.samples.store.folder)
    wanted = named(repository)
    at_hand = [file for file in store.missing(wanted) if file.sha256 in brought.samples]
    if sum(file.size for file in at_hand) > free_bytes(repository.folder) - FREE_BYTES_MIN:
        return Taken(0, _names(store, wanted), is_disk_low=True)
    done = store.fetch(brought, at_hand, Round(now))
    return Taken(done.files, _names(store, wanted))


def named(repository: Repository) -> list[Attachment]:
    """Every file that the base in force and the one that waits name. Raises what `arrivals.waiting` does."""
    news = arrivals.waiting(repository)
    bases = [news.base if news else b"", repository.city_file(BASE) or b""]
    found = {file.sha256: file for base in bases if base for file in wanted_files(PackFiles(base))}
    return list(found.values())


def _names(store: FileStore, wanted: list[Attachment]) -> tuple[str, ...]:
    return tuple(file.name for file in store.missing(wanted))
