"""Every table of a node: the mail's, the frame's, and those of each feature."""

from station import audit, kept
from station.features import modules_named
from sync import enrolment, register
from sync import tables as mail_tables
from sync.rows import Row

MAIL = (register, enrolment, mail_tables)
FRAME = (audit, kept)


def all_tables() -> list[type[Row]]:
    """Each Row class once."""
    found: dict[type[Row], None] = {}
    for module in (*MAIL, *FRAME, *modules_named("models")):
        found |= dict.fromkeys(getattr(module, "TABLES", ()))
    return list(found)
