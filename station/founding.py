"""A new node in an empty data folder: vault, database, keys, first administrator. All of it, or nothing."""

from dataclasses import dataclass
from pathlib import Path

from station import audit
from station.accounts import service as accounts
from station.accounts.passwords import check_password
from station.accounts.service import NewAccount
from station.errors import AlreadySetUp
from station.facts import Facts, load_facts, save_facts
from station.files import write_atomically
from station.node import Installation, Node
from station.places import DATABASE_FILE, VAULT_FILE
from station.vault import account_name
from sync.enrolment import introduce
from sync.register import record_of

MARK = "founding"


@dataclass(frozen=True)
class Founded:
    """The new node, open, and the code that is shown once."""

    node: Node
    recovery_code: str


def found_node(installation: Installation, facts: Facts, administrator: NewAccount) -> Founded:
    """Make the node that `facts` describe; `node.json` appears last, so that a power cut leaves no half node.

    Raises AlreadySetUp, AccountRefused, WeakPassword.
    """
    folder = installation.settings.data_folder
    existing = load_facts(folder)
    if existing is not None:
        raise AlreadySetUp(existing.name)
    name = account_name(administrator.name)
    accounts.ordered_roles(administrator.roles)
    check_password(administrator.password, name)
    _begin(folder)
    try:
        founded = _build(installation, facts, administrator)
    except BaseException:
        installation.close()
        _forget(folder)
        raise
    save_facts(folder, facts)
    (folder / MARK).unlink()
    return founded


def _build(installation: Installation, facts: Facts, administrator: NewAccount) -> Founded:
    now = installation.clock.now()
    node_key = installation.vault.create(administrator.name, administrator.password)
    recovery_code = installation.vault.renew_recovery(node_key)
    installation.facts = facts
    node = installation.open_with_key(node_key)
    with node.using():
        introduce(
            node.keys, record_of(node.keys, facts.node_id, facts.level, facts.name, facts.division), now
        )
        accounts.add_account(node, administrator, by=administrator.name, now=now)
        audit.record(administrator.name, "node.founded", facts.node_id, now=now, level=facts.level)
    return Founded(node, recovery_code)


def _begin(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / MARK).exists():  # a founding that a power cut interrupted; nobody has worked with it yet
        _forget(folder)
    if (folder / VAULT_FILE).exists() or (folder / DATABASE_FILE).exists():
        raise AlreadySetUp(str(folder))
    write_atomically(folder / MARK, b"")


def _forget(folder: Path) -> None:
    for name in (VAULT_FILE, DATABASE_FILE, f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm", MARK):
        (folder / name).unlink(missing_ok=True)
