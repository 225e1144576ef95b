"""A village station and its county hall with real keys, mail, catalog and tables; the link is a call."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from catalog_cache.installed.cache import CatalogCache
from catalog_cache.model import Item, Material, Package
from catalog_cache.pack import PackMeta, write_pack
from catalog_cache.situations import Merged
from station.cases.basket import Chosen, line_key, merged_list
from station.cases.intake import Application, Checked, TakenIn, take_in
from station.cases.mail import handlers
from station.cases.parts import Party
from station.cases.place import Place
from station.cases.review import Desk
from station.cases.terms import Held
from station.cases.uploads import Upload
from station.database import AnyDatabase, open_database
from station.migrations import migrate
from sync.attachments import sealed_range, wanted
from sync.clock import Clock
from sync.exchange import give, receive_file, take
from sync.keys import NodeKeys
from sync.mailbox import Mailbox
from sync.register import Peer, certify, record_of, remember
from sync.rows import using
from tests.station.cases.samples import CLERK, MORNING, OLD_WOMAN, REVIEWER

HOLIDAYS = (Path(__file__).parents[3] / "catalog_cache/reference/holidays.json").read_bytes()
AGENCY = {"name": "曲江区民政局", "code": "11440205MB2D000010"}
PDF = b"%PDF-1.4\n1 0 obj<</Type /Page>>endobj\n%%EOF\n"
WORKDAYS = {"unit": "workday"}


def material(material_id: str, name: str, **given: Any) -> dict[str, Any]:
    return {
        "id": material_id,
        "name": name,
        "kind": "check_original",
        "copies": 1,
        "standard": f"{name}应清晰",
        **given,
    }


ALLOWANCE = {
    "code": "L05000000001",
    "name": "高龄老人津贴申请",
    "aliases": ["老人钱", "高龄津贴"],
    "item_type": "05",
    "theme": "民政救助",
    "level": "county",
    "power": "receive",
    "status": "active",
    "object_kinds": ["1"],
    "agency": AGENCY,
    "department": "曲江区民政局",
    "statutory": {"value": 20, **WORKDAYS},
    "promised": {"value": 10, **WORKDAYS},
    "materials": [
        material("id-card", "居民身份证", order=1),
        material("bank", "银行账户", kind="copy", order=2),
        material("photo", "近期免冠相片", need="tolerant", kind="original", originals=2, copies=0, order=3),
        material("old-cert", "高龄证明", order=4),
    ],
    "base_materials": ["id-card", "bank", "photo"],
    "questions": [
        {
            "id": "age",
            "text": "老人多大年龄？",
            "options": [
                {"value": "80", "label": "80–89 周岁", "situation": "80–89 周岁"},
                {"value": "100", "label": "100 周岁以上", "add": ["old-cert"], "situation": "百岁老人"},
            ],
        }
    ],
    "first_question": "age",
    "form": [
        {
            "id": "address",
            "label": "居住地址",
            "kind": "address",
            "required": True,
            "shared": "applicant.address",
        },
        {"id": "account", "label": "银行账号", "required": True},
    ],
    "receipt_notes": ["是否受理由曲江区民政局在收到之日起 5 个工作日内一次告知。"],
    "phone": "（0751）000 0000",
}
PASS_CARD = {
    "code": "L20000000002",
    "name": "老年人优待证办理",
    "item_type": "20",
    "theme": "民政救助",
    "level": "township",
    "power": "receive",
    "status": "active",
    "object_kinds": ["1"],
    "department": "曲江区民政局",
    "promised": {"value": 5, **WORKDAYS},
    "materials": [
        material("card", "居民身份证", copies=2),
        material("face", "近期免冠相片", need="optional"),
    ],
    "base_materials": ["card", "face"],
    "form": [{"id": "home", "label": "居住地址", "kind": "address", "shared": "applicant.address"}],
}
PASSPORT = {
    "code": "L01000000003",
    "name": "护照签发",
    "item_type": "01",
    "theme": "户籍公安",
    "level": "county",
    "power": "consult",
    "status": "active",
    "counter_place": "曲江区公安局出入境大厅",
    "phone": "0751-1110000",
}


def item(values: dict[str, Any] = ALLOWANCE, **changed: Any) -> Item:
    return Item.from_dict(values | changed)


def key(name: str) -> str:
    """The key of the merged line with this material."""
    return line_key(Merged(Material(id="x", name=name), ()))


BANK, PHOTO, ID_CARD = key("银行账户"), key("近期免冠相片"), key("居民身份证")


def pack(version: int, entries: Sequence[Item | Package], **given: Any) -> bytes:
    meta = PackMeta(
        publisher="county-440205000000",
        publisher_name="曲江区政务服务中心",
        version=version,
        published_at=MORNING - timedelta(days=2),
        valid_until=MORNING + timedelta(days=180),
        **given,
    )
    items = [one for one in entries if isinstance(one, Item)]
    return write_pack(meta, items, [one for one in entries if isinstance(one, Package)])


class Office:
    """One node: its tables, its keys, its time and its place."""

    def __init__(
        self, folder: Path, level: str, name: str, division: str, database: AnyDatabase | None = None
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.now, self.ticks = MORNING, 0.0
        self.keys, self.node_id, self.name, self.division = (
            NodeKeys.generate(),
            secrets.token_hex(16),
            name,
            division,
        )
        self.is_hall = level == "county"
        self.clock = Clock(lambda: self.now, lambda: self.ticks)
        self.record = record_of(self.keys, self.node_id, level, name, division)
        self.catalogs = CatalogCache(folder / "catalog")
        self.box = Mailbox(self.keys, self.node_id, self.clock, handlers(lambda: self.place))
        self.database = database or open_database(folder / "node.db", bytes(32))
        if database is None:
            migrate(self.database, now=MORNING)
        self.installs(1, [item(), item(PASS_CARD), item(PASSPORT)])

    @contextmanager
    def at_work(self) -> Iterator["Office"]:
        with using(self.database):
            yield self

    def installs(self, version: int, items: list[Item]) -> None:
        self.catalogs.install(pack(version, items), MORNING)
        self.catalogs.install_holidays(HOLIDAYS)

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)
        self.ticks += timedelta(**span).total_seconds()

    @property
    def place(self) -> Place:
        own = Peer.get_or_none(Peer.node_id == self.node_id)
        return Place(
            node_id=self.node_id,
            name=self.name,
            division=self.division,
            is_hall=self.is_hall,
            hall_id=own.parent if own else "",
            keys=self.keys,
            clock=self.clock,
            catalogs=self.catalogs,
            certificate=bytes(own.certificate) if own else b"",
        )

    def desk(self) -> Desk:
        return Desk(self.place, REVIEWER)


class County:
    """A station that joined a hall."""

    def __init__(
        self, folder: Path, database: AnyDatabase, halls_database: AnyDatabase | None = None
    ) -> None:
        """halls_database: a fresh encrypted file, closed with the county, when None."""
        self._closes_halls = halls_database is None
        self.hall = Office(folder / "hall", "county", "曲江区政务服务大厅", "440205000000", halls_database)
        self.station = Office(folder / "station", "village", "示范村便民服务站", "440205100201", database)
        self.joins(self.station)

    def joins(self, station: Office) -> None:
        """The hall vouches for the station, and both know each other."""
        certificate = certify(self.hall.keys, station.record)
        for office in (self.hall, station):
            with office.at_work():
                remember(self.hall.record, b"", MORNING)
                remember(station.record, certificate, MORNING)
                Peer.update(parent=self.hall.node_id).where(Peer.node_id == station.node_id).execute()

    def exchange(self, station: Office | None = None, path: str = "link") -> None:
        """Both sides give and take until nothing moves, files too."""
        station = station or self.station
        for _ in range(3):
            asked = self._carry(station, self.hall, path, None)
            self._carry(self.hall, station, path, asked)

    @staticmethod
    def _carry(sender: Office, receiver: Office, path: str, ask: Any) -> Any:
        """One parcel, and the files the receiver then wants; returns what the sender asked for."""
        with sender.at_work():
            data = give(sender.box, receiver.node_id, ask).data
        with receiver.at_work():
            taken = take(receiver.box, data, path)
            needs = wanted(sender.node_id, 100)
        for need in needs:
            with sender.at_work():
                piece = sealed_range(need.sha256, 0, 10**9)
            with receiver.at_work():
                receive_file(receiver.box, sender.node_id, need.sha256, 0, piece)
        return taken.manifest

    def close(self) -> None:
        """Close the catalogs, and the database that nobody else gave."""
        for office in (self.hall, self.station):
            office.catalogs.close()
        if self._closes_halls:
            self.hall.database.close_all()


def application(token: str = "a" * 32, *items: Item, **given: Any) -> Application:
    """Li Ying, 84, asks for her allowance and has everything with her."""
    chosen = [Chosen(one, {"age": "80"} if one.questions else {}) for one in (items or (item(),))]
    checked = {line_key(line): Checked(Held.IN, pages=1) for line in merged_list(chosen)}
    values: dict[str, Any] = {
        "token": token,
        "chosen": chosen,
        "applicant": Party(name="李䶮英", id_number=OLD_WOMAN, phone="13800000000", address="示范村 1 号"),
        "agent": None,
        "form": {
            "L05000000001": {"address": "示范村 1 号", "account": "6228000000000000000"},
            "L20000000002": {"home": "示范村 1 号"},
        },
        "checked": checked | given.pop("changed", {}),
    }
    return Application(**(values | given))


def scan(name: str = "身份证.pdf") -> Upload:
    return Upload(PDF, "application/pdf", name)


def takes_in(office: Office, *items: Item, token: str = "a" * 32, **given: Any) -> TakenIn:
    """The clerk takes an application in at this office."""
    with office.at_work():
        return take_in(office.place, application(token, *items, **given), CLERK)
