"""The mail's dictionaries that came with the catalog, handed to the mail."""

import logging
from datetime import datetime
from pathlib import Path

from catalog_cache.files import NotAFile, read_plain
from sync import dictionary, inbox
from sync.errors import NoSuchDictionary, SyncError
from sync.limits import DICTIONARY_BYTES_MAX
from sync.mailbox import Mailbox

FILE = "mail-words.zdict"
log = logging.getLogger("station.mail_words")


def take_up(metadata_folder: Path, box: Mailbox, now: datetime) -> list[int]:
    """Hold every dictionary among the catalog's signed files; returns the ids that are new.

    metadata_folder: where the checked files lie. Letters that waited for one of them are handed on. A file
    that is no dictionary is recorded and left alone: mail goes on without it.
    """
    held, new = set(dictionary.stated()), []
    for path in sorted((metadata_folder / "files" / "county").glob(f"*/{FILE}")):
        try:
            number = dictionary.hold(read_plain(path.parent, path.name, DICTIONARY_BYTES_MAX), now)
        except (SyncError, NotAFile, OSError) as error:
            log.warning("dictionary of %s not taken: %s", path.parent.name, error)
            continue
        if number not in held:
            new.append(number)
            inbox.retry_for(box, NoSuchDictionary(number))
    return new
