"""Who is who in the demo: five nodes of the real Shaoguan and the people at their desks."""

from dataclasses import dataclass

from station.accounts.roles import Role

CITY_CODE, COUNTY_CODE = "440200000000", "440205000000"


@dataclass(frozen=True)
class DemoPerson:
    """One account of the demo. department: of a reviewer, as the items name it."""

    account: str
    display_name: str
    roles: tuple[Role, ...]
    department: str = ""


@dataclass(frozen=True)
class DemoNode:
    """One node of the demo; `folder` is its name below the demo's data folder. The first person founds it."""

    folder: str
    level: str
    name: str
    division: str
    people: tuple[DemoPerson, ...]

    @property
    def is_hall(self) -> bool:
        """Halls start without a person; a station waits until somebody signs in."""
        return self.level in ("city", "county")


def _clerk(account: str, name: str, *roles: Role) -> tuple[DemoPerson, ...]:
    return (DemoPerson(account, name, (Role.ADMIN, Role.LEAD, *roles)),)


CITY = DemoNode(
    "city",
    "city",
    "韶关市政务服务中心",
    CITY_CODE,
    (
        DemoPerson("city-admin", "市级管理员 示例员", (Role.ADMIN,)),
        DemoPerson("editor", "市级目录编辑 示例员丁", (Role.EDITOR,)),
        DemoPerson("publisher", "市级目录发布员 示例员戊", (Role.PUBLISHER,)),
    ),
)
COUNTY = DemoNode(
    "county",
    "county",
    "韶关市曲江区政务服务大厅",
    COUNTY_CODE,
    (
        DemoPerson("county-admin", "大厅管理员 示例员", (Role.ADMIN,)),
        DemoPerson("editor", "目录编辑 示例员甲", (Role.EDITOR,)),
        DemoPerson("publisher", "目录发布员 示例员乙", (Role.PUBLISHER,)),
        DemoPerson("reviewer", "审核员 示例员丙", (Role.REVIEWER,)),
    ),
)
TOWNSHIP = DemoNode(
    "township",
    "township",
    "马坝镇便民服务中心",
    "440205100000",
    _clerk("clerk", "窗口人员 示例员", Role.CLERK),
)
LINKED_VILLAGE = DemoNode(
    "village-1",
    "village",
    "马坝镇马坝村便民服务站",
    "440205100202",
    _clerk("agent", "代办员 示例员", Role.AGENT),
)
UNLINKED_VILLAGE = DemoNode(
    "village-2",
    "village",
    "马坝镇转溪村便民服务站",
    "440205100212",
    _clerk("agent", "代办员 示例员", Role.AGENT),
)
STATIONS = (TOWNSHIP, LINKED_VILLAGE, UNLINKED_VILLAGE)
NODES = (CITY, COUNTY, *STATIONS)
