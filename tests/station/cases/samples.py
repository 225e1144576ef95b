"""Small true-to-life pieces for the stories about cases. Nobody has these numbers: no county is 440299."""

from datetime import UTC, datetime, timedelta
from typing import Any

from catalog_cache.calendar.holidays import HolidayYear
from catalog_cache.calendar.workdays import WorkCalendar
from catalog_cache.model import Limit, Power, Unit
from station.cases.counter_events import Received, Supplemented
from station.cases.events import Event, new_event
from station.cases.hall_events import Accepted, Arrived, Decided
from station.cases.identity import card_check
from station.cases.numbers import ReceiptNumber
from station.cases.parts import Actor, Body, MaterialLine, NoticeLine, Pair, Party
from station.cases.terms import End, Held, Path
from sync.clock import Proof, Stamp

MORNING = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # Monday 09:30 in China
CASE = "c" * 32
DIVISION = "440205103201"
CLERK = Actor(name="示例员", account="clerk")
REVIEWER = Actor(name="审核甲", account="reviewer")

CALENDAR = WorkCalendar(
    [
        HolidayYear.from_dict(
            {
                "year": 2026,
                "provisional": False,
                "source": "test",
                "holidays": [
                    {
                        "name": "国庆节",
                        "first": "2026-10-01",
                        "last": "2026-10-07",
                        "work": ["2026-10-10"],
                    }
                ],
            }
        ),
        HolidayYear.from_dict(
            {
                "year": 2027,
                "provisional": True,
                "source": "test",
                "holidays": [{"name": "元旦", "first": "2027-01-01", "last": "2027-01-01"}],
            }
        ),
    ]
)


def card(first17: str) -> str:
    """The whole identity number that begins with these 17 digits."""
    return first17 + card_check(first17)


OLD_WOMAN = card("44029919420315002")


def material(material_id: str = "id-card", state: Held = Held.IN, **given: Any) -> MaterialLine:
    """One material line."""
    names = {"id-card": "居民身份证", "hukou": "户口簿", "photo": "近期免冠相片", "bank": "银行账户"}
    return MaterialLine(id=material_id, name=names.get(material_id, material_id), state=state, **given)


def notice_line(material_id: str = "bank") -> NoticeLine:
    """One thing that a notice asks for."""
    return NoticeLine(
        id=material_id, name="银行账户", state=Held.MISSING, reason="没有带来", standard="首页复印件"
    )


def received(**given: Any) -> Received:
    """What a village takes in for an old-age allowance."""
    number = ReceiptNumber(DIVISION, "01", MORNING.date(), 7)
    values: dict[str, Any] = {
        "intake_id": "1" * 32,
        "receipt_number": number.plain,
        "running": 7,
        "station": "曲江区马坝镇示范村便民服务站",
        "division": DIVISION,
        "item_code": "11440205MB2D0000104442199806003",
        "item_name": "高龄老人津贴申请",
        "situation": "80–89 周岁",
        "applicant": Party(
            name="李䶮英", id_number=OLD_WOMAN, phone="13800000000", address="马坝镇示范村 1 号"
        ),
        "form": (Pair(id="bank_account", value="6228000000000000000", label="银行账号"),),
        "materials": (material(), material("hukou")),
        "power": Power.RECEIVE,
        "catalog": 37,
    }
    return Received(**(values | given))


class Story:
    """Events of one case, a minute apart, as two nodes write them."""

    def __init__(self, case_id: str = CASE) -> None:
        self.case_id = case_id
        self.events: list[Event] = []

    def says(self, body: Body, by: Actor = CLERK) -> Event:
        """Add one event."""
        at = MORNING + timedelta(minutes=len(self.events))
        event_id = f"{len(self.events) + 1:032x}"
        event = new_event(event_id, self.case_id, Stamp(at, Proof.CHAIN), by, body)
        self.events.append(event)
        return event


def arrived() -> Arrived:
    """The hall has it."""
    return Arrived(
        official_number="11440205MB2D0000104442199806003202611230001",
        department="曲江区民政局",
        arrived_at="2026-11-23T02:00:00Z",
        path=Path.LINK,
    )


def accepted() -> Accepted:
    """The hall takes it on, with both limits."""
    return Accepted(
        document_number="曲民受〔2026〕1号",
        since="2026-11-23T03:00:00Z",
        basis="广东省老年人权益保障条例",
        promised=Limit(value=10, unit=Unit.WORKDAY),
        statutory=Limit(value=20, unit=Unit.WORKDAY),
    )


def decided(**given: Any) -> Decided:
    """The end, with a certificate."""
    return Decided(**({"end": End.DONE, "result": "高龄津贴审批表"} | given))


def supplemented(against: str, *material_ids: str) -> Supplemented:
    """The missing lines came in."""
    return Supplemented(
        against=(against,) if against else (), materials=tuple(material(name) for name in material_ids)
    )
