"""Every table of a node: the mail's, the frame's, and those of each feature."""

from importlib import import_module
from importlib.util import find_spec

from station import audit, secrets_kept
from station.features import modules_named
from sync.rows import Row

MAIL_MODULES = (
    "register",
    "enrolment",
    "streams",
    "chain",
    "store",
    "outbox",
    "inbox",
    "attachments",
    "courier",
    "depot",
    "relay",
    "witness",
    "sealing",
)


def all_tables() -> list[type[Row]]:
    """Each Row class once."""
    mail = [f"sync.{name}" for name in MAIL_MODULES if find_spec(f"sync.{name}") is not None]
    modules = [*(import_module(name) for name in mail), audit, secrets_kept, *modules_named("models")]
    found: dict[type[Row], None] = {}
    for module in modules:
        found |= dict.fromkeys(getattr(module, "TABLES", ()))
    return list(found)
