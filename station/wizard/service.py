"""What the first-start wizard asks and makes. Plain values in, the new node out; nothing of Flask."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import islice

from catalog_cache.divisions import Division, Divisions, load_divisions
from catalog_cache.errors import UnknownDivision
from station.accounts.roles import FIRST_ROLES
from station.accounts.service import NewAccount
from station.errors import InputRefused
from station.facts import new_facts
from station.founding import Founded, found_node
from station.node import Installation
from sync.register import LEVELS

STATION_ENDINGS = {
    "village": "便民服务站",
    "township": "便民服务中心",
    "county": "政务服务大厅",
    "city": "政务服务中心",
}
COMMITTEES = (
    ("村村民委员会", "村"),
    ("村民委员会", "村"),
    ("村委会", "村"),
    ("居民委员会", ""),
    ("居委会", ""),
)
FOUND_MAX = 30


@dataclass(frozen=True)
class Plan:
    """What was answered so far; "" where nothing was."""

    level: str = ""
    division: str = ""
    name: str = ""
    parent_url: str = ""

    @classmethod
    def read(cls, kept: object) -> "Plan":
        """The plan as the session kept it; an empty one for anything else."""
        if not isinstance(kept, dict):
            return cls()
        return cls(**{name: str(kept.get(name, ""))[:200] for name in cls.__dataclass_fields__})

    def kept(self) -> dict[str, str]:
        """The plan for the session."""
        return asdict(self)


@lru_cache(maxsize=1)
def divisions() -> Divisions:
    """The table of divisions that comes with the program."""
    return load_divisions()


def choose_level(plan: Plan, level: str) -> Plan:
    """The plan at this level; another level asks for the place again. Raises InputRefused."""
    if level not in LEVELS:
        raise InputRefused("级别", "请从列出的级别中选择。")
    return plan if plan.level == level else Plan(level=level, parent_url=plan.parent_url)


def choose_place(plan: Plan, code: str) -> Plan:
    """The plan at this place, with a name to start from. Raises InputRefused."""
    try:
        place = divisions().get(code)
    except UnknownDivision as error:
        raise InputRefused("所在地", "区划表里没有这个代码。", "请从列表中选择。") from error
    if place.level != plan.level:
        raise InputRefused("所在地", "所选地方与级别不符。", "请继续选到相应的一级。")
    return replace(plan, division=code, name=plan.name or suggested_name(place))


def suggested_name(place: Division) -> str:
    """A usual name for a node at this place: 示范村便民服务站."""
    path = [division.name for division in divisions().path(place.code)]
    local = "".join(path[-2:]) if place.level in ("village", "township") else path[-1]
    for ending, left in COMMITTEES:
        if local.endswith(ending):
            local = local.removesuffix(ending) + left
    return local + STATION_ENDINGS[place.level]


def places_below(code: str) -> list[Division]:
    """What can be chosen under a place; the tops of the table for ""."""
    return divisions().children(code) if code in divisions() else divisions().tops()


def path_to(code: str) -> list[Division]:
    """The places down to this one."""
    return divisions().path(code) if code in divisions() else []


def search_places(words: str, level: str) -> list[Division]:
    """Places of a level whose full name holds the words, or whose code begins with them."""
    words = words.strip()[:40]
    if not words:
        return []
    places = _below("")
    fitting = (
        one for one in places if one.level == level and (words in one.name or one.code.startswith(words))
    )
    return list(islice(fitting, FOUND_MAX))


def _below(code: str) -> Iterator[Division]:
    """Every place under a place, depth first."""
    for place in divisions().children(code) if code else divisions().tops():
        yield place
        yield from _below(place.code)


def make(installation: Installation, plan: Plan, name: str, display_name: str, password: str) -> Founded:
    """Found the node with its administrator. Raises BadSetting, AccountRefused, WeakPassword."""
    facts = new_facts(plan.level, plan.name, plan.division, plan.parent_url)
    roles = FIRST_ROLES[facts.level]
    person = NewAccount(name, display_name, roles, password, has_to_change_password=False)
    return found_node(installation, facts, person)


def check(plan: Plan) -> None:
    """Raises BadSetting when these answers make no node."""
    new_facts(plan.level, plan.name, plan.division, plan.parent_url)


def level_label(level: str) -> str:
    """A level as people say it; "" for none."""
    return {
        "village": "村（社区）站",
        "township": "镇（街道）中心",
        "county": "县（区）大厅",
        "city": "市中心",
    }.get(level, "")


def place_name(code: str) -> str:
    """A place's whole name; "" for none."""
    return divisions().full_name(code) if code in divisions() else ""
