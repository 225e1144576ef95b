"""Makes the demo's county: nodes, people, keys, the first catalog, and the stations joined to their hall.

Everything goes through the services that people use; only the typing is left out. A county half made
by an interrupted run is made again from the start: nobody has worked with it yet.
"""

import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog_cache.distribution.sources import FolderSource
from station import joining
from station.accounts import service as accounts
from station.accounts.service import NewAccount
from station.chores import update_catalog
from station.demo import catalog
from station.demo.plan import CITY, COUNTY, NODES, STATIONS, UNLINKED_VILLAGE, DemoNode
from station.errors import AlreadySetUp
from station.facts import Facts, new_facts, save_facts
from station.files import write_atomically
from station.founding import found_node
from station.node import Installation, Node
from station.places import REPOSITORY_FOLDER
from station.settings import Argon2Cost, Settings
from station.unattended import write_key_file

ACCOUNTS_FILE = "accounts.json"
MARK = ".yimen-demo"
Say = Callable[[str], None]
Keys = dict[str, bytes]


@dataclass(frozen=True)
class Login:
    """One demo account with its password; the demo says so openly, nothing else has a known password."""

    account: str
    password: str
    display_name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class DemoCounty:
    """A county that is ready to start. logins: by the node's folder name; passphrase: of the signing keys.

    argon2: what a password guess costs here; each key slot keeps the cost it was made with.
    """

    folder: Path
    logins: dict[str, tuple[Login, ...]]
    passphrase: str
    argon2: Argon2Cost = Argon2Cost()

    def login(self, node: DemoNode, account: str = "") -> Login:
        """A person of a node; its first when no name is given."""
        people = self.logins[node.folder]
        return next(one for one in people if account in ("", one.account))

    def data(self, node: DemoNode) -> Path:
        """A node's data folder."""
        return self.folder / node.folder

    def settings(self, node: DemoNode) -> Settings:
        """A node's settings."""
        return Settings(self.data(node), is_demo=True, argon2=self.argon2)


def prepare(
    folder: Path, county_url: str, say: Say, argon2: Argon2Cost = Argon2Cost(), city_url: str = ""
) -> DemoCounty:
    """The county in this folder, made now unless it is there. county_url: where the linked stations call;
    city_url: where the county fetches what the city signs, "" for nowhere.

    argon2: what a password guess costs in a county made now. Raises AlreadySetUp when the folder holds
    something that is not a demo.
    """
    if not (folder / ACCOUNTS_FILE).is_file():
        _make(folder, say, NODES, argon2)
    county = _load(folder)
    _set_parent(county, county_url)
    save_facts(county.data(COUNTY), _facts_of(county, COUNTY).with_parent(city_url))
    return county


def prepare_part(
    folder: Path, county_url: str, stations: Sequence[DemoNode], argon2: Argon2Cost, say: Say
) -> DemoCounty:
    """A new county of the hall and some stations, for tests that need no more. argon2: may be cheap.

    Raises AlreadySetUp when the folder holds something that is not a demo.
    """
    county = _make(folder, say, (COUNTY, *stations), argon2)
    _set_parent(county, county_url)
    return county


def _make(folder: Path, say: Say, nodes: Sequence[DemoNode], argon2: Argon2Cost) -> DemoCounty:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise AlreadySetUp(str(folder))
    for node in nodes:
        shutil.rmtree(folder / node.folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARK).touch()
    logins = {node.folder: _invent_logins(node) for node in nodes}
    county = DemoCounty(folder, logins, secrets.token_urlsafe(12), argon2)
    keys: Keys = {}
    for node in nodes:
        say(f"建立节点：{node.name}（{node.division}）")
        keys[node.folder] = _found(county, node)
    _publish_first(county, nodes, keys, say)
    for station in (node for node in nodes if node in STATIONS):
        say(f"入网：{station.name}")
        _join(county, station, keys)
    write_atomically(folder / ACCOUNTS_FILE, _accounts_json(county), mode=0o600)
    return county


def _publish_first(county: DemoCounty, nodes: Sequence[DemoNode], keys: Keys, say: Say) -> None:
    """Version 1 of the city, where it is among the nodes, and of the county over it."""
    with _opened(county, COUNTY, keys) as hall:
        request = catalog.ask_for_trust(hall, county.passphrase)
        if CITY not in nodes:
            say("签名密钥、事项导入、校核、双人审核、发布第 1 版目录")
            catalog.publish_alone(hall, county.data(CITY), request, county.passphrase)
            return
    say("市级：密钥仪式、事项导入、校核、双人审核、签发第 1 版市级目录")
    with _opened(county, CITY, keys) as city:
        handover = catalog.publish_base(city, request, county.passphrase)
    say("县级：接收市级目录，导入、校核、双人审核、发布第 1 版目录")
    with _opened(county, COUNTY, keys) as hall:
        catalog.publish_first(hall, handover, county.passphrase)


def _invent_logins(node: DemoNode) -> tuple[Login, ...]:
    return tuple(
        Login(one.account, f"demo-{secrets.token_hex(5)}", one.display_name, tuple(one.roles))
        for one in node.people
    )


def _found(county: DemoCounty, node: DemoNode) -> bytes:
    """One node with all its people, and its key; a hall also gets the key file to start by itself."""
    installation = Installation(county.settings(node))
    people = [_new_account(county, node, one.account) for one in node.people]
    try:
        founded = found_node(installation, new_facts(node.level, node.name, node.division), people[0])
        with founded.node.using():
            for person in people[1:]:
                accounts.add_account(founded.node, person, by=people[0].name, now=installation.clock.now())
        if node.is_hall:
            write_key_file(county.data(node), founded.node.node_key)
        return founded.node.node_key
    finally:
        installation.close()


def _new_account(county: DemoCounty, node: DemoNode, account: str) -> NewAccount:
    person = next(one for one in node.people if one.account == account)
    return NewAccount(
        account,
        person.display_name,
        person.roles,
        county.login(node, account).password,
        person.department,
        has_to_change_password=False,
    )


def _join(county: DemoCounty, node: DemoNode, keys: Keys) -> None:
    """Code, request, grant, first catalog: what a station without a link does with two files and a stick."""
    admin = COUNTY.people[0].account
    with _opened(county, COUNTY, keys) as hall:
        code = joining.make_code(hall, node.division, admin).text
    with _opened(county, node, keys) as station:
        asked = joining.ask(station, code)
    with _opened(county, COUNTY, keys) as hall:
        granted = joining.answer(hall, asked, admin)
    with _opened(county, node, keys) as station:
        joining.accept(station, granted)
        report = update_catalog(station, FolderSource(county.data(COUNTY) / REPOSITORY_FOLDER))
        assert not report.why, report.why


@contextmanager
def _opened(county: DemoCounty, node: DemoNode, keys: Keys) -> Iterator[Node]:
    """A node just founded, opened in this process with its tables in use."""
    installation = Installation(county.settings(node))
    try:
        found = installation.open_with_key(keys[node.folder])
        with found.using():
            yield found
    finally:
        installation.close()


def _set_parent(county: DemoCounty, county_url: str) -> None:
    """Tell the linked stations where their hall is this time; the other village has no link at all."""
    for node in STATIONS:
        if node is not UNLINKED_VILLAGE and node.folder in county.logins:
            save_facts(county.data(node), _facts_of(county, node).with_parent(county_url))


def _facts_of(county: DemoCounty, node: DemoNode) -> Facts:
    return Installation(county.settings(node)).reload_facts()


def _accounts_json(county: DemoCounty) -> bytes:
    nodes = {
        node.folder: {
            "name": node.name,
            "level": node.level,
            "division": node.division,
            "accounts": [vars(login) for login in county.logins[node.folder]],
        }
        for node in NODES
        if node.folder in county.logins
    }
    document = {"note": "演示账号，请勿用于真实数据", "nodes": nodes, "signing_passphrase": county.passphrase}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _load(folder: Path) -> DemoCounty:
    document = json.loads((folder / ACCOUNTS_FILE).read_bytes())
    logins = {
        name: tuple(
            Login(one["account"], one["password"], one["display_name"], tuple(one["roles"]))
            for one in node["accounts"]
        )
        for name, node in document["nodes"].items()
    }
    return DemoCounty(folder, logins, document["signing_passphrase"])
